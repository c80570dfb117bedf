"""Recordings into the stores: a file is read to its end before anything of it is stored, then goes body by body through `accept`.

Called by the recordings route. Parts of items follow the bodies, through `blobs`, as if their trainers sent them. Interrupted at any point, the same file goes on where it stopped: its writers, lanes and sequence
numbers are always the same. A run that is here from elsewhere is refused where its rows could not be told from those of the file.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

import anyio.to_thread
import msgspec

from yoloscope import errors
from yoloscope.ingest import accept, blobs, limits, live, recorded_parts, remarks, turns
from yoloscope.records import ids, row, state
from yoloscope.store import ports, ports_media
from yoloscope.wire import recording

PARTS_MAX = 20_000
"""Runs, writers, lanes, attempts and reasons of loss that a file may name: all are kept in memory while it is imported."""
_Told = list[row.Batch] | recording.Piece
_IN_PROGRESS = frozenset(state.STATES) - state.ENDED


class Outcome(msgspec.Struct, frozen=True):
    """What became of one run of a file; ``known`` tells that all of it was here already. ``rows`` is what the file holds of it."""

    run: ids.RunId
    project: ids.ProjectName
    name: str
    state: Literal["imported", "known"]
    rows: int
    new_rows: int


class _Part(msgspec.Struct):
    """What a file holds of one writer: attempts, the end of each lane, and what was known of it last."""

    ref: row.RunRef
    writer: ids.WriterId
    attempts: set[int] = msgspec.field(default_factory=set)
    ends: dict[int, int] = msgspec.field(default_factory=dict)
    rows: int = 0
    lost: dict[str, int] = msgspec.field(default_factory=dict)
    alive: bool | None = None
    deferred: int = 0

    @property
    def size(self) -> int:
        """How much there is to keep in memory, in pieces of some 100 bytes."""
        return 1 + len(self.attempts) + len(self.ends) + len(self.lost)

    def take(self, batch: row.Batch) -> None:
        """Note a batch.

        Raises:
            RecordingCorrupt: if it leaves sequence numbers out, or the run is of two projects.
        """
        if batch.run.project != self.ref.project:
            raise errors.RecordingCorrupt(f"run {batch.run.id!r} of the file is of two projects")
        end = self.ends.get(batch.lane, 0)
        if batch.first_seq > end:
            raise errors.RecordingCorrupt(f"the file leaves out sequence numbers of lane {batch.lane} of {self.writer}")
        self.ends[batch.lane] = max(end, batch.first_seq + batch.sequences)
        self.attempts.add(batch.attempt.index)
        self.rows += sum(entry.rows for entry in batch.entries if isinstance(entry, row.Matrix))
        self.lost |= batch.lost
        self.alive = batch.alive
        self.deferred = batch.deferred


class _Contents:
    """What a file holds, noted while it is read for the first time."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.shown = recorded_parts.Shown()
        self._known: dict[tuple[ids.RunId, ids.WriterId], _Part] = {}
        self._run_of: dict[ids.WriterId, ids.RunId] = {}
        self._size = 0

    def take(self, batches: Iterable[row.Batch]) -> None:
        """Note the batches of a body; raises as `_Part.take` and `limits.check`."""
        for batch in batches:
            limits.check(batch)
            part = self._part(batch)
            self._size -= part.size
            part.take(batch)
            self.shown.take(batch)
            self._size += part.size
            if self._size > PARTS_MAX:
                raise errors.RecordingError(
                    f"the file names more than {PARTS_MAX} runs, writers, lanes and attempts",
                    fix="export the runs into several files",
                )

    def _part(self, batch: row.Batch) -> _Part:
        key = batch.run.id, batch.writer
        if key not in self._known:
            if batch.writer != recording.PLACEHOLDER and self._run_of.setdefault(batch.writer, key[0]) != key[0]:
                raise errors.RecordingCorrupt(f"writer {batch.writer} of the file writes two runs")
            self._known[key] = _Part(batch.run, batch.writer)
            self._size += self._known[key].size
            self.parts.append(self._known[key])
        return self._known[key]

    def name_writers(self, *, content: str) -> None:
        """Give each part the writer that it is stored by."""
        for part in self.parts:
            if part.writer == recording.PLACEHOLDER:
                part.writer = recording.derived_writer(part.ref.id, content=content)

    def of_run(self, run: ids.RunId) -> list[_Part]:
        return [part for part in self.parts if part.ref.id == run]

    def runs(self) -> dict[ids.RunId, row.RunRef]:
        return {part.ref.id: part.ref for part in self.parts}


