"""What the server does by the clock: sessions that expired are forgotten, old runs thinned, moved to the trash and removed, blobs collected.

Made by `app`, and run while it serves. `store.retention` decides what is due; here it is done, one run after the other, each in a step that
a kill leaves undone or done. Every act is one line in the server's log.
"""

import itertools
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import anyio.to_thread

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.server import beside
from yoloscope.server.services import Services
from yoloscope.store import retention
from yoloscope.store.blobs import collecting
from yoloscope.store.ports_keeping import Clock, Kept

FIRST_S = 60.0  # a server that just started has trainings to answer
EVERY_S = 3600.0
_FAILED = "What is due could not be looked up; nothing was removed, it is tried again in an hour"
_log = logging.getLogger("yoloscope")


class Keeper:
    """Does what is due. One event loop; what blocks runs in worker threads."""

    def __init__(self, of: Services, *, ran_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._of = of
        self._ran_ns = ran_ns
        self._looked_ns: int | None = None
        self._thinned: dict[ids.RunId, int] = {}
        self._told_of_jump = False

    async def round(self) -> None:
        """Do what is due now.

        Raises:
            StoreError: if the catalogue cannot be read or written; what was done stays done.
        """
        of = self._of
        await anyio.to_thread.run_sync(lambda: of.catalog.keeping.remove_sessions(expired_ns=of.clock_ns()))
        kept = await anyio.to_thread.run_sync(of.catalog.keeping.kept, None)
        clock = await anyio.to_thread.run_sync(self._clock, kept)
        for project, runs in itertools.groupby(kept, key=lambda run: run.project):
            holds = await anyio.to_thread.run_sync(of.catalog.retention, project)
            due = retention.due(runs, holds, now_ns=clock.kept_ns)
            await self._delete(due.delete)
            for run in due.remove:
                await self._remove(run)
            for run in due.thin:
                await self._thin(run)
        await self._collect()

    async def _collect(self) -> None:
        """Remove the blobs that nothing names, a few hundred at a time."""
        blobs, freed_bytes = 0, 0
        steps = collecting.steps(self._of.blob_store, self._of.catalog.items)
        try:
            while (freed := await anyio.to_thread.run_sync(next, steps, None)) is not None:
                blobs, freed_bytes = blobs + freed.blobs, freed_bytes + freed.bytes
        except errors.StoreError as error:
            _log.error("Pictures and files that no run shows cannot be removed: %s", error)
        if blobs:
            _log.warning("%d pictures and files that no run shows any more removed: %d bytes", blobs, freed_bytes)

    def _clock(self, kept: Sequence[Kept]) -> Clock:
        """Return the clock by which runs grow old, and note it. Blocking."""
        wall_ns, ran_ns = self._of.clock_ns(), self._ran_ns()
        known = self._of.catalog.keeping.clock() or retention.begun(kept, wall_ns=wall_ns)
        since_ns = 0 if self._looked_ns is None else ran_ns - self._looked_ns
        clock = retention.passed(known, wall_ns=wall_ns, ran_ns=since_ns)
        self._of.catalog.keeping.set_clock(clock)
        self._looked_ns = ran_ns
        self._tell_of_jump(clock)
        return clock

    def _tell_of_jump(self, clock: Clock) -> None:
        behind_days = (clock.wall_ns - clock.kept_ns) / retention.DAY_NS
        if behind_days >= 1 and not self._told_of_jump:
            self._told_of_jump = True
            _log.warning(
                "This machine's clock went ahead by more than this server saw pass: for retention it is %.0f days earlier, and a day is "
                "made up each day. Check the clock",
                behind_days,
            )

    async def _thin(self, run: Kept) -> None:
        if not self._of.series.capabilities.thins or self._thinned.get(run.run) == run.word_ns:
            return
        if not await anyio.to_thread.run_sync(self._is_as_it_was, run):
            return
        try:
            values = await anyio.to_thread.run_sync(self._of.series.thin, run.project, run.run)
        except errors.StoreError as error:
            _log.error("Run %s of %s cannot be thinned: %s", run.name, run.project, error)
            return
        self._thinned[run.run] = run.word_ns
        if values:
            self._of.hub.changed(run.run, project=run.project)
            _log.warning("Run %s (%s) of %s thinned: %d values removed", run.name, run.run, run.project, values)

    async def _delete(self, runs: Sequence[Kept]) -> None:
        if not runs:
            return
        gone = [run.run for run in runs]
        now_ns = self._of.clock_ns()
        await anyio.to_thread.run_sync(lambda: self._of.catalog.set_deleted(gone, deleted_ns=now_ns))
        for run in runs:
            self._of.hub.changed(run.run, project=run.project)
            _log.warning("Run %s (%s) of %s is old: moved to the trash", run.name, run.run, run.project)

    async def _remove(self, run: Kept) -> None:
        if not await anyio.to_thread.run_sync(self._is_as_it_was, run):
            return
        try:
            rows = await self._of.remove_run(run.run)
        except errors.StoreError as error:
            _log.error("Run %s of %s cannot be removed from the trash: %s", run.name, run.project, error)
            return
        _log.warning("Run %s (%s) of %s removed from the trash: %d rows", run.name, run.run, run.project, rows)

    def _is_as_it_was(self, run: Kept) -> bool:
        """Tell whether nobody brought a run back or trained it again while others were looked after. Blocking."""
        known = self._of.catalog.some_runs([run.run])
        return bool(known) and (known[0].state, known[0].deleted_ns) == (run.state, run.deleted_ns)


def running(of: Services) -> AbstractAsyncContextManager[None]:
    """Do what is due for as long as the context lasts."""
    return beside.working(beside.rounds(Keeper(of).round, first_s=FIRST_S, every_s=EVERY_S, failed=_FAILED))
