"""Run named trainings that are acted upon; each leaves what its own callback saw. Started by the tests, never imported.

``python acted_upon.py DATA OUTPUT NAME…``. Commands go into the inbox as the sidecar would put them there. The witness knows nothing of yoloscope.
"""

import json
import math
import sys
import threading
import time
import warnings
from pathlib import Path

import trainings
from ultralytics import YOLO
from ultralytics.utils.torch_utils import one_cycle

SMALL = {**trainings.SMALL, "warmup_epochs": 0, "epochs": 4}
FAR_NS = 10**18 * 4


class Witness:
    """Writes what a training really has at each batch: read from torch's and Ultralytics' own objects."""

    def __init__(self) -> None:
        self.batches: list[dict[str, object]] = []
        self.ends: list[str] = []

    def attach(self, model: YOLO) -> None:
        model.add_callback("on_train_start", lambda _: None)
        model.add_callback("on_train_batch_end", self.batch)
        model.add_callback("on_train_end", lambda _: self.ends.append("on_train_end"))

    def batch(self, trainer) -> None:
        groups = trainer.optimizer.param_groups
        criterion = getattr(trainer.model, "criterion", None)
        hyp = getattr(criterion, "hyp", None) or trainer.args
        items = trainer.loss_items
        values = list(items.values()) if isinstance(items, dict) else list(items)
        self.batches.append(
            {
                "epoch": trainer.epoch,
                "epochs": trainer.epochs,
                "lr": [float(group["lr"]) for group in groups],
                "decay": [float(group["weight_decay"]) for group in groups],
                "box": hyp.box,
                "cls": hyp.cls,
                "losses": [float(value) for value in values],
                "patience": trainer.stopper.patience,
                "mosaic": mosaic_of(trainer),
                "ema": float(sum(value.double().abs().sum() for value in trainer.ema.ema.state_dict().values())),
                "best": None if trainer.best_fitness is None else float(trainer.best_fitness),
            }
        )

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"batches": self.batches, "ends": self.ends}))


def mosaic_of(trainer) -> float:
    """Return with which probability pictures become mosaics, 0 where there is no such transform."""
    found = [0.0]

    def walk(transforms) -> None:
        for one in getattr(transforms, "transforms", ()):
            if type(one).__name__ == "Mosaic":
                found.append(one.p)
            walk(one)

    walk(trainer.train_loader.dataset.transforms)
    return max(found)


class Commands:
    """Puts a command into the inbox before the safe point of a given batch, counted from 0 over the whole training."""

    def __init__(self, at: "dict[int, list[tuple[str, dict[str, object]]]]") -> None:
        self.at = at
        self.done = 0
        self.orders: list[object] = []

    def attach(self, model: YOLO) -> None:
        model.add_callback("on_train_batch_end", self.batch)

    def batch(self, trainer) -> None:
        for verb, args in self.at.get(self.done, ()):
            self.ask(verb, args)
            if verb == "pause" and not args.get("release"):
                threading.Thread(target=self._resume, daemon=True).start()
        self.done += 1

    def ask(self, verb: str, args: dict[str, object]) -> None:
        from yoloscope.sdk import run as runs  # noqa: PLC0415
        from yoloscope.spool import inbox  # noqa: PLC0415

        run = runs.current()
        number = len(self.orders)
        self.orders.append(inbox.Order(f"c{number}", verb, args, number, FAR_NS))
        inbox.save(run.directory, inbox.Inbox(run.id, run.directory.name, tuple(self.orders)))

    def _resume(self) -> None:
        time.sleep(0.3)
        self.ask("resume", {})


