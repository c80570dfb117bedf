"""Which machines have an agent that starts trainings again: those where one asked lately. Kept in memory, told anew by each question.

A machine that several people use has an agent for each, and each knows the trainings of its own user alone.
"""

import threading
from collections.abc import Callable

LISTENS_NS = 60 * 10**9
"""How long an agent counts after it asked: each question lasts 20 s, so that is two that fail."""
BEGINS_NS = 30 * 10**9
"""For so long after its start a server does not know who else is there: an agent's question had to come again."""
HOSTS_MAX = 4_096
AGENTS_MAX = 64
"""On one machine, and refusals that are remembered of one training."""
WISHES_MAX = 1_000


class Starters:
    """Safe to call from any thread."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock_ns = clock_ns
        self._began_ns = clock_ns()
        self._asked_ns: dict[str, dict[str, int]] = {}
        self._unknown_to: dict[str, set[str]] = {}
        self._turn = threading.Lock()

    def note(self, host: str, agent: str = "") -> None:
        """Note that an agent of a machine asks now."""
        now_ns = self._clock_ns()
        with self._turn:
            if host not in self._asked_ns and len(self._asked_ns) >= HOSTS_MAX:
                self._asked_ns = {one: left for one in self._asked_ns if (left := self._lately(one, now_ns))}
            if host not in self._asked_ns and len(self._asked_ns) >= HOSTS_MAX:
                return
            agents = self._lately(host, now_ns)
            if agent in agents or len(agents) < AGENTS_MAX:
                agents[agent] = now_ns
            self._asked_ns[host] = agents

    def listens(self, host: str) -> bool:
        """Tell whether an agent asked within the last minute."""
        return bool(self._lately(host, self._clock_ns()))

    def nobody_knows(self, host: str, wish: str, *, agent: str) -> bool:
        """Note that an agent does not know the training of a wish; return whether no other that listens may."""
        with self._turn:
            if wish not in self._unknown_to and len(self._unknown_to) >= WISHES_MAX:
                del self._unknown_to[next(iter(self._unknown_to))]
            told = self._unknown_to.setdefault(wish, set())
            if len(told) < AGENTS_MAX:
                told.add(agent)
            now_ns = self._clock_ns()
            is_new = 0 <= now_ns - self._began_ns < BEGINS_NS
            return not is_new and self._lately(host, now_ns).keys() <= {*told, agent}

    def _lately(self, host: str, now_ns: int) -> dict[str, int]:
        known = self._asked_ns.get(host, {})
        return {agent: at_ns for agent, at_ns in known.items() if abs(now_ns - at_ns) <= LISTENS_NS}
