"""Run named trainings one after the other in this process; each leaves its witness file. Started by the tests, never imported.

``python trainings.py DATA OUTPUT NAME…``. The witness is a callback of the user's own, which writes what it sees itself.
"""
# ruff: noqa: PLC0415  # most trainings here must not know that yoloscope exists

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

from ultralytics import YOLO

MODEL = os.environ["TEST_MODEL"]
SMALL = {
    "imgsz": 64,
    "batch": 16,
    "nbs": 16,
    "device": "cpu",
    "workers": 0,
    "optimizer": "AdamW",
    "lr0": 0.005,
    "warmup_epochs": 1,
    "warmup_bias_lr": 0.0,
    "mosaic": 0.5,
    "close_mosaic": 0,
    "plots": False,
    "verbose": False,
    "seed": 3,
}


class Witness:
    """Writes the losses of every batch and the metrics of every epoch, exactly."""

    def __init__(self) -> None:
        self.batches: list[dict[str, str]] = []
        self.means: list[dict[str, str]] = []
        self.epochs: list[dict[str, str]] = []
        self.rates: list[list[str]] = []

    def batch(self, trainer) -> None:
        items = trainer.loss_items
        names = [name.split("/")[1] for name in trainer.label_loss_items(items)]
        values = items.values() if isinstance(items, dict) else items
        self.batches.append({f"train/{n}": float(v).hex() for n, v in zip(names, values, strict=True)})
        self.rates.append([float(group["lr"]).hex() for group in trainer.optimizer.param_groups])

    def mean(self, trainer) -> None:
        items = trainer.tloss
        names = [name.split("/")[1] for name in trainer.label_loss_items(items)]
        values = items.values() if isinstance(items, dict) else items
        self.means.append({f"train/epoch/{n}": float(v).hex() for n, v in zip(names, values, strict=True)})

    def epoch(self, trainer) -> None:
        self.epochs.append({name: float(value).hex() for name, value in trainer.metrics.items()})

    def write(self, path: Path) -> None:
        path.write_text(
            json.dumps(
                {"batches": self.batches, "means": self.means, "epochs": self.epochs, "rates": self.rates}, indent=0
            )
        )


def model_with(witness: Witness, weights: str = MODEL) -> YOLO:
    model = YOLO(weights)
    model.add_callback("on_train_batch_end", witness.batch)
    model.add_callback("on_train_epoch_end", witness.mean)
    model.add_callback("on_fit_epoch_end", witness.epoch)
    return model


def train(name: str, data: str, output: Path, *, model: YOLO | None = None, **changes: object) -> None:
    witness = Witness()
    (model or model_with(witness)).train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 2, **changes})
    witness.write(output / name / "witness.json")


def early_stop(name: str, data: str, output: Path) -> None:
    model = YOLO(MODEL)

    def ask(trainer) -> None:
        trainer.stop = True

    model.add_callback("on_fit_epoch_end", ask)
    model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 3})


def failing(name: str, data: str, output: Path) -> None:
    model = YOLO(MODEL)

    def fail(trainer) -> None:
        if trainer.epoch == 1:
            raise ZeroDivisionError

    model.add_callback("on_train_epoch_start", fail)
    try:
        model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 3})
    except ZeroDivisionError:
        return


def interrupted(name: str, data: str, output: Path) -> None:
    model = YOLO(MODEL)

    def interrupt(trainer) -> None:
        if trainer.epoch == 1:
            os.kill(os.getpid(), signal.SIGINT)

    model.add_callback("on_train_epoch_start", interrupt)
    try:
        model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 3})
    except KeyboardInterrupt:
        return


def nan(name: str, data: str, output: Path) -> None:
    """The last batch of epoch 1 is poisoned once: Ultralytics trains that epoch again."""
    witness = Witness()
    model = model_with(witness)
    poisoned: list[int] = []

    def poison(trainer) -> None:
        if trainer.epoch == 1 and not poisoned:
            trainer.loss = trainer.loss * float("nan")

    def remember(trainer) -> None:
        if trainer.epoch == 1:
            poisoned.append(1)

    model.add_callback("on_train_batch_end", poison)
    model.add_callback("on_train_epoch_end", remember)
    train(name, data, output, model=model, epochs=3)
    witness.write(output / name / "witness.json")


