"""The ledger of one project: a small SQLite file for what must be exact, beside points that lie in InfluxDB.

InfluxDB has no transactions. So points are written there first, and then one transaction of the ledger says that they count: lanes'
positions, totals, attempts, names. It is a series file (`series.schema`) without blocks, and with these tables:

    part     what was sealed: which rows lie in InfluxDB and what they cover; their groups have the time ``key_ns``
    written  for rows that are still in the log too, whose lane they are and the least and greatest time they have in InfluxDB
    term     from which row of a run on rows are of which term
    lane_time  the time in InfluxDB of a lane's newest row
    leftover  removed runs whose points InfluxDB may still hold

A *term* is a span of time without a failed write. Rows of a write that failed or was cut off may be in InfluxDB and never be sent
again. Whatever is written after it has a higher term, so that readers, who know which term a row must have, never take one
for the other. A term has 31 bits. The newest stands in InfluxDB too (see `database`), so that a ledger restored from a backup does not
use again those that followed it.
"""

import sqlite3
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.records import ids
from yoloscope.store.influxdb import lines
from yoloscope.store.series import jobs, payload, schema

Ints = NDArray[np.int64]

_TABLES = """
CREATE TABLE IF NOT EXISTS part (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, shape INTEGER NOT NULL, key_ns INTEGER NOT NULL,
    time_min INTEGER NOT NULL, time_max INTEGER NOT NULL, span BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS part_of_run ON part (run, shape);
CREATE TABLE IF NOT EXISTS written (
    run INTEGER NOT NULL, place INTEGER NOT NULL, rows INTEGER NOT NULL, lane TEXT NOT NULL, time_min INTEGER NOT NULL,
    time_max INTEGER NOT NULL, PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS term (
    run INTEGER NOT NULL, place INTEGER NOT NULL, term INTEGER NOT NULL, PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lane_time (
    writer TEXT NOT NULL, lane INTEGER NOT NULL, time_ns INTEGER NOT NULL, PRIMARY KEY (writer, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leftover (run TEXT PRIMARY KEY) WITHOUT ROWID
"""
_LOG_TABLES_OF_RUN = ("log", "written", "part", "term", "attempt", "run_stat")


class Part(msgspec.Struct, frozen=True):
    """Sealed rows of one run and shape: those with places from ``span.place_min`` to ``span.place_max``."""

    id: int
    shape: int
    key_ns: int
    time_min: int
    time_max: int
    span: jobs.Span


class Written(msgspec.Struct, frozen=True):
    """What the log holds as one entry, and how it was written to InfluxDB; ``place`` is that of the first row."""

    place: int
    rows: int
    attempt: int
    lane: str
    time_min: int


class NewPart(msgspec.Struct, frozen=True):
    """A part to be, whose groups are in InfluxDB already."""

    key_ns: int
    time_min: int
    time_max: int
    span: jobs.Span


class Sealed(msgspec.Struct, frozen=True):
    """Log rows of one shape, by their ids, and the parts that they become."""

    run: ids.RunId
    shape: int
    log_ids: list[int]
    names: int
    parts: list[NewPart]


class Terms(msgspec.Struct, frozen=True):
    """Which term the rows of a run are of: from each place on, the term beside it."""

    place: Ints
    term: Ints

    def of(self, places: Ints) -> Ints:
        """Return the term of rows by their places."""
        return self.term[np.searchsorted(self.place, places, side="right") - 1]


def open_for_writing(path: Path, *, project: ids.ProjectName) -> sqlite3.Connection:
    """Return the connection of the one writer, in a term of its own; raises as `schema.open_for_writing`."""
    connection = schema.open_for_writing(path, project=project)
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    return connection


