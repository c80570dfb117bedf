"""What somebody asks of a training, kept until its sidecar is heard of next.

A sidecar cannot be called, it calls: what is asked waits in memory and goes out with the next acknowledgement, once. A restart of the
server forgets it, as does a minute of silence: what comes much later would answer nobody.
"""

import time
from collections.abc import Callable, Iterable
from typing import Literal

from yoloscope.records import ids

Ask = Literal["stack"]
LIFETIME_S = 60.0  # a sidecar with nothing to say is heard of every ten seconds

_Of = tuple[ids.RunId, ids.WriterId]


class Asks:
    """What is still to be handed out. One event loop."""

    def __init__(self, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._waiting: dict[_Of, dict[Ask, float]] = {}

    def add(self, run: ids.RunId, writer: ids.WriterId, what: Ask) -> None:
        """Ask a writer of a run; asked twice before it is heard of is asked once."""
        now_s = self._clock_s()
        self._waiting = {of: asked for of, asked in self._waiting.items() if max(asked.values()) > now_s}
        self._waiting.setdefault((run, writer), {})[what] = now_s + LIFETIME_S

    def taken(self, heard_of: Iterable[_Of]) -> tuple[Ask, ...]:
        """Return what is asked of writers that are heard of now; it is not handed out again."""
        if not self._waiting:
            return ()
        now_s = self._clock_s()
        found = [self._waiting.pop(of, {}) for of in set(heard_of)]
        return tuple(sorted({what for asked in found for what, expires_s in asked.items() if expires_s > now_s}))
