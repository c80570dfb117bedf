"""The autopilot: which measures a project lets act, which runs are left alone, and the audit of both."""

from typing import get_args

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Request

from yoloscope.diagnose import measures
from yoloscope.records import ids
from yoloscope.server import measure_schemas as shapes
from yoloscope.server import measuring, problems, services
from yoloscope.server.access import require as access
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports_measures

router = APIRouter(prefix="/api/v1", tags=["measures"])
MOST_MAX = 10
_MAX_BYTES = 4_096
_MODES: tuple[ports_measures.Mode, ...] = get_args(ports_measures.Mode)
_FIELDS = {
    "mode": {"type": "string", "enum": list(_MODES)},
    "most": {"type": "integer", "minimum": 1, "maximum": MOST_MAX, "description": "Acts a run"},
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "object", "properties": _FIELDS, "example": {"mode": "would"}}}
    },
}
_SPARED = {"spared": {"type": "boolean"}}
_SPARED_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "required": ["spared"], "properties": _SPARED}}},
}
_given_from_json = msgspec.json.Decoder(dict[str, object])


@router.get("/projects/{project}/measures", dependencies=[require("project:read"), strict])
async def of_project(request: Request, project: str) -> shapes.ProjectMeasures:
    """The measures of a project, off unless somebody set them, and what they did there."""
    return await _of_project(services.of(request), ids.project_name_from_text(project))


@router.put(
    "/projects/{project}/measures/{measure}",
    dependencies=[require("project:write"), strict],
    openapi_extra={"requestBody": _BODY},
)
async def set_measure(request: Request, project: str, measure: str) -> shapes.ProjectMeasures:
    """Change the fields given. Once this answers, nothing is asked of a training any more by a measure that it set to off."""
    of, name = services.of(request), ids.project_name_from_text(project)
    if measure not in measures.NAMES:
        fix = f"use one of {', '.join(measures.NAMES)}"
        raise problems.refusal("not-found", f"there is no measure {measure[:80]!r}", field="measure", fix=fix)
    given = await json_body.decoded(
        request, _given_from_json, limit_bytes=_MAX_BYTES, fix='send {"mode": "would", "most": 3}'
    )
    _check(given, ("mode", "most"))
    who, now_ns = access.who(request), of.clock_ns()

    def put() -> None:
        before = of.catalog.measures.settings(name).get(measure, ports_measures.Setting())
        setting = ports_measures.Setting(
            mode=_mode(given.get("mode", before.mode)),
            most=_most(given.get("most", before.most)),
            who=who,
            changed_ns=now_ns,
        )
        of.catalog.measures.set(name, measure, setting)

    async with of.measure_queue.turn:
        await anyio.to_thread.run_sync(put)
    return await _of_project(of, name)


@router.get("/runs/{run_id}/measures", dependencies=[require("run:read"), strict])
async def of_run(request: Request, run_id: str) -> shapes.RunMeasures:
    """The measures as a run sees them, and what they did to it."""
    return await _of_run(services.of(request), known_form(run_id))


@router.put(
    "/runs/{run_id}/measures/spared",
    dependencies=[require("run:control"), strict],
    openapi_extra={"requestBody": _SPARED_BODY},
)
async def spare(request: Request, run_id: str) -> shapes.RunMeasures:
    """Leave a run alone whatever its project allows, or no longer."""
    of, run = services.of(request), known_form(run_id)
    fix = 'send {"spared": true} or {"spared": false}'
    given = await json_body.decoded(request, _given_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    _check(given, ("spared",))
    spared = given.get("spared")
    if not isinstance(spared, bool):
        raise _wrong("spared", spared, fix=fix)
    who, now_ns = access.who(request), of.clock_ns()
    async with of.measure_queue.turn:
        await anyio.to_thread.run_sync(lambda: of.catalog.measures.spare(run, spared=spared, who=who, at_ns=now_ns))
    return await _of_run(of, run)


def _check(given: dict[str, object], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise problems.refusal(
                "invalid-request", f"{key[:80]!r} is not known", field=key[:80], fix=f"use {' and '.join(known)}"
            )


def _mode(given: object) -> ports_measures.Mode:
    if given not in _MODES:
        raise _wrong("mode", given, fix=f"use one of {', '.join(_MODES)}")
    return given


def _most(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST_MAX:
        raise _wrong("most", given, fix=f"use a whole number from 1 to {MOST_MAX}")
    return given


def _wrong(field: str, given: object, *, fix: str) -> Exception:
    return problems.refusal("invalid-request", f"{field} {str(given)[:80]!r} cannot be used", field=field, fix=fix)


async def _of_project(of: services.Services, name: ids.ProjectName) -> shapes.ProjectMeasures:
    def read() -> shapes.ProjectMeasures:
        known = of.catalog.measures
        events = known.of_project(name)
        runs = of.catalog.some_runs(list({one.run for one in events if one.run is not None}))
        return shapes.ProjectMeasures(
            project=name,
            measures=measuring.shaped(known.settings(name), known.counts(name)),
            events=measuring.shaped_events(events, runs),
        )

    return await anyio.to_thread.run_sync(read)


async def _of_run(of: services.Services, run: ids.RunId) -> shapes.RunMeasures:
    def read() -> shapes.RunMeasures:
        info, known = of.catalog.run(run), of.catalog.measures
        return shapes.RunMeasures(
            run=run,
            spared=known.is_spared(run),
            measures=measuring.shaped(known.settings(info.ref.project), known.counts(info.ref.project)),
            events=measuring.shaped_events(known.of_run(run), [info]),
        )

    return await anyio.to_thread.run_sync(read)
