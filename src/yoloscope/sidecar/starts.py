"""The way to the server's list of what is to be started here: asked by long polling, told what became of each.

Called by `starting`, from threads that may wait. Whatever the server says is parsed at this door: ids of runs and cards, nothing that could be run.
"""

import logging
import re
import secrets
import urllib.parse
from typing import Literal, TypeVar

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.sidecar import client
from yoloscope.wire import protocol

VERSION = 1
"""Of what a server says of starts."""
WAIT_S = 20
"""How long one question waits: shorter than what proxies allow to be silent."""
LIST_MAX = 1_000
_WISH = re.compile(r"[0-9a-f]{1,64}\Z")
_CARD_MAX_CHARS = 200
log = logging.getLogger("yoloscope.sidecar")
Word = Literal["starting", "started", "failed"]


class Wish(msgspec.Struct, frozen=True):
    """A training that is to go on: an id of its own, the run, a card's uuid or nothing, and whether not to wait until that is free."""

    id: str
    run: str
    card: str = ""
    now: bool = False


class Told(msgspec.Struct, frozen=True):
    """What is to be started here, in order."""

    etag: str
    wishes: tuple[Wish, ...]


class _Answer(msgspec.Struct, frozen=True):
    v: int
    etag: str
    waiting: tuple[msgspec.Raw, ...]


class _Noted(msgspec.Struct, frozen=True):
    go: bool


class Desk:
    """One server's list for one host, as one agent of it: of several users' each tells itself apart."""

    def __init__(self, server: str, host: str) -> None:
        self._server = server
        self._path = protocol.STARTS_PATH.format(host=urllib.parse.quote(host, safe=""))
        self._client = client.Client(server)
        self._agent = {protocol.AGENT_HEADER: secrets.token_hex(8)}

    def ask(self, seen: str) -> Told | None:
        """Return the list once it is another than the one seen, or after `WAIT_S`; None if the server knows no such thing. From one thread.

        Raises:
            ServerUnavailable: if it does not answer, or with something else.
        """
        query = urllib.parse.urlencode({"seen": seen, "wait_s": WAIT_S})
        data = self._client.commands("GET", f"{self._path}?{query}", more=self._agent)
        if data is None:
            return None
        told = _decoded(data, _Answer)
        if told.v != VERSION or len(told.waiting) > LIST_MAX:
            raise errors.ServerUnavailable(
                f"the server speaks of starts in version {told.v}, this release in {VERSION}"
            )
        return Told(told.etag, tuple(wish for raw in told.waiting if (wish := _wish(raw)) is not None))

    def say(self, wish: Wish, word: Word, detail: str = "") -> bool:
        """Say what becomes of a wish; False if it is asked for no more. From any thread.

        Raises:
            ServerUnavailable: if the server does not answer, or with something else.
        """
        body = msgspec.json.encode({"id": wish.id, "run": wish.run, "state": word, "detail": detail})
        own = client.Client(self._server)
        try:
            data = own.commands("POST", self._path, body=body, more=self._agent)
        finally:
            own.close()
        return data is not None and _decoded(data, _Noted).go

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


_T = TypeVar("_T", _Answer, _Noted)


def _decoded(data: bytes, form: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.ServerUnavailable(f"the answer tells of no starts: {error}") from error


def _wish(raw: msgspec.Raw) -> Wish | None:
    """Return one wish; one whose words cannot be an id, a run or a card is left out."""
    try:
        wish = msgspec.json.decode(raw, type=Wish)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    usable = _WISH.match(wish.id) and ids.RUN_ID.match(wish.run) and len(wish.card) <= _CARD_MAX_CHARS
    return wish if usable and wish.card.isprintable() else None
