"""Train with every producer on, and keep what they logged beside what a witness computes for itself. Started by tests, never imported.

``python looked_at.py DATA OUTPUT TASK…`` leaves ``OUTPUT/TASK.pickle`` for each.
"""

import inspect
import os
import pickle
import sys
import warnings
from pathlib import Path

import numpy as np
import other_tasks
import torch
import trainings
from ultralytics import YOLO

from yoloscope.sdk import run as runs

KINDS = ("histogram", "curve", "matrix", "table", "image", "graph", "embedding")
EVERY_EPOCH = ("weights", "gradients", "activations", "updates", "loss_weights", "augmentation", "frozen")
LAYER = 4
FEATURES: list[list[np.ndarray]] = []
OUTPUTS: list[np.ndarray] = []


class Items:
    """Every call of `log_…`, as it was made, also passed on."""

    def __init__(self) -> None:
        self.calls: list[dict[str, object]] = []
        for kind in KINDS:
            self._listen(kind)

    def _listen(self, kind: str) -> None:
        original = getattr(runs.Run, f"log_{kind}")
        signature = inspect.signature(original)

        def listened(run: runs.Run, *given: object, **named: object) -> None:
            self.calls.append({"kind": kind, **signature.bind(run, *given, **named).arguments, "self": None})
            original(run, *given, **named)

        setattr(runs.Run, f"log_{kind}", listened)


def keep_features(_module, given) -> None:
    maps = given[0] if isinstance(given[0], list) else [given[0]]
    FEATURES.append([one.numpy().copy() for one in maps])


def keep_output(_module, _given, output) -> None:
    OUTPUTS.append(output.numpy().copy())


class Witness:
    """Computes from the trainer what items and series must show; its callbacks come before ours."""

    def __init__(self) -> None:
        self.found: dict[str, list] = {
            key: [] for key in ("weights", "gradients", "updates", "inputs", "labels", "hooks")
        }

    def start(self, trainer) -> None:
        self.found["modules"] = [
            (str(number), type(one).__name__, sum(parameter.numel() for parameter in one.parameters()))
            for number, one in enumerate(trainer.model.model)
        ]
        self.trainer = trainer
        self._watch_steps(trainer)
        self._watch_batches(trainer)
        model = trainer.ema.ema.model
        model[-1].register_forward_pre_hook(keep_features)
        if len(model) > LAYER:
            model[LAYER].register_forward_hook(keep_output)

    def begin_epoch(self, trainer) -> None:
        """From the second epoch on another gain, from the third on a frozen layer."""
        if trainer.epoch == 1:
            trainer.args.cls = 0.25
        if trainer.epoch == 2:
            for parameter in trainer.model.model[0].parameters():
                parameter.requires_grad = False

    def saved(self, trainer) -> None:
        modules = trainer.ema.ema.modules()
        self.found["hooks"].append(sum(len(one._forward_hooks) + len(one._forward_pre_hooks) for one in modules))

    def epoch(self, trainer) -> None:
        parameters = trainer.model.named_parameters()
        self.found["weights"].append({name: one.detach().numpy().copy() for name, one in parameters})

    def _watch_steps(self, trainer) -> None:
        step, parameters = trainer.optimizer_step, dict(trainer.model.named_parameters())

        def optimizer_step() -> None:
            before = {name: one.detach().double().numpy().copy() for name, one in parameters.items()}
            grads = {name: one.grad.numpy().copy() for name, one in parameters.items() if one.grad is not None}
            step()
            after = {name: one.detach().double().numpy() for name, one in parameters.items()}
            squares = {name: (((after[name] - before[name]) ** 2).sum(), (before[name] ** 2).sum()) for name in grads}
            self.found["gradients"].append(grads)
            self.found["updates"].append(squares)

        trainer.optimizer_step = self.step = optimizer_step

    def _watch_batches(self, trainer) -> None:
        prepare = trainer.preprocess_batch

        def preprocess_batch(batch: dict) -> dict:
            done = prepare(batch)
            self.found["inputs"].append({key: one.numpy().copy() for key, one in done.items() if torch.is_tensor(one)})
            return done

        trainer.preprocess_batch = self.prepare = preprocess_batch


def train(task: str, data: str, output: Path, items: Items) -> None:
    witness = Witness()
    items.calls.clear()
    FEATURES.clear()
    OUTPUTS.clear()
    if task == "detect":
        model = YOLO(trainings.MODEL)
    elif task == "classify":
        model, data = (
            YOLO(str(other_tasks.classifier(output)), task=task),
            str(other_tasks.pictures_by_class(data, output)),
        )
    else:
        data = other_tasks.with_labels(task, data, output)
        model = YOLO(str(other_tasks.with_head(task, output)), task=task)
    model.add_callback("on_train_start", witness.start)
    model.add_callback("on_train_epoch_start", witness.begin_epoch)
    model.add_callback("on_model_save", witness.saved)
    model.add_callback("on_fit_epoch_end", witness.epoch)
    options = {**trainings.SMALL, "epochs": 3, "close_mosaic": 1, "name": task, "project": str(output)}
    model.train(data=data, **options)
    left = vars(witness.trainer)
    is_as_before = left["optimizer_step"] is witness.step and left["preprocess_batch"] is witness.prepare
    kept = {**witness.found, "items": items.calls, "features": FEATURES, "outputs": OUTPUTS, "restored": is_as_before}
    (output / f"{task}.pickle").write_bytes(pickle.dumps(kept))


def main() -> None:
    warnings.simplefilter("ignore")
    data, output, *tasks = sys.argv[1:]
    Path(output).mkdir(exist_ok=True)
    os.chdir(output)
    always = "".join(f"{name} = 1\n" for name in EVERY_EPOCH)  # also on a machine that is slow
    Path("yoloscope.toml").write_text(f"[policy]\nmedia = true\n[producers]\nsuspects = false\n{always}")
    items = Items()
    for task in tasks:
        train(task, data, Path(output), items)


if __name__ == "__main__":
    main()
