"""The write-ahead log is moved into the file when it is long, not at every commit once it was."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from yoloscope.store.series import checkpoints

PAGE_BYTES = 4096


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB)")
    yield connection
    connection.close()


def _write(connection: sqlite3.Connection, pages: int) -> None:
    connection.execute("INSERT INTO rows (content) VALUES (zeroblob(?))", (pages * PAGE_BYTES,))


def test_how_much_commits_write_is_learnt(
    connection: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINT_BYTES", 200 * PAGE_BYTES)
    monkeypatch.setattr(checkpoints, "_FIRST_COMMITS", 4)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    watched = checkpoints.Checkpoints(connection)
    for pages in [1] * 300 + [30] * 30:
        _write(connection, pages)
        watched.committed()
    moved = [one for one in statements if "wal_checkpoint" in one]
    written = 300 * 3 + 30 * 32
    assert written / 400 <= len(moved) <= written / 50
    assert (tmp_path / "a.db-wal").stat().st_size <= 2.5 * 200 * PAGE_BYTES + 100 * 30 * PAGE_BYTES


@pytest.mark.slow
def test_a_reader_is_not_waited_for_again_and_again(
    connection: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINT_BYTES", 10 * PAGE_BYTES)
    monkeypatch.setattr(checkpoints, "WAIT_MS", 5)
    reader = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    reader.execute("BEGIN")
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    assert reader.execute("SELECT count(*) FROM rows").fetchone() == (0,)
    watched = checkpoints.Checkpoints(connection)
    for _ in range(100):
        _write(connection, 1)
        watched.committed()
    assert reader.execute("SELECT count(*) FROM rows").fetchone() == (0,)
    waited = [one for one in statements if one.startswith("PRAGMA busy_timeout = ") and one[22:] not in ("0", "5000")]
    assert 1 <= len(waited) <= 4
    reader.close()
    for _ in range(20):
        _write(connection, 1)
        watched.committed()
    assert connection.execute("SELECT count(*) FROM rows").fetchone() == (120,)
    _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert frames <= 40


@pytest.mark.slow
def test_questions_without_a_gap_do_not_let_the_log_grow_for_ever(
    connection: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINT_BYTES", 10 * PAGE_BYTES)
    monkeypatch.setattr(checkpoints, "WAIT_MS", 2_000)  # far more than it takes, on a machine that is busy
    monkeypatch.setattr(checkpoints, "WAIT_MOST_MS", 20_000)
    stop = threading.Event()

    def read(begun: threading.Barrier) -> None:
        reader = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        while not stop.is_set():
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM rows").fetchone()
            with contextlib.suppress(threading.BrokenBarrierError):
                begun.wait(1)  # nobody ends before the other has begun again
            reader.execute("ROLLBACK")
        reader.close()

    begun = threading.Barrier(2)
    readers = [threading.Thread(target=read, args=[begun]) for _ in range(2)]
    for one in readers:
        one.start()
    watched = checkpoints.Checkpoints(connection)
    for _ in range(400):
        _write(connection, 1)
        watched.committed()
    stop.set()
    begun.abort()
    for one in readers:
        one.join()
    assert (tmp_path / "a.db-wal").stat().st_size < 400 * PAGE_BYTES