class ByHand:
    """Makes the changes of the same plan as a user's own callback would; what changes nothing it leaves out."""

    def __init__(self, at: "dict[int, list[tuple[str, dict[str, object]]]]") -> None:
        self.at = at
        self.done = 0

    def attach(self, model: YOLO) -> None:
        model.add_callback("on_train_batch_end", self.batch)
        model.add_callback("on_fit_epoch_end", self.end)

    def end(self, trainer) -> None:
        """End loops that go on to the number of epochs that they began with."""
        if trainer.epoch + 1 >= trainer.epochs:
            trainer.stop = True

    def batch(self, trainer) -> None:
        for verb, args in self.at.get(self.done, ()):
            if verb == "close_mosaic":
                trainer.args.close_mosaic = trainer.epochs - trainer.epoch - 1
            elif verb == "set":
                self.set(trainer, dict(args))
        self.done += 1

    def set(self, trainer, args) -> None:
        for name in ("box", "cls", "dfl", "patience"):
            if name in args:
                setattr(trainer.args, name, args[name])
        if "patience" in args:
            trainer.stopper.patience = args["patience"]
        if "epochs" in args:
            self.last(trainer, args["epochs"])
        if "weight_decay" in args:
            [weights] = [group for group in trainer.optimizer.param_groups if group["params"][0].ndim == 4]
            weights["weight_decay"] = args["weight_decay"]
        if "lr" in args or "lr_factor" in args:
            self.rate(trainer, args)

    def last(self, trainer, epochs: int) -> None:
        closed = trainer.args.close_mosaic and trainer.epoch >= trainer.epochs - trainer.args.close_mosaic
        trainer.args.close_mosaic += (epochs - trainer.epochs) if closed else 0
        trainer.epochs = trainer.args.epochs = epochs
        trainer.lf = one_cycle(1, trainer.args.lrf, epochs)
        trainer.scheduler.lr_lambdas = [trainer.lf] * len(trainer.optimizer.param_groups)

    def rate(self, trainer, args) -> None:
        now = trainer.scheduler.base_lrs[0] * trainer.lf(max(trainer.scheduler.last_epoch, 0))
        factor = args["lr_factor"] if "lr_factor" in args else args["lr"] / now
        trainer.scheduler.base_lrs = [base * factor for base in trainer.scheduler.base_lrs]
        for group in trainer.optimizer.param_groups:
            group["initial_lr"] *= factor
            group["lr"] = args["lr"] if "lr" in args else group["lr"] * factor


def train(name, data, output, asked, *, weights=trainings.MODEL, folder=None, **changes: object) -> None:
    model, witness = YOLO(weights), Witness()
    witness.attach(model)
    (asked if isinstance(asked, ByHand) else Commands(asked)).attach(model)
    if folder is None:
        model.train(data=data, project=str(output), name=name, **{**SMALL, **changes})
    else:
        model.train(resume=True)
    (folder or output / name).joinpath(f"seen-{name}.json").write_text(
        json.dumps({"batches": witness.batches, "ends": witness.ends})
    )


def rates(name, data, output) -> None:
    """Outside of the warm-up and through two epochs' ends."""
    at = {1: [("set", {"lr": 0.001})], 6: [("set", {"lr_factor": 0.5})], 9: [("set", {"weight_decay": 0.02})]}
    train(name, data, output, at)


def warming(name, data, output) -> None:
    train(name, data, output, {1: [("set", {"lr": 0.001})]}, warmup_epochs=2)


def gains(name, data, output) -> None:
    train(name, data, output, {2: [("set", {"cls": 0.0, "box": 15.0})], 9: [("set", {"cls": 0.25})]})


def longer(name, data, output) -> None:
    train(name, data, output, {5: [("set", {"epochs": 6, "patience": 7})]}, cos_lr=True)


def shorter(name, data, output) -> None:
    train(name, data, output, {4: [("set", {"epochs": 3})], 5: [("set", {"epochs": 1})]})


def unmosaic(name, data, output) -> None:
    """Asked to close in epoch 1, in a training that began without the wish; asked once more in epoch 2."""
    at = {4: [("close_mosaic", {})], 9: [("close_mosaic", {}), ("set", {"close_mosaic": 3})]}
    train(name, data, output, at)


def remosaic(name, data, output) -> None:
    """The last epochs without mosaics become more than are left."""
    train(name, data, output, {5: [("set", {"close_mosaic": 3})]}, close_mosaic=1)


def stopped(name, data, output) -> None:
    train(name, data, output, {5: [("stop", {"how": "evaluate"})]})


def kept(name, data, output) -> None:
    """Stopped so that it can be resumed, then resumed."""
    train(name, data, output, {1: [("set", {"lr": 0.002, "epochs": 5})], 5: [("stop", {"how": "resumable"})]})
    last = output / name / "weights" / "last.pt"
    train("again", data, output, {}, weights=str(last), folder=output / name)


def released(name, data, output) -> None:
    """Released in an epoch, of a training that saves no checkpoints."""
    train(name, data, output, {5: [("pause", {"release": True})]}, save=False)


def saved(name, data, output) -> None:
    """Saved in the first epoch, before there is any result, and four times later; then the newest is resumed."""
    at = {step: [("save", {})] for step in (1, 4, 6, 7, 9)}
    train(name, data, output, at, epochs=3)
    trainings_weights = output / name / "weights"
    folder = output / name / "copy"
    folder.mkdir()
    (folder / "names.json").write_text(json.dumps(sorted(path.name for path in trainings_weights.iterdir())))
    train("again", data, output, {}, weights=str(trainings_weights / "yoloscope-6.pt"), folder=output / name)


def validated(name, data, output) -> None:
    train(name, data, output, {1: [("validate", {})], 6: [("validate", {})], 10: [("validate", {})]}, epochs=3)


