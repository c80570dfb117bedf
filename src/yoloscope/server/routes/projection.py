"""Embeddings as points to be drawn."""

from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope import errors
from yoloscope.query import media as media_queries
from yoloscope.server import etags, media_schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.media import Place, RunId
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form

router = APIRouter(prefix="/api/v1", tags=["media"])


@router.get(
    "/runs/{run_id}/media/{place}/projection",
    dependencies=[require("run:read"), strict],
    response_model=media_schemas.Projection,
    responses=etags.RESPONSES,
)
async def projection(
    request: Request,
    run_id: RunId,
    place: Place,
    *,
    method: Annotated[
        Literal["pca", "tsne", "umap"], Query(description="Principal components, or one that keeps near what is near")
    ] = "pca",
    dimensions: Annotated[Literal["2", "3"], Query(description="A plane or a room")] = "2",
) -> Response:
    """The points of an embedding in two or three dimensions, always the same; of more than 5,000 a fixed sample."""
    of, run = services.of(request), known_form(run_id)
    found = await anyio.to_thread.run_sync(lambda: media_queries.part(of.catalog, run, place, "data", digest=None))
    if found.item.kind != "embedding":
        raise errors.InvalidRecord(
            f"item {place} is of the kind {found.item.kind}", field="place", fix="name an item of the kind embedding"
        )
    tag = etags.tag_from_marks([found.part.digest, method, dimensions])
    if etags.is_known(request, tag):
        return etags.unchanged(tag)
    return etags.answer(await of.projections.of(found.part.digest, method, dimensions=int(dimensions)), tag)
