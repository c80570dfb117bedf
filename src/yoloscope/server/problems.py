"""Every error as RFC 9457 problem details with a stable ``type``; clients switch on it, never on text.

`refusal` makes what routes and access checks raise; `install` teaches the app to answer those, our own error tree, and what
the framework raises by itself. A message from inside (a traceback, a path) never leaves: what is not expected is "internal".
"""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import msgspec
from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response

from yoloscope import errors

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:yoloscope:problem:"

Slug = Literal[
    "body-too-large",
    "command-id-taken",
    "command-refused",
    "content-type",
    "digest-mismatch",
    "foreign-host",
    "foreign-origin",
    "frame-corrupt",
    "frame-truncated",
    "frame-version",
    "http-error",
    "internal",
    "invalid-command",
    "invalid-filter",
    "invalid-frame",
    "invalid-record",
    "invalid-request",
    "link-used",
    "method-missing",
    "method-not-allowed",
    "name-taken",
    "not-found",
    "not-installed",
    "not-in-trash",
    "not-running",
    "outside",
    "policy",
    "recording-corrupt",
    "recording-truncated",
    "recording-version",
    "run-exists",
    "run-imported",
    "run-removed",
    "sequence-gap",
    "still-trained",
    "store-failed",
    "store-full",
    "too-much",
    "unauthorized",
    "unknown-parameter",
    "upload-offset",
    "view-changed",
]

