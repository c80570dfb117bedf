"""Totals counted again from the points, where a new attempt's start cuts off what older ones logged.

Called by `book` and `upgrade` inside the writer's transaction. It reads each row of the attempts concerned once, a block at a time:
about 100 ns a point, and only when an attempt begins that supersedes something.

Of blocks that were thinned, rows are counted exactly, as their axes are whole; so is all else where a cut hides whole groups of rows or none
of them. Of a group that a cut goes through, the last, least and greatest value and the number of NaN are those of its kept points.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.store.ports_view import GROUP_ROWS, NO_ATTEMPT
from yoloscope.store.series import axes, payload, rollup, shapes, totals

_LOG_ROWS = 256  # a log row often holds a single row of the training
_LOG = """
SELECT id, payload, rows, place, attempt FROM log WHERE run = ? AND shape = ? ORDER BY id
"""
_log = logging.getLogger(__name__)


class Chunk(msgspec.Struct, frozen=True):
    """Rows of one shape and of any attempts."""

    shape: totals.Shape
    rows: payload.Rows


class Recount(Protocol):
    """Replaces the totals of some attempts of a run, each cut as it says."""

    def __call__(
        self, connection: sqlite3.Connection, *, run: int, cuts: Mapping[int, Sequence[supersede.Cut]]
    ) -> None:
        """Do so, within the open transaction."""
        ...


def recount(connection: sqlite3.Connection, *, run: int, cuts: Mapping[int, Sequence[supersede.Cut]]) -> None:
    """Replace the totals of some attempts, each cut as it says.

    What is damaged on disk is left out and reported: it cannot be read either, and new rows must not be refused for it.
    """
    of = _owner(connection, run=run)
    known = axes.of_run(connection, run=run)
    from_chunks(_chunks(connection, known, of=of, attempts=frozenset(cuts)), connection, run=run, cuts=cuts)
    for one in known:
        if one.is_thinned:
            _add_thinned(connection, one, of=of, cuts=cuts)


def from_chunks(
    chunks: Iterable[Chunk],
    connection: sqlite3.Connection,
    *,
    run: int,
    cuts: Mapping[int, Sequence[supersede.Cut]],
) -> None:
    """Replace the totals of some attempts by those of the rows given, which hold all of theirs."""
    for attempt in cuts:
        totals.clear(connection, run=run, attempt=attempt)
    for chunk in chunks:
        for attempt in np.unique(chunk.rows.attempt).tolist():
            if attempt in cuts:
                totals.add(
                    connection,
                    payload.taken(chunk.rows, chunk.rows.attempt == attempt),
                    run=run,
                    attempt=attempt,
                    shape=chunk.shape,
                    cuts=cuts[attempt],
                    are_new=False,
                )


def _owner(connection: sqlite3.Connection, *, run: int) -> axes.Owner:
    (name,) = connection.execute("SELECT name FROM run WHERE id = ?", (run,)).fetchone()
    return axes.Owner(
        run, name, dict(connection.execute("SELECT id, name FROM series WHERE run = ?", (run,)).fetchall())
    )


def _chunks(
    connection: sqlite3.Connection, known: Sequence[axes.Known], *, of: axes.Owner, attempts: frozenset[int]
) -> Iterator[Chunk]:
    for one in known:
        if one.is_thinned or not _may_have(one, attempts):
            continue
        try:
            rows = axes.rows_of_axis(connection, one.axis, series=one.series, of=of)
        except errors.StoreError as error:
            _log.error("the totals of a run leave rows out: %s", error)
            continue
        yield Chunk(totals.Shape.of(list(one.series), names=[of.names[series] for series in one.series]), rows)
    yield from _logged(connection, run=of.key, id_of={name: series for series, name in of.names.items()})


def _may_have(known: axes.Known, attempts: frozenset[int]) -> bool:
    return known.span is None or known.span.attempt == NO_ATTEMPT or known.span.attempt in attempts


class _Thinned(msgspec.Struct, frozen=True):
    """An axis whose blocks are gone: its rows, without values, and what is left of each of its series."""

    series: list[int]
    rows: payload.Rows
    groups: rollup.ValueColumns
    kept: rollup.Kept


def _add_thinned(
    connection: sqlite3.Connection,
    known: axes.Known,
    *,
    of: axes.Owner,
    cuts: Mapping[int, Sequence[supersede.Cut]],
) -> None:
    try:
        thinned = _thinned(connection, known, of=of)
    except errors.StoreError as error:
        _log.error("the totals of a run leave rows out: %s", error)
        return
    shape = totals.Shape.of(thinned.series, names=[of.names[series] for series in thinned.series])
    rows = thinned.rows
    for attempt in np.unique(rows.attempt).tolist():
        if attempt not in cuts:
            continue
        mine = rows.attempt == attempt
        hidden = mine & supersede.cut(step=rows.step, epoch=rows.epoch, wall_ns=rows.wall_ns, by=cuts[attempt])
        of_attempt = payload.taken(rows, mine)
        totals.add_to_run(
            connection, of_attempt, run=of.key, attempt=attempt, shape=shape, hidden=hidden[mine], are_new=False
        )
        for part, of_machine in enumerate(shape.of_machine.tolist()):
            _add_series(connection, thinned, part, attempt=attempt, visible=mine if of_machine else mine & ~hidden)


def _thinned(connection: sqlite3.Connection, known: axes.Known, *, of: axes.Owner) -> _Thinned:
    axis = axes.axis_of(connection, known.axis, of=of)
    series = axes.series_of_thinned(connection, known.axis, of=of)
    groups = axes.groups_of(connection, known.axis, rows=known.rows, series=series, of=of)
    columns = (getattr(axis, field) for field in payload.Axis.__struct_fields__)
    rows = payload.Rows(*columns, values=np.empty((known.rows, 0)))
    return _Thinned(series, rows, groups, rollup.kept_rows(groups, rows=np.full(len(series), known.rows)))


def _add_series(
    connection: sqlite3.Connection, thinned: _Thinned, part: int, *, attempt: int, visible: totals.Bools
) -> None:
    kept = thinned.kept
    mine = kept.part == part
    row, value = kept.row[mine], kept.value[mine]
    shown = visible[row]
    points = payload.taken(thinned.rows, row[shown])
    totals.add_points(
        connection,
        msgspec.structs.replace(points, values=value[shown][:, None]),
        series=thinned.series[part],
        attempt=attempt,
    )
    starts = np.arange(0, len(visible), GROUP_ROWS)
    sizes = np.minimum(len(visible) - starts, GROUP_ROWS)
    is_whole = np.add.reduceat(visible.astype(np.int64), starts) == sizes
    nan = thinned.groups.nan[part * len(starts) : (part + 1) * len(starts)]
    counted = int(np.count_nonzero(np.isnan(value[shown & is_whole[row // GROUP_ROWS]])))
    totals.add_counts(
        connection,
        series=thinned.series[part],
        attempt=attempt,
        count=int(np.count_nonzero(visible)) - int(np.count_nonzero(shown)),
        nan_count=int(nan[is_whole].sum()) - counted,
    )


def _logged(connection: sqlite3.Connection, *, run: int, id_of: Mapping[str, int]) -> Iterator[Chunk]:
    for (shape_id,) in connection.execute("SELECT DISTINCT shape FROM log WHERE run = ?", (run,)).fetchall():
        names = shapes.names(connection, shape_id)
        shape = totals.Shape.of([id_of[name] for name in names], names=names)
        cursor = connection.execute(_LOG, (run, shape_id))
        while found := cursor.fetchmany(_LOG_ROWS):
            try:
                yield Chunk(shape, payload.rows_from_logs(found, what=f"run {run}"))
            except errors.StoreError as error:
                _log.error("the totals of a run leave rows out: %s", error)
