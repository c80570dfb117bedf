"""One project's series file while the store is open: its readers, its writer once something is to be written, and work on its blocks.

Owned by `blocks`, which has one for each project it was asked about. What a file holds open it lets go when it rests, and opens
again when it is needed; never has it two writers. An append never waits for that, nor for one that is being closed: it may come from an event
loop. So it goes to the writer that is open, or into a line which a thread of `blocks` brings to the next one.
"""

import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids
from yoloscope.store import changes, ports
from yoloscope.store.series import book, jobs, place, reader, worker, writer

_SEALABLE = """
SELECT shape, max(log.id) FROM log JOIN run ON run.id = log.run WHERE run.name = ? GROUP BY shape HAVING sum(log.rows) >= ?
"""
_BARE = """
SELECT name FROM run WHERE EXISTS (
    SELECT 1 FROM axis WHERE axis.run = run.id
    AND NOT EXISTS (SELECT 1 FROM span WHERE span.run = axis.run AND span.axis = axis.id)
)
"""
_FULL = """
SELECT DISTINCT name FROM (
    SELECT run.name AS name, sum(log.rows) AS rows FROM log JOIN run ON run.id = log.run GROUP BY log.run, log.shape
) WHERE rows >= ?
"""
OnFull = Callable[["ProjectFile", ids.RunId, int], None]
"""Told, from the writer's thread, which run is worth sealing, and how many rows a shape of it must have."""