class Importer:
    """Takes recordings. One event loop; what blocks runs in worker threads."""

    def __init__(
        self,
        ingest: accept.Ingest,
        series: ports.SeriesStore,
        catalog: ports.Catalog,
        *,
        blobs: blobs.Blobs,
        blob_store: ports_media.BlobStore,
        hub: live.Hub,
    ) -> None:
        self._ingest = ingest
        self._blobs = blobs
        self._blob_store = blob_store
        self._series = series
        self._catalog = catalog
        self._hub = hub
        self._turns = turns.Turns()

    async def bring(self, file: BinaryIO) -> list[Outcome]:
        """Store what a file holds that is not here yet.

        Raises:
            RecordingError: if the file is cut, damaged or of a newer release; nothing is stored.
            RunExists: if a run is here from elsewhere; nothing is stored.
            RunRemoved: if a run was removed here for good; nothing is stored.
            InvalidRecord: if a record is not usable or a run belongs to another project; nothing is stored.
            PolicyForbids: if the file holds what the project's policy forbids; nothing is stored, unless the policy is set
                stricter meanwhile: then what was stored stays.
            SequenceGap: if somebody else's upload of a part broke off meanwhile; what was stored is safe, and the same file goes on there.
            StoreFull: if the disk is full; likewise.
        """
        contents, trailer = await self._proven(file)
        async with self._turns.of(contents.runs()):  # two recordings of one run would both find it missing
            return await self._bring(file, contents, trailer)

    async def _bring(self, file: BinaryIO, contents: _Contents, trailer: recording.Trailer) -> list[Outcome]:
        before = await anyio.to_thread.run_sync(self._standing, contents)
        rows_before = await anyio.to_thread.run_sync(self._rows, contents)
        covered = await anyio.to_thread.run_sync(self._covered, contents, before)
        if covered < set(contents.runs()):
            await self._store(file, contents, content=trailer.content, covered=covered)
            await anyio.to_thread.run_sync(self._conclude, contents, trailer, before, covered)
        told = await anyio.to_thread.run_sync(self._say, contents, trailer)
        for run, ref in contents.runs().items():
            if run in told or run not in covered:
                self._hub.changed(run, project=ref.project)
        return await anyio.to_thread.run_sync(self._outcomes, contents, covered, rows_before)

    async def _proven(self, file: BinaryIO) -> tuple[_Contents, recording.Trailer]:
        """Return what a file holds, once every byte and every record of it was checked."""
        contents = _Contents()
        reader = await anyio.to_thread.run_sync(_opened, file)
        told = reader.contents()
        while (batches := await anyio.to_thread.run_sync(_noted, told, contents)) is not None:
            if isinstance(batches, recording.Piece):
                await self._prove(batches, contents)
                continue
            projects = {batch.run.project for batch in batches}
            if len(projects) > 1:
                raise errors.RecordingCorrupt("a body of the file holds batches of several projects")
            for project in projects:
                await self._ingest.policies.check(project, batches)
        assert reader.trailer is not None, "bodies() ends with the trailer or raises"
        contents.name_writers(content=reader.trailer.content)
        for said in reader.trailer.said.values():
            remarks.change_from_recording(said)
        return contents, reader.trailer

    async def _prove(self, piece: recording.Piece, contents: _Contents) -> None:
        holds = {ref.project: await self._ingest.policies.of(ref.project) for ref in contents.runs().values()}
        await anyio.to_thread.run_sync(lambda: contents.shown.prove(piece, holds=holds))

    async def _store(self, file: BinaryIO, contents: _Contents, *, content: str, covered: set[ids.RunId]) -> None:
        told = _told(file, content=content)
        while (batches := await anyio.to_thread.run_sync(next, told, None)) is not None:
            if isinstance(batches, recording.Piece):
                await recorded_parts.bring(self._blobs, batches, runs=contents.shown.runs_of(batches.digest))
                continue
            new = [batch for batch in batches if batch.run.id not in covered]
            if new:
                await self._ingest.take(new)

    def _standing(self, contents: _Contents) -> dict[ids.RunId, ports.RunInfo]:
        """Return the runs that are here already, each of which may take more from the file; none was removed. Blocking."""
        found: dict[ids.RunId, ports.RunInfo] = {}
        for run, ref in contents.runs().items():
            try:
                info = self._catalog.run(run)
            except errors.NotFound:
                if any(self._series.positions(ref.project, part.writer) for part in contents.of_run(run)):
                    raise errors.RunRemoved(run=run) from None
                continue
            if info.ref.project != ref.project:
                raise errors.InvalidRecord(
                    f"run {run!r} of the file belongs to another project here; nothing was stored",
                    field="run.project",
                    fix="import the file into another server",
                )
            _check_writers(info, {part.writer for part in contents.of_run(run)})
            found[run] = info
        return found

    def _covered(self, contents: _Contents, before: dict[ids.RunId, ports.RunInfo]) -> set[ids.RunId]:
        """Return the runs of which everything is here. Blocking."""
        return {
            run
            for run, info in before.items()
            if all(self._covers(info, part) for part in contents.of_run(run))
            and contents.shown.held(run) <= self._blob_store.whole(list(contents.shown.held(run)))
        }

    def _covers(self, info: ports.RunInfo, part: _Part) -> bool:
        positions = self._series.positions(info.ref.project, part.writer)
        known = {one.index for one in info.attempts if one.writer == part.writer}
        end_is_news = part.alive is False and info.state in _IN_PROGRESS and info.attempts[-1].writer == part.writer
        return (
            all(positions.get(lane, 0) >= end for lane, end in part.ends.items())
            and part.attempts <= known
            and all(info.lost.get(reason, 0) >= total for reason, total in part.lost.items())
            and not end_is_news
        )

    def _conclude(
        self,
        contents: _Contents,
        trailer: recording.Trailer,
        before: dict[ids.RunId, ports.RunInfo],
        covered: set[ids.RunId],
    ) -> None:
        """Set when each run was heard of last: the import is no word of its trainer. Blocking."""
        for part in contents.parts:
            run = part.ref.id
            if run not in covered:
                heard_ns = trailer.heard_ns.get(run, part.ref.created_ns)
                at_ns = max(heard_ns, before[run].updated_ns) if run in before else heard_ns
                self._catalog.observe(
                    run, part.writer, now_ns=at_ns, lost=part.lost, alive=part.alive, deferred=part.deferred
                )

    def _say(self, contents: _Contents, trailer: recording.Trailer) -> set[ids.RunId]:
        """Say of runs what people said of them elsewhere, and return which. Blocking.

        Where people said something here, that holds; an import that broke off before it came here says it when it goes on.
        """
        told = {run for run in contents.runs() if run in trailer.said and self._catalog.run(run).sent is None}
        for run in told:
            change = remarks.change_from_recording(trailer.said[run])
            now_ns = trailer.heard_ns.get(run, 0)
            try:
                self._catalog.edits.change([run], change, now_ns=now_ns)
            except errors.NameTaken:  # another run has it here
                self._catalog.edits.change([run], msgspec.structs.replace(change, name=msgspec.UNSET), now_ns=now_ns)
        return told

    def _rows(self, contents: _Contents) -> dict[ids.RunId, int]:
        """Return how many rows of each run are here. Blocking."""
        found: dict[ids.RunId, int] = {}
        for run, ref in contents.runs().items():
            found |= {known: stat.rows for known, stat in self._series.run_stats(ref.project, [run]).items()}
        return found

    def _outcomes(
        self, contents: _Contents, covered: set[ids.RunId], rows_before: dict[ids.RunId, int]
    ) -> list[Outcome]:
        rows_now = self._rows(contents)
        return [
            Outcome(
                run=run,
                project=ref.project,
                name=self._catalog.run(run).ref.name,
                state="known" if run in covered else "imported",
                rows=sum(part.rows for part in contents.of_run(run)),
                new_rows=rows_now.get(run, 0) - rows_before.get(run, 0),
            )
            for run, ref in contents.runs().items()
        ]


