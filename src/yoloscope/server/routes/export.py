"""Whole runs as CSV or Parquet, made while they are sent."""

from collections.abc import Sequence
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from yoloscope import errors
from yoloscope.query import export as export_queries
from yoloscope.query import naming
from yoloscope.records import ids
from yoloscope.server import services
from yoloscope.server.access.require import require
from yoloscope.server.routes.formats import written
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports
from yoloscope.wire import recording

router = APIRouter(prefix="/api/v1", tags=["export"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {
        "content": {"text/csv": _BINARY, "application/vnd.apache.parquet": _BINARY},
        "description": "Every value of the runs; docs/export.md describes the columns",
    },
}
FormAsked = Annotated[Literal["csv", "parquet"], Query(alias="format", description="The form of the file")]
Wide = Annotated[bool, Query(description="A row for each row that was logged, with a column for each series")]


@router.get(
    "/runs/{run_id}/export",
    dependencies=[require("run:read"), strict],
    response_class=Response,
    responses=_RESPONSES,
)
async def of_run(
    request: Request, run_id: Annotated[str, Path(description="Run id")], form: FormAsked, *, wide: Wide = False
) -> Response:
    """Every value of a run, with where it was logged, by which attempt, and whether a later one took its place."""
    of = services.of(request)

    def answer() -> Response:
        info = of.catalog.run(known_form(run_id))
        return _written(of.series, [info], form=form, wide=wide, name=info.ref.name)

    return await anyio.to_thread.run_sync(answer)


@router.get(
    "/export",
    dependencies=[require("run:read"), strict],
    response_class=Response,
    responses=_RESPONSES,
)
async def of_project(
    request: Request, project: Annotated[str, Query(description="Its name")], form: FormAsked, *, wide: Wide = False
) -> Response:
    """Every value of all runs of a project but those in the trash, oldest run first."""
    of = services.of(request)

    def answer() -> Response:
        name = ids.project_name_from_text(project)
        infos = naming.of_project(of.catalog, name)
        if not infos:
            raise errors.NotFound(f"there is no run in project {name!r}")
        return _written(of.series, infos, form=form, wide=wide, name=name)

    return await anyio.to_thread.run_sync(answer)


def _written(
    store: ports.SeriesStore,
    infos: Sequence[ports.RunInfo],
    *,
    form: Literal["csv", "parquet"],
    wide: bool,
    name: str,
) -> Response:
    table = export_queries.wide(store, infos) if wide else export_queries.long(store, infos)
    return written.table(table, form=form, name=recording.file_name(name).removesuffix(recording.SUFFIX))
