"""For machines that look after the server: is it up, can it work, how much went through."""

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from yoloscope.server import services
from yoloscope.server.access.require import public, require
from yoloscope.server.routes.parameters import strict

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[public, strict])
async def healthz() -> dict[str, str]:
    """Answer as long as the process serves."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[public, strict])
async def readyz(request: Request) -> dict[str, str]:
    """Answer once the stores do."""
    await anyio.to_thread.run_sync(services.of(request).catalog.instance)
    return {"status": "ready"}


@router.get(
    "/metrics",
    dependencies=[require("server:read"), strict],
    response_class=PlainTextResponse,
)
async def metrics(request: Request) -> Response:
    """Counters in Prometheus text format."""
    of = services.of(request)
    totals, parts = of.ingest.totals, of.blobs.totals
    lines = [
        *_metric("yoloscope_ingest_requests_total", "counter", "Requests that brought points", totals.requests),
        *_metric("yoloscope_ingest_rows_total", "counter", "Rows stored since the start", totals.rows),
        *_metric(
            "yoloscope_store_append_seconds_total", "counter", "Time spent waiting for durable appends", totals.append_s
        ),
        *_metric("yoloscope_media_items_total", "counter", "Items stored since the start", totals.items),
        *_metric("yoloscope_media_parts_total", "counter", "Parts of items stored since the start", parts.parts),
        *_metric("yoloscope_media_bytes_total", "counter", "Bytes of parts taken since the start", parts.bytes),
        *_metric(
            "yoloscope_media_refused_total",
            "counter",
            "Pieces of parts refused by policy since the start",
            parts.refused,
        ),
        *_metric("yoloscope_live_connections", "gauge", "Open WebSockets", of.hub.listeners()),
    ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _metric(name: str, kind: str, text: str, value: float) -> list[str]:
    return [f"# HELP {name} {text}.", f"# TYPE {name} {kind}", f"{name} {value}"]
