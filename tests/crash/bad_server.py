"""A server that misbehaves as a test scripts it: it speaks to sockets itself, because no library would tell such lies."""

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "sidecar"))

import fake_server

GIANT_BYTES = 64 * 1024 * 1024


class Request(NamedTuple):
    """What was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Fault = Callable[[socket.socket, "BadServer", Request], None]
"""Answers one request wrongly, or not at all; the connection is closed after it."""


class BadServer:
    """Takes rows as `fake_server` does, once the faults that were scripted are used up, one a request.

    Whoever asks for its policy meets `policy_faults`, then learns that it is older than policies.
    """

    def __init__(self) -> None:
        self.good = fake_server.FakeServer()
        self.faults: list[Fault] = []
        self.policy_faults: list[Fault] = []
        self.requests: list[Request] = []
        self.url = ""
        self.over = threading.Event()

    def serve(self, connection: socket.socket) -> None:
        """Answer what comes over one connection until it ends or a fault closed it."""
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as file:
            while (request := _request(file)) is not None:
                self.requests.append(request)
                faults = self.faults if request.method == "POST" else self.policy_faults
                if faults:
                    faults.pop(0)(connection, self, request)
                    return
                connection.sendall(self.right_answer(request))

    def right_answer(self, request: Request) -> bytes:
        """Take the rows and return the acknowledgement."""
        if request.method != "POST":
            return answer(404)
        status, headers, body = self.good.answer(request.body, request.headers)
        return answer(status, body, **headers)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an answer of HTTP/1.1; ``_`` in a header's name stands for ``-``."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(status: int, body: bytes = b'{"title": "not now"}', **headers: str) -> Fault:
    """Return the fault of answering this."""
    return lambda connection, server, request: connection.sendall(answer(status, body, **headers))


def hangs(connection: socket.socket, server: BadServer, request: Request) -> None:
    """Never answer."""
    server.over.wait(100)


def closes(connection: socket.socket, server: BadServer, request: Request) -> None:
    """End without a word."""


def is_cut_after_the_rows_were_taken(connection: socket.socket, server: BadServer, request: Request) -> None:
    """Take the rows, and be cut within the answer."""
    whole = server.right_answer(request)
    connection.sendall(whole[: len(whole) - 20])


def drips(connection: socket.socket, server: BadServer, request: Request) -> None:
    """Begin an answer and add a byte to it now and then, for ever."""
    connection.sendall(answer(200, Content_Length="1000000"))
    while not server.over.wait(0.01):
        connection.sendall(b" ")


def is_giant(connection: socket.socket, server: BadServer, request: Request) -> None:
    """Answer with more than anybody asked for."""
    connection.sendall(answer(200, Content_Length=str(GIANT_BYTES)))
    for _ in range(GIANT_BYTES // 65536):
        connection.sendall(bytes(65536))


def lies(connection: socket.socket, server: BadServer, request: Request) -> None:
    """Acknowledge rows of somebody else."""
    connection.sendall(answer(200, json.dumps({"acked": {f"{'0' * 32}/0": 10**9}}).encode()))


def asks_for_a_century(connection: socket.socket, server: BadServer, request: Request) -> None:
    """Take the rows, and ask to be left alone."""
    head, _, body = server.right_answer(request).partition(b"\r\n\r\n")
    said = json.loads(body or b"{}") | {"flush_ms": 10**15}
    connection.sendall(answer(int(head.split()[1]), json.dumps(said).encode()))


@contextlib.contextmanager
def running() -> Iterator[BadServer]:
    """Serve on a free port of this machine until the block ends."""
    bad = BadServer()
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    bad.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(60)
            threads.append(threading.Thread(target=bad.serve, args=(connection,), daemon=True))
            threads[-1].start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield bad
    finally:
        bad.over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def _request(file) -> Request | None:
    """Return the next request of a connection, None at its end."""
    words = file.readline().decode("latin-1").split()
    if len(words) != 3:
        return None
    headers: dict[str, str] = {}
    while line := file.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.title()] = value.strip()
    return Request(words[0], words[1], headers, file.read(int(headers.get("Content-Length", "0"))))
