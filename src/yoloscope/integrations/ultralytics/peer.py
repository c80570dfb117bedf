"""One training as a process of rank above 0 sees it: when its batches began and ended, and nothing else."""

from collections.abc import Callable

from yoloscope.integrations.ultralytics import position, shapes, stopwatch
from yoloscope.sdk import run as runs


class Peer:
    """Turns the events of a training into the times of one rank; it holds no reference to the trainer."""

    def __init__(self, run: runs.Run, *, trainer: shapes.Trainer) -> None:
        self.run = run
        self.at = position.Position(start_epoch=trainer.start_epoch, batches=len(trainer.train_loader))
        self._watch = stopwatch.Stopwatch()

    def begin_epoch(self, trainer: shapes.Trainer) -> None:
        """Take note of an epoch."""
        self.at.begin_epoch(trainer.epoch, batches=len(trainer.train_loader))
        self._watch.free()

    def begin_batch(self, _trainer: shapes.Trainer) -> None:
        """Take the time at which the batch's data was there."""
        self._watch.begin_batch()

    def end_batch(self, _trainer: shapes.Trainer) -> None:
        """Log what the batch took."""
        numbers = self._watch.end_batch()
        step, epoch = self.at.end_batch()
        self.run.log(numbers, step=step, epoch=epoch)
        self._watch.free()

    def free(self) -> None:
        """Take the time from which on the training can ask for data again."""
        self._watch.free()

    def tear_down(self, _trainer: shapes.Trainer) -> None:
        """Finish: this process adds nothing more."""
        self.run.finish()


HANDLERS: dict[str, tuple[str, Callable[[Peer, shapes.Trainer], None]]] = {
    "on_train_epoch_start": ("ultralytics.epoch_start", Peer.begin_epoch),
    "on_train_batch_start": ("ultralytics.batch", Peer.begin_batch),
    "on_train_batch_end": ("ultralytics.batch", Peer.end_batch),
    "on_train_end": ("ultralytics.end", Peer.tear_down),
    "teardown": ("ultralytics.end", Peer.tear_down),
}
