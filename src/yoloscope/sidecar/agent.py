"""What `yoloscope agent` does on a machine: it tells a server of it while no training's sidecar does, and sends what trainings left.

The agent takes part in the election of the sidecars (`hardware.election`): the machine is read by one process, whoever that is.
"""

import logging
import time
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path

from yoloscope import errors
from yoloscope.sidecar import machines, sync
from yoloscope.sidecar.hardware import aside, election, station, words
from yoloscope.spool import cursor, inventory, platform

LOOK_S = 2.0
"""How often the machine is read, whatever is reported: a training beside the agent uses the same look for its own rows."""
LEFT_S = 60.0
"""How often what trainings left is looked for."""
LOOK_SHARE = 0.02
"""Of the time at most is spent on looking: folders with a million pictures on a network drive take minutes each time."""
_LOOPBACK = ("127.0.0.1", "::1")

log = logging.getLogger("yoloscope.sidecar")
Send = Callable[[Path], sync.Outcome]


class Teller:
    """Tells one server of this machine. Used from one thread, which never waits for a driver or for the server."""

    def __init__(
        self,
        server: str,
        *,
        every_s: float,
        post: machines.Post,
        machine: station.Station,
    ) -> None:
        self._server = _plain(server)
        self._every_s = every_s
        self._post = post
        self._station = machine
        self._due_s = 0.0
        self._look_s = 0.0
        self._is_looking = False
        self._is_first = True
        self._look: election.Look | None = None
        self._aside: aside.Aside[str] = aside.Aside("the report of this machine", self._send)
        self.trouble: str | None = None
        """Why the server does not take reports; empty while it does, None before the first one."""

    @property
    def look(self) -> election.Look | None:
        """What is known of the machine now; None before the second look."""
        return self._look

    def lives(self) -> bool:
        """Tell whether a training of this user lives here, whatever server it goes to; True where nobody can tell."""
        folder = self._station.folder
        return folder is None or bool(words.living(folder))

    def tend(self, now_s: float) -> None:
        """Do what is due at `now_s` of a clock that never steps back."""
        if now_s >= self._look_s and not self._is_looking:
            self._look_s, self._is_looking = now_s + min(LOOK_S, self._every_s), True
            self._station.begin(now_s)
        if self._is_looking and self._station.is_ready(now_s):
            self._is_looking = False
            look = self._station.end(now_s)
            if not self._is_first:  # the use of the processors is told from the second look on
                self._look = look
            self._is_first = False
        told = self._aside.take()
        self.trouble = self.trouble if told is None else told
        if self._look is not None and now_s >= self._due_s and not self._is_told_by_others():
            self._due_s = now_s + self._every_s
            self._aside.ask()

    def close(self) -> None:
        """Let another read the machine; calling it twice is harmless."""
        self._aside.close()
        self._station.close()

    def _is_told_by_others(self) -> bool:
        return any(words.is_carried(word) for word in self._runs())

    def _runs(self) -> list[words.Word]:
        """Return the runs of this host that go to the same server."""
        folder = self._station.folder
        living = [] if folder is None else words.living(folder)
        return [word for word in living if word.server and _plain(word.server) == self._server]

    def _send(self) -> str:
        assert self._look is not None
        told = machines.report(
            self._look,
            self._runs(),
            host=platform.host_name(),
            boot_id=platform.boot_id(),
            interval_s=self._every_s,
        )
        try:
            return "" if self._post(told) else "the server knows no machines, or does not take this report; update it"
        except errors.TransportError as error:
            return str(error)


class Leftovers:
    """Sends what lies in folders and nobody else sends; one look at a time, beside its owner."""

    def __init__(self, folders: Sequence[Path], *, send: Send, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._folders = folders
        self._send = send
        self._clock_s = clock_s
        self._took_s = 0.0
        self._asked_s = 0.0
        self._sent: dict[Path, int] = {}
        self._due_s = 0.0
        self._aside: aside.Aside[list[sync.Outcome]] = aside.Aside("the sending of what is left", self._send_all)

    def tend(self, now_s: float) -> list[sync.Outcome]:
        """Begin a look when one is due; return what came of the last one, once."""
        if self._folders and now_s >= self._due_s and self._aside.ask():
            self._asked_s, self._due_s = now_s, now_s + LEFT_S
        found = self._aside.take()
        if found is not None:
            self._due_s = self._asked_s + max(LEFT_S, self._took_s / LOOK_SHARE)
        return found or []

    def close(self) -> None:
        """Begin no further look; the one that runs ends with the process, which harms nothing."""
        self._aside.close()

    def _send_all(self) -> list[sync.Outcome]:
        begun_s = self._clock_s()
        found = dict.fromkeys(path.resolve() for folder in self._folders for path in inventory.find(folder))
        self._took_s = self._clock_s() - begun_s
        outcomes: list[sync.Outcome] = []
        for path in found:
            outcome = self._send_one(path)
            if outcome is not None:
                outcomes.append(outcome)
        return outcomes

    def _send_one(self, path: Path) -> sync.Outcome | None:
        """Return what became of a directory; None if all of it was sent before, or cannot be read."""
        try:
            if platform.is_locked(path / "sidecar.lock"):  # its own courier is at it
                return None
            count = inventory.committed(path)
            if self._sent.get(path) == count or (path not in self._sent and cursor.load(path).complete):
                return None
            outcome = self._send(path)
        except (errors.YoloscopeError, OSError) as error:
            log.warning("%s is left as it is: %s", path, error)
            return None
        if outcome.state == "complete":
            self._sent[path] = count
        return outcome


def run(
    tend: Callable[[float], None],
    *,
    wait: Callable[[float], bool],
    now_s: Callable[[], float] = time.monotonic,
    rest_s: float = 0.25,
) -> None:
    """Call `tend` until `wait`, which waits for so many seconds, tells that it is the end."""
    while True:
        tend(now_s())
        if wait(rest_s):
            return


def _plain(server: str) -> str:
    """Return a server's address in one spelling, so that two ways to name it are seen to be one."""
    parts = urllib.parse.urlsplit(server)
    host = "localhost" if parts.hostname in _LOOPBACK else parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}".lower()
