"""Hints over a WebSocket: which runs grew or changed, so that a chart knows when to fetch again.

Server: ``{"type": "hello", "v": 1, "instance", "caught_up"}``, ``{"type": "series", "run", "project", "rows"}``, ``{"type": "run", "run",
"project"}``, ``{"type": "media", "run", "project"}``. Client: ``{"type": "watch", "runs": [ids]}``, which replaces what it watched; watched runs are told of up to ten
times a second and their trainers send sooner, all others once a second. With ``?ago_ms=`` the hints of so long before follow at once, for
what a page fetched before it could listen; ``caught_up`` is false where they are not all known, and the page has to fetch anew.
"""

import asyncio
from typing import Annotated, Literal

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from yoloscope.ingest import live as hints
from yoloscope.records import ids
from yoloscope.server import services
from yoloscope.server.access.require import require
from yoloscope.server.routes import talk
from yoloscope.server.routes.parameters import strict

router = APIRouter()
WATCHED_MAX = 500


class _Watch(msgspec.Struct, frozen=True):
    """What a client may say."""

    type: Literal["watch"]
    runs: list[str]


_watch_from_text = msgspec.json.Decoder(_Watch)


@router.websocket("/api/v1/live", dependencies=[require("run:read"), strict])
async def live(
    websocket: WebSocket,
    ago_ms: Annotated[float, Query(ge=0, allow_inf_nan=False, description="How long before hints are wanted from")] = 0,
) -> None:
    """Tell a browser what changed until it goes."""
    of = services.of(websocket)
    instance, _ = await anyio.to_thread.run_sync(of.catalog.instance)
    with of.hub.listener() as listener:
        caught_up = of.hub.catch_up(listener, ago_s=ago_ms / 1e3)
        if await talk.greeted(websocket, {"type": "hello", "v": 1, "instance": instance, "caught_up": caught_up}):
            await talk.until_one_ends(_send(websocket, listener), _receive(websocket, listener))


async def _send(websocket: WebSocket, listener: hints.Listener) -> None:
    """Send what is due; a slow connection holds up only itself."""
    while True:
        for hint in await listener.next_hints():
            await websocket.send_text(msgspec.json.encode(hint).decode())
        await asyncio.sleep(hints.SWIFT_S)


async def _receive(websocket: WebSocket, listener: hints.Listener) -> None:
    """Follow the client's wishes until it goes or says what is not understood."""
    while True:
        try:
            said = _watch_from_text.decode(await websocket.receive_text())
        except WebSocketDisconnect:
            return
        except (msgspec.DecodeError, RecursionError, KeyError):
            await websocket.close(talk.POLICY_VIOLATION, 'say {"type": "watch", "runs": [ids]}')
            return
        if len(said.runs) > WATCHED_MAX:
            await websocket.close(talk.POLICY_VIOLATION, f"watch at most {WATCHED_MAX} runs")
            return
        listener.watched = frozenset(ids.RunId(run) for run in said.runs)
