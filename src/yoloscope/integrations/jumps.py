"""When a gradient norm is an anomaly: against the usual one of the steps before."""

import math

JUMP = 10.0
"""A gradient norm that many times the usual one is an anomaly; from one batch to the next factors of 2 to 4 are normal."""
USUAL_AFTER = 20
"""Optimizer steps before a norm counts as usual: the first ones of a warm-up fall by orders of magnitude."""
_MEMORY = 0.05


class Usual:
    """The running mean over about 1/`_MEMORY` norms; what jumps does not enter it."""

    def __init__(self) -> None:
        self._usual = 0.0
        self._steps = 0
        self._unusable = 0

    def jumps(self, norm: float) -> bool:
        """Take a norm and tell whether it is an anomaly.

        One norm that is not finite is how mixed precision finds its scale, two in a row are not.
        """
        self._unusable = 0 if math.isfinite(norm) else self._unusable + 1
        if self._unusable:
            return self._unusable > 1
        if self._steps >= USUAL_AFTER and norm > JUMP * self._usual:
            return True
        self._steps += 1
        self._usual += (norm - self._usual) * max(_MEMORY, 1 / self._steps)
        return False
