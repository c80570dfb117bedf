"""What a courier does with every answer a server can give: rows arrive once, in order, or wait."""

import json
from collections.abc import Iterator

import fake_server
import pytest

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, shipment
from yoloscope.spool import cursor, layout

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
    assert [batch.first_seq for batch in server.batches] == [0, 11]


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


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403, 404])
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
