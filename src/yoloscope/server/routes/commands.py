"""Asking a training for something, and what became of it: for people and programs. A sidecar's own routes are in `control`."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, HTTPException, Query, Request, Response

from yoloscope.records import command
from yoloscope.server import asking, command_schemas, commanding, expiring, problems, services
from yoloscope.server.access import require as access
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form

router = APIRouter(prefix="/api/v1", tags=["commands"])
LIMIT_MAX = 200
_MAX_BYTES = 16 * 1024
_WISH = {
    "verb": {"type": "string", "enum": list(command.VERBS)},
    "args": {"type": "object", "description": "By verb, see docs/wire.md"},
    "id": {"type": "string", "maxLength": command.ID_MAX_CHARS, "description": "Your own: the same again happens once"},
    "cause": {"type": "string", "description": "The rule whose finding this answers, as N05; its effect is measured"},
    "deadline_s": {
        "type": "number",
        "minimum": 1,
        "maximum": command.DEADLINE_MAX_S,
        "description": f"{command.DEADLINE_S:g} by default; {command.LONG_DEADLINE_S:g} for what waits for the end of an epoch",
    },
}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "required": ["verb"], "properties": _WISH}}},
}
_wish_from_json = msgspec.json.Decoder(asking.Wish)
_Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
_Cursor = Annotated[str | None, Query(description="`next` of the page before")]


@router.post(
    "/runs/{run_id}/commands",
    status_code=201,
    dependencies=[require("run:control"), strict],
    openapi_extra={"requestBody": _BODY},
    responses={200: {"model": command_schemas.Command, "description": "The command of this id, which is known"}},
)
async def ask(request: Request, response: Response, run_id: str) -> command_schemas.Command:
    """Ask the training of a run for something; what became of it stands in the list, and a hint says when it changed."""
    of, run, who = services.of(request), known_form(run_id), access.who(request)
    await anyio.to_thread.run_sync(of.catalog.run, run)
    try:
        fix = 'send {"verb": "…", "args": {…}, "id"?: "…", "deadline_s"?: 60}'
        wish = await json_body.decoded(request, _wish_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    except HTTPException as refusal:
        told: object = refusal.detail
        await asking.note_unreadable(of, run, told.detail if isinstance(told, problems.Problem) else "", who=who)
        raise
    answer = await asking.asked(of, run, wish, who=who)
    response.status_code = 201 if answer.is_new else 200
    return commanding.shaped(answer.command)


@router.get("/runs/{run_id}/commands", dependencies=[require("run:read"), strict])
async def commands(
    request: Request, run_id: str, *, limit: _Limit = 50, cursor: _Cursor = None
) -> command_schemas.Commands:
    """The commands of a run and what became of each, newest first."""
    of, run = services.of(request), known_form(run_id)
    await expiring.expired(of, run)
    page = await anyio.to_thread.run_sync(lambda: of.catalog.commands.page(run, limit=limit, cursor=cursor))
    measured = await anyio.to_thread.run_sync(of.catalog.effects.of_run, run)
    items = [commanding.shaped(one, measured=measured.get(one.id)) for one in page.commands]
    return command_schemas.Commands(items=items, next=page.next_cursor)


@router.get("/runs/{run_id}/commands/audit", dependencies=[require("run:read"), strict])
async def audit(
    request: Request, run_id: str, *, limit: _Limit = 50, cursor: _Cursor = None
) -> command_schemas.CommandEvents:
    """Everything that happened to the commands of a run, and everything that was tried and changed nothing, newest first."""
    of, run = services.of(request), known_form(run_id)
    page = await anyio.to_thread.run_sync(lambda: of.catalog.commands.audit(run, limit=limit, cursor=cursor))
    items = [commanding.shaped_event(one) for one in page.events]
    return command_schemas.CommandEvents(items=items, next=page.next_cursor)
