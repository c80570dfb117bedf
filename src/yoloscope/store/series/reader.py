"""Reading a series file: connections to borrow, and what is kept beside the points.

Called by `blocks`, `points` and `sealer`, from any thread and beside the writer. Each question reads in one transaction, so that a row
is never seen twice or missed while it moves from the log into a block.
"""

import contextlib
import math
import sqlite3
import threading
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

import msgspec

from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import faults, schema

_VARIABLES = 500  # per statement; SQLite allows at least 999
_WHOLE = """
SELECT name, sum(s.rows), max(step), max(epoch), min(first_wall_ns), max(last_wall_ns)
FROM run_stat AS s JOIN run ON run.id = s.run WHERE name IN ({marks}) GROUP BY run.id
"""
_NEWEST = """
SELECT name, max(attempt), epoch, last_mono_ns
FROM run_stat AS s JOIN run ON run.id = s.run WHERE name IN ({marks}) GROUP BY run.id
"""
_LAST = """
SELECT run.name, series.name, last FROM series JOIN run ON run.id = series.run
WHERE run.name IN ({marks}) ORDER BY series.id
"""
_names = msgspec.json.Decoder(list[str])
_StatRow = tuple[
    str,
    int,
    int,
    float | None,
    int | None,
    float | None,
    float | None,
    int | None,
    float | None,
    float | None,
    int | None,
    float | None,
]


class Readers:
    """Read connections to one file, lent out one at a time; threads come and go, connections stay."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Lend a connection for one consistent look at the file.

        Raises:
            StoreError: if SQLite cannot read the file.
        """
        connection = self._borrowed()
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.Error as error:
            raise faults.store_error(error, path=self._path) from error
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close the idle connections; those lent out are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrowed(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return schema.open_for_reading(self._path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def series(readers: Readers, *, run: ids.RunId) -> list[ports.SeriesStat]:
    """Return what is kept of each series of a run, in order of first arrival."""
    with readers.transaction() as connection:
        found = connection.execute(
            "SELECT series.name, count, nan_count, last, last_step, last_epoch, min, min_step, min_epoch, "
            "max, max_step, max_epoch FROM series JOIN run ON run.id = series.run WHERE run.name = ? ORDER BY series.id",
            (run,),
        ).fetchall()
    return [_series_stat(row) for row in found]


def _series_stat(row: _StatRow) -> ports.SeriesStat:
    name, count, nan_count, last, last_step, last_epoch, low, low_step, low_epoch, high, high_step, high_epoch = row
    return ports.SeriesStat(
        name=name,
        count=count,
        nan_count=nan_count,
        last=_float(last),
        last_step=last_step,
        last_epoch=last_epoch,
        min=_float(low),
        min_step=low_step,
        min_epoch=low_epoch,
        max=_float(high),
        max_step=high_step,
        max_epoch=high_epoch,
    )


def run_stats(readers: Readers, *, runs: Sequence[ids.RunId]) -> dict[ids.RunId, ports.RunStat]:
    """Return the totals of the runs that have rows."""
    stats: dict[ids.RunId, ports.RunStat] = {}
    with readers.transaction() as connection:
        for some in _chunks(runs):
            newest = {name: rest for name, *rest in connection.execute(_NEWEST.format(marks=_marks(some)), some)}
            for name, *whole in connection.execute(_WHOLE.format(marks=_marks(some)), some):
                rows, step, epoch, first_ns, last_ns = whole
                attempt, attempt_epoch, mono_ns = newest[name]
                stats[ids.RunId(name)] = ports.RunStat(
                    rows, step, epoch, first_ns, last_ns, mono_ns, attempt, attempt_epoch
                )
    return stats


def last_values(readers: Readers, *, runs: Sequence[ids.RunId]) -> dict[ids.RunId, dict[str, float]]:
    """Return the last value of every series of the runs that have rows."""
    last: dict[ids.RunId, dict[str, float]] = {}
    with readers.transaction() as connection:
        for some in _chunks(runs):
            for run, name, value in connection.execute(_LAST.format(marks=_marks(some)), some):
                last.setdefault(ids.RunId(run), {})[name] = _float(value)
    return last


def positions(readers: Readers, *, writer: ids.WriterId) -> dict[int, int]:
    """Return the next sequence number of each lane of a writer."""
    with readers.transaction() as connection:
        found = connection.execute("SELECT lane, next_seq FROM lane WHERE writer = ?", (writer,)).fetchall()
    return dict(found)


def shape_names(connection: sqlite3.Connection, *, shape: int) -> list[str]:
    """Return the names of a shape's columns."""
    return _names.decode(connection.execute("SELECT names FROM shape WHERE id = ?", (shape,)).fetchone()[0])


def _float(value: float | None) -> float:
    """Return a stored number: SQLite keeps NaN as NULL."""
    return math.nan if value is None else value


def _chunks(runs: Sequence[ids.RunId]) -> Iterable[Sequence[ids.RunId]]:
    for start in range(0, len(runs), _VARIABLES):
        yield runs[start : start + _VARIABLES]


def _marks(some: Sequence[ids.RunId]) -> str:
    return ", ".join("?" * len(some))
