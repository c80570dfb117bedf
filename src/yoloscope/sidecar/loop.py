"""The sidecar's loop: send what is there, wait as long as the server asked, never give up while there is something to send.

Its own directory comes first: it has its turn between any two others. Directories that other trainings left unfinished beside it are
adopted. The only broad `except` of the room is here: a fault in one directory must not keep the others from being sent.
"""

import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.sidecar import client, keeping, notes, shipment, uploads, watch, watchers
from yoloscope.spool import cursor, layout, platform

TICK_S = 0.05
ROUND_S = 0.25
"""How long a sidecar rests at most between two rounds: at 0.05 an idle one took 1 % of a core (benchmarks/sidecar_cpu.py)."""
HEARTBEAT_S = 10.0
FSYNC_S = 1.0
ADOPT_S = 60.0
LINGER_S = 24 * 3600.0
"""How long a sidecar outlives its trainer while the server is away; after that the next init or `yoloscope sync` goes on."""
THINNED_S = 5.0
"""How often a run is sent whose policy has rows held back for ever."""
COURIERS_MOST = 50
"""Directories carried at a time: each holds a few files and a connection open."""
AWAITED_S = 30.0
"""How long the end of a training comes before all else: it and `yoloscope run` wait 10 s each at most."""
FREE_S = 5.0
"""How long a sidecar waits at its start for whoever sends its own directory just then."""
EXIT_WAIT_S = 1.0
"""How long `yoloscope run` may take to tell how the trainer ended."""
QUIET_S = 600.0
"""How long nothing may have been written in a directory of another machine, whose lock may not be seen here, to be taken as left."""

log = logging.getLogger("yoloscope.sidecar")


