"""Machines: told of by their sidecars and agents, shown with which run uses what."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request

from yoloscope.ingest import machines as reports
from yoloscope.query import machines as machine_queries
from yoloscope.server import bodies, machine_schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict
from yoloscope.wire import protocol

router = APIRouter(tags=["machines"])
HOURS_MAX = 90 * 24
_EXAMPLE = {
    "version": 1,
    "host": "gpu-03",
    "boot_id": "5c9f3a",
    "wall_ns": 1_790_000_000_000_000_000,
    "interval_s": 10,
    "cpus": 32,
    "cpu_percent": 41.5,
    "cards": [{"index": 0, "uuid": "GPU-1f", "name": "RTX 4090", "vendor": "nvidia", "util_percent": 97}],
}
_BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object", "example": _EXAMPLE}}}}


@router.post(
    protocol.MACHINES_PATH,
    dependencies=[require("ingest:write"), strict],
    openapi_extra={"requestBody": _BODY},
)
async def report(request: Request) -> machine_schemas.ReportTaken:
    """Take what a machine says of itself now. `docs/machines.md` describes the body."""
    body = await bodies.read(request, content_type="application/json", limit_bytes=reports.BODY_MAX_BYTES)
    of = services.of(request)
    said = reports.report_from_body(body)
    taken = await anyio.to_thread.run_sync(lambda: of.catalog.machines.hear(said, now_ns=of.clock_ns()))
    return machine_schemas.ReportTaken(host=said.host, taken=taken)


@router.get(protocol.MACHINES_PATH, dependencies=[require("server:read"), strict])
async def machines(request: Request) -> machine_schemas.MachineList:
    """Hosts, their cards, and which run uses what since when."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(lambda: of.machines.rows(now_ns=of.clock_ns()))
    return machine_schemas.MachineList.model_validate({"items": msgspec.to_builtins(found)})


@router.get(protocol.MACHINES_PATH + "/{host}/history", dependencies=[require("server:read"), strict])
async def history(
    request: Request, host: str, hours: Annotated[int, Query(ge=1, le=HOURS_MAX)] = 24
) -> machine_schemas.MachineHistory:
    """The use of a host's cards over the last hours."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(
        lambda: machine_queries.history(of.catalog, host, hours=hours, now_ns=of.clock_ns())
    )
    return machine_schemas.MachineHistory.model_validate(msgspec.to_builtins(found))
