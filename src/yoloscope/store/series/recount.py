"""Totals counted again from the points, where a new attempt's start cuts off what older ones logged.

Called by `book` and `upgrade` inside the writer's transaction. It reads each row of the attempts concerned once, a block at a time:
about 100 ns a point, and only when an attempt begins that supersedes something.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.store.series import payload, shapes, totals

_LOG_ROWS = 256  # a log row often holds a single row of the training
_LOG = """
SELECT id, payload, rows, place, attempt FROM log WHERE run = ? AND shape = ? ORDER BY id
"""
_log = logging.getLogger(__name__)


class _Chunk(msgspec.Struct, frozen=True):
    """Rows of one shape and of any attempts."""

    shape: totals.Shape
    rows: payload.Rows


def recount(connection: sqlite3.Connection, *, run: int, cuts: Mapping[int, Sequence[supersede.Cut]]) -> None:
    """Replace the totals of some attempts, each cut as it says.

    What is damaged on disk is left out and reported: it cannot be read either, and new rows must not be refused for it.
    """
    for attempt in cuts:
        totals.clear(connection, run=run, attempt=attempt)
    for chunk in _chunks(connection, run=run, attempts=frozenset(cuts)):
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


def _chunks(connection: sqlite3.Connection, *, run: int, attempts: frozenset[int]) -> Iterator[_Chunk]:
    found = connection.execute("SELECT id, name FROM series WHERE run = ?", (run,)).fetchall()
    name_of: dict[int, str] = dict(found)
    series_of: dict[int, list[int]] = {}
    for axis, series in connection.execute(
        "SELECT block.axis, block.series FROM series JOIN block ON block.series = series.id WHERE series.run = ?",
        (run,),
    ):
        series_of.setdefault(axis, []).append(series)
    for axis_id in sorted(series_of):
        try:
            chunk = _sealed(connection, axis_id, series=series_of[axis_id], name_of=name_of, attempts=attempts)
        except errors.StoreError as error:
            _log.error("the totals of a run leave rows out: %s", error)
            continue
        if chunk is not None:
            yield chunk
    yield from _logged(connection, run=run, id_of={name: series for series, name in name_of.items()})


def _sealed(
    connection: sqlite3.Connection,
    axis_id: int,
    *,
    series: list[int],
    name_of: Mapping[int, str],
    attempts: frozenset[int],
) -> _Chunk | None:
    """Return the rows of one axis; ``None`` if none is of the attempts."""
    (content,) = connection.execute("SELECT payload FROM axis WHERE id = ?", (axis_id,)).fetchone()
    axis = payload.axis_from_payload(content, what=f"axis {axis_id}")
    if attempts.isdisjoint(np.unique(axis.attempt).tolist()):
        return None
    values = np.empty((len(axis.place), len(series)))
    for column, series_id in enumerate(series):
        (block,) = connection.execute(
            "SELECT payload FROM block WHERE series = ? AND axis = ?", (series_id, axis_id)
        ).fetchone()
        values[:, column] = payload.values_from_block(block, what=f"block {axis_id} of series {name_of[series_id]!r}")
    rows = payload.Rows(axis.place, axis.attempt, axis.step, axis.epoch, axis.wall_ns, axis.mono_ns, values)
    return _Chunk(totals.Shape.of(series, names=[name_of[one] for one in series]), rows)


def _logged(connection: sqlite3.Connection, *, run: int, id_of: Mapping[str, int]) -> Iterator[_Chunk]:
    for (shape_id,) in connection.execute("SELECT DISTINCT shape FROM log WHERE run = ?", (run,)).fetchall():
        names = shapes.names(connection, shape_id)
        shape = totals.Shape.of([id_of[name] for name in names], names=names)
        cursor = connection.execute(_LOG, (run, shape_id))
        while found := cursor.fetchmany(_LOG_ROWS):
            try:
                yield _Chunk(shape, payload.rows_from_logs(found, what=f"run {run}"))
            except errors.StoreError as error:
                _log.error("the totals of a run leave rows out: %s", error)
