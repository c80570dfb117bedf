"""A whole curve by epoch in at most 40 points, for fits over a whole training: means of blocks of 1, 2, 4 … epochs."""

import math
from array import array

import numpy as np

from yoloscope.diagnose import thresholds, view
from yoloscope.diagnose.memory import stream


class Course:
    """Block ``i`` holds the epochs ``i * length + 1`` to ``(i + 1) * length``; when there would be too many, pairs become one."""

    __slots__ = ("_counts", "_length", "_newest", "_sums")

    def __init__(self) -> None:
        self._length = 1
        self._newest = 0
        self._sums, self._counts = array("d"), array("l")

    def add(self, value: float, *, epoch: int) -> None:
        """Take the value of an epoch, the first being 1; NaN and infinities belong to no block."""
        if epoch < 1:
            return
        while (epoch - 1) // self._length >= thresholds.COURSE_POINTS:
            self._pair()
        place = (epoch - 1) // self._length
        while len(self._sums) <= place:
            self._sums.append(0.0)
            self._counts.append(0)
        self._newest = max(self._newest, epoch)
        if math.isfinite(value):
            self._sums[place] = stream.kept(self._sums[place] + value)
            self._counts[place] += 1

    def _pair(self) -> None:
        if len(self._sums) % 2:
            self._sums.append(0.0)
            self._counts.append(0)
        pairs = zip(self._sums[::2], self._sums[1::2], strict=True)
        self._sums = array("d", [stream.kept(one + other) for one, other in pairs])
        self._counts = array(
            "l", [one + other for one, other in zip(self._counts[::2], self._counts[1::2], strict=True)]
        )
        self._length *= 2

    def rewind(self, epoch: int) -> None:
        """Forget what came after so many epochs, with the whole block in which they end unless it ends there."""
        if epoch >= self._newest:
            return
        self._newest = max(epoch, 0)
        keep = self._newest // self._length
        del self._sums[keep:], self._counts[keep:]

    def points(self) -> tuple[view.Floats, view.Floats]:
        """Return the middles of the blocks, in epochs, and their means, oldest first, without those that have no finite value."""
        counts = np.array(self._counts, dtype=np.float64)
        firsts = np.arange(len(counts)) * self._length + 1.0
        lasts = np.minimum(firsts + self._length - 1, self._newest)
        full = counts > 0
        return ((firsts + lasts) / 2)[full], np.array(self._sums, dtype=np.float64)[full] / counts[full]

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.run(self._sums)
        into.integers += (*self._counts, self._length, self._newest)

    @classmethod
    def restored(cls, of: stream.Reader) -> "Course":
        """Return the course that was saved."""
        course = cls()
        course._sums = of.run()
        course._counts = array("l", [of.integer() for _ in course._sums])
        course._length, course._newest = of.integer(), of.integer()
        return course
