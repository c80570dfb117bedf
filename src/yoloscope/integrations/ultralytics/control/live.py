"""What is changed of a trainer while it trains, as protocols, and how the loop of its version goes."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from torch import nn

from yoloscope.integrations.ultralytics import shapes

STOPS_IN_EPOCH = (8, 4, 14)
"""The first version whose loop looks at `trainer.stop` behind each batch."""


class Scheduler(Protocol):
    """A `LambdaLR`: the rate of a group is its base times the value of its function at `last_epoch`."""

    base_lrs: list[float]
    last_epoch: int
    lr_lambdas: list[Callable[[int], float]]


class Average(Protocol):
    """The moving average of the weights."""

    ema: nn.Module
    updates: int


class Validator(Protocol):
    """Runs a validation of a trainer and returns its numbers, ``fitness`` among them."""

    args: object
    callbacks: dict[str, list[object]]

    def __call__(self, trainer: object) -> dict[str, float] | None:
        """Validate."""
        ...


class Trainer(shapes.Trainer, Protocol):
    """A trainer whose settings are changed while it trains."""

    best: Path
    best_fitness: object
    csv: Path
    ema: Average | None
    final_eval: Callable[[], object]
    last: Path
    lf: Callable[[int], float]
    save_period: int
    scheduler: Scheduler
    wdir: Path

    def save_model(self) -> object:
        """Write `last`, and `best` if the newest fitness is the best."""
        ...

    def get_validator(self) -> Validator:
        """Return a fresh validator."""
        ...


class Loop(NamedTuple):
    """How the training loop of a version goes.

    ``closes_once`` means that it closes mosaics at the first epoch at or behind the set one, unless ``close_mosaic`` was 0 when it began; else it
    closes them at exactly that epoch.
    """

    stops_in_epoch: bool
    can_grow: bool
    closes_once: bool


def loop_of(trainer: object) -> Loop:
    """Return how the loop of this trainer goes, from the version and from the names that its code uses."""
    code = getattr(getattr(type(trainer), "_do_train", None), "__code__", None)
    used = cast("Sequence[str]", getattr(code, "co_names", ()))
    variables = cast("Sequence[str]", getattr(code, "co_varnames", ()))
    return Loop(version() >= STOPS_IN_EPOCH, "range" not in used, "mosaic_closed" in variables)


def version() -> tuple[int, ...]:
    """Return the version of Ultralytics in this process, ``(8, 4, 190)``; empty where it says none."""
    said = shapes.attribute(sys.modules.get("ultralytics"), "__version__", "")
    return tuple(int(part) for part in re.findall(r"\d+", said)[:3])
