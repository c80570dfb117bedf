"""The one thread that writes a project: points to InfluxDB, then, in one transaction, what the ledger knows of them.

Owned by `project`. Appends that arrive while one is under way share the next write. A future is done when InfluxDB has taken the
points and the ledger is on disk. What fails in between leaves points that no reader takes (see `ledger`), and the same rows sent
again overwrite them.
"""

import contextlib
import logging
import math
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import msgspec

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import changes, intake, ports
from yoloscope.store.influxdb import client, database, ledger, lines
from yoloscope.store.series import book, faults, recount

GROUP_SEQUENCES = 50_000  # bounds how long the first append of a group waits for the last
CHECKPOINT_BYTES = 16 * 1024 * 1024  # of write-ahead log
_IDLE_S = 60.0
_DOUBT_S = 60.0  # within which a write that was given up may still be carried out
_WHO_IS_IT = 401
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Target(msgspec.Struct, frozen=True):
    """Where the lines of a project go, and under which ledger's name."""

    client: client.Client
    project: ids.ProjectName
    store: str


class _Job(msgspec.Struct, frozen=True):
    """What to do within a transaction, and who waits for it; jobs with ``sequences`` share one."""

    act: Callable[[], object]
    future: "Future[object]"
    runs: frozenset[ids.RunId]
    sequences: int | None = None


