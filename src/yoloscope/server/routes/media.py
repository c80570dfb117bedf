"""Items out: pages of them, their names, and their parts as bytes, as JSON, or as thumbnails.

Parts came from trainers and are trusted with nothing: no part is ever a page, runs a script, or is opened by its digest alone.
"""

from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from yoloscope import errors
from yoloscope.query import media as media_queries
from yoloscope.records import media
from yoloscope.server import etags, media_schemas, ranges, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.formats import written
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports_media

router = APIRouter(prefix="/api/v1", tags=["media"])
LIMIT_MAX = 1_000
RUNS_MAX = 100
NAMES_MAX = 200
_INT64 = 2**63 - 1
_PLACE_MAX = 2**62
_FILE_NAME_MAX_CHARS = 100
_INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A content security policy under which nothing runs, loads or is shown within another page."""
_FOREVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BYTES_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {
        "model": media_schemas.Content,
        "content": dict.fromkeys(sorted(media.MEDIA_TYPES), _BINARY),
        "description": "The part as it was sent, or with `format=json` what it holds",
    },
    206: {"description": "The range that `Range` asks for"},
    304: {"description": "Nothing changed since the answer that `If-None-Match` names"},
}
_THUMBNAIL_RESPONSES: dict[int | str, dict[str, object]] = {200: {"content": {media.WEBP: _BINARY}}}

RunId = Annotated[str, Path(description="Run id")]
Place = Annotated[int, Path(ge=1, le=_PLACE_MAX, description="`id` of the item")]
Digest = Annotated[
    str | None,
    Query(description="`digest` of the part: the answer is then kept for ever by browsers, and is never another part"),
]


@router.get(
    "/media",
    dependencies=[require("run:read"), strict],
    response_model=media_schemas.MediaPage,
    responses=etags.RESPONSES,
)
async def page(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    *,
    run: Annotated[list[str], Query(description="Run ids", min_length=1, max_length=RUNS_MAX)],
    name: Annotated[list[str], Query(description="Only these names", max_length=NAMES_MAX, default_factory=list)],
    kind: Annotated[list[media_schemas.Kind], Query(description="Only these kinds", default_factory=list)],
    from_step: Annotated[int | None, Query(ge=-_INT64, le=_INT64, description="Least step")] = None,
    to_step: Annotated[int | None, Query(ge=-_INT64, le=_INT64, description="Greatest step")] = None,
    from_epoch: Annotated[float | None, Query(allow_inf_nan=False, description="Least epoch")] = None,
    to_epoch: Annotated[float | None, Query(allow_inf_nan=False, description="Greatest epoch")] = None,
    data: Annotated[bool, Query(description="What summaries hold too; pages may then be shorter than `limit`")] = False,
    superseded: Annotated[bool, Query(description="Also those that a later attempt took the place of")] = False,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 200,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    """Items of runs in order of run and place, by default those that no later attempt took the place of."""
    of = services.of(request)
    wanted = ports_media.Wanted(
        runs=tuple(known_form(one) for one in run),
        names=tuple(name) or None,
        kinds=tuple(kind) or None,
        from_step=from_step,
        to_step=to_step,
        from_epoch=from_epoch,
        to_epoch=to_epoch,
        after=None if cursor is None else media_queries.cursor_from_text(cursor),
        limit=limit,
    )
    question = media_queries.Question(wanted=wanted, with_data=data, with_superseded=superseded)

    def answer() -> Response:
        return etags.answer_to(request, media_queries.page(of.catalog, of.blob_store, question))

    return await anyio.to_thread.run_sync(answer)


@router.get(
    "/runs/{run_id}/media/names",
    dependencies=[require("run:read"), strict],
    response_model=media_schemas.MediaNames,
    responses=etags.RESPONSES,
)
async def names(request: Request, run_id: RunId) -> Response:
    """What a run has beside its series, by kind and name."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(lambda: media_queries.names(of.catalog, known_form(run_id)))
    return etags.answer_to(request, found)


@router.get(
    "/runs/{run_id}/media/{place}/thumbnail",
    dependencies=[require("run:read"), strict],
    response_class=Response,
    responses=_THUMBNAIL_RESPONSES,
)
async def thumbnail(request: Request, run_id: RunId, place: Place, digest: Digest = None) -> Response:
    """A picture of at most 256 pixels a side, as WebP."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(
        lambda: media_queries.part(of.catalog, known_form(run_id), place, "image", digest=digest)
    )
    tag = f'"{found.part.digest[:32]}-thumbnail"'
    headers = _headers(tag, digest=digest)
    if etags.is_known(request, tag):
        return Response(status_code=304, headers=headers)
    made = await of.thumbnails.of(found.part.digest)
    return Response(made, media_type=media.WEBP, headers=headers)


@router.get(
    "/runs/{run_id}/media/{place}/{role}",
    dependencies=[require("run:read"), strict],
    response_class=Response,
    responses=_BYTES_RESPONSES,
)
async def part(
    request: Request,
    run_id: RunId,
    place: Place,
    role: media_schemas.Role,
    *,
    form: Annotated[
        Literal["json"] | None, Query(alias="format", description="What the part holds instead of its bytes")
    ] = None,
    digest: Digest = None,
) -> Response:
    """One part of an item. Files (artifacts) come as attachments; ranges of bytes may be asked for."""
    of = services.of(request)
    run = known_form(run_id)

    def answer() -> Response:
        found = media_queries.part(of.catalog, run, place, role, digest=digest)
        if form == "json":
            held = media_queries.shown_content(of.catalog, of.blob_store, run, found)
            return etags.answer_to(request, held)
        return _bytes(request, of.blob_store, found, digest=digest)

    return await anyio.to_thread.run_sync(answer)


def _bytes(
    request: Request, store: ports_media.BlobStore, found: media_queries.Found, *, digest: str | None
) -> Response:
    """Return a part as it was sent. Blocking."""
    if found.part.digest not in store.whole([found.part.digest]):
        raise errors.NotFound(f"the {found.part.role} of the item is not here yet; it follows the item")
    tag = f'"{found.part.digest}"'
    headers = _headers(tag, digest=digest)
    if etags.is_known(request, tag):
        return Response(status_code=304, headers=headers)
    if found.part.media_type == media.BYTES:
        headers = {**written.attachment(_file_name(found.item.name)), **headers}
    return ranges.response(
        request,
        lambda: store.opened(found.part.digest),
        media_type=found.part.media_type,
        tag=tag,
        headers=headers,
    )


def _headers(tag: str, *, digest: str | None) -> dict[str, str]:
    """Return what is said with every part: without its digest in the address, the address may mean another part after a restore."""
    return {
        "ETag": tag,
        "Cache-Control": _ASK_AGAIN if digest is None else _FOREVER,
        "Vary": "Authorization, Cookie",
        "Content-Security-Policy": _INERT,
        "X-Content-Type-Options": "nosniff",
    }


def _file_name(name: str) -> str:
    """Return the last part of an item's name as a file name that every system takes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter if letter.isalnum() or letter in "-_.+" else "-" for letter in last)
    return kept.strip("-.")[:_FILE_NAME_MAX_CHARS] or "artifact"
