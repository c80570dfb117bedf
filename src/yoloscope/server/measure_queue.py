"""Runs that were judged and that a measure may have to act on: filled by `diagnosing.running`, emptied by `measures`. Belongs to the event loop."""

import asyncio
from collections.abc import Callable

from yoloscope.records import ids


class Queue:
    """Runs to be looked at, each once; `is_active` tells from memory whether a project asked for a measure. ``turn`` is held while one is decided on."""

    def __init__(self, is_active: Callable[[ids.ProjectName], bool]) -> None:
        self._is_active = is_active
        self._runs: set[ids.RunId] = set()
        self._came = asyncio.Event()
        self.turn = asyncio.Lock()

    def judged(self, run: ids.RunId, project: ids.ProjectName) -> None:
        """Note that a run was judged; where no measure is tried or on that costs nothing more."""
        if self._is_active(project):
            self._runs.add(run)
            self._came.set()

    async def taken(self, *, within_s: float) -> set[ids.RunId]:
        """Return the runs that were judged since, as soon as there are some, none after a while."""
        try:
            await asyncio.wait_for(self._came.wait(), within_s)
        except asyncio.TimeoutError:
            return set()
        taken, self._runs = self._runs, set()
        self._came.clear()
        return taken