_KINDS: dict[Slug, tuple[int, str]] = {
    "body-too-large": (413, "The body is too large"),
    "command-id-taken": (409, "Another command has this id"),
    "command-refused": (409, "The command cannot be carried out"),
    "content-type": (415, "The content type is not accepted"),
    "digest-mismatch": (422, "The bytes are not those that were announced"),
    "foreign-host": (403, "The server does not answer to this host name"),
    "foreign-origin": (403, "The request comes from another site"),
    "frame-corrupt": (400, "The frames are damaged"),
    "frame-truncated": (400, "The frames end early"),
    "frame-version": (400, "The protocol version is not known"),
    "http-error": (400, "The request failed"),
    "internal": (500, "The server made a mistake"),
    "invalid-command": (422, "The command cannot be used"),
    "invalid-filter": (422, "The filter cannot be used"),
    "invalid-frame": (400, "The frames break the protocol"),
    "invalid-record": (422, "A record cannot be used"),
    "invalid-request": (422, "The request cannot be used"),
    "link-used": (410, "The link has been used or is too old"),
    "method-missing": (422, "The library of the method is not installed"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "name-taken": (409, "Another run is called so"),
    "not-found": (404, "There is no such thing"),
    "not-installed": (501, "A part of the server is not installed"),
    "not-in-trash": (409, "The run is not in the trash"),
    "not-running": (409, "There is no training to ask"),
    "outside": (416, "Nothing of the range is there"),
    "policy": (422, "The policy of the project forbids this"),
    "recording-corrupt": (400, "The file is damaged or no recording"),
    "recording-truncated": (400, "The file ends early"),
    "recording-version": (400, "The file was made by a newer release"),
    "run-exists": (409, "The run is here already"),
    "run-removed": (409, "The run was removed here for good"),
    "run-imported": (423, "The attempt is here already, from a recording"),
    "sequence-gap": (409, "The lane skipped sequence numbers"),
    "still-trained": (409, "The training of the run goes on"),
    "store-failed": (503, "The store could not be used"),
    "store-full": (507, "The disk is full"),
    "too-much": (422, "The request asks for too much at once"),
    "unauthorized": (401, "A token is needed"),
    "unknown-parameter": (422, "A query parameter is not known"),
    "upload-offset": (409, "The part goes on elsewhere"),
    "view-changed": (409, "Somebody changed the view meanwhile"),
}
_TREE: tuple[tuple[type[errors.YoloscopeError], Slug], ...] = (
    (errors.FrameTooLarge, "body-too-large"),
    (errors.FrameTruncated, "frame-truncated"),
    (errors.FrameCorrupt, "frame-corrupt"),
    (errors.FrameVersion, "frame-version"),
    (errors.RecordingTruncated, "recording-truncated"),
    (errors.RecordingVersion, "recording-version"),
    (errors.RecordingError, "recording-corrupt"),
    (errors.DigestMismatch, "digest-mismatch"),
    (errors.WireError, "invalid-frame"),
    (errors.PolicyForbids, "policy"),
    (errors.TooMuch, "too-much"),
    (errors.InvalidFilter, "invalid-filter"),
    (errors.InvalidRecord, "invalid-record"),
    (errors.NameTaken, "name-taken"),
    (errors.RunExists, "run-exists"),
    (errors.AttemptImported, "run-imported"),
    (errors.RunRemoved, "run-removed"),
    (errors.SequenceGap, "sequence-gap"),
    (errors.NotFound, "not-found"),
    (errors.MissingExtra, "not-installed"),
    (errors.StoreFull, "store-full"),
    (errors.StoreError, "store-failed"),
)
_FRAMEWORK: dict[int, Slug] = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the body of an error holds; the keys are those of `schemas.Problem`."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    fix: str | None = None
    expected: int | None = None
    lane: str | None = None
    column: int | None = None
    length: int | None = None
    suggestions: tuple[str, ...] = ()
    current: object = None
    command: str | None = None
    reason: str | None = None


def problem(slug: Slug, detail: str, *, field: str | None = None, fix: str | None = None) -> Problem:
    """Return a problem of a kind."""
    status, title = _KINDS[slug]
    return Problem(PREFIX + slug, title, status, detail, field, fix)


def refusal(
    slug: Slug, detail: str, *, field: str | None = None, fix: str | None = None, current: object = None
) -> HTTPException:
    """Return the exception that answers a request with a problem; ``current`` is what is there in place of what was expected."""
    told = msgspec.structs.replace(problem(slug, detail, field=field, fix=fix), current=current)
    return raised(told)


def raised(told: Problem) -> HTTPException:
    """Return the exception that answers a request with a problem that was made."""
    return HTTPException(told.status, detail=told, headers=_headers(told))


def response(told: Problem, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    merged = {**_headers(told), **(headers or {})}
    return Response(msgspec.json.encode(told), status_code=told.status, media_type=MEDIA_TYPE, headers=merged)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(StarletteHTTPException, _from_http)
    app.add_exception_handler(RequestValidationError, _from_validation)
    app.add_exception_handler(WebSocketRequestValidationError, _from_validation)
    app.add_exception_handler(errors.YoloscopeError, _from_tree)
    app.add_exception_handler(ClientDisconnect, _from_absence)
    app.add_exception_handler(Exception, _from_inside)


async def _from_http(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    told: object = error.detail
    if not isinstance(told, Problem):
        told = _framework_problem(error.status_code, str(told), path=connection.url.path)
    return await _answer(connection, told, headers=error.headers)


def _framework_problem(status: int, detail: str, *, path: str) -> Problem:
    slug: Slug = _FRAMEWORK.get(status, "http-error")
    if slug == "not-found":
        detail = f"there is nothing at {path[:200]!r}"
    return msgspec.structs.replace(problem(slug, detail), status=status)


async def _from_validation(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    first = cast("Mapping[str, object]", error.errors()[0])
    place = [str(part) for part in cast("Sequence[object]", first.get("loc", ()))]
    field = place[1] if len(place) > 1 else "request"
    detail = f"{place[0] if place else 'request'} parameter {field!r}: {first.get('msg', 'not usable')}"
    return await _answer(connection, problem("invalid-request", detail, field=field, fix="see /docs"))


async def _from_tree(connection: HTTPConnection, error: Exception) -> Response:
    slug: Slug | None = next((slug for kind, slug in _TREE if isinstance(error, kind)), None)
    if slug is None:
        raise error
    told = problem(slug, str(error), field=getattr(error, "field", None), fix=getattr(error, "fix", None))
    if isinstance(error, errors.SequenceGap):
        told = msgspec.structs.replace(told, expected=error.expected, lane=error.lane, fix="send from `expected` on")
    if isinstance(error, errors.InvalidFilter):
        told = msgspec.structs.replace(told, column=error.column, length=error.length, suggestions=error.suggestions)
    return await _answer(connection, told)


async def _from_absence(connection: HTTPConnection, error: Exception) -> Response:
    del error  # a trainer that is killed while it sends is no fault of the server
    return await _answer(connection, problem("frame-truncated", "the client went away before its body was whole"))


async def _from_inside(connection: HTTPConnection, error: Exception) -> Response:
    del error  # the server's log has it
    return await _answer(connection, problem("internal", "the request failed inside the server; its log says why"))


async def _answer(connection: HTTPConnection, told: Problem, *, headers: Mapping[str, str] | None = None) -> Response:
    answer = response(told, headers=headers)
    if isinstance(connection, WebSocket):
        await connection.send_denial_response(answer)
    else:
        assert isinstance(connection, Request)
    return answer


def _headers(told: Problem) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"} if told.status == 401 else {}
