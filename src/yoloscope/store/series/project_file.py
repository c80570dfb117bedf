"""One project's series file while the store is open: its readers, its writer once something is to be written, and work on its blocks.

Owned by `blocks`, which has one for each project it was asked about. What a file holds open it lets go when it rests, and opens
again when it is needed; never has it two writers.
"""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
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
OnFull = Callable[["ProjectFile", ids.RunId, int], None]
"""Told, from the writer's thread, which run is worth sealing, and how many rows a shape of it must have."""


class ProjectFile:
    """One series file. Its methods may be called from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        project: ids.ProjectName,
        claim: place.Claim,
        changed: changes.Changes,
        memories: reader.Memories,
        on_full: OnFull,
    ) -> None:
        self.path = path
        self.readers = reader.Readers(path, memories=memories)
        self._project = project
        self._claim = claim
        self._changed = changed
        self._on_full = on_full
        self._lock = threading.Lock()
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
        """Return the future of an append (see `ports.SeriesStore.append`)."""
        with self._writing() as writing:
            return writing.append(lanes)

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
        """Return, once after each time that writing began, the runs with blocks that an older release made."""
        with self._lock:
            if self._writer is None or self._is_looked_over:
                return []
            self._is_looked_over = True
        with self.readers.transaction() as connection:
            return [ids.RunId(name) for (name,) in connection.execute(_BARE).fetchall()]

    def unsealed_since(self, since_s: float) -> list[ids.RunId]:
        """Return the runs with rows in the log, none newer than that; none before this process wrote the file."""
        with self._lock:
            unsealed = self._left if self._writer is None else self._writer.unsealed
        return [run for run, left in unsealed.items() if left.last_s <= since_s]

    def rest(self) -> None:
        """Let go of threads, memory and descriptors until the file is asked for again; what was accepted is finished first."""
        self.readers.rest()
        with self._lock:
            if self._writer is not None:
                self._left = self._writer.unsealed
                self._writer.close()
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
            yield self._writer

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
