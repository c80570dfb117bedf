"""The listening socket, bound before anything else is opened, so that a taken port is one readable message."""

import contextlib
import errno
import socket

import psutil

from yoloscope import errors

_NEXT_PORTS = 100
_BACKLOG = 2048


def bound(host: str, *, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises:
        ConfigError: if the address cannot be had; names who has the port and the next free one.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise errors.ConfigError(f"--host {host!r} is no address of this machine ({error.strerror})") from error
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise errors.ConfigError(_why(error, host=host, port=port)) from error
    listener.setblocking(False)
    return listener


def _why(error: OSError, *, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        free = _next_free(host, after=port)
        return f"port {port} is taken by {_owner(port)}. Use the next free one: yoloscope up --port {free}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for root. Use one above 1023: yoloscope up --port 8080"
    return f"--host {host} --port {port} cannot be used ({error.strerror})"


def _owner(port: int) -> str:
    """Return the process that listens on a port, where the operating system lets us see it."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,) and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process"


def _next_free(host: str, *, after: int) -> int:
    for port in range(after + 1, min(after + _NEXT_PORTS, 65_536)):
        with contextlib.suppress(OSError), socket.create_server((host, port), family=_family(host)):
            return port
    return 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
