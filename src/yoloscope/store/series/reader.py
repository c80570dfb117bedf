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

from yoloscope.curves import supersede
from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import faults, layout, memory, schema, tail

_VARIABLES = 500  # per statement; SQLite allows at least 999
_IDLE_MAX = 4  # connections kept of a file, each with a cache of its own: a dashboard asks a few questions at a time
_TAILS_BYTES = 32 * 1024 * 1024  # 90,000 rows of 40 names, which is the tails of some 20 trainings
_LAYOUTS_BYTES = 8 * 1024 * 1024  # of 50,000 blocks, which hold 200 million points or more
_GROUPS_BYTES = (
    24 * 1024 * 1024
)  # of 10 million points: long curves that somebody looks at are asked for again and again
_ATTEMPTS = """(
    SELECT 0 AS run, 0 AS number, '' AS writer, 0 AS writer_index, 0 AS wall_ns, NULL AS start_epoch, NULL AS start_step,
        0 AS rank, 0 AS place WHERE 0
)"""
_TOTALS = """(
    SELECT series.id AS series, (SELECT max(attempt) FROM run_stat WHERE run_stat.run = series.run) AS attempt,
        count, nan_count, last, last_step, last_epoch, min, min_step, min_epoch, max, max_step, max_epoch FROM series
)"""
_TABLES_BEFORE = {3: {"attempt": _ATTEMPTS, "total": _TOTALS}}
"""What stands for the tables that files before a version do not have: their totals do not tell attempts apart."""
_SERIES = """
SELECT run.name, series.name, total.count, total.nan_count, total.last, total.last_step, total.last_epoch,
    total.min, total.min_step, total.min_epoch, total.max, total.max_step, total.max_epoch
FROM run JOIN series ON series.run = run.id LEFT JOIN {total} AS total ON total.series = series.id
LEFT JOIN {attempt} AS attempt ON attempt.run = run.id AND attempt.number = total.attempt
WHERE run.name IN ({marks}) ORDER BY series.id, coalesce(attempt.place, -1), total.attempt
"""
_RUNS = """
SELECT run.name, stat.attempt, coalesce(attempt.rank, 0), stat.rows, stat.step, stat.epoch,
    stat.first_wall_ns, stat.last_wall_ns, stat.last_mono_ns
FROM run JOIN run_stat AS stat ON stat.run = run.id
LEFT JOIN {attempt} AS attempt ON attempt.run = run.id AND attempt.number = stat.attempt
WHERE run.name IN ({marks})
"""
_LAST = """
SELECT run.name, series.name, total.last FROM run JOIN series ON series.run = run.id
JOIN {total} AS total ON total.series = series.id WHERE run.name IN ({marks})
"""
_LAST_IN_TURN = """
SELECT run.name, series.name, total.last FROM run JOIN series ON series.run = run.id
JOIN {total} AS total ON total.series = series.id
LEFT JOIN {attempt} AS attempt ON attempt.run = run.id AND attempt.number = total.attempt
WHERE run.name IN ({marks}) ORDER BY coalesce(attempt.place, -1), total.attempt
"""
_OF_SEVERAL = """
SELECT run.name FROM run JOIN run_stat ON run_stat.run = run.id WHERE run.name IN ({marks}) GROUP BY run.id HAVING count(*) > 1
"""
_TOLD = """
SELECT number, writer, writer_index, wall_ns, start_epoch, start_step, attempt.rank
FROM {attempt} AS attempt JOIN run ON run.id = attempt.run WHERE run.name = ? ORDER BY place
"""
_Extreme = tuple[float, int | None, float | None]
_NONE: _Extreme = (math.nan, None, None)
_TotalRow = tuple[
    str,
    str,
    int | None,
    int | None,
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
_RunRow = tuple[str, int, int, int, int | None, float | None, int, int, int | None]


class Memories:
    """What the readers of all files keep together."""

    def __init__(self) -> None:
        self.tails: memory.Memory[tail.Tail] = memory.Memory(max_bytes=_TAILS_BYTES)
        self.layouts: memory.Memory[layout.Layout] = memory.Memory(max_bytes=_LAYOUTS_BYTES)
        self.groups: memory.Memory[ports.Groups] = memory.Memory(max_bytes=_GROUPS_BYTES)


class Readers:
    """Read connections to one file, lent out one at a time; threads come and go, connections stay.

    ``tails``, ``layouts`` and ``groups`` are what reading has found out of the file's runs and will ask again.
    """

    def __init__(self, path: Path, *, memories: Memories | None = None) -> None:
        shared = Memories() if memories is None else memories
        self.tails = tail.Tails(shared.tails, path)
        self.layouts = layout.Layouts(shared.layouts, path)
        self.groups = memory.OfFile(shared.groups, path)
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

    def rest(self) -> None:
        """Close the idle connections; the next question opens one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        self.tails.forget()  # another file may stand here when somebody asks again
        self.layouts.forget()
        self.groups.forget()

    def close(self) -> None:
        """Close the idle connections; those lent out are closed when they come back."""
        with self._lock:
            self._closed = True
        self.rest()

    def _borrowed(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return schema.open_for_reading(self._path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        with self._lock:
            if not self._closed and len(self._idle) < _IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()


def series(readers: Readers, *, run: ids.RunId) -> list[ports.SeriesStat]:
    """Return what is kept of each series of a run, in order of first arrival."""
    return totals(readers, runs=[run]).get(run, [])


def totals(readers: Readers, *, runs: Sequence[ids.RunId]) -> dict[ids.RunId, list[ports.SeriesStat]]:
    """Return what is kept of each series of the runs that have any, in order of first arrival."""
    stats: dict[str, dict[str, ports.SeriesStat]] = {}
    with readers.transaction() as connection:
        for some in _chunks(runs):
            for total in connection.execute(_query(connection, _SERIES, marks=_marks(some)), some):
                of_run, name = stats.setdefault(total[0], {}), total[1]
                known = of_run.get(name) or ports.SeriesStat(name, 0, 0, *_NONE, *_NONE, *_NONE)
                of_run[name] = _with_total(known, total)
    return {ids.RunId(run): list(of_run.values()) for run, of_run in stats.items()}


def _with_total(stat: ports.SeriesStat, total: _TotalRow) -> ports.SeriesStat:
    """Return what is kept of a series with the totals of its next attempt; the first attempt to reach an extreme keeps it."""
    _, _, count, nan_count, last, last_step, last_epoch, low, low_step, low_epoch, high, high_step, high_epoch = total
    if not count:
        return stat
    lowest: _Extreme = (stat.min, stat.min_step, stat.min_epoch)
    if low is not None and not low >= stat.min:
        lowest = (low, low_step, low_epoch)
    highest: _Extreme = (stat.max, stat.max_step, stat.max_epoch)
    if high is not None and not high <= stat.max:
        highest = (high, high_step, high_epoch)
    at_last: _Extreme = (_float(last), last_step, last_epoch)
    return ports.SeriesStat(
        stat.name, stat.count + count, stat.nan_count + (nan_count or 0), *at_last, *lowest, *highest
    )


def run_stats(readers: Readers, *, runs: Sequence[ids.RunId]) -> dict[ids.RunId, ports.RunStat]:
    """Return the totals of the runs that have rows."""
    of_run: dict[str, list[_RunRow]] = {}
    with readers.transaction() as connection:
        for some in _chunks(runs):
            for found in connection.execute(_query(connection, _RUNS, marks=_marks(some)), some):
                of_run.setdefault(found[0], []).append(found)
    return {ids.RunId(name): _run_stat(found) for name, found in of_run.items()}


def _run_stat(attempts: Sequence[_RunRow]) -> ports.RunStat:
    main = [one for one in attempts if one[2] == 0]
    return ports.RunStat(
        rows=sum(one[3] for one in attempts),
        step=max((one[4] for one in main if one[4] is not None), default=None),
        epoch=max((one[5] for one in main if one[5] is not None), default=None),
        first_wall_ns=min(one[6] for one in attempts),
        last_wall_ns=max(one[7] for one in attempts),
        last_mono_ns={one[1]: one[8] for one in attempts if one[8] is not None},
    )


def last_values(readers: Readers, *, runs: Sequence[ids.RunId]) -> dict[ids.RunId, dict[str, float]]:
    """Return the last value of every series of the runs that have rows.

    Only the totals of runs with several attempts have to be put in order; for a thousand runs that would take longer than all the rest.
    """
    last: dict[str, dict[str, float]] = {}
    with readers.transaction() as connection:
        for some in _chunks(runs):
            several = connection.execute(_query(connection, _OF_SEVERAL, marks=_marks(some)), some).fetchall()
            resumed = {run for (run,) in several}
            _add_last(last, connection, _LAST, [run for run in some if run not in resumed])
            _add_last(last, connection, _LAST_IN_TURN, [run for run in some if run in resumed])
    return {ids.RunId(run): values for run, values in last.items()}


def _add_last(
    last: dict[str, dict[str, float]], connection: sqlite3.Connection, query: str, runs: Sequence[ids.RunId]
) -> None:
    """Add the last values of some runs, of which a later row of the answer takes the place of an earlier one."""
    for run, name, value in connection.execute(_query(connection, query, marks=_marks(runs)), runs):
        of_run = last.get(run)
        if of_run is None:
            of_run = last[run] = {}
        of_run[name] = math.nan if value is None else value


def told(readers: Readers, *, run: ids.RunId) -> list[supersede.Start]:
    """Return the attempts of a run that the file was told of, in order."""
    with readers.transaction() as connection:
        found = connection.execute(_query(connection, _TOLD), (run,)).fetchall()
    return [supersede.Start(*values) for values in found]


def positions(readers: Readers, *, writer: ids.WriterId) -> dict[int, int]:
    """Return the next sequence number of each lane of a writer."""
    with readers.transaction() as connection:
        found = connection.execute("SELECT lane, next_seq FROM lane WHERE writer = ?", (writer,)).fetchall()
    return dict(found)


def _float(value: float | None) -> float:
    """Return a stored number: SQLite keeps NaN as NULL."""
    return math.nan if value is None else value


def _query(connection: sqlite3.Connection, query: str, *, marks: str = "") -> str:
    """Return the query for the file as it is now: one that nobody has written to since an older release is read as it is.

    An attempt that was never told of is the oldest.
    """
    version = schema.version(connection)
    tables = {"attempt": "attempt", "total": "total"}
    for before, instead in _TABLES_BEFORE.items():
        if version < before:
            tables |= instead
    return query.format(**tables, marks=marks)


def _chunks(runs: Sequence[ids.RunId]) -> Iterable[Sequence[ids.RunId]]:
    for start in range(0, len(runs), _VARIABLES):
        yield runs[start : start + _VARIABLES]


def _marks(some: Sequence[ids.RunId]) -> str:
    return ", ".join("?" * len(some))
