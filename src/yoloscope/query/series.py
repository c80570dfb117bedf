"""Curves shaped for a chart: an x-axis of choice, the asked window, buckets or raw points.

Called by the server's series route. What a later attempt superseded is left out unless it is asked for. Rows are never lost silently:
`total` says how many the window holds, `without_x` how many have no value on the asked axis. Of a run is read what the window needs: parts
outside of it, or hidden as a whole, cost a look at what they cover.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import downsample
from yoloscope.query import bucketing, points, selection
from yoloscope.query.window import Which as Which  # noqa: PLC0414 - a part of what is asked here
from yoloscope.query.window import Window as Window  # noqa: PLC0414 - as above
from yoloscope.query.window import XAxis as XAxis  # noqa: PLC0414 - as above
from yoloscope.records import ids
from yoloscope.store import ports, ports_view

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Columns(msgspec.Struct, frozen=True):
    """One series over the asked window: raw ``x`` and ``y``, or buckets (see `downsample.Buckets`); the rest is ``None``.

    ``total`` counts the rows in the window, of the attempts asked; ``without_x`` those of the whole series that have no value on the
    axis. ``thinned`` tells that of some rows in the window only a few of each group are kept (see `ports.SeriesStore.thin`).
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
    thinned: bool = False


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
    info_of = {info.ref.id: info for info in catalog.some_runs(runs)}
    infos = [info_of[run] if run in info_of else catalog.run(run) for run in runs]
    return columns_of(store, infos, names=names, window=window)


def columns_of(
    store: ports.SeriesStore, infos: Sequence[ports.RunInfo], *, names: Sequence[str], window: Window
) -> list[Columns]:
    """Return what `series_columns` does, of runs that the catalogue was asked about already."""
    stats = _stats(store, infos) if window.x == "elapsed" else {}
    columns: list[Columns] = []
    for info in infos:
        with store.view(info.ref.project, info.ref.id) as view:
            for name in names:
                of = selection.Selection(name, window, info.attempts, stats.get(info.ref.id))
                found = _columns(view, info.ref.id, of=of)
                columns += [] if found is None else [found]
    return columns


def _stats(store: ports.SeriesStore, infos: Sequence[ports.RunInfo]) -> dict[ids.RunId, ports.RunStat]:
    runs_of: dict[ids.ProjectName, list[ids.RunId]] = {}
    for info in infos:
        runs_of.setdefault(info.ref.project, []).append(info.ref.id)
    stats: dict[ids.RunId, ports.RunStat] = {}
    for project, runs in runs_of.items():
        stats |= store.run_stats(project, runs)
    return stats


def _columns(view: ports.View, run: ids.RunId, *, of: selection.Selection) -> Columns | None:
    """Return the columns of one series, ``None`` if there is none of that name."""
    parts = view.parts(of.name)
    if not len(parts.id):
        return None
    source = points.Source(view, of, points.unknown_began_ns(view, parts, of=of))
    sight = of.sight(parts, unknown=source.unknown)
    blank = sight.certain & sight.blank
    needed = np.flatnonzero(~(sight.absent | blank))
    needed = needed[points.turns(ports_view.taken(parts, needed), of=of)]
    without_x = int(parts.rows[blank].sum())
    parts, sight = ports_view.taken(parts, needed), selection.taken(sight, needed)
    thinned = not bool(parts.whole.all())
    facts = (run, of.name)
    if bucketing.pays(parts, sight, of=of):
        found = bucketing.found(source, parts, sight=sight)
        return _shown(facts, found.total, without_x + found.without_x, of.window, found.buckets, thinned=thinned)
    read = points.read(source, parts, certain=sight.certain)
    total, without_x = len(read.x), without_x + read.without_x
    if of.window.buckets:
        buckets = downsample.bucketed(read.x, read.y, buckets=of.window.buckets)
        return _shown(facts, total, without_x, of.window, buckets, thinned=thinned)
    return Columns(*facts, total, without_x, of.window.x, x=read.x, y=read.y, thinned=thinned)


def _shown(
    facts: tuple[ids.RunId, str],
    total: int,
    without_x: int,
    window: Window,
    of: downsample.Buckets,
    *,
    thinned: bool,
) -> Columns:
    return Columns(
        *(*facts, total, without_x, window.x),
        x=of.x,
        x_end=of.x_end,
        first=of.first,
        last=of.last,
        min=of.min,
        max=of.max,
        mean=of.mean,
        count=of.count,
        nan=of.nan,
        thinned=thinned,
    )


def x_from_points(
    points: ports.Points, *, axis: XAxis, attempts: Sequence[ports.AttemptInfo], stat: ports.RunStat | None
) -> Floats:
    """Return where points lie on an axis, NaN where they do not (see `selection.Selection.xs`)."""
    of = selection.Selection("", Window(axis, 0), tuple(attempts), stat)
    attempt = points.attempt.astype(np.int64)
    unknown = {
        number: int(points.mono_ns[attempt == number].min())
        for number in np.unique(attempt).tolist()
        if not of.knows(number)
    }
    return of.xs(getattr(points, selection.COLUMN_OF[axis]), attempt=attempt, unknown=unknown)
