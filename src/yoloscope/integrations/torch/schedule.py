"""How often a training is looked at: each of its first steps, then ever seldomer, at once after an anomaly, and never for more than it may cost."""

import time
from collections.abc import Callable
from types import TracebackType

EARLY = 10
"""Steps that are all looked at in full."""
NORM_EVERY = 10
"""Steps between two gradient norms; one that the loop's own clipping tells is taken as often and costs nothing."""
FULL_MOST = 200
"""Steps between two full looks, at most, and between two counts of what is not finite."""
SHARE = 0.02
"""Of the time since the training was attached to, for all looks together."""
FLOOR_S = 0.25
"""Seconds that are always allowed: nobody waits for them, and of a training of a second nothing would be seen."""


class Schedule:
    """Tells what is due at each step of one optimizer, the first being 0."""

    def __init__(self, budget: "Budget") -> None:
        self._budget = budget
        self._next_full = 0
        self._is_early = True
        self._step = -1

    def begin_step(self) -> None:
        """Go to the next step."""
        self._step += 1
        self._is_early = self._step < EARLY

    @property
    def wants_norm(self) -> bool:
        """Whether the gradient norm of this step is to be taken."""
        return self._is_early or (self._step % NORM_EVERY == 0 and self._budget.has_room) or self.wants_all

    @property
    def wants_all(self) -> bool:
        """Whether this step is to be looked at in full."""
        return self._is_early or (self._step >= self._next_full and self._budget.has_room)

    def has_looked(self) -> None:
        """Take note of a full look: the next one comes half as many steps later as were done so far."""
        self._next_full = self._step + max(1, min(self._step // 2, FULL_MOST))

    def look_soon(self) -> None:
        """Look at the next step in full: an epoch began, or something is wrong."""
        self._next_full = 0


class Budget:
    """Seconds that looks took, beside those that the training has taken so far."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._begun_s = clock()
        self.spent_s = 0.0

    @property
    def has_room(self) -> bool:
        """Whether there may be more."""
        return self.spent_s <= FLOOR_S + SHARE * (self._clock() - self._begun_s)

    def spend(self) -> "Lap":
        """Measure a block; waiting for the device counts, as the loop waits too."""
        return Lap(self, self._clock)


class Lap:
    """One measured block; a class, because a generator costs five times as much."""

    def __init__(self, budget: Budget, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock
        self._from_s = clock()

    def __enter__(self) -> None:
        self._from_s = self._clock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.spent_s += self._clock() - self._from_s
