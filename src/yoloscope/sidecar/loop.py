"""The sidecar's loop: send what is there, wait as long as the server asked, never give up while there is something to send.

Its own directory comes first; directories that other trainings left unfinished beside it are adopted. The only broad `except` of
the room is here: a fault in one directory must not keep the others from being sent.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from yoloscope import errors
from yoloscope.sidecar import client, notes, shipment
from yoloscope.spool import cursor, layout, platform

TICK_S = 0.05
HEARTBEAT_S = 10.0
FSYNC_S = 1.0
ADOPT_S = 60.0
LINGER_S = 24 * 3600.0
"""How long a sidecar outlives its trainer while the server is away; after that the next init or `yoloscope sync` goes on."""

log = logging.getLogger("yoloscope.sidecar")


class Courier:
    """Carries one directory; `step` does what is due and says when to come back."""

    def __init__(self, directory: Path, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self.directory = directory
        self.done = False
        self._shipment = shipment.Shipment(directory)
        self._client = client.Client(self._shipment.manifest.server)
        self._now_s = now_s
        self._failures = 0
        self._send_at_s = 0.0
        self._beat_at_s = now_s() + HEARTBEAT_S
        self._fsync_at_s = 0.0
        self._online = self._shipment.manifest.mode == "online"

    def step(self) -> bool:
        """Do what is due; True if there is surely more to do at once."""
        now_s = self._now_s()
        lives = self._shipment.trainer_lives()  # asked before reading: what was written before the end is then read
        if now_s >= self._fsync_at_s:
            self._shipment.sync_to_disk()
            self._shipment.make_room()
            self._fsync_at_s = now_s + FSYNC_S
        if not self._online:
            self.done = not lives
            return False
        hurry = self._shipment.finishing() and self._failures == 0
        if now_s < self._send_at_s and not hurry:
            return False
        try:
            return self._send(now_s, lives=lives)
        except errors.ServerUnavailable as error:
            self._failures += 1
            self._send_at_s = now_s + client.backoff_s(self._failures, wish_s=error.retry_after_s)
            log.warning("%s; try %d, all is kept in %s", error, self._failures, self.directory)
            return False

    def close(self) -> None:
        """Close files and connections; calling it twice is harmless."""
        self._shipment.close()
        self._client.close()

    def _send(self, now_s: float, *, lives: bool) -> bool:
        sent = self._shipment.ship(self._client.send, alive=True if lives else None)
        if sent:
            self._failures = 0
            self._send_at_s = now_s + self._shipment.flush_ms / 1000
            self._beat_at_s = now_s + HEARTBEAT_S
            return self._shipment.backlog or not lives
        if self._shipment.ended or not lives:
            if not self._shipment.ended or self._shipment.losses_unsent():
                self._shipment.beat(self._client.send, alive=False)
            self._shipment.complete()
            self.done = True
        elif now_s >= self._beat_at_s or self._shipment.losses_unsent():
            self._shipment.beat(self._client.send, alive=True)
            self._beat_at_s = now_s + HEARTBEAT_S
        self._failures = 0
        self._send_at_s = now_s + TICK_S
        return False


def is_left(directory: Path) -> bool:
    """Tell whether a directory holds an online run that was not sent to its end."""
    if not (directory / "run.json").is_file():
        return False
    try:
        manifest = layout.load_manifest(directory)
    except errors.SpoolError as error:
        log.warning("%s", error)
        return False
    return manifest.mode == "online" and not cursor.load(directory).complete


class Sidecar:
    """Carries its own directory and adopts those left beside it."""

    def __init__(self, own: Path) -> None:
        self._own = own
        self._couriers: dict[Path, tuple[Courier, platform.FileLock]] = {}
        self._adopt_at_s = 0.0

    def run(self) -> None:
        """Work until everything is sent, or for a day after the last trainer here has ended."""
        self._take(self._own)
        self._note_provenance()
        idle_since_s = time.monotonic()
        while self._couriers:
            now_s = time.monotonic()
            if now_s >= self._adopt_at_s:
                self._adopt()
                self._adopt_at_s = now_s + ADOPT_S
            busy = [self._step(path) for path in list(self._couriers)]
            if platform.is_locked(self._own / "alive.lock"):
                idle_since_s = now_s
            if now_s - idle_since_s > LINGER_S:
                break
            if not any(busy):
                time.sleep(TICK_S)
        for path in list(self._couriers):
            self._drop(path)

    def _note_provenance(self) -> None:
        try:
            notes.record_provenance(self._own, layout.load_manifest(self._own))
        except (errors.YoloscopeError, OSError) as error:
            log.warning("provenance is not recorded: %s", error)

    def _step(self, path: Path) -> bool:
        courier = self._couriers[path][0]
        try:
            more = courier.step()
        except Exception:
            log.exception("a fault in %s; it is left as it is for `yoloscope sync`", path)
            self._drop(path)
            return False
        if courier.done:
            self._drop(path)
        return more

    def _adopt(self) -> None:
        for path in sorted(self._own.parent.iterdir()):
            if path not in self._couriers and path != self._own and is_left(path):
                self._take(path)

    def _take(self, path: Path) -> None:
        try:
            online = layout.load_manifest(path).mode == "online"
            # an offline run is only kept safe: its directory stays free for `yoloscope sync`
            lock = platform.FileLock(path / ("sidecar.lock" if online else "keeper.lock"))
            if lock.acquire():
                self._couriers[path] = (Courier(path), lock)
        except (errors.YoloscopeError, OSError):
            log.exception("cannot carry %s", path)

    def _drop(self, path: Path) -> None:
        courier, lock = self._couriers.pop(path)
        courier.close()
        lock.release()
