"""What the server does by the clock, driven round by round: what is due happens, once, and nothing else does."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.server import jobs, services, settings
from yoloscope.store import ports, ports_media, retention
from yoloscope.store.ports_keeping import Clock

pytestmark = pytest.mark.slow

DAY = retention.DAY_NS
BEGIN = 20_000 * DAY
PROJECT = ids.ProjectName("signs")


class Time:
    """A clock that is set by hand, and one that nobody sets."""

    def __init__(self) -> None:
        self.wall_ns = BEGIN
        self.ran_ns = 0

    def pass_days(self, days: float) -> None:
        self.wall_ns += int(days * DAY)
        self.ran_ns += int(days * DAY)


class Thinned:
    """The real series store, whose thinning is only noted."""

    def __init__(self, real: ports.SeriesStore, *, thins: bool = True) -> None:
        self._real = real
        self.capabilities = msgspec.structs.replace(real.capabilities, thins=thins)
        self.thinned: list[str] = []
        self.fails = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def thin(self, project: ids.ProjectName, run: ids.RunId) -> int:
        self.thinned.append(f"{project}/{run}")
        if self.fails:
            raise errors.StoreError("damaged")
        return 5


class Server:
    """The services of a server with a clock of its own, without HTTP."""

    def __init__(self, stores, time: Time, directory: Path) -> None:
        self.time = time
        self.catalog: ports.Catalog = stores.catalog
        self.blobs: ports_media.BlobStore = stores.blobs
        self.series = Thinned(stores.series)
        self._stores = stores
        self._directory = directory
        self.start()

    def start(self) -> None:
        """Start the server anew on the same data."""
        self.time.ran_ns = 0
        of = settings.Settings(data=self._directory, token="")
        both = msgspec.defstruct("Both", ["series", "catalog", "blobs"])(self.series, self.catalog, self.blobs)
        self.services = services.Services(of, both, clock_ns=lambda: self.time.wall_ns)
        self.keeper = jobs.Keeper(self.services, ran_ns=lambda: self.time.ran_ns)

    def round(self) -> None:
        asyncio.run(self.keeper.round())

    def days(self, count: int) -> None:
        """Let days pass, with a look each."""
        for _ in range(count):
            self.time.pass_days(1)
            self.round()

    def store(self, run: str, *rows: row.Matrix, ended: bool = True, tags: tuple[str, ...] = ()) -> None:
        """Store a run of now, its writer heard of."""
        batch = row.Batch(
            run=row.RunRef(ids.RunId(run), PROJECT, run, self.time.wall_ns, tags=tags),
            attempt=row.AttemptRef(0, self.time.wall_ns, 1),
            writer=ids.WriterId(run.encode().hex().rjust(32, "0")),
            lane=0,
            first_seq=0,
            entries=(*rows, *((row.Ended("finished", self.time.wall_ns),) if ended else ())),
            alive=not ended,
        )
        asyncio.run(self.services.ingest.take([batch]))

    def where(self) -> dict[str, str]:
        """Return of each run whether it is in the table or in the trash."""
        infos = self.catalog.all_runs(None)
        return {info.ref.id: "table" if info.deleted_ns is None else "trash" for info in infos}


@pytest.fixture
def server(stores, tmp_path: Path) -> Server:
    return Server(stores, Time(), tmp_path)


def test_old_runs_are_thinned_then_in_the_trash_then_gone(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.catalog.set_retention(PROJECT, ports.Retention(10, 20, 5))
    server.store("old")
    server.store("wanted", tags=("keep",))
    server.store("going", ended=False)
    seen: dict[int, tuple[int, str]] = {}
    with caplog.at_level(logging.WARNING, "yoloscope"):
        for day in range(27):
            server.round()
            seen[day] = len(server.series.thinned), server.where().get("old", "gone")
            server.time.pass_days(1)
    assert (seen[9], seen[10], seen[19]) == ((0, "table"), (1, "table"), (1, "table"))
    assert (seen[20], seen[24], seen[25]) == ((1, "trash"), (1, "trash"), (1, "gone"))
    assert server.where() == {"wanted": "table", "going": "table"}
    assert [line.partition(" of signs")[2].strip() for line in caplog.messages] == [
        "thinned: 5 values removed",
        "is old: moved to the trash",
        "removed from the trash: 0 rows",
    ]


def test_of_a_thinned_run_the_outline_stays(server: Server, stores, batches) -> None:
    server.series = stores.series
    server.start()
    server.catalog.set_retention(PROJECT, ports.Retention(1, None, 30))
    values = [float((step * 37) % 101) for step in range(1_000)]
    server.store("r", batches.matrix({"a": values}))
    for _ in range(2):
        server.days(2)
        points = stores.series.points(PROJECT, ids.RunId("r"), "a")
        kept = dict(zip(points.step.tolist(), points.value.tolist(), strict=True))
        assert kept == {step: values[step] for step in kept}
        for first in range(0, 1_000, 64):
            group = values[first : first + 64]
            of_group = [value for step, value in kept.items() if first <= step < first + 64]
            assert len(of_group) <= 4
            assert (of_group[0], of_group[-1]) == (group[0], group[-1])
            assert (min(of_group), max(of_group)) == (min(group), max(group))
    (stat,) = stores.series.series(PROJECT, ids.RunId("r"))
    assert (stat.count, stat.last, stat.min, stat.max) == (1_000, values[-1], min(values), max(values))


def test_a_run_that_somebody_brought_back_stays(server: Server) -> None:
    server.catalog.set_retention(PROJECT, ports.Retention(None, 2, 30))
    server.store("r")
    server.days(3)
    assert server.where() == {"r": "trash"}
    server.catalog.set_deleted([ids.RunId("r")], deleted_ns=None)
    server.days(40)
    assert server.where() == {"r": "table"}


def test_a_clock_set_ten_years_ahead_empties_nothing_over_night(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.catalog.set_retention(PROJECT, ports.Retention(None, 90, 30))
    server.store("r")
    server.store("trashed")
    server.catalog.set_deleted([ids.RunId("trashed")], deleted_ns=server.time.wall_ns)
    server.round()
    server.time.wall_ns += 3_650 * DAY
    for _ in range(20):
        server.start()
        server.round()
    server.days(7)
    assert server.where() == {"r": "table", "trashed": "trash"}
    assert sum("Check the clock" in line for line in caplog.messages) == 20, "once for each start"
    server.days(60)
    assert server.where() == {"r": "trash"}, "what is never mended is believed in the end"


def test_a_store_that_cannot_thin_is_not_asked(server: Server) -> None:
    server.series.capabilities = msgspec.structs.replace(server.series.capabilities, thins=False)
    server.catalog.set_retention(PROJECT, ports.Retention(1, None, 30))
    server.store("r")
    server.days(3)
    assert server.series.thinned == []


def test_one_damaged_run_does_not_keep_others_from_their_turn(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.series.fails = True
    server.catalog.set_retention(PROJECT, ports.Retention(1, None, 30))
    server.store("r1")
    server.store("r2")
    server.days(1)
    assert server.series.thinned == ["signs/r1", "signs/r2"]
    assert [line.endswith("cannot be thinned: damaged") for line in caplog.messages] == [True, True]


@pytest.mark.parametrize("meanwhile", ["restored", "trained again"])
def test_what_changed_while_others_were_looked_after_is_left_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    server.catalog.set_retention(PROJECT, ports.Retention(1, None, 1))
    server.store("r")
    if meanwhile == "restored":
        server.catalog.set_deleted([ids.RunId("r")], deleted_ns=server.time.wall_ns)
    real: Callable[..., retention.Due] = retention.due

    def due(*arguments: object, **more: object) -> retention.Due:
        found = real(*arguments, **more)
        assert found.remove or found.thin
        if meanwhile == "restored":
            server.catalog.set_deleted([ids.RunId("r")], deleted_ns=None)
        else:
            server.catalog.open_attempt(
                ids.RunId("r"), ids.WriterId("a" * 32), row.AttemptRef(0, server.time.wall_ns, 1)
            )
        return found

    server.time.pass_days(1)
    monkeypatch.setattr(retention, "due", due)
    server.round()
    assert (server.where(), server.series.thinned) == ({"r": "table"}, [])


def test_a_kill_between_points_and_catalogue_leaves_the_rest_for_the_next_round(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.store("r")
    server.catalog.set_deleted([ids.RunId("r")], deleted_ns=server.time.wall_ns)
    with monkeypatch.context() as patch:
        patch.setattr(server.catalog, "remove_run", lambda run: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            server.days(31)
    assert server.where() == {"r": "trash"}
    server.start()
    server.days(1)
    assert server.where() == {}


def test_browser_sessions_that_expired_are_forgotten(server: Server) -> None:
    for name, days in (("old", 1), ("going", 3)):
        server.catalog.add_session(name, expires_ns=server.time.wall_ns + days * DAY)
    server.days(2)
    assert [server.catalog.session_valid(name, now_ns=0) for name in ("old", "going")] == [False, True]


def test_the_clock_outlives_the_server(server: Server) -> None:
    server.round()
    server.days(5)
    server.start()
    server.time.wall_ns += 2 * DAY
    server.round()
    assert Clock(BEGIN + 7 * DAY, BEGIN + 7 * DAY) == server.catalog.keeping.clock()


def test_a_round_that_fails_is_tried_again_and_work_ends_when_the_server_does(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[int] = []
    enough = asyncio.Event()

    async def round_(self: jobs.Keeper) -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise errors.StoreError("the disk was away")
        enough.set()

    monkeypatch.setattr(jobs, "FIRST_S", 0)
    monkeypatch.setattr(jobs, "EVERY_S", 0)
    monkeypatch.setattr(jobs.Keeper, "round", round_)

    async def serve() -> None:
        async with jobs.running(server.services):
            await enough.wait()

    asyncio.run(serve())
    assert [line[:30] for line in caplog.messages] == ["What is due could not be looke"]


def test_what_no_run_shows_any_more_is_removed_and_told(server, caplog: pytest.LogCaptureFixture) -> None:
    digest = server.blobs.put(b"a picture that nobody shows")
    with caplog.at_level(logging.WARNING, "yoloscope"):
        server.round()
        assert server.blobs.whole([digest]) == {digest}
        server.blobs._clock_s = lambda: time.time() + 2 * 86_400
        server.round()
    assert server.blobs.whole([digest]) == set()
    assert [line for line in caplog.messages if "pictures" in line] == [
        "1 pictures and files that no run shows any more removed: 27 bytes"
    ]


def test_blobs_that_cannot_be_looked_through_are_told_and_the_rest_is_done(
    server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise errors.StoreError("damaged")

    monkeypatch.setattr(server.blobs, "collect_begun", fail)
    server.round()
    assert "Pictures and files that no run shows cannot be removed: damaged" in caplog.messages
