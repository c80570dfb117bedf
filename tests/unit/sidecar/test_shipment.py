"""What a courier does with every answer a server can give: rows arrive once, in order, or wait."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import fake_server
import pytest

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, shipment
from yoloscope.spool import cursor, layout, platform, reader
from yoloscope.wire import protocol

pytestmark = pytest.mark.usefixtures("no_sidecar")


@pytest.fixture
def training(server: fake_server.FakeServer) -> Iterator[runs.Run]:
    started = runs.init(project="p", name="n", server=server.url, config={"lr0": 0.01})
    yield started
    started.finish()


def _carry(training: runs.Run, server: fake_server.FakeServer) -> shipment.Shipment:
    assert training.directory is not None
    carried = shipment.Shipment(training.directory)
    sender = client.Client(server.url)
    try:
        while carried.ship(sender.send, alive=True):
            pass
    finally:
        sender.close()
        carried.close()
    return carried


def _log(training: runs.Run, steps: range) -> None:
    for step in steps:
        training.log({"a": step * 0.1}, step=step, epoch=step / 10)


def test_rows_and_events_arrive_in_order(training: runs.Run, server: fake_server.FakeServer) -> None:
    _log(training, range(1000))
    training.update("progress", {"epochs": 5})
    _carry(training, server)
    assert server.steps() == list(range(1000))
    events = [entry for _, _, entry in server.taken if isinstance(entry, row.Updated)]
    assert events == [row.Updated("config", {"lr0": 0.01}), row.Updated("progress", {"epochs": 5})]


def test_a_second_courier_goes_on_where_the_first_stopped(training: runs.Run, server: fake_server.FakeServer) -> None:
    _log(training, range(10))
    _carry(training, server)
    _log(training, range(10, 20))
    _carry(training, server)
    assert server.steps() == list(range(20))
    assert [batch.first_seq for batch in server.batches if batch.entries] == [0, 11]


def test_a_lost_cursor_only_sends_rows_twice(training: runs.Run, server: fake_server.FakeServer) -> None:
    _log(training, range(10))
    _carry(training, server)
    assert training.directory is not None
    (training.directory / "cursor.json").write_text("{broken")
    _log(training, range(10, 20))
    _carry(training, server)
    assert server.steps() == list(range(20))


def test_a_server_restored_from_a_backup_gets_the_kept_rows_again(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(30_000))
    _carry(training, server)
    key = next(iter(server.next_seq))
    server.taken = [item for item in server.taken if item[1] == 0]
    server.next_seq[key] = sum(row.sequences_of(entry) for _, _, entry in server.taken)
    kept = server.steps()
    _log(training, range(30_000, 30_010))
    _carry(training, server)
    assert len(kept) < 30_000
    assert sorted(set(server.steps())) == list(range(30_010))
    assert server.next_seq[key] == 30_011


def test_rows_wait_for_a_server_that_is_older_than_their_protocol(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(10))
    told = json.dumps({"type": "urn:yoloscope:problem:frame-version", "title": "too new"}).encode()
    server.script = lambda batches: (400, {}, told)
    with pytest.raises(errors.ServerUnavailable, match="too new"):
        _carry(training, server)
    server.script = lambda batches: None
    _carry(training, server)
    assert server.steps() == list(range(10))


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403, 404, 423])
def test_rows_wait_while_the_server_will_not_take_them(
    training: runs.Run, server: fake_server.FakeServer, status: int
) -> None:
    _log(training, range(10))
    server.script = lambda batches: fake_server.problem(status, title="not now", retry_after="7")
    with pytest.raises(errors.ServerUnavailable) as caught:
        _carry(training, server)
    assert caught.value.retry_after_s == 7.0
    server.script = lambda batches: None
    _carry(training, server)
    assert server.steps() == list(range(10))


@pytest.mark.parametrize("answer", [b"<html>proxy</html>", b"", b"{}", b'{"acked": 3}'])
def test_garbage_for_an_acknowledgement_moves_nothing(
    training: runs.Run, server: fake_server.FakeServer, answer: bytes
) -> None:
    _log(training, range(10))
    server.script = lambda batches: (200, {}, answer)
    with pytest.raises(errors.ServerUnavailable):
        _carry(training, server)
    server.script = lambda batches: None
    _carry(training, server)
    assert server.steps() == list(range(10))


def test_one_row_that_the_server_refuses_is_skipped_and_counted(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(100))

    def refuse_step_42(batches: list[row.Batch]) -> fake_server.Answer | None:
        matrices = [entry for batch in batches for entry in batch.entries if isinstance(entry, row.Matrix)]
        poison = (42).to_bytes(8, "little")
        return fake_server.problem(422, title="no") if any(poison in entry.step for entry in matrices) else None

    server.script = refuse_step_42
    _carry(training, server)
    assert server.steps() == [step for step in range(100) if step != 42]
    _log(training, range(100, 110))
    _carry(training, server)
    assert server.batches[-1].lost == {"refused": 1}
    assert server.steps()[-10:] == list(range(100, 110))


def test_a_run_that_the_server_refuses_as_a_whole_waits(training: runs.Run, server: fake_server.FakeServer) -> None:
    _log(training, range(3))
    server.script = lambda batches: fake_server.problem(422, title="other project")
    with pytest.raises(errors.ServerUnavailable, match="refuses this run as a whole"):
        _carry(training, server)
    server.script = lambda batches: None
    _carry(training, server)
    assert server.steps() == [0, 1, 2]


def test_an_attempt_is_told_with_its_rows(training: runs.Run, server: fake_server.FakeServer) -> None:
    _log(training, range(3))
    training.new_attempt(start_epoch=2.0)
    _log(training, range(3, 5))
    _carry(training, server)
    told = {batch.attempt.index: batch.attempt.start_epoch for batch in server.batches}
    assert told == {0: None, 1: 2.0}
    assert sorted(server.steps()) == list(range(5))


def test_a_row_of_an_attempt_that_begins_while_the_lanes_are_read_is_told_with_it(
    training: runs.Run, server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trainer is another process: the attempt may begin between any two lines of the courier."""
    load_manifest = layout.load_manifest
    assert training.directory is not None
    carried = shipment.Shipment(training.directory)

    def meanwhile(directory: Path) -> layout.Manifest:
        found = load_manifest(directory)
        monkeypatch.setattr(layout, "load_manifest", load_manifest)
        training.new_attempt(start_epoch=2.0)
        training.log({"a": 1.0}, step=7)
        return found

    monkeypatch.setattr(layout, "load_manifest", meanwhile)
    sender = client.Client(server.url)
    while carried.ship(sender.send, alive=True):
        pass
    sender.close()
    carried.close()
    _carry(training, server)
    attempts = {
        batch.attempt.index for batch in server.batches for entry in batch.entries if isinstance(entry, row.Matrix)
    }
    assert attempts == {1}


