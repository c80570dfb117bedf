"""Location, spread and level that a few wild values do not move: medians, MAD, detrended spread."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MAD_TO_SIGMA = 1.4826
"""Of a normal distribution the median absolute deviation times this is the standard deviation."""


def finite(values: Floats) -> Floats:
    """Return the values that are numbers, in their order."""
    return values[np.isfinite(values)]


def sigma(values: Floats) -> float:
    """Return the standard deviation as the MAD tells it; 0 for fewer than two numbers."""
    numbers = finite(values)
    if len(numbers) < 2:
        return 0.0
    return MAD_TO_SIGMA * float(np.median(np.abs(numbers - np.median(numbers))))


def noise(values: Floats) -> float:
    """Return the spread from one value to the next, which a slow trend does not widen: sigma of the differences over sqrt(2)."""
    numbers = finite(values)
    return sigma(np.diff(numbers)) / float(np.sqrt(2.0)) if len(numbers) > 2 else 0.0


def detrended_variation(values: Floats) -> float:
    """Return the standard deviation around the straight line of least squares by the absolute mean; NaN for fewer than three numbers."""
    numbers = finite(values)
    if len(numbers) < 3 or not np.mean(numbers):
        return float("nan")
    x = np.arange(len(numbers)) - (len(numbers) - 1) / 2
    rest = numbers - x * float(np.dot(x, numbers)) / float(np.dot(x, x))
    return float(np.std(rest)) / abs(float(np.mean(numbers)))
