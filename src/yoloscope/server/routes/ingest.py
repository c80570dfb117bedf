"""Points in: frames from our own clients, plain JSON from all others."""

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Query, Request

from yoloscope.server import bodies, schemas, services
from yoloscope.server.access.require import require, require_log
from yoloscope.server.routes.parameters import strict
from yoloscope.wire import protocol

router = APIRouter(tags=["ingest"])
_FRAMES_BODY = {
    "required": True,
    "content": {protocol.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
_LOG_EXAMPLE = {
    "step": 10,
    "epoch": 1,
    "loss_box": 1.2,
    "loss_obj": 0.8,
    "loss_cls": 0.5,
    "lr": 0.01,
    "gpu_memory_mb": 4096,
}
_ROW_SCHEMA = {
    "type": "object",
    "properties": {
        "step": {"type": "integer", "description": "Global iteration"},
        "epoch": {"type": "number"},
        "timestamp": {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": "Unix seconds, milliseconds or ISO 8601; now if left out",
        },
    },
    "additionalProperties": {"type": "number"},
    "example": _LOG_EXAMPLE,
}
_LOG_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"anyOf": [_ROW_SCHEMA, {"type": "array", "items": _ROW_SCHEMA}]}}},
}


@router.post(
    protocol.INGEST_PATH,
    response_model_exclude_none=True,
    dependencies=[require("ingest:write"), strict],
    openapi_extra={"requestBody": _FRAMES_BODY},
)
async def ingest(request: Request) -> schemas.IngestAck:
    """Store frames exactly once; answered when they are durable. `docs/wire.md` describes the body."""
    body = await bodies.read(request, content_type=protocol.CONTENT_TYPE, limit_bytes=protocol.BODY_MAX_BYTES)
    encoding = request.headers.get("content-encoding", "").strip().lower()
    ack = await services.of(request).ingest.accept(body, encoding=encoding)
    return schemas.IngestAck(
        acked=ack.acked,
        instance=ack.instance,
        instance_epoch=ack.instance_epoch,
        flush_ms=ack.flush_ms,
        asks=list(ack.asks) or None,
    )


@router.post(
    "/log",
    dependencies=[require_log, strict],
    openapi_extra={"requestBody": _LOG_BODY},
)
async def log(
    request: Request,
    run: Annotated[str | None, Query(description="Run to write to; made if there is none of that name")] = None,
    project: Annotated[str | None, Query(description="Project of the run; 'default' if left out")] = None,
) -> schemas.LogAck:
    """Store one row, or a list of rows, with no set-up before: `requests.post(url, json={"step": 1, "loss_box": 0.5})`."""
    body = await bodies.read(request, content_type="application/json", limit_bytes=protocol.BODY_MAX_BYTES)
    logged = await services.of(request).plain.log(body, project=project, run=run, source=_source(request))
    return schemas.LogAck(run=logged.run, project=logged.project, rows=logged.rows)


def _source(request: Request) -> str:
    """Return the address that a request comes from; a proxy's word for it is taken only if it is an address."""
    try:
        return str(ipaddress.ip_address(request.client.host)) if request.client else "local"
    except ValueError:
        return "unknown"
