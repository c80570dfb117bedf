"""The part of a server that hands out commands, and nothing of the rest: by a WebSocket, or by long polling where it knows none."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

PATIENCE_S = 20.0


class Commands:
    """What is open, and what was said to be taken."""

    def __init__(self) -> None:
        self.url = ""
        self.open: list[dict[str, object]] = []
        self.taken: list[list[str]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.version = 1
        self.close_code = 0
        self.ways: list[str] = []
        self._changed = threading.Condition()
        self._edition = 0
        self._connections: list[ServerConnection] = []

    def set(self, *orders: dict[str, object]) -> None:
        """Let these be open, and tell whoever is connected."""
        with self._changed:
            self.open = list(orders)
            self._edition += 1
            self._changed.notify_all()
        for connection in list(self._connections):
            with contextlib.suppress(ConnectionClosed):
                self._tell(connection)

    def drop(self) -> None:
        """Cut all connections."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)  # a close alone waits for whoever reads from it

    def serve_socket(self, connection: ServerConnection) -> None:
        """Speak with one sidecar."""
        assert connection.request is not None
        self._note(connection.request.path, dict(connection.request.headers.raw_items()), "websocket")
        if self.close_code:
            connection.close(self.close_code, "not known")
            return
        self._connections.append(connection)
        with contextlib.suppress(ConnectionClosed, OSError):
            connection.send(json.dumps({"type": "hello", "v": self.version, "instance": "i"}))
            self._tell(connection)
            for text in connection:
                self.taken.append(json.loads(text)["ids"])
        self._connections.remove(connection)

    def waiting(self, path: str, headers: dict[str, str]) -> dict[str, object]:
        """Answer one long poll."""
        self._note(path, headers, "polling")
        asked = parse_qs(urlsplit(path).query)
        seen = asked.get("seen", [""])[0]
        with self._changed:
            self._changed.wait_for(lambda: str(self._edition) != seen, timeout=1.0)
            return {"v": self.version, "instance": "i", "etag": str(self._edition), "orders": self.open}

    def wait_for_taken(self, *ids: str) -> None:
        """Wait until the last that was said to be taken are these."""
        until_s = time.monotonic() + PATIENCE_S
        while not self.taken or self.taken[-1] != list(ids):
            assert time.monotonic() < until_s, self.taken
            time.sleep(0.01)

    def _note(self, path: str, headers: dict[str, str], way: str) -> None:
        self.paths.append(path)
        self.headers.append(headers)
        self.ways.append(way)

    def _tell(self, connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "orders", "orders": self.open}))


def command(name: str, verb: str = "save", *, left_s: float = 60.0, **more: object) -> dict[str, object]:
    """Return a command as the server tells it."""
    return {"id": name, "verb": verb, "args": {}, "order": 1, "expires_in_s": left_s, "who": "me"} | more


@contextlib.contextmanager
def by_websocket(commands: Commands, *, port: int = 0) -> Iterator[Commands]:
    """Serve on a port of this machine until the block ends."""
    with serve(commands.serve_socket, "127.0.0.1", port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        commands.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        try:
            yield commands
        finally:
            commands.drop()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def by_polling(commands: Commands, *, is_old: bool = False) -> Iterator[Commands]:
    """Serve HTTP alone, which answers a handshake as a proxy does that knows none; an old server knows no commands either."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the base class's name
            if self.headers.get("Upgrade"):
                commands.ways.append("handshake")
                self._say(502, {})
            elif is_old:
                commands.ways.append("polling")
                self._say(404, {})
            else:
                self._say(200, commands.waiting(self.path, dict(self.headers)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            commands.paths.append(self.path)
            commands.taken.append(body["ids"])
            self._say(200, {})

        def _say(self, status: int, answer: dict[str, object]) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    commands.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield commands
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
