"""What sets runs apart, as JSON."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import Field

from yoloscope.query import compare as comparing
from yoloscope.server import problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form

Number = Annotated[int, Field(ge=0)]
router = APIRouter(prefix="/api/v1", tags=["runs"])


@router.get("/compare", dependencies=[require("run:read"), strict])
async def compare(
    request: Request,
    *,
    run: Annotated[list[str], Query(description="Run ids, one a column; the same may stand twice", min_length=1)],
    attempt: Annotated[
        list[Number], Query(description="An attempt for each run in its order, 0 for the newest", default_factory=list)
    ],
    equal: Annotated[bool, Query(description="Tell keys that are the same in all as well")] = False,
) -> schemas.Comparison:
    """What differs between runs or their attempts: code, packages, settings, configuration, data, machine, augmentation."""
    if attempt and len(attempt) != len(run):
        raise problems.refusal(
            "invalid-request",
            f"{len(attempt)} attempts are named for {len(run)} runs",
            field="attempt",
            fix="name one for each run, or none; 0 is the newest",
        )
    numbers = attempt or [comparing.NEWEST] * len(run)
    asked = [comparing.Asked(known_form(one), number) for one, number in zip(run, numbers, strict=True)]
    found = await anyio.to_thread.run_sync(
        lambda: comparing.comparison(services.of(request).catalog, asked, with_equal=equal)
    )
    return schemas.Comparison.model_validate(msgspec.to_builtins(found))
