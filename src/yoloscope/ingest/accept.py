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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

import anyio.to_thread
import msgspec

from yoloscope import errors
from yoloscope.ingest import allowed, limits, live, spelling, turns, unpack
from yoloscope.records import ids, row, state
from yoloscope.store import ports
from yoloscope.wire import codec, protocol, recording

_KNOWN_MAX = 20_000  # attempts and lanes remembered; one that was forgotten is asked for again, which changes nothing
_INLINE_BYTES = 64 * 1024  # as sent; handing a smaller body to a thread takes longer than decoding it
_INLINE_PLAIN_BYTES = 8 * _INLINE_BYTES
_HEARD_NS = 1_000_000_000  # a writer that says the same again is noted once a second

_K = TypeVar("_K")
_V = TypeVar("_V")


_AttemptKey = tuple[ids.ProjectName, ids.RunId, ids.WriterId, int]
_LaneKey = tuple[ids.ProjectName, ids.WriterId, int]


class Ack(msgspec.Struct, frozen=True):
    """Which sequence number each lane is to send next (by ``"<writer>/<lane>"``), and how soon to send."""

    acked: dict[str, int]
    instance: str
    instance_epoch: int
    flush_ms: int


class Totals(msgspec.Struct):
    """What went through since the server started."""

    requests: int = 0
    rows: int = 0
    append_s: float = 0.0


class _Arrival(msgspec.Struct, frozen=True):
    """A batch and where it claims to start; ``None`` means wherever its lane stands."""

    batch: row.Batch
    first_seq: int | None


class _Opened(msgspec.Struct, frozen=True):
    """Arrivals as the series store takes them, and the runs that the catalogue changed."""

    lanes: list[ports.LaneRows]
    changed: set[ids.RunId]


