"""The app: routes behind the door, errors as problems. The composition root; logic lives in the rooms below."""

import contextlib
import logging
import os
from collections.abc import AsyncGenerator

from fastapi import FastAPI

from yoloscope.server import dashboard, effects, expiring, jobs, measures, problems, services, warming
from yoloscope.server.access.door import Door
from yoloscope.server.diagnosing import running as diagnosing
from yoloscope.server.routes import (
    blobs,
    commands,
    compare,
    console,
    control,
    edits,
    export,
    findings,
    groups,
    health,
    ingest,
    insights,
    learnt_acts,
    live,
    machines,
    media,
    policy,
    projection,
    recordings,
    retention,
    runs,
    series,
    session,
    stack,
    trash,
    views,
    waiting,
)
from yoloscope.server.routes import measures as measure_routes
from yoloscope.server.settings import Settings
from yoloscope.wire import discovery

_log = logging.getLogger("yoloscope")

ROUTERS = (
    ingest.router,
    blobs.router,
    runs.router,
    edits.router,
    commands.router,
    control.router,
    findings.router,
    measure_routes.router,
    views.router,
    projection.router,  # before the parts of items, whose route takes every word
    media.router,
    machines.router,
    waiting.router,
    compare.router,
    insights.router,
    learnt_acts.router,
    console.router,
    stack.router,
    recordings.router,
    policy.router,
    retention.router,
    trash.router,
    series.router,
    groups.router,
    export.router,
    session.router,
    live.router,
    health.router,
    dashboard.router,  # last: its final route takes every other path
)

_NO_TELEMETRY: dict[str, bool] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Nothing is sent anywhere, whatever the environment asks the framework to do; older frameworks ignore it."""


def create_app(settings: Settings, stores: services.Stores) -> FastAPI:
    """Return the app over open stores, which stay the caller's to close."""
    app = FastAPI(
        title="yoloscope",
        version="1",
        description="See every training of a vision model while it runs.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        telemetry=_NO_TELEMETRY,  # pyright: ignore[reportArgumentType] - its type exists in newer frameworks only
    )
    app.state.services = services.Services(settings, stores)
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(Door, settings=settings)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """Let SDK and CLI of this user find the server while it serves."""
    settings = services.settings_of(app)
    server = discovery.Server(settings.url, str(settings.data), str(settings.token_file), os.getpid())
    try:
        discovery.publish(server)
    except OSError as error:
        _log.warning("Clients on this machine must be given address and token: %s cannot be written", error.filename)
    of = services.of_app(app)
    async with (
        jobs.running(of),
        expiring.running(of),
        effects.running(of),
        measures.running(of),
        warming.running(of),
        diagnosing.running(of.diagnosing),
    ):
        yield
    services.of_app(app).end_children()
    discovery.withdraw(server)