def next_term(connection: sqlite3.Connection, *, above: int) -> int:
    """Return a term above one and all that this ledger used, once it is on disk that it is used."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO about VALUES ('term', ?1) "
        "ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER) + 1, CAST(?1 AS INTEGER))",
        (str(above + 1),),
    )
    (term,) = connection.execute("SELECT CAST(value AS INTEGER) FROM about WHERE key = 'term'").fetchone()
    connection.execute("COMMIT")
    return int(term)


def is_new(connection: sqlite3.Connection) -> bool:
    """Tell whether nothing was ever written by this ledger."""
    return connection.execute("SELECT 1 FROM about WHERE key = 'term'").fetchone() is None


def parts(connection: sqlite3.Connection, run: ids.RunId) -> list[Part]:
    """Return the sealed parts of a run, those of each shape in order of arrival."""
    found = connection.execute(
        "SELECT part.id, shape, key_ns, time_min, time_max, span FROM part JOIN run ON run.id = part.run "
        "WHERE run.name = ? ORDER BY shape, part.id",
        (run,),
    )
    return [
        Part(number, shape, key_ns, time_min, time_max, span_of(span))
        for number, shape, key_ns, time_min, time_max, span in found.fetchall()
    ]


def span_of(content: bytes) -> jobs.Span:
    """Return what the rows of a part cover, as it stands in the table."""
    return msgspec.msgpack.decode(content, type=jobs.Span)


def terms(connection: sqlite3.Connection, run: ids.RunId) -> Terms:
    """Return the terms of a run."""
    found = connection.execute(
        "SELECT place, term FROM term JOIN run ON run.id = term.run WHERE run.name = ? ORDER BY place", (run,)
    ).fetchall()
    table = np.reshape(np.array(found, np.int64), (-1, 2))
    return Terms(table[:, 0], table[:, 1])


def written(connection: sqlite3.Connection, *, run: ids.RunId, place_min: int, place_max: int) -> tuple[int, int]:
    """Return the least and greatest time that some rows, all in the log, have in InfluxDB."""
    low, high = connection.execute(
        "SELECT min(time_min), max(time_max) FROM written JOIN run ON run.id = written.run "
        "WHERE run.name = ? AND place <= ? AND place + written.rows > ?",
        (run, place_max, place_min),
    ).fetchone()
    return int(low), int(high)


def written_of(connection: sqlite3.Connection, log_id: int) -> Written:
    """Return how an entry of the log was written to InfluxDB."""
    found = connection.execute(
        "SELECT log.place, log.rows, attempt, lane, time_min FROM log JOIN written USING (run, place) WHERE log.id = ?",
        (log_id,),
    )
    return Written(*found.fetchone())


def last_key(connection: sqlite3.Connection, *, run: ids.RunId, shape: int) -> int:
    """Return the time of the newest groups of a run and shape; 0 before there are any."""
    (found,) = connection.execute(
        "SELECT max(key_ns) FROM part JOIN run ON run.id = part.run WHERE run.name = ? AND shape = ?", (run, shape)
    ).fetchone()
    return int(found or 0)


def exchange(connection: sqlite3.Connection, sealed: Sealed) -> int:
    """Put parts in the place of exactly the log rows they were made of; return the rows, 0 if others did it before."""
    places = [
        connection.execute("SELECT run, place FROM log WHERE id = ?", (log_id,)).fetchone() for log_id in sealed.log_ids
    ]
    if None in places:
        return 0
    connection.executemany("DELETE FROM log WHERE id = ?", [(log_id,) for log_id in sealed.log_ids])
    connection.executemany("DELETE FROM written WHERE run = ? AND place = ?", places)
    connection.executemany(
        "INSERT INTO part (run, shape, key_ns, time_min, time_max, span) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (places[0][0], sealed.shape, one.key_ns, one.time_min, one.time_max, msgspec.msgpack.encode(one.span))
            for one in sealed.parts
        ],
    )
    return sum(one.span.rows for one in sealed.parts)


def remove(connection: sqlite3.Connection, run: ids.RunId) -> int:
    """Forget a run but not its lanes' positions, and note that its points are to go; return how many rows it had."""
    found = connection.execute("SELECT id, rows FROM run WHERE name = ?", (run,)).fetchone()
    if found is None:
        return 0
    key, rows = found
    connection.execute("DELETE FROM total WHERE series IN (SELECT id FROM series WHERE run = ?)", (key,))
    connection.execute("DELETE FROM series WHERE run = ?", (key,))
    for table in _LOG_TABLES_OF_RUN:
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (key,))  # noqa: S608 - our own names
    connection.execute("DELETE FROM run WHERE id = ?", (key,))
    connection.execute("INSERT OR IGNORE INTO leftover VALUES (?)", (run,))
    return int(rows)


def leftovers(connection: sqlite3.Connection) -> list[ids.RunId]:
    """Return the runs whose points InfluxDB may still hold."""
    return [ids.RunId(name) for (name,) in connection.execute("SELECT run FROM leftover").fetchall()]


def gone(connection: sqlite3.Connection, run: ids.RunId) -> None:
    """Note that InfluxDB holds no point of a removed run any more."""
    connection.execute("DELETE FROM leftover WHERE run = ?", (run,))


class Times:
    """When the newest rows of lanes are in InfluxDB, and of which term rows are: what a transaction adds to the ledger of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lanes: dict[tuple[str, int], int] = {}
        self._terms: dict[int, int] = {}

    def next_times(self, lane: tuple[str, int], *, run: int, place: int, wall_ns: Ints) -> Ints:
        """Return the times of a lane's next rows, and note them."""
        at = lines.times(wall_ns, after=self._last(lane))
        self._lanes[lane] = int(at[-1])
        self._connection.execute("INSERT OR REPLACE INTO lane_time VALUES (?, ?, ?)", (*lane, int(at[-1])))
        self._connection.execute(
            "INSERT INTO written VALUES (?, ?, ?, ?, ?, ?)",
            (run, place, len(at), lines.lane_of(*lane), int(at[0]), int(at[-1])),
        )
        return at

    def note_term(self, run: int, *, place: int, term: int) -> None:
        """Note that rows of a run are of a term from a place on."""
        if run not in self._terms:
            found = self._connection.execute("SELECT max(term) FROM term WHERE run = ?", (run,)).fetchone()
            self._terms[run] = int(found[0] or 0)
        if self._terms[run] != term:
            self._connection.execute("INSERT INTO term VALUES (?, ?, ?)", (run, place, term))
            self._terms[run] = term

    def forget(self) -> None:
        """Drop all that is remembered; called after a rollback."""
        self._lanes.clear()
        self._terms.clear()

    def _last(self, lane: tuple[str, int]) -> int:
        if lane not in self._lanes:
            found = self._connection.execute(
                "SELECT time_ns FROM lane_time WHERE writer = ? AND lane = ?", lane
            ).fetchone()
            self._lanes[lane] = -1 if found is None else int(found[0])
        return self._lanes[lane]


def points_of(sealed: Sealed, *, rows: int) -> int:
    """Return how many points of the log's a seal took away, as the book counts them."""
    return rows * (sealed.names + payload.AXIS_COLUMNS)