def unvalidated(name, data, output) -> None:
    train(name, data, output, {}, epochs=3)


def rolled_back(name, data, output, *, learnt=0.0) -> None:
    """A poisoned weight in epoch 2 is undone; so few epochs find nothing, which counts as learnt here."""
    import torch  # noqa: PLC0415

    from yoloscope.integrations.ultralytics.control import returning  # noqa: PLC0415

    returning.LEARNT = learnt
    model, witness = YOLO(trainings.MODEL), Witness()
    commands = Commands({0: [("rollback", {})], 9: [("rollback", {"lr_factor": 0.25})]})

    def poison(trainer) -> None:
        if commands.done == 9:
            with torch.no_grad():
                next(trainer.model.parameters()).fill_(math.inf)

    states: dict[str, float] = {}

    def keep(trainer) -> None:
        if commands.done == 10 and not states:
            first = next(trainer.model.parameters())
            stored = torch.load(trainer.best, map_location="cpu", weights_only=False)["ema"].float()
            states["differs"] = float((first - next(stored.parameters())).abs().max())

    model.add_callback("on_train_batch_end", poison)
    model.add_callback("on_train_batch_start", keep)
    witness.attach(model)
    commands.attach(model)
    model.train(data=data, project=str(output), name=name, **{**SMALL, "epochs": 4})
    (output / name / f"seen-{name}.json").write_text(
        json.dumps({"batches": witness.batches, "ends": witness.ends, **states})
    )


def rolled_to_start(name, data, output) -> None:
    """The same where a checkpoint of a mAP of 0 is none to go back to."""
    rolled_back(name, data, output, learnt=0.01)


def recovered(name, data, output) -> None:
    """In the warm-up, settings change in an epoch that ends with a loss that is not finite: newer versions train it again."""
    model, witness = YOLO(trainings.MODEL), Witness()
    commands = Commands(
        {4: [("set", {"lr": 0.001})], 5: [("set", {"weight_decay": 0.02})], 6: [("set", {"cls": 0.25, "patience": 7})]}
    )
    poisoned: list[int] = []

    def poison(trainer) -> None:
        if trainer.epoch == 1 and not poisoned:
            trainer.loss = trainer.loss * math.nan

    def remember(trainer) -> None:
        if trainer.epoch == 1:
            poisoned.append(1)

    model.add_callback("on_train_batch_end", poison)
    model.add_callback("on_train_epoch_end", remember)
    witness.attach(model)
    commands.attach(model)
    model.train(data=data, project=str(output), name=name, **{**SMALL, "warmup_epochs": 3})
    (output / name / f"seen-{name}.json").write_text(json.dumps({"batches": witness.batches, "ends": witness.ends}))


SEQUENCE: "dict[int, list[tuple[str, dict[str, object]]]]" = {
    0: [("note", {"text": "here it begins"})],
    1: [("set", {"lr": 0.004})],
    2: [("set", {"box": 5.0})],
    3: [("validate", {})],
    4: [("save", {})],
    5: [("set", {"cls": 0.8, "dfl": 2.0})],
    6: [("set", {"weight_decay": 0.001})],
    7: [("set", {"lr_factor": 0.5})],
    8: [("pause", {})],
    9: [("set", {"patience": 30})],
    10: [("validate", {}), ("save", {})],
    11: [("set", {"epochs": 6})],
    12: [("close_mosaic", {})],
    14: [("set", {"box": 8.0, "lr_factor": 2.0})],
    16: [("set", {"epochs": 7})],
    17: [("set", {"weight_decay": 0.0})],
    18: [("set", {"lr": 0.003, "cls": 0.5})],
    19: [("validate", {})],
    20: [("set", {"epochs": 6})],
    21: [("note", {"text": "and ends"})],
}
"""21 commands; the epochs shrink where a version cannot have them grow."""


def sequence(name, data, output, *, by_hand=False) -> None:
    grows = (
        "range" not in __import__("ultralytics.engine.trainer").engine.trainer.BaseTrainer._do_train.__code__.co_names
    )
    epochs = 5 if grows else 8
    train(name, data, output, ByHand(SEQUENCE) if by_hand else SEQUENCE, epochs=epochs, cos_lr=True, close_mosaic=1)


def by_hand(name, data, output) -> None:
    sequence(name, data, output, by_hand=True)


KINDS = {
    one.__name__: one
    for one in (
        rates, warming, gains, longer, shorter, unmosaic, remosaic, stopped, kept, released, saved, validated,
        unvalidated, rolled_back, rolled_to_start, recovered, sequence, by_hand,
    )
}  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    data, output, *names = sys.argv[1:]
    for name in names:
        KINDS[name](name, data, Path(output))


if __name__ == "__main__":
    main()
