"""Which runs changed since when, for whoever keeps a copy of what a store says of them.

Noted by the stores after each commit, asked by `query`. Kept in memory: a process that starts has no copy to bring up to date.
"""

import threading
from collections.abc import Iterable

import msgspec

from yoloscope.records import ids


class Since(msgspec.Struct, frozen=True):
    """The runs that changed since a mark, and the mark to ask with next."""

    runs: frozenset[ids.RunId]
    mark: int


class Changes:
    """A counter that goes up with every change, and for each run where it stood at its last one. Safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark = 0
        self._last: dict[ids.RunId, int] = {}

    def note(self, runs: Iterable[ids.RunId]) -> None:
        """Note that runs changed just now."""
        with self._lock:
            self._mark += 1
            for run in runs:
                self._last.pop(run, None)  # put behind the others: the newest changes stand last
                self._last[run] = self._mark

    def since(self, mark: int) -> Since:
        """Return the runs that changed after a mark; 0 was before everything. Cost: the number of changed runs."""
        changed: list[ids.RunId] = []
        with self._lock:
            for run, at in reversed(self._last.items()):
                if at <= mark:
                    break
                changed.append(run)
            return Since(frozenset(changed), self._mark)
