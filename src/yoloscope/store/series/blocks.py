"""The embedded series store: one SQLite file a project that holds compressed column blocks.

Made by `store.open` for ``blocks:///DIR``; implements `ports.SeriesStore`. A batch goes into a log table in one transaction;
`upkeep` turns a run's log into blocks behind it, and appending never waits for that. Other processes may read the files.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import changes, ports
from yoloscope.store.series import payload, place, points, project_file, reader, rows, upkeep, view, worker

REST_S = (
    300.0  # a project nobody looks at or writes to gives back its connections: a server may have thousands of projects
)
AWAKE_MAX = 64  # projects at once with connections open, which are up to eleven descriptors each: within 1,024 of them
_BEHIND_THREADS = 4  # files that are opened or closed at once, while appends go on

_log = logging.getLogger(__name__)
_CAPABILITIES = ports.Capabilities(kind="blocks", keeps_nan_payloads=True, thins=True, verifies=True)


class BlockStore:
    """The series of all projects below one data directory. Its methods may be called from any thread.

    With ``in_worker`` a process of its own does what takes long, otherwise threads of this one.
    """

    def __init__(self, data_dir: Path, *, mounts: str | None = None, in_worker: bool = False) -> None:
        self._directory = data_dir / "series"
        place.refuse_network(data_dir, mounts=mounts)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._claim = place.Claim(self._directory)
        self._lock = threading.Lock()
        self._files: dict[ids.ProjectName, project_file.ProjectFile] = {}
        self._awake: dict[ids.ProjectName, project_file.ProjectFile] = {}
        self._changes = changes.Changes()
        self._memories = reader.Memories()
        self._behind = ThreadPoolExecutor(_BEHIND_THREADS, thread_name_prefix="open series")
        self._worker: worker.Worker = worker.Process() if in_worker else worker.Inline()
        self._upkeep = upkeep.Upkeep(self._worker, look=self._look)
        self._closed = False

    @property
    def capabilities(self) -> ports.Capabilities:
        """What this kind of store can do."""
        return _CAPABILITIES

    @property
    def changes(self) -> changes.Changes:
        """Which runs got rows, or other totals, since when."""
        return self._changes

    def append(self, project: ids.ProjectName, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
        """Store all lanes or none; the future is done when they are on disk (see `ports.SeriesStore`). It does not block."""
        try:
            return self._file(project).append(lanes)
        except errors.StoreError as error:
            refused: Future[ports.Appended] = Future()
            refused.set_exception(error)
            return refused

    def tell_attempts(self, project: ids.ProjectName, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Return when it is on disk that the run has these attempts (see `ports.SeriesStore`)."""
        self._file(project).tell_attempts(run, starts)

    def positions(self, project: ids.ProjectName, writer: ids.WriterId) -> dict[int, int]:
        """Return the next sequence number wanted of each lane that the writer ever used."""
        file = self._known(project)
        return {} if file is None else reader.positions(file.readers, writer=writer)

    def points(self, project: ids.ProjectName, run: ids.RunId, name: str) -> ports.Points:
        """Return all points of a series in arrival order; empty columns if there is none."""
        file = self._known(project)
        return points.none() if file is None else points.of_series(file.readers, run=run, name=name)

    def rows(self, project: ids.ProjectName, run: ids.RunId, *, start: int = 0) -> Iterator[tuple[int, row.Matrix]]:
        """Return attempt number and rows of a run in order of arrival (see `ports.SeriesStore`)."""
        file = self._known(project)
        return iter(()) if file is None else rows.of_run(file.readers, run=run, start=start)

    def series(self, project: ids.ProjectName, run: ids.RunId) -> list[ports.SeriesStat]:
        """Return what is kept of each series of a run, in order of first arrival."""
        file = self._known(project)
        return [] if file is None else reader.series(file.readers, run=run)

    def totals(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, list[ports.SeriesStat]]:
        """Return what `series` does of some runs in one question; a run without series is left out."""
        file = self._known(project)
        return {} if file is None else reader.totals(file.readers, runs=runs)

    def run_stats(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, ports.RunStat]:
        """Return the totals of some runs; a run without rows is left out."""
        file = self._known(project)
        return {} if file is None else reader.run_stats(file.readers, runs=runs)

    def last_values(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, dict[str, float]]:
        """Return the last value of every series of some runs."""
        file = self._known(project)
        return {} if file is None else reader.last_values(file.readers, runs=runs)

    def view(self, project: ids.ProjectName, run: ids.RunId) -> AbstractContextManager[ports.View]:
        """Return a context for reading the run's points as they are at its beginning (see `ports.SeriesStore`)."""
        file = self._known(project)
        return contextlib.nullcontext(view.NoView()) if file is None else view.of_run(file.readers, run=run)

    def seal(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Turn a run's log into blocks and return how many rows were sealed."""
        file = self._known(project)
        return 0 if file is None else sum(file.seal(run, least_rows=1, by=self._worker))

    def compact(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Merge the blocks of a run where it is worth it, and return how many rows were written anew."""
        file = self._known(project)
        return 0 if file is None else sum(file.compact(run, by=self._worker))

    def thin(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Reduce a run to what its groups tell and return the values removed (see `ports.SeriesStore`)."""
        file = self._known(project)
        return 0 if file is None else sum(file.thin(run, by=self._worker))

    def remove(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Remove all points of a run and return how many rows it had (see `ports.SeriesStore`)."""
        file = self._known(project)
        return 0 if file is None else file.remove(run)

    def seal_idle(self, *, idle_s: float = upkeep.IDLE_S) -> int:
        """Seal the runs that got no row for `idle_s` seconds, in every project written to so far; return the rows sealed.

        The store does so by itself once a minute; this is for those who cannot wait.
        """
        return sum(sum(file.seal(run, least_rows=1, by=self._worker)) for file, run in self._idle(idle_s=idle_s))

    def rest(self, *, unused_s: float = REST_S) -> None:
        """Let go of what is open of the projects that were not used for so many seconds; the store does so once a minute."""
        since_s = time.monotonic() - unused_s
        for file in self._known_files():
            if file.used_s <= since_s:
                file.rest()

    def settle(self) -> None:
        """Return once the sealing and merging that appends have set off is done."""
        self._upkeep.settle()

    def close(self) -> None:
        """Finish what was accepted, then release files and threads; calling it twice is harmless."""
        with self._lock:
            self._closed = True
            files = list(self._files.values())
        self._behind.shutdown()
        self._upkeep.close()
        for file in files:
            file.close()
        self._claim.release()

    def _look(self) -> None:
        """Do what is due once a minute."""
        for file, run in self._idle(idle_s=upkeep.IDLE_S):
            self._upkeep.ask_seal(file, run, least_rows=1)
        for file in self._known_files():
            self._ask_for_bare(file)
        self._upkeep.merge_idle(since_s=time.monotonic() - upkeep.IDLE_S)
        self.rest()

    def _ask_for_bare(self, file: project_file.ProjectFile) -> None:
        try:
            for run in file.take_bare_runs():
                self._upkeep.ask_merge(file, run)
        except errors.StoreError as error:
            _log.warning("blocks of an older release are not looked for: %s", error)

    def _ask_for_full(self, file: project_file.ProjectFile) -> None:
        """Have sealed what an earlier process left in the log, before readers pay for it with every look."""
        try:
            for run in file.full_runs(payload.BLOCK_ROWS):
                self._upkeep.ask_seal(file, run, least_rows=payload.BLOCK_ROWS)
        except errors.StoreError as error:
            _log.warning("what an earlier server left unsealed is not looked for: %s", error)

    def _known_files(self) -> list[project_file.ProjectFile]:
        with self._lock:
            return list(self._files.values())

    def _idle(self, *, idle_s: float) -> list[tuple[project_file.ProjectFile, ids.RunId]]:
        since_s = time.monotonic() - idle_s
        idle: list[tuple[project_file.ProjectFile, ids.RunId]] = []
        for file in self._known_files():
            idle += [(file, run) for run in file.unsealed_since(since_s)]
        return idle

    def _known(self, project: ids.ProjectName) -> project_file.ProjectFile | None:
        """Return the project's file if anything was ever stored; asking must not make files."""
        file = self._file(project)
        return file if file.path.exists() else None

    def _file(self, project: ids.ProjectName) -> project_file.ProjectFile:
        """Return the project's file, and let the one rest that was not used for longest if too many are awake; nobody waits for that."""
        with self._lock:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing was stored or read")
            if project not in self._files:
                self._files[project] = project_file.ProjectFile(
                    self._directory / place.file_name(project),
                    project=project,
                    claim=self._claim,
                    changed=self._changes,
                    memories=self._memories,
                    on_full=lambda file, run, least_rows: self._upkeep.ask_seal(file, run, least_rows=least_rows),
                    behind=self._behind,
                )
                self._behind.submit(self._ask_for_full, self._files[project])
            file = self._files[project]
            file.use()
            self._awake.pop(project, None)
            self._awake[project] = file
            if len(self._awake) > AWAKE_MAX:
                tired = self._awake.pop(next(iter(self._awake)))
                self._behind.submit(tired.rest)
        return file
