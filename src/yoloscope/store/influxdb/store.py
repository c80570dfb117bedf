"""The InfluxDB series store: points in a database of the user's, and a small ledger a project in the data directory.

Made by `store.open` for ``influxdb://…``; implements `ports.SeriesStore`. Which database a ledger belongs to stands in both: in a
directory's name, and in a point of the database (see `database`).
"""

import functools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import changes, ports
from yoloscope.store.influxdb import address, client, database, project, reading, writer
from yoloscope.store.series import place, reader

DIRECTORY = "influxdb"
IDLE_S = 3600.0  # longer than epochs are: parts are never merged, and the tail of a slow training may as well wait in the ledger
_IDLE_CHECK_S = 60.0
_log = logging.getLogger(__name__)


class InfluxStore:
    """The series of all projects in one database. Its methods may be called from any thread."""

    def __init__(
        self,
        data_dir: Path,
        *,
        to: address.Address,
        beside_others: bool = False,
        patience: client.Patience | None = None,
        mounts: str | None = None,
    ) -> None:
        """Find the ledger that belongs to the database, or begin one; ``beside_others`` even if the directory has others.

        Raises:
            ConfigError: if the database cannot be used as it is; the message says what to type.
            StoreError: if InfluxDB cannot be reached or refuses.
        """
        place.refuse_network(data_dir, mounts=mounts)
        self._client = client.Client(to, patience=patience)
        self._directory = database.ledger_of(self._client, below=data_dir / DIRECTORY, beside_others=beside_others)
        self._changes = changes.Changes()
        self._lock = threading.Lock()
        self._projects: dict[ids.ProjectName, project.Project] = {}
        self._sealing = _Sealing(when_idle=self._ask_for_idle)
        self._closed = False

    @property
    def capabilities(self) -> ports.Capabilities:
        """What this kind of store can do."""
        return ports.Capabilities(kind="influxdb", keeps_nan_payloads=False, thins=False, verifies=False)

    @property
    def changes(self) -> changes.Changes:
        """Which runs got rows, or other totals, since when."""
        return self._changes

    def append(self, project: ids.ProjectName, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
        """Store all lanes or none; the future is done when they are in InfluxDB and the ledger (see `ports.SeriesStore`)."""
        try:
            return self._project(project).append(lanes)
        except errors.StoreError as error:
            refused: Future[ports.Appended] = Future()
            refused.set_exception(error)
            return refused

    def tell_attempts(self, project: ids.ProjectName, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Return when it is on disk that the run has these attempts (see `ports.SeriesStore`)."""
        self._project(project).tell_attempts(run, starts)

    def positions(self, project: ids.ProjectName, writer: ids.WriterId) -> dict[int, int]:
        """Return the next sequence number wanted of each lane that the writer ever used."""
        known = self._known(project)
        return {} if known is None else reader.positions(known.readers, writer=writer)

    def points(self, project: ids.ProjectName, run: ids.RunId, name: str) -> ports.Points:
        """Return all points of a series in arrival order; empty columns if there is none."""
        known = self._known(project)
        return reading.no_points() if known is None else known.points(run, name=name)

    def rows(self, project: ids.ProjectName, run: ids.RunId, *, start: int = 0) -> Iterator[tuple[int, row.Matrix]]:
        """Return attempt number and rows of a run in order of arrival (see `ports.SeriesStore`)."""
        known = self._known(project)
        return iter(()) if known is None else known.rows(run, start=start)

    def series(self, project: ids.ProjectName, run: ids.RunId) -> list[ports.SeriesStat]:
        """Return what is kept of each series of a run, in order of first arrival."""
        known = self._known(project)
        return [] if known is None else reader.series(known.readers, run=run)

    def totals(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, list[ports.SeriesStat]]:
        """Return what `series` does of some runs in one question; a run without series is left out."""
        known = self._known(project)
        return {} if known is None else reader.totals(known.readers, runs=runs)

    def run_stats(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, ports.RunStat]:
        """Return the totals of some runs; a run without rows is left out."""
        known = self._known(project)
        return {} if known is None else reader.run_stats(known.readers, runs=runs)

    def last_values(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, dict[str, float]]:
        """Return the last value of every series of some runs."""
        known = self._known(project)
        return {} if known is None else reader.last_values(known.readers, runs=runs)

    def view(self, project: ids.ProjectName, run: ids.RunId) -> AbstractContextManager[ports.View]:
        """Return a context for reading the run's points as they are at its beginning (see `ports.SeriesStore`)."""
        return self._project(project).view(run)

    def seal(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Write the groups of a run's newest rows, which leave the ledger then; return how many rows.

        Raises:
            StoreError: if InfluxDB cannot be written; nothing changed.
        """
        known = self._known(project)
        return 0 if known is None else known.seal(run)

    def thin(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Refuse: single values cannot be deleted from InfluxDB.

        Raises:
            StoreError: always.
        """
        raise errors.StoreError(
            f"InfluxDB cannot thin runs: it deletes whole runs only. Nothing of run {run!r} in {project!r} changed"
        )

    def remove(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Remove all points of a run and return how many rows it had (see `ports.SeriesStore`)."""
        known = self._known(project)
        return 0 if known is None else known.remove(run)

    def settle(self) -> None:
        """Return once the sealing that appends have set off is done."""
        self._sealing.settle()

    def close(self) -> None:
        """Finish what was accepted, then release connections, files and threads; calling it twice is harmless."""
        with self._lock:
            self._closed = True
            projects = list(self._projects.values())
        self._sealing.close()
        for one in projects:
            one.close()
        self._client.close()

    def _ask_for_idle(self) -> None:
        with self._lock:
            projects = list(self._projects.values())
        for one in projects:
            for run in one.unsealed_since(time.monotonic() - IDLE_S):
                self._sealing.ask(one, run, least_rows=1)

    def _known(self, name: ids.ProjectName) -> project.Project | None:
        """Return the project if anything was ever stored; asking must not make files."""
        found = self._project(name)
        return found if found.path.exists() else None

    def _project(self, name: ids.ProjectName) -> project.Project:
        with self._lock:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing was stored or read")
            if name not in self._projects:
                self._projects[name] = project.Project(
                    self._directory / place.file_name(name),
                    target=writer.Target(self._client, name, self._directory.name),
                    noted=self._changes,
                    on_full=self._sealing.ask,
                )
            return self._projects[name]


class _Sealing:
    """The thread that seals runs, one after the other, whatever project they are of."""

    def __init__(self, *, when_idle: Callable[[], None]) -> None:
        self._when_idle = when_idle
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._asked: set[tuple[project.Project, ids.RunId]] = set()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="seal series", daemon=True)
        self._thread.start()

    def ask(self, of: project.Project, run: ids.RunId, *, least_rows: int) -> None:
        """Have the shapes of a run sealed that have that many rows; asking again before it is done costs nothing."""
        if (of, run) not in self._asked:
            self._asked.add((of, run))
            self._jobs.put(functools.partial(self._seal, of, run, least_rows=least_rows))

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

    def _seal(self, of: project.Project, run: ids.RunId, *, least_rows: int) -> None:
        self._asked.discard((of, run))
        try:
            of.seal(run, least_rows=least_rows)
        except errors.StoreError as error:
            _log.warning("run %r keeps its newest rows in the ledger for now: %s", run, error)
