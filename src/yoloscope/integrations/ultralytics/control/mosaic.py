"""Closing mosaics earlier or later than planned: the framework closes them itself at ``epochs - close_mosaic``, so that is what is moved."""

from collections.abc import Callable
from typing import Protocol, cast

from yoloscope import errors
from yoloscope.integrations.ultralytics import augmentation, shapes
from yoloscope.integrations.ultralytics.control import live

_SETTING = "close_mosaic"


class _Loader(Protocol):
    """A loader whose workers can be started anew."""

    def reset(self) -> None: ...


def is_closed(trainer: shapes.Trainer) -> bool:
    """Tell whether mosaics were made and are no more, by the setting that is then not 0."""
    first = shapes.attribute(trainer, "start_epoch", 0)
    epoch = shapes.attribute(trainer, "epoch", first)  # some have none before the first
    is_behind = bool(last_epochs(trainer)) and epoch >= trainer.epochs - last_epochs(trainer)
    return is_behind and not augmentation.stitches(trainer)


def check(trainer: live.Trainer) -> None:
    """Return if there is something to close.

    Raises:
        CommandRefused: if mosaics are closed already, or none are made.
    """
    if augmentation.stitches(trainer):
        return
    if is_closed(trainer):
        raise errors.CommandRefused("mosaics are closed already", reason="mosaic_closed")
    raise errors.CommandRefused("this training makes no mosaics", reason="mosaic_off")


def check_next(trainer: live.Trainer) -> None:
    """Return if mosaics can be closed at the next epoch.

    Raises:
        CommandRefused: as `check`, and if no epoch is left.
    """
    check(trainer)
    if trainer.epoch + 1 >= trainer.epochs:
        raise errors.CommandRefused("this is the last epoch", reason="below_epoch")


def set_last_epochs(trainer: live.Trainer, count: int) -> dict[str, object]:
    """Have the last epochs, so many, be without mosaics; what is past begins with the next epoch."""
    before = last_epochs(trainer)
    setattr(trainer.args, _SETTING, count)
    return {_SETTING: {"from": before, "to": count}}


def close_next(trainer: live.Trainer) -> dict[str, object]:
    """Close them from the next epoch on; a resume knows it as well."""
    return set_last_epochs(trainer, trainer.epochs - (trainer.epoch + 1))


def move(trainer: live.Trainer, epochs: int) -> None:
    """Keep closed what is closed while the training's end moves."""
    setattr(trainer.args, _SETTING, last_epochs(trainer) + epochs)


def keep_word(trainer: live.Trainer, *, began_with: bool) -> None:
    """At an epoch's start, close what the framework would miss: it looks at one epoch alone, or not at all where the setting was 0 at the start."""
    count = last_epochs(trainer)
    behind = trainer.epoch - (trainer.epochs - count)
    if not count or behind < 0 or not augmentation.stitches(trainer):
        return
    setattr(trainer.args, _SETTING, count - behind)  # at this epoch, in a moment
    if live.loop_of(trainer).closes_once and not began_with:
        close: Callable[[], object] = getattr(trainer, "_close_dataloader_mosaic")  # noqa: B009  # as the loop itself does
        close()
        cast("_Loader", trainer.train_loader).reset()


def last_epochs(trainer: shapes.Trainer) -> int:
    """Return how many epochs at the end are without mosaics, 0 if none are."""
    return shapes.attribute(trainer, f"args.{_SETTING}", 0)