def _fail_after(server: fake_server.FakeServer, refused_step: int, *, bodies: list[int]) -> None:
    """Refuse one step for good, and fail each time once it was skipped."""
    poison = refused_step.to_bytes(8, "little")

    def script(batches: list[row.Batch]) -> fake_server.Answer | None:
        entries = [entry for batch in batches for entry in batch.entries]
        if any(isinstance(entry, row.Matrix) and poison in entry.step for entry in entries):
            return fake_server.problem(422, title="no")
        if any(batch.first_seq > refused_step + 1 for batch in batches) and bodies:
            bodies.pop()
            return fake_server.problem(503, title="not now")
        return None

    server.script = script


@pytest.mark.slow
def test_a_refused_row_is_counted_once_however_often_it_is_sent(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(100))
    _fail_after(server, 42, bodies=[1, 2, 3])
    assert training.directory is not None
    carried = shipment.Shipment(training.directory)
    sender = client.Client(server.url)
    for _ in range(3):
        with pytest.raises(errors.ServerUnavailable):
            carried.ship(sender.send, alive=True)
    assert carried.ship(sender.send, alive=True)
    assert carried._page.lost() == {"refused": 1}
    carried.close()
    sender.close()
    assert server.steps() == [step for step in range(100) if step != 42]


def test_a_run_that_is_refused_as_a_whole_counts_no_loss(training: runs.Run, server: fake_server.FakeServer) -> None:
    _log(training, range(3))
    server.script = lambda batches: fake_server.problem(422, title="other project")
    for _ in range(3):
        with pytest.raises(errors.ServerUnavailable):
            _carry(training, server)
    server.script = lambda batches: None
    _carry(training, server)
    assert server.batches[-1].lost == {}


def test_a_torn_place_is_counted_once_however_often_it_is_read(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(10))
    assert training.directory is not None
    path = layout.segment_path(training.directory, lane=0, number=0)
    end = layout.OFFSET.unpack_from(path.read_bytes(), 8 * layout.COMMIT_WORD)[0]
    with path.open("r+b") as file:
        file.seek(end - 48)
        file.write(bytes(48))
    server.script = lambda batches: fake_server.problem(503, title="not now")
    for _ in range(3):
        with pytest.raises(errors.ServerUnavailable):
            _carry(training, server)
    server.script = lambda batches: None
    _carry(training, server)
    assert server.steps() == list(range(9))
    assert training._page is not None
    assert training._page.lost() == {"torn": 1}
    elsewhere = shipment.Shipment(training.directory, afresh=True)
    with fake_server.running() as other:
        sender = client.Client(other.url)
        while elsewhere.ship(sender.send, alive=True):
            pass
        sender.close()
        assert other.taken
    elsewhere.close()
    assert training._page.lost() == {"torn": 1}


