"""Runs that are over, judged one after the other behind everything else: those of older releases, those that were imported, those whose rows came late.

A thread with a process of its own, so that a run of hours keeps no live one waiting. It takes half of a core at most.
"""

import logging
import threading
import time
from collections.abc import Callable

from yoloscope import errors
from yoloscope.query import table
from yoloscope.records import ids
from yoloscope.server.diagnosing import desk, known, talk
from yoloscope.store import ports

STRIKES = 2
IDLE_S = 60.0
AGAIN_S = 30.0
AGAIN_MOST_S = 3_600.0
"""How soon a run is tried again whose rows could not be read, or whose findings could not be written; each time twice as late."""
_log = logging.getLogger("yoloscope")


class Past:
    """Judges runs that ended. `round` belongs to one thread, `add` may be called from any; ``is_live`` tells which runs are judged elsewhere."""

    def __init__(
        self,
        stores: desk.Stores,
        process: talk.Process,
        *,
        is_live: Callable[[ids.RunId], bool],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stores = stores
        self._process = process
        self._is_live = is_live
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._waiting: dict[ids.RunId, None] = {}
        self._left: set[ids.RunId] = set()
        self._strikes: dict[ids.RunId, int] = {}
        self._rests: dict[ids.RunId, tuple[float, float]] = {}
        self._busy_s = clock_s()

    def add(self, run: ids.RunId) -> None:
        """Judge a run next."""
        with self._lock:
            self._waiting.pop(run, None)
            self._waiting = {run: None, **self._waiting}

    def add_unjudged(self, runs: table.Table) -> None:
        """Judge all runs that these rules did not judge yet, newest first, behind those that wait already.

        Raises:
            StoreError: if the catalogue cannot be read.
        """
        judged = self._stores.catalog.findings.judged()
        for one in runs.now().scope(None, which="kept").runs:
            if judged.get(one.ref.id) != known.DIGEST and not self._is_live(one.ref.id):
                with self._lock:
                    self._waiting.setdefault(one.ref.id)

    def round(self) -> float | None:
        """Judge the next run and return how many seconds it took; ``None`` if none waits."""
        run = self._next()
        began_s = self._clock_s()
        if run is None:
            if self._process.is_there and began_s > self._busy_s + IDLE_S:
                self._process.leave()
            return None
        self._look_after(run)
        self._busy_s = self._clock_s()
        return self._busy_s - began_s

    def _next(self) -> ids.RunId | None:
        with self._lock:
            run = next((one for one in self._waiting if one not in self._left and not self._rests_now(one)), None)
            if run is not None:
                del self._waiting[run]
            return run

    def _rests_now(self, run: ids.RunId) -> bool:
        until_s, _ = self._rests.get(run, (0.0, 0.0))
        return self._clock_s() < until_s

    def _look_after(self, run: ids.RunId) -> None:
        try:
            found = self._stores.catalog.some_runs([run])
            if found and found[0].deleted_ns is None and not self._is_live(run):
                self._judge(found[0])
            self._rests.pop(run, None)
        except (errors.StoreError, errors.NotFound) as error:
            _, rested_s = self._rests.get(run, (0.0, 0.0))
            rest_s = min(max(AGAIN_S, 2 * rested_s), AGAIN_MOST_S)
            self._rests[run] = self._clock_s() + rest_s, rest_s
            _log.warning("Run %s cannot be judged now and is tried again in %d s: %s", run, rest_s, error)
            with self._lock:
                self._waiting.setdefault(run)

    def _judge(self, info: ports.RunInfo) -> None:
        try:
            desk.judged_whole(self._process, self._stores, info)
        except talk.EndedError as error:
            self._lost(info, error)

    def _lost(self, info: ports.RunInfo, error: talk.EndedError) -> None:
        run = info.ref.id
        self._strikes[run] = self._strikes.get(run, 0) + 1
        if self._strikes[run] < STRIKES:
            self.add(run)
            return
        self._left.add(run)
        if error.was_asked:
            self._stores.fail(info, str(error))
