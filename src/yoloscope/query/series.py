"""Curves shaped for a chart: an x-axis of choice, the asked window, buckets or raw points.

Called by the server's series route. What a later attempt superseded is left out. Rows are never lost silently: `total` says
how many the window holds, `without_x` how many have no value on the asked axis.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import downsample, supersede
from yoloscope.records import ids, row
from yoloscope.store import ports

XAxis = Literal["step", "epoch", "elapsed", "time"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Columns(msgspec.Struct, frozen=True):
    """One series over the asked window: raw ``x`` and ``y``, or buckets (see `downsample.Buckets`); the rest is ``None``.

    ``total`` counts the rows in the window after supersession; ``without_x`` the kept rows of the whole series that have no
    value on the axis.
    """

    run: ids.RunId
    name: str
    total: int
    without_x: int
    x_axis: XAxis
    x: Floats
    y: Floats | None = None
    x_end: Floats | None = None
    first: Floats | None = None
    last: Floats | None = None
    min: Floats | None = None
    max: Floats | None = None
    mean: Floats | None = None
    count: Ints | None = None
    nan: Ints | None = None


def series_columns(  # noqa: PLR0913 - a window is what it is: whose, which, along what, from, to, how fine
    store: ports.SeriesStore,
    catalog: ports.Catalog,
    *,
    runs: Sequence[ids.RunId],
    names: Sequence[str],
    x: XAxis,
    lo: float | None = None,
    hi: float | None = None,
    buckets: int,
) -> list[Columns]:
    """Return the columns of every asked series that exists, runs outermost, both in the order asked.

    ``lo`` and ``hi`` are included. ``buckets=0`` gives raw points in the order they were logged.

    Raises:
        NotFound: if a run is unknown.
    """
    columns: list[Columns] = []
    for run_id in runs:
        info = catalog.run(run_id)
        known = {stat.name for stat in store.series(info.ref.project, run_id)}
        for name in names:
            if name in known:
                points = _as_logged(store.points(info.ref.project, run_id, name))
                columns.append(_columns(info, points, name=name, x=x, lo=lo, hi=hi, buckets=buckets))
    return columns


def _columns(  # noqa: PLR0913 - the window of `series_columns`, for one series
    info: ports.RunInfo,
    points: ports.Points,
    *,
    name: str,
    x: XAxis,
    lo: float | None,
    hi: float | None,
    buckets: int,
) -> Columns:
    kept = _kept(points, name=name, attempts=info.attempts)
    xs = x_from_points(kept, axis=x, attempts=info.attempts)
    has_x = np.isfinite(xs)
    without_x = int(np.sum(~has_x))
    ys = kept.value
    inside = has_x & _within(xs, lo=lo, hi=hi)
    if not inside.all():
        xs, ys = xs[inside], ys[inside]
    run_id, total = info.ref.id, len(xs)
    if buckets == 0:
        return Columns(run_id, name, total, without_x, x, x=xs, y=ys)
    of = downsample.bucketed(xs, ys, buckets=buckets)
    return Columns(
        *(run_id, name, total, without_x, x),
        x=of.x,
        x_end=of.x_end,
        first=of.first,
        last=of.last,
        min=of.min,
        max=of.max,
        mean=of.mean,
        count=of.count,
        nan=of.nan,
    )


def _within(xs: Floats, *, lo: float | None, hi: float | None) -> NDArray[np.bool_]:
    inside = np.ones(len(xs), dtype=np.bool_)
    if lo is not None:
        inside &= xs >= lo
    if hi is not None:
        inside &= xs <= hi
    return inside


def _as_logged(points: ports.Points) -> ports.Points:
    """Return the points attempt by attempt as the monotonic clock saw them: over a slow link older rows arrive behind newer ones."""
    step_back = np.diff(points.mono_ns) < 0
    if not (step_back & (np.diff(points.attempt) <= 0)).any() and not (np.diff(points.attempt) < 0).any():
        return points
    return _taken(points, np.lexsort((points.mono_ns, points.attempt)))


def _taken(points: ports.Points, which: NDArray[np.bool_] | NDArray[np.intp]) -> ports.Points:
    return ports.Points(
        step=points.step[which],
        epoch=points.epoch[which],
        wall_ns=points.wall_ns[which],
        mono_ns=points.mono_ns[which],
        attempt=points.attempt[which],
        value=points.value[which],
    )


def _kept(points: ports.Points, *, name: str, attempts: Sequence[ports.AttemptInfo]) -> ports.Points:
    """Return the points that no later attempt superseded."""
    starts = [supersede.Start(a.number, a.start_epoch, a.start_step) for a in attempts]
    hidden = supersede.superseded(name, attempt=points.attempt, step=points.step, epoch=points.epoch, starts=starts)
    return _taken(points, ~hidden) if hidden.any() else points


def x_from_points(points: ports.Points, *, axis: XAxis, attempts: Sequence[ports.AttemptInfo]) -> Floats:
    """Return where the points lie on an axis; NaN where they have no place.

    Steps and epochs as logged; ``time`` in Unix seconds; ``elapsed`` in seconds of training, see `_elapsed`.
    """
    if axis == "step":
        return np.where(points.step == row.NO_STEP, np.nan, points.step.astype(np.float64))
    if axis == "epoch":
        return points.epoch
    if axis == "time":
        return points.wall_ns / 1e9
    return _elapsed(points, attempts=attempts)


def _elapsed(points: ports.Points, *, attempts: Sequence[ports.AttemptInfo]) -> Floats:
    """Return seconds of training: each attempt goes on where the kept points of the one before it ended."""
    mono_ns_of = {attempt.number: attempt.mono_ns for attempt in attempts}
    elapsed_s = np.full(len(points.value), np.nan)
    offset_s = 0.0
    for number in np.unique(points.attempt):
        mine = points.attempt == number
        mono_ns = points.mono_ns[mine]
        start_ns = mono_ns_of.get(int(number), int(mono_ns.min()))
        elapsed_s[mine] = (mono_ns - start_ns) / 1e9 + offset_s
        offset_s = max(offset_s, float(elapsed_s[mine].max()))
    return elapsed_s
