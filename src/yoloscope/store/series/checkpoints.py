"""When the write-ahead log of a series file is moved into the file itself.

Owned by `writer`, which tells of each commit. The log's size cannot be asked for cheaply, its file never shrinks: how much a commit adds to it
is learnt from each checkpoint. Readers are never waited for; where one keeps pages, the next checkpoint moves them.
"""

import contextlib
import sqlite3

CHECKPOINT_BYTES = 16 * 1024 * 1024  # 10-25 ms for the writer; pages that change often are moved once in that much
_FIRST_COMMITS = 64
_COMMIT_BYTES = 64 * 1024  # of pages that a commit changes whatever it brings


class Checkpoints:
    """The write-ahead log of one file, as its writer's commits grow it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
        self._most_frames = CHECKPOINT_BYTES / page_bytes
        self._frames_a_commit = self._most_frames / _FIRST_COMMITS
        self._commits = 0.0
        self._left_frames = 0

    def committed(self, *, payload_bytes: int = 0) -> None:
        """Note a commit of payloads of that size, and move the log into the file once it is long."""
        self._commits += 1 + payload_bytes / _COMMIT_BYTES
        if self._commits * self._frames_a_commit >= self._most_frames:
            with contextlib.suppress(sqlite3.Error):  # the log keeps every commit; the next round tries again
                self._checkpoint()

    def _checkpoint(self) -> None:
        _, frames, moved = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        new = frames - self._left_frames if frames >= self._left_frames else frames
        self._frames_a_commit = max(1.0, new / self._commits)
        self._left_frames = frames if moved < frames else 0
        self._commits = 0
