"""How often a curve turns back: what a swing is and a falling curve, however steep, is not."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def turns(values: Floats, *, amplitude: float) -> int:
    """Return how often a curve turns after it went at least `amplitude` one way, the first way included as soon as it is taken back.

    This is the zigzag of chartists: 0 for a monotone curve, 1 for one fall and rise, n for n+1 legs. NaN and infinities are left out. O(n).
    """
    numbers: list[float] = values[np.isfinite(values)].tolist()
    if not numbers:
        return 0
    found, direction = 0, 0
    low = high = numbers[0]
    for number in numbers:
        low, high = min(low, number), max(high, number)
        if direction >= 0 and high - number >= amplitude:
            found += direction > 0
            direction, low = -1, number
        elif direction <= 0 and number - low >= amplitude:
            found += direction < 0
            direction, high = 1, number
    return found
