"""What people say of runs: names, tags, groups, notes, stars, and what they put away. It wins over what trainings send later."""

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Request

from yoloscope import errors
from yoloscope.ingest import remarks
from yoloscope.query import runs as run_queries
from yoloscope.records import ids
from yoloscope.server import edit_schemas, problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports_edits

router = APIRouter(prefix="/api/v1", tags=["runs"])
RUNS_MAX = 10_000
_ONE_MAX_BYTES = 256 * 1024  # the longest note, every letter of it written as \uXXXX, and a hundred tags
_MANY_MAX_BYTES = 1024 * 1024
_TAGS = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 100}
_GROUP = {"type": ["string", "null"], "maxLength": 200}
_MARKS = {"starred": {"type": "boolean"}, "archived": {"type": "boolean"}}
_WORDS = {
    "name": {"type": "string", "maxLength": ids.RUN_NAME_MAX_CHARS},
    "tags": _TAGS,
    "group": _GROUP,
    "note": {"type": "string", "maxLength": remarks.NOTE_MAX_CHARS},
    **_MARKS,
}
_ONE = {"required": True, "content": {"application/json": {"schema": {"type": "object", "properties": _WORDS}}}}
_RUNS = {"type": "array", "items": {"type": "string"}, "maxItems": RUNS_MAX}
_FOR_ALL = {"runs": _RUNS, "add_tags": _TAGS, "remove_tags": _TAGS, "group": _GROUP, **_MARKS}
_MANY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "required": ["runs"], "properties": _FOR_ALL}}},
}


class _One(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str | msgspec.UnsetType = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET
    group: str | msgspec.UnsetType | None = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    starred: bool | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class _Many(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    runs: list[str]
    add_tags: list[str] = []
    remove_tags: list[str] = []
    group: str | msgspec.UnsetType | None = msgspec.UNSET
    starred: bool | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


_one_from_json = msgspec.json.Decoder(_One)
_many_from_json = msgspec.json.Decoder(_Many)


@router.patch("/runs/{run_id}", dependencies=[require("run:write"), strict], openapi_extra={"requestBody": _ONE})
async def edit_run(request: Request, run_id: str) -> schemas.RunSummary:
    """Change the fields given, and return the row of the run table."""
    of, run = services.of(request), known_form(run_id)
    fix = 'send {"name", "tags", "group", "note", "starred", "archived"}, each optional'
    given = await json_body.decoded(request, _one_from_json, limit_bytes=_ONE_MAX_BYTES, fix=fix)
    change = ports_edits.Change(
        name=given.name if given.name is msgspec.UNSET else remarks.name(given.name),
        tags=given.tags if given.tags is msgspec.UNSET else remarks.tags(given.tags, field="tags"),
        group=given.group if given.group is msgspec.UNSET else remarks.group(given.group),
        note=given.note if given.note is msgspec.UNSET else remarks.note(given.note),
        starred=given.starred,
        archived=given.archived,
    )
    changed = await _changed(of, [run], change)
    if changed.missing:
        raise errors.NotFound(f"there is no run {run[:80]!r}")
    found = await anyio.to_thread.run_sync(
        lambda: run_queries.run_row(of.series, of.catalog, run=run, now_ns=of.clock_ns())
    )
    return schemas.RunSummary.model_validate(msgspec.to_builtins(found))


@router.post("/runs/edit", dependencies=[require("run:write"), strict], openapi_extra={"requestBody": _MANY})
async def edit_runs(request: Request) -> edit_schemas.EditedRuns:
    """Change many runs at once, all or none."""
    fix = 'send {"runs": ["<id>", …]} with some of "add_tags", "remove_tags", "group", "starred", "archived"'
    given = await json_body.decoded(request, _many_from_json, limit_bytes=_MANY_MAX_BYTES, fix=fix)
    if len(given.runs) > RUNS_MAX:
        raise problems.refusal(
            "invalid-request",
            f"{len(given.runs)} runs are too many; nothing was changed",
            field="runs",
            fix=f"send at most {RUNS_MAX} in one request",
        )
    change = ports_edits.Change(
        add_tags=remarks.tags(given.add_tags, field="add_tags"),
        remove_tags=remarks.tags(given.remove_tags, field="remove_tags"),
        group=given.group if given.group is msgspec.UNSET else remarks.group(given.group),
        starred=given.starred,
        archived=given.archived,
    )
    changed = await _changed(services.of(request), [ids.RunId(run) for run in given.runs], change)
    return edit_schemas.EditedRuns(changed=list(changed.changed), missing=list(changed.missing))


async def _changed(of: services.Services, runs: list[ids.RunId], change: ports_edits.Change) -> ports_edits.Changed:
    """Change runs, and tell who watches."""
    now_ns = of.clock_ns()

    def write() -> tuple[ports_edits.Changed, dict[ids.RunId, ids.ProjectName]]:
        changed = of.catalog.edits.change(runs, change, now_ns=now_ns)
        return changed, {info.ref.id: info.ref.project for info in of.catalog.some_runs(changed.changed)}

    changed, project_of = await anyio.to_thread.run_sync(write)
    for run, project in project_of.items():
        of.hub.changed(run, project=project)
    return changed
