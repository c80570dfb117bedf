"""How far apart settings of runs are: Gower's coefficient, over what differs at all."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Settings = Mapping[str, object]
LOG_FROM = 10.0
"""Numbers that span such a factor, as learning rates do, are compared by their logarithms."""


def distances(one: Settings, others: Sequence[Settings]) -> Floats:
    """Return the distance from one to each other, in [0, 1]; NaN where two have no setting in common.

    Numbers differ by their share of the range among all, other values by 0 or 1; the mean of that over all settings that both have and that are not the same
    everywhere. Where nothing differs the distance is 0. Source: Gower (1971), A general coefficient of similarity; ours leaves out what is constant, as a
    hundred arguments at their defaults would hide one that was changed.
    """
    varying = [key for key in one if _varies(one[key], [other[key] for other in others if key in other])]
    spans = {key: _span([one[key], *(other[key] for other in others if key in other)]) for key in varying}
    return np.array([_distance(one, other, spans) for other in others], dtype=np.float64)


def _distance(one: Settings, other: Settings, spans: Mapping[str, "_Span | None"]) -> float:
    if not one.keys() & other.keys():
        return math.nan
    shared = [key for key in spans if key in other]
    return float(np.mean([_apart(one[key], other[key], spans[key]) for key in shared])) if shared else 0.0


def _varies(value: object, others: list[object]) -> bool:
    return any(other != value for other in others)


_Span = tuple[float, bool]
"""The range of a number among all runs, and whether it is one of logarithms."""


def _span(values: list[object]) -> _Span | None:
    numbers = [number(value) for value in values]
    found = [value for value in numbers if value is not None]
    if len(found) < len(numbers):
        return None
    is_log = min(found) > 0 and max(found) / min(found) >= LOG_FROM
    return (math.log(max(found) / min(found)) if is_log else max(found) - min(found)), is_log


def _apart(one: object, other: object, span: _Span | None) -> float:
    first, second = number(one), number(other)
    if span is None or first is None or second is None:
        return float(one != other)
    width, is_log = span
    apart = abs(math.log(first / second)) if is_log else abs(first - second)
    return apart / width if width > 0 else 0.0


def number(value: object) -> float | None:
    """Return a finite number as such; ``None`` for all else, truth values too."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
