"""What a project has learnt from acting on its trainings: which act helped against which finding."""

from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Request

from yoloscope.diagnose import acts
from yoloscope.query import learnt_acts
from yoloscope.records import ids
from yoloscope.server import found, learnt_schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict
from yoloscope.server.schemas import Localised

router = APIRouter(prefix="/api/v1", tags=["insights"])


@router.get("/learnt/acts", dependencies=[require("run:read"), strict])
async def what_acts_did(
    request: Request, project: Annotated[str, Query(description="The project whose trainings were acted upon")]
) -> learnt_schemas.LearntActs:
    """What came of acts in a project, by the rule that they answered; empty where nothing was measured yet."""
    of, name = services.of(request), ids.project_name_from_text(project)
    measured = await anyio.to_thread.run_sync(of.catalog.effects.of_project, name)
    return learnt_schemas.LearntActs(items=[_shaped(one) for one in learnt_acts.acts(measured)])


def _shaped(one: learnt_acts.Act) -> learnt_schemas.LearntAct:
    preview = acts.general(one.act)
    return learnt_schemas.LearntAct(
        title=found.title(one.rule), preview=Localised(en=preview.en, zh=preview.zh), **msgspec.structs.asdict(one)
    )
