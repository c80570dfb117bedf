"""What the writer thread knows of its file, and how one append becomes rows of it.

Owned by `writer`, which calls it inside an open transaction and from its thread alone. Positions and ids are remembered
between transactions, which is safe because nobody else writes; after a rollback everything is forgotten and read anew.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import ports
from yoloscope.store.series import lanes, payload, recount, totals


class _Pending(msgspec.Struct):
    """Rows of one shape and attempt that are in the log but not yet in the totals; ``place`` is that of the first."""

    shape: int
    attempt: int
    place: int
    matrices: list[row.Matrix]


_NEW_RUN = """
INSERT OR IGNORE INTO run (id, name, rows) VALUES (
    1 + max((SELECT coalesce(max(id), 0) FROM run), (SELECT coalesce(max(run), 0) FROM removed)), ?, 0
)
"""  # of a run that is being removed there are still blocks, which must not become those of another
SEAL_POINTS = 2_000_000  # rows of thousands of names are sealed before 4096 of them fill the memory of a reader


class Unsealed(msgspec.Struct):
    """What a run has in the log: rows by shape, points, and when the last came (monotonic seconds)."""

    rows: dict[int, int]
    points: int
    last_s: float

    @property
    def sealable_rows(self) -> int | None:
        """How many rows a shape must have for sealing to be worth while now; ``None`` while nothing is."""
        if self.points >= SEAL_POINTS:
            return 1
        return payload.BLOCK_ROWS if max(self.rows.values()) >= payload.BLOCK_ROWS else None


class Logged(msgspec.Struct, frozen=True):
    """Rows that an append has just put into the log: of which lane, and under which ids; ``place`` is that of the first."""

    lane: ports.LaneRows
    matrix: row.Matrix
    run: int
    shape: int
    place: int


class Book:
    """Positions, ids and totals of one file.

    ``on_rows`` is told of rows as they are logged, ``recounted`` counts attempts again: other stores keep rows elsewhere too.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        on_rows: Callable[[Logged], None] | None = None,
        recounted: recount.Recount | None = None,
    ) -> None:
        self._connection = connection
        self._on_rows = on_rows
        self._recounted = recounted
        self._lanes: dict[tuple[str, int], int] = {}
        self._run_ids: dict[str, int] = {}
        self._run_names: dict[int, ids.RunId] = {}
        self._run_rows: dict[int, int] = {}
        self._shape_ids: dict[tuple[str, ...], int] = {}
        self._shapes: dict[tuple[int, int], totals.Shape] = {}
        self._starts: dict[int, list[supersede.Start]] = {}
        self._cuts: dict[tuple[int, int], list[supersede.Cut]] = {}
        self._pending: dict[int, _Pending] = {}
        self.unsealed = self._read_unsealed()

    def append(self, appended: Sequence[ports.LaneRows]) -> ports.Appended:
        """Put what is new of an append into the log; the totals follow with `flush`.

        Raises:
            SequenceGap: if a lane starts after the number wanted next; nothing was written.
        """
        spans = self._spans(appended)
        new_rows: dict[ids.RunId, int] = {}
        for lane, (first, end) in zip(appended, spans, strict=True):
            expected = self._position(lanes.key(lane))
            matrices = lanes.fresh_matrices(lane.entries, known=expected - first)
            for matrix in matrices:
                self._log(matrix, run=self._run_id(lane.run), lane=lane)
            new_rows[lane.run] = new_rows.get(lane.run, 0) + sum(matrix.rows for matrix in matrices)
            self._advance(lanes.key(lane), to=max(expected, end))
        next_seq = {(lane.writer, lane.lane): self._position(lanes.key(lane)) for lane in appended}
        return ports.Appended(next_seq=next_seq, new_rows=new_rows)

    def learn_attempts(self, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Note attempts of a run, and count again what they cut off others that have rows."""
        key = self._run_id(run)
        known = self._starts_of(key)
        by_number = {start.number: start for start in (*known, *starts)}
        ordered = supersede.in_order(by_number.values())
        if ordered == known:
            return
        cut_before = {attempt: self._cuts_of(key, attempt=attempt) for attempt in self._attempts_with_rows(key)}
        self._write_starts(key, ordered)
        cuts = {attempt: self._cuts_of(key, attempt=attempt) for attempt in cut_before}
        changed = {attempt: by for attempt, by in cuts.items() if set(by) != set(cut_before[attempt])}
        if changed:
            (self._recounted or recount.recount)(self._connection, run=key, cuts=changed)

    def flush(self) -> None:
        """Bring the totals up to what was appended; called before each commit."""
        for run in list(self._pending):
            self._flush_run(run)

    def forget(self) -> None:
        """Drop all that is remembered; called after a rollback."""
        self._lanes.clear()
        self._run_ids.clear()
        self._run_names.clear()
        self._run_rows.clear()
        self._shape_ids.clear()
        self._shapes.clear()
        self._starts.clear()
        self._cuts.clear()
        self._pending.clear()
        self.unsealed = self._read_unsealed()

    def removed(self, run: ids.RunId) -> None:
        """Note that a run is gone; what comes of it from now on is of a new one."""
        key = self._run_ids.pop(run, None)
        self.unsealed.pop(run, None)
        if key is None:
            return
        del self._run_names[key], self._run_rows[key]
        self._starts.pop(key, None)
        self._shapes = {of: shape for of, shape in self._shapes.items() if of[0] != key}
        self._cuts = {of: cuts for of, cuts in self._cuts.items() if of[0] != key}

    def sealed(self, run: ids.RunId, *, shape: int, rows: int, points: int) -> None:
        """Note that rows of the log became blocks."""
        left = self.unsealed[run]
        left.rows[shape] -= rows
        left.points -= points
        if not left.rows[shape]:
            del left.rows[shape]
        if not left.rows:
            del self.unsealed[run]

    def _spans(self, appended: Sequence[ports.LaneRows]) -> list[tuple[int, int]]:
        """Return first and end of each lane, all checked before anything is written."""
        ends: dict[tuple[str, int], int] = {}
        spans: list[tuple[int, int]] = []
        for lane in appended:
            expected = ends.get(lanes.key(lane), self._position(lanes.key(lane)))
            spans.append(lanes.span(lane, expected=expected))
            ends[lanes.key(lane)] = max(expected, spans[-1][1])
        return spans

    def _position(self, key: tuple[str, int]) -> int:
        if key not in self._lanes:
            found = self._one("SELECT next_seq FROM lane WHERE writer = ? AND lane = ?", *key)
            self._lanes[key] = 0 if found is None else found
        return self._lanes[key]

    def _advance(self, key: tuple[str, int], *, to: int) -> None:
        if self._lanes[key] != to:
            self._connection.execute("INSERT OR REPLACE INTO lane VALUES (?, ?, ?)", (*key, to))
            self._lanes[key] = to

    def _log(self, matrix: row.Matrix, *, run: int, lane: ports.LaneRows) -> None:
        if not matrix.rows:
            return
        shape = self._shape_id(matrix.names)
        place = self._run_rows[run]
        self._connection.execute(
            "INSERT INTO log (run, shape, attempt, place, rows, payload) VALUES (?, ?, ?, ?, ?, ?)",
            (run, shape, lane.attempt, place, matrix.rows, payload.log_from_matrix(matrix)),
        )
        self._run_rows[run] = place + matrix.rows
        self._await_totals(matrix, run=run, shape=shape, attempt=lane.attempt, place=place)
        if self._on_rows is not None:
            self._on_rows(Logged(lane, matrix, run, shape, place))

    def _await_totals(self, matrix: row.Matrix, *, run: int, shape: int, attempt: int, place: int) -> None:
        pending = self._pending.get(run)
        if pending is not None and (pending.shape, pending.attempt) == (shape, attempt):
            pending.matrices.append(matrix)
            return
        if pending is not None:
            self._flush_run(run)
        self._pending[run] = _Pending(shape, attempt, place, [matrix])

    def _flush_run(self, run: int) -> None:
        pending = self._pending.pop(run)
        rows = _rows(pending)
        totals.add(
            self._connection,
            rows,
            run=run,
            attempt=pending.attempt,
            shape=self._shape(run, shape=pending.shape, names=pending.matrices[0].names),
            cuts=self._cuts_of(run, attempt=pending.attempt),
            are_new=True,
        )
        self._connection.execute("UPDATE run SET rows = ? WHERE id = ?", (self._run_rows[run], run))
        count = len(rows.place)
        self._note_unsealed(
            run, shape=pending.shape, rows=count, points=rows.values.size + count * payload.AXIS_COLUMNS
        )

    def _note_unsealed(self, run: int, *, shape: int, rows: int, points: int) -> None:
        left = self.unsealed.setdefault(self._run_names[run], Unsealed({}, 0, 0.0))
        left.rows[shape] = left.rows.get(shape, 0) + rows
        left.points += points
        left.last_s = time.monotonic()

    def _run_id(self, run: ids.RunId) -> int:
        if run not in self._run_ids:
            self._connection.execute(_NEW_RUN, (run,))
            key, rows = self._connection.execute("SELECT id, rows FROM run WHERE name = ?", (run,)).fetchone()
            self._run_ids[run] = key
            self._run_rows[key] = rows
            self._run_names[key] = run
        return self._run_ids[run]

    def _shape_id(self, names: tuple[str, ...]) -> int:
        if names not in self._shape_ids:
            text = msgspec.json.encode(names).decode()
            self._connection.execute("INSERT OR IGNORE INTO shape (names) VALUES (?)", (text,))
            found = self._one("SELECT id FROM shape WHERE names = ?", text)
            assert found is not None
            self._shape_ids[names] = found
        return self._shape_ids[names]

    def _shape(self, run: int, *, shape: int, names: tuple[str, ...]) -> totals.Shape:
        if (run, shape) not in self._shapes:
            assert len(set(names)) == len(names), "a matrix names each series once: wire.codec sees to it"
            pairs = [(run, name) for name in names]
            self._connection.executemany("INSERT OR IGNORE INTO series (run, name) VALUES (?, ?)", pairs)
            found = self._connection.execute("SELECT name, id FROM series WHERE run = ?", (run,)).fetchall()
            id_of: dict[str, int] = dict(found)
            self._shapes[run, shape] = totals.Shape.of([id_of[name] for name in names], names=names)
        return self._shapes[run, shape]

    def _starts_of(self, run: int) -> list[supersede.Start]:
        """Return the attempts of a run that were told of, in order."""
        if run not in self._starts:
            found = self._connection.execute(
                "SELECT number, writer, writer_index, wall_ns, start_epoch, start_step, rank FROM attempt WHERE run = ? "
                "ORDER BY place",
                (run,),
            )
            self._starts[run] = [supersede.Start(*values) for values in found]
        return self._starts[run]

    def _write_starts(self, run: int, starts: list[supersede.Start]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO attempt (run, place, number, writer, writer_index, wall_ns, start_epoch, start_step, rank) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(run, place, *msgspec.structs.astuple(start)) for place, start in enumerate(starts)],
        )
        self._starts[run] = starts
        for of_run, attempt in [key for key in self._cuts if key[0] == run]:
            del self._cuts[of_run, attempt]

    def _cuts_of(self, run: int, *, attempt: int) -> list[supersede.Cut]:
        if (run, attempt) not in self._cuts:
            self._cuts[run, attempt] = supersede.later_cuts(self._starts_of(run), number=attempt)
        return self._cuts[run, attempt]

    def _attempts_with_rows(self, run: int) -> list[int]:
        return [number for (number,) in self._connection.execute("SELECT attempt FROM run_stat WHERE run = ?", (run,))]

    def _read_unsealed(self) -> dict[ids.RunId, Unsealed]:
        unsealed: dict[ids.RunId, Unsealed] = {}
        found = self._connection.execute(
            "SELECT run.name, shape, sum(log.rows), sum(length(payload)) / 8 FROM log JOIN run ON run.id = log.run "
            "GROUP BY run.name, shape"
        )
        for name, shape, rows, points in found.fetchall():
            left = unsealed.setdefault(ids.RunId(name), Unsealed({}, 0, time.monotonic()))
            left.rows[shape] = rows
            left.points += points
        return unsealed

    def _one(self, query: str, *values: str | int) -> int | None:
        found = self._connection.execute(query, values).fetchone()
        return None if found is None else int(found[0])


def _rows(pending: _Pending) -> payload.Rows:
    """Return the columns of matrices of one shape that follow each other, one below the other."""
    matrices = pending.matrices
    step = np.frombuffer(b"".join(matrix.step for matrix in matrices), np.int64)
    values = np.frombuffer(b"".join(matrix.values for matrix in matrices), np.float64)
    return payload.Rows(
        place=np.arange(pending.place, pending.place + len(step)),
        attempt=np.full(len(step), pending.attempt, np.int64),
        step=step,
        epoch=np.frombuffer(b"".join(matrix.epoch for matrix in matrices), np.float64),
        wall_ns=np.frombuffer(b"".join(matrix.wall_ns for matrix in matrices), np.int64),
        mono_ns=np.frombuffer(b"".join(matrix.mono_ns for matrix in matrices), np.int64),
        values=np.reshape(values, (len(step), -1)),
    )
