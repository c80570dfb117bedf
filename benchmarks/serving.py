"""A `yoloscope up` of a benchmark's own, as a process."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import urllib3


class Server(msgspec.Struct, frozen=True):
    """A server that runs."""

    url: str
    token: str
    pid: int

    def get(self, path: str) -> dict[str, object]:
        """Return the JSON of a path.

        Raises:
            RuntimeError: if the server does not answer with it.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = urllib3.request("GET", self.url + path, headers=headers, timeout=30.0)
        if answer.status != 200:
            raise RuntimeError(f"{path} is answered with {answer.status}: {answer.data[:200]!r}")
        return json.loads(answer.data)


@contextlib.contextmanager
def server(data: Path, *, options: Sequence[str] = (), before: Sequence[str] = ()) -> Iterator[Server]:
    """Run a server on its own data until the block ends; `before` is a command that it is started through."""
    command = [*before, sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(data), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        try:
            yield Server(said["url"], (data / "token").read_text(encoding="ascii").strip(), process.pid)
        finally:
            process.terminate()


def closed_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
