"""All rows of a run, from parts in InfluxDB and from the tail in the ledger: by series, in order of arrival, and to count again.

Called by `project`. What the ledger says is read in one short transaction; parts never change, so that what comes after it from
InfluxDB is of the same moment.
"""

import itertools
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import ports, ports_view
from yoloscope.store.influxdb import fetch, ledger, tail, writer
from yoloscope.store.series import payload, recount, shapes, totals


class Snapshot(msgspec.Struct, frozen=True):
    """What the ledger knows of a run's rows at one moment: whose they are, sealed parts, the tail, and names by shape."""

    of: fetch.Of
    parts: dict[int, list[ledger.Part]]
    tails: list[tail.Tail]
    names: dict[int, list[str]]


def snapshot(connection: sqlite3.Connection, *, target: writer.Target, run: ids.RunId, tails: tail.Tails) -> Snapshot:
    """Return what the ledger knows of a run, as the connection's transaction sees it."""
    found = tails.of(connection, run)
    parts = fetch.by_shape(ledger.parts(connection, run))
    known = {one.shape: one.names for one in found}
    names = {shape: known.get(shape) or shapes.names(connection, shape) for shape in {*parts, *known}}
    return Snapshot(_of(connection, target=target, run=run), parts, found, names)


def nothing(target: writer.Target, *, run: ids.RunId) -> Snapshot:
    """Return what there is of a run before anything was stored."""
    none = np.empty(0, np.int64)
    of = fetch.Of(target.client, target.project, target.store, run, ledger.Terms(none, none))
    return Snapshot(of, {}, [], {})


def points(of: Snapshot, *, name: str) -> ports.Points:
    """Return all points of a series in order of arrival.

    Raises:
        StoreError: if InfluxDB cannot be read or lacks rows.
    """
    found: list[payload.Rows] = []
    for shape, parts in of.parts.items():
        if name in of.names[shape]:
            found += fetch.rows_of(of.of, parts, names=[name])
    for one in of.tails:
        if name in one.names:
            column = one.names.index(name)
            found.append(msgspec.structs.replace(one.rows, values=one.rows.values[:, column : column + 1]))
    if not found:
        return no_points()
    rows = fetch.joined(found)
    order = np.argsort(rows.place, kind="stable")
    rows = fetch.taken_in(rows, order)
    attempt = rows.attempt.astype(np.int32)
    return ports.Points(rows.step, rows.epoch, rows.wall_ns, rows.mono_ns, attempt, rows.values[:, 0])


def no_points() -> ports.Points:
    """Return empty columns."""
    ints = np.empty(0, np.int64)
    return ports.Points(ints, np.empty(0), ints, ints, np.empty(0, np.int32), np.empty(0))


def rows(of: Snapshot, *, start: int = 0) -> Iterator[tuple[int, row.Matrix]]:
    """Yield attempt number and rows of equal names in order of arrival, from a place on; raises, as it goes, as `points`."""
    heads = [stream for stream in _streams(of, start=start) if stream.advance()]
    while heads:
        heads.sort(key=lambda stream: stream.place)
        first = heads[0]
        yield from first.taken(before=heads[1].place if len(heads) > 1 else None)
        if first.is_empty and not first.advance():
            heads.pop(0)


