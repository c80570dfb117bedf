"""Ended trainings that are to go on on their machine: queued by people, handed to the machine's agent by long polling.

Agent: ``GET …/starts?seen=&wait_s=`` returns at once when the list is another than the one seen; before it starts one it says so by ``POST …/starts``, and does not if
the answer is ``go: false``. A list names runs and cards and nothing else: no command line, no path.
"""

import asyncio
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request, Response

from yoloscope.server import machine_schemas, problems, services
from yoloscope.server import waiting as wishes
from yoloscope.server.access import require as access
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports_waiting
from yoloscope.wire import protocol

router = APIRouter(tags=["machines"])
WAIT_MAX_S = 60.0
HOST_MAX_CHARS = 255
_WHO_MAX_CHARS = 60
_AGENT_MAX_CHARS = 64
_MAX_BYTES = 16 * 1024
_ASK = {
    "run": {"type": "string"},
    "card": {"type": "string", "maxLength": 200, "description": "Its uuid; empty: its own, or none"},
    "now": {"type": "boolean", "description": "Do not wait until the card is free"},
}
_SAY = {
    "id": {"type": "string", "maxLength": 64},
    "run": {"type": "string"},
    "state": {"type": "string", "enum": ["starting", "started", "failed"]},
    "detail": {"type": "string", "maxLength": 4_000},
}
_ASK_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "required": ["run"], "properties": _ASK}}},
}
_SAY_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "object", "required": ["id", "run", "state"], "properties": _SAY}}
    },
}


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    run: Annotated[str, msgspec.Meta(max_length=64)]
    card: Annotated[str, msgspec.Meta(max_length=200)] = ""
    now: bool = False


class _Said(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(max_length=64)]
    run: Annotated[str, msgspec.Meta(max_length=64)]
    state: ports_waiting.Word
    detail: Annotated[str, msgspec.Meta(max_length=4_000)] = ""


_asked_from_json = msgspec.json.Decoder(_Asked)
_said_from_json = msgspec.json.Decoder(_Said)


@router.post(
    protocol.WAITS_PATH,
    status_code=201,
    dependencies=[require("run:control"), strict],
    openapi_extra={"requestBody": _ASK_BODY},
)
async def queue(request: Request, host: str) -> machine_schemas.Waiting:
    """Have a training that ended, or is being released, go on here as soon as its card is free; the machine's agent starts it (`yoloscope agent --start`)."""
    of = services.of(request)
    fix = 'send {"run": "…", "card"?: "…", "now"?: false}'
    asked = await json_body.decoded(request, _asked_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    run, who = known_form(asked.run), access.who(request)
    return await wishes.queued(of, run, host=host, card=asked.card, at_once=asked.now, who=who)


@router.delete(
    protocol.WAITS_PATH + "/{run_id}",
    status_code=204,
    response_class=Response,
    dependencies=[require("run:control"), strict],
)
async def cancel(request: Request, host: str, run_id: str) -> Response:
    """Let a training wait no more."""
    await wishes.cancelled(services.of(request), known_form(run_id), host=host, who=access.who(request))
    return Response(status_code=204)


@router.get(protocol.STARTS_PATH, dependencies=[require("ingest:write"), strict])
async def starts(
    request: Request,
    host: str,
    wait_s: Annotated[float, Query(ge=0, le=WAIT_MAX_S, description="How long to wait for news")] = 20.0,
    seen: Annotated[str, Query(description="`etag` of the answer before", max_length=64)] = "",
) -> machine_schemas.Starts:
    """What is to be started on a machine, as soon as it is other than what was seen, or when the time is over."""
    of = services.of(request)
    _check_host(host)
    instance, _ = await anyio.to_thread.run_sync(of.catalog.instance)
    loop, agent = asyncio.get_running_loop(), _agent(request)
    until_s = loop.time() + wait_s
    with of.hub.machine_bell(host) as bell:
        while True:
            bell.clear()
            of.starters.note(host, agent)
            found = await anyio.to_thread.run_sync(of.catalog.waiting.open_at, host)
            left_s = until_s - loop.time()
            if wishes.etag(found) != seen or left_s <= 0 or of.hub.is_ending:
                break
            await _rung(bell, left_s)
    told = [machine_schemas.Start(id=one.id, run=one.run, card=one.card, now=one.at_once) for one in found]
    return machine_schemas.Starts(v=wishes.VERSION, instance=instance, etag=wishes.etag(found), waiting=told)


@router.post(
    protocol.STARTS_PATH,
    dependencies=[require("ingest:write"), strict],
    openapi_extra={"requestBody": _SAY_BODY},
)
async def say(request: Request, host: str) -> machine_schemas.StartNoted:
    """Say what became of one of them: `starting` is asked before, and `go` says whether it still is to be. What one user's agent has no record of, another's may."""
    of = services.of(request)
    _check_host(host)
    fix = 'send {"id": "…", "run": "…", "state": "starting|started|failed", "detail"?: "…"}'
    told = await json_body.decoded(request, _said_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    agent = _agent(request)
    of.starters.note(host, agent)
    is_strange = told.state == "failed" and told.detail == protocol.NO_RECORD
    if is_strange and not of.starters.nobody_knows(host, told.id, agent=agent):
        return machine_schemas.StartNoted(go=False)
    said = ports_waiting.Said(
        wish=told.id, word=told.state, host=host, detail=told.detail, who=f"agent {host}"[:_WHO_MAX_CHARS]
    )
    return machine_schemas.StartNoted(go=await wishes.said(of, known_form(told.run), said))


async def _rung(bell: asyncio.Event, left_s: float) -> None:
    try:
        await asyncio.wait_for(bell.wait(), left_s)
    except asyncio.TimeoutError:
        return


def _agent(request: Request) -> str:
    """Return which of a machine's agents asks; those of older releases do not say."""
    return request.headers.get(protocol.AGENT_HEADER, "")[:_AGENT_MAX_CHARS]


def _check_host(host: str) -> None:
    if len(host) > HOST_MAX_CHARS:
        raise problems.refusal("not-found", "no machine has so long a name")
