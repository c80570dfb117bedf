"""Several settings at once: all are checked before one is changed, and all are as before if one cannot be."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from yoloscope import errors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.control import gains, length, live, mosaic, rates
from yoloscope.records import command
from yoloscope.sdk import acting

_OF_GROUP = ("lr", "initial_lr", "weight_decay")
_OF_TRAINER = ("epochs", "lf", "stop")
_OF_ARGUMENTS = ("lr0", "optimizer", "weight_decay", "epochs", "patience", "close_mosaic", *command.GAINS)
_ORDER = ("epochs", "patience", "close_mosaic", *command.GAINS, "weight_decay", "lr", "lr_factor")
"""Rates last: they are read off the schedule, which the epochs bend."""


class Known(NamedTuple):
    """What was found out when the training began."""

    gains: tuple[str, ...]
    decaying: tuple[int, ...]
    epochs: int
    closes_next: bool = False


def check(trainer: live.Trainer, wanted: Mapping[str, object], spot: acting.Spot, known: Known) -> None:
    """Return if every one of the settings can be changed.

    Raises:
        CommandRefused: with the reason of the first that cannot.
    """
    for name, value in wanted.items():
        if name in command.GAINS:
            _check_gain(trainer, name, known)
        elif name == "epochs":
            length.check_epochs(trainer, cast("int", value), spot, began_with=known.epochs)
        elif name == "close_mosaic":
            mosaic.check(trainer)
        elif name == "weight_decay" and not known.decaying:
            raise errors.CommandRefused("no group of this optimizer has a weight decay", reason="framework_cannot")


def change(trainer: live.Trainer, wanted: Mapping[str, object], spot: acting.Spot, known: Known) -> dict[str, object]:
    """Change the settings and return what each was and is."""
    warms_up = rates.warms_up(trainer, spot.epoch)
    result: dict[str, object] = {}
    for name in _ORDER:
        if name in wanted:
            result |= _change(trainer, name, wanted[name], warms_up=warms_up, known=known)
    return result


def _change(trainer: live.Trainer, name: str, value: object, *, warms_up: bool, known: Known) -> dict[str, object]:
    number = cast("float", value)
    if name in command.GAINS:
        return gains.change(trainer, name, number)
    setters: dict[str, Callable[[], dict[str, object]]] = {
        "epochs": lambda: length.set_epochs(trainer, cast("int", value), closes_next=known.closes_next),
        "patience": lambda: length.set_patience(trainer, cast("int", value)),
        "close_mosaic": lambda: mosaic.set_last_epochs(trainer, cast("int", value)),
        "weight_decay": lambda: rates.set_decay(trainer, number, groups=known.decaying),
        "lr": lambda: rates.set_rate(trainer, number, warms_up=warms_up),
        "lr_factor": lambda: rates.multiply(trainer, number, warms_up=warms_up),
    }
    return setters[name]()


def _check_gain(trainer: live.Trainer, name: str, known: Known) -> None:
    if name not in known.gains:
        raise errors.CommandRefused(f"the loss of this training has no gain {name}", reason="framework_cannot")
    gains.check(trainer)


class Before:
    """The settings of a trainer as they were, to put them back."""

    def __init__(self, trainer: live.Trainer) -> None:
        self._groups = [_taken(group, _OF_GROUP) for group in trainer.optimizer.param_groups]
        self._trainer = {name: cast("object", getattr(trainer, name)) for name in _OF_TRAINER}
        self._arguments = {
            name: cast("object", getattr(trainer.args, name)) for name in _OF_ARGUMENTS if hasattr(trainer.args, name)
        }
        self._patience = trainer.stopper.patience
        self._scheduler = _schedule(trainer)

    def changed(self, trainer: live.Trainer) -> dict[tuple[int, str], object]:
        """Return what is another by now of the optimizer's groups, by the group's index and the name."""
        return {
            (index, name): group[name]
            for index, (group, before) in enumerate(zip(trainer.optimizer.param_groups, self._groups, strict=True))
            for name in before
            if group[name] != before[name]
        }

    def put_back(self, trainer: live.Trainer) -> None:
        """Put them back."""
        for group, before in zip(trainer.optimizer.param_groups, self._groups, strict=True):
            group.update(before)
        for owner, before in ((trainer, self._trainer), (trainer.args, self._arguments)):
            for name, value in before.items():
                setattr(owner, name, value)
        trainer.stopper.patience = self._patience
        for name, values in self._scheduler.items():
            setattr(trainer.scheduler, name, values)


def _taken(group: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    return {name: group[name] for name in names if name in group}


def _schedule(trainer: shapes.Trainer) -> dict[str, list[object]]:
    scheduler: object = getattr(trainer, "scheduler", None)
    found = {name: getattr(scheduler, name, None) for name in ("base_lrs", "lr_lambdas")}
    return {name: list(cast("Sequence[object]", values)) for name, values in found.items() if values is not None}
