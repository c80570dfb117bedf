"""Entity tags: who has the answer already is told that nothing changed, in place of the answer.

Called by routes whose answers browsers ask for again and again. Browsers keep such answers and send the tag by themselves.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from fastapi import Request
from starlette.responses import Response

_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
RESPONSES: dict[int | str, dict[str, object]] = {
    304: {"description": "Nothing changed since the answer that `If-None-Match` names"}
}


def tag_from_body(body: bytes) -> str:
    """Return the tag of an answer by what it says."""
    return _tag(body)


def tag_from_marks(marks: Sequence[object]) -> str:
    """Return the tag of an answer by what it depends on, so that it need not be made to be compared."""
    return _tag(msgspec.json.encode(marks))


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the client has the answer of that tag."""
    told = ",".join(request.headers.getlist("if-none-match"))
    return tag in {one.strip().removeprefix("W/") for one in told.split(",")}


def unchanged(tag: str) -> Response:
    """Return the answer that nothing changed."""
    return Response(status_code=304, headers={**_HEADERS, "ETag": tag})


def answer(body: bytes, tag: str) -> Response:
    """Return JSON with its tag."""
    return Response(body, media_type="application/json", headers={**_HEADERS, "ETag": tag})


def answer_to(request: Request, value: object) -> Response:
    """Return a value as JSON, or that the client has it already."""
    body = msgspec.json.encode(value)
    tag = tag_from_body(body)
    return unchanged(tag) if is_known(request, tag) else answer(body, tag)


def _tag(content: bytes) -> str:
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
