"""The connection by which a sidecar is handed the commands of its training: a WebSocket, or long polling where none gets through.

One thread of its own, which waits for the server and does nothing else; `sidecar.obeying` starts it. The inbox is rewritten from what the server
says with each new connection, so that neither a sidecar nor a server that is started again leaves an order that nobody asks for any more.
"""

import contextlib
import logging
import random
import socket
import threading
import time
import urllib.parse
from pathlib import Path

import msgspec
from websockets import exceptions
from websockets.sync import client as websocket

from yoloscope import errors
from yoloscope.sidecar import client, orders
from yoloscope.spool import layout
from yoloscope.wire import protocol

OPEN_S = 10.0
CLOSE_S = 1.0
PING_S = 20.0
"""How often a silent connection is tried: one that a router has forgotten is noticed after twice that."""
MESSAGE_MOST_BYTES = 1024 * 1024
TRIES = 3
"""Connections that fail in a row before long polling is used."""
POLLING_S = 600.0
"""How long until a WebSocket is tried again."""
WAIT_S = 20
"""How long one poll waits: shorter than what proxies allow to be silent."""
OLD_S = 300.0
"""How often a server is asked again that knows no commands, or not this writer."""
STEADY_S = 10.0
"""A connection that lasts so long was a good one: the next failure is the first again."""
_NOT_KNOWN = 1008

log = logging.getLogger("yoloscope.sidecar")


class _Message(msgspec.Struct, frozen=True):
    type: str = ""
    v: int = orders.VERSION
    orders: tuple[msgspec.Raw, ...] = ()


class _Waiting(msgspec.Struct, frozen=True):
    v: int
    etag: str
    orders: tuple[msgspec.Raw, ...] = ()


class _NotSpoken(Exception):
    """The server knows no commands, or not this writer; the message says which."""


class Link:
    """Hands the orders of one directory's writer to `box` until it is closed."""

    def __init__(self, directory: Path, box: orders.Orders) -> None:
        manifest = layout.load_manifest(directory)
        self._box = box
        self._server = manifest.server
        self._run, self._writer = str(manifest.run.id), str(manifest.writer)
        self._client = client.Client(self._server)
        self._closed = threading.Event()
        self._opened: websocket.ClientConnection | None = None
        self._failures = 0
        self._polls_until_s = 0.0
        self._seen = ""
        self._said = ""
        threading.Thread(target=self._work, name="yoloscope-link", daemon=True).start()

    def close(self) -> None:
        """Let the thread end, without waiting for it; calling it twice is harmless."""
        self._closed.set()
        opened = self._opened
        if opened is not None:
            with contextlib.suppress(OSError):
                opened.socket.shutdown(socket.SHUT_RDWR)

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                wait_s = self._once()
            except Exception:  # noqa: BLE001  # this thread's own boundary: rows are carried as ever, and the link is tried again
                self._say("a fault in the link; commands wait", trace=True)
                wait_s = OLD_S
            self._closed.wait(wait_s)
        self._client.close()

    def _once(self) -> float:
        """Hold one connection, or poll once; return how long to rest then."""
        is_polling = time.monotonic() < self._polls_until_s
        try:
            self._poll() if is_polling else self._talk()
        except _NotSpoken as error:
            self._say(str(error))
            return OLD_S * (0.5 + 0.5 * random.random())  # noqa: S311  # jitter, no secret
        except (errors.ServerUnavailable, exceptions.WebSocketException, OSError, ValueError) as error:
            return self._rest_after(error, is_polling=is_polling)
        return 0.0

    def _rest_after(self, error: Exception, *, is_polling: bool) -> float:
        """Return how long to wait after a failure, and choose the other way after three of one; the other way's failure leads back."""
        if self._closed.is_set():
            return 0.0
        self._say(f"commands wait: {type(error).__name__}: {error}")
        self._failures += 1
        if is_polling:
            self._polls_until_s = 0.0
        elif self._failures >= TRIES:
            self._polls_until_s, self._seen = time.monotonic() + POLLING_S, ""
        wish_s = error.retry_after_s if isinstance(error, errors.ServerUnavailable) else None
        return client.backoff_s(self._failures, wish_s=wish_s, connected=False)

    def _talk(self) -> None:
        begun_s = time.monotonic()
        try:
            with self._connected() as opened:
                self._opened = opened
                if not self._closed.is_set():
                    for message in opened:
                        self._hear(opened, message)
                raise errors.ServerUnavailable("the server has closed the connection")
        except exceptions.ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == _NOT_KNOWN:
                raise _NotSpoken(f"commands are not for this writer: {closed.rcvd.reason}") from closed
            raise
        finally:
            self._opened = None
            if time.monotonic() - begun_s > STEADY_S:
                self._failures = 0

    def _connected(self) -> websocket.ClientConnection:
        path = protocol.CONTROL_PATH.format(run=urllib.parse.quote(self._run, safe=""))
        found = websocket.connect(
            self._server.replace("http", "ws", 1) + f"{path}?writer={self._writer}",
            additional_headers=self._client.headers(),
            user_agent_header=None,
            proxy=client.proxy_for(self._server),
            compression=None,
            open_timeout=OPEN_S,
            close_timeout=CLOSE_S,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            max_size=MESSAGE_MOST_BYTES,
        )
        assert isinstance(found, websocket.ClientConnection)
        return found

    def _hear(self, opened: websocket.ClientConnection, message: str | bytes) -> None:
        try:
            told = msgspec.json.decode(message, type=_Message)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.ServerUnavailable(f"what answers is no yoloscope server: {error}") from error
        _check_version(told.v)
        if told.type == "orders":
            ids = self._box.take(told.orders)
            opened.send(msgspec.json.encode({"type": "taken", "ids": ids}).decode())
            self._say("commands come by a WebSocket", level=logging.INFO)

    def _poll(self) -> None:
        place = {"writer": self._writer, "wait_s": WAIT_S, "seen": self._seen}
        path = protocol.WAITING_PATH.format(run=urllib.parse.quote(self._run, safe=""))
        answer = self._client.commands("GET", f"{path}?{urllib.parse.urlencode(place)}")
        if answer is None:
            raise _NotSpoken("the server is older than commands, or does not know the run")
        try:
            told = msgspec.json.decode(answer, type=_Waiting)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.ServerUnavailable(f"the answer tells of no commands: {error}") from error
        _check_version(told.v)
        if self._closed.is_set():
            return
        self._failures = 0
        if told.etag != self._seen:
            self._confirm(self._box.take(told.orders))
            self._seen = told.etag
        self._say("commands come by long polling", level=logging.INFO)

    def _confirm(self, ids: list[str]) -> None:
        path = protocol.TAKEN_PATH.format(run=urllib.parse.quote(self._run, safe=""))
        body = msgspec.json.encode({"writer": self._writer, "ids": ids})
        self._client.commands("POST", path, body=body)

    def _say(self, text: str, *, level: int = logging.WARNING, trace: bool = False) -> None:
        """Log what is new: the same failure is tried for days."""
        if text != self._said:
            self._said = text
            log.log(level, "%s", text, exc_info=trace)


def _check_version(version: int) -> None:
    if version != orders.VERSION:
        raise _NotSpoken(f"the server speaks of commands in version {version}, this release in {orders.VERSION}")
