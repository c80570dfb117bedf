"""Batches into the stores, exactly once: checked as a whole, appended in one transaction, acknowledged when durable.

Called by the ingest route with bodies and by the gateways with batches of their own making. The order of the writes makes any
crash in between harmless, because the client sends the same again: run and attempt are opened (idempotent), new events are
applied (idempotent), then the points are appended together with the lane's position. Only that last commit moves the position, so nothing
that was not applied is ever acknowledged. Requests of one writer take turns.

Positions, open attempts and who was heard of are remembered, because nobody else writes them: rows that go on in a run wait
for their commit alone. The store checks every position again, so a memory that were wrong could refuse rows, never double them.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

import anyio.to_thread
import msgspec

from yoloscope import errors
from yoloscope.ingest import allowed, arrivals, asks, decoding, live, turns
from yoloscope.records import ids, media, row, state
from yoloscope.store import ports
from yoloscope.wire import protocol

_KNOWN_MAX = 20_000  # attempts and lanes remembered; one that was forgotten is asked for again, which changes nothing
_HEARD_NS = 1_000_000_000  # a writer that says the same again is noted once a second

_Ask = asks.Ask  # `Ack.asks` has the module's name
_K = TypeVar("_K")
_V = TypeVar("_V")


_LaneKey = tuple[ids.ProjectName, ids.WriterId, int]


class Ack(msgspec.Struct, frozen=True):
    """Which sequence number each lane is to send next (by ``"<writer>/<lane>"``), how soon to send, and what somebody asks for."""

    acked: dict[str, int]
    instance: str
    instance_epoch: int
    flush_ms: int
    asks: tuple[_Ask, ...] = ()


class Totals(msgspec.Struct):
    """What went through since the server started."""

    requests: int = 0
    rows: int = 0
    items: int = 0
    append_s: float = 0.0


class _Opened(msgspec.Struct, frozen=True):
    """Arrivals as the series store takes them, the runs that the catalogue changed, and those that were removed and stay so.

    ``items`` counts the new ones of each run, ``commanded`` are the runs of which a command changed.
    """

    lanes: list[ports.LaneRows]
    changed: set[ids.RunId]
    gone: set[ids.RunId] = msgspec.field(default_factory=set)
    items: dict[ids.RunId, int] = msgspec.field(default_factory=dict)
    commanded: set[ids.RunId] = msgspec.field(default_factory=set)


class _Known(msgspec.Struct, frozen=True):
    """The number of an attempt, and whether the catalogue knows that it has rows."""

    number: int
    has_rows: bool

    def says_all(self, batch: row.Batch) -> bool:
        """Tell whether a batch of the attempt says nothing new of it."""
        return self.has_rows or not arrivals.has_rows(batch)


class _Heard(msgspec.Struct, frozen=True):
    """What a writer said of itself last, and when."""

    at_ns: int
    lost: Mapping[str, int]
    alive: bool | None
    deferred: int
    stalled: bool


class Ingest:
    """The only writer of points and events. One event loop; what blocks runs in worker threads."""

    def __init__(
        self,
        series: ports.SeriesStore,
        catalog: ports.Catalog,
        *,
        hub: live.Hub,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.totals = Totals()
        self.policies = allowed.Policies(catalog)
        self.asks = asks.Asks()
        self._series = series
        self._catalog = catalog
        self._hub = hub
        self._clock_ns = clock_ns
        self._opening = threading.Lock()  # whose rows a run may take is asked and set in one go
        self._instance: tuple[str, int] | None = None
        self._turns = turns.Turns()
        self._known: OrderedDict[arrivals.AttemptKey, _Known] = OrderedDict()
        self._positions: OrderedDict[_LaneKey, int] = OrderedDict()
        self._heard: OrderedDict[tuple[ids.RunId, ids.WriterId], _Heard] = OrderedDict()

    async def accept(self, body: bytes, *, encoding: str) -> Ack:
        """Store the batches of a body as it was sent and return what is durable.

        Raises:
            WireError: if the bytes break the protocol; nothing is stored.
            InvalidRecord: if a name, an id or the mixture of projects is not usable; nothing is stored.
            PolicyForbids: if a batch holds what the project's policy forbids; nothing is stored.
            SequenceGap: if a lane starts after the number wanted next; nothing is stored.
            StoreFull: if the disk is full.
        """
        batches = await decoding.batches_from_body(body, encoding=encoding)
        appended = await self.take(batches)
        instance, instance_epoch = await self._identity()
        watched = any(self._is_urgent(batch.run.id) for batch in batches)
        return Ack(
            acked={f"{writer}/{lane}": seq for (writer, lane), seq in appended.next_seq.items()},
            instance=instance,
            instance_epoch=instance_epoch,
            flush_ms=protocol.FLUSH_WATCHED_MS if watched else protocol.FLUSH_UNWATCHED_MS,
            asks=self.asks.taken((batch.run.id, batch.writer) for batch in batches),
        )

    def _is_urgent(self, run: ids.RunId) -> bool:
        """Tell whether somebody looks at a run, or waits for what becomes of a command."""
        return self._hub.watching(run) or self._catalog.commands.is_waiting(run)

    async def take(self, batches: Sequence[row.Batch]) -> ports.Appended:
        """Store batches that were checked as those of a body are, and return what is durable; raises as `accept`."""
        return await self._store([arrivals.Arrival(batch, batch.first_seq) for batch in batches])

    async def add(self, batch: row.Batch) -> int:
        """Store the entries of a batch behind what its lane holds and return how many rows are durable now.

        For gateways, whose clients count nothing; ``first_seq`` is not looked at. Raises as `accept`.
        """
        appended = await self._store([arrivals.Arrival(batch, None)])
        return appended.new_rows.get(batch.run.id, 0)

    async def remove(self, run: ids.RunId) -> int:
        """Remove a run and all that belongs to it for good, and return how many rows it had; an unknown one has none.

        Killed in between, the catalogue still has the run, to be removed again. Positions of lanes stay: what was stored once does not
        come back. A trainer that goes on sending opens the run again, with what is new.

        Raises:
            StoreError: if a store cannot be written; the run is still known.
        """
        while True:
            known = await anyio.to_thread.run_sync(self._catalog.some_runs, [run])
            if not known:
                return 0
            async with self._turns.of(attempt.writer for attempt in known[0].attempts):
                rows = await anyio.to_thread.run_sync(self._remove, known[0])
            if rows is not None:
                self._hub.changed(run, project=known[0].ref.project)
                return rows

    def _remove(self, known: ports.RunInfo) -> int | None:
        """Remove a run whose writers wait; ``None`` if it has other attempts by now than are known. Blocking."""
        run, project = known.ref.id, known.ref.project
        with self._opening:
            attempts = [one.attempts for one in self._catalog.some_runs([run])]
            if attempts and len(attempts[0]) != len(known.attempts):
                return None
            rows = self._series.remove(project, run)
            self._catalog.remove_run(run)
            for attempt in known.attempts:
                self._known.pop((project, run, attempt.writer, attempt.index), None)
                self._heard.pop((run, attempt.writer), None)
        return rows

    async def _identity(self) -> tuple[str, int]:
        """Return instance and epoch; a restore replaces the directory, which no server survives, so one look is enough."""
        if self._instance is None:
            self._instance = await anyio.to_thread.run_sync(self._catalog.instance)
        return self._instance

    async def _store(self, coming: Sequence[arrivals.Arrival]) -> ports.Appended:
        self.totals.requests += 1
        if not coming:
            return ports.Appended({}, {})
        project = arrivals.one_project(coming)
        await self.policies.check(project, [arrival.batch for arrival in coming])
        async with self._turns.of(arrival.batch.writer for arrival in coming):
            opened = self._open_already(project, coming)
            for batch in (arrival.batch for arrival in coming):
                self._positions.pop((project, batch.writer, batch.lane), None)  # not known until the append is done
            if opened is None:
                opened = await anyio.to_thread.run_sync(self._open, project, coming)
                appending = await anyio.to_thread.run_sync(self._series.append, project, opened.lanes)
            else:
                appending = self._series.append(project, opened.lanes)
            appended = await self._durable(project, appending)
            here = [arrival for arrival in coming if arrival.batch.run.id not in opened.gone]
            if opened.changed or self._says_news(here):
                opened.changed.update(await anyio.to_thread.run_sync(self._observe, here))
            for run in filter(self._catalog.commands.is_waiting, opened.changed):
                opened.commanded.update(await anyio.to_thread.run_sync(self._expire, run))
        self._hint(project, opened, appended)
        return appended

    async def _durable(self, project: ids.ProjectName, appending: Future[ports.Appended]) -> ports.Appended:
        """Wait for the commit and remember where the lanes stand."""
        started = time.monotonic()
        appended = await asyncio.wrap_future(appending)
        for (writer, lane), next_seq in appended.next_seq.items():
            _remember(self._positions, (project, writer, lane), next_seq)
        self.totals.append_s += time.monotonic() - started
        self.totals.rows += sum(appended.new_rows.values())
        return appended

    def _open_already(self, project: ids.ProjectName, coming: Sequence[arrivals.Arrival]) -> _Opened | None:
        """Return what `_open` would, from memory; ``None`` if a store must be asked or told."""
        positions: dict[tuple[ids.WriterId, int], int] = {}
        lanes: list[ports.LaneRows] = []
        for arrival in coming:
            batch = arrival.batch
            known = self._known.get(arrivals.attempt_key(batch))
            next_seq = self._positions.get((project, batch.writer, batch.lane))
            if known is None or next_seq is None or not known.says_all(batch):
                return None
            positions[batch.writer, batch.lane] = next_seq
            lanes.append(arrivals.lane_rows(arrival, attempt=known.number))
        wanted = zip(coming, arrivals.wanted(coming, positions), strict=True)
        eventful = any(any(arrivals.new_events(arrival, next_seq=next_seq)) for arrival, next_seq in wanted)
        return None if eventful else _Opened(lanes, set())

    def _open(self, project: ids.ProjectName, coming: Sequence[arrivals.Arrival]) -> _Opened:
        """Check everything first, then make runs and attempts and apply new events. Blocking."""
        positions = self._stored_positions(project, coming)
        wanted = arrivals.wanted(coming, positions)
        silent = arrivals.without_news(coming, wanted, positions)
        with self._opening:
            self._check_owners(project, coming)
            opened = _Opened([], set(), silent - {info.ref.id for info in self._catalog.some_runs(sorted(silent))})
            attempts = [0 if one.batch.run.id in opened.gone else self._attempt(one.batch) for one in coming]
        for batch, attempt in zip((arrival.batch for arrival in coming), attempts, strict=True):
            if attempt:
                self._tell(batch, attempt, changed=opened.changed)
        for arrival, attempt, next_seq in zip(coming, attempts, wanted, strict=True):
            run = arrival.batch.run.id
            events = list(arrivals.new_events(arrival, next_seq=next_seq))
            if events:
                self._apply(arrival.batch, attempt, events, opened)
                opened.changed.add(run)
                opened.items[run] = opened.items.get(run, 0) + sum(isinstance(one, media.Item) for one in events)
            opened.lanes.append(arrivals.lane_rows(arrival, attempt=attempt))
        return opened

    def _apply(self, batch: row.Batch, attempt: int, events: Sequence[row.Event], opened: _Opened) -> None:
        run = batch.run.id
        printed = [event for event in events if isinstance(event, row.Printed)]
        if printed:
            self._catalog.console.store(run, attempt=attempt, printed=printed)
        items = [event for event in events if isinstance(event, media.Item)]
        if items:
            self._catalog.items.store(run, attempt=attempt, items=items)
        acted = [event for event in events if isinstance(event, row.Acted)]
        if acted and self._settle(batch, attempt, acted):
            opened.commanded.add(run)
        if len(printed) + len(items) + len(acted) < len(events):
            others = [event for event in events if not isinstance(event, row.Printed | media.Item | row.Acted)]
            self._catalog.apply(run, others, attempt=attempt)

    def _settle(self, batch: row.Batch, attempt: int, acted: Sequence[row.Acted]) -> bool:
        now_ns = self._clock_ns()
        return self._catalog.commands.settle(batch.run.id, batch.writer, acted, attempt=attempt, now_ns=now_ns)

    def _stored_positions(
        self, project: ids.ProjectName, coming: Sequence[arrivals.Arrival]
    ) -> dict[tuple[ids.WriterId, int], int]:
        """Return the next sequence number of every lane of the writers. Blocking."""
        return {
            (writer, lane): next_seq
            for writer in {arrival.batch.writer for arrival in coming}
            for lane, next_seq in self._series.positions(project, writer).items()
        }

    def _check_owners(self, project: ids.ProjectName, coming: Sequence[arrivals.Arrival]) -> None:
        new = {arrivals.attempt_key(arrival.batch): arrival.batch for arrival in coming}
        for batch in (batch for key, batch in new.items() if key not in self._known):
            run = batch.run.id
            try:
                known = self._catalog.run(run)
            except errors.NotFound:
                continue
            if known.ref.project != project:
                raise errors.InvalidRecord(
                    f"run {run!r} belongs to another project", field="run.project", fix="start a run of your own"
                )
            arrivals.check_not_imported(known, batch)

    def _attempt(self, batch: row.Batch) -> int:
        """Return the number of the batch's attempt, opened if it was not known."""
        known = self._known.get(arrivals.attempt_key(batch))
        if known is not None and known.says_all(batch):
            return known.number
        self._catalog.open_run(batch.run)
        has_rows = arrivals.has_rows(batch)
        return self._catalog.open_attempt(batch.run.id, batch.writer, batch.attempt, rank=batch.rank, has_rows=has_rows)

    def _tell(self, batch: row.Batch, attempt: int, *, changed: set[ids.RunId]) -> None:
        """Tell the series store of an attempt that was opened, and remember it.

        Before its rows, so that they are counted right; told again if this process broke off in between. Not while `_opening` is held:
        counting a long run again takes seconds, for which other runs must not wait.
        """
        key, run = arrivals.attempt_key(batch), batch.run.id
        known = self._known.get(key)
        if known is not None and known.says_all(batch):
            return
        self._series.tell_attempts(batch.run.project, run, [one.start for one in self._catalog.run(run).attempts])
        changed.add(run)
        _remember(self._known, key, _Known(attempt, arrivals.has_rows(batch)))

    def _says_news(self, coming: Sequence[arrivals.Arrival]) -> bool:
        """Tell whether the catalogue should hear of the writers: of anything new at once, else once a second."""
        now_ns = self._clock_ns()
        for batch in (arrival.batch for arrival in coming):
            heard = self._heard.get((batch.run.id, batch.writer))
            if heard is None or not heard.at_ns <= now_ns < heard.at_ns + _HEARD_NS:
                return True
            if heard != _heard(batch, at_ns=heard.at_ns):
                return True
        return False

    def _observe(self, coming: Sequence[arrivals.Arrival]) -> set[ids.RunId]:
        """Note that the writers were heard of; return the runs whose state is another now to who reads it. Blocking."""
        newest = {(arrival.batch.run.id, arrival.batch.writer): arrival.batch for arrival in coming}
        now_ns = self._clock_ns()
        changed: set[ids.RunId] = set()
        for (run, writer), batch in newest.items():
            heard = self._heard.get((run, writer))
            was_silent = heard is None or now_ns - heard.at_ns > state.UNREACHABLE_NS
            other_ledger = heard is not None and (heard.lost, heard.deferred) != (batch.lost, batch.deferred)
            other_state = self._catalog.observe(
                *(run, writer),
                now_ns=now_ns,
                lost=batch.lost,
                alive=batch.alive,
                deferred=batch.deferred,
                stalled=batch.stalled,
            )
            if other_state or other_ledger or was_silent:
                changed.add(run)
            _remember(self._heard, (run, writer), _heard(batch, at_ns=now_ns))
        return changed

    def _expire(self, run: ids.RunId) -> list[ids.RunId]:
        """Let expire what is for a process that ended, or that another one followed. Blocking."""
        return self._catalog.commands.expire(run, now_ns=self._clock_ns())

    def _hint(self, project: ids.ProjectName, opened: _Opened, appended: ports.Appended) -> None:
        for run in opened.changed:
            self._hub.changed(run, project=project)
        for run in opened.commanded:
            self._hub.commanded(run, project=project)
        for run, items in opened.items.items():
            if items:
                self.totals.items += items
                self._hub.showed(run, project=project)
        for run, rows in appended.new_rows.items():
            if rows:
                self._hub.grew(run, project=project, rows=rows)


def _heard(batch: row.Batch, *, at_ns: int) -> _Heard:
    return _Heard(at_ns, batch.lost, batch.alive, batch.deferred, batch.stalled)


def _remember(memory: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    """Keep a value; the one set longest ago goes when there are too many."""
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _KNOWN_MAX:
        memory.popitem(last=False)