def test_what_tells_whose_rows_they_are_is_on_the_disk_before_the_rows(
    training: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert training.directory is not None
    synced: list[Path] = []
    monkeypatch.setattr(platform, "sync_file", synced.append)
    carried = shipment.Shipment(training.directory)
    carried.sync_to_disk()
    carried.close()
    assert synced[:2] == [training.directory / "run.json", training.directory]
    assert synced[2].suffix == ".sp"


def test_a_server_restored_while_nothing_new_comes_is_noticed_by_a_beat(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(10))
    _carry(training, server)
    server.next_seq.clear()
    server.taken.clear()
    assert training.directory is not None
    carried = shipment.Shipment(training.directory)
    sender = client.Client(server.url)
    carried.beat(sender.send, alive=True)
    carried.close()
    sender.close()
    _carry(training, server)
    assert server.steps() == list(range(10))


def test_another_server_behind_the_same_address_gets_everything_that_is_kept(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(10))
    training.new_attempt(start_epoch=1.0)
    _log(training, range(10, 20))
    server.instance = "one"
    _carry(training, server)
    server.instance = "two"
    server.next_seq.clear()
    server.taken.clear()
    _log(training, range(20, 30))
    _carry(training, server)
    assert sorted(server.steps()) == list(range(30))


def test_removed_segments_and_an_old_cursor_lose_no_row(training: runs.Run, server: fake_server.FakeServer) -> None:
    """A full disk: no cursor could be saved, and what was acknowledged was removed to make room."""
    _log(training, range(30_000))
    _carry(training, server)
    assert training.directory is not None
    (training.directory / "cursor.json").unlink()
    layout.segment_path(training.directory, lane=0, number=0).unlink()
    _log(training, range(30_000, 30_010))
    _carry(training, server)
    assert server.steps() == list(range(30_010))


def test_rows_that_are_no_longer_kept_are_counted_one_by_one(
    training: runs.Run, server: fake_server.FakeServer
) -> None:
    _log(training, range(30_000))
    _carry(training, server)
    assert training.directory is not None
    first = next(chunk.first_seq for chunk in reader.chunks(training.directory, lane=0) if chunk.after.number == 1)
    layout.segment_path(training.directory, lane=0, number=0).unlink()
    server.next_seq.clear()
    _log(training, range(30_000, 30_001))
    _carry(training, server)
    _carry(training, server)
    assert training._page is not None
    assert training._page.lost() == {"no_longer_kept": first}
    assert next(iter(server.next_seq.values())) == 30_002


def test_no_body_above_the_limit_is_ever_sent(training: runs.Run, server: fake_server.FakeServer) -> None:
    """Rows of two wide schemas in turn: each row tells its names anew on the wire."""
    names = [f"{number:04}" + "n" * 240 for number in range(layout.ROW_NAMES_MAX)]
    for step in range(30):
        training.log(dict.fromkeys(names[step % 2 :], float(step)), step=step)
    _carry(training, server)
    assert server.steps() == list(range(30))
    assert max(server.plain_bytes) <= protocol.BODY_MAX_BYTES
    assert training._page is not None
    assert training._page.lost() == {}


def test_every_segment_that_was_rolled_over_reaches_the_disk(
    training: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert training.directory is not None
    carried = shipment.Shipment(training.directory)
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink()))
    carried.sync_to_disk()
    _log(training, range(60_000))
    carried.sync_to_disk()
    carried.close()
    lane = reader.lanes(training.directory)[0]
    assert len(lane) > 2
    wanted = {(layout.segment_path(training.directory, lane=0, number=number)) for number in lane}
    assert wanted <= set(synced)


def test_an_unreadable_manifest_is_named(training: runs.Run) -> None:
    assert training.directory is not None
    with pytest.raises(errors.SpoolError, match=r"run\.json cannot be read"):
        layout.load_manifest(training.directory / "nowhere")


def test_a_cursor_of_another_version_is_not_trusted(training: runs.Run) -> None:
    assert training.directory is not None
    (training.directory / "cursor.json").write_text(json.dumps({"version": 9, "complete": True}))
    assert cursor.load(training.directory) == cursor.Cursor()


@pytest.mark.parametrize(
    ("failures", "wish_s", "draw", "expected_s"),
    [(1, None, 1.0, 0.5), (1, None, 0.0, 0.25), (3, None, 1.0, 2.0), (99, None, 1.0, 30.0), (1, 12.0, 1.0, 12.0)],
)
def test_waiting_doubles_up_to_a_limit_and_heeds_the_server(
    failures: int, wish_s: float | None, draw: float, expected_s: float
) -> None:
    assert client.backoff_s(failures, wish_s=wish_s, draw=draw) == expected_s
