"""Sends the parts of items that the server knows: piece by piece, the smallest part first, going on where the server stands.

Called by `loop` and `sync` when no row waits, a piece at a time. What the server may do with a part stands in docs/wire.md; whatever it answers, a part
is sent, kept for later, or counted as one that never comes.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.sidecar import client, parts, shipment
from yoloscope.spool import blobs
from yoloscope.wire import protocol

PIECE_MOST_BYTES = 1024 * 1024
PIECE_LEAST_BYTES = 4 * 1024
PIECE_FIRST_BYTES = 32 * 1024
"""Before the link is known; on one of 64 kbit/s that takes four seconds."""
PIECE_S = 0.25
"""How long a piece may be under way: so long the newest rows may have to wait for it."""
TURN_S = 0.05
"""How long small parts follow each other before rows are looked at again."""
AWAITED_MOST_BYTES = 1024 * 1024
"""Parts up to this size let a training wait for its end; larger ones follow behind it."""
UNKNOWN_MOST = 12
"""How often the server may not know a part whose item it has acknowledged: after restores and removals, over some ten minutes."""
REFUSED_MOST = 2
"""How often it may refuse by a policy that, asked for again, allows it."""
MIXED_MOST = 1
"""How often a part is sent again from its beginning because the server put together something else: another trainer may have sent a piece of it."""
_LATER_FIRST_S, _LATER_MOST_S = 1.0, 120.0

log = logging.getLogger("yoloscope.sidecar")


class Send(Protocol):
    """Sends a piece of a part (`client.Client.upload`)."""

    def __call__(self, run: str, digest: str, *, offset: int, size_bytes: int, data: bytes) -> client.Received:
        """Return how far the part has come."""
        ...


class _Later(msgspec.Struct):
    """When a part is tried again, and how often it was in vain."""

    at_s: float = 0.0
    unknown: int = 0
    refused: int = 0
    mixed: int = 0


class Uploads:
    """The parts of one directory on their way. `doubt` is called where the server does not know what it acknowledged."""

    def __init__(
        self,
        found: parts.Parts,
        *,
        run: ids.RunId,
        send: Send,
        doubt: Callable[[], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = found
        self._run = run
        self._send = send
        self._doubt = doubt
        self._now_s = now_s
        self._piece_bytes = PIECE_FIRST_BYTES
        self._offsets: dict[str, int] = {}
        self._later: dict[str, _Later] = {}

    def is_due(self) -> bool:
        """Tell whether a part is left that the server is to have, now or later."""
        return self._parts.blobs.is_due()

    def step(self) -> bool:
        """Send one piece, or some small parts; True if there is more to send at once.

        Raises:
            ServerUnavailable: if the server could not take it now.
        """
        begun_s = self._now_s()
        left_bytes = PIECE_MOST_BYTES
        due = self._ready()
        for one in due:
            if left_bytes <= 0 or self._now_s() - begun_s >= TURN_S:
                break
            left_bytes -= self._piece(one)
        return bool(due) and bool(self._ready())

    def _ready(self) -> list[blobs.Waiting]:
        if not self._parts.blobs.is_due():
            return []
        now_s = self._now_s()
        return [one for one in self._parts.blobs.due() if self._later.get(one.part.digest, _Later()).at_s <= now_s]

    def _piece(self, due: blobs.Waiting) -> int:
        """Send the next piece of a part and return about how many bytes that cost."""
        if not self._parts.allows(due.item):
            self._parts.withhold(due.item)
            return 0
        part = due.part
        offset = self._offsets.get(part.digest)
        asks = offset is None and not due.item.is_summary  # nothing of a picture leaves before the server wants it
        data = b"" if asks else self._read(due, offset=offset or 0)
        if data is None:
            return 0
        begun_s = self._now_s()
        try:
            told = self._send(self._run, part.digest, offset=offset or 0, size_bytes=part.size_bytes, data=data)
        except errors.ServerRefused as error:
            self._refused(due, error, sent_bytes=len(data))
        except errors.PolicyRefused:
            self._forbidden(due)
        except errors.ServerUnavailable:
            self._piece_bytes = max(PIECE_LEAST_BYTES, self._piece_bytes // 2)
            self._offsets.pop(part.digest, None)  # what came through is asked for
            raise
        else:
            self._adapt(len(data), took_s=self._now_s() - begun_s)
            self._received(due, told, was=offset)
        return len(data) + PIECE_LEAST_BYTES

    def _received(self, due: blobs.Waiting, told: client.Received, *, was: int | None) -> None:
        part = due.part
        if part.size_bytes <= AWAITED_MOST_BYTES:
            self._parts.progressed()
        if told.complete:
            self._forget(part.digest)
            self._parts.blobs.sent(part.digest)
        elif 0 <= told.offset <= part.size_bytes and told.offset != was:
            self._offsets[part.digest] = told.offset
        else:
            self._put_off(part.digest)

    def _refused(self, due: blobs.Waiting, error: errors.ServerRefused, *, sent_bytes: int) -> None:
        digest = due.part.digest
        if error.status == HTTPStatus.CONFLICT and error.expected is not None:
            is_there = 0 <= error.expected <= due.part.size_bytes and error.expected != self._offsets.get(digest)
            self._offsets[digest] = error.expected
            if not is_there:
                self._put_off(digest)
        elif error.status == HTTPStatus.NOT_FOUND:
            self._unknown(due)
        elif error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and sent_bytes > PIECE_LEAST_BYTES:
            self._piece_bytes = max(PIECE_LEAST_BYTES, sent_bytes // 2)  # a proxy's limit perhaps
        elif error.problem == protocol.DIGEST_PROBLEM and self._is_to_be_sent_again(digest):
            self._offsets[digest] = 0
        else:
            self._give_up(due, str(error))

    def _is_to_be_sent_again(self, digest: str) -> bool:
        """Tell whether a part is tried anew whose bytes at the server were not its digest; nothing of them is there any more."""
        later = self._later.setdefault(digest, _Later())
        later.mixed += 1
        return later.mixed <= MIXED_MOST

    def _unknown(self, due: blobs.Waiting) -> None:
        """Put off a part that no item of the run has at the server, which may have lost what it acknowledged."""
        later = self._put_off(due.part.digest)
        later.unknown += 1
        if later.unknown > UNKNOWN_MOST:
            self._give_up(due, "the server knows no item with it")
        else:
            self._doubt()

    def _forbidden(self, due: blobs.Waiting) -> None:
        """Have the policy asked for again, which was forgotten; one that forbids it without saying so is believed at last."""
        later = self._later.setdefault(due.part.digest, _Later())
        later.refused += 1
        if later.refused > REFUSED_MOST:
            self._parts.withhold(due.item)

    def _give_up(self, due: blobs.Waiting, why: str) -> None:
        log.error("item %d, %s %r, is lost: %s", due.item.number, due.item.kind, due.item.name, why)
        self._forget(due.part.digest)
        self._parts.give_up(due.item)

    def _put_off(self, digest: str) -> _Later:
        later = self._later.setdefault(digest, _Later())
        wait_s = min(_LATER_MOST_S, _LATER_FIRST_S * 2**later.unknown)
        later.at_s = self._now_s() + wait_s
        return later

    def _forget(self, digest: str) -> None:
        self._offsets.pop(digest, None)
        self._later.pop(digest, None)

    def _read(self, due: blobs.Waiting, *, offset: int) -> bytes | None:
        """Return the next piece of a part; None if the disk lost it, which is counted."""
        path = self._parts.blobs.path_of(due.part.digest) or Path()
        try:
            with path.open("rb") as file:
                is_whole = file.seek(0, 2) == due.part.size_bytes
                file.seek(offset)
                data = file.read(self._piece_bytes) if is_whole else None
        except OSError as error:
            log.warning("%s cannot be read: %s", path, error)
            data = None
        if data is None:
            self._give_up(due, "its part is damaged on the disk of the trainer")
        return data

    def _adapt(self, sent_bytes: int, *, took_s: float) -> None:
        """Have pieces take so long as they may; after one that tells nothing of the link they may be as large as before."""
        if sent_bytes < min(self._piece_bytes, PIECE_FIRST_BYTES):
            return
        fits = int(sent_bytes * PIECE_S / max(took_s, 1e-3))
        self._piece_bytes = max(PIECE_LEAST_BYTES, min(fits, 4 * self._piece_bytes, PIECE_MOST_BYTES))


def of(carried: shipment.Shipment, *, send: Send, now_s: Callable[[], float] = time.monotonic) -> Uploads:
    """Return what sends the parts of a directory that is carried."""
    return Uploads(carried.parts, run=carried.manifest.run.id, send=send, doubt=carried.doubt, now_s=now_s)
