"""What is remembered of the classes: of more than 64 those whose AP50 is lowest, which are the ones that rules ask about."""

import math
from collections.abc import Mapping

from yoloscope.diagnose import thresholds
from yoloscope.diagnose.memory import stream

MOST = 64


class OfClass:
    """Implements `view.ClassSeries`."""

    __slots__ = ("best", "best_epoch", "count", "last", "name", "noise")

    def __init__(self, name: str) -> None:
        self.name = name
        self.last = self.best = math.nan
        self.noise = 0.0
        self.best_epoch = self.count = 0

    def add(self, value: float, *, epoch: int) -> None:
        """Take the AP50 of an epoch."""
        value = stream.coarse(value)
        if self.count:
            step = abs(value - self.last)
            self.noise = stream.coarse(
                step if self.count == 1 else self.noise + thresholds.EMA_ALPHA * (step - self.noise)
            )
        self.last = value
        self.count += 1
        if not value <= self.best:
            self.best, self.best_epoch = value, epoch


class Classes:
    """The weakest classes of a run, in the order of their names."""

    def __init__(self) -> None:
        self.found: tuple[OfClass, ...] = ()

    def add(self, values: Mapping[str, float], *, epoch: int) -> None:
        """Take the AP50 of an epoch by class; NaN is no value."""
        known = {one.name: one for one in self.found}
        for name, value in values.items():
            if value - value == 0.0:
                known.setdefault(name, OfClass(name)).add(value, epoch=epoch)
        weakest = sorted(known.values(), key=lambda one: (one.last, one.name))[:MOST]
        self.found = tuple(sorted(weakest, key=lambda one: one.name))

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.names(one.name for one in self.found)
        for one in self.found:
            into.coarse.extend((one.last, one.best, one.noise))
            into.integers += (one.best_epoch, one.count)

    @classmethod
    def restored(cls, of: stream.Reader) -> "Classes":
        """Return the classes that were saved."""
        classes = cls()
        classes.found = tuple(OfClass(name) for name in of.names())
        for one in classes.found:
            one.last, one.best, one.noise = (of.coarse() for _ in range(3))
            one.best_epoch, one.count = of.integer(), of.integer()
        return classes
