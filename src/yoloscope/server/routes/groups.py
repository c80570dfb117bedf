"""Curves of runs that belong together: mean and deviation over the runs of each tag, group or setting."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope.query import groups as group_queries
from yoloscope.query import naming, table_page
from yoloscope.query.filters import evaluate, parser
from yoloscope.records import ids
from yoloscope.server import problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import columns, formats
from yoloscope.server.routes import series as series_routes
from yoloscope.server.routes.formats import written
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports

router = APIRouter(prefix="/api/v1", tags=["series"])
_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {
        "model": schemas.GroupsAnswer,
        "content": formats.content("columns", "csv", "arrow"),
        "description": "Columns; by `Accept` or `format` also in the other forms of the series endpoint",
    },
}


@router.get(
    "/groups",
    dependencies=[require("run:read"), strict],
    response_model=schemas.GroupsAnswer,
    responses=_RESPONSES,
)
async def groups(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    *,
    by: Annotated[str, Query(description="tag, group, config.<key> or settings.<key>")],
    name: series_routes.Names,
    asked: series_routes.Asked,
    project: Annotated[str | None, Query(description="The runs of this project")] = None,
    where: Annotated[str, Query(description="Only those that pass a filter, as the run table has it")] = "",
    run: Annotated[list[str], Query(description="Run ids, in place of a project", default_factory=list)],
    buckets: Annotated[
        int, Query(ge=1, le=series_routes.BUCKETS_MAX, description="How finely the x-axis is cut at most")
    ] = 100,
    form: series_routes.FormAsked = None,
) -> Response:
    """Each name over the runs that share a value: mean, sample deviation, extremes, and how many runs each rests on."""
    of = services.of(request)
    wanted = formats.chosen(request, asked=form)
    if bool(run) == (project is not None) or (run and where):
        raise problems.refusal(
            "invalid-request",
            "either runs or a project are grouped",
            field="run",
            fix="name runs, or one project, which may have a filter in `where`",
        )

    def answer() -> Response:
        found = group_queries.groups(
            of.series,
            infos=_infos(of, run=run, project=project, where=where),
            by=by,
            names=list(dict.fromkeys(name)),
            window=msgspec.structs.replace(asked, buckets=buckets),
        )
        if wanted in ("csv", "arrow"):
            return written.table(group_queries.table(found.groups), form=wanted, name="groups")
        return columns.response(columns.from_groups(found, by=by), form=wanted)

    return await anyio.to_thread.run_sync(answer)


def _infos(of: services.Services, *, run: list[str], project: str | None, where: str) -> list[ports.RunInfo]:
    if project is None:
        return naming.infos(of.catalog, [known_form(one) for one in run])
    name = ids.project_name_from_text(project)
    infos = naming.of_project(of.catalog, name)
    if not where.strip():
        return [info for info in infos if info.archived_ns is None]
    scope = of.table.now().scope(name, which=table_page.which(where))
    passes = evaluate.predicate(parser.expression(where), asked=evaluate.Asked(where, scope, of.clock_ns()))
    passing = {one.ref.id for one in scope.runs if passes(one)}
    return [info for info in infos if info.ref.id in passing]
