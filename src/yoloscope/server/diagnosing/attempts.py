"""Which attempt each row of a run belongs to, in the order in which they began, and when each began and ended.

Called by `judged`. What is no attempt of the training itself (other processes of it, telemetry that came before its first row) belongs to that of its time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yoloscope.records import logged
from yoloscope.server.diagnosing import messages


class Attempts:
    """The attempts of a run, given in order."""

    def __init__(self, given: Sequence[messages.Attempt]) -> None:
        self.main = [one for one in given if one.is_main]
        self._place_of = {one.number: place for place, one in enumerate(self.main)}
        self._starts = np.maximum.accumulate(np.array([one.wall_ns for one in self.main], np.int64))

    def places(self, number: int, wall_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of the attempt that each of some rows belongs to, which came under one number."""
        own = self._place_of.get(number)
        if own is not None:
            return np.full(len(wall_ns), own, np.int64)
        return np.maximum(np.searchsorted(self._starts, wall_ns, side="right") - 1, 0)

    def began(self) -> list[logged.Begun]:
        """Return how they began."""
        return [
            logged.Begun(place, one.wall_ns, one.start_epoch, one.start_step, is_repeat=one.is_repeat)
            for place, one in enumerate(self.main)
        ]

    def ended(self) -> list[logged.Ended]:
        """Return how they ended, those that did."""
        return [logged.Ended(*one.ended) for one in self.main if one.ended is not None]

    def goes_on(self, older: "Attempts") -> bool:
        """Tell whether these are those of before, some of which have ended since."""
        return len(self.main) == len(older.main) and all(
            _began(now) == _began(then) and then.ended in (None, now.ended)
            for now, then in zip(self.main, older.main, strict=True)
        )


def _began(one: messages.Attempt) -> tuple[object, ...]:
    return one.number, one.wall_ns, one.start_epoch, one.start_step, one.is_repeat
