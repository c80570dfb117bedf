"""Which machines have an agent that starts trainings again: those where one asked lately. Kept in memory, told anew by each question."""

import threading
from collections.abc import Callable

LISTENS_NS = 60 * 10**9
"""How long an agent counts after it asked: each question lasts 20 s, so that is two that fail."""
HOSTS_MAX = 4_096


class Starters:
    """Safe to call from any thread."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock_ns = clock_ns
        self._asked_ns: dict[str, int] = {}
        self._turn = threading.Lock()

    def note(self, host: str) -> None:
        """Note that the agent of a machine asks now."""
        now_ns = self._clock_ns()
        with self._turn:
            if host not in self._asked_ns and len(self._asked_ns) >= HOSTS_MAX:
                self._asked_ns = {one: at for one, at in self._asked_ns.items() if abs(now_ns - at) <= LISTENS_NS}
            if host in self._asked_ns or len(self._asked_ns) < HOSTS_MAX:
                self._asked_ns[host] = now_ns

    def listens(self, host: str) -> bool:
        """Tell whether an agent asked within the last minute."""
        asked_ns = self._asked_ns.get(host)
        return asked_ns is not None and abs(self._clock_ns() - asked_ns) <= LISTENS_NS
