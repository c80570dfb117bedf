"""The sidecar's loop: its pace, whose directories it takes, and that a fault in one costs none of the others."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_server
import pytest
from clocks import Clock

from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import loop, pace, provenance, shipment, source
from yoloscope.spool import cursor, ending, layout, platform, reader

pytestmark = pytest.mark.usefixtures("no_sidecar")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def no_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "collect", lambda argv, **_: {})


@pytest.fixture
def start(server: fake_server.FakeServer) -> Iterator[Callable[..., runs.Run]]:
    started: list[runs.Run] = []

    def begin(**options: str) -> runs.Run:
        started.append(runs.init(project="p", **{"server": server.url, **options}))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for run in started:
        run.finish()


def _kill(run: runs.Run) -> None:
    """Leave the directory as a killed trainer does."""
    assert run._alive is not None
    run._alive.release()


def _directory(run: runs.Run) -> Path:
    assert run.directory is not None
    return run.directory


def _is_complete(run: runs.Run) -> bool:
    return cursor.load(_directory(run)).complete


def _courier(run: runs.Run, clock: Clock) -> loop.Courier:
    return loop.Courier(_directory(run), now_s=clock)


def test_a_backlog_is_sent_without_waiting_in_between(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock
) -> None:
    run = start()
    for step in range(30_000):
        run.log({"a": 1.0}, step=step)
    courier = _courier(run, clock)
    while courier.step():
        pass
    courier.close()
    assert clock.now_s == 1000.0
    assert len(server.steps()) == 30_000


def test_losses_that_go_on_are_told_at_the_pace_of_rows(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock
) -> None:
    run = start()
    assert run._page is not None
    courier = _courier(run, clock)
    for _ in range(100):
        run._page.count_lost("disk_full")
        courier.step()
        clock.wait(0.01)
    courier.close()
    assert 1 <= len(server.headers) <= 12  # a second at 100 ms each


def _sidecar(run: runs.Run, clock: Clock) -> loop.Sidecar:
    return loop.Sidecar(_directory(run), now_s=clock, wait=clock.wait)


def test_an_idle_sidecar_rests_and_still_wakes_at_once_for_a_training_that_waits(
    start: Callable[..., runs.Run], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(mode="offline")  # nothing but the rounds takes time
    rounds_s: list[float] = []
    monkeypatch.setattr(loop.Sidecar, "_due", _noting(loop.Sidecar._due, rounds_s, clock))

    def on_wait() -> None:
        if clock.now_s >= 1010.1 and run._page:
            run._page.put("finishing", 1)
        if clock.now_s >= 1011.0:
            _kill(run)

    clock.on_wait = on_wait
    _sidecar(run, clock).run()
    rests_s = [after - before for before, after in itertools.pairwise(rounds_s)]
    assert rests_s[:20] == pytest.approx([loop.ROUND_S] * 20, abs=loop.TICK_S + 1e-6)
    assert rests_s[-10:] == pytest.approx([loop.TICK_S] * 10)


def _noting(
    due: Callable[[loop.Sidecar], list[Path]], rounds_s: list[float], clock: Clock
) -> Callable[..., list[Path]]:
    def noted(sidecar: loop.Sidecar) -> list[Path]:
        rounds_s.append(clock.now_s)
        return due(sidecar)

    return noted


def test_what_is_new_goes_before_what_was_held_back(
    start: Callable[..., runs.Run],
    server: fake_server.FakeServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace.Pace, "is_short_for", lambda self, waiting: True)
    monkeypatch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: 16 * 1024)
    training = start()
    for step in range(3_000):
        training.log({"a": step % 97}, step=step)
    assert training.directory is not None
    courier = loop.Courier(training.directory, now_s=clock)
    while courier.step() and not any(batch.lane >= source.BULK_LANE for batch in server.batches):
        pass  # everything of a backlog that a watcher needs goes at once
    lanes = [batch.lane for batch in server.batches if batch.entries]
    assert lanes == sorted(lanes)
    training.log({"a": 1_000.0}, step=3_000)
    courier.step()
    assert server.batches[-1].lane >= source.BULK_LANE  # in the pause until new rows are due
    clock.now_s += 1.0
    courier.step()
    assert (server.batches[-1].lane, server.steps()[-1]) == (0, 3_000)
    while courier.step():
        pass
    courier.close()
    assert sorted(server.steps()) == list(range(3_001))


def test_a_killed_training_is_told_and_the_sidecar_ends(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock
) -> None:
    run = start()
    run.log({"a": 1.0}, step=3)
    _kill(run)
    _sidecar(run, clock).run()
    assert _is_complete(run)
    assert server.steps() == [3]
    assert server.batches[-1].alive is False


def test_a_transient_fault_does_not_end_the_sidecar_of_a_living_training(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start()
    run.log({"a": 1.0}, step=3)
    faults = iter([OSError(5, "input/output error"), ValueError("?")])
    sync_to_disk = shipment.Shipment.sync_to_disk

    def faulty(self: shipment.Shipment) -> None:
        error = next(faults, None)
        if error is not None:
            raise error
        sync_to_disk(self)

    monkeypatch.setattr(shipment.Shipment, "sync_to_disk", faulty)
    clock.on_wait = lambda: _kill(run) if server.steps() else None
    _sidecar(run, clock).run()
    assert server.steps() == [3]
    assert _is_complete(run)


@pytest.mark.slow
def test_left_directories_are_adopted_and_faulty_ones_cost_nothing(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = start()
    left.log({"a": 1.0}, step=1)
    _kill(left)
    foreign = _directory(left).parent / "foreign"
    foreign.mkdir()
    (foreign / "run.json").touch()
    is_file = Path.is_file

    def forbidden(path: Path) -> bool:
        if path.parent == foreign:
            raise PermissionError(13, "not yours")
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", forbidden)
    broken = start()
    manifest = layout.load_manifest(_directory(broken))
    layout.save_manifest(_directory(broken), layout.Manifest(**{**_fields(manifest), "server": "http://[::1"}))
    _kill(broken)
    own = start()
    own.log({"a": 1.0}, step=2)
    _make_old(left, broken)
    monkeypatch.setattr(loop, "TICK_S", 60.0)
    clock.on_wait = lambda: _kill(own)
    _sidecar(own, clock).run()
    assert sorted(server.steps()) == [1, 2]
    assert _is_complete(left)
    assert _is_complete(own)


def _fields(manifest: layout.Manifest) -> dict[str, object]:
    return {name: getattr(manifest, name) for name in manifest.__struct_fields__}


def _make_old(*trainings: runs.Run) -> None:
    for run in trainings:
        manifest = layout.load_manifest(_directory(run))
        changed = {**_fields(manifest), "wall_ns": manifest.wall_ns - 3600 * 10**9}
        layout.save_manifest(_directory(run), layout.Manifest(**changed))  # type: ignore[arg-type]


def test_a_directory_that_was_just_made_is_left_to_its_own_sidecar(start: Callable[..., runs.Run]) -> None:
    run = start()
    assert not loop.is_left(_directory(run))
    _make_old(run)
    assert loop.is_left(_directory(run))


def test_a_directory_of_another_machine_is_taken_only_when_it_is_quiet(start: Callable[..., runs.Run]) -> None:
    """On a shared file system the lock of another machine may not be seen."""
    run = start()
    _make_old(run)
    manifest = layout.load_manifest(_directory(run))
    layout.save_manifest(_directory(run), layout.Manifest(**{**_fields(manifest), "boot_id": "other"}))  # type: ignore[arg-type]
    assert not loop.is_left(_directory(run))
    for path in _directory(run).iterdir():
        os.utime(path, (1, 1))
    assert loop.is_left(_directory(run))


def test_the_sidecar_stays_as_long_as_any_training_that_it_carries_lives(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TICK_S", loop.LINGER_S / 4)
    adopted, own = start(), start()
    _make_old(adopted)
    _kill(own)

    def on_wait() -> None:
        if clock.now_s > 1000.0 + 3 * loop.LINGER_S:
            _kill(adopted)

    clock.on_wait = on_wait
    _sidecar(own, clock).run()
    assert clock.now_s > 1000.0 + 3 * loop.LINGER_S
    assert _is_complete(adopted)


@pytest.mark.slow
def test_the_sidecar_gives_up_a_day_after_the_end_when_the_server_stays_away(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "TICK_S", 3600.0)
    server.script = lambda batches: fake_server.problem(503, title="not now")
    run = start()
    _kill(run)
    _sidecar(run, clock).run()
    assert loop.LINGER_S < clock.now_s - 1000.0 < loop.LINGER_S + 7200
    assert not _is_complete(run)


def test_a_living_training_whose_directory_is_held_is_carried_once_it_is_free(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock
) -> None:
    run = start()
    run.log({"a": 1.0}, step=4)
    holder = platform.FileLock(_directory(run) / "sidecar.lock")
    assert holder.acquire()

    def on_wait() -> None:
        holder.release()
        if server.steps():
            _kill(run)

    clock.on_wait = on_wait
    _sidecar(run, clock).run()
    assert server.steps() == [4]
    assert _is_complete(run)


def test_provenance_that_cannot_be_found_out_costs_nothing_else(
    start: Callable[..., runs.Run], server: fake_server.FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(argv: object, cwd: object) -> dict[str, object]:
        raise TypeError("a distribution without metadata")

    monkeypatch.setattr(provenance, "collect", broken)
    run = start()
    run.log({"a": 1.0}, step=5)
    _kill(run)
    _sidecar(run, clock).run()
    assert server.steps() == [5]


def _ends(server: fake_server.FakeServer) -> list[tuple[str, int | None, str | None]]:
    return [
        (entry.state, entry.exit_code, entry.reason) for _, _, entry in server.taken if isinstance(entry, row.Ended)
    ]


@pytest.mark.parametrize(
    ("exit_code", "same", "regular", "expected"),
    [
        (137, True, False, ("crashed", 137, "killed by SIGKILL")),
        (3, True, True, ("failed", 3, "exit code 3")),
        (0, True, True, ("finished", 0, None)),
        (0, True, False, ("finished", 0, None)),
        (137, False, False, ("crashed", 137, "killed by SIGKILL")),
        (1, False, False, ("crashed", 1, "exit code 1")),
        (0, False, True, ("finished", None, None)),
        (0, False, False, None),
        (None, True, True, ("finished", None, None)),
        (None, True, False, None),
    ],
)
def test_what_the_parent_saw_of_the_end_is_told(  # noqa: PLR0913, PLR0917
    start: Callable[..., runs.Run],
    server: fake_server.FakeServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    exit_code: int | None,
    same: bool,
    regular: bool,
    expected: tuple[str, int | None, str | None] | None,
) -> None:
    monkeypatch.setenv("YOLOSCOPE_RUN", str(tmp_path))
    run = start()
    run.log({"a": 1.0}, step=1)
    assert run._page is not None
    run._page.put("regular_end", int(regular))
    _kill(run)
    if exit_code is not None:
        seen = ending.Exit(pid=os.getpid() if same else 1, exit_code=exit_code, wall_ns=7)
        clock.on_wait = lambda: ending.save(_directory(run), seen)
    _sidecar(run, clock).run()
    assert _ends(server) == ([expected] if expected else [])
    assert _is_complete(run)
    assert clock.now_s - 1000.0 <= loop.EXIT_WAIT_S + 1.0


def test_an_end_that_the_training_told_itself_is_not_told_again(
    start: Callable[..., runs.Run],
    server: fake_server.FakeServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("YOLOSCOPE_RUN", str(tmp_path))
    run = start()
    run.finish("stopped")
    ending.save(_directory(run), ending.Exit(pid=os.getpid(), exit_code=1, wall_ns=7))
    _sidecar(run, clock).run()
    assert _ends(server) == [("stopped", None, None)]


def test_an_offline_run_keeps_the_end_for_later(
    start: Callable[..., runs.Run], clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YOLOSCOPE_RUN", str(tmp_path))
    run = start(mode="offline")
    _kill(run)
    ending.save(_directory(run), ending.Exit(pid=os.getpid(), exit_code=137, wall_ns=7))
    _sidecar(run, clock).run()
    lanes = reader.lanes(_directory(run))
    entries = [
        entry for lane in lanes for chunk in reader.chunks(_directory(run), lane=lane) for entry in chunk.entries
    ]
    assert row.Ended("crashed", 7, reason="killed by SIGKILL", exit_code=137) in entries
