"""Medians of blocks of four batches: what rules see of the last two hundred."""

import math
from array import array

import numpy as np

from yoloscope.curves import robust
from yoloscope.diagnose import view
from yoloscope.diagnose.memory import stream

BATCHES = 4
"""Batches of one block."""
BLOCKS = 50
BLOCKS_LEAST = 5
"""Below it a median or a deviation says nothing."""
SIGMA_LOG_LEAST = 0.05


class Medians:
    """Medians of four finite values each."""

    __slots__ = ("_median", "_pending", "_sigma_log", "values")

    def __init__(self) -> None:
        self.values = array("d")
        self._pending: list[float] = []
        self._median: float | None = None
        self._sigma_log: float | None = None

    def add(self, value: float) -> None:
        """Take the value of a batch; NaN and infinities belong to no block."""
        pending = self._pending
        if value - value != 0.0:
            return
        pending.append(value)
        if len(pending) == BATCHES:
            pending.sort()
            self.values.append(stream.coarse((pending[1] + pending[2]) / 2))
            pending.clear()
            if len(self.values) > BLOCKS:
                del self.values[0]
            self._median = self._sigma_log = None

    def median(self) -> float | None:
        """Return the median of all blocks."""
        if self._median is None and len(self.values) >= BLOCKS_LEAST:
            ordered = sorted(self.values)
            half = len(ordered) // 2
            self._median = (ordered[half] + ordered[~half]) / 2
        return self._median

    def sigma_log(self) -> float | None:
        """Return the robust deviation of the logarithms of what is above zero."""
        if self._sigma_log is None and len(self.values) >= BLOCKS_LEAST:
            numbers = np.array(self.values, dtype=np.float64)
            self._sigma_log = max(robust.sigma(np.log(numbers[numbers > 0])), SIGMA_LOG_LEAST)
        return self._sigma_log

    def z_log(self, value: float) -> float:
        """Return by how many robust deviations a value lies above the median, as logarithms; 0 before there are five blocks."""
        median, sigma = self.median(), self.sigma_log()
        if median is None or sigma is None or median <= 0 or value <= 0:
            return 0.0
        return math.log(value / median) / sigma

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.coarse_run(self.values)
        into.integers.append(len(self._pending))
        into.doubles.extend(self._pending)

    @classmethod
    def restored(cls, of: stream.Reader) -> "Medians":
        """Return the blocks that were saved."""
        blocks = cls()
        blocks.values = of.coarse_run()
        blocks._pending = [of.double() for _ in range(of.integer())]
        return blocks


def floats(values: "array[float]") -> view.Floats:
    """Return the blocks as rules take them."""
    return np.array(values, dtype=np.float64)
