"""What two parts of the sidecar do to each other in a bad moment: no row is lost, none arrives twice, nothing is stuck for ever."""

import contextlib
import errno
import os
import random
from collections.abc import Iterator
from pathlib import Path

import fake_server
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_source import _Cut, _direct, _drain, _faulty, _log, _rows

from yoloscope import errors
from yoloscope.records.policy import Policy
from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, keeping, loop, pace, shipment
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import cursor, layout, platform, quota, reader, shrink, split, state

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_sidecar")]


@pytest.fixture
def training(server: fake_server.FakeServer) -> Iterator[runs.Run]:
    started = runs.init(project="p", name="n", server=server.url)
    yield started
    started.finish()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every link seem too slow, so that all that waits is thinned."""
    monkeypatch.setattr(pace.Pace, "is_short_for", lambda self, waiting: True)
    monkeypatch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: 16 * 1024)
    monkeypatch.setattr(shipment.Shipment, "backlog", True)


def _directory(run: runs.Run) -> Path:
    assert run.directory is not None
    return run.directory


def _everything(fake: fake_server.FakeServer) -> list[tuple[int, str, float]]:
    return _rows([entry for _, _, entry in fake.taken])


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


def test_a_window_behind_whole_rows_of_its_segment_goes_as_decided_after_a_restore(
    training: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place that is gone back to lies in the segment before: what is read from there must stop where the window begins."""
    monkeypatch.setattr(layout, "SEGMENT_BYTES", (64 * 1024,))
    monkeypatch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: 16 * 1024)
    monkeypatch.setattr(shipment.Shipment, "backlog", True)
    logged = _log(training, 7_000)
    fake = fake_server.FakeServer()
    fake.instance = "one"
    carried = shipment.Shipment(_directory(training))
    while carried._source.place(0).number == 0 or carried._source.place(0).offset < 20_000:
        carried.ship(_direct(fake), alive=True)
    monkeypatch.setattr(pace.Pace, "is_short_for", lambda self, waiting: True)
    _drain(carried, _direct(fake))
    assert split.Split(_directory(training), lane=0).last_segment > 0
    fake.instance = "two"
    fake.next_seq.clear()
    fake.taken.clear()
    monkeypatch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: 64 * 1024)
    carried.beat(_direct(fake), alive=True)
    _drain(carried, _direct(fake))
    carried.close()
    assert sorted(_everything(fake)) == sorted(logged)


@pytest.mark.parametrize("tells", ["a gap", "an epoch", "an instance"])
def test_a_restore_that_the_last_word_finds_is_mended_before_the_directory_is_done(
    training: runs.Run, server: fake_server.FakeServer, tells: str
) -> None:
    server.instance, server.instance_epoch = "one", 1
    for step in range(100):
        training.log({"a": 1.0}, step=step)
    clock = Clock()
    courier = loop.Courier(_directory(training), now_s=clock)
    while courier.step() or not server.taken:
        clock.wait(1.0)
    assert server.steps() == list(range(100))
    assert training._alive is not None
    training._alive.release()
    server.next_seq.clear()
    server.taken.clear()
    if tells == "an epoch":
        server.instance_epoch = 2
    if tells == "an instance":
        server.instance = "two"
    for _ in range(20):
        if courier.done:
            break
        clock.wait(5.0)
        while courier.step():
            pass
    courier.close()
    assert courier.done
    assert server.steps() == list(range(100))


