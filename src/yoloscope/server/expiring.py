"""Lets commands expire that nobody took or settled in time. Made by `app`, and run while it serves.

Who asks for commands lets them expire as well; this is for those that nobody looks at.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence

import anyio.to_thread

from yoloscope.records import ids
from yoloscope.server.services import Services

EVERY_S = 2.0
_log = logging.getLogger("yoloscope")


async def expired(of: Services, run: ids.RunId | None) -> None:
    """Let expire what is due, of one run or of all, and tell who watches or waits."""
    now_ns = of.clock_ns()
    runs = await anyio.to_thread.run_sync(lambda: of.catalog.commands.expire(run, now_ns=now_ns))
    if runs:
        await told(of, runs)


async def told(of: Services, runs: Sequence[ids.RunId]) -> None:
    """Tell who watches runs, or waits for their commands, that some of these changed."""
    for info in await anyio.to_thread.run_sync(of.catalog.some_runs, list(runs)):
        of.hub.commanded(info.ref.id, project=info.ref.project)


@contextlib.asynccontextmanager
async def running(of: Services) -> AsyncGenerator[None, None]:
    """Let commands expire for as long as the context lasts."""
    task = asyncio.create_task(_work(of))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _work(of: Services) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await expired(of, None)
        except Exception:  # noqa: BLE001 - whatever is wrong with one round, the next may do
            _log.exception("Commands could not be looked up; those that are over expire later")
