"""What was hinted at lately, so that a browser which fetched before it could listen learns what it missed.

Used by `live`. Belongs to one event loop, as the hub does.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

KEPT_S = 60.0  # a page that opens needs a second or two, one behind a bad link some tens
HINTS_MAX = 4_096
_Hint = TypeVar("_Hint")


class Lately(Generic[_Hint]):
    """The last hint of each key, for as long as `KEPT_S` and as many as `HINTS_MAX`; `clock` gives seconds that only rise."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._complete_from = clock()
        self._hints: dict[object, tuple[float, _Hint]] = {}

    def note(self, key: object, hint: _Hint) -> None:
        """Keep a hint in the place of an older one of its key."""
        now = self._clock()
        self._hints.pop(key, None)
        self._hints[key] = (now, hint)
        while len(self._hints) > HINTS_MAX or self._oldest_s() < now - KEPT_S:
            self._complete_from, _ = self._hints.pop(next(iter(self._hints)))

    def since(self, ago_s: float) -> Iterator[_Hint] | None:
        """Return the hints of the last `ago_s` seconds, oldest first; ``None`` if some of that time are not known any more."""
        began = self._clock() - ago_s
        if began <= self._complete_from:
            return None
        return (hint for at, hint in self._hints.values() if at >= began)

    def _oldest_s(self) -> float:
        at, _ = next(iter(self._hints.values()))
        return at
