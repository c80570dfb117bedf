"""The run table is read as soon as the server serves, so that whoever opens it first need not wait for all runs to be read.

Called by `app`.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator

import anyio.to_thread

from yoloscope import errors
from yoloscope.server.services import Services

_log = logging.getLogger("yoloscope")


@contextlib.asynccontextmanager
async def running(of: Services) -> AsyncGenerator[None, None]:
    """Read the run table while the context lasts, and wait for the end of it."""
    task = asyncio.create_task(_read(of))
    try:
        yield
    finally:
        await task


async def _read(of: Services) -> None:
    try:
        await anyio.to_thread.run_sync(of.table.now)
    except errors.StoreError as error:
        _log.warning("The run table could not be read, and is read when somebody asks for it: %s", error)
