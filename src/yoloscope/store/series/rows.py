"""All rows of a run put together again, in order of arrival, a few thousand at a time.

Called by `blocks`. Each shape is a stream of blocks and then of what is still in the log; the streams are merged by ``place``. Every step reads
in a short transaction of its own: one that stayed open for a long export would keep the write-ahead log from being reused. Rows
that move from the log into a block in between are met again there and left out by their place; rows that came after the start are
not met at all.
"""

import itertools
import sqlite3
from collections.abc import Iterator

import numpy as np

from yoloscope.records import ids, row
from yoloscope.store.series import payload, reader, shapes

_AXES = """
SELECT block.axis, block.series FROM run JOIN series ON series.run = run.id JOIN block ON block.series = series.id
WHERE run.name = ? AND block.axis > ? ORDER BY block.axis, block.id
"""
_SHAPES = """
SELECT DISTINCT shape FROM log JOIN run ON run.id = log.run WHERE run.name = ? ORDER BY shape
"""
_BLOCK = "SELECT payload FROM block WHERE series = ? AND axis = ?"
_LOG = """
SELECT log.id, payload, log.rows, place, attempt FROM log JOIN run ON run.id = log.run
WHERE run.name = ? AND shape = ? AND log.id > ? ORDER BY log.id LIMIT ?
"""
_LOG_ROWS = 64  # a log row holds what one append brought: often a single row of the training

_Columns = tuple[int, ...]


def of_run(readers: reader.Readers, *, run: ids.RunId) -> Iterator[tuple[int, row.Matrix]]:
    """Yield attempt number and rows of equal names, until what was there at the first step is told.

    Cost: about 100 ns a point; each shape holds one block in memory.

    Raises:
        StoreError: if a block or a row of the log is damaged; the message names it.
    """
    heads = [stream for stream in _streams(readers, run=run) if stream.advance()]
    while heads:
        heads.sort(key=lambda stream: stream.place)
        first = heads[0]
        yield from first.taken(before=heads[1].place if len(heads) > 1 else None)
        if first.is_empty and not first.advance():
            heads.pop(0)


def _streams(readers: reader.Readers, *, run: ids.RunId) -> list["_Stream"]:
    with readers.transaction() as connection:
        found = connection.execute("SELECT rows FROM run WHERE name = ?", (run,)).fetchone()
        if found is None:
            return []
        names = _series_names(connection, run=run)
        id_of = {name: number for number, name in names.items()}
        axes = _axes(connection.execute(_AXES, (run, 0)))
        shape_of: dict[_Columns, int | None] = dict.fromkeys(axes.values())
        for (shape,) in connection.execute(_SHAPES, (run,)).fetchall():
            shape_of[tuple(id_of[name] for name in shapes.names(connection, shape))] = shape
    last_axis = max(axes, default=0)
    return [
        _Stream(
            readers,
            run=run,
            end=found[0],
            columns=columns,
            names=tuple(names[number] for number in columns),
            shape=shape,
            axes=[axis for axis, of in axes.items() if of == columns],
            last_axis=last_axis,
        )
        for columns, shape in shape_of.items()
    ]


def _series_names(connection: sqlite3.Connection, *, run: ids.RunId) -> dict[int, str]:
    query = "SELECT series.id, series.name FROM series JOIN run ON run.id = series.run WHERE run.name = ?"
    return dict(connection.execute(query, (run,)).fetchall())


def _axes(found: sqlite3.Cursor) -> dict[int, _Columns]:
    """Return the series of each axis in the order of its columns; equal ones are one object."""
    columns: dict[int, list[int]] = {}
    for axis, series in found:
        columns.setdefault(axis, []).append(series)
    known: dict[_Columns, _Columns] = {}
    return {axis: known.setdefault(tuple(of), tuple(of)) for axis, of in columns.items()}


