"""The embedded series store: one SQLite file a project that holds compressed column blocks.

Made by `store.open` for ``blocks:///DIR``; implements `ports.SeriesStore`. A batch goes into a log table in one transaction;
a sealer turns a run's log into blocks behind it, and appending never waits for that. Other processes may read the files.
"""

import functools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import ports
from yoloscope.store.series import place, points, reader, rows, sealer, writer

IDLE_S = 600.0  # longer than most epochs, so that a slow training is not cut into tiny blocks
_IDLE_CHECK_S = 60.0

_log = logging.getLogger(__name__)


class BlockStore:
    """The series of all projects below one data directory. Its methods may be called from any thread."""

    def __init__(self, data_dir: Path, *, mounts: str | None = None) -> None:
        self._directory = data_dir / "series"
        place.refuse_network(data_dir, mounts=mounts)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._files: dict[ids.ProjectName, _ProjectFile] = {}
        self._sealing = _Sealing(when_idle=self._ask_for_idle)
        self._closed = False

    def append(self, project: ids.ProjectName, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
        """Store all lanes or none; the future is done when they are on disk (see `ports.SeriesStore`)."""
        try:
            return self._file(project).writer().append(lanes)
        except errors.StoreError as error:
            refused: Future[ports.Appended] = Future()
            refused.set_exception(error)
            return refused

    def tell_attempts(self, project: ids.ProjectName, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Return when it is on disk that the run has these attempts (see `ports.SeriesStore`)."""
        file = self._file(project)
        if file.path.exists() and not set(starts) - set(reader.told(file.readers, run=run)):
            return
        file.writer().tell_attempts(run, starts).result()

    def positions(self, project: ids.ProjectName, writer: ids.WriterId) -> dict[int, int]:
        """Return the next sequence number wanted of each lane that the writer ever used."""
        file = self._known(project)
        return {} if file is None else reader.positions(file.readers, writer=writer)

    def points(self, project: ids.ProjectName, run: ids.RunId, name: str) -> ports.Points:
        """Return all points of a series in arrival order; empty columns if there is none."""
        file = self._known(project)
        return points.none() if file is None else points.of_series(file.readers, run=run, name=name)

    def rows(self, project: ids.ProjectName, run: ids.RunId) -> Iterator[tuple[int, row.Matrix]]:
        """Return attempt number and rows of a run in order of arrival (see `ports.SeriesStore`)."""
        file = self._known(project)
        return iter(()) if file is None else rows.of_run(file.readers, run=run)

    def series(self, project: ids.ProjectName, run: ids.RunId) -> list[ports.SeriesStat]:
        """Return what is kept of each series of a run, in order of first arrival."""
        file = self._known(project)
        return [] if file is None else reader.series(file.readers, run=run)

    def run_stats(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, ports.RunStat]:
        """Return the totals of some runs; a run without rows is left out."""
        file = self._known(project)
        return {} if file is None else reader.run_stats(file.readers, runs=runs)

    def last_values(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, dict[str, float]]:
        """Return the last value of every series of some runs."""
        file = self._known(project)
        return {} if file is None else reader.last_values(file.readers, runs=runs)

    def seal(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Turn a run's log into blocks and return how many rows were sealed."""
        file = self._known(project)
        return 0 if file is None else file.seal(run, least_rows=1)

    def seal_idle(self, *, idle_s: float = IDLE_S) -> int:
        """Seal the runs that got no row for `idle_s` seconds, in every project written to so far; return the rows sealed.

        The store does so by itself once a minute; this is for those who cannot wait.
        """
        return sum(file.seal(run, least_rows=1) for file, run in self._idle(idle_s=idle_s))

    def settle(self) -> None:
        """Return once the sealing that appends have set off is done."""
        self._sealing.settle()

    def close(self) -> None:
        """Finish what was accepted, then release files and threads; calling it twice is harmless."""
        with self._lock:
            self._closed = True
            files = list(self._files.values())
        self._sealing.close()
        for file in files:
            file.close()

    def _ask_for_idle(self) -> None:
        for file, run in self._idle(idle_s=IDLE_S):
            self._sealing.ask(file, run=run, least_rows=1)

    def _idle(self, *, idle_s: float) -> "list[tuple[_ProjectFile, ids.RunId]]":
        with self._lock:
            files = list(self._files.values())
        since_s = time.monotonic() - idle_s
        idle: list[tuple[_ProjectFile, ids.RunId]] = []
        for file in files:
            idle += [(file, run) for run in file.unsealed_since(since_s)]
        return idle

    def _known(self, project: ids.ProjectName) -> "_ProjectFile | None":
        """Return the project's file if anything was ever stored; asking must not make files."""
        file = self._file(project)
        return file if file.path.exists() else None

    def _file(self, project: ids.ProjectName) -> "_ProjectFile":
        with self._lock:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing was stored or read")
            if project not in self._files:
                path = self._directory / place.file_name(project)
                self._files[project] = _ProjectFile(path, project=project, sealing=self._sealing)
            return self._files[project]


class _ProjectFile:
    """One series file: its readers, and its writer once something is to be written."""

    def __init__(self, path: Path, *, project: ids.ProjectName, sealing: "_Sealing") -> None:
        self.path = path
        self.readers = reader.Readers(path)
        self._project = project
        self._sealing = sealing
        self._lock = threading.Lock()
        self._seal_lock = threading.Lock()
        self._writer: writer.Writer | None = None

    def writer(self) -> writer.Writer:
        with self._lock:
            if self._writer is None:
                self._writer = writer.Writer(self.path, project=self._project, on_full=self._on_full)
            return self._writer

    def seal(self, run: ids.RunId, *, least_rows: int) -> int:
        with self._seal_lock:
            return sealer.seal(self.readers, into=self.writer(), run=run, least_rows=least_rows)

    def unsealed_since(self, since_s: float) -> list[ids.RunId]:
        """Return the runs with rows in the log, none newer than that; none before this process wrote the file."""
        with self._lock:
            unsealed = {} if self._writer is None else self._writer.unsealed
        return [run for run, left in unsealed.items() if left.last_s <= since_s]

    def close(self) -> None:
        self.readers.close()
        with self._lock:
            if self._writer is not None:
                self._writer.close()

    def _on_full(self, run: ids.RunId, least_rows: int) -> None:
        self._sealing.ask(self, run=run, least_rows=least_rows)


class _Sealing:
    """The thread that seals full runs, one after the other, whatever project they are of."""

    def __init__(self, *, when_idle: Callable[[], None]) -> None:
        self._when_idle = when_idle
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._asked: set[tuple[_ProjectFile, ids.RunId]] = set()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="seal series", daemon=True)
        self._thread.start()

    def ask(self, file: _ProjectFile, *, run: ids.RunId, least_rows: int) -> None:
        if (file, run) not in self._asked:
            self._asked.add((file, run))
            self._jobs.put(functools.partial(self._seal, file, run=run, least_rows=least_rows))

    def settle(self) -> None:
        settled = threading.Event()
        self._jobs.put(settled.set)
        while self._thread.is_alive() and not settled.wait(timeout=1.0):
            continue

    def close(self) -> None:
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while not self._closed:
            try:
                job = self._jobs.get(timeout=_IDLE_CHECK_S)
            except queue.Empty:
                job = self._when_idle
            if job is not None and not self._closed:
                job()

    def _seal(self, file: _ProjectFile, *, run: ids.RunId, least_rows: int) -> None:
        try:
            file.seal(run, least_rows=least_rows)
        except errors.StoreFull:
            _log.warning("no space to seal run %r; its rows are safe and readable as they are", run)
        except errors.StoreError as error:
            # It stays among those asked and is not tried again: a damaged row is damaged the next time too.
            _log.error("run %r cannot be sealed: %s", run, error)
            return
        self._asked.discard((file, run))
