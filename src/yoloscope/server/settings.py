"""What a server was started with, checked once at the door.

Made by ``yoloscope up`` and by tests; read by the whole server room, which trusts it.
"""

import ipaddress
import socket
from pathlib import Path

import msgspec

from yoloscope import errors


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, who may come in, and where the data lie. ``port`` is the real one once the socket is bound."""

    data: Path
    token: str
    host: str = "127.0.0.1"
    port: int = 8080
    auth: bool = True
    allowed_hosts: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server: bound to loopback, and no foreign name is expected."""
        return is_loopback(self.host) and not self.allowed_hosts

    @property
    def url(self) -> str:
        """The address under which this machine reaches the server."""
        host = self.host if not is_wide(self.host) else "127.0.0.1"
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def token_file(self) -> Path:
        """The file that holds the secret."""
        return self.data / "token"


def check(settings: Settings) -> Settings:
    """Return `settings` if they can be served.

    Raises:
        ConfigError: naming the option and the fix.
    """
    if not settings.auth and not settings.local:
        raise errors.ConfigError(
            f"--no-auth with --host {settings.host} would let anybody on the network in. "
            "Leave --no-auth out, or serve this machine alone: --host 127.0.0.1 without --allow-host"
        )
    return settings


def is_loopback(host: str) -> bool:
    """Tell whether a bind address is reachable from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_wide(host: str) -> bool:
    """Tell whether a bind address stands for every address of this machine."""
    return host in ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound


def own_names() -> frozenset[str]:
    """Return the names by which other machines may know this one, in lower case."""
    return frozenset(name.lower() for name in (socket.gethostname(), socket.getfqdn(), "localhost"))
