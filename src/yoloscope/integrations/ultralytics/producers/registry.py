"""Runs the producers of one training: those that are wanted, in the epochs that are due, each guarded and measured by itself."""

import importlib
import time
import weakref
from collections.abc import Mapping
from typing import NamedTuple, cast

from yoloscope.integrations import wraps
from yoloscope.integrations.ultralytics import gradients, position, shapes
from yoloscope.integrations.ultralytics.producers import contract, costs, sampling
from yoloscope.sdk import guard
from yoloscope.sdk import run as runs

PLACE = "yoloscope.integrations.ultralytics.producers"
KNOWN: tuple[tuple[str, str, str], ...] = (
    ("confusion", "confusion", "Confusion"),
    ("errors", "error_kinds", "ErrorKinds"),
    ("sizes", "sizes", "Sizes"),
    ("classes", "classes", "Classes"),
    ("classes", "answers", "Answers"),
    ("curves", "threshold_curves", "ThresholdCurves"),
    ("predictions", "predictions", "Predictions"),
    ("extremes", "extremes", "Extremes"),
    ("loss_weights", "loss_weights", "LossWeights"),
    ("augmentation", "augmented", "Augmentation"),
    ("frozen", "frozen", "Frozen"),
    ("updates", "updates", "Updates"),
    ("nonfinite", "nonfinite", "Nonfinite"),
    ("amp_scale", "amp_scale", "AmpScale"),
    ("noise_scale", "noise_scale", "NoiseScale"),
    ("repeats", "repeats", "Repeats"),
    ("labels", "labels", "Labels"),
    ("weights", "histograms", "Weights"),
    ("gradients", "histograms", "Gradients"),
    ("activations", "histograms", "Activations"),
    ("inputs", "inputs", "Inputs"),
    ("graph", "graph", "ModelGraph"),
    ("embeddings", "embeddings", "Embeddings"),
    ("heat_maps", "heat_maps", "HeatMaps"),
    ("suspects", "suspects", "Suspects"),
)
"""Name, module and class of every producer; a module is imported once its producer is wanted."""
_IN_EPOCH = ("begin", "batch", "step", "stepped", "row", "val_start", "val_batch", "val_end", "epoch")
_KIND = {"summaries": "histogram", "media": "image"}

Switches = Mapping[str, bool | int]


class _Running(NamedTuple):
    producer: contract.Producer
    clock: sampling.Clock
    part: str
    is_thinned: bool
    """Whether it may be looked at less often than it says: not where the user said how often, or it bounds its own cost."""


