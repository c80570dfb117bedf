"""Curves: many runs and names in one answer, as JSON or as columns."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope.query import series as series_queries
from yoloscope.records import names as vocabulary
from yoloscope.server import problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import columns
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form

router = APIRouter(prefix="/api/v1", tags=["series"])
BUCKETS_MAX = 10_000
CURVES_MAX = 2_000  # runs times names in one answer
ATTEMPT_MAX = 1_000_000  # far more than a run ever has; larger numbers are a mistake

_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {
        "model": schemas.SeriesAnswer,
        "content": {columns.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        "description": "Columns; little-endian float64 behind a msgpack header if `Accept` asks for it",
    },
}


@router.get(
    "/series",
    dependencies=[require("run:read"), strict],
    response_model=schemas.SeriesAnswer,
    responses=_RESPONSES,
)
async def series(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    *,
    run: Annotated[list[str], Query(description="Run ids", min_length=1)],
    name: Annotated[list[str], Query(description="Series names, canonical or as written", min_length=1)],
    x: Annotated[schemas.XAxis, Query(description="The x-axis")] = "step",
    lo: Annotated[float | None, Query(alias="from", description="Least x", allow_inf_nan=False)] = None,
    hi: Annotated[float | None, Query(alias="to", description="Greatest x", allow_inf_nan=False)] = None,
    buckets: Annotated[int, Query(ge=0, le=BUCKETS_MAX, description="0 for every point")] = 500,
    attempts: Annotated[
        schemas.WhichPoints,
        Query(description="Points that no later attempt took the place of, those that one did, or both"),
    ] = "kept",
    attempt: Annotated[
        int | None,
        Query(ge=1, le=ATTEMPT_MAX, description="Only points of this attempt, numbered as in the run's detail"),
    ] = None,
) -> Response:
    """Columns of every asked series that exists over the asked window, by default of what no later attempt superseded."""
    if len(run) * len(name) > CURVES_MAX:
        raise problems.refusal(
            "invalid-request",
            f"{len(run)} runs times {len(name)} names are more than {CURVES_MAX} curves",
            field="run",
            fix="ask in several requests",
        )
    if lo is not None and hi is not None and lo > hi:
        raise problems.refusal(
            "invalid-request", f"the window goes from {lo:g} to {hi:g}, backwards", field="from", fix="swap from and to"
        )
    of = services.of(request)
    window = series_queries.Window(x, buckets, lo, hi, attempts, attempt)
    binary = columns.MEDIA_TYPE in request.headers.get("accept", "")

    def answer() -> bytes:
        found = series_queries.series_columns(
            of.series,
            of.catalog,
            runs=[known_form(one) for one in dict.fromkeys(run)],
            names=_spellings(name),
            window=window,
        )
        return columns.binary_from_columns(found) if binary else columns.json_from_columns(found)

    body = await anyio.to_thread.run_sync(answer)
    media_type = columns.MEDIA_TYPE if binary else "application/json"
    return Response(body, media_type=media_type, headers={"Vary": "Accept"})


def _spellings(asked: list[str]) -> list[str]:
    """Return each name as asked and as the vocabulary has it; a series is stored under one of them."""
    return list(dict.fromkeys(spelling for name in asked for spelling in (name, vocabulary.canonical(name))))
