"""Things read from series files that are worth keeping for the next question, in as much memory as is given to them.

Owned by `reader.Readers`, filled by `layout` and `tail`. Only what a file never says otherwise is kept, under ids that it never gives again.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Memory(Generic[_Value]):
    """Values by key; those that were not asked for the longest are forgotten first. Safe to call from any thread."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[_Value, int]] = OrderedDict()
        self._bytes = 0

    @property
    def held_bytes(self) -> int:
        """How much is kept now."""
        return self._bytes

    def get(self, key: Hashable) -> _Value | None:
        """Return what is kept under a key."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Hashable, value: _Value, *, size_bytes: int) -> None:
        """Keep a value; one that is larger than all that may be kept is not."""
        with self._lock:
            self._drop(key)
            if size_bytes > self._max_bytes:
                return
            self._held[key] = value, size_bytes
            self._bytes += size_bytes
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._held)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self._bytes = 0

    def _drop(self, key: Hashable) -> None:
        _, size_bytes = self._held.pop(key, (None, 0))
        self._bytes -= size_bytes
