"""The one thread that writes a series file: appends, sealed blocks and checkpoints.

Owned by `blocks`. Appends that arrive while a commit is under way share the next one: under load many become one
transaction, alone each is written at once. A future is done when its rows are on disk. No other thread or process writes.
"""

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import intake, ports
from yoloscope.store.series import book, checkpoints, exchange, faults, jobs, payload, removal, schema

GROUP_SEQUENCES = 50_000  # bounds how long the first append of a group waits for the last: about 100 ms


class _Append(msgspec.Struct, frozen=True):
    lanes: Sequence[ports.LaneRows]
    future: Future[ports.Appended]


class _Exchange(msgspec.Struct, frozen=True):
    exchange: jobs.Exchange
    future: Future[int]


class _Remove(msgspec.Struct, frozen=True):
    run: ids.RunId
    future: Future[int]


class _Tell(msgspec.Struct, frozen=True):
    run: ids.RunId
    starts: Sequence[supersede.Start]
    future: Future[None]


_PAUSES = 4  # of the writer's time, giving back space takes at most a fifth
AGAIN_S = 60.0  # after it failed, as on a disk that is full, on which it is wanted most
_log = logging.getLogger(__name__)
_Job = _Append | _Exchange | _Tell | _Remove
OnFull = Callable[[ids.RunId, int], None]
"""Told, from the writer's thread, which run is worth sealing, and how many rows a shape of it must have."""
OnChanged = Callable[[Iterable[ids.RunId]], None]
"""Told, from the writer's thread, which runs have other totals; before the future of what changed them is done."""


