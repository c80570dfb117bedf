"""The tables of a series file, and how a file is opened.

Called by `writer` and `reader`. One file holds one project. `log` takes whole matrices as they arrive; the sealer turns them
into one `axis` and, for each series, one `block`. `place` counts a run's rows by arrival, so that order survives sealing.
`run_stat` and `total` hold what is counted of each attempt, without what the later ones that `attempt` knows took the place of.
`span`, `axis_groups` and `groups` say what axes and blocks hold (see `rollup`); `removed` names runs that are being removed.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import yoloscope
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store.series import faults, upgrade

VERSION = 4
APPLICATION_ID = 0x594F4C53  # "YOLS"
_PAGE_BYTES = 8192
_WRITER_CACHE_KIB = 16_384
_READER_CACHE_KIB = 4_096  # one a thread that asks; the system caches the file for all of them
_HEAP_BYTES = 128 * 1024 * 1024  # of all caches of this process together; beyond it they use their own pages again
_BUSY_MS = 10_000

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lane (
    writer TEXT NOT NULL, lane INTEGER NOT NULL, next_seq INTEGER NOT NULL, PRIMARY KEY (writer, lane)
) WITHOUT ROWID;
CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL);
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
CREATE TABLE shape (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, shape INTEGER NOT NULL, attempt INTEGER NOT NULL,
    place INTEGER NOT NULL, rows INTEGER NOT NULL, payload BLOB NOT NULL
);
CREATE INDEX log_of_run ON log (run, shape);
CREATE TABLE axis (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, rows INTEGER NOT NULL, payload BLOB NOT NULL
);
CREATE INDEX axis_of_run ON axis (run);
CREATE TABLE block (
    id INTEGER PRIMARY KEY, series INTEGER NOT NULL, axis INTEGER NOT NULL, payload BLOB NOT NULL,
    UNIQUE (series, axis)
);
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
CREATE TABLE removed (run INTEGER PRIMARY KEY);
"""


def open_for_writing(path: Path, *, project: ids.ProjectName) -> sqlite3.Connection:
    """Return the connection of the one writer, the tables made if the file is new.

    Raises:
        StoreVersion: if a newer release wrote the file.
        StoreFull: if the disk is full.
        StoreError: if it is no series file or cannot be used.
    """
    if not path.exists():
        _make(path, project=project)
    return _opened(path, uri=f"{path.absolute().as_uri()}?mode=rw", prepare=lambda c: _prepare(c, project=project))


def _make(path: Path, *, project: ids.ProjectName) -> None:
    """Make the file under another name first: a reader must never find it without its tables."""
    part = path.with_name(f"{path.name}.new")
    part.unlink(missing_ok=True)
    made = _opened(part, uri=f"{part.absolute().as_uri()}?mode=rwc", prepare=lambda c: _prepare(c, project=project))
    made.close()  # the last connection: SQLite puts the write-ahead log into the file and removes it
    part.replace(path)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that can only read; it sees what was committed when each of its transactions began.

    Raises:
        StoreVersion: if a newer release wrote the file.
        StoreError: if it is no series file or cannot be used.
    """
    return _opened(path, uri=f"{path.absolute().as_uri()}?mode=rw", prepare=_prepare_reader)


def open_for_looking(path: Path) -> sqlite3.Connection:
    """Return a connection that leaves the file and all that is beside it as it is, beside a server or without one.

    While no server has the file open, it is read as a file that cannot change: SQLite would leave files beside it otherwise.

    Raises:
        StoreVersion: if a newer release wrote the file.
        StoreError: if it is no series file or cannot be used.
    """
    is_open = path.with_name(f"{path.name}-wal").exists()
    return _opened(
        path, uri=f"{path.absolute().as_uri()}?{'mode=ro' if is_open else 'immutable=1'}", prepare=_prepare_looker
    )


def version(connection: sqlite3.Connection) -> int:
    """Return the version of the file as the connection sees it now; a writer may bring it to the newest at any time."""
    return _pragma(connection, "user_version")


def _opened(path: Path, *, uri: str, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise faults.store_error(error, path=path) from error
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute(f"PRAGMA soft_heap_limit = {_HEAP_BYTES}").fetchall()
        _check_version(connection, path=path)
        prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise faults.store_error(error, path=path) from error
    except errors.StoreError:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, *, path: Path) -> None:
    found = version(connection)
    application = _pragma(connection, "application_id")
    if application not in (0, APPLICATION_ID):
        raise errors.StoreError(f"this is a database of another program; it was left as it is: {str(path)!r}")
    if found > VERSION:
        raise errors.StoreVersion(
            f"yoloscope {_release(connection)} wrote this series file in format {found}; yoloscope "
            f"{yoloscope.__version__} reads up to {VERSION}. The data are untouched: install that release or a newer one. "
            f"{str(path)!r}"
        )


def _prepare(connection: sqlite3.Connection, *, project: ids.ProjectName) -> None:
    if version(connection) == 0:
        _create(connection, project=project)
    upgrade.to_version(connection, VERSION)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer thread does it between commits


def _create(connection: sqlite3.Connection, *, project: ids.ProjectName) -> None:
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    about = (("release", yoloscope.__version__), ("project", project))
    connection.executemany("INSERT INTO about VALUES (?, ?)", about)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _prepare_reader(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = 1")
    connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")


def _prepare_looker(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")


def _release(connection: sqlite3.Connection) -> str:
    try:
        found = connection.execute("SELECT value FROM about WHERE key = 'release'").fetchone()
    except sqlite3.OperationalError:
        return "(a newer release)"
    return str(found[0]) if found else "(a newer release)"


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