class _Stream:
    """The rows of one shape in order of arrival; ``place`` is that of the next."""

    def __init__(  # noqa: PLR0913 - what tells one stream from another
        self,
        readers: reader.Readers,
        *,
        run: ids.RunId,
        end: int,
        columns: _Columns,
        names: tuple[str, ...],
        shape: int | None,
        axes: list[int],
        last_axis: int,
    ) -> None:
        self._readers = readers
        self._run = run
        self._end = end
        self._columns = columns
        self._names = names
        self._shape = shape
        self._axes = axes[::-1]
        self._last_axis = last_axis
        self._last_log = 0
        self._next_place = 0
        self._rows: payload.Rows | None = None
        self._at = 0

    @property
    def place(self) -> int:
        """The run's row number of the next row."""
        assert self._rows is not None
        return int(self._rows.place[self._at])

    @property
    def is_empty(self) -> bool:
        """Whether all that was read is taken."""
        return self._rows is None or self._at == len(self._rows.place)

    def advance(self) -> bool:
        """Read on; False if the shape has no further row."""
        while (rows := self._step()) is not None:
            start, end = np.searchsorted(rows.place, (self._next_place, self._end)).tolist()
            if start < end:
                self._rows = _slice(rows, start, end)
                self._at = 0
                self._next_place = int(rows.place[end - 1]) + 1
                return True
        return False

    def taken(self, *, before: int | None) -> Iterator[tuple[int, row.Matrix]]:
        """Yield the rows read that come before a place, those of each attempt together."""
        rows = self._rows
        assert rows is not None
        end = len(rows.place) if before is None else int(np.searchsorted(rows.place, before))
        start, self._at = self._at, end
        turns = np.flatnonzero(np.diff(rows.attempt[start:end])) + start + 1
        edges = [start, *turns.tolist(), end]
        for low, high in itertools.pairwise(edges):
            yield int(rows.attempt[low]), self._matrix(_slice(rows, low, high))

    def _matrix(self, rows: payload.Rows) -> row.Matrix:
        return row.Matrix(
            names=self._names,
            step=rows.step.tobytes(),
            epoch=rows.epoch.tobytes(),
            wall_ns=rows.wall_ns.tobytes(),
            mono_ns=rows.mono_ns.tobytes(),
            values=rows.values.tobytes(),
        )

    def _step(self) -> payload.Rows | None:
        """Return the next rows as they are stored, some of which may have been met before."""
        with self._readers.transaction() as connection:
            if not self._axes:
                self._find_newer_axes(connection)
            if self._axes:
                return self._sealed(connection, self._axes.pop())
            return self._logged(connection)

    def _find_newer_axes(self, connection: sqlite3.Connection) -> None:
        """Rows that were in the log may have been sealed since."""
        newer = _axes(connection.execute(_AXES, (self._run, self._last_axis)))
        self._last_axis = max(newer, default=self._last_axis)
        self._axes = [axis for axis, columns in newer.items() if columns == self._columns][::-1]

    def _sealed(self, connection: sqlite3.Connection, axis_id: int) -> payload.Rows:
        what = f"axis {axis_id} of run {self._run!r}"
        (content,) = connection.execute("SELECT payload FROM axis WHERE id = ?", (axis_id,)).fetchone()
        axis = payload.axis_from_payload(content, what=what)
        values = np.empty((len(axis.place), len(self._columns)))
        for column, series in enumerate(self._columns):
            (block,) = connection.execute(_BLOCK, (series, axis_id)).fetchone()
            values[:, column] = payload.values_from_block(block, what=f"block {column} of {what}")
        return payload.Rows(axis.place, axis.attempt, axis.step, axis.epoch, axis.wall_ns, axis.mono_ns, values)

    def _logged(self, connection: sqlite3.Connection) -> payload.Rows | None:
        found = connection.execute(_LOG, (self._run, self._shape, self._last_log, _LOG_ROWS)).fetchall()
        if not found:
            return None
        self._last_log = found[-1][0]
        return payload.rows_from_logs(found, what=f"run {self._run!r}")


def _slice(rows: payload.Rows, start: int, end: int) -> payload.Rows:
    return payload.Rows(
        rows.place[start:end],
        rows.attempt[start:end],
        rows.step[start:end],
        rows.epoch[start:end],
        rows.wall_ns[start:end],
        rows.mono_ns[start:end],
        rows.values[start:end],
    )
