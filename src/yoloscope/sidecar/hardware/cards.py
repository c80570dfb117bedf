"""All accelerators of the machine: the makers that are known, and reading them without ever waiting for a driver."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from yoloscope.sidecar.hardware import aside, nvidia, port

log = logging.getLogger("yoloscope.sidecar")
VENDORS: tuple[port.Open, ...] = (nvidia.opened,)
"""One line a maker."""
OPEN_AGAIN_S = 60.0
"""How long after a driver was not there, or went, it is looked for again: one that is missing costs 0.2 ms."""
HANGS_S = 5.0
"""A look takes milliseconds; a driver that has not answered by then is left alone until it does."""


class Seen(NamedTuple):
    """What a look found; ``is_all`` tells that every driver answered whose cards are there, so that there are no others."""

    cards: list[port.Card]
    is_all: bool


class Cards:
    """The cards, read in a thread of their own, so that a driver that hangs keeps nobody."""

    def __init__(self, vendors: Sequence[port.Open] = VENDORS, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._reader = _Reader(vendors, now_s=now_s)
        self._aside: aside.Aside[Seen] = aside.Aside("the reading of cards", self._reader.look)
        self._told = False

    def ask(self) -> None:
        """Begin a look, unless the last one has not ended."""
        self._aside.ask()

    def take(self) -> Seen | None:
        """Return what was seen, once; None while the drivers have not answered."""
        seen = self._aside.take()
        hangs = self.hangs()
        if hangs != self._told:
            self._told = hangs
            log.warning(
                "the driver of the cards %s", "does not answer; no values until it does" if hangs else "answers"
            )
        return seen

    def hangs(self) -> bool:
        """Tell whether a look was begun and has not ended for long."""
        busy_s = self._aside.busy_s()
        return busy_s is not None and busy_s > HANGS_S

    def close(self) -> None:
        """End the thread, which closes the drivers; nobody waits for it."""
        self._reader.ends = True
        self._aside.ask()
        self._aside.close()


class _Reader:
    """What runs in the thread: it opens the drivers, and again when they went."""

    def __init__(self, vendors: Sequence[port.Open], *, now_s: Callable[[], float]) -> None:
        self._closed = dict.fromkeys(vendors, 0.0)
        self._open: dict[port.Open, port.Vendor] = {}
        self._gone: set[port.Open] = set()
        self._now_s = now_s
        self.ends = False

    def look(self) -> Seen:
        """Return all cards of all makers that can be read now. A driver that answered once, or said that it has cards, is missed until it answers again."""
        if self.ends:
            self._close_all()
            return Seen([], is_all=False)
        self._open_what_is_there()
        found: list[port.Card] = []
        for opener, vendor in list(self._open.items()):
            try:
                found += vendor.look()
            except port.DriverGone as error:
                self._miss(opener, error)
                self._let_go(opener)
        return Seen(found, is_all=not self._gone)

    def _open_what_is_there(self) -> None:
        now_s = self._now_s()
        for opener, due_s in list(self._closed.items()):
            if now_s < due_s:
                continue
            self._closed[opener] = now_s + OPEN_AGAIN_S
            try:
                vendor = opener()
            except port.DriverGone as error:
                self._miss(opener, error)
                continue
            if vendor is not None:
                del self._closed[opener]
                self._open[opener] = vendor
                self._gone.discard(opener)

    def _miss(self, opener: port.Open, error: port.DriverGone) -> None:
        if opener not in self._gone:
            self._gone.add(opener)
            log.info("a driver of cards does not answer, and is looked for again: %s", error)

    def _let_go(self, opener: port.Open) -> None:
        self._open.pop(opener).close()
        self._closed[opener] = self._now_s() + OPEN_AGAIN_S

    def _close_all(self) -> None:
        for opener in list(self._open):
            self._let_go(opener)