class Courier:
    """Carries one directory; `step` does what is due and says when to come back."""

    def __init__(
        self, directory: Path, *, now_s: Callable[[], float] = time.monotonic, watched: watch.Watch | None = None
    ) -> None:
        self.directory = directory
        self._watch = watched or watch.Watch(())
        self.done = False
        self.lives = True
        self.has_more_to_note = False
        """Set while something of the run is still being found out: it is not sent to its end before."""
        self._client = client.Client(layout.load_manifest(directory).server)
        self._shipment = shipment.Shipment(directory, terms=self._client.terms)
        self._uploads = uploads.of(self._shipment, send=self._client.upload, now_s=now_s)
        self._upload_failures, self._upload_at_s = 0, 0.0
        self._end_is_told = False
        self._now_s = now_s
        self._failures = 0
        self._send_at_s = 0.0
        self._beat_at_s = now_s() + HEARTBEAT_S
        self._fsync_at_s = 0.0
        self._gone_at_s: float | None = None
        self._awaited_at_s: float | None = None
        self._online = self._shipment.manifest.mode == "online"

    def step(self) -> bool:
        """Do what is due; True if there is surely more to do at once."""
        now_s = self._now_s()
        lives = self.lives = self._shipment.trainer_lives()  # asked before reading, so that all before the end is read
        self._watch.tend(now_s, lives=lives)
        self._exchange_signs(now_s)
        if now_s >= self._fsync_at_s:
            self._shipment.sync_to_disk()
            self._shipment.make_room()
            self._fsync_at_s = now_s + FSYNC_S
        if not self._online:
            self.done = not self._is_noting() and not lives and not self._end_is_open(now_s)
            return False
        return self._carry(now_s, lives=lives) or self._upload(now_s)

    def _carry(self, now_s: float, *, lives: bool) -> bool:
        """Send rows and events that are due; True if there are surely more."""
        hurry = (self.is_awaited() or self._watch.signs.hurried) and self._failures == 0
        is_due = now_s >= self._send_at_s or hurry
        if not is_due and (self._failures or not self._shipment.holds_back()):
            return False
        try:
            return self._send(now_s, lives=lives) if is_due else self._send_held(lives=lives)
        except errors.ServerUnavailable as error:
            self._failures += 1
            wait_s = client.backoff_s(self._failures, wish_s=error.retry_after_s, connected=error.connected)
            self._send_at_s = now_s + wait_s
            log.warning("%s; try %d, all is kept in %s", error, self._failures, self.directory)
            return False

    def _upload(self, now_s: float) -> bool:
        """Send a piece of what goes behind all rows; a server that takes no parts now goes on taking rows."""
        if self._failures or now_s < self._upload_at_s:
            return False
        try:
            more = self._uploads.step()
        except errors.ServerUnavailable as error:
            self._upload_failures += 1
            wait_s = client.backoff_s(self._upload_failures, wish_s=error.retry_after_s, connected=error.connected)
            self._upload_at_s = now_s + wait_s
            log.warning("%s; parts of items wait, try %d", error, self._upload_failures)
            return False
        self._upload_failures = 0
        return more

    def _is_noting(self) -> bool:
        """Tell whether something of the run is still being found out or encoded: it is not sent to its end before."""
        return self.has_more_to_note or self._watch.is_behind()

    def _exchange_signs(self, now_s: float) -> None:
        """Pass on what the server asks for; a training that stalls, or goes on, is told of without waiting for the next beat."""
        signs, parcel = self._watch.signs, self._shipment
        signs.asked |= parcel.asked
        parcel.asked.clear()
        if parcel.stalled != signs.stalled:
            parcel.stalled = signs.stalled
            self._beat_at_s = now_s

    @property
    def shipment(self) -> shipment.Shipment:
        """What is carried."""
        return self._shipment

    @property
    def server(self) -> str:
        """The address that the directory is sent to."""
        return self._shipment.manifest.server

    def told_of_restore(self) -> bool:
        """Tell, once each time, that the server had lost what it acknowledged before."""
        told, self._shipment.went_back = self._shipment.went_back, False
        return told

    def rest_s(self) -> float:
        """Return for how long nothing will be due, unless somebody begins to wait: 0.25 s at most, less while watched."""
        wait_s = self._send_at_s - self._now_s()
        flush_s = self._shipment.flush_ms / 1000
        return min(ROUND_S, wait_s if wait_s > 0 else flush_s or ROUND_S)

    def is_awaited(self) -> bool:
        """Tell whether somebody waits until everything is sent; the word for it stays when they have given up."""
        if not self._shipment.finishing():
            return False
        self._awaited_at_s = self._now_s() if self._awaited_at_s is None else self._awaited_at_s
        return self._now_s() - self._awaited_at_s < AWAITED_S

    def close(self) -> None:
        """Close files and connections; calling it twice is harmless."""
        self._watch.close()
        self._shipment.close()
        self._client.close()

    def _send(self, now_s: float, *, lives: bool) -> bool:
        sent = self._shipment.ship(self._client.send, alive=True if lives else None)
        if sent:
            more = self._shipment.backlog or not lives
            self._heard(now_s, again_s=0.0 if more else self._pause_s())
            return more
        if self._shipment.holds_back():
            return self._send_held(lives=lives)
        if self._is_noting() or (not lives and self._end_is_open(now_s)):
            return False
        if self._shipment.ended or not lives:
            untold = not (self._shipment.ended or self._end_is_told) or self._shipment.losses_unsent()
            if untold and not self._shipment.beat(self._client.send, alive=False):
                return True  # the server had lost some of it
            self._end_is_told = True
            if self._uploads.is_due():
                return False
            self._shipment.complete()
            self.done = True
        elif now_s >= self._beat_at_s or self._shipment.losses_unsent():
            self._shipment.beat(self._client.send, alive=True)
            self._heard(now_s, again_s=self._pause_s())
        return False

    def _send_held(self, *, lives: bool) -> bool:
        """Send a body of what was held back, between two of what is new; its size keeps it from delaying the next."""
        sent = self._shipment.ship_held(self._client.send, alive=True if lives else None)
        self._failures = 0 if sent else self._failures
        return sent

    def _pause_s(self) -> float:
        """Return how long to wait for more: where only a window's outline is sent, windows want to be filled first."""
        least_s = THINNED_S if self._shipment.gives_up_held() else 0.0
        return max(least_s, self._shipment.flush_ms / 1000)

    def _heard(self, now_s: float, *, again_s: float) -> None:
        self._failures = 0
        self._send_at_s = now_s + again_s
        self._beat_at_s = now_s + HEARTBEAT_S

    def _end_is_open(self, now_s: float) -> bool:
        """Tell whether how the trainer ended may still come to be known, or was just written down and is to be sent."""
        self._gone_at_s = now_s if self._gone_at_s is None else self._gone_at_s
        if self._shipment.waits_for_parent() and now_s - self._gone_at_s < EXIT_WAIT_S:
            return True
        return self._shipment.note_end()


