"""A server that lost what it had acknowledged: noticed in every lane, told to the directories beside, and asked about once each."""

from pathlib import Path

import fake_server
import msgspec
import pytest
from clocks import Clock

from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import loop, provenance
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import cursor, layout

pytestmark = pytest.mark.usefixtures("no_sidecar")


@pytest.fixture(autouse=True)
def no_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "collect", lambda argv, **_: {})


def _ended(server: fake_server.FakeServer, steps: range) -> Path:
    """Return the directory of a run that began an hour ago and was sent to its end."""
    run = runs.init(project="p", server=server.url)
    for step in steps:
        run.log({"a": 1.0}, step=step)
    run.finish()
    assert run.directory is not None
    manifest = layout.load_manifest(run.directory)
    layout.save_manifest(run.directory, msgspec.structs.replace(manifest, wall_ns=manifest.wall_ns - 3600 * 10**9))
    assert _send(run.directory).state == "complete"
    return run.directory


def _send(directory: Path) -> syncing.Outcome:
    return syncing.send(directory, server=None, progress=lambda sent: None, sleep=lambda seconds: None)


def _lose(server: fake_server.FakeServer) -> None:
    """Let the server be as it was before anything was sent."""
    server.next_seq.clear()
    server.taken.clear()


def _asked(server: fake_server.FakeServer) -> dict[str, int]:
    """Return how often each writer has asked without sending anything, since the last time."""
    counts: dict[str, int] = {}
    for batch in server.batches:
        if not batch.entries:
            counts[batch.writer] = counts.get(batch.writer, 0) + 1
    server.batches.clear()
    return counts


def test_sync_asks_for_every_lane_of_what_was_sent_to_its_end(server: fake_server.FakeServer) -> None:
    run = runs.init(project="p", server=server.url)
    assert run.directory is not None
    assert run._writer is not None
    lane = run._writer._pool.pop()
    run.log({"b": 2.0}, step=100)
    run._writer._pool.append(lane)
    run.log({"a": 1.0}, step=1)
    run.finish()
    assert _send(run.directory).state == "complete"
    beside = f"{run.directory.name}/1"
    assert server.next_seq.pop(beside) == 1
    server.taken = [item for item in server.taken if item[0] != beside]
    assert _send(run.directory).state == "complete"
    assert sorted(server.steps()) == [1, 100]
    server.batches.clear()
    assert _send(run.directory).state == "complete"
    assert [batch.entries for batch in server.batches if batch.entries] == []
    assert sorted(server.steps()) == [1, 100]


@pytest.mark.slow
def test_a_sidecar_whose_server_lost_data_looks_after_what_lies_beside(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More directories than it carries at a time, each asked about once however many of them were lost."""
    monkeypatch.setattr(loop, "COURIERS_MOST", 3)
    left = [_ended(server, range(10 * number, 10 * number + 10)) for number in range(1, 7)]
    own = runs.init(project="p", server=server.url)
    assert own.directory is not None
    own.log({"a": 1.0}, step=0)
    clock = Clock()
    lost: list[bool] = []

    def on_wait() -> None:
        if server.steps() and not lost and own.directory is not None and cursor.load(own.directory).places:
            _lose(server)
            _asked(server)
            lost.append(True)
            own.log({"a": 1.0}, step=1)
        if len(server.steps()) == 62 and own._alive is not None:
            own._alive.release()

    clock.on_wait = on_wait
    loop.Sidecar(own.directory, now_s=clock, wait=clock.wait).run()
    assert sorted(server.steps()) == [0, 1, *range(10, 70)]
    assert sorted(entry.state for _, _, entry in server.taken if isinstance(entry, row.Ended)) == ["finished"] * 6
    assert all(cursor.load(directory).complete for directory in left)
    assert clock.now_s < 1000.0 + loop.ADOPT_S, "those beyond the first three were not adopted when there was room"
    asked = _asked(server)
    assert {directory.name: asked.get(directory.name, 0) for directory in left} == {
        directory.name: 0 for directory in left
    }, "what was there again was asked about again"
    own.finish()


def test_what_was_sent_to_another_server_is_not_doubted(server: fake_server.FakeServer) -> None:
    directory = _ended(server, range(3))
    assert not loop.doubt(directory, server="http://other:8080")
    assert cursor.load(directory).complete
    assert loop.doubt(directory, server=server.url)
    assert not cursor.load(directory).complete
    assert not loop.doubt(directory, server=server.url)


def test_a_server_that_says_it_was_restored_is_asked_about_every_lane(server: fake_server.FakeServer) -> None:
    """The lane that goes on lost nothing, so that no gap shows it: the epoch does."""
    server.instance, server.instance_epoch = "one", 1
    run = runs.init(project="p", server=server.url)
    assert run.directory is not None
    assert run._writer is not None
    lane = run._writer._pool.pop()
    run.log({"b": 2.0}, step=100)
    run._writer._pool.append(lane)
    run.log({"a": 1.0}, step=0)
    clock = Clock()
    courier = loop.Courier(run.directory, now_s=clock)

    def carry() -> None:
        clock.wait(1.0)
        while courier.step():
            pass

    carry()
    assert (sorted(server.steps()), courier.told_of_restore()) == ([0, 100], False)
    beside = f"{run.directory.name}/1"
    assert server.next_seq.pop(beside) == 1
    server.taken = [item for item in server.taken if item[0] != beside]
    server.instance_epoch = 2
    for step in (1, 2, 3):
        run.log({"a": 1.0}, step=step)
        carry()
    assert (sorted(server.steps()), courier.told_of_restore()) == ([0, 1, 2, 3, 100], True)
    courier.close()
    run.finish()
