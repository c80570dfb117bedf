"""Saved views: what a page showed, by a name, for everybody who uses the server."""

import secrets
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope import errors
from yoloscope.ingest import remarks
from yoloscope.query import texts
from yoloscope.records import ids
from yoloscope.server import edit_schemas, etags, problems, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.store import ports_views

router = APIRouter(prefix="/api/v1/views", tags=["views"])
ROOM = ports_views.Room(views=2_000, letters=16 * 1024 * 1024)  # a listing holds them all
_MAX_BYTES = 6 * remarks.STATE_MAX_BYTES  # every letter may be written as \uXXXX
_STATE = {
    "type": "object",
    "additionalProperties": True,
    "description": f"At most {remarks.STATE_MAX_BYTES} bytes of JSON",
}
_NAME = {"type": "string", "maxLength": ids.RUN_NAME_MAX_CHARS}
_WORDS = {"name": _NAME, "project": {"type": ["string", "null"]}, "state": _STATE}
_KIND = {"type": "string", "enum": ["runs", "board", "compare"]}
_NEW = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["kind", "name", "state"], "properties": {"kind": _KIND, **_WORDS}}
        }
    },
}
_CHANGE = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["version"],
                "properties": {"version": {"type": "integer", "minimum": 1}, **_WORDS},
            }
        }
    },
}


class _New(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: ports_views.ViewKind
    name: str
    state: dict[str, object]
    project: str | None = None


class _Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    name: str | msgspec.UnsetType = msgspec.UNSET
    state: dict[str, object] | msgspec.UnsetType = msgspec.UNSET
    project: str | msgspec.UnsetType | None = msgspec.UNSET


_new_from_json = msgspec.json.Decoder(_New)
_change_from_json = msgspec.json.Decoder(_Change)


@router.get(
    "",
    dependencies=[require("run:read"), strict],
    response_model=edit_schemas.Views,
    responses=etags.RESPONSES,
)
async def views(
    request: Request,
    *,
    kind: Annotated[edit_schemas.ViewKind | None, Query(description="Only views of this kind of page")] = None,
    project: Annotated[str | None, Query(description="Only views of this project, and those of all projects")] = None,
) -> Response:
    """Saved views by name."""
    of, name = services.of(request), _project(project)
    found = await anyio.to_thread.run_sync(lambda: of.catalog.views.all(kind=kind, project=name))
    return etags.answer_to(request, {"items": [_shown(one) for one in found]})


@router.post("", dependencies=[require("run:write"), strict], status_code=201, openapi_extra={"requestBody": _NEW})
async def add_view(request: Request) -> edit_schemas.View:
    """Save a view; several may have the same name."""
    of = services.of(request)
    fix = 'send {"kind": "runs", "name": "…", "project": null, "state": {…}}'
    given = await json_body.decoded(request, _new_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    now_ns = of.clock_ns()
    view = ports_views.View(
        id=secrets.token_hex(8),
        kind=given.kind,
        project=_project(given.project),
        name=remarks.name(given.name),
        state=remarks.state(given.state),
        version=1,
        created_ns=now_ns,
        updated_ns=now_ns,
    )
    await anyio.to_thread.run_sync(lambda: of.catalog.views.add(view, room=ROOM))
    return edit_schemas.View.model_validate(_shown(view))


@router.get(
    "/{view_id}",
    dependencies=[require("run:read"), strict],
    response_model=edit_schemas.View,
    responses=etags.RESPONSES,
)
async def view(request: Request, view_id: str) -> Response:
    """One saved view."""
    found = await anyio.to_thread.run_sync(services.of(request).catalog.views.one, view_id)
    return etags.answer_to(request, _shown(found))


@router.put("/{view_id}", dependencies=[require("run:write"), strict], openapi_extra={"requestBody": _CHANGE})
async def change_view(request: Request, view_id: str) -> edit_schemas.View:
    """Change the fields given, if the view is of that version still."""
    of = services.of(request)
    fix = 'send {"version": <that of the view>} with some of "name", "project", "state"'
    given = await json_body.decoded(request, _change_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    change = ports_views.ViewChange(
        name=given.name if given.name is msgspec.UNSET else remarks.name(given.name),
        project=given.project if given.project is msgspec.UNSET else _project(given.project),
        state=given.state if given.state is msgspec.UNSET else remarks.state(given.state),
    )
    taken = await anyio.to_thread.run_sync(
        lambda: of.catalog.views.change(view_id, change, version=given.version, now_ns=of.clock_ns(), room=ROOM)
    )
    if not taken.is_taken:
        raise problems.refusal(
            "view-changed",
            f"the view {taken.view.name!r} is of version {taken.view.version} by now; nothing was changed",
            field="version",
            fix="look at `current`, and send its version",
            current=_shown(taken.view),
        )
    return edit_schemas.View.model_validate(_shown(taken.view))


@router.delete("/{view_id}", dependencies=[require("run:write"), strict], status_code=204)
async def remove_view(request: Request, view_id: str) -> None:
    """Forget a view."""
    if not await anyio.to_thread.run_sync(services.of(request).catalog.views.remove, view_id):
        raise errors.NotFound(f"there is no saved view {view_id[:80]!r}")


def _project(name: str | None) -> ids.ProjectName | None:
    return None if name is None else ids.project_name_from_text(name)


def _shown(view: ports_views.View) -> dict[str, object]:
    return {
        "id": view.id,
        "kind": view.kind,
        "project": view.project,
        "name": view.name,
        "state": view.state,
        "version": view.version,
        "created": texts.iso_from_ns(view.created_ns),
        "updated": texts.iso_from_ns(view.updated_ns),
    }
