"""How long the looks at labels may take: a share of the training's time, saved up until the model has learnt something."""

import time

SHARE = 0.016
"""Of the time that batches take. With the time that the first look and the writing take it stays below 3 % (docs/suspects.md)."""


class Allowance:
    """Counts what training earns and looking spends, in seconds of wall time."""

    def __init__(self) -> None:
        self.earned_s = 0.0
        self.spent_s = 0.0
        self._training_from_s: float | None = None
        self._looking_from_s = 0.0

    def begin_training(self) -> None:
        """Take the time at which batches begin."""
        self._training_from_s = time.perf_counter()

    def end_training(self) -> None:
        """Earn a share of the time since batches began; a second call adds nothing."""
        if self._training_from_s is not None:
            self.earned_s += SHARE * (time.perf_counter() - self._training_from_s)
            self._training_from_s = None

    def begin_looking(self) -> None:
        """Take the time at which looking begins."""
        self._looking_from_s = time.perf_counter()

    def end_looking(self) -> None:
        """Spend the time since looking began, and begin anew."""
        now_s = time.perf_counter()
        self.spent_s += now_s - self._looking_from_s
        self._looking_from_s = now_s

    def has(self, seconds: float) -> bool:
        """Tell whether so many seconds are left."""
        return self.spent_s + seconds <= self.earned_s
