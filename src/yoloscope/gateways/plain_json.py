"""``POST /log``: rows from clients without our SDK, with no set-up before the first one.

Called by the log route. Each run gets a writer of the server's own making, new with every server start. A run that the client
names is continued for ever. Without a name there is one run per project and source address, and a new one once the step
falls back to the start or nothing came for half an hour; after a restart the server finds it again in the catalogue.
"""

import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Callable

import anyio.to_thread
import msgspec

from yoloscope.gateways import plain_rows
from yoloscope.ingest import accept, turns
from yoloscope.records import ids, row, state
from yoloscope.store import ports

DEFAULT_PROJECT = ids.ProjectName("default")
FRAMEWORK = state.PLAIN_LOG
SILENCE_NS = state.STALLED_NS
_RUNS_MAX = 10_000  # runs kept in mind; a forgotten one is found again in the catalogue
_LOOK_BACK = 200  # newest runs of a project that are searched for the one to continue


class Logged(msgspec.Struct, frozen=True):
    """Where the rows of one request went."""

    run: ids.RunId
    project: ids.ProjectName
    rows: int


class _Follow(msgspec.Struct):
    """A run that is being written, and what decides whether the next row still belongs to it."""

    ref: row.RunRef
    writer: ids.WriterId
    attempt: row.AttemptRef
    heard_ns: int
    opening: tuple[row.Updated, ...] = ()
    first_step: int | None = None
    last_step: int | None = None

    def goes_on(self, first: plain_rows.PlainRow, *, now_ns: int) -> bool:
        """Tell whether a nameless row continues this run."""
        if now_ns - self.heard_ns >= SILENCE_NS:
            return False
        if first.step is None or self.first_step is None or self.last_step is None:
            return True
        return first.step > self.first_step or first.step >= self.last_step

    def begun_again(self, first: plain_rows.PlainRow, *, now_ns: int) -> "_Follow":
        """Return the same run with a new attempt: the server's clock was set back, and within an attempt it tells which row is newer."""
        other = _follow(self.ref, first, heard_ns=now_ns)
        return msgspec.structs.replace(
            other,
            writer=self.writer,  # whose attempts are ordered by their index, not by the clock
            attempt=msgspec.structs.replace(other.attempt, index=self.attempt.index + 1),
            opening=self.opening,
            first_step=self.first_step,
            last_step=self.last_step,
        )

    def note(self, rows: list[plain_rows.PlainRow], *, now_ns: int) -> None:
        """Remember what has been stored."""
        self.opening = ()
        steps = [one.step for one in rows if one.step is not None]
        if steps:
            self.first_step = steps[0] if self.first_step is None else self.first_step
            self.last_step = steps[-1]
        self.heard_ns = now_ns