def resumed(name: str, data: str, output: Path) -> None:
    """The first half ends by an exception in epoch 1; the second half resumes it."""
    failing(name, data, output)
    witness = Witness()
    model_with(witness, str(output / name / "weights" / "last.pt")).train(resume=True)
    witness.write(output / name / "witness.json")


def dies(name: str, data: str, output: Path) -> None:
    """Killed as the system kills, when the third batch of epoch 1 has been trained and not yet logged."""
    model = YOLO(MODEL)
    batches: list[int] = []

    def die(trainer) -> None:
        batches.append(trainer.epoch)
        if len(batches) == 7:
            os.kill(os.getpid(), signal.SIGKILL)

    model.add_callback("on_train_batch_end", die)
    model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 3})


def killed(name: str, data: str, output: Path) -> None:
    """A training that cannot reach its server is killed; another process, which can, resumes it."""
    offline = {**os.environ, "YOLOSCOPE_MODE": "offline"}
    died = subprocess.run([sys.executable, __file__, data, str(output), "dies"], env=offline, check=False)
    assert died.returncode == -signal.SIGKILL
    YOLO(str(output / "dies" / "weights" / "last.pt")).train(resume=True)


def out_of_memory(name: str, data: str, output: Path) -> None:
    """The third forward pass lacks memory: Ultralytics halves the batch and begins the first epoch again."""
    import torch

    model = YOLO(MODEL)
    passes: list[int] = []

    def fail(module: object, given: object) -> None:
        passes.append(1)
        if len(passes) == 3:
            raise torch.OutOfMemoryError("CPU out of memory, on purpose")

    model.add_callback("on_train_start", lambda trainer: trainer.model.register_forward_pre_hook(fail))
    model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 2})


def learning(name: str, data: str, output: Path) -> None:
    """Long enough to find some of the objects."""
    train(name, data, output, epochs=14, batch=8, nbs=8, lr0=0.01, mosaic=0.0)


def everything(name: str, data: str, output: Path) -> None:
    """Looked at by every producer, in a folder that allows media."""
    folder = output / "allowed"
    folder.mkdir(parents=True)
    (folder / "yoloscope.toml").write_text("[policy]\nmedia = true\n")
    os.chdir(folder)
    train(name, data, output)


def unvalidated(name: str, data: str, output: Path) -> None:
    train(name, data, output, val=False)


def overridden(name: str, data: str, output: Path) -> None:
    """A user's trainer that replaces `run_callbacks` and does not call the original."""
    from ultralytics.models.yolo.detect import DetectionTrainer

    class Trainer(DetectionTrainer):
        def run_callbacks(self, event: str) -> None:
            for callback in self.callbacks.get(event, []):
                callback(self)

    YOLO(MODEL).train(trainer=Trainer, data=data, project=str(output), name=name, **{**SMALL, "epochs": 1})


def broken(name: str, data: str, output: Path) -> None:
    """Our own reading of the losses fails, on purpose."""
    from yoloscope.integrations.ultralytics import values
    from yoloscope.sdk import guard

    def fail(items: object) -> list[float]:
        raise LookupError("on purpose")

    real, values.losses = values.losses, fail
    try:
        train(name, data, output)
    finally:
        values.losses = real
        guard.forget()


def attached(name: str, data: str, output: Path) -> None:
    """The one line that a script needs where nothing can be put before Python."""
    import yoloscope

    model = yoloscope.attach(yoloscope.attach(YOLO(MODEL)))
    model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 1})


KINDS = {
    "attached": attached,
    "early_stop": early_stop,
    "everything": everything,
    "failing": failing,
    "interrupted": interrupted,
    "dies": dies,
    "killed": killed,
    "learning": learning,
    "out_of_memory": out_of_memory,
    "nan": nan,
    "resumed": resumed,
    "unvalidated": unvalidated,
    "overridden": overridden,
    "broken": broken,
}


def main() -> None:
    warnings.simplefilter("ignore")
    data, output, *names = sys.argv[1:]
    for name in names:
        KINDS.get(name, train)(name, data, Path(output))


if __name__ == "__main__":
    main()
