"""Coming in with a browser: by a one-time link or by the token."""

from importlib import metadata

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from yoloscope.query import texts
from yoloscope.server import pages, problems, schemas, services
from yoloscope.server.access import require as access
from yoloscope.server.access import secret
from yoloscope.server.access.require import public, require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict

router = APIRouter(tags=["session"])
_LOGIN_MAX_BYTES = 4_096
_LOGIN_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TokenLogin"}}},
}


class _Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str


_login_from_json = msgspec.json.Decoder(_Login)


@router.get("/api/v1/session", dependencies=[public, strict])
async def session(request: Request) -> schemas.Session:
    """Tell whether this browser is known, and whether it has to be."""
    of = services.of(request)
    required = of.settings.auth
    known = not required or await access.authenticated(request)
    return schemas.Session(
        authenticated=known,
        auth_required=required,
        version=metadata.version("yoloscope"),
        time=texts.iso_from_ns(of.clock_ns()),
    )


@router.post(
    "/api/v1/session",
    dependencies=[public, strict],
    status_code=204,
    response_class=Response,
    openapi_extra={"requestBody": _LOGIN_BODY},
)
async def login(request: Request) -> Response:
    """Open a session for a browser that knows the token."""
    of = services.of(request)
    given = await json_body.decoded(
        request, _login_from_json, limit_bytes=_LOGIN_MAX_BYTES, field="token", fix='send {"token": "…"}'
    )
    if not secret.same(given.token.strip(), token=of.settings.token):
        raise problems.refusal(
            "unauthorized",
            "the token is wrong",
            field="token",
            fix=f"copy it from the file {of.settings.token_file.name!r} in the server's data directory",
        )
    return await _with_session(request, Response(status_code=204))


@router.delete(
    "/api/v1/session",
    dependencies=[public, strict],
    status_code=204,
    response_class=Response,
)
async def logout(request: Request) -> Response:
    """End the browser's session."""
    of = services.of(request)
    value = of.sessions.value_of(request)
    if value is not None:
        await anyio.to_thread.run_sync(of.sessions.end, value)
    response = Response(status_code=204)
    of.sessions.take(response)
    return response


@router.post("/api/v1/links", dependencies=[require("server:read"), strict])
async def links(request: Request) -> schemas.Link:
    """Make a link that opens the dashboard once, within ten minutes."""
    code = services.of(request).links.new()
    return schemas.Link(url=f"{request.url.scheme}://{request.headers['host']}/open/{code}")


@router.get("/open/{code}", dependencies=[public, strict], include_in_schema=False)
async def open_link(request: Request, code: str) -> Response:
    """Turn a one-time link into a session and go to the dashboard."""
    if services.of(request).links.use(code):
        return await _with_session(request, RedirectResponse("/", status_code=303))
    told = problems.problem(
        "link-used",
        "this link has been used or is older than ten minutes",
        fix="run `yoloscope up` again for a new link, or open / and paste the token",
    )
    if "text/html" in request.headers.get("accept", ""):
        return pages.link_used()
    return problems.response(told)


async def _with_session(request: Request, response: Response) -> Response:
    of = services.of(request)
    of.sessions.give(response, value=await anyio.to_thread.run_sync(of.sessions.open))
    response.headers["Cache-Control"] = "no-store"
    return response
