"""The machine as one sidecar knows it: read by itself if it is the elected one of the host, else as the elected one left it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from yoloscope.sidecar.hardware import cards, election, host
from yoloscope.spool import platform

CARDS_WAIT_S = 1.0
"""How long a look waits for the cards, while everything else goes on; later ones are left out of it."""


class Station:
    """Looks at the machine at intervals; opened at its first look. Nothing here waits for a driver."""

    def __init__(
        self,
        *,
        interval_s: float,
        folder: Callable[[], Path | None] = election.shared_folder,
        new_cards: Callable[[], cards.Cards] = cards.Cards,
    ) -> None:
        self._interval_s = interval_s
        self._folder = folder
        self._new_cards = new_cards
        self._election: election.Election | None = None
        self._cards: cards.Cards | None = None
        self._host: host.Host | None = None
        self._asked_s: float | None = None
        self._seen: cards.Seen | None = None

    @property
    def folder(self) -> Path | None:
        """What the sidecars of this host share; None before the first look, and where each is alone."""
        return None if self._election is None else self._election.folder

    def begin(self, now_s: float) -> None:
        """Begin a look at `now_s` of a clock that never steps back; `is_ready` tells when it can be ended."""
        if self._election is None:
            self._election = election.Election(self._folder())
        self._asked_s = now_s
        if not self._election.leads():
            return
        self._cards = self._cards or self._new_cards()
        self._cards.take()  # what came too late for the last look
        self._seen = None
        self._cards.ask()

    def is_ready(self, now_s: float) -> bool:
        """Tell whether the cards have answered, or are not waited for any longer."""
        if self._cards is None or self._asked_s is None:
            return True
        self._seen = self._seen if self._seen is not None else self._cards.take()
        return self._seen is not None or now_s - self._asked_s >= CARDS_WAIT_S or self._cards.hangs()

    def end(self, now_s: float) -> election.Look:
        """Return what is known of the machine now; the elected one leaves it for the others."""
        assert self._election is not None
        if not self._election.leads():
            known = self._election.latest()
            if known is not None:
                return known
        self._host = self._host or host.Host()
        look = election.Look(
            boot_id=platform.boot_id(),
            mono_ns=time.monotonic_ns(),
            interval_s=self._interval_s,
            pid=os.getpid(),
            numbers=self._host.look(now_s),
            cards=tuple(self._seen.cards if self._seen else ()),
            knows_cards=self._seen is not None and self._seen.is_all,
        )
        if self._election.leads():
            self._election.publish(look)
        return look

    def close(self) -> None:
        """Let another read the machine; calling it twice is harmless."""
        if self._cards is not None:
            self._cards.close()
        if self._election is not None:
            self._election.close()
        self._cards = self._election = self._host = self._seen = None
