"""The trash: runs are moved there and back at once; what is removed from there is gone for good."""

import time
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request

from yoloscope import errors
from yoloscope.query import texts, trash
from yoloscope.records import ids
from yoloscope.server import keep_schemas, problems, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports

router = APIRouter(prefix="/api/v1", tags=["trash"])
RUNS_MAX = 10_000
_MAX_BYTES = 1024 * 1024
_EMPTYING_S = 10.0  # a client waits 30 seconds for an answer
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["runs"],
                "properties": {"runs": {"type": "array", "items": {"type": "string"}, "maxItems": RUNS_MAX}},
            }
        }
    },
}


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    runs: list[str]


_asked_from_json = msgspec.json.Decoder(_Asked)


@router.post("/runs/delete", dependencies=[require("run:write"), strict], openapi_extra={"requestBody": _BODY})
async def delete_runs(request: Request) -> keep_schemas.TrashedRuns:
    """Move runs to the trash."""
    of = services.of(request)
    return await _moved(of, await _asked(request), deleted_ns=of.clock_ns())


@router.post("/runs/restore", dependencies=[require("run:write"), strict], openapi_extra={"requestBody": _BODY})
async def restore_runs(request: Request) -> keep_schemas.TrashedRuns:
    """Bring runs back from the trash; retention leaves them alone from then on."""
    return await _moved(services.of(request), await _asked(request), deleted_ns=None)


@router.delete("/runs/{run_id}", dependencies=[require("run:write"), strict])
async def delete_run(
    request: Request,
    run_id: str,
    purge: Annotated[bool, Query(description="Remove it for good; it must be in the trash")] = False,
) -> keep_schemas.RemovedRun:
    """Move a run to the trash, or remove it from there for good."""
    of = services.of(request)
    run = known_form(run_id)
    if not purge:
        moved = await _moved(of, [run], deleted_ns=of.clock_ns())
        if moved.unknown:
            raise errors.NotFound(f"there is no run {run[:80]!r}")
        return keep_schemas.RemovedRun(**moved.items[0].model_dump(), rows=None)
    info = await anyio.to_thread.run_sync(of.catalog.run, run)
    _check_removable(info, now_ns=of.clock_ns())
    rows = await of.remove_run(run)
    return keep_schemas.RemovedRun(run=run, project=info.ref.project, name=info.ref.name, deleted=None, rows=rows)


@router.post("/runs/{run_id}/restore", dependencies=[require("run:write"), strict])
async def restore_run(request: Request, run_id: str) -> keep_schemas.TrashedRun:
    """Bring a run back from the trash; retention leaves it alone from then on."""
    run = known_form(run_id)
    moved = await _moved(services.of(request), [run], deleted_ns=None)
    if moved.unknown:
        raise errors.NotFound(f"there is no run {run[:80]!r}, in the trash or elsewhere")
    return moved.items[0]


@router.get("/trash", dependencies=[require("run:read"), strict])
async def trashed_runs(
    request: Request, project: Annotated[str | None, Query(description="Only runs of this project")] = None
) -> keep_schemas.Trash:
    """What is in the trash, what came first before the others."""
    of = services.of(request)
    name = None if project is None else ids.project_name_from_text(project)
    found = await anyio.to_thread.run_sync(lambda: trash.in_trash(of.catalog, project=name))
    return keep_schemas.Trash.model_validate({"items": msgspec.to_builtins(found)})


@router.post("/trash/empty", dependencies=[require("run:write"), strict])
async def empty_trash(
    request: Request, project: Annotated[str | None, Query(description="Only runs of this project")] = None
) -> keep_schemas.EmptiedTrash:
    """Remove what is in the trash for good, but for runs that are still trained."""
    of = services.of(request)
    name = None if project is None else ids.project_name_from_text(project)
    waiting = await anyio.to_thread.run_sync(lambda: trash.in_trash(of.catalog, project=name))
    end_s = time.monotonic() + _EMPTYING_S
    removed, alive = 0, list[str]()
    for at, run in enumerate(ids.RunId(one.run) for one in waiting):
        if time.monotonic() > end_s:
            return keep_schemas.EmptiedTrash(removed=removed, left=len(waiting) - at, alive=alive)
        known = await anyio.to_thread.run_sync(of.catalog.some_runs, [run])
        if known and known[0].deleted_ns is not None and trash.is_alive(known[0], now_ns=of.clock_ns()):
            alive.append(run)
        elif known and known[0].deleted_ns is not None:
            await of.remove_run(run)
            removed += 1
    return keep_schemas.EmptiedTrash(removed=removed, left=0, alive=alive)


async def _asked(request: Request) -> list[ids.RunId]:
    """Return the runs that a body names, each once.

    Raises:
        HTTPException: a problem that names what is wrong.
    """
    fix = 'send {"runs": ["<id>", …]}'
    asked = await json_body.decoded(request, _asked_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    if len(asked.runs) > RUNS_MAX:
        raise problems.refusal(
            "invalid-request",
            f"{len(asked.runs)} runs are too many; nothing was changed",
            field="runs",
            fix=f"send at most {RUNS_MAX} in one request",
        )
    return [ids.RunId(run) for run in dict.fromkeys(asked.runs)]


async def _moved(of: services.Services, runs: list[ids.RunId], *, deleted_ns: int | None) -> keep_schemas.TrashedRuns:
    """Move runs to the trash or back, tell who watches, and return where they are."""
    found = await anyio.to_thread.run_sync(lambda: _move(of.catalog, runs, deleted_ns=deleted_ns))
    for info in found.values():
        of.hub.changed(info.ref.id, project=info.ref.project)
    items = [_shown(found[run]) for run in runs if run in found]
    return keep_schemas.TrashedRuns(items=items, unknown=[run for run in runs if run not in found])


def _move(catalog: ports.Catalog, runs: list[ids.RunId], *, deleted_ns: int | None) -> dict[ids.RunId, ports.RunInfo]:
    catalog.set_deleted(runs, deleted_ns=deleted_ns)
    return {info.ref.id: info for info in catalog.some_runs(runs)}


def _shown(info: ports.RunInfo) -> keep_schemas.TrashedRun:
    deleted = None if info.deleted_ns is None else texts.iso_from_ns(info.deleted_ns)
    return keep_schemas.TrashedRun(run=info.ref.id, project=info.ref.project, name=info.ref.name, deleted=deleted)


def _check_removable(info: ports.RunInfo, *, now_ns: int) -> None:
    """Return if a run may be removed for good.

    Raises:
        HTTPException: a problem "not-in-trash" or "still-trained".
    """
    if info.deleted_ns is None:
        raise problems.refusal(
            "not-in-trash",
            f"run {info.ref.name!r} is not in the trash; nothing was removed",
            field="run_id",
            fix="delete it without purge=true first",
        )
    if trash.is_alive(info, now_ns=now_ns):
        raise problems.refusal(
            "still-trained",
            f"run {info.ref.name!r} is still trained; it stays in the trash, and nothing was removed",
            field="run_id",
            fix="end the training first; a minute of silence counts as an end here, half an hour for POST /log",
        )
