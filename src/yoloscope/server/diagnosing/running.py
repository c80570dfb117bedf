"""The two threads that judge runs while the server serves, and their processes.

Made by `services`, run by `app`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from yoloscope import errors
from yoloscope.ingest import live
from yoloscope.query import table
from yoloscope.records import ids
from yoloscope.server.diagnosing import desk, known, past, peers, talk
from yoloscope.server.diagnosing.feed import Feed
from yoloscope.store import ports, ports_findings

FIRST_S = 2.0  # a server that just started has trainings to answer
PAST_FIRST_S = 20.0
ROUND_S = 1.0
REST_TIMES = 3.0
"""Of many runs the rows wait longer and are then read together: reading takes a quarter of a core at most, catching up half of one."""
AGAIN_S = 30.0
PAUSE_LEAST_S = 0.2
_log = logging.getLogger("yoloscope")
_T = TypeVar("_T")


class Diagnosing:
    """Judges runs. `start` belongs to the event loop whose hub is told, as is ``judged`` of each run that was judged; everything else may be called from any thread."""

    def __init__(
        self,
        series: ports.SeriesStore,
        catalog: ports.Catalog,
        runs: table.Table,
        *,
        hub: live.Hub,
        judged: Callable[[ids.RunId, ids.ProjectName], None],
        clock_ns: Callable[[], int],
    ) -> None:
        self._catalog = catalog
        self._runs = runs
        self._hub = hub
        self._judged = judged
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._processes = talk.Process(), talk.Process()
        stores = desk.Stores(
            series, catalog, peers_of=peers.Peers(series, catalog, runs), hint=self._hint, clock_ns=clock_ns
        )
        self._feed = Feed(stores, self._processes[0], pass_on=self._pass_on)
        self._past = past.Past(stores, self._processes[1], is_live=self._feed.holds)

    @property
    def pids(self) -> list[int]:
        """The numbers of the processes that there are now."""
        return [pid for process in self._processes if (pid := process.pid) is not None]

    def _pass_on(self, run: ids.RunId) -> None:
        self._past.add(run)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to judge."""
        self._loop = loop
        for name, work in (("judges runs", self._follow), ("judges past runs", self._look_back)):
            thread = threading.Thread(target=work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop judging and end the processes; calling it twice is harmless."""
        self._ending.set()
        for process in self._processes:
            process.close()
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.leave()

    def asked_for(self, info: ports.RunInfo, diagnosis: ports_findings.Diagnosis | None) -> None:
        """Judge a run next that somebody looks at, if other rules than these judged it."""
        is_judged = diagnosis is not None and diagnosis.thresholds == known.DIGEST
        if known.has_ended(info) and not is_judged and not self._feed.holds(info.ref.id):
            self._past.add(info.ref.id)

    def _follow(self) -> None:
        if self._ending.wait(FIRST_S):
            return
        while not self._ending.is_set():
            began_s, worked_s = time.monotonic(), time.thread_time()
            has_more = self._safely(lambda: self._feed.round(going_on=lambda: not self._ending.is_set()))
            rest_s = REST_TIMES * (time.thread_time() - worked_s)
            self._ending.wait(min(ROUND_S, time.monotonic() - began_s) if has_more else max(ROUND_S, rest_s))

    def _look_back(self) -> None:
        if self._ending.wait(PAST_FIRST_S):
            return
        self._safely(lambda: self._past.add_unjudged(self._runs))
        while not self._ending.is_set():
            spent_s = self._safely(self._past.round)
            self._ending.wait(ROUND_S if spent_s is None else max(PAUSE_LEAST_S, spent_s))

    def _safely(self, work: Callable[[], _T]) -> _T | None:
        """Do a round; whatever is wrong with it, the next is tried later."""
        try:
            return work()
        except errors.StoreError as error:
            if not self._ending.is_set():
                _log.warning("Runs are judged later: %s", error)
        except Exception:  # noqa: BLE001 - whatever is wrong with one round, the next may do
            _log.exception("Runs cannot be judged now; it is tried again")
        self._ending.wait(AGAIN_S)
        return None

    def _hint(self, run: ids.RunId, project: ids.ProjectName) -> None:
        loop = self._loop
        if loop is not None and not self._ending.is_set():
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(lambda: self._hub.changed(run, project=project))
                loop.call_soon_threadsafe(self._judged, run, project)


@contextlib.asynccontextmanager
async def running(of: Diagnosing) -> AsyncGenerator[None, None]:
    """Judge runs for as long as the context lasts; who owns it closes it."""
    of.start(asyncio.get_running_loop())
    yield
