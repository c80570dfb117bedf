"""Where servers of this user listen and where their tokens lie, as one small file a port.

A server publishes ``<config>/servers/<port>.json`` while it serves; the SDK and the CLI read it, so that on one machine no
token has to be typed. A token is given out only for a server that still runs and for an address that is this machine's own;
a file left behind by a dead server is never believed. Standard library only.
"""

import contextlib
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

VERSION = 1
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Server:
    """One published server: its address as this machine reaches it, its data directory, token file and process."""

    url: str
    data: str
    token_file: str
    pid: int


def directory() -> Path:
    """Return the folder of the published files, whether it exists or not.

    Raises:
        OSError: if this user has no home, as in a container with a user id of its own.
    """
    config = os.environ.get("XDG_CONFIG_HOME")
    try:
        return (Path(config) if config else Path.home() / ".config") / "yoloscope" / "servers"
    except RuntimeError as error:
        raise OSError(str(error)) from error


def publish(server: Server) -> Path:
    """Write the server's file, readable by its user alone, and return its path.

    Raises:
        OSError: if the folder cannot be written; serving goes on without.
    """
    target = directory() / f"{_port(server.url)}.json"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"v": VERSION, **asdict(server)}, file)
    part.replace(target)
    return target


def withdraw(server: Server) -> None:
    """Remove the server's file unless another server has taken it over."""
    target = directory() / f"{_port(server.url)}.json"
    if _server_from_file(target) == server:
        with contextlib.suppress(OSError):
            target.unlink()


def servers() -> list[Server]:
    """Return the published servers whose process still runs, by port."""
    with contextlib.suppress(OSError):
        found = [_server_from_file(path) for path in sorted(directory().glob("*.json"))]
        return [server for server in found if server and _runs(server.pid)]
    return []


def token_for(server_url: str) -> str | None:
    """Return the token of a server of this user on this machine, or ``None``."""
    with contextlib.suppress(OSError, ValueError):
        host, port = urlsplit(server_url).hostname, _port(server_url)
        server = _server_from_file(directory() / f"{port}.json")
        if server and host in (*_LOOPBACK, urlsplit(server.url).hostname, socket.gethostname()) and _runs(server.pid):
            return Path(server.token_file).read_text(encoding="ascii").strip() or None
    return None


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme, 80)


def _server_from_file(path: Path) -> Server | None:
    try:
        said: dict[str, object] = json.loads(path.read_bytes())
        if said.pop("v") != VERSION:
            return None
        return Server(str(said["url"]), str(said["data"]), str(said["token_file"]), int(str(said["pid"])))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def _runs(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