class _Heard(msgspec.Struct, frozen=True):
    """What a writer said of itself last, and when."""

    at_ns: int
    lost: Mapping[str, int]
    alive: bool | None
    deferred: int


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
        self._series = series
        self._catalog = catalog
        self._hub = hub
        self._clock_ns = clock_ns
        self._opening = threading.Lock()  # whose rows a run may take is asked and set in one go
        self._instance: tuple[str, int] | None = None
        self._turns = turns.Turns()
        self._known: OrderedDict[_AttemptKey, int] = OrderedDict()
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
        batches = await _decoded(body, encoding)
        appended = await self.take(batches)
        instance, instance_epoch = await self._identity()
        watched = any(self._hub.watching(batch.run.id) for batch in batches)
        return Ack(
            acked={f"{writer}/{lane}": seq for (writer, lane), seq in appended.next_seq.items()},
            instance=instance,
            instance_epoch=instance_epoch,
            flush_ms=protocol.FLUSH_WATCHED_MS if watched else protocol.FLUSH_UNWATCHED_MS,
        )

    async def take(self, batches: Sequence[row.Batch]) -> ports.Appended:
        """Store batches that were checked as those of a body are, and return what is durable; raises as `accept`."""
        return await self._store([_Arrival(batch, batch.first_seq) for batch in batches])

    async def add(self, batch: row.Batch) -> int:
        """Store the entries of a batch behind what its lane holds and return how many rows are durable now.

        For gateways, whose clients count nothing; ``first_seq`` is not looked at. Raises as `accept`.
        """
        appended = await self._store([_Arrival(batch, None)])
        return appended.new_rows.get(batch.run.id, 0)

    async def _identity(self) -> tuple[str, int]:
        """Return instance and epoch; a restore replaces the directory, which no server survives, so one look is enough."""
        if self._instance is None:
            self._instance = await anyio.to_thread.run_sync(self._catalog.instance)
        return self._instance

    async def _store(self, arrivals: Sequence[_Arrival]) -> ports.Appended:
        self.totals.requests += 1
        if not arrivals:
            return ports.Appended({}, {})
        project = _one_project(arrivals)
        await self.policies.check(project, [arrival.batch for arrival in arrivals])
        async with self._turns.of(arrival.batch.writer for arrival in arrivals):
            opened = self._open_already(project, arrivals)
            for batch in (arrival.batch for arrival in arrivals):
                self._positions.pop((project, batch.writer, batch.lane), None)  # not known until the append is done
            if opened is None:
                opened = await anyio.to_thread.run_sync(self._open, project, arrivals)
                appending = await anyio.to_thread.run_sync(self._series.append, project, opened.lanes)
            else:
                appending = self._series.append(project, opened.lanes)
            appended = await self._durable(project, appending)
            if opened.changed or self._says_news(arrivals):
                opened.changed.update(await anyio.to_thread.run_sync(self._observe, arrivals))
        self._hint(project, opened.changed, appended)
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

    def _open_already(self, project: ids.ProjectName, arrivals: Sequence[_Arrival]) -> _Opened | None:
        """Return what `_open` would, from memory; ``None`` if a store must be asked or told."""
        positions: dict[tuple[ids.WriterId, int], int] = {}
        lanes: list[ports.LaneRows] = []
        for arrival in arrivals:
            batch = arrival.batch
            attempt = self._known.get(_attempt_key(batch))
            next_seq = self._positions.get((project, batch.writer, batch.lane))
            if attempt is None or next_seq is None:
                return None
            positions[batch.writer, batch.lane] = next_seq
            lanes.append(_lane_rows(arrival, attempt=attempt))
        wanted = zip(arrivals, _wanted(arrivals, positions), strict=True)
        eventful = any(any(_new_events(arrival, next_seq=next_seq)) for arrival, next_seq in wanted)
        return None if eventful else _Opened(lanes, set())

    def _open(self, project: ids.ProjectName, arrivals: Sequence[_Arrival]) -> _Opened:
        """Check everything first, then make runs and attempts and apply new events. Blocking."""
        wanted = _wanted(arrivals, self._stored_positions(project, arrivals))
        opened = _Opened([], set())
        with self._opening:
            self._check_owners(project, arrivals)
            attempts = [self._attempt(arrival.batch, changed=opened.changed) for arrival in arrivals]
        for arrival, attempt, next_seq in zip(arrivals, attempts, wanted, strict=True):
            run = arrival.batch.run.id
            events = list(_new_events(arrival, next_seq=next_seq))
            if events:
                self._catalog.apply(run, events)
                opened.changed.add(run)
            opened.lanes.append(_lane_rows(arrival, attempt=attempt))
        return opened

    def _stored_positions(
        self, project: ids.ProjectName, arrivals: Sequence[_Arrival]
    ) -> dict[tuple[ids.WriterId, int], int]:
        """Return the next sequence number of every lane of the writers. Blocking."""
        return {
            (writer, lane): next_seq
            for writer in {arrival.batch.writer for arrival in arrivals}
            for lane, next_seq in self._series.positions(project, writer).items()
        }

    def _check_owners(self, project: ids.ProjectName, arrivals: Sequence[_Arrival]) -> None:
        new = {_attempt_key(arrival.batch): arrival.batch for arrival in arrivals}
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
            _check_not_imported(known, batch)

    def _attempt(self, batch: row.Batch, *, changed: set[ids.RunId]) -> int:
        """Return the number of the batch's attempt, opened if it was not known."""
        key = _attempt_key(batch)
        number = self._known.get(key)
        if number is None:
            self._catalog.open_run(batch.run)
            number = self._catalog.open_attempt(batch.run.id, batch.writer, batch.attempt)
            changed.add(batch.run.id)
            _remember(self._known, key, number)
        return number

    def _says_news(self, arrivals: Sequence[_Arrival]) -> bool:
        """Tell whether the catalogue should hear of the writers: of anything new at once, else once a second."""
        now_ns = self._clock_ns()
        for batch in (arrival.batch for arrival in arrivals):
            heard = self._heard.get((batch.run.id, batch.writer))
            if heard is None or not heard.at_ns <= now_ns < heard.at_ns + _HEARD_NS:
                return True
            if (heard.lost, heard.alive, heard.deferred) != (batch.lost, batch.alive, batch.deferred):
                return True
        return False

    def _observe(self, arrivals: Sequence[_Arrival]) -> set[ids.RunId]:
        """Note that the writers were heard of; return the runs whose state is another now to who reads it. Blocking."""
        newest = {(arrival.batch.run.id, arrival.batch.writer): arrival.batch for arrival in arrivals}
        now_ns = self._clock_ns()
        changed: set[ids.RunId] = set()
        for (run, writer), batch in newest.items():
            heard = self._heard.get((run, writer))
            was_silent = heard is None or now_ns - heard.at_ns > state.UNREACHABLE_NS
            other_ledger = heard is not None and (heard.lost, heard.deferred) != (batch.lost, batch.deferred)
            other_state = self._catalog.observe(
                run, writer, now_ns=now_ns, lost=batch.lost, alive=batch.alive, deferred=batch.deferred
            )
            if other_state or other_ledger or was_silent:
                changed.add(run)
            _remember(self._heard, (run, writer), _Heard(now_ns, batch.lost, batch.alive, batch.deferred))
        return changed

    def _hint(self, project: ids.ProjectName, changed: set[ids.RunId], appended: ports.Appended) -> None:
        for run in changed:
            self._hub.changed(run, project=project)
        for run, rows in appended.new_rows.items():
            if rows:
                self._hub.grew(run, project=project, rows=rows)


