"""Query parameters: one that the route does not know, or that says two things at once, is a mistake, said instead of ignored."""

from typing import Literal, cast, get_origin

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection

from yoloscope.server import problems


async def check_known(connection: HTTPConnection) -> None:
    """Return if the route knows every query parameter, and none stands twice that can have one value only.

    Raises:
        HTTPException: a problem "unknown-parameter" or "invalid-request" that names it.
    """
    if not connection.query_params:
        return
    route = cast("object", connection.scope.get("route"))
    known = _known(route.dependant) if isinstance(route, APIRoute | APIWebSocketRoute) else {}
    for name in connection.query_params:
        if known.get(name) == "one" and len(connection.query_params.getlist(name)) > 1:
            raise problems.refusal(
                "invalid-request", f"the query parameter {name!r} stands twice", field=name, fix="send it once"
            )
        if name not in known:
            raise problems.refusal(
                "unknown-parameter",
                f"the query parameter {name[:80]!r} is not known here",
                field=name[:80],
                fix=f"use {', '.join(known)}" if known else "leave it out",
            )


def _known(dependant: Dependant) -> dict[str, Literal["one", "many"]]:
    """Return the query parameters of a route and of what it depends on, and how many values each can have."""
    found: dict[str, Literal["one", "many"]] = {}
    for field in dependant.query_params:
        found[field.alias] = "many" if get_origin(field.field_info.annotation) is list else "one"
    for inner in dependant.dependencies:
        found |= _known(inner)
    return found


strict = params.Depends(check_known)
"""The dependency that refuses unknown query parameters."""
