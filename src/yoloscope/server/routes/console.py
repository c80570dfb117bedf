"""What a training printed, live: a reader goes on from the place where it stands."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from yoloscope.query import console as console_queries
from yoloscope.records import row
from yoloscope.server import problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form

router = APIRouter(prefix="/api/v1", tags=["runs"])
LIMIT_MAX = 5_000
_PLACE_MAX = 2**62


@router.get("/runs/{run_id}/console", dependencies=[require("run:read"), strict], response_model=schemas.ConsolePage)
async def console(  # noqa: PLR0913 - each is a query parameter of the public contract
    request: Request,
    run_id: str,
    *,
    after: Annotated[
        int | None,
        Query(
            ge=0, le=_PLACE_MAX, description="Lines that came or changed behind this place: `next` of the page before"
        ),
    ] = None,
    before: Annotated[int | None, Query(ge=1, le=_PLACE_MAX, description="The last lines before this place")] = None,
    tail: Annotated[int | None, Query(ge=1, le=LIMIT_MAX, description="The newest lines, so many")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 500,
    attempt: Annotated[int | None, Query(ge=1, le=_PLACE_MAX, description="Lines of this attempt only")] = None,
    stream: Annotated[row.Stream | None, Query(description="Lines of this stream only")] = None,
) -> Response:
    """Lines in order of their places, from the run's first on unless asked otherwise. A line whose number comes again replaces the older one."""
    _check_one_way(after=after, before=before, tail=tail)
    of = services.of(request)
    found = await anyio.to_thread.run_sync(
        lambda: console_queries.page(
            of.catalog,
            known_form(run_id),
            after=0 if after is None and before is None and tail is None else after,
            before=before,
            limit=tail or limit,
            attempt=attempt,
            stream=stream,
        )
    )
    return Response(msgspec.json.encode(found), media_type="application/json")


def _check_one_way(**ways: int | None) -> None:
    """Return if a page is asked for in one way.

    Raises:
        HTTPException: a problem "invalid-request" that names the second.
    """
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise problems.refusal(
            "invalid-request",
            f"the query parameters {given[0]!r} and {given[1]!r} ask for different lines",
            field=given[1],
            fix=f"send one of {', '.join(ways)}",
        )