class Registry:
    """The producers of one training; it holds no reference to the trainer."""

    def __init__(
        self,
        run: runs.Run,
        *,
        trainer: shapes.Trainer,
        at: position.Position,
        norm: gradients.GradientNorm,
        titles: Mapping[int, str],
        switches: Switches,
    ) -> None:
        self._run = run
        self._at = at
        self._norm = norm
        self._trainer = weakref.ref(trainer)
        self._moment = contract.Moment()
        self._meter, self._budget = costs.Meter(), costs.Budget()
        self._alarm = sampling.Alarm()
        self._batches = wraps.Wrap(self._batch)
        self._readings = wraps.Wrap(self._reading)
        self._validated = _Validation()
        self._due: dict[str, list[_Running]] = {}
        self._in_epoch = self._has_begun = False
        context = contract.Context(run, moment=self._moment, titles=titles, epochs=trainer.epochs)
        task = shapes.attribute(trainer, "args.task", "detect")
        self._running = _wanted(context, task=task, switches=switches)

    def start(self, trainer: shapes.Trainer) -> None:
        """Let every producer see what is there before the first batch."""
        self._moment.step, self._moment.epoch = max(0, self._at.step), float(self._at.epoch)
        self._call("start", self._running, trainer)

    def begin_epoch(self, trainer: shapes.Trainer) -> None:
        """Decide who looks at the epoch."""
        self._moment.index = self._at.epoch
        self._in_epoch, self._has_begun = True, False
        self._settle(trainer)

    def begin_batch(self, trainer: shapes.Trainer) -> None:
        """Let producers see what holds for an epoch whose first batch is there."""
        if not self._has_begun:
            self._has_begun = True
            self._to_batch()
            self._call("begin", self._due["begin"], trainer)

    def complete(self, trainer: shapes.Trainer, numbers: dict[str, object]) -> None:
        """Let producers put numbers into the row of a batch that is done."""
        if self._in_epoch:
            self._call("row", self._due["row"], trainer, numbers)

    def end_batch(self, trainer: shapes.Trainer, numbers: Mapping[str, object]) -> None:
        """Take a batch's row; the first of an anomaly brings those who look at anomalies."""
        losses = [cast("float", value) for name, value in numbers.items() if name.startswith("train/")]
        norm = cast("float | None", numbers.get("grad/norm"))
        if self._in_epoch and self._alarm.see(losses, norm=norm):
            self._settle(trainer)

    def validation_event(self, trainer: shapes.Trainer, validator: object, event: str) -> None:
        """Follow a validation; versions before 8.1 tell only of its batches and its end."""
        if not self._in_epoch or not shapes.attribute(validator, "training", default=True):
            return
        if event != "on_val_end" and not self._validated.is_running:
            self._begin_validation(trainer, validator)
        elif event == "on_val_end" and self._validated.is_running:
            self._end_validation(trainer, validator)

    def end_epoch(self, trainer: shapes.Trainer) -> None:
        """Let producers see an epoch that is done, and take what all of it cost."""
        if not self._in_epoch:
            return
        self._in_epoch = False
        self._to_epoch()
        self._call("epoch", self._due["epoch"], trainer)
        self._leave(trainer)
        self._alarm.end_epoch()
        self._settle_costs()

    def end(self, trainer: shapes.Trainer) -> None:
        """Let every producer look a last time, and take back all that was put into the training; calling again changes nothing."""
        running, self._running = self._running, []
        self._in_epoch = False
        self._to_epoch()
        self._call("end", running, trainer)
        self._due = {}
        self._leave(trainer)
        for one in running:
            _release(one)

    def _settle(self, trainer: shapes.Trainer) -> None:
        """Find out who is due, and wrap what they need."""
        due = [one for one in self._running if self._is_due(one, trainer)]
        self._due = {hook: [one for one in due if _defines(one.producer, hook)] for hook in _IN_EPOCH}
        if self._due["batch"]:
            self._batches.put_on(trainer, "preprocess_batch")
        self._norm.before, self._norm.after = self._before_step, self._after_step

    def _is_due(self, one: _Running, trainer: shapes.Trainer) -> bool:
        producer = one.producer
        if producer.is_done or guard.is_off(one.part):
            return False
        if one.clock.is_due(self._at.epoch, epochs=trainer.epochs) or (producer.at_anomalies and self._alarm.is_on):
            return True
        with guard.part(one.part):
            return producer.wants(trainer, self._at.epoch)
        return False

    def _leave(self, trainer: shapes.Trainer) -> None:
        """Take off all wraps, and all hooks of a validation that did not come to its end."""
        self._batches.take_off()
        if self._validated.is_running:
            self._end_validation(trainer, None)
        self._norm.before = self._norm.after = _nothing

    def _begin_validation(self, trainer: shapes.Trainer, validator: object) -> None:
        self._to_epoch()
        self._validated.begin(self._meter.total_s)
        if self._due["val_batch"]:
            self._readings.put_on(validator, "update_metrics")
        self._call("val_start", self._due["val_start"], trainer, validator)

    def _end_validation(self, trainer: shapes.Trainer, validator: object) -> None:
        """Take hooks off again before the model is saved; without a validator it failed and nobody looks."""
        self._validated.end(self._meter.total_s)
        self._readings.take_off()
        if validator is not None:
            self._call("val_end", self._due["val_end"], trainer, validator)
        for one in self._running:
            _release(one)

    def _batch(self, original: wraps.Method, *args: object, **kwargs: object) -> object:
        batch: object = original(*args, **kwargs)
        trainer = self._trainer()
        if trainer is not None and isinstance(batch, dict):
            self._to_batch()
            self._call("batch", self._due["batch"], trainer, cast("dict[str, object]", batch))
        return cast("object", batch)

    def _reading(self, original: wraps.Method, preds: object, batch: object) -> object:
        done, trainer = original(preds, batch), self._trainer()
        owner = self._readings.owner
        if trainer is not None and owner is not None:
            self._call("val_batch", self._due["val_batch"], trainer, owner, batch, preds)
        return done

    def _before_step(self) -> None:
        trainer = self._trainer()
        if trainer is not None and self._due["step"]:
            self._to_batch()
            self._call("step", self._due["step"], trainer)

    def _after_step(self) -> None:
        trainer = self._trainer()
        if trainer is not None and self._due["stepped"]:
            self._moment.norm = self._norm.last
            self._call("stepped", self._due["stepped"], trainer)

    def _to_batch(self) -> None:
        self._moment.step = self._at.step + 1
        self._moment.epoch = self._at.epoch + (self._at.done + 1) / self._at.batches

    def _to_epoch(self) -> None:
        self._moment.step, self._moment.epoch = max(0, self._at.step), self._at.epoch + 1.0

    def _call(self, hook: str, whom: list[_Running], *given: object) -> None:
        for one in whom:
            if guard.is_off(one.part) or (one.producer.is_done and hook != "end"):
                continue
            with guard.part(one.part), self._meter.of(one.producer.name):
                getattr(one.producer, hook)(*given)
            if guard.is_off(one.part):
                _release(one)

    def _settle_costs(self) -> None:
        spent = self._meter.take()
        if not spent:
            return
        for one in self._running:
            if one.producer.name in spent:
                one.clock.has_looked()
        told = {f"overhead/{name}_s": seconds for name, seconds in spent.items()}
        self._run.log(told, step=self._moment.step, epoch=self._moment.epoch)
        judged = [one for one in self._running if one.is_thinned and not one.producer.is_done]
        clocks = {one.producer.name: one.clock for one in judged}
        thinned = self._budget.judge(spent, validation_s=self._validated.seconds, clocks=clocks)
        if thinned is not None:
            each = f"each {clocks[thinned].spacing} epochs"
            guard.note(
                f"producers.{thinned}",
                f"{self._budget.cost_s[thinned]:.2f} s is much beside the validation; now {each}.",
            )


