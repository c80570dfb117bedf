"""The points of one series, from blocks and from what is still in the log.

Called by `blocks`. A row is in a block or in the log, never in both, because both are read in one transaction; ``place``, the
row's number in its run, gives them back in order of arrival.
"""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import payload, reader, shapes

_SEALED = """
SELECT axis.id, axis.rows, axis.payload, block.payload
FROM run JOIN series ON series.run = run.id JOIN block ON block.series = series.id JOIN axis ON axis.id = block.axis
WHERE run.name = ? AND series.name = ? ORDER BY axis.id
"""
_SHAPES = "SELECT DISTINCT log.shape FROM log JOIN run ON run.id = log.run WHERE run.name = ?"
_LOG = """
SELECT log.id, log.rows, log.payload, place, attempt FROM log JOIN run ON run.id = log.run
WHERE run.name = ? AND shape = ? ORDER BY log.id
"""

_Part = tuple[payload.Axis, payload.Floats]


class _LogRow(msgspec.Struct, frozen=True):
    """A row of the log, and which of its columns is the series."""

    log_id: int
    rows: int
    content: bytes
    place: int
    attempt: int
    column: int


def none() -> ports.Points:
    """Return empty columns."""
    return _empty(0)


def of_series(readers: reader.Readers, *, run: ids.RunId, name: str) -> ports.Points:
    """Return all points of a series in arrival order.

    Cost: about 100 ns a point, of which most is the system's for fresh memory; one block is decoded at a time.

    Raises:
        StoreError: if a block or a row of the log is damaged; the message names it.
    """
    with readers.transaction() as connection:
        sealed: list[tuple[int, int, bytes, bytes]] = connection.execute(_SEALED, (run, name)).fetchall()
        log = _log_rows(connection, run=run, name=name)
    found = _empty(sum(rows for _, rows, _, _ in sealed) + sum(one.rows for one in log))
    turns = list(_filled(found, _parts(sealed, log, run=run, name=name)))
    if all(ended < started for (_, ended), (started, _) in itertools.pairwise(turns)):
        return found
    return _sorted(found, place=np.concatenate([axis.place for axis, _ in _parts(sealed, log, run=run, name=name)]))


def _log_rows(connection: sqlite3.Connection, *, run: ids.RunId, name: str) -> list[_LogRow]:
    log: list[_LogRow] = []
    for (shape,) in connection.execute(_SHAPES, (run,)).fetchall():
        names = shapes.names(connection, shape)
        if name in names:
            column = names.index(name)
            for log_id, rows, content, place, attempt in connection.execute(_LOG, (run, shape)):
                log.append(_LogRow(log_id, rows, content, place, attempt, column))
    return log


def _parts(
    sealed: Sequence[tuple[int, int, bytes, bytes]], log: Sequence[_LogRow], *, run: ids.RunId, name: str
) -> Iterator[_Part]:
    for axis_id, _, axis, block in sealed:
        yield (
            payload.axis_from_payload(axis, what=f"axis {axis_id} of run {run!r}"),
            payload.values_from_block(block, what=f"block {axis_id} of series {name!r} of run {run!r}"),
        )
    for one in log:
        found = payload.rows_from_log(
            one.content,
            rows=one.rows,
            place=one.place,
            attempt=one.attempt,
            what=f"log row {one.log_id} of run {run!r}",
        )
        axis = payload.Axis(found.place, found.attempt, found.step, found.epoch, found.wall_ns, found.mono_ns)
        yield axis, found.values[:, one.column]


def _filled(found: ports.Points, parts: Iterator[_Part]) -> Iterator[tuple[int, int]]:
    """Yield the first and last place of each part, whose columns are then in `found`."""
    at = 0
    for axis, values in parts:
        end = at + len(values)
        found.step[at:end] = axis.step
        found.epoch[at:end] = axis.epoch
        found.wall_ns[at:end] = axis.wall_ns
        found.mono_ns[at:end] = axis.mono_ns
        found.attempt[at:end] = axis.attempt
        found.value[at:end] = values
        at = end
        yield int(axis.place[0]), int(axis.place[-1])


def _sorted(found: ports.Points, *, place: payload.Ints) -> ports.Points:
    order = np.argsort(place, kind="stable")
    return ports.Points(
        step=found.step[order],
        epoch=found.epoch[order],
        wall_ns=found.wall_ns[order],
        mono_ns=found.mono_ns[order],
        attempt=found.attempt[order],
        value=found.value[order],
    )


def _empty(rows: int) -> ports.Points:
    return ports.Points(
        step=np.empty(rows, np.int64),
        epoch=np.empty(rows),
        wall_ns=np.empty(rows, np.int64),
        mono_ns=np.empty(rows, np.int64),
        attempt=np.empty(rows, np.int32),
        value=np.empty(rows),
    )
