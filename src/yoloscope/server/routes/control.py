"""Handing a training its commands: a WebSocket for its sidecar, and long polling for networks that let none through.

Server: ``{"type": "hello", "v": 1, "instance"}``, then at once and whenever it changes ``{"type": "orders", "orders": [{"id", "verb", "args", "order",
"expires_in_s", "who"}]}``: all open commands of the writer, in their order. Sidecar: ``{"type": "taken", "ids": […]}`` once they are in its inbox.
Nobody is asked while nothing happens: a connection waits for a bell that rings when a command of its run is new or changed.
"""

import asyncio
from typing import Annotated, Literal

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request, WebSocket
from starlette.websockets import WebSocketDisconnect

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.server import command_schemas, commanding, expiring, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body, talk
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports_commands
from yoloscope.wire import protocol

router = APIRouter(tags=["commands"])
WAIT_MAX_S = 60.0
_TAKEN_MAX = 200
_MAX_BYTES = 64 * 1024
_Writer = Annotated[str, Query(description="The writer whose commands these are", max_length=64)]
_IDS = {"type": "array", "items": {"type": "string"}, "maxItems": _TAKEN_MAX}
_SCHEMA = {
    "type": "object",
    "required": ["writer", "ids"],
    "properties": {"writer": {"type": "string"}, "ids": _IDS},
}
_BODY = {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}


class _Said(msgspec.Struct, frozen=True):
    """What a sidecar says on its WebSocket."""

    type: Literal["taken"]
    ids: Annotated[list[str], msgspec.Meta(max_length=_TAKEN_MAX)]


class _Told(msgspec.Struct, frozen=True):
    """What a sidecar says by a request."""

    writer: str
    ids: Annotated[list[str], msgspec.Meta(max_length=_TAKEN_MAX)]


_said_from_text = msgspec.json.Decoder(_Said)
_told_from_json = msgspec.json.Decoder(_Told)


@router.websocket(protocol.CONTROL_PATH.replace("{run}", "{run_id}"), dependencies=[require("ingest:write"), strict])
async def control(websocket: WebSocket, run_id: str, writer: _Writer) -> None:
    """Hand a sidecar the commands of its training until it goes."""
    of = services.of(websocket)
    instance, _ = await anyio.to_thread.run_sync(of.catalog.instance)
    if not await talk.greeted(websocket, {"type": "hello", "v": commanding.VERSION, "instance": instance}):
        return
    try:
        run, known = await _admitted(of, run_id, writer)
    except errors.NotFound as error:
        await websocket.close(talk.POLICY_VIOLATION, str(error)[:100])
        return
    await talk.until_one_ends(_tell(websocket, of, run, known), _hear(websocket, of, run, known))


@router.get(protocol.WAITING_PATH.replace("{run}", "{run_id}"), dependencies=[require("ingest:write"), strict])
async def waiting(
    request: Request,
    run_id: str,
    writer: _Writer,
    wait_s: Annotated[float, Query(ge=0, le=WAIT_MAX_S, description="How long to wait for news")] = 20.0,
    seen: Annotated[str, Query(description="`etag` of the answer before", max_length=64)] = "",
) -> command_schemas.Orders:
    """All open commands of a writer, as soon as they are others than those seen, or when the time is over."""
    of = services.of(request)
    run, known = await _admitted(of, run_id, writer)
    instance, _ = await anyio.to_thread.run_sync(of.catalog.instance)
    loop = asyncio.get_running_loop()
    until_s = loop.time() + wait_s
    with of.hub.bell(run) as bell:
        while True:
            bell.clear()
            orders = await _orders(of, run, known)
            left_s = until_s - loop.time()
            if commanding.etag(orders) != seen or left_s <= 0 or of.hub.is_ending:
                break
            await _rung(bell, left_s)
    told = [commanding.order_from_known(one, now_ns=of.clock_ns()) for one in orders]
    return command_schemas.Orders(v=commanding.VERSION, instance=instance, etag=commanding.etag(orders), orders=told)


@router.post(
    protocol.TAKEN_PATH.replace("{run}", "{run_id}"),
    dependencies=[require("ingest:write"), strict],
    openapi_extra={"requestBody": _BODY},
)
async def taken(request: Request, run_id: str) -> command_schemas.Taken:
    """Say which commands a sidecar holds."""
    of, run = services.of(request), known_form(run_id)
    await anyio.to_thread.run_sync(of.catalog.run, run)
    fix = 'send {"writer": "…", "ids": ["…"]}'
    told = await json_body.decoded(request, _told_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    return command_schemas.Taken(news=await _take(of, run, ids.WriterId(told.writer), told.ids))


async def _admitted(of: services.Services, run_id: str, writer: str) -> tuple[ids.RunId, ids.WriterId]:
    """Return run and writer if the run's commands are for the writer.

    Raises:
        NotFound: if there is no such run, or they are not; the latter is noted.
    """
    run, known, now_ns = known_form(run_id), ids.WriterId(writer), of.clock_ns()
    if not await anyio.to_thread.run_sync(lambda: of.catalog.commands.admits(run, known, now_ns=now_ns)):
        raise errors.NotFound(f"the commands of run {run!r} are not for this writer")
    return run, known


async def _orders(of: services.Services, run: ids.RunId, writer: ids.WriterId) -> list[ports_commands.Known]:
    now_ns = of.clock_ns()
    return await anyio.to_thread.run_sync(lambda: of.catalog.commands.orders(run, writer, now_ns=now_ns))


async def _rung(bell: asyncio.Event, left_s: float) -> None:
    try:
        await asyncio.wait_for(bell.wait(), left_s)
    except asyncio.TimeoutError:
        return


async def _tell(websocket: WebSocket, of: services.Services, run: ids.RunId, writer: ids.WriterId) -> None:
    """Send what is open, at once and whenever that changed."""
    told = None
    with of.hub.bell(run) as bell:
        while True:
            bell.clear()
            orders = await _orders(of, run, writer)
            if (now := commanding.etag(orders)) != told:
                told = now
                shown = [commanding.order_from_known(one, now_ns=of.clock_ns()).model_dump() for one in orders]
                await websocket.send_text(msgspec.json.encode({"type": "orders", "orders": shown}).decode())
            await bell.wait()


async def _hear(websocket: WebSocket, of: services.Services, run: ids.RunId, writer: ids.WriterId) -> None:
    """Note what the sidecar takes until it goes or says what is not understood."""
    while True:
        try:
            said = _said_from_text.decode(await websocket.receive_text())
        except WebSocketDisconnect:
            return
        except (msgspec.DecodeError, RecursionError, KeyError):
            await websocket.close(talk.POLICY_VIOLATION, 'say {"type": "taken", "ids": [ids]}')
            return
        await _take(of, run, writer, said.ids)


async def _take(of: services.Services, run: ids.RunId, writer: ids.WriterId, taken: list[str]) -> bool:
    now_ns = of.clock_ns()
    news = await anyio.to_thread.run_sync(lambda: of.catalog.commands.take(run, writer, taken, now_ns=now_ns))
    if news:
        await expiring.told(of, [run])
    return news
