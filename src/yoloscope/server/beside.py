"""What goes on beside answering requests: one task each, for as long as the server serves.

Called by `effects`, `expiring`, `jobs` and `measures`.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine

_log = logging.getLogger("yoloscope")


@contextlib.asynccontextmanager
async def working(work: Coroutine[object, object, None]) -> AsyncGenerator[None, None]:
    """Work for as long as the context lasts."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def rounds(do: Callable[[], Awaitable[None]], *, first_s: float, every_s: float, failed: str) -> None:
    """Do something again and again until cancelled; a round that fails is told in the log as `failed`, and the next comes as ever."""
    await asyncio.sleep(first_s)
    while True:
        try:
            await do()
        except Exception:  # noqa: BLE001 - whatever is wrong with one round, the next may do
            _log.exception(failed)
        await asyncio.sleep(every_s)