class Recounting:
    """Counts attempts again from rows in InfluxDB and in the log (see `recount`)."""

    def __init__(self, target: writer.Target) -> None:
        self._target = target

    def __call__(
        self, connection: sqlite3.Connection, *, run: int, cuts: Mapping[int, Sequence[supersede.Cut]]
    ) -> None:
        """Replace the totals of some attempts of a run, within the open transaction.

        Raises:
            StoreError: if InfluxDB cannot be read or lacks rows.
        """
        (name,) = connection.execute("SELECT name FROM run WHERE id = ?", (run,)).fetchone()
        id_of: dict[str, int] = dict(connection.execute("SELECT name, id FROM series WHERE run = ?", (run,)).fetchall())
        taken = snapshot(connection, target=self._target, run=name, tails=tail.Tails())
        recount.from_chunks(self._chunks(taken, id_of=id_of, attempts=cuts), connection, run=run, cuts=cuts)

    @staticmethod
    def _chunks(of: Snapshot, *, id_of: Mapping[str, int], attempts: Mapping[int, object]) -> Iterator[recount.Chunk]:
        for shape, names in of.names.items():
            columns = totals.Shape.of([id_of[name] for name in names], names=names)
            parts = [one for one in of.parts.get(shape, []) if _may_hold(one, attempts)]
            for found in fetch.rows_of(of.of, parts, names=names):
                yield recount.Chunk(columns, found)
        for one in of.tails:
            columns = totals.Shape.of([id_of[name] for name in one.names], names=one.names)
            yield recount.Chunk(columns, one.rows)


def _may_hold(part: ledger.Part, attempts: Mapping[int, object]) -> bool:
    return part.span.attempt in attempts or part.span.attempt == ports_view.NO_ATTEMPT


def _of(connection: sqlite3.Connection, *, target: writer.Target, run: ids.RunId) -> fetch.Of:
    return fetch.Of(target.client, target.project, target.store, run, ledger.terms(connection, run))


def _streams(of: Snapshot, *, start: int) -> list["_Stream"]:
    tails = {one.shape: one.rows for one in of.tails}
    parts = {shape: [one for one in of.parts.get(shape, []) if one.span.place_max >= start] for shape in of.names}
    return [
        _Stream(of.of, names=names, parts=parts[shape], rest=tails.get(shape), start=start)
        for shape, names in of.names.items()
    ]


class _Stream:
    """The rows of one shape in order of arrival; ``place`` is that of the next."""

    def __init__(
        self,
        of: fetch.Of,
        *,
        names: Sequence[str],
        parts: Sequence[ledger.Part],
        rest: payload.Rows | None,
        start: int,
    ) -> None:
        self._names = tuple(names)
        self._start = start
        # Part by part: fetched together they would be in memory together.
        sealed = (found for part in parts for found in fetch.rows_of(of, [part], names=names))
        self._found = itertools.chain(sealed, () if rest is None else (rest,))
        self._rows: payload.Rows | None = None
        self._at = 0

    @property
    def place(self) -> int:
        """The run's row number of the next row."""
        assert self._rows is not None
        return int(self._rows.place[self._at])

    @property
    def is_empty(self) -> bool:
        """Whether all that was fetched is taken."""
        return self._rows is None or self._at == len(self._rows.place)

    def advance(self) -> bool:
        """Fetch the next rows; False if the shape has no further row."""
        for found in self._found:
            self._rows = fetch.taken_in(found, np.argsort(found.place, kind="stable"))
            self._at = int(np.searchsorted(self._rows.place, self._start))
            if not self.is_empty:
                return True
        return False

    def taken(self, *, before: int | None) -> Iterator[tuple[int, row.Matrix]]:
        """Yield the rows fetched that come before a place, those of each attempt together."""
        rows = self._rows
        assert rows is not None
        end = len(rows.place) if before is None else int(np.searchsorted(rows.place, before))
        start, self._at = self._at, end
        turns = np.flatnonzero(np.diff(rows.attempt[start:end])) + start + 1
        for low, high in itertools.pairwise([start, *turns.tolist(), end]):
            yield int(rows.attempt[low]), self._matrix(rows, low, high)

    def _matrix(self, rows: payload.Rows, low: int, high: int) -> row.Matrix:
        return row.Matrix(
            names=self._names,
            step=rows.step[low:high].tobytes(),
            epoch=rows.epoch[low:high].tobytes(),
            wall_ns=rows.wall_ns[low:high].tobytes(),
            mono_ns=rows.mono_ns[low:high].tobytes(),
            values=rows.values[low:high].tobytes(),
        )
