"""Curves of runs that belong together: mean and deviation over the runs of each tag, group or setting."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope.query import groups as group_queries
from yoloscope.query import naming
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
    project: Annotated[str | None, Query(description="All runs of this project")] = None,
    run: Annotated[list[str], Query(description="Run ids, in place of a project", default_factory=list)],
    buckets: Annotated[
        int, Query(ge=1, le=series_routes.BUCKETS_MAX, description="How finely the x-axis is cut at most")
    ] = 100,
    form: series_routes.FormAsked = None,
) -> Response:
    """Each name over the runs that share a value: mean, sample deviation, extremes, and how many runs each rests on."""
    of = services.of(request)
    wanted = formats.chosen(request, asked=form)
    if bool(run) == (project is not None):
        raise problems.refusal(
            "invalid-request", "either runs or a project are grouped", field="run", fix="name runs, or one project"
        )

    def answer() -> Response:
        found = group_queries.groups(
            of.series,
            of.catalog,
            infos=_infos(of.catalog, run=run, project=project),
            by=by,
            names=list(dict.fromkeys(name)),
            window=msgspec.structs.replace(asked, buckets=buckets),
        )
        if wanted in ("csv", "arrow"):
            return written.table(group_queries.table(found.groups), form=wanted, name="groups")
        return columns.response(columns.from_groups(found, by=by), form=wanted)

    return await anyio.to_thread.run_sync(answer)


def _infos(catalog: ports.Catalog, *, run: list[str], project: str | None) -> list[ports.RunInfo]:
    if project is None:
        return naming.infos(catalog, [known_form(one) for one in run])
    return naming.of_project(catalog, ids.project_name_from_text(project))
