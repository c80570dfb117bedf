"""Small bodies of JSON: one that is too large, cut, of another form or nested without end is refused, with what to send instead.

Called by the routes by which people change something; what trainers send is read by `bodies` alone.
"""

from typing import TypeVar

import msgspec
from fastapi import Request

from yoloscope.server import bodies, problems

_T = TypeVar("_T")


async def decoded(
    request: Request, decoder: msgspec.json.Decoder[_T], *, limit_bytes: int, fix: str, field: str = "body"
) -> _T:
    """Return what a body holds; `fix` says what to send instead of one that cannot be used.

    Raises:
        HTTPException: a problem "content-type", "body-too-large", or "invalid-request" that names the field.
    """
    body = await bodies.read(request, content_type="application/json", limit_bytes=limit_bytes)
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise problems.refusal("invalid-request", f"the body cannot be used: {error}", field=field, fix=fix) from error
