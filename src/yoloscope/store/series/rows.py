"""All rows of a run put together again, in order of arrival, a few thousand at a time.

Called by `blocks`. Axes hold rows in the order in which they were logged, and are merged while somebody reads; so rows are taken by `place`,
their number by arrival: a window of places is read from axes and log in one short transaction, then the next. One transaction that stayed
open for a long export would keep the write-ahead log from being reused. Of what was thinned, each kept point is a row of one name.
"""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store.series import axes, payload, reader, rollup, shapes

_WINDOW_PLACES = payload.BLOCK_ROWS
_HELD_POINTS = 2_000_000  # of axes that reach into later windows: 16 MB, and what does not fit is read again
_NEVER = 2**63 - 1
_LOG = """
SELECT id, payload, rows, place, attempt FROM log WHERE run = ? AND shape = ? AND id > ? AND place + rows > ? ORDER BY id
"""
_Names = tuple[str, ...]


class _Piece(msgspec.Struct, frozen=True):
    """Rows of equal names in order of their places."""

    names: _Names
    rows: payload.Rows

    def between(self, start: int, end: int) -> "_Piece":
        """Return the rows of some places."""
        low, high = np.searchsorted(self.rows.place, (start, end)).tolist()
        return _Piece(self.names, _slice(self.rows, low, high))


class _Axis(msgspec.Struct):
    """An axis, the least place from which on it may have rows that were not met yet, and its rows while they are held."""

    known: axes.Known
    next_place: int
    pieces: list[_Piece] | None = None

    @property
    def points(self) -> int:
        """How much memory its rows take."""
        return 0 if self.pieces is None else sum(piece.rows.values.size for piece in self.pieces)


def of_run(readers: reader.Readers, *, run: ids.RunId, start: int = 0) -> Iterator[tuple[int, row.Matrix]]:
    """Yield attempt number and rows of equal names from a place on, until what was there at the first step is told.

    Cost: about 100 ns a point.

    Raises:
        StoreError: if a block or a row of the log is damaged, or the run is removed meanwhile; the message names it.
    """
    with readers.transaction() as connection:
        found = connection.execute("SELECT id, rows FROM run WHERE name = ?", (run,)).fetchone()
        if found is None:
            return
        key, end = found
        logged = [shape for (shape,) in connection.execute("SELECT DISTINCT shape FROM log WHERE run = ?", (key,))]
    reading = _Reading(run, key=key, logged=logged)
    for first in range(start, end, _WINDOW_PLACES):
        with readers.transaction() as connection:
            pieces = reading.window(connection, first, min(first + _WINDOW_PLACES, end))
        yield from _matrices(pieces)


class _Reading:
    """Where the reading of one run stands."""

    def __init__(self, run: ids.RunId, *, key: int, logged: Sequence[int]) -> None:
        self._run = run
        self._key = key
        self._log_read = dict.fromkeys(logged, 0)
        self._axes: list[_Axis] = []
        self._seen = (0, 0)
        self._of = axes.Owner(key, run, {})

    def window(self, connection: sqlite3.Connection, start: int, end: int) -> list[_Piece]:
        """Return the rows with places from `start` up to `end`."""
        found = connection.execute("SELECT id FROM run WHERE name = ?", (self._run,)).fetchone()
        if found != (self._key,):
            raise errors.StoreError(f"run {self._run!r} was removed while it was read")
        of = self._look(connection, start)
        pieces: list[_Piece] = []
        for axis in self._axes:
            if axis.next_place < end:
                pieces += self._of_axis(connection, axis, start, end, of=of)
        for shape in self._log_read:
            pieces += self._of_log(connection, shape, start, end)
        self._let_go()
        return pieces

    def _look(self, connection: sqlite3.Connection, start: int) -> axes.Owner:
        """See which axes there are, if they are others than before: log rows are sealed and axes merged all the time."""
        query = "SELECT count(*), coalesce(max(id), 0) FROM axis WHERE run = ?"
        seen = connection.execute(query, (self._key,)).fetchone()
        if seen == self._seen:
            return self._of
        self._of = axes.owner(connection, run=self._run) or self._of
        before = {axis.known.axis: axis for axis in self._axes}
        self._axes = [
            before.get(known.axis) or _Axis(known, self._first_place(connection, known, start))
            for known in axes.of_run(connection, run=self._key)
        ]
        self._seen = seen
        return self._of

    def _first_place(self, connection: sqlite3.Connection, known: axes.Known, start: int) -> int:
        if known.span is not None:
            return max(start, known.span.place_min) if known.span.place_max >= start else _NEVER
        return _at_or_after(axes.axis_of(connection, known.axis, of=self._of).place, start)

    def _of_axis(
        self, connection: sqlite3.Connection, axis: _Axis, start: int, end: int, *, of: axes.Owner
    ) -> list[_Piece]:
        if axis.pieces is None:
            axis.pieces = _pieces(connection, axis.known, of=of)
        axis.next_place = min((_at_or_after(piece.rows.place, end) for piece in axis.pieces), default=_NEVER)
        return [piece.between(start, end) for piece in axis.pieces]

    def _of_log(self, connection: sqlite3.Connection, shape: int, start: int, end: int) -> list[_Piece]:
        found: list[payload.LogRow] = []
        for logged in connection.execute(_LOG, (self._key, shape, self._log_read[shape], start)):
            log_id, _, rows, place, _ = logged
            if place >= end:
                break
            found.append(logged)
            if place + rows <= end:
                self._log_read[shape] = log_id
        if not found:
            return []
        names = tuple(shapes.names(connection, shape))
        return [_Piece(names, payload.rows_from_logs(found, what=f"run {self._run!r}")).between(start, end)]

    def _let_go(self) -> None:
        """Hold what the next windows need first."""
        held = 0
        for axis in sorted(self._axes, key=lambda axis: axis.next_place):
            held += axis.points
            if axis.next_place == _NEVER or held > _HELD_POINTS:
                axis.pieces = None


