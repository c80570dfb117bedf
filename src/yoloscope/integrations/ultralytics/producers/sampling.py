"""Which epochs a producer looks at: often early and around an anomaly, seldom where nothing moves, seldomer where it costs too much."""

import math
from collections.abc import Iterable

from yoloscope.integrations import jumps


class Clock:
    """The epochs that are due for one producer: the first, each `every`-th counted from 0, the last, and the `early` first ones.

    `stretch` multiplies `every`, and ends what `early` asks for once it is above 1.
    """

    def __init__(self, *, every: int, early: int) -> None:
        self.every = max(1, every)
        self.early = early
        self.stretch = 1
        self._has_looked = False

    def is_due(self, index: int, *, epochs: int) -> bool:
        """Tell whether the epoch (from 0) of so many planned ones is due."""
        early = self.stretch == 1 and index < self.early
        return not self._has_looked or early or index % (self.every * self.stretch) == 0 or index == epochs - 1

    def has_looked(self) -> None:
        """Take note that an epoch was looked at."""
        self._has_looked = True

    @property
    def spacing(self) -> int:
        """Epochs between two looks, as they are now."""
        return self.every * self.stretch


class Alarm:
    """Notices losses that are not finite and gradient norms that jump; it stands until the end of the epoch after the last one."""

    def __init__(self) -> None:
        self._norm = jumps.Usual()
        self._epochs_left = 0

    @property
    def is_on(self) -> bool:
        """Whether something was wrong in this epoch or the one before."""
        return self._epochs_left > 0

    def see(self, losses: Iterable[float], *, norm: float | None) -> bool:
        """Take the numbers of a batch; returns True if they are the first of an anomaly."""
        was_on = self.is_on
        if not all(map(math.isfinite, losses)) or (norm is not None and self._norm.jumps(norm)):
            self._epochs_left = 2
        return self.is_on and not was_on

    def end_epoch(self) -> None:
        """Take note that an epoch ended."""
        self._epochs_left = max(0, self._epochs_left - 1)
