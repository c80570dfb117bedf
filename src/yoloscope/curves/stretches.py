"""Buckets made of stretches of a curve whose points need not be looked at, and of single points where that is not enough.

Called by `query.bucketing`. The points of a curve have one order: by x, those of equal x as they were logged (by `age` of the attempt, then
by the monotonic clock). A stretch is told by what its points amount to; it is never torn, and no two of those used overlap in that
order. So a bucket tells exactly what is in it, whatever is inside the stretches.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import downsample

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Stretches(msgspec.Struct, frozen=True):
    """Stretches of a curve, columns of equal length; within each, x and ``mono_ns`` ascend and all points are of one age.

    ``x``, ``mono_ns`` and ``first`` are of the first point, those with ``_end`` and ``last`` of the last one; ``min``, ``max`` (NaN if all
    are) and ``sum`` leave NaN out, ``count`` does not.
    """

    x: Floats
    x_end: Floats
    age: Ints
    mono_ns: Ints
    mono_end_ns: Ints
    first: Floats
    last: Floats
    min: Floats
    max: Floats
    sum: Floats
    count: Ints
    nan: Ints


class Points(msgspec.Struct, frozen=True):
    """Points in the order of the curve, columns of equal length."""

    x: Floats
    y: Floats
    age: Ints
    mono_ns: Ints


class Places(msgspec.Struct, frozen=True):
    """Where points stand among stretches, an entry a point.

    ``after`` counts the stretches that begin no later than the point; ``inside`` tells that the last of those goes on behind it;
    ``clash`` that it begins or ends where the point stands, so that only the points of the stretch tell which comes first.
    """

    after: Ints
    inside: Bools
    clash: Bools


def taken(of: Stretches, which: Bools | NDArray[np.intp] | slice) -> Stretches:
    """Return some stretches."""
    return Stretches(*(column[which] for column in msgspec.structs.astuple(of)))


def in_order(of: Stretches) -> NDArray[np.intp]:
    """Return the order in which stretches begin."""
    return np.lexsort((of.mono_ns, of.age, of.x))


def are_apart(of: Stretches) -> bool:
    """Tell whether each stretch ends before the next begins; they stand in order if so."""
    ends, begins = of.x_end[:-1], of.x[1:]
    if (ends < begins).all():
        return True
    tied = np.flatnonzero(~(ends < begins))
    if not (ends[tied] == begins[tied]).all():
        return False
    rise = of.age[tied + 1] - of.age[tied]
    return bool(((rise > 0) | ((rise == 0) & (of.mono_end_ns[tied] < of.mono_ns[tied + 1]))).all())


def apart(of: Stretches) -> Bools:
    """Return a mask of as many stretches as can be used together, none of which overlaps another.

    Of those that overlap, the ones that end first are kept: a dense curve keeps its stretches where a sparse one crosses it.
    Cost: a fraction of a microsecond a stretch, in Python; ask `are_apart` first.
    """
    order = np.lexsort((of.mono_end_ns, of.age, of.x_end))
    begins = zip(of.x[order].tolist(), of.age[order].tolist(), of.mono_ns[order].tolist(), strict=True)
    ends = zip(of.x_end[order].tolist(), of.age[order].tolist(), of.mono_end_ns[order].tolist(), strict=True)
    reached = (-np.inf, 0, 0)
    kept = np.zeros(len(order), np.bool_)
    for at, begin, end in zip(order.tolist(), begins, ends, strict=True):
        if begin > reached:
            kept[at] = True
            reached = end
    return kept


def places(points: Points, among: Stretches) -> Places:
    """Return where points stand among stretches that are apart, both in order."""
    if not len(among.x):
        no = np.zeros(len(points.x), np.bool_)
        return Places(np.zeros(len(points.x), np.int64), no, no)
    after = _begun(points, among)
    at = np.maximum(after - 1, 0)
    behind = _compared(points, among.x_end[at], among.age[at], among.mono_end_ns[at])
    starts = _compared(points, among.x[at], among.age[at], among.mono_ns[at])
    begun = after > 0
    return Places(after, begun & (behind < 0), begun & ((behind == 0) | (starts == 0)))


def bucketed(among: Stretches, points: Points, at: Places, *, buckets: int) -> downsample.Buckets:
    """Return at most `buckets` buckets of stretches that are apart and of points, none of which clashes; both in order.

    Buckets are about equally wide in x; each begins where a stretch or a point outside of all begins.
    """
    merged = _merged(among, points, at)
    if not len(merged.x):
        return downsample.none()
    free = np.flatnonzero(~np.insert(np.zeros(len(among.x), np.bool_), at.after, at.inside))
    starts = _starts(merged, free, buckets=buckets)
    final = free[np.searchsorted(free, np.append(starts[1:], len(merged.x)), side="left") - 1]
    count, nan = np.add.reduceat(merged.count, starts), np.add.reduceat(merged.nan, starts)
    return downsample.Buckets(
        x=merged.x[starts],
        x_end=merged.x_end[final],
        first=merged.first[starts],
        last=merged.last[final],
        min=np.fmin.reduceat(merged.min, starts),
        max=np.fmax.reduceat(merged.max, starts),
        mean=downsample.means(merged.sum, starts=starts, count=count - nan),
        count=count,
        nan=nan,
    )


def _begun(points: Points, among: Stretches) -> Ints:
    """Return for each point how many stretches begin before it or where it stands."""
    after = np.searchsorted(among.x, points.x, side="right")
    tied = np.flatnonzero(np.searchsorted(among.x, points.x, side="left") < after)
    if not len(tied):
        return after
    # Those that begin at the same x: sorted together with the points by what tells them apart, stretches first where nothing does.
    some = np.isin(among.x, points.x[tied])
    which = np.concatenate((np.zeros(int(some.sum()), np.int64), np.ones(len(tied), np.int64)))
    order = np.lexsort(
        (
            which,
            np.concatenate((among.mono_ns[some], points.mono_ns[tied])),
            np.concatenate((among.age[some], points.age[tied])),
            np.concatenate((among.x[some], points.x[tied])),
        )
    )
    is_point = which[order] == 1
    begun_of_some = np.cumsum(~is_point)[is_point]
    index = order[is_point] - (len(which) - len(tied))
    rank = np.append(np.flatnonzero(some), len(among.x))
    before = np.searchsorted(among.x, points.x[tied[index]], side="left")
    found = np.where(begun_of_some > 0, rank[np.maximum(begun_of_some - 1, 0)] + 1, 0)
    after[tied[index]] = np.maximum(found, before)
    return after


def _compared(points: Points, x: Floats, age: Ints, mono_ns: Ints) -> Ints:
    """Return -1, 0 or 1: whether each point stands before, at or behind a place."""
    by_x = (points.x > x).astype(np.int64) - (points.x < x)
    by_age = (points.age > age).astype(np.int64) - (points.age < age)
    by_mono = (points.mono_ns > mono_ns).astype(np.int64) - (points.mono_ns < mono_ns)
    return np.where(by_x != 0, by_x, np.where(by_age != 0, by_age, by_mono))


def _merged(among: Stretches, points: Points, at: Places) -> Stretches:
    """Return points as stretches of one, put where they stand."""
    if not len(points.x):
        return among
    is_nan = np.isnan(points.y)
    alone = Stretches(
        x=points.x,
        x_end=points.x,
        age=points.age,
        mono_ns=points.mono_ns,
        mono_end_ns=points.mono_ns,
        first=points.y,
        last=points.y,
        min=points.y,
        max=points.y,
        sum=np.where(is_nan, 0.0, points.y),
        count=np.ones(len(points.x), np.int64),
        nan=is_nan.astype(np.int64),
    )
    pairs = zip(msgspec.structs.astuple(among), msgspec.structs.astuple(alone), strict=True)
    return Stretches(*(np.insert(column, at.after, more) for column, more in pairs))


def _starts(merged: Stretches, free: NDArray[np.intp], *, buckets: int) -> NDArray[np.intp]:
    """Return where buckets begin: at the first of what is free to begin one from each edge on."""
    edges = downsample.edges_of(float(merged.x[0]), float(merged.x_end.max()), buckets=buckets)
    firsts = np.searchsorted(merged.x[free], edges[:-1], side="left")
    return free[downsample.distinct(firsts, below=len(free))]