class _Validation:
    """How long the framework's own part of the last validation took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.is_running = False
        self._from = self._ours = 0.0

    def begin(self, ours_s: float) -> None:
        self.is_running, self._from, self._ours = True, time.perf_counter(), ours_s

    def end(self, ours_s: float) -> None:
        self.is_running = False
        self.seconds = max(0.0, time.perf_counter() - self._from - (ours_s - self._ours))


def _nothing() -> None:
    return


def _defines(producer: contract.Producer, hook: str) -> bool:
    return getattr(type(producer), hook) is not getattr(contract.Producer, hook)


def _release(one: _Running) -> None:
    with guard.part(f"{one.part}.release"):
        one.producer.release()


def _wanted(context: contract.Context, *, task: str, switches: Switches) -> list[_Running]:
    """Return the producers that apply to the task, whose kind the policy lets leave, and that nobody switched off."""
    names = list(dict.fromkeys(name for name, _, _ in KNOWN))
    for name in switches:
        if name not in names:
            guard.note(
                f"producers.{name}", f"[producers] of yoloscope.toml names what is not known; {', '.join(names)} are"
            )
    found: list[_Running] = []
    for name, module, kind in KNOWN:
        switch = switches.get(name, True)
        part = f"ultralytics.producers.{name}"
        if not switch:
            continue
        guard.switch_on(part)  # what failed in an earlier training of this process may work in this one
        with guard.part(part):
            made = cast("type[contract.Producer]", getattr(importlib.import_module(f"{PLACE}.{module}"), kind))
            if task in made.tasks and (made.policy == "numbers" or context.run.takes(_KIND[made.policy])):
                every = made.spacing(context.epochs) if switch is True else switch
                clock = sampling.Clock(every=every, early=made.early if switch is True else 0)
                is_thinned = switch is True and not made.keeps_budget
                found.append(_Running(made(context), clock, part, is_thinned))
    return found