class ProjectFile:
    """One series file. Its methods may be called from any thread."""

    def __init__(  # noqa: PLR0913 - what all files of a store share
        self,
        path: Path,
        *,
        project: ids.ProjectName,
        claim: place.Claim,
        changed: changes.Changes,
        memories: reader.Memories,
        on_full: OnFull,
        behind: Executor,
    ) -> None:
        self.path = path
        self.readers = reader.Readers(path, memories=memories)
        self._project = project
        self._claim = claim
        self._changed = changed
        self._on_full = on_full
        self._behind = behind
        self._lock = threading.Lock()  # held while a writer is made or closed, which can take long
        self._lining = threading.Lock()  # never held for long
        self._open: writer.Writer | None = None
        self._line: deque[tuple[Sequence[ports.LaneRows], Future[ports.Appended]]] = deque()
        self._working = threading.Lock()
        self._writer: writer.Writer | None = None
        self._left: dict[ids.RunId, book.Unsealed] = {}
        self._is_looked_over = False
        self._closed = False
        self._used_s = time.monotonic()

    @property
    def used_s(self) -> float:
        """When the file was last asked for anything, in monotonic seconds."""
        return self._used_s

    def use(self) -> None:
        """Note that the file is asked for something now."""
        self._used_s = time.monotonic()

    def append(self, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
        """Return the future of an append (see `ports.SeriesStore.append`); it does not block."""
        with self._lining:
            if self._open is not None and not self._line:
                return self._open.append(lanes)
            future: Future[ports.Appended] = Future()
            self._line.append((lanes, future))
        try:
            self._behind.submit(self._move_up)
        except RuntimeError:  # it was shut down
            self._refuse_line(errors.StoreError("the series store is closed; nothing was stored"))
        return future

    def tell_attempts(self, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Return when the run's attempts are on disk (see `ports.SeriesStore.tell_attempts`)."""
        if self.path.exists() and not set(starts) - set(reader.told(self.readers, run=run)):
            return
        with self._writing() as writing:
            told = writing.tell_attempts(run, starts)
        told.result()

    def remove(self, run: ids.RunId) -> int:
        """Remove all points of a run and return how many rows it had."""
        with self._writing() as writing:
            removed = writing.remove(run)
        return removed.result()

    def seal(self, run: ids.RunId, *, least_rows: int, by: worker.Worker) -> Iterator[int]:
        """Seal the shapes of a run that have at least `least_rows` in the log, a step at a time; yield the rows each step sealed.

        What comes into the log meanwhile is left for the next time. Two calls for the same run at once are safe.
        """
        with self.readers.transaction() as connection:
            found: list[tuple[int, int]] = connection.execute(_SEALABLE, (run, least_rows)).fetchall()
        for shape, up_to in found:
            yield from self._steps(jobs.SealJob(str(self.path), run, shape, up_to, least_rows), by=by)

    def compact(self, run: ids.RunId, *, by: worker.Worker) -> Iterator[int]:
        """Merge the blocks of a run where it is worth it, a step at a time; yield the rows each step wrote anew."""
        return self._steps(jobs.CompactJob(str(self.path), run), by=by)

    def thin(self, run: ids.RunId, *, by: worker.Worker) -> Iterator[int]:
        """Seal and merge what a run has, then reduce its blocks to their groups, a step at a time; yield the values each step removed."""
        for _ in itertools.chain(self.seal(run, least_rows=1, by=by), self.compact(run, by=by)):
            pass
        yield from self._steps(jobs.ThinJob(str(self.path), run), by=by)

    def take_bare_runs(self) -> list[ids.RunId]:
        """Return, once, after writing began, the runs with blocks that an older release made."""
        with self._lock:
            if self._writer is None or self._is_looked_over:
                return []
            self._is_looked_over = True
        with self.readers.transaction() as connection:
            return [ids.RunId(name) for (name,) in connection.execute(_BARE).fetchall()]

    def full_runs(self, least_rows: int) -> list[ids.RunId]:
        """Return the runs of which a shape has so many rows in the log: a process that ended early left them."""
        if not self.path.exists():
            return []
        with self.readers.transaction() as connection:
            return [ids.RunId(name) for (name,) in connection.execute(_FULL, (least_rows,)).fetchall()]

    def unsealed_since(self, since_s: float) -> list[ids.RunId]:
        """Return the runs with rows in the log, none newer than that; none before this process wrote the file."""
        with self._lock:
            unsealed = self._left if self._writer is None else self._writer.unsealed
        return [run for run, left in unsealed.items() if left.last_s <= since_s]

    def rest(self) -> None:
        """Let go of threads, memory and descriptors until the file is asked for again; what was accepted is finished first."""
        self.readers.rest()
        with self._lock:
            with self._lining:
                self._open = None
            if self._writer is not None:
                self._writer.close()
                self._left = self._writer.unsealed
                self._writer = None

    def close(self) -> None:
        """Finish what was accepted and let go for good."""
        with self._lock:
            self._closed = True
        self.rest()
        self.readers.close()

    @contextlib.contextmanager
    def _writing(self) -> Generator[writer.Writer]:
        """Lend the writer, which does not come to rest meanwhile."""
        with self._lock:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing was stored")
            if self._writer is None:
                self._writer = self._made()
            with self._lining:
                self._open = self._writer
            yield self._writer

    def _move_up(self) -> None:
        """Bring all that is in line to the writer, in order, and let what comes from now on go there by itself."""
        try:
            with self._writing() as writing, self._lining:
                while self._line:
                    lanes, future = self._line.popleft()
                    if future.set_running_or_notify_cancel():
                        _pass_on(_appended(writing, lanes), future)
        except errors.StoreError as error:
            self._refuse_line(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody must wait for ever
            self._refuse_line(errors.StoreError(f"the series file cannot be opened ({error}); nothing was stored"))

    def _refuse_line(self, error: errors.StoreError) -> None:
        with self._lining:
            refused = [future for _, future in self._line]
            self._line.clear()
        for future in refused:
            if future.set_running_or_notify_cancel():
                future.set_exception(type(error)(*error.args))

    def _made(self) -> writer.Writer:
        """Return a writer that knows how long runs with rows in the log are idle, as far as the one before it did."""
        self._claim.take()
        made = writer.Writer(
            self.path,
            project=self._project,
            on_full=lambda run, rows: self._on_full(self, run, rows),
            on_changed=self._changed.note,
        )
        for run, unsealed in made.unsealed.items():
            if run in self._left:
                unsealed.last_s = self._left[run].last_s
        return made

    def _steps(self, job: jobs.Job, *, by: worker.Worker) -> Iterator[int]:
        while True:
            with self._working:
                exchange = by.done(job)
                if exchange is None:
                    return
                with self._writing() as writing:
                    exchanging = writing.exchange(exchange)
                exchanged = exchanging.result()
            if not exchanged:  # the run was removed meanwhile
                return
            yield exchanged


def _appended(writing: writer.Writer, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
    try:
        return writing.append(lanes)
    except errors.StoreError as error:
        refused: Future[ports.Appended] = Future()
        refused.set_exception(error)
        return refused


def _pass_on(source: Future[ports.Appended], target: Future[ports.Appended]) -> None:
    """Have a future that is waited for end as another does."""

    def ended(source: Future[ports.Appended]) -> None:
        error = source.exception()
        if error is None:
            target.set_result(source.result())
        else:
            target.set_exception(error)

    source.add_done_callback(ended)
