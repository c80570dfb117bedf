"""Buckets of a long series from what the groups of its parts tell, and from points where a group is not enough.

Called by `series`. A group serves where all of its rows are asked for, lie in the window and ascend, and where it is no wider than a
bucket, so that buckets are about as fine as was asked. All others are read: those at the edge of the window, at the start of an attempt
that supersedes others, around a pause, or where parts overlap.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import downsample, stretches
from yoloscope.query import points, selection
from yoloscope.store import ports, ports_view

Bools = NDArray[np.bool_]
GROUPS_PER_BUCKET = 2  # where there are fewer, all points are read: one group more or less would show in the widths


class Found(msgspec.Struct, frozen=True):
    """The buckets, the points in the window, and how many asked ones have no x."""

    buckets: downsample.Buckets
    total: int
    without_x: int


def pays(parts: ports.Parts, sight: selection.Sight, *, of: selection.Selection) -> bool:
    """Tell whether groups are fine enough for the asked buckets, as far as parts can tell."""
    window = of.window
    if not window.buckets or not parts.grouped.any():
        return False
    enough = ports_view.GROUP_ROWS * GROUPS_PER_BUCKET * window.buckets
    if not parts.whole.all():
        return True
    if parts.rows.sum() < enough:
        return False
    low, high = sight.low[parts.grouped], sight.high[parts.grouped]
    with np.errstate(all="ignore"):
        start = low if window.lo is None else np.maximum(low, window.lo)
        end = high if window.hi is None else np.minimum(high, window.hi)
        share = np.where(high > low, (end - start) / (high - low), 1.0)
    rows = np.nansum(parts.rows[parts.grouped] * share)
    return bool(rows >= enough)


def found(source: points.Source, parts: ports.Parts, *, sight: selection.Sight) -> Found:
    """Return the buckets of what is asked of some parts, which stand in the order of `points.turns`.

    Raises:
        StoreError: if something on disk is damaged.
    """
    groups = source.view.groups(source.name, parts.id[parts.grouped].tolist())
    of_groups = source.of.sight(groups, unknown=source.unknown)
    blank = of_groups.certain & of_groups.blank
    served = _served(groups, of_groups, width=_width(sight, of=source.of))
    told = _stretches(groups, of_groups, served=served, of=source.of)
    which = _apart(told)
    served, told = served[which], stretches.taken(told, which)
    exact = np.ones(len(groups.part), np.bool_)
    exact[served] = False
    exact &= ~(of_groups.absent | blank)
    read = _read(source, parts, groups, certain=sight.certain, exact=exact)
    curve = _curve(read)
    places = stretches.places(curve, told)
    if places.clash.any():
        hit = np.zeros(len(served), np.bool_)
        hit[places.after[places.clash] - 1] = True
        exact[served[hit]] = True
        served, told = served[~hit], stretches.taken(told, ~hit)
        read = _read(source, parts, groups, certain=sight.certain, exact=exact)
        curve = _curve(read)
        places = stretches.places(curve, told)
    return Found(
        stretches.bucketed(told, curve, places, buckets=source.of.window.buckets),
        total=int(told.count.sum()) + len(curve.x),
        without_x=int(groups.count[blank].sum()) + read.without_x,
    )


def _apart(told: stretches.Stretches) -> NDArray[np.intp] | slice:
    """Return which stretches to use, in order: as a rule all as they are."""
    if stretches.are_apart(told):
        return slice(None)
    order = stretches.in_order(told)
    ordered = stretches.taken(told, order)
    return order if stretches.are_apart(ordered) else order[stretches.apart(ordered)]


def _width(sight: selection.Sight, *, of: selection.Selection) -> float:
    """Return how wide a bucket will be, or a little more."""
    low, high = sight.low[np.isfinite(sight.low)], sight.high[np.isfinite(sight.high)]
    if not len(low) or not len(high):
        return 0.0
    least, greatest = float(low.min()), float(high.max())
    least = least if of.window.lo is None else max(least, of.window.lo)
    greatest = greatest if of.window.hi is None else min(greatest, of.window.hi)
    return max(0.0, greatest / of.window.buckets - least / of.window.buckets)


def _served(groups: ports.Groups, sight: selection.Sight, *, width: float) -> NDArray[np.intp]:
    """Return the groups that tell enough by themselves."""
    with np.errstate(all="ignore"):
        narrow = sight.high - sight.low <= width
    in_order = groups.mono_ns.ascends & (groups.attempt != ports_view.NO_ATTEMPT)
    return np.flatnonzero(sight.certain & sight.within & in_order & narrow & _sum_is_true(groups))


def _sum_is_true(groups: ports.Groups) -> Bools:
    """Return where the sum is what the values add up to: that of huge values overflows, that of infinite ones is as it should be."""
    true = np.isfinite(groups.sum)
    if true.all():
        return true
    up, down = np.isposinf(groups.max), np.isneginf(groups.min)
    true |= up & ~down & np.isposinf(groups.sum)
    true |= down & ~up & np.isneginf(groups.sum)
    return true | (up & down & np.isnan(groups.sum))


def _stretches(
    groups: ports.Groups, sight: selection.Sight, *, served: NDArray[np.intp], of: selection.Selection
) -> stretches.Stretches:
    return stretches.Stretches(
        sight.low[served],
        sight.high[served],
        of.ages(groups.attempt[served]),
        groups.mono_ns.low[served].astype(np.int64, copy=False),
        groups.mono_ns.high[served].astype(np.int64, copy=False),
        groups.first[served],
        groups.last[served],
        groups.min[served],
        groups.max[served],
        groups.sum[served],
        groups.count[served],
        groups.nan[served],
    )


def _read(
    source: points.Source, parts: ports.Parts, groups: ports.Groups, *, certain: Bools, exact: Bools
) -> points.Points:
    """Return the asked points of some groups, and of all parts that have no groups."""
    needed = ~parts.grouped | np.isin(parts.id, groups.part[exact])
    some = ports_view.taken(parts, needed)
    theirs = np.isin(groups.part, some.id)
    rows = np.ones(int(some.rows.sum()), np.bool_)
    rows[np.repeat(some.grouped, some.rows)] = np.repeat(exact[theirs], groups.count[theirs])
    return points.read(source, some, certain=certain[needed], rows=rows, keyed=True)


def _curve(read: points.Points) -> stretches.Points:
    """Return points in the order of the curve."""
    if (read.x[1:] >= read.x[:-1]).all():
        return stretches.Points(read.x, read.y, read.age, read.mono_ns)
    order = np.argsort(read.x, kind="stable")
    return stretches.Points(read.x[order], read.y[order], read.age[order], read.mono_ns[order])
