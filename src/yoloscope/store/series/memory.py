"""Things read from series files that are worth keeping for the next question, in as much memory as is given to them.

Owned by `reader.Memories`, which the readers of all files share, filled by `layout` and `tail`. Only what a file never says otherwise is
kept, under ids that it never gives again.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Memory(Generic[_Value]):
    """Values by file and key; those that were not asked for the longest are forgotten first. Safe to call from any thread."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[Path, Hashable], tuple[_Value, int]] = OrderedDict()
        self._bytes = 0

    @property
    def held_bytes(self) -> int:
        """How much is kept now."""
        return self._bytes

    def get(self, file: Path, key: Hashable) -> _Value | None:
        """Return what is kept of a file under a key."""
        with self._lock:
            if (file, key) not in self._held:
                return None
            self._held.move_to_end((file, key))
            return self._held[file, key][0]

    def put(self, file: Path, key: Hashable, value: _Value, *, size_bytes: int) -> None:
        """Keep a value; one that is larger than all that may be kept is not."""
        with self._lock:
            self._drop((file, key))
            if size_bytes > self._max_bytes:
                return
            self._held[file, key] = value, size_bytes
            self._bytes += size_bytes
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._held)))

    def forget(self, file: Path) -> None:
        """Drop all that is kept of a file."""
        with self._lock:
            for key in [key for key in self._held if key[0] == file]:
                self._drop(key)

    def _drop(self, key: tuple[Path, Hashable]) -> None:
        _, size_bytes = self._held.pop(key, (None, 0))
        self._bytes -= size_bytes


class OfFile(Generic[_Value]):
    """What is kept of one file."""

    def __init__(self, memory: Memory[_Value], file: Path) -> None:
        self._memory = memory
        self._file = file

    def get(self, key: Hashable) -> _Value | None:
        """Return what is kept under a key."""
        return self._memory.get(self._file, key)

    def put(self, key: Hashable, value: _Value, *, size_bytes: int) -> None:
        """Keep a value."""
        self._memory.put(self._file, key, value, size_bytes=size_bytes)

    def forget(self) -> None:
        """Drop everything."""
        self._memory.forget(self._file)
