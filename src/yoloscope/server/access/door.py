"""The door every request passes first: is the host ours, does the page that asks belong to us; and headers on the way out.

A foreign ``Host`` means that a name was bent to this address (DNS rebinding); a foreign ``Origin`` means that another site's
page is asking. Both are refused before any route is looked for. Plain ASGI, so that nothing is buffered.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from yoloscope.server import problems
from yoloscope.server import settings as settings_module

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Door:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, *, settings: settings_module.Settings) -> None:
        self._app = app
        self._local = settings_module.is_loopback(settings.host)
        own = _LOOPBACK_NAMES if self._local else settings_module.own_names()
        self._names = own | {name.lower() for name in settings.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        told = self._objection(scope)
        if told is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(problems.response(told))
        else:
            await problems.response(told)(scope, receive, _with_headers(send))

    def _objection(self, scope: Scope) -> problems.Problem | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return problems.problem(
                "foreign-host",
                f"the server does not answer to the host name {host[:100]!r}",
                field="Host",
                fix="use its IP address, or start it with --allow-host NAME",
            )
        asks = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        origin = headers.get("origin")
        if asks and origin is not None and not _same_origin(origin, scope=scope, host=host):
            return problems.problem(
                "foreign-origin",
                f"the request comes from a page of {origin[:100]!r}",
                field="Origin",
                fix="call the server from its own pages, or from a program that sends no Origin",
            )
        return None

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        return name is not None and (name in self._names or (not self._local and _is_ip(name)))


def _host_name(host: str) -> str | None:
    """Return the name or address of a ``Host`` header in lower case, without port and brackets."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    return None if parts.username is not None or parts.path else parts.hostname


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(origin: str, *, scope: Scope, host: str) -> bool:
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    return origin.lower() == f"{scheme}://{host}".lower()


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
