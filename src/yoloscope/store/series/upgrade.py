"""What brings a series file of an older release to this one's version.

Called by `schema` when a file is opened for writing. Each step is one transaction. Readers of this release read every version, so that
nobody waits for it.
"""

import sqlite3
from collections.abc import Callable

from yoloscope.store.series import recount

_TO_3 = """
ALTER TABLE run_stat RENAME TO run_stat_2;
ALTER TABLE series RENAME TO series_2;
CREATE TABLE attempt (
    run INTEGER NOT NULL, number INTEGER NOT NULL, writer TEXT NOT NULL, writer_index INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL, start_epoch REAL, start_step INTEGER, rank INTEGER NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE run_stat (
    run INTEGER NOT NULL, attempt INTEGER NOT NULL, rows INTEGER NOT NULL, step INTEGER, epoch REAL,
    first_wall_ns INTEGER NOT NULL, last_wall_ns INTEGER NOT NULL, last_mono_ns INTEGER,
    PRIMARY KEY (run, attempt)
) WITHOUT ROWID;
CREATE TABLE series (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (run, name));
CREATE TABLE total (
    series INTEGER NOT NULL, attempt INTEGER NOT NULL, count INTEGER NOT NULL, nan_count INTEGER NOT NULL,
    last REAL, last_step INTEGER, last_epoch REAL, last_mono_ns INTEGER, last_place INTEGER NOT NULL,
    min REAL, min_step INTEGER, min_epoch REAL, min_place INTEGER,
    max REAL, max_step INTEGER, max_epoch REAL, max_place INTEGER,
    PRIMARY KEY (series, attempt)
) WITHOUT ROWID;
INSERT INTO run_stat SELECT * FROM run_stat_2;
INSERT INTO series SELECT id, run, name FROM series_2;
INSERT INTO total SELECT
    id, (SELECT attempt FROM run_stat_2 WHERE run_stat_2.run = series_2.run), count, nan_count,
    last, last_step, last_epoch, last_mono_ns, 0, min, min_step, min_epoch, 0, max, max_step, max_epoch, 0
FROM series_2 WHERE (SELECT count(*) FROM run_stat_2 WHERE run_stat_2.run = series_2.run) = 1;
DROP TABLE run_stat_2;
DROP TABLE series_2
"""
_TO_4 = """
CREATE TABLE span (
    run INTEGER NOT NULL, axis INTEGER NOT NULL, rows INTEGER NOT NULL, attempt INTEGER NOT NULL, flags INTEGER NOT NULL,
    step_min INTEGER, step_max INTEGER, epoch_min REAL, epoch_max REAL,
    wall_min INTEGER NOT NULL, wall_max INTEGER NOT NULL, mono_min INTEGER NOT NULL, mono_max INTEGER NOT NULL,
    place_min INTEGER NOT NULL, place_max INTEGER NOT NULL,
    PRIMARY KEY (run, axis)
) WITHOUT ROWID;
CREATE TABLE axis_groups (axis INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE groups (
    series INTEGER NOT NULL, axis INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (series, axis)
) WITHOUT ROWID;
CREATE TABLE removed (run INTEGER PRIMARY KEY)
"""
_OF_SEVERAL = (
    "SELECT run, attempt FROM run_stat WHERE run IN (SELECT run FROM run_stat GROUP BY run HAVING count(*) > 1)"
)


def to_version(connection: sqlite3.Connection, wanted: int) -> None:
    """Bring the file to a version."""
    while (found := int(connection.execute("PRAGMA user_version").fetchone()[0])) < wanted:
        connection.execute("BEGIN IMMEDIATE")
        _STEPS[found](connection)
        connection.execute(f"PRAGMA user_version = {found + 1}")
        connection.execute("COMMIT")


def _to_2(connection: sqlite3.Connection) -> None:
    """Let the last value be the latest logged, not the last to arrive."""
    connection.execute("ALTER TABLE series ADD COLUMN last_attempt INTEGER")
    connection.execute("ALTER TABLE series ADD COLUMN last_mono_ns INTEGER")


def _to_3(connection: sqlite3.Connection) -> None:
    """Keep totals by attempt; where a run has several, they were added up and are counted again."""
    for statement in _TO_3.split(";"):
        connection.execute(statement)
    attempts: dict[int, list[int]] = {}
    for run, attempt in connection.execute(_OF_SEVERAL).fetchall():
        attempts.setdefault(run, []).append(attempt)
    for run, numbers in attempts.items():
        recount.recount(connection, run=run, cuts=dict.fromkeys(numbers, ()))


def _to_4(connection: sqlite3.Connection) -> None:
    """Make room for what blocks cover; those that are there get theirs when they are compacted, and are read whole till then."""
    for statement in _TO_4.split(";"):
        connection.execute(statement)


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _to_2, 2: _to_3, 3: _to_4}
