"""What each route requires: every route declares one of these, and a test fails on one that does not.

Today one secret opens everything that is not public; accounts and roles will look at the permission behind the same call.
"""

import base64
from typing import Literal

import anyio.to_thread
from fastapi import params
from starlette.requests import HTTPConnection

from yoloscope.server import problems, services
from yoloscope.server.access import secret

Permission = Literal[
    "run:read", "run:write", "project:read", "project:write", "run:control", "ingest:write", "server:read", "public"
]


class Access:
    """A dependency that lets a request pass or refuses it with 401. ``permission`` is what the route declared."""

    def __init__(self, permission: Permission, *, open_locally: bool = False) -> None:
        self.permission: Permission = permission
        self.open_locally = open_locally

    async def __call__(self, connection: HTTPConnection) -> None:
        """Return if the request may go on.

        Raises:
            HTTPException: a problem "unauthorized" if it may not.
        """
        of = services.of(connection)
        if self.permission == "public" or not of.settings.auth or (self.open_locally and of.settings.local):
            return
        if not await authenticated(connection):
            raise problems.refusal(
                "unauthorized",
                f"{connection.url.path[:200]!r} needs the server's token ({self.permission})",
                field="Authorization",
                fix="send 'Authorization: Bearer TOKEN', use http://TOKEN@host/…, or open the link that `yoloscope up` prints",
            )


def require(permission: Permission) -> params.Depends:
    """Return the dependency of a route that needs a permission."""
    return params.Depends(Access(permission))


public = params.Depends(Access("public"))
"""The dependency of a route that anybody may call."""

require_log = params.Depends(Access("ingest:write", open_locally=True))
"""The dependency of ``POST /log``, which is open while the server serves its own machine alone: it can only add numbers."""


def who(connection: HTTPConnection) -> str:
    """Return who asks, as far as that is known: accounts will have names."""
    if services.of(connection).settings.local:
        return "local"
    return "browser" if not connection.headers.get("authorization") else "token"


async def authenticated(connection: HTTPConnection) -> bool:
    """Tell whether a request carries the token or a session."""
    of = services.of(connection)
    given = _token_from_header(connection.headers.get("authorization", ""))
    if given is not None:
        return secret.same(given, token=of.settings.token)
    cookie = of.sessions.value_of(connection)
    return cookie is not None and await anyio.to_thread.run_sync(of.sessions.valid, cookie)


def _token_from_header(header: str) -> str | None:
    """Return the token of a Bearer header, or the user name of a Basic one."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[0]
    except ValueError:  # not base64, or not UTF-8 within
        return ""
