"""Asking a training where it stands: its sidecar hears of it with its next acknowledgement and answers with a stack."""

import anyio.to_thread
from fastapi import APIRouter, Request

from yoloscope.ingest import asks
from yoloscope.query import runs as run_queries
from yoloscope.records import ids, state
from yoloscope.server import problems, schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict
from yoloscope.server.routes.runs import known_form
from yoloscope.store import ports

router = APIRouter(prefix="/api/v1", tags=["runs"])


@router.post("/runs/{run_id}/stack", status_code=202, dependencies=[require("run:write"), strict])
async def stack(request: Request, run_id: str) -> schemas.StackAsked:
    """Ask the training for a dump of its stack; it stands in `life` of the run when it has come, within seconds."""
    of = services.of(request)
    run = known_form(run_id)
    writer = await anyio.to_thread.run_sync(_writer, of, run)
    of.ingest.asks.add(run, writer, "stack")
    return schemas.StackAsked(expires_s=asks.LIFETIME_S)


def _writer(of: services.Services, run: ids.RunId) -> ids.WriterId:
    """Return the writer of the run's newest attempt. Blocking.

    Raises:
        NotFound: if the run is unknown.
        HTTPException: a problem "not-running" if nobody is there to be asked.
    """
    info = run_queries.as_seen(of.catalog.run(run), now_ns=of.clock_ns())
    if info.state in state.ENDED:
        raise problems.refusal(
            "not-running",
            f"the run is over ({info.state}): no process is left to look into",
            field="run_id",
            fix="look at the stacks that the run holds already",
        )
    mains = ports.main_attempts(info.attempts)
    if not mains or info.ref.framework == state.PLAIN_LOG:
        raise problems.refusal(
            "not-running",
            "the run's rows come over plain HTTP: nothing of yoloscope runs beside the training",
            field="run_id",
            fix="start the training with `yoloscope run`, or log with `yoloscope.init()`",
        )
    return mains[-1].writer
