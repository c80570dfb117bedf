"""Lets commands expire that nobody took or settled in time. Made by `app`, and run while it serves.

Who asks for commands lets them expire as well; this is for those that nobody looks at.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import anyio.to_thread

from yoloscope.records import ids
from yoloscope.server import beside
from yoloscope.server.services import Services

EVERY_S = 2.0
_FAILED = "Commands could not be looked up; those that are over expire later"


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


def running(of: Services) -> AbstractAsyncContextManager[None]:
    """Let commands expire for as long as the context lasts."""
    work = beside.rounds(lambda: expired(of, None), first_s=EVERY_S, every_s=EVERY_S, failed=_FAILED)
    return beside.working(work)
