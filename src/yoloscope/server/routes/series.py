"""Curves: many runs and names in one answer, as JSON, columns, CSV or Arrow."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from yoloscope.query import answers, naming, shared_series
from yoloscope.query import series as series_queries
from yoloscope.server import problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import columns, formats
from yoloscope.server.routes.formats import written
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form

router = APIRouter(prefix="/api/v1", tags=["series"])
BUCKETS_MAX = 10_000
ATTEMPT_MAX = 1_000_000  # far more than a run ever has; larger numbers are a mistake

RunIds = Annotated[list[str], Query(description="Run ids", min_length=1)]
Names = Annotated[
    list[str],
    Query(
        description="Series names, canonical or as written; `*` stands for any letters and `?` for one, over the names of the runs",
        min_length=1,
    ),
]
Kept = Annotated[
    list[schemas.ColumnName],
    Query(
        alias="column",
        description="Only these columns of each curve, `x` in any case; without it all",
        default_factory=list,
    ),
]
FormAsked = Annotated[
    formats.Form | None, Query(alias="format", description="The form of the answer; without it `Accept` decides")
]
_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {
        "model": schemas.SeriesAnswer,
        "content": formats.content("columns", "csv", "arrow"),
        "description": "Columns; by `Accept` or `format` also as little-endian float64 behind a msgpack header, CSV or an Arrow stream",
    },
}


def window(
    *,
    x: Annotated[schemas.XAxis, Query(description="The x-axis")] = "step",
    lo: Annotated[float | None, Query(alias="from", description="Least x", allow_inf_nan=False)] = None,
    hi: Annotated[float | None, Query(alias="to", description="Greatest x", allow_inf_nan=False)] = None,
    attempts: Annotated[
        schemas.WhichPoints,
        Query(description="Points that no later attempt took the place of, those that one did, or both"),
    ] = "kept",
    attempt: Annotated[
        int | None,
        Query(ge=1, le=ATTEMPT_MAX, description="Only points of this attempt, numbered as in the run's detail"),
    ] = None,
) -> series_queries.Window:
    """Return the window that a request asks for, with raw points.

    Raises:
        HTTPException: a problem "invalid-request" if it goes backwards.
    """
    if lo is not None and hi is not None and lo > hi:
        raise problems.refusal(
            "invalid-request", f"the window goes from {lo:g} to {hi:g}, backwards", field="from", fix="swap from and to"
        )
    return series_queries.Window(x, 0, lo, hi, attempts, attempt)


Asked = Annotated[series_queries.Window, Depends(window)]


@router.get(
    "/series",
    dependencies=[require("run:read"), strict],
    response_model=schemas.SeriesAnswer,
    responses=_RESPONSES,
)
async def series(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    *,
    run: RunIds,
    name: Names,
    asked: Asked,
    buckets: Annotated[int, Query(ge=0, le=BUCKETS_MAX, description="0 for every point")] = 500,
    kept: Kept,
    form: FormAsked = None,
) -> Response:
    """Columns of every asked series that exists over the asked window, by default of what no later attempt superseded."""
    of = services.of(request)
    wanted = formats.chosen(request, asked=form)

    def answer() -> Response:
        found = answers.answer(
            of.series,
            of.catalog,
            runs=[known_form(one) for one in run],
            names=name,
            window=msgspec.structs.replace(asked, buckets=buckets),
        )
        if wanted in ("csv", "arrow"):
            table = answers.table(found.columns, raw=buckets == 0, kept=kept)
            return written.table(table, form=wanted, name="series")
        return columns.response(columns.from_answer(found, kept=kept), form=wanted)

    return await anyio.to_thread.run_sync(answer)


@router.get("/series/names", dependencies=[require("run:read"), strict], response_model=schemas.SharedSeriesList)
async def series_names(request: Request, *, run: RunIds) -> Response:
    """The series that any of some runs has, those computed when they are asked for too, and how many runs have each."""
    of = services.of(request)

    def answer() -> bytes:
        known = [known_form(one) for one in run]
        naming.check_count(len(known), runs=len(known))
        return msgspec.json.encode(shared_series.shared_series(of.series, of.catalog, runs=known))

    return Response(await anyio.to_thread.run_sync(answer), media_type="application/json")
