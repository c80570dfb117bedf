"""Projects and runs, as the run table and the run page need them."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request

from yoloscope import errors
from yoloscope.query import runs as run_queries
from yoloscope.query import texts
from yoloscope.records import ids
from yoloscope.server import schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict

router = APIRouter(prefix="/api/v1", tags=["runs"])
LIMIT_MAX = 500


@router.get("/projects", dependencies=[require("project:read"), strict])
async def projects(request: Request) -> schemas.ProjectPage:
    """All projects by name, each with its number of runs."""
    found = await anyio.to_thread.run_sync(services.of(request).catalog.projects)
    items = [
        schemas.ProjectInfo(
            name=one.name,
            runs=one.runs,
            running=one.running,
            updated=None if one.updated_ns is None else texts.iso_from_ns(one.updated_ns),
        )
        for one in found
    ]
    return schemas.ProjectPage(items=items)


@router.get("/runs", dependencies=[require("run:read"), strict])
async def runs(
    request: Request,
    project: Annotated[str | None, Query(description="Only runs of this project")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> schemas.RunPage:
    """A page of runs, newest first."""
    of = services.of(request)
    name = None if project is None else ids.project_name_from_text(project)
    page = await anyio.to_thread.run_sync(
        lambda: run_queries.run_rows(
            of.series, of.catalog, project=name, limit=limit, cursor=cursor, now_ns=of.clock_ns()
        )
    )
    return schemas.RunPage.model_validate(msgspec.to_builtins(page))


@router.get("/runs/{run_id}", dependencies=[require("run:read"), strict])
async def run(request: Request, run_id: str) -> schemas.RunDetail:
    """Everything known of one run beside its points."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(
        lambda: run_queries.run_detail(of.series, of.catalog, run=known_form(run_id), now_ns=of.clock_ns())
    )
    return schemas.RunDetail.model_validate(msgspec.to_builtins(found))


@router.get("/runs/{run_id}/series", dependencies=[require("run:read"), strict])
async def serieslist(request: Request, run_id: str) -> schemas.SeriesList:
    """What is known of each series of a run, in order of first arrival."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(
        lambda: run_queries.series_infos(of.series, of.catalog, run=known_form(run_id))
    )
    return schemas.SeriesList.model_validate({"items": msgspec.to_builtins(found)})


def known_form(text: str) -> ids.RunId:
    """Return `text` as a run id.

    Raises:
        NotFound: if no run can have such an id.
    """
    try:
        return ids.run_id_from_text(text)
    except errors.InvalidRecord as error:
        raise errors.NotFound(f"there is no run {text[:80]!r}") from error
