"""One project in InfluxDB: its ledger's readers, its writer once something is to be written, and its sealing.

Owned by `store`, which has one for each project it was asked about.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import changes, ports
from yoloscope.store.influxdb import ledger, lines, proving, reading, sealing, tail, view, writer
from yoloscope.store.series import reader

_NAMES = "SELECT series.name FROM series JOIN run ON run.id = series.run WHERE run.name = ? ORDER BY series.id"


class OnFull(Protocol):
    """Told, from the writer's thread, which run is worth sealing, and how many rows a shape of it must have."""

    def __call__(self, of: "Project", run: ids.RunId, *, least_rows: int) -> None:
        """Have it sealed soon."""
        ...


class Project:
    """One project. Its methods may be called from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        target: writer.Target,
        noted: changes.Changes,
        on_full: "OnFull",
    ) -> None:
        self.path = path
        self.readers = reader.Readers(path)
        self._target = target
        self._noted = noted
        self._on_full = on_full
        self._tails = tail.Tails()
        self._lock = threading.Lock()
        self._sealing = threading.Lock()
        self._writer: writer.Writer | None = None
        self._closed = False

    def append(self, lanes: Sequence[ports.LaneRows]) -> Future[ports.Appended]:
        """Return the future of an append (see `ports.SeriesStore.append`)."""
        return self._writing().append(lanes)

    def tell_attempts(self, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Return when the run's attempts are on disk (see `ports.SeriesStore.tell_attempts`)."""
        if self.path.exists() and not set(starts) - set(reader.told(self.readers, run=run)):
            return
        self._writing().tell_attempts(run, starts).result()

    def points(self, run: ids.RunId, *, name: str) -> ports.Points:
        """Return all points of a series in arrival order."""
        return reading.points(self._snapshot(run), name=name)

    def rows(self, run: ids.RunId, *, start: int = 0) -> Iterator[tuple[int, row.Matrix]]:
        """Yield attempt number and rows of a run in order of arrival, from a place on."""
        yield from reading.rows(self._snapshot(run), start=start)

    @contextlib.contextmanager
    def view(self, run: ids.RunId) -> Generator[view.View]:
        """Lend what the run holds now."""
        if not self.path.exists():
            yield view.View([], reading.nothing(self._target, run=run))
            return
        with self.readers.transaction() as connection:
            names = [name for (name,) in connection.execute(_NAMES, (run,)).fetchall()]
            taken = reading.snapshot(connection, target=self._target, run=run, tails=self._tails)
        yield view.View(names, taken)

    def seal(self, run: ids.RunId, *, least_rows: int = 1) -> int:
        """Turn the tail of each shape that has that many rows into parts and return how many rows they hold.

        Raises:
            StoreError: if InfluxDB cannot be written, or lacks rows of the tail afterwards; the tail stays what it is.
        """
        with self._sealing:
            with self.readers.transaction() as connection:
                taken = reading.snapshot(connection, target=self._target, run=run, tails=self._tails)
                found = [one for one in taken.tails if len(one.rows.place) >= least_rows]
                cuts = [self._cuts(one, connection, run=run) for one in found]
                written = [proving.written(connection, one) for one in found]
            for one, of_one, entries in zip(found, cuts, written, strict=True):
                proving.have_held(taken.of, one, of_one, written=entries)
            return sum(self._seal(run, one, of_one) for one, of_one in zip(found, cuts, strict=True))

    def remove(self, run: ids.RunId) -> int:
        """Forget a run and return how many rows it had; its points are removed from InfluxDB behind it."""
        return self._writing().remove(run).result()

    def unsealed_since(self, since_s: float) -> list[ids.RunId]:
        """Return the runs with rows in the log, none newer than that; none before this process wrote the ledger."""
        with self._lock:
            unsealed = {} if self._writer is None else self._writer.unsealed
        return [run for run, left in unsealed.items() if left.last_s <= since_s]

    def close(self) -> None:
        """Finish what was accepted, then release files and threads; calling it twice is harmless."""
        with self._lock:
            self._closed = True
            writing = self._writer
        if writing is not None:
            writing.close()
        self.readers.close()

    def _snapshot(self, run: ids.RunId) -> reading.Snapshot:
        with self.readers.transaction() as connection:
            return reading.snapshot(connection, target=self._target, run=run, tails=self._tails)

    def _cuts(self, one: tail.Tail, connection: sqlite3.Connection, *, run: ids.RunId) -> list[sealing.Cut]:
        places = one.rows.place
        times = [
            ledger.written(connection, run=run, place_min=int(places[start]), place_max=int(places[end - 1]))
            for start, end in sealing.edges(one)
        ]
        return sealing.cuts_of(one, times=times, last_key=ledger.last_key(connection, run=run, shape=one.shape))

    def _seal(self, run: ids.RunId, one: tail.Tail, cuts: Sequence[sealing.Cut]) -> int:
        head = lines.SealedHead(self._target.project, self._target.store, run, one.shape)
        sealing.write(self._target.client, cuts, head=head, names=one.names)
        sealed = ledger.Sealed(run, one.shape, one.log_ids, len(one.names), [cut.part for cut in cuts])
        return self._writing().exchange(sealed).result()

    def _writing(self) -> writer.Writer:
        with self._lock:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing was stored")
            if self._writer is None:
                self._writer = writer.Writer(
                    self.path,
                    target=self._target,
                    recounted=reading.Recounting(self._target),
                    noted=self._noted,
                    on_full=lambda run, rows: self._on_full(self, run, least_rows=rows),
                )
            return self._writer
