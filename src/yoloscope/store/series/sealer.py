"""Turning a run's log into blocks.

Called by `blocks`, from its sealing thread or from whoever asks for it. Columns are read and encoded beside the writer, which
only exchanges rows for blocks in one transaction: killed at any moment, every row is either in the log or in a block.
"""

import itertools
from concurrent.futures import Future

import msgspec
import numpy as np

from yoloscope.records import ids
from yoloscope.store.series import payload, reader, shapes, writer

_ROUND_ROWS = 16 * payload.BLOCK_ROWS
_ROUND_POINTS = 4_000_000  # bounds what a round holds in memory to some 100 MB


class _Found(msgspec.Struct, frozen=True):
    """Log rows of one shape, and the row ids of its series in column order."""

    series: list[int]
    log: list[payload.LogRow]


def seal(readers: reader.Readers, *, into: writer.Writer, run: ids.RunId, least_rows: int = 1) -> int:
    """Seal every shape of a run that has at least `least_rows` in the log; return how many rows were sealed.

    Two calls for the same run at once are safe: each row is sealed once.
    """
    return sum(_seal_shape(readers, into=into, run=run, shape=shape) for shape in _shapes(readers, run, least_rows))


def _shapes(readers: reader.Readers, run: ids.RunId, least_rows: int) -> list[int]:
    with readers.transaction() as connection:
        found = connection.execute(
            "SELECT shape FROM log JOIN run ON run.id = log.run WHERE run.name = ? GROUP BY shape "
            "HAVING sum(log.rows) >= ?",
            (run, least_rows),
        ).fetchall()
    return [shape for (shape,) in found]


def _seal_shape(readers: reader.Readers, *, into: writer.Writer, run: ids.RunId, shape: int) -> int:
    sealed = 0
    up_to = _last_log_id(readers, run=run, shape=shape)
    while (found := _round(readers, run=run, shape=shape, up_to=up_to)) is not None:
        done: Future[int] = into.insert_sealed(_sealed_rows(found, run=run, shape=shape))
        sealed += done.result()
    return sealed


def _last_log_id(readers: reader.Readers, *, run: ids.RunId, shape: int) -> int:
    with readers.transaction() as connection:
        found = connection.execute(
            "SELECT max(log.id) FROM log JOIN run ON run.id = log.run WHERE run.name = ? AND shape = ?", (run, shape)
        ).fetchone()
    return int(found[0] or 0)


def _round(readers: reader.Readers, *, run: ids.RunId, shape: int, up_to: int) -> _Found | None:
    """Return the oldest log rows of a shape, as many as one transaction should take; ``None`` if there are none."""
    with readers.transaction() as connection:
        names = shapes.names(connection, shape)
        rows_max = min(_ROUND_ROWS, max(1, _ROUND_POINTS // (len(names) + payload.AXIS_COLUMNS)))
        cursor = connection.execute(
            "SELECT log.id, payload, log.rows, place, attempt FROM log JOIN run ON run.id = log.run "
            "WHERE run.name = ? AND shape = ? AND log.id <= ? ORDER BY log.id",
            (run, shape, up_to),
        )
        log: list[payload.LogRow] = []
        rows = 0
        for found in cursor:
            log.append(found)
            rows += found[2]
            if rows >= rows_max:
                break
        cursor.close()
        if not log:
            return None
        id_of: dict[str, int] = dict(
            connection.execute(
                "SELECT series.name, series.id FROM series JOIN run ON run.id = series.run WHERE run.name = ?", (run,)
            ).fetchall()
        )
    return _Found([id_of[name] for name in names], log)


def _sealed_rows(found: _Found, *, run: ids.RunId, shape: int) -> writer.SealedRows:
    rows = payload.rows_from_logs(found.log, what=f"run {run!r}")
    count = len(rows.place)
    blocks = -(-count // payload.BLOCK_ROWS)
    edges = [count * number // blocks for number in range(blocks + 1)]
    axes = [_encoded(rows, start, end) for start, end in itertools.pairwise(edges)]
    return writer.SealedRows(run, shape, found.series, [log_id for log_id, *_ in found.log], axes)


def _encoded(rows: payload.Rows, start: int, end: int) -> tuple[int, bytes, list[bytes]]:
    axis = payload.Axis(
        rows.place[start:end],
        rows.attempt[start:end],
        rows.step[start:end],
        rows.epoch[start:end],
        rows.wall_ns[start:end],
        rows.mono_ns[start:end],
    )
    columns = np.ascontiguousarray(np.transpose(rows.values[start:end]))
    return end - start, payload.payload_from_axis(axis), [payload.block_from_values(column) for column in columns]
