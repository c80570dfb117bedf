"""When the write-ahead log of a series file is moved into the file itself.

Owned by `writer`, which tells of each commit. The log's size cannot be asked for cheaply, its file never shrinks: how much a commit adds to it
is learnt from each checkpoint. Readers are not waited for; where one keeps pages, the next checkpoint moves them. But the log begins anew
only while nobody reads from it, and under questions that follow each other without a gap it would grow for ever: once it is long, the writer
waits for those who read, the longer the longer it is, and where that was in vain not again before it is twice as long. Whoever comes
meanwhile reads the file alone, so that it waits for the longest question at most.
"""

import contextlib
import sqlite3

CHECKPOINT_BYTES = 16 * 1024 * 1024  # 10-25 ms for the writer; pages that change often are moved once in that much
_FIRST_COMMITS = 64
LONG = 4  # of these sizes, from which on readers are waited for
WAIT_MS = 100  # then: twice what most questions take
WAIT_MOST_MS = 1_000
_COMMIT_BYTES = 64 * 1024  # of pages that a commit changes whatever it brings


class Checkpoints:
    """The write-ahead log of one file, as its writer's commits grow it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
        (self._busy_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
        self._most_frames = CHECKPOINT_BYTES / page_bytes
        self._frames_a_commit = self._most_frames / _FIRST_COMMITS
        self._commits = 0.0
        self._left_frames = 0
        self._waits_from = LONG * self._most_frames

    def committed(self, *, payload_bytes: int = 0) -> None:
        """Note a commit of payloads of that size, and move the log into the file once it is long."""
        self._commits += 1 + payload_bytes / _COMMIT_BYTES
        if self._commits * self._frames_a_commit >= self._most_frames:
            with contextlib.suppress(sqlite3.Error):  # the log keeps every commit; the next round tries again
                self._checkpoint()

    def _checkpoint(self) -> None:
        waits = self._left_frames >= self._waits_from
        length = self._left_frames / (LONG * self._most_frames)
        wait_ms = int(min(WAIT_MS * length, WAIT_MOST_MS)) if waits else 0
        self._connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
        try:
            is_kept, frames, _ = self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {self._busy_ms}")
        new = frames - self._left_frames if frames >= self._left_frames else frames
        self._frames_a_commit = max(1.0, new / self._commits)
        self._left_frames = frames if is_kept else 0
        if not is_kept:
            self._waits_from = LONG * self._most_frames
        elif waits:
            self._waits_from = 2 * frames
        self._commits = 0
