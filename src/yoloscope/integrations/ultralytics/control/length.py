"""How long a training goes on: its epochs, and its patience."""

from collections.abc import Callable
from typing import cast

from yoloscope import errors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.control import live, mosaic
from yoloscope.sdk import acting


def check_epochs(trainer: live.Trainer, wanted: int, spot: acting.Spot, *, began_with: int) -> None:
    """Return if the training can be that long.

    Raises:
        CommandRefused: if more has been begun already, if the time decides, or if the version's loop cannot grow.
    """
    least = trainer.epoch + (2 if spot.place == "epoch" else 1)
    if wanted < least:
        raise errors.CommandRefused(f"epoch {least} is the least that is possible now", reason="below_epoch")
    if wanted > began_with and not live.loop_of(trainer).can_grow:
        raise errors.CommandRefused("this version fixes the number of epochs at the start", reason="version_cannot")


def set_epochs(trainer: live.Trainer, wanted: int, *, closes_next: bool) -> dict[str, object]:
    """Have the training last so many epochs in all: the schedule is stretched or shortened.

    Mosaics that are closed stay so, and those that were asked to be from the next epoch on will be.
    """
    before = trainer.epochs
    if closes_next or mosaic.is_closed(trainer):
        mosaic.move(trainer, wanted - before)
    trainer.epochs = wanted
    setattr(trainer.args, "epochs", wanted)  # noqa: B010  # args is anybody's object
    if shapes.attribute(trainer, "args.cos_lr", default=False):
        _bend(trainer)
    return {"epochs": {"from": before, "to": wanted}}


def set_patience(trainer: live.Trainer, epochs: int) -> dict[str, object]:
    """Have the training stop after so many epochs without a better result."""
    before = trainer.stopper.patience
    trainer.stopper.patience = epochs
    setattr(trainer.args, "patience", epochs)  # noqa: B010
    return {"patience": {"from": before if before < float("inf") else None, "to": epochs}}


def _bend(trainer: live.Trainer) -> None:
    """Make the cosine anew, which holds the number of epochs; a linear schedule asks for it each time."""
    from ultralytics.utils import torch_utils

    cosine = cast("Callable[..., Callable[[int], float]]", torch_utils.one_cycle)
    trainer.lf = cosine(1, shapes.attribute(trainer, "args.lrf", 0.01), trainer.epochs)
    trainer.scheduler.lr_lambdas = [trainer.lf] * len(trainer.scheduler.lr_lambdas)
