"""Buckets of a curve that keep every extreme: what a chart needs of millions of points.

Called by `query.series` and, for curves of which not all points are looked at, by `stretches`. Buckets are equally wide in x over the
extent of the points in the window; empty ones are left out. Every point in the window is counted in exactly one bucket, so no extreme can be missed.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Buckets(msgspec.Struct, frozen=True):
    """Columns of equal length, one entry a bucket, in x order.

    ``x`` and ``x_end`` are the x of the first and last point within. ``min``, ``max``, ``mean`` leave NaN out and are NaN
    where nothing else came; ``count`` counts all points, ``nan`` the NaN among them.
    """

    x: Floats
    x_end: Floats
    first: Floats
    last: Floats
    min: Floats
    max: Floats
    mean: Floats
    count: Ints
    nan: Ints


def bucketed(x: Floats, y: Floats, *, buckets: int, lo: float | None = None, hi: float | None = None) -> Buckets:
    """Return at most `buckets` buckets of the points whose x is within ``lo`` to ``hi``, both included.

    Points may come in any order; those of equal x keep theirs. Points whose x is not finite are left out.
    Cost: linear where x ascends already, else that of one stable sort.
    """
    assert buckets > 0
    x, y = _window(*_ascending(x, y), lo=lo, hi=hi)
    if not len(x):
        return none()
    starts = _starts(x, buckets=buckets)
    ends = np.append(starts[1:], len(x))
    count = ends - starts
    nan, low, high, mean = _ranges(y, starts=starts, count=count)
    return Buckets(x[starts], x[ends - 1], y[starts], y[ends - 1], low, high, mean, count, nan)


def _ascending(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    finite = np.isfinite(x)
    if not finite.all():
        x, y = x[finite], y[finite]
    if (x[1:] >= x[:-1]).all():
        return x, y
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _window(x: Floats, y: Floats, *, lo: float | None, hi: float | None) -> tuple[Floats, Floats]:
    start = 0 if lo is None else int(np.searchsorted(x, lo, side="left"))
    end = len(x) if hi is None else int(np.searchsorted(x, hi, side="right"))
    return x[start:end], y[start:end]


def edges_of(low: float, high: float, *, buckets: int) -> Floats:
    """Return the ``buckets + 1`` edges between two x, the first and last exact, none outside."""
    share = np.arange(buckets + 1) / buckets
    # Weighted ends, not low + span * share: the span of two huge numbers of opposite sign overflows.
    edges = np.minimum(np.maximum(low * (1.0 - share) + high * share, low), high)
    edges[0], edges[-1] = low, high
    return np.maximum.accumulate(edges)


def _starts(x: Floats, *, buckets: int) -> NDArray[np.intp]:
    """Return where each bucket that holds a point starts; the last bucket includes its upper edge."""
    edges = edges_of(float(x[0]), float(x[-1]), buckets=buckets)
    return distinct(np.searchsorted(x, edges[:-1], side="left"), below=len(x))


def distinct(starts: NDArray[np.intp], *, below: int) -> NDArray[np.intp]:
    """Return each number once of those that ascend and are below a limit."""
    starts = starts[: np.searchsorted(starts, below)]
    return starts[np.append(starts[:1] >= 0, starts[1:] > starts[:-1])]


def _ranges(y: Floats, *, starts: NDArray[np.intp], count: Ints) -> tuple[Ints, Floats, Floats, Floats]:
    """Return NaN counts, least, greatest and mean value of each bucket."""
    is_nan = np.isnan(y)
    if not is_nan.any():
        low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
        return np.zeros(len(starts), np.int64), low, high, means(y, starts=starts, count=count)
    nan = np.add.reduceat(is_nan, starts, dtype=np.int64)
    mean = means(np.where(is_nan, 0.0, y), starts=starts, count=count - nan)
    return nan, np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts), mean


def means(y: Floats, *, starts: NDArray[np.intp], count: Ints) -> Floats:
    """Return what each stretch from one start to the next adds up to, divided by its count; NaN where that is 0.

    The mean of huge finite values is finite, though their sum is not.
    """
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = np.add.reduceat(y, starts) / count
        overflowed = ~np.isfinite(mean) & (count > 0)
        if overflowed.any():
            # Dividing first keeps the mean of huge finite values finite; real infinities stay what they are.
            rows = np.diff(np.append(starts, len(y)))
            shares = y / np.repeat(np.maximum(count, 1), rows)
            mean = np.where(overflowed, np.add.reduceat(shares, starts), mean)
    return mean


def none() -> Buckets:
    """Return no bucket."""
    floats, ints = np.empty(0), np.empty(0, np.int64)
    return Buckets(floats, floats, floats, floats, floats, floats, floats, ints, ints)
