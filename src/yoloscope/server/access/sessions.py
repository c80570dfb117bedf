"""Sessions of browsers: a random cookie, of which the catalogue keeps the hash."""

import hashlib
import time

from starlette.requests import HTTPConnection
from starlette.responses import Response

from yoloscope.server.access import secret
from yoloscope.store import ports

LIFETIME_S = 30 * 24 * 3600


class Sessions:
    """Opens, recognises and ends sessions. Safe to call from any thread; each call may touch the catalogue."""

    def __init__(self, catalog: ports.Catalog, *, port: int) -> None:
        self._catalog = catalog
        self.cookie = f"yoloscope_{port}"  # browsers share cookies between the ports of a host
        self.mark = f"{self.cookie}_in"

    def open(self) -> str:
        """Return the cookie value of a new session."""
        value = secret.new()
        self._catalog.add_session(_digest(value), expires_ns=time.time_ns() + LIFETIME_S * 10**9)
        return value

    def valid(self, value: str) -> bool:
        """Tell whether a cookie value belongs to a session that goes on."""
        return self._catalog.session_valid(_digest(value), now_ns=time.time_ns())

    def end(self, value: str) -> None:
        """Make a session invalid at once."""
        if self.valid(value):
            self._catalog.add_session(_digest(value), expires_ns=0)

    def value_of(self, connection: HTTPConnection) -> str | None:
        """Return the cookie value that a request carries."""
        return connection.cookies.get(self.cookie)

    def give(self, response: Response, *, value: str) -> None:
        """Put the session into the response, and beside it a mark that opens nothing: from it the page knows that it may ask at once."""
        response.set_cookie(self.cookie, value, max_age=LIFETIME_S, httponly=True, samesite="strict", path="/")
        response.set_cookie(self.mark, "1", max_age=LIFETIME_S, samesite="strict", path="/")

    def take(self, response: Response) -> None:
        """Remove both from the browser."""
        response.delete_cookie(self.cookie, httponly=True, samesite="strict", path="/")
        response.delete_cookie(self.mark, samesite="strict", path="/")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