class Writer:
    """The writing end of one series file. Its methods may be called from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        project: ids.ProjectName,
        on_full: OnFull,
        on_changed: OnChanged = lambda _: None,
    ) -> None:
        self._path = path
        self._on_full = on_full
        self._on_changed = on_changed
        self._connection = schema.open_for_writing(path, project=project)
        self._checkpoints = checkpoints.Checkpoints(self._connection)
        self._book = book.Book(self._connection)
        self._remembers = True
        self._jobs: intake.Intake[_Job] = intake.Intake()
        self._gives_back = True  # an earlier process may have been killed before it was through
        self._gives_back_s = time.monotonic()
        self._gave_up = False
        self._thread = threading.Thread(target=self._work, name=f"write {path.name}", daemon=True)
        self._thread.start()

    @property
    def unsealed(self) -> dict[ids.RunId, book.Unsealed]:
        """What each run has in the log; a snapshot that may be a commit old."""
        return dict(self._book.unsealed)

    def append(self, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
        """Return the future of an append (see `ports.SeriesStore.append`)."""
        future: Future[ports.Appended] = Future()
        self._jobs.put(_Append(lanes, future))
        return future

    def exchange(self, wanted: jobs.Exchange) -> Future[int]:
        """Return the future of an exchange: its count, 0 if something of what goes was gone already and nothing was changed."""
        future: Future[int] = Future()
        self._jobs.put(_Exchange(wanted, future))
        return future

    def remove(self, run: ids.RunId) -> Future[int]:
        """Return the future of a run being gone: the rows it had. Its space is given back behind that."""
        future: Future[int] = Future()
        self._jobs.put(_Remove(run, future))
        return future

    def tell_attempts(self, run: ids.RunId, starts: Sequence[supersede.Start]) -> Future[None]:
        """Return the future of a run's attempts being known (see `ports.SeriesStore.tell_attempts`)."""
        future: Future[None] = Future()
        self._jobs.put(_Tell(run, starts, future))
        return future

    def close(self) -> None:
        """Finish what was accepted, then release thread and file; calling it twice is harmless."""
        self._jobs.end()
        self._thread.join()

    def _work(self) -> None:
        try:
            while (job := self._next()) is not None:
                self._checkpoints.committed(payload_bytes=self._done(job))
                if self._gives_back and time.monotonic() >= self._gives_back_s:
                    self._give_back()
        finally:
            self._jobs.refuse_rest()
            self._connection.close()

    def _done(self, job: _Job) -> int:
        """Do a job, with it what waits behind it and can share its commit, and return about how many bytes were to be written."""
        if isinstance(job, _Append):
            group = self._group(job)
            self._commit(group)
            return sum(_payload_bytes(append) for append in group)
        if isinstance(job, _Exchange):
            self._exchange(job)
            return job.exchange.payload_bytes
        if isinstance(job, _Tell):
            self._tell(job)
        else:
            self._remove(job)
        return 0

    def _next(self) -> _Job | None:
        """Return the next job; space is given back while there is none."""
        while self._gives_back:
            try:
                return self._jobs.next(timeout_s=max(0.0, self._gives_back_s - time.monotonic()))
            except queue.Empty:
                self._give_back()
        return self._jobs.next()

    def _group(self, first: _Append) -> list[_Append]:
        """Return the appends to commit at once: the first and what waits behind it."""
        group = [first]
        size = _sequences(first)
        while size < GROUP_SEQUENCES:
            try:
                job = self._jobs.next_waiting()
            except queue.Empty:
                break
            if not isinstance(job, _Append):
                self._jobs.put_back(job)
                break
            group.append(job)
            size += _sequences(job)
        return group

    def _commit(self, group: list[_Append]) -> None:
        wanted = [append for append in group if append.future.set_running_or_notify_cancel()]
        try:
            outcomes = self._stored(wanted)
        except sqlite3.Error as error:
            self._roll_back()
            _fail_all(wanted, faults.store_error(error, path=self._path))
            return
        except BaseException:
            _fail_all(wanted, errors.StoreError("the series store broke off; nothing of this batch was stored"))
            raise
        self._on_changed({run for outcome in outcomes for run in _grown(outcome)})
        self._tell_full(wanted)
        for append, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, errors.SequenceGap):
                append.future.set_exception(outcome)
            else:
                append.future.set_result(outcome)

    def _stored(self, group: list[_Append]) -> list[ports.Appended | errors.SequenceGap]:
        """Return what became of each append, all that could be stored being on disk."""
        outcomes: list[ports.Appended | errors.SequenceGap] = []
        self._begin()
        for append in group:
            try:
                outcomes.append(self._book.append(append.lanes))
            except errors.SequenceGap as gap:
                outcomes.append(gap)
        self._book.flush()
        self._connection.execute("COMMIT")
        return outcomes

    def _tell_full(self, group: list[_Append]) -> None:
        for run in {lane.run for append in group for lane in append.lanes}:
            left = self._book.unsealed.get(run)
            if left is not None and left.sealable_rows is not None:
                self._on_full(run, left.sealable_rows)

    def _tell(self, job: _Tell) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            self._begin()
            self._book.learn_attempts(job.run, job.starts)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            job.future.set_exception(faults.store_error(error, path=self._path))
            return
        except BaseException:
            job.future.set_exception(errors.StoreError("the series store broke off; send this batch again"))
            raise
        self._on_changed([job.run])
        job.future.set_result(None)

    def _exchange(self, job: _Exchange) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        wanted = job.exchange
        try:
            self._begin()
            is_exchanged = exchange.exchanged(self._connection, wanted)
            self._connection.execute("COMMIT" if is_exchanged else "ROLLBACK")
        except sqlite3.Error as error:
            self._roll_back()
            job.future.set_exception(faults.store_error(error, path=self._path))
            return
        except BaseException:
            job.future.set_exception(errors.StoreError("the series store broke off; nothing of this work was stored"))
            raise
        if is_exchanged:
            for shape, rows in wanted.log_rows.items():
                points = rows * (len(wanted.axes[0].series) + payload.AXIS_COLUMNS)
                self._book.sealed(wanted.run, shape=shape, rows=rows, points=points)
            self._gives_back = self._gives_back or removal.is_wasteful(self._connection)
        job.future.set_result(wanted.count if is_exchanged else 0)

    def _remove(self, job: _Remove) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            self._begin()
            rows = removal.begin(self._connection, job.run)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            job.future.set_exception(faults.store_error(error, path=self._path))
            return
        except BaseException:
            job.future.set_exception(errors.StoreError("the series store broke off; the run was not removed"))
            raise
        self._book.removed(job.run)
        self._on_changed([job.run])
        self._gives_back = True
        job.future.set_result(rows)

    def _give_back(self) -> None:
        """Remove a little of what is to be removed, and leave the file to others for several times as long."""
        begun_s = time.monotonic()
        try:
            self._gives_back = removal.step(self._connection)
            self._checkpoints.committed()
        except sqlite3.Error as error:
            self._roll_back()
            if not self._gave_up:
                _log.warning("space of removed runs cannot be given back for now; it is tried each minute: %s", error)
            self._gave_up = True
            self._gives_back_s = time.monotonic() + AGAIN_S
            return
        self._gave_up = False
        ended_s = time.monotonic()
        self._gives_back_s = ended_s + _PAUSES * (ended_s - begun_s)

    def _begin(self) -> None:
        if not self._remembers:
            self._remember()
        self._connection.execute("BEGIN IMMEDIATE")

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # SQLite rolls back by itself after some errors
            self._connection.execute("ROLLBACK")
        self._remembers = False
        with contextlib.suppress(sqlite3.Error):  # a disk that cannot be read either; then before the next job
            self._remember()

    def _remember(self) -> None:
        self._book.forget()
        self._remembers = True


def _fail_all(group: list[_Append], error: errors.StoreError) -> None:
    for append in group:
        append.future.set_exception(type(error)(*error.args))


def _grown(outcome: ports.Appended | errors.SequenceGap) -> list[ids.RunId]:
    return [] if isinstance(outcome, errors.SequenceGap) else [run for run, rows in outcome.new_rows.items() if rows]


def _sequences(append: _Append) -> int:
    return sum(row.sequences_of(entry) for lane in append.lanes for entry in lane.entries)


def _payload_bytes(append: _Append) -> int:
    entries = [entry for lane in append.lanes for entry in lane.entries]
    return sum(len(entry.values) for entry in entries if isinstance(entry, row.Matrix))