class Writer:
    """The writing end of one project. Its methods may be called from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        target: Target,
        recounted: recount.Recount,
        noted: changes.Changes,
        on_full: Callable[[ids.RunId, int], None],
    ) -> None:
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._target = target
        self._noted = noted
        self._on_full = on_full
        self._connection = ledger.open_for_writing(path, project=target.project)
        self._times = ledger.Times(self._connection)
        self._book = book.Book(self._connection, on_rows=self._take_lines, recounted=recounted)
        self._term: int | None = None  # a new one is due: the last write may have been cut off
        self._used: int | None = None  # the newest term that InfluxDB knew before this writer; not asked yet
        self._doubtful_until_s = -math.inf if ledger.is_new(self._connection) else time.monotonic() + _DOUBT_S
        self._leftovers = set(ledger.leftovers(self._connection))
        self._lines: list[str] = []
        self._jobs: intake.Intake[_Job] = intake.Intake()
        self._thread = threading.Thread(target=self._work, name=f"write {path.name}", daemon=True)
        self._thread.start()

    @property
    def unsealed(self) -> dict[ids.RunId, book.Unsealed]:
        """What each run has in the log; a snapshot that may be a commit old."""
        return dict(self._book.unsealed)

    def append(self, lanes: Sequence[ports.LaneRows]) -> "Future[ports.Appended]":
        """Return the future of an append (see `ports.SeriesStore.append`)."""
        sequences = sum(row.sequences_of(entry) for lane in lanes for entry in lane.entries)
        runs = frozenset(lane.run for lane in lanes)
        return self._put(lambda: self._book.append(lanes), runs=runs, sequences=sequences)

    def tell_attempts(self, run: ids.RunId, starts: Sequence[supersede.Start]) -> "Future[None]":
        """Return the future of a run's attempts being known (see `ports.SeriesStore.tell_attempts`)."""
        return self._put(lambda: self._book.learn_attempts(run, starts), runs=frozenset((run,)))

    def exchange(self, sealed: ledger.Sealed) -> "Future[int]":
        """Return the future of exchanging log rows for parts: the rows exchanged, 0 if others did it before."""
        return self._put(lambda: self._exchange(sealed), runs=frozenset())

    def remove(self, run: ids.RunId) -> "Future[int]":
        """Return the future of forgetting a run: how many rows it had. Its points go behind it."""
        return self._put(lambda: self._remove(run), runs=frozenset((run,)))

    def close(self) -> None:
        """Finish what was accepted, then release thread and file; calling it twice is harmless."""
        self._jobs.end()
        self._thread.join()

    def _put(self, act: Callable[[], _T], *, runs: frozenset[ids.RunId], sequences: int | None = None) -> "Future[_T]":
        future: Future[_T] = Future()
        self._jobs.put(_Job(act, future, runs, sequences))  # pyright: ignore[reportArgumentType] - a future of what the act returns
        return future

    def _work(self) -> None:
        try:
            while (job := self._next()) is not None:
                self._do(self._group(job))
                self._checkpoint()
        finally:
            self._jobs.refuse_rest()
            self._connection.close()

    def _next(self) -> _Job | None:
        """Return the next job; while there is none, points of removed runs are removed."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self._jobs.next(timeout_s=None if not self._leftovers else _IDLE_S)
            self._drop(self._leftovers)

    def _group(self, first: _Job) -> list[_Job]:
        """Return the jobs to commit at once: the first and, of appends, those that wait behind it."""
        group = [first]
        size = first.sequences
        while size is not None and size < GROUP_SEQUENCES:
            try:
                job = self._jobs.next_waiting()
            except queue.Empty:
                break
            if job is None or job.sequences is None:
                self._jobs.put_back(job)
                break
            group.append(job)
            size += job.sequences
        return group

    def _do(self, group: list[_Job]) -> None:
        self._settle([job for job in group if job.future.set_running_or_notify_cancel()])

    def _settle(self, wanted: list[_Job]) -> None:
        """Commit jobs and tell those who wait; where InfluxDB refuses several, one by one, so that none fails for another."""
        try:
            outcomes = self._committed(wanted)
        except (sqlite3.Error, errors.StoreError) as error:
            self._roll_back()
            if isinstance(error, client.Refused) and error.status not in client.BUSY and len(wanted) > 1:
                for job in wanted:
                    self._settle([job])
                return
            told = faults.store_error(error, path=self._path) if isinstance(error, sqlite3.Error) else error
            _fail(wanted, told)
            return
        except BaseException:
            _fail(wanted, errors.StoreError("the series store broke off; nothing of this batch was stored"))
            raise
        changed = frozenset(run for job in wanted for run in job.runs)
        self._noted.note(changed)
        self._tell_full(changed)
        for job, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, errors.SequenceGap):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)
        self._drop(self._leftovers & changed)

    def _committed(self, group: list[_Job]) -> list[object]:
        """Return what became of each job, InfluxDB having taken the points and the ledger being on disk."""
        self._refuse_half_removed(group)
        self._lines.clear()
        if self._term is None and any(job.sequences is not None for job in group):
            self._begin_term()
        outcomes: list[object] = []
        self._connection.execute("BEGIN IMMEDIATE")
        for job in group:
            try:
                outcomes.append(job.act())
            except errors.SequenceGap as gap:
                outcomes.append(gap)
        self._book.flush()
        for body in bodies(self._lines):
            self._target.client.write(body)
        self._connection.execute("COMMIT")
        return outcomes

    def _begin_term(self) -> None:
        """Have a term that was never used, also not by a ledger of which this one is an older copy."""
        if self._used is None:
            self._used = database.highest_term(self._target.client, store=self._target.store)
        self._term = ledger.next_term(self._connection, above=self._used)
        self._lines.append(database.term_line(self._target.project, store=self._target.store, term=self._term))

    def _refuse_half_removed(self, group: list[_Job]) -> None:
        """Remove the points of runs that come back after their removal first: what is removed later would take the new ones along."""
        back = {run for job in group if job.sequences is not None for run in job.runs} & self._leftovers
        self._drop(back)
        if back & self._leftovers:
            raise errors.StoreError(
                "InfluxDB still holds points of this run from before it was removed; send again later"
            )

    def _take_lines(self, logged: book.Logged) -> None:
        """Note the lines of rows that the book has put into the log."""
        lane, matrix = logged.lane, logged.matrix
        assert self._term is not None
        if logged.place + matrix.rows > 1 << lines.PLACE_BITS:
            raise errors.StoreError(
                f"run {lane.run!r} has 2**{lines.PLACE_BITS} rows, more than this store can hold of one"
            )
        head = lines.Head(
            *(self._target.project, self._target.store, lane.run, lines.lane_of(lane.writer, lane.lane)),
            *(lane.attempt, logged.shape),
        )
        self._times.note_term(logged.run, place=logged.place, term=self._term)
        at = self._times.next_times(
            (lane.writer, lane.lane), run=logged.run, place=logged.place, wall_ns=lines.wall_ns(matrix)
        )
        place = logged.place | (self._term << lines.PLACE_BITS)
        self._lines += lines.of_matrix(matrix, head=head.text(), place=place, at=at)

    def _exchange(self, sealed: ledger.Sealed) -> int:
        rows = ledger.exchange(self._connection, sealed)
        if rows:
            points = ledger.points_of(sealed, rows=rows)
            self._book.sealed(sealed.run, shape=sealed.shape, rows=rows, points=points)
        return rows

    def _remove(self, run: ids.RunId) -> int:
        rows = ledger.remove(self._connection, run)
        self._book.removed(run)
        self._times.forget()
        if rows:
            self._leftovers.add(run)
        return rows

    def _drop(self, runs: set[ids.RunId]) -> None:
        """Remove the points of removed runs from InfluxDB; those that cannot be are tried again."""
        for run in sorted(runs):
            try:
                for suffix in ("", lines.GROUPS_SUFFIX, lines.BLOCKS_SUFFIX):
                    self._target.client.execute(
                        f'DROP SERIES FROM "{self._target.project}{suffix}" WHERE "store" = \'{self._target.store}\' AND "run" = \'{run}\''
                    )
                ledger.gone(self._connection, run)
            except client.Refused as refused:
                if refused.status == _WHO_IS_IT:
                    _log.warning("the points of run %r, which was removed, are still in InfluxDB: %s", run, refused)
                    return
                _log.warning("the points of run %r, which was removed, stay hidden in InfluxDB: %s", run, refused)
                self._term = None  # if the run comes back its rows must not be of a term of those
                ledger.gone(self._connection, run)
            except (errors.StoreError, sqlite3.Error) as error:
                _log.warning("the points of run %r, which was removed, are still in InfluxDB: %s", run, error)
                return
            self._leftovers.discard(run)

    def _tell_full(self, runs: frozenset[ids.RunId]) -> None:
        """Have full runs sealed; for a while after a failure only those that are very full, so that InfluxDB has settled by then."""
        is_doubtful = time.monotonic() < self._doubtful_until_s
        for run in runs:
            left = self._book.unsealed.get(run)
            rows = None if left is None else left.sealable_rows
            if rows is not None and not (is_doubtful and rows > 1):
                self._on_full(run, rows)

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back by itself after some errors
            self._connection.execute("ROLLBACK")
        self._term = None
        self._doubtful_until_s = time.monotonic() + _DOUBT_S
        self._times.forget()
        with contextlib.suppress(sqlite3.Error):
            self._leftovers = set(ledger.leftovers(self._connection))
        self._book.forget()

    def _checkpoint(self) -> None:
        """Move the write-ahead log into the file once it is long; readers are never waited for."""
        try:
            if self._wal.stat().st_size > CHECKPOINT_BYTES:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except (OSError, sqlite3.Error):
            return  # the log keeps every commit; the next round tries again


def bodies(found: Sequence[str]) -> list[bytes]:
    """Return lines as bodies of requests, none much larger than InfluxDB likes."""
    bodies: list[bytes] = []
    some: list[str] = []
    size = 0
    for line in found:
        some.append(line)
        size += len(line)
        if size >= client.WRITE_MAX_BYTES:
            bodies.append("\n".join(some).encode())
            some, size = [], 0
    if some:
        bodies.append("\n".join(some).encode())
    return bodies


def _fail(group: list[_Job], error: errors.StoreError) -> None:
    for job in group:
        job.future.set_exception(error)
