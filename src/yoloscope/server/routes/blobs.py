"""Parts of items in: pieces of bytes, in order, as often as it takes."""

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from yoloscope import errors
from yoloscope.ingest import blobs
from yoloscope.server import bodies, media_schemas, problems, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.wire import protocol

router = APIRouter(tags=["ingest"])
_CONTENT_TYPE = "application/octet-stream"
_OFFSET, _LENGTH = "Upload-Offset", "Upload-Length"
_NUMBER_MAX_DIGITS = 18
_NUMBER = {"type": "integer", "minimum": 0}
_DESCRIBED = {
    "requestBody": {"required": True, "content": {_CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    "parameters": [
        {
            "name": _OFFSET,
            "in": "header",
            "required": True,
            "description": "Where in the part the body begins",
            "schema": _NUMBER,
        },
        {
            "name": _LENGTH,
            "in": "header",
            "required": True,
            "description": "How many bytes the part has",
            "schema": _NUMBER,
        },
    ],
}


@router.patch(
    protocol.BLOBS_PATH,
    dependencies=[require("ingest:write"), strict],
    response_model=media_schemas.UploadState,
    openapi_extra=_DESCRIBED,
)
async def upload(request: Request, run: str, digest: str) -> Response:
    """Store a piece of a part of the run's items; with an empty body only ask how far the part has come. `docs/media-api.md` says more."""
    data = await bodies.read(request, content_type=_CONTENT_TYPE, limit_bytes=protocol.BLOB_CHUNK_MAX_BYTES)
    piece = blobs.Piece(digest, _number(request, _OFFSET), _number(request, _LENGTH), data)
    try:
        state = await services.of(request).blobs.accept(known_form(run), piece)
    except errors.PolicyForbids as error:
        told = problems.problem("policy", str(error), field=error.field, fix=error.fix)
        return problems.response(msgspec.structs.replace(told, status=403))
    except errors.SequenceGap as error:
        detail = f"the part goes on at {error.expected}, but the body begins at {error.got}; nothing was stored"
        told = problems.problem("upload-offset", detail, field=_OFFSET, fix="send from `expected` on")
        return problems.response(msgspec.structs.replace(told, expected=error.expected))
    answer = {"offset": state.offset, "complete": state.whole}
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _number(request: Request, name: str) -> int:
    """Return a header that is a number of bytes.

    Raises:
        HTTPException: a problem "invalid-request".
    """
    given = request.headers.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) <= _NUMBER_MAX_DIGITS):
        raise problems.refusal(
            "invalid-request", f"the header {name} is {given[:40]!r}", field=name, fix="send a number of bytes"
        )
    return int(given)
