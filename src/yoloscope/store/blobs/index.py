"""Which blobs are whole, and the bytes of the small ones: one SQLite file with a write-ahead log.

Used by `local`, read by `verify` beside a running server. Every blob that was ever acknowledged whole has a row, also where its bytes are
a file, so that one whose file is gone is told from one that never came. One writer at a time; readers never wait.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

import yoloscope
from yoloscope import errors

NAME = "small.db"
FORMAT = 1
_PAGE_BYTES = (
    16_384  # sqlite.org/intern-v-extern-blob.html: the fastest for blobs of this size; seven blobs of 2 KB share one
)
_BUSY_MS = 10_000
_ASKED_MAX = 500  # values in one question
_TOGETHER_MAX = 1_000  # rows read at once
_READ_MAX = 200  # rows read at once with their bytes: 13 MB at most
_GIVEN_BACK_PAGES = 1_024  # at once: 16 MB, for which the writer is held some milliseconds
_SCHEMA = """
CREATE TABLE content (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE blob (
    digest BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, stored_s INTEGER NOT NULL, content INTEGER REFERENCES content (id)
) WITHOUT ROWID;
"""
"""``content`` is null where the bytes are a file. Two tables, so that looking through digests and sizes reads no bytes of blobs."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A whole blob; ``content`` is None where its bytes are a file, ``stored_s`` Unix seconds."""

    digest: str
    size_bytes: int
    stored_s: int
    content: int | None


class Index:
    """The SQLite file of one blob store. Its methods may be called from any thread.

    Raises:
        StoreFull: from what writes, if the disk is full.
        StoreVersion: if a newer release wrote the file.
        StoreError: if it is damaged or cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with faults(path), contextlib.ExitStack() as undo:
            self._writer = _connected(path)
            undo.callback(self._writer.close)
            _set_up(self._writer, path)
            undo.pop_all()

    def put(self, digest: str, data: bytes) -> None:
        """Keep a small blob, durably."""
        self.put_all([(digest, len(data), data)])

    def note(self, digest: str, *, size_bytes: int) -> None:
        """Keep that a blob whose bytes are a file is whole, durably."""
        self.put_all([(digest, size_bytes, None)])

    def put_all(self, blobs: Iterable[tuple[str, int, bytes | None]]) -> None:
        """Keep blobs in one transaction: digest, size, and the bytes unless they are a file; those that are here stay."""
        now_s = int(time.time())
        with self._writing() as connection:
            for digest, size_bytes, data in blobs:
                key = bytes.fromhex(digest)
                known = connection.execute("SELECT content FROM blob WHERE digest = ?", (key,)).fetchone()
                if known is not None and (known[0] is not None or data is None):
                    continue
                content = None
                if data is not None:
                    content = connection.execute("INSERT INTO content (data) VALUES (?)", (data,)).lastrowid
                connection.execute("REPLACE INTO blob VALUES (?, ?, ?, ?)", (key, size_bytes, now_s, content))

    def row(self, digest: str) -> Row | None:
        """Return what is kept of a whole blob."""
        return next(iter(self.rows([digest])), None)

    def rows(self, digests: Sequence[str]) -> list[Row]:
        """Return what is kept of those of some blobs that are whole."""
        found: list[Row] = []
        with self._reading() as connection:
            for at in range(0, len(digests), _ASKED_MAX):
                keys = [bytes.fromhex(digest) for digest in digests[at : at + _ASKED_MAX]]
                marks = ",".join("?" * len(keys))
                found += map(_row, connection.execute(f"SELECT * FROM blob WHERE digest IN ({marks})", keys))  # noqa: S608 - marks only
        return found

    def all_rows(self) -> Iterator[Row]:
        """Yield every whole blob by digest, some at a time: no transaction stays open between them."""
        after = b""
        while True:
            with self._reading() as connection:
                found = [*map(_row, connection.execute(_PAGE, (after, _TOGETHER_MAX)))]
            if not found:
                return
            yield from found
            after = bytes.fromhex(found[-1].digest)

    def data(self, content: int) -> bytes | None:
        """Return the bytes of a small blob, None if they were removed meanwhile."""
        with self._reading() as connection:
            found = connection.execute("SELECT data FROM content WHERE id = ?", (content,)).fetchone()
        return None if found is None else found[0]

    def totals(self) -> tuple[int, int]:
        """Return how many blobs are whole, and their bytes."""
        with self._reading() as connection:
            blobs, size_bytes = connection.execute("SELECT count(*), coalesce(sum(size_bytes), 0) FROM blob").fetchone()
        return blobs, size_bytes

    def remove(self, digests: Iterable[str]) -> None:
        """Forget blobs, durably."""
        with self._writing() as connection:
            for digest in digests:
                key = bytes.fromhex(digest)
                found = connection.execute("DELETE FROM blob WHERE digest = ? RETURNING content", (key,)).fetchall()
                connection.executemany("DELETE FROM content WHERE id = ?", found)

    def give_back(self) -> None:
        """Give the space of what was removed back to the disk."""
        with self._turn, faults(self._path):
            self._writer.executescript(
                f"PRAGMA incremental_vacuum({_GIVEN_BACK_PAGES})"
            )  # `execute` stops after a page

    def close(self) -> None:
        """Close the file; calling it twice is harmless."""
        with self._turn:
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()

    @contextlib.contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        with self._turn, faults(self._path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        with faults(self._path):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = _connected(self._path)
            try:
                yield connection
            finally:
                if self._closed:
                    connection.close()
                else:
                    self._idle.append(connection)


_PAGE = "SELECT * FROM blob WHERE digest > ? ORDER BY digest LIMIT ?"
_READ = (
    "SELECT b.digest, b.size_bytes, b.stored_s, b.content, c.data FROM blob b LEFT JOIN content c ON c.id = b.content "
    "WHERE b.digest > ? ORDER BY b.digest LIMIT ?"
)


@contextlib.contextmanager
def looking(path: Path) -> Generator[sqlite3.Connection]:
    """Lend a connection that only reads, also beside a server that writes.

    Raises:
        StoreVersion: if a newer release wrote the file.
        StoreError: if it is damaged or cannot be used.
    """
    with faults(path), contextlib.closing(_connected(path, mode="rw")) as connection:
        connection.execute("PRAGMA query_only = 1")
        _check_version(connection, path)
        yield connection


@contextlib.contextmanager
def faults(path: Path) -> Generator[None]:
    """Turn what SQLite says into errors of our tree."""
    try:
        yield
    except sqlite3.Error as error:
        if "disk is full" in str(error):
            raise errors.StoreFull("the disk that holds the blobs is full: nothing of this was stored") from error
        raise errors.StoreError(
            f"the file of small blobs cannot be used ({error}); it was left as it is: {str(path)!r}"
        ) from error


def rows_of(connection: sqlite3.Connection) -> Iterator[tuple[Row, bytes | None]]:
    """Yield every row with the bytes of the small ones, None where there are none; no transaction lasts longer than some rows."""
    after = b""
    while found := connection.execute(_READ, (after, _READ_MAX)).fetchall():
        yield from ((_row(values), data) for *values, data in found)
        after = found[-1][0]


def _row(values: Sequence[object]) -> Row:
    digest, *others = values
    assert isinstance(digest, bytes), "digests are stored as bytes"
    return msgspec.convert((digest.hex(), *others), Row)


def _connected(path: Path, *, mode: str = "rwc") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
    )
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute("PRAGMA synchronous = FULL")  # fails on what is no database
        undo.pop_all()
    return connection


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    _check_version(connection, path)
    if connection.execute("PRAGMA user_version").fetchone() == (0,):
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL").close()
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT")


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise errors.StoreVersion(
            f"a newer release wrote these blobs (format {found}); yoloscope {yoloscope.__version__} reads up to {FORMAT}. They are "
            f"untouched: install that release or a newer one. {str(path)!r}"
        )
