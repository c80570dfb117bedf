"""Holds a training's loop while it is paused: it sleeps on the training's own thread and looks around every 50 ms.

Ctrl-C gets through, and nothing else ends a hold but an order: neither a sidecar nor a server that are gone. Only where several ranks hold
together it has an end, since whatever else the ranks wait for may not wait for ever.
"""

import time
from collections.abc import Callable

from yoloscope.sdk import guard

LOOK_S = 0.05
RANKS_MOST_S = 2 * 3600.0
"""How long several ranks hold at most: a collective of NCCL that one of them is in gives up after minutes to hours."""
_TOO_LONG = "several ranks were paused for 2 h, which is as long as they may be; the training goes on."
Mark = Callable[[bool], None]


class Hold:
    """Whether a loop is held. `mark` is told when it begins and ends, so that nobody takes it for stalled; `most_s` ends it by itself."""

    def __init__(
        self,
        *,
        mark: Mark = lambda _: None,
        most_s: float | None = None,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.is_on = False
        self._mark = mark
        self._most_s = most_s
        self._now_s = now_s
        self._sleep = sleep

    def begin(self) -> None:
        """Have the next `keep` block."""
        self.is_on = True

    def end(self) -> None:
        """Let `keep` return."""
        self.is_on = False

    def keep(self, look: Callable[[], None]) -> bool:
        """Block while the hold is on, and call `look` every 50 ms, which may end it; True if it ended by itself."""
        if not self.is_on:
            return False
        begun_s = self._now_s()
        self._mark(True)
        try:
            while self.is_on:
                self._sleep(LOOK_S)
                with guard.attempt("hold"):
                    look()
                if self.is_on and self._most_s is not None and self._now_s() - begun_s > self._most_s:
                    guard.note("hold", _TOO_LONG)
                    return True
        finally:
            self.is_on = False
            self._mark(False)
        return False
