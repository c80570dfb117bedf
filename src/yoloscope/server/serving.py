"""uvicorn around the app: quiet, quick to stop, and telling when it is ready."""

import socket
from collections.abc import Callable

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from yoloscope.server import services

_STOP_S = 2  # open requests and WebSockets get this long; a stop takes less than three seconds
_WS_MESSAGE_MAX_BYTES = 64 * 1024  # a list of watched runs


class Server(uvicorn.Server):
    """A server that calls back once it accepts connections, and again when it is about to stop."""

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so, then stop."""
        await anyio.to_thread.run_sync(self._on_stop)
        await super().shutdown(sockets=sockets)


def server_for(app: FastAPI, *, on_ready: Callable[[], None]) -> Server:
    """Return a server for the app; ``run(sockets=[…])`` serves until a signal or ``should_exit``."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_STOP_S,
        ws_max_size=_WS_MESSAGE_MAX_BYTES,
    )
    ending = services.of_app(app).end_children  # who waits for one is told, not cut off
    return Server(config, on_ready=on_ready, on_stop=ending)
