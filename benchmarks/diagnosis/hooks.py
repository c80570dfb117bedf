"""Faults that act while a training runs, put into Ultralytics by a trainer of our own and its callbacks. Loaded in the training's process alone."""
# ruff: noqa: D102, ARG002  # `Fault` says what each moment is

import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from ultralytics.models.yolo.detect import DetectionTrainer

from benchmarks.diagnosis import jobs, plan

Trainer = Any


class Fault:
    """Nothing wrong; each fault overrides the moment at which it acts. ``on`` tells whether its onset has come."""

    def __init__(self, asked: jobs.Hook) -> None:
        self.amount, self._share = asked.amount, asked.from_share
        self.seen = 0
        """Batches since the onset."""

    def on(self, trainer: Trainer) -> bool:
        return trainer.epoch >= plan.onset(trainer.epochs, self._share)

    def is_onset(self, trainer: Trainer) -> bool:
        return trainer.epoch == plan.onset(trainer.epochs, self._share)

    def start(self, trainer: Trainer) -> None:
        """Act once, before the first epoch."""

    def epoch(self, trainer: Trainer) -> None:
        """Act when an epoch begins."""

    def batch(self, trainer: Trainer, batch: dict[str, Any]) -> None:
        """Act on a batch before it is used."""

    def before_step(self, trainer: Trainer) -> None:
        """Act when gradients are there."""

    def after_step(self, trainer: Trainer) -> None:
        """Act when weights were changed."""

    def validated(self, validator: Any) -> None:
        """Act after a batch of a validation."""


class Rate(Fault):
    """All learning rates are multiplied."""

    def epoch(self, trainer: Trainer) -> None:
        if self.is_onset(trainer) and not self.seen:
            self.seen = 1
            trainer.scheduler.base_lrs = [rate * self.amount for rate in trainer.scheduler.base_lrs]
            for group in trainer.optimizer.param_groups:
                group["initial_lr"] *= self.amount


class NanImage(Fault):
    """One batch holds NaN, once."""

    def batch(self, trainer: Trainer, batch: dict[str, Any]) -> None:
        if self.on(trainer) and not self.seen:
            self.seen = 1
            batch["img"][0] = float("nan")


class NanWeights(Fault):
    """A layer becomes NaN, again after each recovery."""

    def after_step(self, trainer: Trainer) -> None:
        if self.on(trainer):
            with torch.no_grad():
                next(iter(trainer.model.parameters())).fill_(float("nan"))


class ValOverflow(Fault):
    """The validation's losses are infinite: of classes alone, or all of them."""

    def __init__(self, asked: jobs.Hook) -> None:
        super().__init__(asked)
        self._now = False

    def epoch(self, trainer: Trainer) -> None:
        self._now = self.on(trainer)

    def validated(self, validator: Any) -> None:
        losses = validator.loss
        if not self._now or losses is None:
            return
        if isinstance(losses, dict):
            for name in list(losses):
                if self.amount > 1 or "cls" in name:
                    losses[name] = losses[name] * 0 + float("inf")
        else:
            losses[slice(None) if self.amount > 1 else slice(1, 2)] = float("inf")


class Gradients(Fault):
    """Each 20th batch has gradients that are far too large."""

    def before_step(self, trainer: Trainer) -> None:
        if self.on(trainer):
            self.seen += 1
            if self.seen % 20 == 0:
                for one in trainer.model.parameters():
                    if one.grad is not None:
                        one.grad.mul_(self.amount)


