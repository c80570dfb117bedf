"""Projects and runs, as the run table and the run page need them."""

import secrets
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope import errors
from yoloscope.query import derived_infos, table_page, texts
from yoloscope.query import runs as run_queries
from yoloscope.query.filters import completion
from yoloscope.records import ids
from yoloscope.server import etags, schemas, services, table_schemas
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict

router = APIRouter(prefix="/api/v1", tags=["runs"])
LIMIT_MAX = 500
_CARET_MAX = 1_000_000  # far behind the end of the longest filter: what is behind it is the end
_SINCE = secrets.token_hex(8)
"""Tells the tags of this process from those of others: versions of the table begin anew with each."""
_Archived = Annotated[
    table_page.Archived | None,
    Query(
        description="Runs that were put away: not them, them alone, or both; by default both if the filter says `archived`"
    ),
]
_Project = Annotated[str | None, Query(description="Only runs of this project")]


@router.get(
    "/projects",
    dependencies=[require("project:read"), strict],
    response_model=schemas.ProjectPage,
    responses=etags.RESPONSES,
)
async def projects(request: Request) -> Response:
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
    return etags.answer_to(request, schemas.ProjectPage(items=items).model_dump())


@router.get(
    "/runs",
    dependencies=[require("run:read"), strict],
    response_model=table_schemas.RunPage,
    responses=etags.RESPONSES,
)
async def runs(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    *,
    project: _Project = None,
    where: Annotated[
        str,
        Query(description='A filter, as in: metrics/mAP50 > 0.5 and config.imgsz == 640 and tags contains "night"'),
    ] = "",
    sort: Annotated[
        str,
        Query(description="Names as in a filter, separated by commas; `-` before one: greatest first"),
    ] = "",
    state: Annotated[
        list[schemas.RunStateName], Query(description="Only runs in one of these states", default_factory=list)
    ],
    aggregates: Annotated[
        str, Query(description="Names, separated by commas, of which count, extremes, mean … are wanted")
    ] = "",
    columns: Annotated[str, Query(description="Names, separated by commas, for the `values` of each row")] = "",
    archived: _Archived = None,
    trash: Annotated[bool, Query(description="The runs in the trash instead of the others")] = False,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    """A page of runs, newest first unless asked otherwise; those without a value to sort by stand last."""
    question = table_page.Question(
        project=None if project is None else ids.project_name_from_text(project),
        where=where,
        sort=sort,
        states=tuple(state),
        which="trashed" if trash else table_page.which(where, archived=archived),
        aggregates=aggregates,
        columns=columns,
        limit=limit,
        cursor=cursor,
    )
    return await anyio.to_thread.run_sync(lambda: _page(request, question))


@router.get(
    "/runs/completions",
    dependencies=[require("run:read"), strict],
    response_model=table_schemas.Completions,
)
async def completions(
    request: Request,
    *,
    project: _Project = None,
    archived: _Archived = None,
    text: Annotated[str, Query(description="The filter so far")] = "",
    cursor: Annotated[
        int | None,
        Query(ge=0, le=_CARET_MAX, description="Behind how many characters the caret is; by default the end"),
    ] = None,
) -> Response:
    """What may come next in a filter: names, operators behind a name, known values behind an operator."""
    of, now_ns = services.of(request), services.of(request).clock_ns()
    name = None if project is None else ids.project_name_from_text(project)

    def found() -> bytes:
        scope = of.table.now().scope(name, which=table_page.which(text, archived=archived))
        caret = len(text) if cursor is None else cursor
        return msgspec.json.encode(completion.complete(text, caret, scope=scope, now_ns=now_ns))

    return Response(await anyio.to_thread.run_sync(found), media_type="application/json")


@router.get(
    "/runs/{run_id}",
    dependencies=[require("run:read"), strict],
    response_model=schemas.RunDetail,
    responses=etags.RESPONSES,
)
async def run(request: Request, run_id: str) -> Response:
    """Everything known of one run beside its points."""
    of = services.of(request)
    found = await anyio.to_thread.run_sync(
        lambda: run_queries.run_detail(of.series, of.catalog, run=known_form(run_id), now_ns=of.clock_ns())
    )
    return etags.answer_to(request, found)


@router.get("/runs/{run_id}/series", dependencies=[require("run:read"), strict])
async def serieslist(
    request: Request,
    run_id: str,
    *,
    derived: Annotated[
        bool, Query(description="Those too that are computed from others when they are asked for")
    ] = False,
) -> schemas.SeriesList:
    """What is known of each series of a run, in order of first arrival."""
    of = services.of(request)

    def infos() -> list[run_queries.SeriesInfo]:
        run = known_form(run_id)
        stored = run_queries.series_infos(of.series, of.catalog, run=run)
        return [*stored, *derived_infos.series_infos(of.series, of.catalog, run=run)] if derived else stored

    found = await anyio.to_thread.run_sync(infos)
    return schemas.SeriesList.model_validate({"items": msgspec.to_builtins(found)})


def _page(request: Request, question: table_page.Question) -> Response:
    """Return a page, or that the client has it already, which is found out without making it. Blocking."""
    of = services.of(request)
    now_ns = of.clock_ns()
    snapshot = of.table.now()
    scope = snapshot.scope(question.project, which=question.which)
    marks: list[object] = [
        _SINCE,
        snapshot.version(question.project),
        table_page.silent(scope, now_ns=now_ns),
        now_ns if table_page.depends_on_time(question) else None,
        question,
    ]
    tag = etags.tag_from_marks(marks)
    if etags.is_known(request, tag):
        return etags.unchanged(tag)
    return etags.answer(msgspec.json.encode(table_page.page(question, snapshot=snapshot, now_ns=now_ns)), tag)


def known_form(text: str) -> ids.RunId:
    """Return `text` as a run id.

    Raises:
        NotFound: if no run can have such an id.
    """
    try:
        return ids.run_id_from_text(text)
    except errors.InvalidRecord as error:
        raise errors.NotFound(f"there is no run {text[:80]!r}") from error
