"""Learning curves as power laws: ``limit + scale * (epoch + 2) ** -power``, fitted by weighted least squares for each of a few powers, the best kept.

Power laws fit learning curves of deep networks well over most of a training (Hestness et al. 2017, arXiv 1712.00409; Viering and Loog 2021, arXiv 2103.10948).
Powers, shift, weight and the share that is left out were chosen on public trainings of detectors; `diagnose.thresholds` says how far forecasts were off.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POWERS: Floats = np.array([0.25, 0.5, 1.0, 2.0, 3.0])
SHIFT_EPOCHS = 2.0
WEIGHT = 3.0
"""Squared errors weigh as (epoch / newest epoch) to this power: what comes is like what was last, not like warm-up."""
SKIP_SHARE = 0.2
"""Of the epochs, at the start: warm-up and dips after pretrained weights follow another law."""
POINTS_LEAST = 4


class Law(msgspec.Struct, frozen=True):
    """A fitted curve. ``scale`` is 0 where the data go against the direction asked for: then the curve is flat."""

    limit: float
    scale: float
    power: float

    def at(self, epoch: float) -> float:
        """Return the value after so many epochs."""
        return self.limit + self.scale * (epoch + SHIFT_EPOCHS) ** -self.power

    def reaches(self, value: float) -> float:
        """Return the epoch at which the curve has a value; infinity if it never will."""
        share = (value - self.limit) / self.scale if self.scale else 0.0
        if share <= 0:
            return math.inf
        try:
            return share ** (-1 / self.power) - SHIFT_EPOCHS
        except OverflowError:
            return math.inf


def rising(epochs: Floats, values: Floats) -> Law | None:
    """Return the law of a curve that can only rise; ``None`` for fewer than four finite values beyond its first fifth."""
    return _fitted(epochs, values, sign=-1.0)


def falling(epochs: Floats, values: Floats) -> Law | None:
    """Return the law of a curve that can only fall; ``None`` for fewer than four finite values beyond its first fifth."""
    return _fitted(epochs, values, sign=1.0)


def _fitted(epochs: Floats, values: Floats, *, sign: float) -> Law | None:
    newest = float(epochs[-1]) if len(epochs) else 0.0
    used = (epochs > SKIP_SHARE * newest) & np.isfinite(values)
    if np.count_nonzero(used) < POINTS_LEAST:
        return None
    x, y = epochs[used], values[used]
    weights = (x / newest) ** WEIGHT
    weights = weights / weights.sum()
    bases = (x + SHIFT_EPOCHS) ** -POWERS[:, None]
    middles, level = bases @ weights, float(y @ weights)
    spread = bases - middles[:, None]
    scales = (spread * weights) @ (y - level) / ((spread**2) @ weights)
    scales = np.where(sign * scales > 0, scales, 0.0)
    errors = ((y - level - scales[:, None] * spread) ** 2) @ weights
    best = int(np.argmin(errors))
    return Law(level - float(scales[best] * middles[best]), float(scales[best]), float(POWERS[best]))
