"""Query parameters: one that the route does not know is a mistake, said at once instead of ignored."""

from typing import cast

from fastapi import params
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from yoloscope.server import problems


def check_known(connection: HTTPConnection) -> None:
    """Return if the route knows every query parameter.

    Raises:
        HTTPException: a problem "unknown-parameter" that names it.
    """
    route = cast("object", connection.scope.get("route"))
    known = [field.alias for field in route.dependant.query_params] if isinstance(route, APIRoute) else []
    for name in connection.query_params:
        if name not in known:
            raise problems.refusal(
                "unknown-parameter",
                f"the query parameter {name[:80]!r} is not known here",
                field=name[:80],
                fix=f"use {', '.join(known)}" if known else "leave it out",
            )


strict = params.Depends(check_known)
"""The dependency that refuses unknown query parameters."""
