"""Runs as files: one out, to be carried by hand, and in again on another server."""

from typing import Annotated, BinaryIO, cast

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import StreamingResponse

from yoloscope import errors
from yoloscope.query import recordings
from yoloscope.server import schemas, services, uploads
from yoloscope.server.access.require import require
from yoloscope.server.routes.formats import written
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.wire import recording

router = APIRouter(prefix="/api/v1", tags=["recordings"])
FILE_MAX_BYTES = 64 * 1024**3
"""Some ten thousand million points; only the disk sets a real limit."""
_FILE: dict[str, object] = {recording.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/runs/{run_id}/recording",
    dependencies=[require("run:read"), strict],
    response_class=StreamingResponse,
    responses={200: {"content": _FILE, "description": "The run as one file; docs/recording.md describes it"}},
)
async def export(request: Request, run_id: Annotated[str, Path(description="Run id")]) -> StreamingResponse:
    """The whole run as one file, made while it is sent; a file without an end was cut, and no reader takes it."""
    of = services.of(request)
    info = await anyio.to_thread.run_sync(of.catalog.run, known_form(run_id))
    if not info.attempts:
        raise errors.NotFound(
            f"run {info.ref.id!r} has nothing to carry: the server stopped before its first attempt was known"
        )
    return StreamingResponse(
        recordings.of_run(_sources(of), info, now_ns=of.clock_ns()),
        media_type=recording.CONTENT_TYPE,
        headers=written.attachment(recording.file_name(info.ref.name)),
    )


def _sources(of: services.Services) -> recordings.Sources:
    return recordings.Sources(of.series, of.catalog.console, of.catalog.items, of.blob_store, of.catalog.commands)


@router.post(
    "/recordings",
    dependencies=[require("ingest:write"), strict],
    openapi_extra={"requestBody": {"required": True, "content": _FILE}},
)
async def bring(request: Request) -> schemas.ImportAnswer:
    """Store the runs of a file exactly once; answered when they are durable. Nothing of a damaged file is stored."""
    of = services.of(request)
    directory = of.settings.data
    async with uploads.temporary(directory) as file:
        await uploads.receive(
            request, file, directory=directory, content_type=recording.CONTENT_TYPE, limit_bytes=FILE_MAX_BYTES
        )
        outcomes = await of.importer.bring(cast("BinaryIO", file))
    return schemas.ImportAnswer.model_validate({"items": msgspec.to_builtins(outcomes)})