def _check_not_imported(known: ports.RunInfo, batch: row.Batch) -> None:
    """Refuse an attempt of which one side is another server's recording, where it lost the writer that its rows are told by."""
    is_copy = recording.is_derived(batch.writer)
    others = {
        (one.wall_ns, one.mono_ns): one.writer
        for one in known.attempts
        if one.writer != batch.writer and (is_copy or recording.is_derived(one.writer))
    }
    if (batch.attempt.wall_ns, batch.attempt.mono_ns) not in others:
        return
    if is_copy:
        raise errors.RunExists(
            f"run {known.ref.id!r} came from elsewhere while a recording of it was imported; no more of the file was stored",
            run=known.ref.id,
        )
    raise errors.AttemptImported(run=known.ref.id)


def _remember(memory: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    """Keep a value; the one set longest ago goes when there are too many."""
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _KNOWN_MAX:
        memory.popitem(last=False)


async def _decoded(body: bytes, encoding: str) -> list[row.Batch]:
    """Return the batches of a body; what is small as sent may still be large unpacked."""
    if len(body) <= _INLINE_BYTES:
        plain = unpack.unpacked(body, encoding=encoding)
        if len(plain) <= _INLINE_PLAIN_BYTES:
            return _batches_from_body(plain)
    else:
        plain = await anyio.to_thread.run_sync(lambda: unpack.unpacked(body, encoding=encoding))
    return await anyio.to_thread.run_sync(_batches_from_body, plain)


def _batches_from_body(plain: bytes) -> list[row.Batch]:
    try:
        batches = codec.batches_from_body(plain)
    except UnicodeDecodeError as error:
        raise errors.FrameCorrupt(f"a text is not UTF-8: {error}") from error
    for batch in batches:
        limits.check(batch)
    return batches


def _one_project(arrivals: Sequence[_Arrival]) -> ids.ProjectName:
    projects = {arrival.batch.run.project for arrival in arrivals}
    if len(projects) > 1:
        raise errors.InvalidRecord(
            f"the body holds batches of {len(projects)} projects; nothing was stored",
            field="run.project",
            fix="send the batches of each project in a request of its own",
        )
    return projects.pop()


def _wanted(arrivals: Sequence[_Arrival], positions: Mapping[tuple[ids.WriterId, int], int]) -> list[int]:
    """Return the sequence number that each arrival's lane wants when its turn comes.

    Raises:
        SequenceGap: if an arrival starts after it.
    """
    ends = dict(positions)
    wanted: list[int] = []
    for arrival in arrivals:
        batch = arrival.batch
        next_seq = ends.get((batch.writer, batch.lane), 0)
        first_seq = next_seq if arrival.first_seq is None else arrival.first_seq
        if first_seq > next_seq:
            raise errors.SequenceGap(f"{batch.writer}/{batch.lane}", expected=next_seq, got=first_seq)
        wanted.append(next_seq)
        ends[batch.writer, batch.lane] = max(next_seq, first_seq + batch.sequences)
    return wanted


def _attempt_key(batch: row.Batch) -> _AttemptKey:
    return batch.run.project, batch.run.id, batch.writer, batch.attempt.index


def _new_events(arrival: _Arrival, *, next_seq: int) -> Iterator[row.Event]:
    """Yield the events that the store has not counted yet."""
    seq = next_seq if arrival.first_seq is None else arrival.first_seq
    for entry in arrival.batch.entries:
        if isinstance(entry, row.Updated | row.Ended) and seq >= next_seq:
            yield entry
        seq += row.sequences_of(entry)


def _lane_rows(arrival: _Arrival, *, attempt: int) -> ports.LaneRows:
    batch = arrival.batch
    return ports.LaneRows(
        run=batch.run.id,
        attempt=attempt,
        writer=batch.writer,
        lane=batch.lane,
        first_seq=arrival.first_seq,
        entries=tuple(spelling.canonical_entry(entry) for entry in batch.entries),
    )