def is_left(directory: Path) -> bool:
    """Tell whether a directory holds an online run that was not sent to its end and that nobody else will send.

    A sidecar of its own has a minute to take it.
    """
    try:
        if not (directory / "run.json").is_file():
            return False
        manifest = layout.load_manifest(directory)
        if manifest.mode != "online" or cursor.load(directory).complete:
            return False
        age_s = time.time() - manifest.wall_ns / 1e9
        return abs(age_s) > ADOPT_S and (manifest.boot_id == platform.boot_id() or _is_quiet(directory))
    except errors.SpoolError as error:
        log.warning("%s", error)
    except OSError as error:  # another user's
        log.debug("%s", error)
    return False


def _is_quiet(directory: Path) -> bool:
    newest_s = max(path.stat().st_mtime for path in directory.iterdir())
    return time.time() - newest_s > QUIET_S


def doubt(directory: Path, *, server: str) -> bool:
    """Have a directory that was sent to its end asked about again, the server having lost data; True if it will be."""
    try:
        known = cursor.load(directory)
        if known.complete and layout.load_manifest(directory).server == server:
            cursor.save(directory, msgspec.structs.replace(known, complete=False))
            return True
    except (errors.SpoolError, OSError) as error:
        log.debug("%s", error)
    return False


class Sidecar:
    """Carries its own directory and adopts those left beside it."""

    def __init__(
        self, own: Path, *, now_s: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._own = own
        self._now_s = now_s
        self._wait = wait
        self._couriers: dict[Path, tuple[Courier, platform.FileLock]] = {}
        self._faulty: set[Path] = set()
        self._doubted: set[Path] = set()
        self._turn = 0
        self._adopt_at_s = now_s()

    def run(self) -> None:
        """Work until everything is sent, or for a day after the last trainer here has ended."""
        self._take_own()
        self._begin()
        keeper = keeping.Keeper(self._own)
        living_s = self._now_s()
        while self._couriers or self._own_trainer_lives():
            now_s = self._now_s()
            if now_s >= self._adopt_at_s:
                self._adopt_at_s = now_s + ADOPT_S
                self._adopt()
            busy = [self._step(path) for path in self._due()]
            busy.append(self._keep_within_limits(keeper))
            if self._own_trainer_lives() or any(courier.lives for courier, _ in self._couriers.values()):
                living_s = now_s
            if now_s - living_s > LINGER_S:
                break
            if not any(busy):
                self._rest()
        for path in list(self._couriers):
            self._drop(path)

    def _take_own(self) -> None:
        """Take our own directory, and wait a little for `yoloscope sync` to let it go: two that note in it at once would take the same lane."""
        until_s = self._now_s() + FREE_S
        self._take(self._own)
        while self._own not in self._couriers and self._own not in self._faulty and self._now_s() < until_s:
            self._wait(TICK_S)
            self._take(self._own)

    def _rest(self) -> None:
        """Wait until something may be due; whoever waits for us is noticed within a tick.

        A whole round asks locks and folders and costs twenty times what a look at one word does.
        """
        own = self._couriers.get(self._own)
        until_s = self._now_s() + (ROUND_S if own is None else own[0].rest_s())
        self._wait(TICK_S)
        while self._now_s() < until_s and not (own is not None and own[0].is_awaited()):
            self._wait(TICK_S)

    def _begin(self) -> None:
        """Send what is there before provenance is gathered, which takes some tenths of a second: somebody may wait for us in `finish`."""
        own = self._couriers.get(self._own)
        if own is not None:
            own[0].has_more_to_note = True
            self._step(self._own)
        try:
            notes.record_provenance(self._own, layout.load_manifest(self._own))
        except Exception:
            log.exception("provenance is not recorded")
        if own is not None:
            own[0].has_more_to_note = False

    def _keep_within_limits(self, keeper: keeping.Keeper) -> bool:
        carried = {path: courier.shipment for path, (courier, _) in self._couriers.items()}
        try:
            return keeper.tend(carried, now_s=self._now_s())
        except Exception:
            log.exception("a fault in keeping %s within its limits; nothing is lost", self._own.parent)
            return False

    def _step(self, path: Path) -> bool:
        courier = self._couriers[path][0]
        try:
            more = courier.step()
        except Exception:
            log.exception("a fault in %s; nothing is lost, `yoloscope sync` sends it too", path)
            self._drop(path)
            if path != self._own:
                self._faulty.add(path)
            return False
        if courier.told_of_restore() and path not in self._doubted:
            self._doubt_all(courier.server)
        if courier.done:
            self._drop(path)
        return more

    def _doubt_all(self, server: str) -> None:
        """Have everything beside us that was sent to this server looked at again, now."""
        log.warning(
            "%s lost what it had acknowledged; what was sent before from beside %s is checked", server, self._own
        )
        with contextlib.suppress(OSError):
            beside = sorted(path for path in self._own.parent.iterdir() if path not in self._couriers)
            self._doubted.update(path for path in beside if doubt(path, server=server))
        self._adopt_at_s = self._now_s()

    def _due(self) -> list[Path]:
        """Return whose turn it is: our own directory and one adopted, none of these while the own training waits for its end."""
        own = self._couriers.get(self._own)
        if own is not None and own[0].is_awaited():
            return [self._own]
        adopted = [path for path in self._couriers if path != self._own]
        self._turn += 1
        return [self._own] * (own is not None) + adopted[self._turn % max(1, len(adopted)) :][:1]

    def _own_trainer_lives(self) -> bool:
        try:
            return platform.is_locked(self._own / "alive.lock")
        except OSError:
            return False

    def _adopt(self) -> None:
        """Take what others left, and our own directory again if a fault or another courier kept us from it."""
        if self._own not in self._couriers and self._own_trainer_lives():
            self._take(self._own)
        try:
            beside = sorted(self._own.parent.iterdir())
        except OSError as error:
            log.warning("nothing can be adopted: %s", error)
            return
        for path in beside:
            if len(self._couriers) >= COURIERS_MOST:
                return
            if path not in self._couriers and path != self._own and path not in self._faulty and is_left(path):
                self._take(path)

    def _take(self, path: Path) -> None:
        lock: platform.FileLock | None = None
        try:
            online = layout.load_manifest(path).mode == "online"
            # an offline run is only kept safe: its directory stays free for `yoloscope sync`
            lock = platform.FileLock(path / ("sidecar.lock" if online else "keeper.lock"))
            if lock.acquire():
                watched = watchers.for_directory(path)
                self._couriers[path] = (Courier(path, now_s=self._now_s, watched=watched), lock)
        except Exception:
            log.exception("cannot carry %s", path)
            if lock is not None:
                lock.release()
            self._faulty.add(path)

    def _drop(self, path: Path) -> None:
        courier, lock = self._couriers.pop(path)
        self._doubted.discard(path)
        courier.close()
        lock.release()
        if len(self._couriers) == COURIERS_MOST - 1:  # there may be more to adopt
            self._adopt_at_s = self._now_s()
