"""How long a project keeps what: shown, and changed by people."""

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Request

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.server import keep_schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.store import ports
from yoloscope.store import retention as rules

router = APIRouter(prefix="/api/v1/projects", tags=["retention"])
_MAX_BYTES = 4_096
_DAYS = {"type": ["number", "null"], "minimum": rules.DAYS_LEAST, "maximum": rules.DAYS_MOST}
_FIELDS = {"thin_after_days": _DAYS, "delete_after_days": _DAYS, "trash_days": {**_DAYS, "type": "number"}}
_EXAMPLE = {"delete_after_days": 365}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "properties": _FIELDS, "example": _EXAMPLE}}},
}
_given_from_json = msgspec.json.Decoder(object)


@router.get("/{project}/retention", dependencies=[require("project:read"), strict])
async def retention(request: Request, project: str) -> keep_schemas.Retention:
    """How long the project keeps what; by default all runs for ever, and what is in the trash for 30 days."""
    of = services.of(request)
    holds = await anyio.to_thread.run_sync(of.catalog.retention, ids.project_name_from_text(project))
    return _shown(holds)


@router.put(
    "/{project}/retention", dependencies=[require("project:write"), strict], openapi_extra={"requestBody": _BODY}
)
async def set_retention(request: Request, project: str) -> keep_schemas.Retention:
    """Change the fields given. What is due then happens within the next hour; the trash holds it for `trash_days`."""
    of = services.of(request)
    name = ids.project_name_from_text(project)
    fix = 'send {"delete_after_days": 365}'
    given = await json_body.decoded(request, _given_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    return _shown(await anyio.to_thread.run_sync(_change, of, name, given))


def _change(of: services.Services, project: ids.ProjectName, given: object) -> ports.Retention:
    """Change what is given. Blocking; raises as `rules.from_mapping`."""
    wanted = rules.from_mapping(given, base=of.catalog.retention(project))
    if wanted.thin_after_days is not None and not of.series.capabilities.thins:
        raise errors.InvalidRecord(
            f"thin_after_days: a store of kind {of.series.capabilities.kind!r} cannot thin runs; nothing was changed",
            field="thin_after_days",
            fix="leave it out or send null; delete_after_days works here",
        )
    of.catalog.set_retention(project, wanted)
    return wanted


def _shown(holds: ports.Retention) -> keep_schemas.Retention:
    return keep_schemas.Retention(
        thin_after_days=holds.thin_after_days,
        delete_after_days=holds.delete_after_days,
        trash_days=holds.trash_days,
    )
