"""Has a training's sidecar be handed its commands (`sidecar.link`), and carries out the one that a training cannot: a kill.

A watcher of `sidecar.watch`: what it notes goes into the sidecar's own lane, on the courier's thread.
"""

import queue
import time
from pathlib import Path

from yoloscope import errors
from yoloscope.records import command, row
from yoloscope.sidecar import killing, link, notebook, orders, watch
from yoloscope.spool import inbox, latest, state

HURRY_S = 10.0
"""How long a new order has rows sent at each round: whoever asked waits for what came of it, which comes among them."""


class Obeying:
    """The watcher of one trainer that writes a run; a server is asked once it has taken something of this writer's."""

    def __init__(self, directory: Path, notes: notebook.Notebook, signs: watch.Signs) -> None:
        self._directory = directory
        self._notes = notes
        self._signs = signs
        self._open: frozenset[str] = frozenset()
        self._hurries_until_s = 0.0
        self._page = state.StatePage(directory / "state")
        self._kills: queue.SimpleQueue[inbox.Order] = queue.SimpleQueue()
        self._box = orders.Orders(directory, kill=self._kills.put)
        self._link: link.Link | None = None
        self._settled: set[str] = set()

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Be linked while the trainer lives; kill it when that was asked."""
        self._hurry(now_s, lives=lives)
        if not lives:
            self._end_link()
            return
        if self._link is None and self._page.get("acked_sequences"):
            self._link = link.Link(self._directory, self._box)
        while not self._kills.empty():
            self._obey(self._kills.get())

    def close(self) -> None:
        """Close the connection; calling it twice is harmless."""
        self._end_link()
        self._page.close()

    def _hurry(self, now_s: float, *, lives: bool) -> None:
        before, self._open = self._open, self._box.open
        if self._open - before:
            self._hurries_until_s = now_s + HURRY_S
        self._signs.hurried = lives and bool(self._open) and now_s < self._hurries_until_s

    def _end_link(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _obey(self, order: inbox.Order) -> None:
        if order.id in self._settled:
            return
        self._settled.add(order.id)
        if order.until_ns < time.time_ns():
            self._tell(order, "expired", {})
            return
        try:
            killing.kill(self._directory)
        except errors.CommandRefused as refusal:
            self._tell(order, "refused", {"reason": refusal.reason, "detail": str(refusal)})
            return
        self._page.put("killed", 1)
        self._tell(order, "applied", {"how": "kill"})

    def _tell(self, order: inbox.Order, settled: command.Settled, result: dict[str, object]) -> None:
        spot = latest.spot(self._directory)
        acted = row.Acted(order.id, order.verb, settled, time.time_ns(), spot.step, spot.epoch, result)
        self._notes.event(acted)
