"""Curves shaped for a chart: an x-axis of choice, the asked window, buckets or raw points.

Called by the server's series route. What a later attempt superseded is left out unless it is asked for. Rows are never lost silently:
`total` says how many the window holds, `without_x` how many have no value on the asked axis.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import downsample, supersede
from yoloscope.query import attempts as attempt_queries
from yoloscope.query import elapsed
from yoloscope.records import ids, row
from yoloscope.store import ports

XAxis = Literal["step", "epoch", "elapsed", "time"]
Which = Literal["kept", "superseded", "all"]
"""Whether points are asked for that no later attempt took the place of, or those that one did, or both."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Columns(msgspec.Struct, frozen=True):
    """One series over the asked window: raw ``x`` and ``y``, or buckets (see `downsample.Buckets`); the rest is ``None``.

    ``total`` counts the rows in the window, of the attempts asked; ``without_x`` those of the whole series that have no value on the
    axis.
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


class Window(msgspec.Struct, frozen=True):
    """What is asked of each series: along which axis, from where to where (both included), how fine, of which attempts.

    ``buckets=0`` gives raw points in the order they were logged. ``attempt`` is a number as `attempts.Attempt` has it.
    """

    x: XAxis
    buckets: int
    lo: float | None = None
    hi: float | None = None
    which: Which = "kept"
    attempt: int | None = None


def series_columns(
    store: ports.SeriesStore,
    catalog: ports.Catalog,
    *,
    runs: Sequence[ids.RunId],
    names: Sequence[str],
    window: Window,
) -> list[Columns]:
    """Return the columns of every asked series that exists, runs outermost, both in the order asked.

    A run that has no attempt of the asked number answers empty columns.

    Raises:
        NotFound: if a run is unknown.
    """
    columns: list[Columns] = []
    for run_id in runs:
        info = catalog.run(run_id)
        project = info.ref.project
        known = {stat.name for stat in store.series(project, run_id)}
        stat = store.run_stats(project, [run_id]).get(run_id) if window.x == "elapsed" else None
        for name in names:
            if name in known:
                points = _as_logged(store.points(project, run_id, name), attempts=info.attempts)
                columns.append(_columns(info, points, name=name, window=window, stat=stat))
    return columns


def _columns(
    info: ports.RunInfo, points: ports.Points, *, name: str, window: Window, stat: ports.RunStat | None
) -> Columns:
    asked = _asked(points, name=name, window=window, attempts=info.attempts)
    xs = x_from_points(asked, axis=window.x, attempts=info.attempts, stat=stat)
    has_x = np.isfinite(xs)
    without_x = int(np.sum(~has_x))
    ys = asked.value
    inside = has_x & _within(xs, lo=window.lo, hi=window.hi)
    if not inside.all():
        xs, ys = xs[inside], ys[inside]
    run_id, total = info.ref.id, len(xs)
    if window.buckets == 0:
        return Columns(run_id, name, total, without_x, window.x, x=xs, y=ys)
    of = downsample.bucketed(xs, ys, buckets=window.buckets)
    return Columns(
        *(run_id, name, total, without_x, window.x),
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


def _as_logged(points: ports.Points, *, attempts: Sequence[ports.AttemptInfo]) -> ports.Points:
    """Return the points attempt by attempt, each as its monotonic clock saw them, however they arrived.

    A resumed run's first spool may be carried last, and over a slow link older rows arrive behind newer ones.
    """
    place_of = {attempt.number: place for place, attempt in enumerate(attempts)}
    numbers, which = np.unique(points.attempt, return_inverse=True)
    places = np.array([place_of.get(number, -1) for number in numbers.tolist()], np.int64)[which]
    step_back = np.diff(places)
    if not (step_back < 0).any() and not ((step_back == 0) & (np.diff(points.mono_ns) < 0)).any():
        return points
    return _taken(points, np.lexsort((points.mono_ns, places)))


def _taken(points: ports.Points, which: NDArray[np.bool_] | NDArray[np.intp]) -> ports.Points:
    return ports.Points(
        step=points.step[which],
        epoch=points.epoch[which],
        wall_ns=points.wall_ns[which],
        mono_ns=points.mono_ns[which],
        attempt=points.attempt[which],
        value=points.value[which],
    )


def _asked(points: ports.Points, *, name: str, window: Window, attempts: Sequence[ports.AttemptInfo]) -> ports.Points:
    """Return the points of the asked attempt that no later one superseded, or those that one did, or both."""
    which = np.ones(len(points.value), dtype=np.bool_)
    if window.attempt is not None:
        number_of = attempt_queries.number_of(attempts)
        which = np.isin(points.attempt, [key for key, number in number_of.items() if number == window.attempt])
    if window.which != "all":
        hidden = supersede.superseded(
            name,
            attempt=points.attempt,
            step=points.step,
            epoch=points.epoch,
            wall_ns=points.wall_ns,
            starts=[attempt.start for attempt in attempts],
        )
        which &= hidden if window.which == "superseded" else ~hidden
    return points if which.all() else _taken(points, which)


def x_from_points(
    points: ports.Points, *, axis: XAxis, attempts: Sequence[ports.AttemptInfo], stat: ports.RunStat | None
) -> Floats:
    """Return where the points lie on an axis; NaN where they have no place.

    Steps and epochs as logged; ``time`` in Unix seconds; ``elapsed`` in seconds of training, see `elapsed.offsets_s`.
    """
    if axis == "step":
        return np.where(points.step == row.NO_STEP, np.nan, points.step.astype(np.float64))
    if axis == "epoch":
        return points.epoch
    if axis == "time":
        return points.wall_ns / 1e9
    return _elapsed(points, attempts=attempts, stat=stat)


def _elapsed(points: ports.Points, *, attempts: Sequence[ports.AttemptInfo], stat: ports.RunStat | None) -> Floats:
    offset_s_of = elapsed.offsets_s(attempts, stat=stat)
    mono_ns_of = {attempt.number: attempt.mono_ns for attempt in attempts}
    elapsed_s = np.full(len(points.value), np.nan)
    for number in np.unique(points.attempt).tolist():
        mine = points.attempt == number
        mono_ns = points.mono_ns[mine]
        start_ns = mono_ns_of.get(number, int(mono_ns.min()))
        elapsed_s[mine] = (mono_ns - start_ns) / 1e9 + offset_s_of.get(number, 0.0)
    return elapsed_s
