"""Passes a training's events on to its producers, all of them one guarded part."""

from yoloscope.integrations.ultralytics import session, shapes, validation
from yoloscope.integrations.ultralytics.producers import registry
from yoloscope.sdk import guard, settings

PART = "ultralytics.producers"
_EVENTS = ("on_train_epoch_start", "on_train_batch_start", "on_train_batch_end", "on_fit_epoch_end")


def start(known: session.Session, trainer: shapes.Trainer) -> None:
    """Begin what is looked at beside the numbers."""
    with guard.part(PART):
        known.looks = registry.Registry(
            known.run,
            trainer=trainer,
            at=known.at,
            norm=known.norm,
            titles=validation.class_titles(trainer.data.get("names")),
            switches=settings.resolve().producers,
        )
        known.looks.start(trainer)
    _end_after_fault(known, trainer)


def trainer_event(known: session.Session, trainer: shapes.Trainer, event: str) -> None:
    """Let the producers take an event that the session has taken."""
    looks = known.looks
    if looks is None or event not in _EVENTS or guard.is_off(PART):
        return
    with guard.part(PART):
        if event == "on_train_epoch_start":
            looks.begin_epoch(trainer)
        elif event == "on_train_batch_start":
            looks.begin_batch(trainer)
        elif event == "on_train_batch_end":
            looks.end_batch(trainer, known.last)
        else:
            looks.end_epoch(trainer)
    _end_after_fault(known, trainer)


def validation_event(known: session.Session, trainer: shapes.Trainer, validator: object, event: str) -> None:
    """Let the producers follow a validation."""
    if known.looks is not None and not guard.is_off(PART):
        with guard.part(PART):
            known.looks.validation_event(trainer, validator, event)
        _end_after_fault(known, trainer)


def end(known: session.Session, trainer: shapes.Trainer) -> None:
    """End the producers, also after a fault: what they put into a training must come out of it."""
    looks, known.looks = known.looks, None
    if looks is not None:
        with guard.part(f"{PART}.end"):
            looks.end(trainer)


def _end_after_fault(known: session.Session, trainer: shapes.Trainer) -> None:
    """End them at once: a hook that stays in the model would be saved with it."""
    if guard.is_off(PART):
        end(known, trainer)
