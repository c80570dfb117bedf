"""One series by epoch, in bounded space: its newest and first values, extremes, exponential mean, and for how long it has not risen."""

import math
from array import array
from typing import NamedTuple

import numpy as np

from yoloscope.curves import robust
from yoloscope.diagnose import thresholds, view
from yoloscope.diagnose.memory import course, stream

NAN = math.nan


class Size(NamedTuple):
    """How many of the newest and of the first values are kept."""

    newest: int
    first: int


WHOLE = Size(32, 12)
NEWEST = Size(32, 2)
LIGHT = Size(12, 2)
BARE = Size(10, 0)
"""Of layer groups and kinds of errors: the newest values alone, without extremes and means. A detector has some thirty such series."""
SIZES = (WHOLE, NEWEST, LIGHT, BARE)


class Place:
    """How many epochs are complete, and after how many the newest cut was: one for all tracks of a run."""

    __slots__ = ("cut", "epoch")

    def __init__(self) -> None:
        self.epoch = 0
        self.cut = 0


class Track:
    """Implements `view.Series`. Its numbers have six digits; epochs are those in which the values came."""

    __slots__ = (
        "_best",
        "_best_epoch",
        "_course",
        "_early",
        "_epochs",
        "_place",
        "_values",
        "before",
        "count",
        "ema",
        "ema_least",
        "ema_most",
        "ema_most_epoch",
        "first",
        "last",
        "least",
        "least_epoch",
        "most",
        "most_epoch",
        "nonfinite",
        "nonfinite_run",
        "size",
    )

    def __init__(self, place: Place, size: Size = WHOLE, *, has_course: bool = False) -> None:
        self._place, self.size = place, size
        self._course = course.Course() if has_course else None
        self._values, self._early = array("d"), array("d")
        self._epochs = array("l")
        self.count = self.nonfinite = self.nonfinite_run = 0
        self.first = self.last = NAN
        self.before: tuple[float, float] | None = None
        self._forget_extremes()

    def _forget_extremes(self) -> None:
        self.ema = self.least = self.most = self.ema_least = self.ema_most = NAN
        self.least_epoch = self.most_epoch = self.ema_most_epoch = 0
        self._best = [NAN] * len(thresholds.GAINS)
        self._best_epoch = [0] * len(thresholds.GAINS)

    def add(self, value: float, *, epoch: int, is_bad: bool = False) -> None:
        """Take the value of an epoch; `is_bad` tells that NaN or infinities were left out of it."""
        value = stream.kept(value)
        if not self.count and self.size is not BARE:
            self.first = value
        self.count += 1
        self.last = value
        self._values.append(value)
        self._epochs.append(epoch)
        if len(self._values) > self.size.newest:
            del self._values[0], self._epochs[0]
        if len(self._early) < self.size.first:
            self._early.append(value)
        if self._course is not None:
            self._course.add(value, epoch=epoch)
        finite = math.isfinite(value)
        if finite and self.size is not BARE:
            self._weigh(value, epoch)
        bad = is_bad or not finite
        self.nonfinite += bad
        self.nonfinite_run = self.nonfinite_run + 1 if bad else 0

    def _weigh(self, value: float, epoch: int) -> None:
        ema = value if self.ema != self.ema else self.ema + thresholds.EMA_ALPHA * (value - self.ema)
        self.ema = ema = stream.kept(ema)
        if not value >= self.least:
            self.least, self.least_epoch = value, epoch
        if not value <= self.most:
            self.most, self.most_epoch = value, epoch
        if not ema >= self.ema_least:
            self.ema_least = ema
        if not ema <= self.ema_most:
            self.ema_most, self.ema_most_epoch = ema, epoch
        for at, gain in enumerate(thresholds.GAINS):
            if not ema <= self._best[at] + gain:
                self._best[at], self._best_epoch[at] = ema, epoch

    def window(self, epochs: int | None = None, /) -> view.Floats:
        """Return the newest values since the last cut, oldest first."""
        start = 0
        cut, held = self._place.cut, len(self._values)
        while start < held and self._epochs[start] <= cut:
            start += 1
        if epochs is not None:
            start = max(start, held - epochs)
        return np.array(self._values[start:], dtype=np.float64)

    def across(self) -> view.Floats:
        """Return the newest values whatever was cut between them."""
        return np.array(self._values, dtype=np.float64)

    def early(self) -> view.Floats:
        """Return the first values, across cuts."""
        return np.array(self._early, dtype=np.float64)

    def course(self) -> tuple[view.Floats, view.Floats]:
        """Return the whole curve in at most 40 points; empty where none is kept."""
        return (np.zeros(0), np.zeros(0)) if self._course is None else self._course.points()

    def freeze(self, epoch: int) -> None:
        """Remember level and noise of what is since the last cut, as a new one comes after so many epochs."""
        numbers = self.window()
        numbers = numbers[: len(numbers) - sum(one > epoch for one in self._epochs)]
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            self.before = stream.kept(float(np.mean(finite[-3:]))), stream.kept(robust.noise(finite))

    def stale(self, gain: float, /) -> int:
        """Return for how many epochs the exponential mean has not risen by more than `gain` above its best."""
        at = thresholds.GAINS.index(gain)
        return self._epochs[-1] - self._best_epoch[at] if self._best[at] == self._best[at] else 0

    def rewind(self, epoch: int) -> bool:
        """Forget what came after so many epochs; return whether anything is left.

        Extremes and means are those of what is left: of a run that goes back farther than the newest values reach, they begin again.
        """
        if not self._epochs or self._epochs[-1] <= epoch:
            return bool(self.count)
        if self._course is not None:
            self._course.rewind(epoch)
        gone = sum(one > epoch for one in self._epochs)
        keep = len(self._epochs) - gone
        self.count -= gone
        del self._early[max(0, self.count) :]
        values, epochs = self._values[:keep], self._epochs[:keep]
        least, most = (self.least, self.least_epoch), (self.most, self.most_epoch)
        self._values, self._epochs = values, epochs
        self._forget_extremes()
        for value, at in zip(values, epochs, strict=True):
            if math.isfinite(value) and self.size is not BARE:
                self._weigh(value, at)
        self._keep_older(least, most, epoch)
        self.nonfinite_run = 0
        self.last = values[-1] if values else NAN
        return bool(values)

    def _keep_older(self, least: tuple[float, int], most: tuple[float, int], epoch: int) -> None:
        if least[1] <= epoch and not self.least <= least[0]:
            self.least, self.least_epoch = least
        if most[1] <= epoch and not self.most >= most[0]:
            self.most, self.most_epoch = most

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.run(self._values)
        into.integers += _steps(self._epochs)
        into.fine.append(self.last)
        if self.size is not BARE:
            self._save_whole(into)
        into.integers += (self.count, self.nonfinite, self.nonfinite_run, int(self.before is not None))
        into.fine.extend(self.before or ())
        if self._course is not None:
            self._course.save(into)

    def _save_whole(self, into: stream.Writer) -> None:
        into.run(self._early)
        into.fine.extend((self.first, self.ema, self.least, self.most, self.ema_least, self.ema_most, *self._best))
        into.integers += (self.least_epoch, self.most_epoch, self.ema_most_epoch, *self._best_epoch)

    def _restore_whole(self, of: stream.Reader) -> None:
        self._early = of.run()
        self.first, self.ema, self.least = (of.fine() for _ in range(3))
        self.most, self.ema_least, self.ema_most = (of.fine() for _ in range(3))
        self._best = [of.fine() for _ in thresholds.GAINS]
        self.least_epoch, self.most_epoch, self.ema_most_epoch = (of.integer() for _ in range(3))
        self._best_epoch = [of.integer() for _ in thresholds.GAINS]

    @classmethod
    def restored(cls, place: Place, size: Size, of: stream.Reader, *, has_course: bool) -> "Track":
        """Return the track that was saved."""
        track = cls(place, size, has_course=has_course)
        track._values = of.run()
        epoch = 0
        for _ in track._values:
            epoch += of.integer()
            track._epochs.append(epoch)
        track.last = of.fine()
        if size is not BARE:
            track._restore_whole(of)
        track.count, track.nonfinite, track.nonfinite_run = (of.integer() for _ in range(3))
        track.before = (of.fine(), of.fine()) if of.integer() else None
        if has_course:
            track._course = course.Course.restored(of)
        return track


def _steps(epochs: "array[int]") -> list[int]:
    return [one - before for one, before in zip(epochs, [0, *epochs[:-1]], strict=True)]
