"""The rows of a run that are still in the log, decoded once and kept: while a training runs, every question meets them again.

Called by `view`, inside its transaction. Ids of log rows only grow, and sealing takes the oldest of a shape: what is kept of a shape
between two ids is what the file holds between them, for whoever sees both. So what is missing is read at both ends and nothing else.
"""

import itertools
import sqlite3

import msgspec
import numpy as np

from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import layout, memory, narrow, payload, shapes

_NEXT_SHAPE = "SELECT min(shape) FROM log WHERE run = ? AND shape > ?"
_ENDS = """
SELECT (SELECT min(id) FROM log WHERE run = ?1 AND shape = ?2), (SELECT max(id) FROM log WHERE run = ?1 AND shape = ?2)
"""
_BETWEEN = """
SELECT id, payload, rows, place, attempt FROM log WHERE run = ? AND shape = ? AND id >= ? AND id <= ? ORDER BY id
"""


class Tail(msgspec.Struct, frozen=True):
    """Log rows of one shape of a run: the names of its columns, for each row the id of the log row it is from, and all as one part."""

    shape: int
    names: list[str]
    log_id: payload.Ints
    rows: payload.Rows
    part: ports.Parts

    @property
    def size_bytes(self) -> int:
        """How much memory the columns take."""
        return self.rows.values.nbytes + 7 * self.log_id.nbytes


Tails = memory.OfFile[Tail]


def of_run(connection: sqlite3.Connection, *, run: int, run_id: ids.RunId, known: Tails) -> list[Tail]:
    """Return what a run has in the log, by shape.

    Raises:
        StoreError: if a row of the log is damaged; the message names it.
    """
    found: list[Tail] = []
    shape = -1
    while (shape := connection.execute(_NEXT_SHAPE, (run, shape)).fetchone()[0]) is not None:
        found.append(_of_shape(connection, run=run, shape=shape, run_id=run_id, known=known))
    return found


def _of_shape(connection: sqlite3.Connection, *, run: int, shape: int, run_id: ids.RunId, known: Tails) -> Tail:
    first, last = connection.execute(_ENDS, (run, shape)).fetchone()
    kept = known.get((run, shape))
    if kept is not None and (kept.log_id[0], kept.log_id[-1]) == (first, last):
        return kept
    what = f"run {run_id!r}"
    names = shapes.names(connection, shape)
    parts: list[tuple[payload.Ints, payload.Rows]] = []
    if kept is None or kept.log_id[-1] < first or kept.log_id[0] > last:
        parts.append(_read(connection, run=run, shape=shape, between=(first, last), columns=len(names), what=what))
    else:
        low, high = np.searchsorted(kept.log_id, (first, last + 1)).tolist()
        before, behind = (first, int(kept.log_id[0]) - 1), (int(kept.log_id[-1]) + 1, last)
        parts.append(_read(connection, run=run, shape=shape, between=before, columns=len(names), what=what))
        parts.append((kept.log_id[low:high], _slice(kept.rows, low, high)))
        parts.append(_read(connection, run=run, shape=shape, between=behind, columns=len(names), what=what))
    rows = _joined([rows for _, rows in parts])
    tail = Tail(shape, names, np.concatenate([one for one, _ in parts]), rows, layout.of_rows(-1 - shape, rows))
    if kept is None or last >= kept.log_id[-1]:  # else this is an older moment than the one that is kept
        known.put((run, shape), tail, size_bytes=tail.size_bytes)
    return tail


def _read(
    connection: sqlite3.Connection, *, run: int, shape: int, between: tuple[int, int], columns: int, what: str
) -> tuple[payload.Ints, payload.Rows]:
    """Return the log rows between two ids, both included: for each row the id it is from, and the rows."""
    log: list[payload.LogRow] = []
    if between[0] <= between[1]:
        log = connection.execute(_BETWEEN, (run, shape, *between)).fetchall()
    counts = np.array([rows for _, _, rows, _, _ in log], np.int64)
    log_id = np.repeat(np.array([log_id for log_id, *_ in log], np.int64), counts)
    alike = [list(some) for _, some in itertools.groupby(log, key=lambda one: one[2])]
    return log_id, _joined([_decoded(some, columns=columns, what=what) for some in alike] or [_none(columns)])


def _decoded(log: list[payload.LogRow], *, columns: int, what: str) -> payload.Rows:
    """Return log rows of equal length as rows, all at once: often each is a single row of the training."""
    length = log[0][2]
    contents: list[bytes] = []
    for log_id, content, *_ in log:
        contents.append(payload.unwrapped(content, what=f"log row {log_id} of {what}"))
        if len(contents[-1]) != 8 * length * (4 + columns):
            raise payload.broken(f"log row {log_id} of {what}")
    table = np.reshape(np.frombuffer(b"".join(contents), np.uint64), (len(log), -1))
    step, epoch, wall_ns, mono_ns = (np.ravel(table[:, at * length : (at + 1) * length]) for at in range(4))
    values = narrow.bits_as(np.ascontiguousarray(table[:, 4 * length :]), np.float64)
    place = np.array([place for *_, place, _ in log], np.int64)[:, None] + np.arange(length)
    return payload.Rows(
        place=np.ravel(place),
        attempt=np.repeat(np.array([attempt for *_, attempt in log], np.int64), length),
        step=narrow.bits_as(step, np.int64),
        epoch=narrow.bits_as(epoch, np.float64),
        wall_ns=narrow.bits_as(wall_ns, np.int64),
        mono_ns=narrow.bits_as(mono_ns, np.int64),
        values=np.reshape(values, (-1, columns)),
    )


def _none(columns: int) -> payload.Rows:
    ints = np.empty(0, np.int64)
    return payload.Rows(ints, ints, ints, np.empty(0), ints, ints, np.empty((0, columns)))


def _slice(rows: payload.Rows, start: int, end: int) -> payload.Rows:
    return payload.Rows(*(column[start:end] for column in msgspec.structs.astuple(rows)))


def _joined(parts: list[payload.Rows]) -> payload.Rows:
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(msgspec.structs.astuple(part) for part in parts), strict=True)
    return payload.Rows(*(np.concatenate(column) for column in columns))
