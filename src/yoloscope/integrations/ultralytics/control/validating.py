"""A validation off the schedule: of a copy of the moving average, by a validator of its own, so that the training is bit for bit what it was."""

import contextlib
import copy
import random
from collections import defaultdict
from collections.abc import Generator
from typing import NamedTuple, Protocol, cast

import numpy as np
import torch
from torch import nn

from yoloscope import errors
from yoloscope.integrations.ultralytics import validation
from yoloscope.integrations.ultralytics.control import live
from yoloscope.records import names
from yoloscope.sdk import process

_WRITES = ("plots", "save_json", "save_txt", "save_hybrid")
_ABSENT = object()


class _Copied(NamedTuple):
    """Stands where the moving average does."""

    ema: nn.Module
    updates: int


class _Restarting(Protocol):
    """A loader whose workers are started at the first picture."""

    iterator: object

    def reset(self) -> None: ...


def check(trainer: live.Trainer) -> None:
    """Return if a validation would disturb nothing.

    Raises:
        CommandRefused: if this process keeps no moving average or has nothing to validate with.
    """
    if trainer.ema is None or trainer.test_loader is None:
        raise errors.CommandRefused(
            "this process has no moving average or no validation set", reason="framework_cannot"
        )


def validate(trainer: live.Trainer) -> dict[str, float]:
    """Return the metrics, validation losses and per-class results of now, under canonical names.

    Random numbers, moving average, best result, patience and the framework's own validator are as before.
    """
    with _set_aside(trainer):
        validator = trainer.get_validator()
        validator.callbacks = defaultdict(list)
        for name in _WRITES:
            if hasattr(validator.args, name):
                setattr(validator.args, name, False)
        found = validator(trainer) or {}
    numbers = {names.canonical(name): float(value) for name, value in found.items() if name != "fitness"}
    numbers |= validation.class_results(validator)
    if "fitness" in found:
        numbers["metrics/fitness"] = float(found["fitness"])
    return numbers


@contextlib.contextmanager
def _set_aside(trainer: live.Trainer) -> Generator[None]:
    """Keep what a validation moves, and put it back."""
    ema, loss_names = trainer.ema, cast("object", getattr(trainer, "loss_names", _ABSENT))
    assert ema is not None
    loader = cast("_Restarting", trainer.test_loader)
    is_unused = getattr(loader, "iterator", _ABSENT) is None
    with _same_random_numbers():
        try:
            trainer.ema = cast("live.Average", _Copied(copy.deepcopy(ema.ema), ema.updates))
            yield
        finally:
            trainer.ema = ema
            if loss_names is not _ABSENT:
                setattr(trainer, "loss_names", loss_names)  # noqa: B010  # not every version has them
            if is_unused:  # else the next validation would not draw the number that it draws to start it
                loader.reset()


@contextlib.contextmanager
def _same_random_numbers() -> Generator[None]:
    """Put every generator back to where it was."""
    python, legacy, processor = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002  # the framework's are these
    cards = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        torch.set_rng_state(processor)
        if cards:
            torch.cuda.set_rng_state_all(cards)


def summary(numbers: dict[str, float]) -> dict[str, object]:
    """Return what the outcome of the command says: the metrics without those of classes."""
    return {name: value for name, value in numbers.items() if name.startswith("metrics/")}


def is_possible() -> bool:
    """Tell whether this process validates on its own: several would have to gather what they found."""
    return process.place().world_size <= 1