def _pieces(connection: sqlite3.Connection, known: axes.Known, *, of: axes.Owner) -> list[_Piece]:
    if not known.is_thinned:
        rows = axes.rows_of_axis(connection, known.axis, series=known.series, of=of)
        return [_Piece(tuple(of.names[one] for one in known.series), _by_place(rows))]
    series = axes.series_of_thinned(connection, known.axis, of=of)
    axis = axes.axis_of(connection, known.axis, of=of)
    groups = axes.groups_of(connection, known.axis, rows=known.rows, series=series, of=of)
    kept = rollup.kept_rows(groups, rows=np.full(len(series), known.rows))
    pieces: list[_Piece] = []
    for part, one in enumerate(series):
        mine = kept.part == part
        columns = (getattr(axis, field)[kept.row[mine]] for field in payload.Axis.__struct_fields__)
        rows = payload.Rows(*columns, values=kept.value[mine][:, None])
        pieces.append(_Piece((of.names[one],), _by_place(rows)))
    return pieces


def _matrices(pieces: Sequence[_Piece]) -> Iterator[tuple[int, row.Matrix]]:
    """Yield the rows of all pieces by place, what follows each other with equal names and attempt together."""
    parts: dict[_Names, list[payload.Rows]] = {}
    for piece in pieces:
        if len(piece.rows.place):
            parts.setdefault(piece.names, []).append(piece.rows)
    by_names = {names: _by_place(axes.below_each_other(some)) for names, some in parts.items()}
    if not by_names:
        return
    names = list(by_names)
    which = np.repeat(np.arange(len(names)), [len(rows.place) for rows in by_names.values()])
    place = np.concatenate([rows.place for rows in by_names.values()])
    attempt = np.concatenate([rows.attempt for rows in by_names.values()])
    order = np.argsort(place, kind="stable")
    turns = np.flatnonzero((np.diff(which[order]) != 0) | (np.diff(attempt[order]) != 0)) + 1
    taken = [0] * len(names)
    for start, end in itertools.pairwise([0, *turns.tolist(), len(order)]):
        one = int(which[order[start]])
        rows = _slice(by_names[names[one]], taken[one], taken[one] + end - start)
        taken[one] += end - start
        yield int(rows.attempt[0]), _matrix(rows, names=names[one])


def _matrix(rows: payload.Rows, *, names: _Names) -> row.Matrix:
    return row.Matrix(
        names=names,
        step=rows.step.tobytes(),
        epoch=rows.epoch.tobytes(),
        wall_ns=rows.wall_ns.tobytes(),
        mono_ns=rows.mono_ns.tobytes(),
        values=rows.values.tobytes(),
    )


def _at_or_after(places: payload.Ints, start: int) -> int:
    later = places[places >= start]
    return int(later.min()) if len(later) else _NEVER


def _by_place(rows: payload.Rows) -> payload.Rows:
    if (np.diff(rows.place) > 0).all():
        return rows
    order = np.argsort(rows.place, kind="stable")
    return payload.Rows(*(getattr(rows, field)[order] for field in payload.Rows.__struct_fields__))


def _slice(rows: payload.Rows, start: int, end: int) -> payload.Rows:
    return payload.Rows(*(getattr(rows, field)[start:end] for field in payload.Rows.__struct_fields__))