def _opened(file: BinaryIO) -> recording.Reader:
    file.seek(0)
    return recording.Reader(file)


def _noted(told: Iterator[_Told], contents: _Contents) -> _Told | None:
    """Return the next body's batches, which were checked and noted, or the next piece of a part; None behind the last. Blocking."""
    batches = next(told, None)
    if isinstance(batches, list):
        contents.take(batches)
    return batches


def _told(file: BinaryIO, *, content: str) -> Iterator[_Told]:
    """Yield the batches of each body under the writers they are stored by, and the pieces of parts."""
    for batches in _opened(file).contents():
        yield batches if isinstance(batches, recording.Piece) else recording.with_writers(batches, content=content)


def _check_writers(info: ports.RunInfo, coming: Iterable[ids.WriterId]) -> None:
    """Return if the rows of these writers are told from those that are here.

    Those of a trainer are, whoever brings them; another server's copy of a run stands for writers that nobody knows any more.

    Raises:
        RunExists: if they are not.
    """
    here = {attempt.writer for attempt in info.attempts}
    other = set(coming) - here
    run = info.ref.id
    if not here or not other:
        return
    if any(map(recording.is_derived, here)):
        raise errors.RunExists(
            f"run {run!r} is here already, imported from another recording of it; nothing was stored, because its rows could "
            "be stored twice",
            run=run,
        )
    if any(map(recording.is_derived, other)):
        raise errors.RunExists(
            f"run {run!r} is here already, sent by its trainer; nothing was stored, because the file holds a server's copy of "
            "the same rows",
            run=run,
        )
