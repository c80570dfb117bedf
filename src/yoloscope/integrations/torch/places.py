"""At which step and epoch a number stands: the loop's own count, as its rows tell it, between two of them carried on."""

import math
from typing import SupportsFloat, SupportsIndex

NEAR = 1e-6


class Places:
    """Steps of the loop by steps of the optimizer.

    The first row that the loop logs behind an optimizer step says where that step stands; what waits for a later one, as of another optimizer, stands there.
    Of a loop that logs seldom, the steps between go on as the last two rows did. Before the first row nothing is known; the optimizer's own count,
    from 0, is then as good as any.
    """

    def __init__(self) -> None:
        self.done = 0
        """Optimizer steps, the one in work among them."""
        self.epoch: float | None = None
        """The newest epoch that the loop told."""
        self._at: tuple[int, int] | None = None
        self._newest: tuple[int, int] | None = None
        self._pace = 1.0

    @property
    def is_known(self) -> bool:
        """Whether the loop has told a step."""
        return self._at is not None

    def told(self, step: object, epoch: object) -> bool:
        """Take the place of a row of the loop; returns whether it is of a later epoch than all before."""
        if isinstance(step, SupportsIndex):
            self._take_step(int(step))
        return isinstance(epoch, SupportsFloat) and self._take_epoch(float(epoch))

    def step(self, done: int) -> int:
        """Return the step at which so many optimizer steps were done."""
        if self._newest is not None and self._newest[0] == done:
            return self._newest[1]
        if self._at is None:
            return max(0, done - 1)
        known, step = self._at
        return max(0, step + round(self._pace * (done - known)))

    def _take_step(self, step: int) -> None:
        if step < 0:
            return
        self._newest = self.done, step
        if self._at is not None:
            known, before = self._at
            if known == self.done:
                return
            self._pace = max(0.0, (step - before) / (self.done - known))
        self._at = self.done, step

    def _take_epoch(self, epoch: float) -> bool:
        if not math.isfinite(epoch):
            return False
        before, self.epoch = self.epoch, epoch
        return before is None or math.ceil(epoch - NEAR) > math.ceil(before - NEAR)