class PlainLog:
    """Translates plain JSON to batches and hands them to ingest. One event loop."""

    def __init__(
        self,
        ingest: accept.Ingest,
        series: ports.SeriesStore,
        catalog: ports.Catalog,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._ingest = ingest
        self._series = series
        self._catalog = catalog
        self._clock_ns = clock_ns
        self._turns = turns.Turns()
        self._follows: OrderedDict[str, _Follow] = OrderedDict()

    async def log(self, body: bytes, *, project: str | None, run: str | None, source: str) -> Logged:
        """Store the rows of a body, all or none, and return the run they went to once they are durable.

        Raises:
            InvalidRecord: naming the field and the fix; nothing is stored.
            StoreFull: if the disk is full; nothing is stored.
        """
        now_ns = self._clock_ns()
        into = DEFAULT_PROJECT if project is None else ids.project_name_from_text(project)
        name = None if run is None else ids.run_name_from_text(run)
        rows = await anyio.to_thread.run_sync(lambda: plain_rows.rows_from_json(body, now_ns=now_ns))
        key = f"{into}\0{source}" if name is None else f"{into}\0\0{name}"
        async with self._turns.of([key]):
            follow = await self._follow(key, into, name=name, source=source, first=rows[0])
            stored = await self._ingest.add(_batch(follow, rows))
            follow.note(rows, now_ns=now_ns)
        return Logged(follow.ref.id, into, stored)

    def forget(self, run: ids.RunId) -> None:
        """Forget a run that was removed: the next row of its client opens it again from the start."""
        for key in [key for key, follow in self._follows.items() if follow.ref.id == run]:
            del self._follows[key]

    async def _follow(
        self, key: str, project: ids.ProjectName, *, name: str | None, source: str, first: plain_rows.PlainRow
    ) -> _Follow:
        now_ns = self._clock_ns()
        follow = self._follows.get(key)
        if follow is None:
            find = self._named if name else self._nameless
            follow = await anyio.to_thread.run_sync(find, project, name or source, first)
        elif now_ns < follow.heard_ns:
            follow = follow.begun_again(first, now_ns=now_ns)
        if follow is None or (name is None and not follow.goes_on(first, now_ns=now_ns)):
            follow = await anyio.to_thread.run_sync(self._new, project, name, source, first)
        self._follows[key] = follow
        self._follows.move_to_end(key)
        if len(self._follows) > _RUNS_MAX:
            self._follows.popitem(last=False)
        return follow

    def _named(self, project: ids.ProjectName, name: str, first: plain_rows.PlainRow) -> _Follow | None:
        """Return the newest run of that name, to be continued. Blocking, as the next two."""
        found = self._catalog.find_runs(project, name=name)
        return _follow(self._catalog.run(found[0]).ref, first, heard_ns=self._clock_ns()) if found else None

    def _nameless(self, project: ids.ProjectName, source: str, first: plain_rows.PlainRow) -> _Follow | None:
        """Return the newest nameless run of a source as it stood before the server's restart."""
        for info in self._catalog.runs(project, limit=_LOOK_BACK, cursor=None).runs:
            if info.ref.framework == FRAMEWORK and info.ref.host == source and info.provenance.get("nameless"):
                follow = _follow(info.ref, first, heard_ns=info.updated_ns)
                stat = self._series.run_stats(project, [info.ref.id]).get(info.ref.id)
                first_step = info.provenance.get("first_step")
                follow.first_step = first_step if isinstance(first_step, int) else None
                follow.last_step = stat.step if stat else None
                return follow
        return None

    def _new(self, project: ids.ProjectName, name: str | None, source: str, first: plain_rows.PlainRow) -> _Follow:
        now_ns = self._clock_ns()
        ref = row.RunRef(
            id=ids.new_run_id(),
            project=project,
            name=name or f"{_day(now_ns)}-log-{source}",
            created_ns=now_ns,
            host=source,
            framework=FRAMEWORK,
        )
        follow = _follow(ref, first, heard_ns=now_ns)
        known: dict[str, object] = {"source": source, "nameless": name is None, "first_step": first.step}
        follow.opening = (row.Updated("provenance", known),)
        return follow


def _follow(ref: row.RunRef, first: plain_rows.PlainRow, *, heard_ns: int) -> _Follow:
    attempt = row.AttemptRef(index=0, wall_ns=first.wall_ns, mono_ns=first.wall_ns)
    return _Follow(ref=ref, writer=ids.new_writer_id(), attempt=attempt, heard_ns=heard_ns)


def _batch(follow: _Follow, rows: list[plain_rows.PlainRow]) -> row.Batch:
    return row.Batch(
        run=follow.ref,
        attempt=follow.attempt,
        writer=follow.writer,
        lane=0,
        first_seq=0,
        entries=(*follow.opening, *plain_rows.matrices_from_rows(rows)),
    )


def _day(time_ns: int) -> str:
    """Return the local date as run names carry it; the catalogue makes the second name of a day unique."""
    return f"{dt.datetime.fromtimestamp(time_ns / 1e9).astimezone():%Y%m%d}"
