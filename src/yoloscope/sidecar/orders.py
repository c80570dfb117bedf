"""What the server asks of a training, as its sidecar keeps it: parsed one by one, with deadlines by this machine's clock, written as the inbox.

A kill goes to whoever can do it when the training cannot (`sidecar.killing`), all else to the inbox.
"""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from yoloscope.records import command
from yoloscope.spool import inbox, layout

VERSION = 1
"""Of the messages between server and sidecar."""
log = logging.getLogger("yoloscope.sidecar")


class Sent(msgspec.Struct, frozen=True):
    """One command as the server tells it; ``expires_in_s`` counts from when it was sent."""

    id: str
    verb: command.Verb
    args: dict[str, object] = {}
    order: int = 0
    expires_in_s: float = command.DEADLINE_S
    who: str = ""


class Orders:
    """What is open for the writer of a directory. `kill` is called with each that the sidecar has to carry out itself."""

    def __init__(
        self, directory: Path, *, kill: Callable[[inbox.Order], None], wall_ns: Callable[[], int] = time.time_ns
    ) -> None:
        manifest = layout.load_manifest(directory)
        self._directory = directory
        self._run, self._writer = manifest.run.id, manifest.writer
        self._kill = kill
        self._wall_ns = wall_ns
        self._until_ns: dict[str, int] = {}
        self._refused: set[str] = set()
        self.open: frozenset[str] = frozenset()
        """The ids of what the server told last; replaced as a whole, for another thread to read."""

    def take(self, told: Sequence[msgspec.Raw]) -> list[str]:
        """Replace what is open by what the server tells now, and return the ids that are held.

        Raises:
            OSError: if the inbox cannot be written; what it held before stays.
        """
        sent = [one for one in map(self._parsed, told) if one is not None]
        self._until_ns = {one.id: self._until_ns.get(one.id, self._deadline_ns(one)) for one in sent}
        orders = [inbox.Order(one.id, one.verb, one.args, one.order, self._until_ns[one.id], one.who) for one in sent]
        kills = [order for order in orders if _is_kill(order)]
        inbox.save(
            self._directory, inbox.Inbox(self._run, self._writer, tuple(one for one in orders if not _is_kill(one)))
        )
        self.open = frozenset(self._until_ns)
        for order in kills:
            self._kill(order)
        return [order.id for order in orders]

    def _parsed(self, raw: msgspec.Raw) -> Sent | None:
        """Return one command; one that a newer server may mean is left out, and expires."""
        try:
            return msgspec.json.decode(raw, type=Sent)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if str(error) not in self._refused and len(self._refused) < inbox.COMMANDS_MAX:
                self._refused.add(str(error))
                log.warning("a command is left out: %s", error)
            return None

    def _deadline_ns(self, sent: Sent) -> int:
        left_s = min(max(sent.expires_in_s, 0.0), command.DEADLINE_MAX_S)
        return self._wall_ns() + int(left_s * 1e9)


def _is_kill(order: inbox.Order) -> bool:
    return order.verb == "stop" and order.args.get("how") == "kill"
