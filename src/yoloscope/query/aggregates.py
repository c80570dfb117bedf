"""Count, least, greatest, mean, deviation and median of a name over all runs that a filter lets through.

Called by `table_page`. NaN, infinities, and values that are no numbers are left out.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from yoloscope.query.filters import fields


class Aggregate(msgspec.Struct, frozen=True):
    """What some numbers are together; ``std`` is the sample's (over n - 1), and ``None`` for fewer than two numbers."""

    count: int
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    median: float | None


def aggregate(field: fields.Field, runs: Sequence[fields.Facts]) -> Aggregate:
    """Return what the values of a field are together."""
    found = (field.get(run) for run in runs)
    told = [value for value in found if isinstance(value, (int, float)) and not isinstance(value, bool)]
    numbers = np.array([value for value in told if math.isfinite(value)], np.float64)
    if not len(numbers):
        return Aggregate(0, None, None, None, None, None)
    return Aggregate(
        count=len(numbers),
        min=float(numbers.min()),
        max=float(numbers.max()),
        mean=float(numbers.mean()),
        std=float(numbers.std(ddof=1)) if len(numbers) > 1 else None,
        median=float(np.median(numbers)),
    )
