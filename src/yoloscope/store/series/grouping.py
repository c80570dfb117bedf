"""What rows amount to: extents of an axis, sums and extremes of values, by groups of `GROUP_ROWS` rows. Pure arithmetic.

Called by whoever has rows: `sealer` and `compaction` before they are encoded, `view` for what is still in the log.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.records import row
from yoloscope.store import ports
from yoloscope.store.ports_view import GROUP_ROWS, NO_ATTEMPT
from yoloscope.store.series import jobs, payload, rollup

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LEAST, _GREATEST = -(2**63), 2**63 - 1


def span_of(axis: payload.Axis, *, flags: int = 0) -> jobs.Span:
    """Return what the rows of an axis cover; there is at least one."""
    count = len(axis.place)
    columns = _extents(axis, np.zeros(1, np.int64))
    step, epoch = columns[0], columns[1]
    for flag, extent in zip(rollup.FLAGS, columns, strict=True):
        flags |= flag if extent.ascends[0] else 0
    attempt = int(axis.attempt[0]) if (axis.attempt == axis.attempt[0]).all() else NO_ATTEMPT
    has_step, has_epoch = bool(step.low[0] <= step.high[0]), not np.isnan(epoch.low[0])
    return jobs.Span(
        rows=count,
        attempt=attempt,
        flags=flags,
        step_min=int(step.low[0]) if has_step else None,
        step_max=int(step.high[0]) if has_step else None,
        epoch_min=float(epoch.low[0]) if has_epoch else None,
        epoch_max=float(epoch.high[0]) if has_epoch else None,
        wall_min=int(columns[2].low[0]),
        wall_max=int(columns[2].high[0]),
        mono_min=int(columns[3].low[0]),
        mono_max=int(columns[3].high[0]),
        place_min=int(axis.place.min()),
        place_max=int(axis.place.max()),
    )


def groups_of_axis(axis: payload.Axis) -> rollup.AxisColumns:
    """Return what each group of the rows of an axis covers; the last may be short."""
    starts = np.arange(0, len(axis.place), GROUP_ROWS)
    low, high = np.minimum.reduceat(axis.attempt, starts), np.maximum.reduceat(axis.attempt, starts)
    return rollup.AxisColumns(np.where(low == high, low, NO_ATTEMPT), *_extents(axis, starts))


def groups_of_values(columns: Floats) -> list[rollup.ValueColumns]:
    """Return what each group of rows amounts to in each series; ``columns`` is ``(series, rows)``, rows at least 1.

    The sum is that of the values in double precision, by whatever order of additions is fastest.
    """
    series, rows = columns.shape
    count = -(-rows // GROUP_ROWS)
    padded = np.full((series, count * GROUP_ROWS), np.nan)
    padded[:, :rows] = columns
    values = np.reshape(padded, (series, count, GROUP_ROWS))
    absent = np.isnan(values)
    short = count * GROUP_ROWS - rows
    nan = np.count_nonzero(absent, axis=2)
    nan[:, -1] -= short
    ends = np.full(count, GROUP_ROWS - 1)
    ends[-1] -= short
    argmin, low = _extreme(values, absent, fill=np.inf)
    argmax, high = _extreme(values, absent, fill=-np.inf)
    with np.errstate(all="ignore"):
        total = np.where(absent, 0.0, values).sum(axis=2)
    first, last = values[:, :, 0], values[:, np.arange(count), ends]
    return [
        rollup.ValueColumns(nan[s], argmin[s], argmax[s], first[s], last[s], low[s], high[s], total[s])
        for s in range(series)
    ]


def _extents(axis: payload.Axis, starts: Ints) -> tuple[ports.Extent, ports.Extent, ports.Extent, ports.Extent]:
    """Return what groups of rows cover on step, epoch, wall and monotonic time."""
    present = axis.step != row.NO_STEP
    step = ports.Extent(
        np.minimum.reduceat(np.where(present, axis.step, _GREATEST), starts),
        np.maximum.reduceat(np.where(present, axis.step, _LEAST), starts),
        _ascends(axis.step, starts),
    )
    epoch = ports.Extent(
        np.fmin.reduceat(axis.epoch, starts), np.fmax.reduceat(axis.epoch, starts), _ascends(axis.epoch, starts)
    )
    wall_ns, mono_ns = (
        ports.Extent(np.minimum.reduceat(one, starts), np.maximum.reduceat(one, starts), _ascends(one, starts))
        for one in (axis.wall_ns, axis.mono_ns)
    )
    step = msgspec.structs.replace(step, ascends=step.ascends & np.logical_and.reduceat(present, starts))
    return step, epoch, wall_ns, mono_ns


def _ascends(column: Ints | Floats, starts: Ints) -> Bools:
    """Tell of each group whether no number is less than the one before it; NaN is neither less nor more, and so is against it."""
    rises = np.equal(column, column)
    rises[1:] &= column[1:] >= column[:-1]
    rises[starts] = np.equal(column[starts], column[starts])
    return np.logical_and.reduceat(rises, starts)


def _extreme(values: Floats, absent: Bools, *, fill: float) -> tuple[Ints, Floats]:
    """Return where the groups of ``(series, groups, rows)`` first reach their least value (greatest for a fill of -Inf), and that value."""
    filled = np.where(absent, fill, values)
    at = filled.argmin(axis=2) if fill > 0 else filled.argmax(axis=2)
    taken = np.take_along_axis(values, at[:, :, None], axis=2)[:, :, 0]
    for place in np.argwhere(np.isnan(taken)).tolist():
        # All are NaN, or the extreme is the fill itself and a NaN stands before it.
        there = np.flatnonzero(~absent[tuple(place)])
        at[tuple(place)] = there[0] if len(there) else rollup.NONE_AT
        taken[tuple(place)] = values[tuple(place)][there[0]] if len(there) else np.nan
    return at, taken
