"""Turns: requests that touch the same thing follow each other, all others go on at once."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable


class Turns:
    """A lock per key that exists only while somebody holds or awaits it, so that keys cannot pile up. One event loop."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def of(self, keys: Iterable[str]) -> AsyncGenerator[None, None]:
        """Hold all keys; always taken in the same order, so that two requests never wait for each other."""
        async with contextlib.AsyncExitStack() as held:
            for key in sorted(set(keys)):
                await held.enter_async_context(self._one(key))
            yield

    @contextlib.asynccontextmanager
    async def _one(self, key: str) -> AsyncGenerator[None, None]:
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)