def test_a_disk_that_takes_no_split_costs_the_order_alone(
    training: runs.Run, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    directory = _directory(training)
    carried = shipment.Shipment(directory)
    carried.beat(_direct(fake), alive=True)
    synchronise = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == split.SUFFIX:
            raise OSError(errno.ENOSPC, "no space left on device")
        synchronise(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert carried.ship(_direct(fake), alive=True)
    carried.close()
    again = shipment.Shipment(directory)
    _drain(again, _direct(fake))
    again.close()
    assert sorted(_everything(fake)) == sorted(logged)


def test_a_directory_that_can_only_be_read_is_not_split_since_nobody_would_remember(
    server: fake_server.FakeServer, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = runs.init(project="p", name="n", server=server.url)
    logged = _log(training, 5_000)
    training.finish()
    directory = _directory(training)
    acquire = platform.FileLock.acquire

    def read_only(lock: platform.FileLock) -> bool:
        if lock._path.parent == directory:
            raise OSError(errno.EROFS, "read-only file system")
        return acquire(lock)

    monkeypatch.setattr(platform.FileLock, "acquire", read_only)
    monkeypatch.setattr(platform, "is_locked", lambda path: False)
    goes_down_after = 8

    def script(batches: list[object]) -> fake_server.Answer | None:
        return fake_server.problem(503, title="away") if len(server.headers) > goes_down_after else None

    server.script = script  # type: ignore[assignment]
    assert _sync(directory).state == "waiting"
    server.script = lambda batches: None
    assert _sync(directory).state == "complete"
    assert sorted(_everything(server)) == sorted(logged)


def _sync(directory: Path) -> syncing.Outcome:
    return syncing.send(directory, server=None, progress=lambda sent: None, sleep=lambda seconds: None)


def test_acknowledged_segments_go_in_their_order_even_where_the_clock_was_set_back(
    training: runs.Run, server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hole between kept segments would stop the lane there after a restore."""
    monkeypatch.setattr(layout, "SEGMENT_BYTES", (16 * 1024,))
    logged = _log(training, 7_000)
    directory = _directory(training)
    carried = shipment.Shipment(directory)
    fake = fake_server.FakeServer()
    fake.instance = "one"
    _drain(carried, _direct(fake))
    last = reader.lanes(directory)[0][-1]
    for number in range(last):
        os.utime(layout.segment_path(directory, lane=0, number=number), (1e9 - number, 1e9 - number))
    monkeypatch.setattr(quota, "surplus", lambda sizes: _surplus(sizes, keep_bytes=48 * 1024))
    keeping._trim(carried)
    kept = reader.lanes(directory)[0]
    assert kept == list(range(kept[0], last + 1))
    assert kept[0] > 0
    fake.instance = "two"
    fake.next_seq.clear()
    fake.taken.clear()
    carried.beat(_direct(fake), alive=True)
    _drain(carried, _direct(fake))
    gone = carried._page.lost()["no_longer_kept"]
    carried.close()
    assert _everything(fake) == logged[2 * gone :]


_surplus = quota.surplus


def test_a_directory_whose_training_waited_in_vain_keeps_no_other_waiting(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server stays away; the word that it waits stays in its page."""
    other = runs.init(project="p", server=server.url)
    other.log({"a": 1.0}, step=7)
    other.finish()
    manifest = layout.load_manifest(_directory(other))
    aged = msgspec.structs.replace(manifest, wall_ns=manifest.wall_ns - 3600 * 10**9)
    layout.save_manifest(_directory(other), aged)
    own = runs.init(project="p", server="http://127.0.0.1:9")
    own.log({"a": 1.0}, step=1)
    own.finish()
    monkeypatch.setattr(loop, "LINGER_S", 300.0)
    clock = Clock()
    loop.Sidecar(_directory(own), now_s=clock, wait=clock.wait).run()
    assert cursor.load(_directory(other)).complete
    assert server.steps() == [7]


def test_a_window_that_the_disk_did_not_keep_is_counted_and_what_follows_is_sent(
    training: runs.Run, slow: None
) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    directory = _directory(training)
    carried = shipment.Shipment(directory)
    carried.beat(_direct(fake), alive=True)
    carried.ship(_direct(fake), alive=True)
    window = split.Split(directory, lane=0).after(0)
    assert window is not None
    carried.close()
    cursor.save(directory, cursor.Cursor())
    fake.next_seq.clear()
    fake.taken.clear()
    with layout.segment_path(directory, lane=0, number=0).open("r+b") as file:
        file.seek(window.begin.offset)
        file.write(bytes(window.end.offset - window.begin.offset))
    again = shipment.Shipment(directory)
    _drain(again, _direct(fake))
    lost = again._page.lost()
    again.close()
    sent = _everything(fake)
    assert lost.get("torn", 0) > 0
    assert logged[-1] in sent
    assert len(set(sent)) == len(sent)


def test_what_never_follows_is_counted_once_however_often_a_server_is_wiped(training: runs.Run) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    fake.instance = "one"
    carried = shipment.Shipment(_directory(training), terms=lambda project: client.Terms(Policy(bulk="never")))
    _drain(carried, _direct(fake))
    for name in ("two", "three"):
        fake.instance = name
        fake.next_seq.clear()
        fake.taken.clear()
        carried.beat(_direct(fake), alive=True)
        _drain(carried, _direct(fake))
    sent = _everything(fake)
    assert carried._page.lost() == {"thinned": (len(logged) - len(sent)) // 2}
    carried.close()


def test_rows_held_back_that_a_policy_gives_up_half_way_are_counted_from_there(training: runs.Run, slow: None) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    policies = [Policy()]
    carried = shipment.Shipment(_directory(training), terms=lambda project: client.Terms(policies[-1]))
    carried.beat(_direct(fake), alive=True)
    while carried.ship(_direct(fake), alive=True):
        pass
    carried.ship_held(_direct(fake), alive=True)
    policies.append(Policy(bulk="never"))
    _drain(carried, _direct(fake))
    sent = _everything(fake)
    assert 0 < len(sent) < len(logged)
    assert carried._page.lost() == {"thinned": (len(logged) - len(sent)) // 2}
    carried.close()


def test_losses_are_told_that_came_while_a_body_was_under_way(training: runs.Run) -> None:
    _log(training, 10)
    fake = fake_server.FakeServer()
    carried = shipment.Shipment(_directory(training))
    page = state.StatePage(_directory(training) / "state")

    def send(body: bytes) -> client.Ack:
        page.count_lost("disk_full")
        return _direct(fake)(body)

    assert carried.ship(send, alive=True)
    assert carried.losses_unsent()
    carried.beat(_direct(fake), alive=True)
    assert not carried.losses_unsent()
    assert fake.batches[-1].lost == {"disk_full": 1}
    page.close()
    carried.close()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(1, 1500), min_size=1, max_size=5))
def test_restores_packing_and_faults_together_lose_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int, sizes: list[int]
) -> None:
    """Small segments; backups that come back, with another epoch or as another server; the quota packs what is not begun."""
    draw = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch_sidecar, "start", lambda directory: None)
        patch.setattr(runs, "FINISH_DEAD_S", 0.0)
        patch.setattr(layout, "SEGMENT_BYTES", (16 * 1024, 32 * 1024))
        patch.setattr(pace.Pace, "is_short_for", lambda self, waiting: draw.random() < 0.6)
        patch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: draw.choice([4_096, 16_384, 65_536]))
        patch.setattr(shipment.Shipment, "backlog", True)
        patch.setenv("YOLOSCOPE_DIR", str(tmp_path_factory.mktemp("spool")))
        training = runs.init(project="p", name="n", mode="offline")
        directory = _directory(training)
        fake = _Restored(draw)
        logged: list[tuple[int, str, float]] = []
        for size in sizes:
            for step in range(len(logged), len(logged) + size):
                name, value = draw.choice("ab"), draw.random()
                training.log({name: value}, step=step)
                logged.append((step, name, value))
            for _ in range(draw.randint(1, 6)):
                _carry_once(directory, fake, draw)
        carried = shipment.Shipment(directory)
        _drain(carried, _direct(fake))
        lost = carried._page.lost()
        carried.close()
        training.finish()
    sent = _everything(fake)
    assert len(set(sent)) == len(sent)
    assert set(sent) <= set(logged)
    missing = len(logged) - len(sent)
    assert missing <= lost.get("quota", 0)
    assert missing == lost.get("quota", 0) or fake.restores, "rows that a backup brought back are no loss"
    assert set(lost) <= {"quota"}


class _Restored(fake_server.FakeServer):
    """A server that is sometimes restored from one of its backups."""

    def __init__(self, draw: random.Random) -> None:
        super().__init__()
        self.instance = "one"
        self.restores = 0
        self._draw = draw
        self._backups = [(dict(self.next_seq), list(self.taken))]

    def lead_a_life(self) -> None:
        if self._draw.random() < 0.2:
            self._backups.append((dict(self.next_seq), list(self.taken)))
        if self._draw.random() < 0.08:
            place = self._draw.randrange(len(self._backups))
            self._backups = self._backups[: place + 1]
            self.next_seq, self.taken = dict(self._backups[place][0]), list(self._backups[place][1])
            self.restores += 1
            if self._draw.random() < 0.5:
                self.instance_epoch += 1
            else:
                self.instance = f"restored {self.restores}"


def _carry_once(directory: Path, fake: _Restored, draw: random.Random) -> None:
    """Send with a courier that dies or stops somewhere; it may have lost its memory, and may shrink what the server has not."""
    if draw.random() < 0.2:
        (directory / "cursor.json").unlink(missing_ok=True)
    carried = shipment.Shipment(directory)
    with contextlib.suppress(_Cut):
        for _ in range(draw.randint(1, 8)):
            fake.lead_a_life()
            ship = carried.ship if draw.random() < 0.6 else carried.ship_held
            with contextlib.suppress(errors.ServerUnavailable):
                ship(_faulty(fake, draw), alive=True)
    for lane, numbers in reader.lanes(directory).items():
        for number in numbers[:-1]:
            if number > carried.begun_until(lane) and draw.random() < 0.3:
                shrink.shrink(directory, lane=lane, number=number, page=carried._page)
    carried.close()
