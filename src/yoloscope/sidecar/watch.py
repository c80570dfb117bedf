"""What a sidecar does beside carrying rows: it looks at its training and at the machine, and notes what it sees.

Called by `loop.Courier` at each of its steps. A fault in one watcher is said once and switches that watcher off; rows are carried as ever.
"""

import logging
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from yoloscope.sidecar import notebook

log = logging.getLogger("yoloscope.sidecar")


class Watcher(Protocol):
    """One thing that is looked at."""

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Do what is due at `now_s` of a clock that never steps back; `lives` tells whether the trainer does.

        The last call, with `lives` false, comes when the trainer is gone and before its end is written down.
        """
        ...

    def close(self) -> None:
        """Release files and handles; calling it twice is harmless."""
        ...


@runtime_checkable
class Lagging(Protocol):
    """A watcher that may need several rounds for what there was to see."""

    def is_behind(self) -> bool:
        """Tell whether something is still to be noted; it is called for when the trainer is gone, too, until there is not."""
        ...


class Signs:
    """What a watcher lets the courier tell the server with its next batch, and what the server asks of the watchers."""

    def __init__(self) -> None:
        self.stalled = False
        self.hurried = False
        self.asked: set[str] = set()


class Watch:
    """All watchers of one directory, and the notebook that they share."""

    def __init__(
        self, watchers: Sequence[Watcher], *, notes: notebook.Notebook | None = None, signs: Signs | None = None
    ) -> None:
        self.signs = signs or Signs()
        self._watchers = list(watchers)
        self._notes = notes
        self._saw_end = False

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Let every watcher do what is due; once more after the trainer is gone, and not again but for those that are behind."""
        due = self._behind() if self._saw_end and not lives else list(self._watchers)
        self._saw_end = not lives
        for watcher in due:
            try:
                watcher.tend(now_s, lives=lives)
            except Exception:
                log.exception("%s is switched off; rows are carried as ever", type(watcher).__name__)
                self._watchers.remove(watcher)
                _close(watcher)

    def is_behind(self) -> bool:
        """Tell whether a watcher has something to note yet: the run is not sent to its end before."""
        return bool(self._behind())

    def _behind(self) -> list[Watcher]:
        return [watcher for watcher in self._watchers if isinstance(watcher, Lagging) and watcher.is_behind()]

    def close(self) -> None:
        """Close all watchers and their notebook; calling it twice is harmless."""
        for watcher in self._watchers:
            _close(watcher)
        if self._notes is not None:
            self._notes.close()


def _close(watcher: Watcher) -> None:
    try:
        watcher.close()
    except Exception:
        log.exception("%s does not close", type(watcher).__name__)
