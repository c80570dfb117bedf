"""Ending a training on request: with its evaluation, or so that it can be resumed."""

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.control import live, saving

RESUMABLE = "asked to stop, can be resumed"
"""The reason with which such a run ends."""


def evaluate(trainer: live.Trainer) -> dict[str, object]:
    """Have the loop end here, with the framework's final evaluation; the checkpoints lose their optimizer by that."""
    trainer.stop = True
    return {"epochs": trainer.epoch + 1}


def keep(trainer: live.Trainer, *, writes: bool, is_changed: bool) -> dict[str, object]:
    """Have the loop end behind this epoch without the final evaluation, which would take the optimizer out of ``last.pt``.

    Ranks that do not write leave the checkpoint to the first. ``is_changed`` tells that the training was changed behind the end of this epoch, which the framework's
    checkpoint of it does not know.

    Raises:
        CommandRefused: if there is no checkpoint of this epoch and none can be written; the training goes on.
    """
    is_written = shapes.attribute(trainer, "args.save", default=True) and trainer.last.exists()
    if writes and (is_changed or not is_written):
        saving.write(trainer, trainer.last, done=trainer.epoch)
    trainer.final_eval = _nothing
    trainer.stop = True
    if not writes:
        return {}
    return {"file": trainer.last.name, "bytes": trainer.last.stat().st_size, "epochs": trainer.epoch + 1}


def _nothing() -> None:
    return
