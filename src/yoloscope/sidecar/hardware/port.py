"""The port for makers of accelerators: what one look at their cards returns. One file a maker lies behind it, listed in `cards`.

A maker's file is called from one thread that nothing else waits for (`aside`): a driver may take long or never answer.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec


class Card(msgspec.Struct, frozen=True):
    """One look at one card: ``numbers`` by the names of `records.system.CARD_MEASURES`; what cannot be read is not in it.

    ``index`` and ``uuid`` are as the maker's tools tell them. ``processes`` holds the bytes that each process uses there, -1 where
    the driver does not say; it is None where the driver does not list processes at all.
    """

    vendor: str
    index: int
    uuid: str
    name: str
    numbers: dict[str, float] = {}
    processes: dict[int, int] | None = None


class Vendor(Protocol):
    """The open driver of one maker."""

    def look(self) -> list[Card]:
        """Return all its cards as they are now; a value that cannot be read is left out.

        Raises:
            DriverGone: if the driver has to be opened anew.
        """
        ...

    def close(self) -> None:
        """Let the driver go; harmless when it is gone."""
        ...


class DriverGone(Exception):
    """The driver was unloaded, updated or reset, or is not ready yet: nothing of it answers."""


Open = Callable[[], Vendor | None]
"""Opens a maker's driver; None, without a word, where there is none on this machine. `DriverGone` is raised where there are cards of which it tells nothing."""
