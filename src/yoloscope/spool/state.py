"""The state page: a few counters that trainer and sidecar share through one mapped page.

Each word has one writer: the trainer counts losses and asks to finish, the sidecar reports acknowledgements. It is allocated when
the writer starts, so that a disk that fills up later can still be reported.
"""

import itertools
import mmap
import os
from collections.abc import Sequence
from pathlib import Path

from yoloscope.spool import layout, platform


class StatePage:
    """The page of one writer's directory, opened by either side."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            if os.fstat(descriptor).st_size < layout.STATE_BYTES:
                platform.allocate(descriptor, layout.STATE_BYTES)
            self._map = mmap.mmap(descriptor, layout.STATE_BYTES)
        finally:
            os.close(descriptor)
        self._map[0:8] = layout.STATE_MAGIC
        self._words = memoryview(self._map).cast("Q")
        self._counters = {
            reason: itertools.count(self._words[layout.LOST_FIRST_WORD + index] + 1)
            for index, reason in enumerate(layout.LOST_REASONS)
        }

    def get(self, word: layout.StateWord) -> int:
        """Return a word."""
        return self._words[layout.STATE_WORDS[word]]

    def put(self, word: layout.StateWord, value: int) -> None:
        """Store a word in one aligned store."""
        self._words[layout.STATE_WORDS[word]] = value

    def count_lost(self, reason: str, *, rows: int = 1) -> int:
        """Count lost rows and return the total of their reason; safe between threads without a lock."""
        total = next(itertools.islice(self._counters[reason], rows - 1, None))
        self._words[layout.LOST_FIRST_WORD + layout.LOST_REASONS.index(reason)] = total
        return total

    def lost(self) -> dict[str, int]:
        """Return the totals by reason, without those that are zero."""
        return _lost(self._words)

    def close(self) -> None:
        """Unmap the page; calling it twice is harmless."""
        if not self._map.closed:
            self._words.release()
            self._map.close()


def lost_in(path: Path) -> dict[str, int]:
    """Return the totals of a page by reason, as `StatePage.lost` does, without writing to it.

    Raises:
        OSError: if it cannot be read.
    """
    return _lost(memoryview(path.read_bytes()[: layout.STATE_BYTES].ljust(layout.STATE_BYTES, b"\0")).cast("Q"))


def _lost(words: Sequence[int]) -> dict[str, int]:
    totals = {reason: words[layout.LOST_FIRST_WORD + index] for index, reason in enumerate(layout.LOST_REASONS)}
    return {reason: total for reason, total in totals.items() if total}
