"""What the routes share, made once when the app is: the only place where rooms are wired together."""

import time
from collections.abc import Callable
from typing import Protocol, cast

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from yoloscope.gateways import plain_json
from yoloscope.ingest import accept, blobs, live, recordings
from yoloscope.query import machines, table
from yoloscope.records import ids
from yoloscope.server import measure_queue, projections, starters, thumbnails
from yoloscope.server.access import links, sessions
from yoloscope.server.diagnosing import running as diagnosing
from yoloscope.server.settings import Settings
from yoloscope.store import ports, ports_media


class Stores(Protocol):
    """The stores of a data directory, however they were opened."""

    @property
    def series(self) -> ports.SeriesStore:
        """The points."""
        ...

    @property
    def catalog(self) -> ports.Catalog:
        """Everything but points."""
        ...

    @property
    def blobs(self) -> ports_media.BlobStore:
        """The bytes of pictures and files."""
        ...


class Services:
    """The parts behind the routes."""

    def __init__(self, settings: Settings, stores: Stores, *, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.settings = settings
        self.clock_ns = clock_ns
        self.series = stores.series
        self.catalog = stores.catalog
        self.blob_store = stores.blobs
        self.hub = live.Hub()
        self.ingest = accept.Ingest(stores.series, stores.catalog, hub=self.hub, clock_ns=clock_ns)
        self.blobs = blobs.Blobs(stores.catalog, stores.blobs, policies=self.ingest.policies, hub=self.hub)
        self.importer = recordings.Importer(
            self.ingest, stores.series, stores.catalog, blobs=self.blobs, blob_store=stores.blobs, hub=self.hub
        )
        self.plain = plain_json.PlainLog(self.ingest, stores.series, stores.catalog, clock_ns=clock_ns)
        self.starters = starters.Starters(clock_ns)
        self.machines = machines.Machines(stores.catalog, listens=self.starters.listens)
        self.table = table.Table(stores.series, stores.catalog)
        self.thumbnails = thumbnails.Thumbnails(stores.blobs)
        self.projections = projections.Projections(stores.blobs)
        self.measure_queue = measure_queue.Queue(lambda project: project in stores.catalog.measures.active())
        self.diagnosing = diagnosing.Diagnosing(
            stores.series, stores.catalog, self.table, hub=self.hub, judged=self.measure_queue.judged, clock_ns=clock_ns
        )
        self.links = links.Links()
        self.sessions = sessions.Sessions(stores.catalog, port=settings.port)

    def end_children(self) -> None:
        """End the processes beside the server, and whoever waits for them or for a command; calling it twice is harmless."""
        self.hub.end()
        self.diagnosing.close()
        self.thumbnails.close()
        self.projections.close()

    async def remove_run(self, run: ids.RunId) -> int:
        """Remove a run for good, also from what its clients are remembered by, and return how many rows it had; raises as `Ingest.remove`."""
        rows = await self.ingest.remove(run)
        self.plain.forget(run)
        return rows


def of(connection: HTTPConnection) -> Services:
    """Return the services of the app that a request came to."""
    return cast("Services", connection.app.state.services)


def of_app(app: FastAPI) -> Services:
    """Return the services of an app."""
    return cast("Services", app.state.services)


def settings_of(app: FastAPI) -> Settings:
    """Return what an app was made with."""
    return of_app(app).settings
