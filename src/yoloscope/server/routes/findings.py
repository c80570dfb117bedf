"""What the diagnosis says of a run, and what people say to that."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import StringConstraints

from yoloscope.ingest import remarks
from yoloscope.records import finding, ids
from yoloscope.server import finding_schemas, found, offering, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports_findings

router = APIRouter(prefix="/api/v1", tags=["findings"])
LIMIT_MAX = 500
_RULES_MAX = 100
_MAX_BYTES = 16 * 1024
_REASON = {"reason": {"type": "string", "maxLength": remarks.REASON_MAX_CHARS}}
_BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object", "properties": _REASON}}}}


_Rule = Annotated[str, StringConstraints(pattern="^[A-Z][0-9]{2}$")]


class _Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str = ""


_reason_from_json = msgspec.json.Decoder(_Reason)


@router.get("/findings", dependencies=[require("run:read"), strict])
async def everywhere(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    *,
    project: Annotated[str | None, Query(description="Only runs of this project")] = None,
    severity: Annotated[
        list[finding_schemas.SeverityName],
        Query(description="Only findings of one of these severities", max_length=3, default_factory=list),
    ],
    status: Annotated[finding.Status | None, Query(description="Only findings that are open, or over")] = None,
    rule: Annotated[
        list[_Rule],
        Query(description="Only findings of one of these rules, as G01", max_length=_RULES_MAX, default_factory=list),
    ],
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> finding_schemas.FindingPage:
    """A page of the findings of all runs that are not in the trash, those that opened last first, by the server's clock."""
    of = services.of(request)
    wanted = ports_findings.Wanted(
        project=None if project is None else ids.project_name_from_text(project),
        severities=tuple(severity),
        status=status,
        rules=tuple(rule),
        limit=limit,
    )

    def read() -> finding_schemas.FindingPage:
        page = of.catalog.findings.page(wanted, cursor=cursor)
        runs = {one.run for one in page.findings}
        return found.listed(page, of.catalog.some_runs(list(runs)))

    return await anyio.to_thread.run_sync(read)


@router.get("/runs/{run_id}/findings", dependencies=[require("run:read"), strict])
async def findings(request: Request, run_id: str) -> finding_schemas.RunFindings:
    """The findings of a run with evidence and advice, how it stands, and what happened when."""
    return await _shown(services.of(request), known_form(run_id))


@router.put(
    "/runs/{run_id}/findings/{rule}/dismissal",
    dependencies=[require("run:write"), strict],
    openapi_extra={"requestBody": _BODY},
)
async def dismiss(request: Request, run_id: str, rule: str) -> finding_schemas.RunFindings:
    """Say that a finding does not matter here, and why; three such words in a project make the rule's findings notes there."""
    of, run = services.of(request), known_form(run_id)
    fix = 'send {"reason": "<text>"}, which may be empty'
    given = await json_body.decoded(request, _reason_from_json, limit_bytes=_MAX_BYTES, fix=fix)
    reason = remarks.reason(given.reason)
    now_ns = of.clock_ns()
    await anyio.to_thread.run_sync(lambda: of.catalog.findings.dismiss(run, rule, reason=reason, at_ns=now_ns))
    return await _told(of, run)


@router.delete("/runs/{run_id}/findings/{rule}/dismissal", dependencies=[require("run:write"), strict])
async def restore(request: Request, run_id: str, rule: str) -> finding_schemas.RunFindings:
    """Take such a word back."""
    of, run = services.of(request), known_form(run_id)
    now_ns = of.clock_ns()
    await anyio.to_thread.run_sync(lambda: of.catalog.findings.restore(run, rule, at_ns=now_ns))
    return await _told(of, run)


async def _told(of: services.Services, run: ids.RunId) -> finding_schemas.RunFindings:
    """Tell who watches, and return what is shown now."""
    info = await anyio.to_thread.run_sync(of.catalog.run, run)
    of.hub.changed(run, project=info.ref.project)
    return await _shown(of, run)


async def _shown(of: services.Services, run: ids.RunId) -> finding_schemas.RunFindings:
    def read() -> finding_schemas.RunFindings:
        info, known = of.catalog.run(run), of.catalog.findings
        diagnosis = known.diagnosis(run)
        of.diagnosing.asked_for(info, diagnosis)
        return found.shaped(
            info,
            known.of_run(run),
            timeline=known.timeline(run),
            diagnosis=diagnosis,
            dismissed=known.dismissed_in(info.ref.project),
            offers=offering.offers(of, info, now_ns=of.clock_ns()),
        )

    return await anyio.to_thread.run_sync(read)