class Faint(Fault):
    """Gradients of the first third of the layers are multiplied by next to nothing, or gone."""

    def before_step(self, trainer: Trainer) -> None:
        if self.on(trainer):
            layers = list(trainer.model.model)
            for layer in layers[: len(layers) // 3]:
                for one in layer.parameters():
                    if one.grad is not None:
                        one.grad.mul_(self.amount)


class Gain(Fault):
    """The gain of the box loss falls by a factor each epoch."""

    def epoch(self, trainer: Trainer) -> None:
        if self.on(trainer):
            trainer.model.args.box *= self.amount


class Fixed(Fault):
    """Samples come as they are, whatever augmentation was asked for."""

    def start(self, trainer: Trainer) -> None:
        found = trainer.train_loader.dataset
        found.augment = False
        found.transforms = found.build_transforms(hyp=trainer.args)


class ClassRate(Fault):
    """The part of the head that tells classes takes steps that are too long."""

    def __init__(self, asked: jobs.Hook) -> None:
        super().__init__(asked)
        self._before: list[torch.Tensor] = []

    def before_step(self, trainer: Trainer) -> None:
        self._before = [one.detach().clone() for one in trainer.model.model[-1].cv3.parameters()]

    def after_step(self, trainer: Trainer) -> None:
        if self.on(trainer):
            with torch.no_grad():
                for one, before in zip(trainer.model.model[-1].cv3.parameters(), self._before, strict=True):
                    one.add_((self.amount - 1) * (one - before))


class SlowItems(Fault):
    """Each sample takes so many seconds more."""

    def start(self, trainer: Trainer) -> None:
        dataset, fault, seconds = trainer.train_loader.dataset, self, self.amount

        class Slow(type(dataset)):
            def __getitem__(self, index: int) -> Any:
                if fault.on(trainer):
                    time.sleep(seconds)
                return super().__getitem__(index)

        dataset.__class__ = Slow


class Leak(Fault):
    """So many megabytes an epoch are kept for ever."""

    def __init__(self, asked: jobs.Hook) -> None:
        super().__init__(asked)
        self._kept: list[bytes] = []

    def batch(self, trainer: Trainer, batch: dict[str, Any]) -> None:
        if self.on(trainer):
            self._kept.append(os.urandom(int(self.amount * 2**20 / len(trainer.train_loader))))


def _flip(values: torch.Tensor) -> None:
    """Flip the highest bit of the exponent of the largest value."""
    flat = values.view(-1)
    place = int(flat.abs().argmax())
    bits = flat[place : place + 1].view(torch.int32)
    bits ^= 1 << 30


class FlipGradient(Fault):
    """A bit of one gradient flips, in each epoch's first batch."""

    def before_step(self, trainer: Trainer) -> None:
        if self.on(trainer) and self.seen != trainer.epoch:
            self.seen = trainer.epoch
            grad = next(iter(trainer.model.model[-1].parameters())).grad
            if grad is not None:
                _flip(grad)


class FlipWeight(Fault):
    """A bit of one weight flips, once."""

    def after_step(self, trainer: Trainer) -> None:
        if self.on(trainer) and not self.seen:
            self.seen = 1
            with torch.no_grad():
                _flip(next(iter(trainer.model.model[-1].parameters())).data)


class Kill(Fault):
    """The process is killed: in the middle of an epoch, or while it validates."""

    def batch(self, trainer: Trainer, batch: dict[str, Any]) -> None:
        if self.on(trainer):
            self.seen += 1
            if not self.amount and self.seen > len(trainer.train_loader) // 2:
                os.kill(os.getpid(), signal.SIGKILL)

    def validated(self, validator: Any) -> None:
        if self.amount and self.seen:
            os.kill(os.getpid(), signal.SIGKILL)


class SlowSteps(Fault):
    """A batch takes so many times as long as those before did."""

    def __init__(self, asked: jobs.Hook) -> None:
        super().__init__(asked)
        self._times: list[float] = []
        self._began = 0.0

    def batch(self, trainer: Trainer, batch: dict[str, Any]) -> None:
        self._began = time.monotonic()

    def before_step(self, trainer: Trainer) -> None:
        if not self.on(trainer):
            self._times.append(time.monotonic() - self._began)
        elif self._times:
            usual = sorted(self._times)[len(self._times) // 2]
            time.sleep((self.amount - 1) * usual)


KINDS: Mapping[str, Callable[[jobs.Hook], Fault]] = {
    "rate": Rate,
    "nan_image": NanImage,
    "nan_weights": NanWeights,
    "val_overflow": ValOverflow,
    "gradients": Gradients,
    "faint": Faint,
    "gain": Gain,
    "fixed": Fixed,
    "class_rate": ClassRate,
    "slow_items": SlowItems,
    "leak": Leak,
    "flip_gradient": FlipGradient,
    "flip_weight": FlipWeight,
    "kill": Kill,
    "slow_steps": SlowSteps,
}


def trainer_with(asked: jobs.Hook) -> type[DetectionTrainer]:
    """Return a trainer in which a fault acts."""
    fault = KINDS[asked.kind](asked)

    class Faulty(DetectionTrainer):
        def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
            ready = super().preprocess_batch(batch)
            fault.batch(self, ready)
            return ready

        def optimizer_step(self) -> None:
            fault.before_step(self)
            super().optimizer_step()
            fault.after_step(self)

    Faulty.fault = fault  # pyright: ignore[reportAttributeAccessIssue]
    return Faulty


def callbacks(kind: type[DetectionTrainer]) -> Mapping[str, Callable[[Any], None]]:
    """Return the callbacks of its fault, by the event."""
    fault: Fault = kind.fault  # pyright: ignore[reportAttributeAccessIssue]
    return {"on_train_start": fault.start, "on_train_epoch_start": fault.epoch, "on_val_batch_end": fault.validated}
