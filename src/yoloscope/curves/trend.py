"""Whether a short curve rises or falls, and by how much: Mann-Kendall with a correction for autocorrelation, and Theil and Sen's slope."""

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import robust

Floats = NDArray[np.float64]
AUTOCORRELATION_MOST = 0.7
"""Beyond it the correction would silence everything: windows are short and estimates of autocorrelation coarse."""


def mann_kendall(values: Floats) -> float:
    """Return Z of the test of Mann (1945) and Kendall (1975) for a monotone trend, corrected for ties; positive if it rises.

    NaN and infinities are left out; 0 for fewer than four numbers, of which no order is significant.
    """
    numbers = robust.finite(values)
    n = len(numbers)
    if n < 4:
        return 0.0
    upper = np.triu_indices(n, 1)
    score = float(np.sum(np.sign(numbers[upper[1]] - numbers[upper[0]])))
    _, ties = np.unique(numbers, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18
    if variance <= 0 or score == 0:
        return 0.0
    return (score - np.sign(score)) / float(np.sqrt(variance))


def corrected(values: Floats) -> float:
    """Return Z divided by sqrt((1+r)/(1-r)), r being the autocorrelation of the detrended values at lag 1, within [0, 0.7].

    Neighbouring epochs resemble each other (median 0.48 for training losses, 0.42 for mAP), which makes the plain test see trends in noise.
    """
    r = min(max(autocorrelation(values), 0.0), AUTOCORRELATION_MOST)
    return mann_kendall(values) / float(np.sqrt((1 + r) / (1 - r)))


def autocorrelation(values: Floats) -> float:
    """Return the correlation of neighbours around the straight line of Theil and Sen; 0 for fewer than five numbers."""
    numbers = robust.finite(values)
    if len(numbers) < 5:
        return 0.0
    rest = numbers - slope(numbers) * np.arange(len(numbers))
    rest = rest - rest.mean()
    power = float(np.dot(rest, rest))
    return float(np.dot(rest[1:], rest[:-1])) / power if power > 0 else 0.0


def slope(values: Floats) -> float:
    """Return the median of the slopes between all pairs (Theil 1950, Sen 1968), per point; 0 for fewer than two numbers."""
    places = np.flatnonzero(np.isfinite(values))
    if len(places) < 2:
        return 0.0
    first, second = np.triu_indices(len(places), 1)
    rises = values[places[second]] - values[places[first]]
    return float(np.median(rises / (places[second] - places[first])))


def change(values: Floats) -> float:
    """Return by which share of their median the values rise over the whole window, by Theil and Sen's slope; negative if they fall."""
    numbers = robust.finite(values)
    level = abs(float(np.median(numbers))) if len(numbers) else 0.0
    return slope(values) * (len(values) - 1) / level if level > 0 else 0.0
