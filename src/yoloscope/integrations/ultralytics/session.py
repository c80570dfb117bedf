"""One training of one trainer: its run, where it stands, and what each event adds to the record."""

import sys
from collections.abc import Mapping
from itertools import islice

from yoloscope.integrations.ultralytics import effective, gradients, position, shapes, stopwatch, validation, values
from yoloscope.integrations.ultralytics.producers import registry
from yoloscope.records import row
from yoloscope.sdk import run as runs

ROW_NAMES = 1_000
"""Series in one row at most: a validation of thousands of classes becomes several rows."""


class Session:
    """Turns the events of a training into rows; it holds no reference to the trainer."""

    def __init__(self, run: runs.Run, *, trainer: shapes.Trainer, roles: tuple[str, ...]) -> None:
        self.run = run
        self.norm = gradients.GradientNorm()
        self.looks: registry.Registry | None = None
        self.last: Mapping[str, object] = {}
        self._roles = roles
        self._loss_names: tuple[str, ...] = ()
        self.at = position.Position(start_epoch=trainer.start_epoch, batches=len(trainer.train_loader))
        self._expects_epoch_end = False
        self._validated = False
        self._ended = False
        self.ends_because = ""
        self._watch = stopwatch.Stopwatch()

    def begin_epoch(self, trainer: shapes.Trainer) -> None:
        """Take note of an epoch; one that had begun before is a new attempt from its start."""
        if len(trainer.optimizer.param_groups) != len(self._roles):
            self._roles = values.group_roles(trainer.optimizer.param_groups, model=trainer.model)
        again = self.at.begin_epoch(trainer.epoch, batches=len(trainer.train_loader))
        self._expects_epoch_end, self._validated = True, False
        if again:
            self.run.new_attempt(start_epoch=float(self.at.epoch), start_step=self.at.first_step)
        self._watch.free()

    def begin_batch(self, _trainer: shapes.Trainer) -> None:
        """Take the time at which the batch's data was there."""
        self._watch.begin_batch()

    def end_batch(self, trainer: shapes.Trainer) -> None:
        """Log the batch: losses, rates, times, gradient norm, memory, in one row."""
        times = self._watch.end_batch()
        step, epoch = self.at.end_batch()
        numbers = self._losses(trainer) | values.learning_rates(trainer.optimizer.param_groups, roles=self._roles)
        numbers |= times
        norm = self.norm.take()
        if norm is not None:
            numbers["grad/norm"] = norm
        if self.looks is not None:
            self.looks.complete(trainer, numbers)
        numbers |= values.memory(shapes.attribute(trainer, "device", None))
        self.run.log(numbers, step=step, epoch=epoch)
        self.last = numbers
        self._watch.free()

    def free(self) -> None:
        """Take the time from which on the training can ask for data again."""
        self._watch.free()

    def end_training_epoch(self, trainer: shapes.Trainer) -> None:
        """Log the means over the epoch, which ``results.csv`` calls ``train/*_loss``; also of an epoch that is then repeated."""
        names = (name.replace("train/", "train/epoch/", 1) for name in self._loss_names)
        self.log_parts(dict(zip(names, values.losses(trainer.tloss), strict=True)), epoch=self.at.epoch + 1.0)

    def end_validation(self) -> None:
        """Take note that the epoch was validated, so that old metrics are not taken for new."""
        self._validated = True

    def end_epoch(self, trainer: shapes.Trainer) -> None:
        """Log the epoch's validation; a call with no epoch behind it is the final evaluation of the best checkpoint."""
        if not self._expects_epoch_end:
            self.log_parts({f"final/{name}": value for name, value in self._validation(trainer).items()}, epoch=None)
            return
        self._expects_epoch_end = False
        numbers = {"time/epoch_s": shapes.attribute(trainer, "epoch_time", 0.0)}
        if self._validated:
            fitness: object = shapes.attribute(trainer, "fitness", None)
            numbers |= self._validation(trainer)
            if fitness is not None:
                numbers["metrics/fitness"] = float(fitness)  # pyright: ignore[reportArgumentType]  # a numpy or Python float
        self.log_parts(numbers, epoch=self.at.epoch + 1.0)
        self.run.update("progress", _progress(trainer, completed=self.at.epoch + 1))

    def end(self, trainer: shapes.Trainer) -> None:
        """Finish the run: stopped if planned epochs or batches are missing, else finished."""
        if self.ends_because:
            self._finish("stopped", self.ends_because)
        elif self.at.epoch + 1 >= trainer.epochs and self.at.is_whole:
            self._finish("finished", None)
        elif trainer.stopper.best_epoch and self.at.epoch + 1 - trainer.stopper.best_epoch >= trainer.stopper.patience:
            self._finish("stopped", f"no better result in {trainer.stopper.patience:.0f} epochs")
        else:
            self._finish("stopped", "asked to stop")

    def tear_down(self, trainer: shapes.Trainer) -> None:
        """Finish a run that has not ended: with the exception that is passing through, if there is one."""
        kind = sys.exc_info()[0]
        if kind is None:
            self.end(trainer)
        else:
            self._finish("stopped" if issubclass(kind, KeyboardInterrupt) else "failed", kind.__name__)

    def _finish(self, state: row.EndState, reason: str | None) -> None:
        if not self._ended:
            self._ended = True
            self.norm.leave()
            self.run.finish(state, reason)

    def _losses(self, trainer: shapes.Trainer) -> dict[str, object]:
        found = values.losses(trainer.loss_items)
        if len(found) != len(self._loss_names):
            self._loss_names = values.loss_names(trainer)
        return dict(zip(self._loss_names, found, strict=True))

    def _validation(self, trainer: shapes.Trainer) -> dict[str, float]:
        validator = trainer.validator
        return validation.metrics(trainer) | validation.class_results(validator) | validation.speed(validator)

    def log_parts(self, numbers: Mapping[str, float], *, epoch: float | None) -> None:
        """Log numbers at the last batch's step, in several rows where they are many."""
        remaining = iter(numbers.items())
        while part := dict(islice(remaining, ROW_NAMES)):
            self.run.log(part, step=self.at.step, epoch=epoch)


def _progress(trainer: shapes.Trainer, *, completed: int) -> dict[str, object]:
    stopper = trainer.stopper
    patient = stopper.patience < float("inf") and stopper.best_epoch > 0
    return effective.plan(trainer) | {
        "best_epoch": stopper.best_epoch or None,
        "patience_left": max(0, int(stopper.patience) - (completed - stopper.best_epoch)) if patient else None,
    }
