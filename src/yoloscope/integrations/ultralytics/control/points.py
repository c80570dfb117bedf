"""Safe points of a training: behind a complete batch, and behind an epoch whose results are written, before the next one begins."""

from collections.abc import Callable
from typing import Protocol, cast

from yoloscope.integrations.ultralytics import effective, position, session, shapes
from yoloscope.integrations.ultralytics.control import actor, live
from yoloscope.sdk import acting, guard
from yoloscope.sdk import run as runs

PART = "ultralytics.control"


class Polled(Protocol):
    """What asks the actor to act."""

    def poll(self, spot: acting.Spot) -> None:
        """Do what is due; blocks while the training is paused."""
        ...


class Points:
    """Follows the events of one training of which it holds no reference. `free` is called behind each look: our time is not the data's."""

    def __init__(self, polled: Polled, acts: actor.Actor, *, at: position.Position, free: Callable[[], None]) -> None:
        self._polled = polled
        self._actor = acts
        self._at = at
        self._free = free
        self._expects_epoch_end = False

    def take(self, trainer: live.Trainer, event: str) -> None:
        """Take an event that the session has taken."""
        if event == "on_train_batch_end":
            at = self._at
            self._polled.poll(acting.Spot("batch", at.step, at.epoch + at.done / at.batches))
            self._free()
        elif event == "on_train_epoch_start":
            self._expects_epoch_end = True
            self._actor.begin_epoch(trainer)
        elif event == "on_fit_epoch_end" and self._expects_epoch_end:  # the final evaluation fires one more
            self._expects_epoch_end = False
            self._polled.poll(acting.Spot("epoch", self._at.step, self._at.epoch + 1.0))
            self._actor.end_epoch(trainer)


class _Session:
    """Tells the session what acts did."""

    def __init__(self, known: session.Session) -> None:
        self._known = known

    def validated(self, numbers: dict[str, float], spot: acting.Spot) -> None:
        """Log them at the step and epoch of now."""
        self._known.log_parts(numbers, epoch=spot.epoch)

    def plans(self, trainer: live.Trainer) -> None:
        """Tell how long it is to last, and where mosaics close."""
        self._known.run.update("progress", effective.plan(trainer))

    def ends(self, reason: str) -> None:
        """Have the run end with that reason."""
        self._known.ends_because = reason


def of_main(known: session.Session, trainer: shapes.Trainer) -> Points:
    """Begin to let commands act on the training that a session records."""
    acts = actor.Actor(cast("live.Trainer", trainer), record=_Session(known))
    return Points(known.run.controls(acts), acts, at=known.at, free=known.free)


def of_peer(run: runs.Run, trainer: shapes.Trainer, *, at: position.Position, free: Callable[[], None]) -> Points:
    """Begin to do what rank 0 asks of this rank."""
    acts = actor.Actor(cast("live.Trainer", trainer), record=None)
    return Points(run.controls(acts), acts, at=at, free=free)


def pass_on(points: Points, trainer: shapes.Trainer, event: str) -> None:
    """Take an event; no exception gets out."""
    with guard.attempt(PART):
        points.take(cast("live.Trainer", trainer), event)
