"""Parts behind the rows: what is sent when, and that each part arrives."""

import itertools
import json
import threading

import fake_server
import handing
import pytest
from carrying import ALL, carry, directory_of, end, lost, send
from clocks import Clock

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, items, loop, provenance, uploads
from yoloscope.spool import blobs, cursor

pytestmark = pytest.mark.usefixtures("no_sidecar")
POLICY_PROBLEM = json.dumps({"type": "urn:yoloscope:problem:policy", "title": "forbidden"}).encode()


@pytest.fixture(autouse=True)
def no_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "collect", lambda argv, **_: {})


def test_parts_follow_their_items_the_smallest_first(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    handing.file(directory_of(run), 0, 300_000)
    handing.histogram(directory_of(run), 1)
    handing.picture(directory_of(run), 2)
    run.log({"a": 1.0}, step=0)
    server.upload_script = lambda digest, offset, data: fake_server.problem(503, title="later")
    carry(courier, clock, lambda: len(server.items()) == 3 and bool(server.uploads))
    server.uploads.clear()
    server.upload_script = lambda digest, offset, data: None
    carry(courier, clock, lambda: not server.lacking())
    sizes = {part.digest: part.size_bytes for item in server.items() for part in item.parts}
    finished = [digest for digest, _, _ in dict.fromkeys((d, 0, 0) for d, _, _ in server.uploads)]
    assert [sizes[digest] for digest in finished] == sorted(sizes.values())
    assert server.steps() == [0]
    sent = directory_of(run) / blobs.FOLDER / blobs.SENT
    assert {path.name for path in sent.iterdir()} == set(sizes)


def test_a_run_is_complete_only_when_its_parts_are_sent(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: fake_server.problem(503, title="later")
    handing.histogram(directory_of(run), 0)
    end(run)
    carry(courier, clock, lambda: bool(server.uploads))
    for _ in range(20):
        courier.step()
        clock.wait(0.05)
    assert not cursor.load(directory_of(run)).complete
    assert [type(entry).__name__ for _, _, entry in server.taken].count("Ended") == 1
    server.upload_script = lambda digest, offset, data: None
    carry(courier, clock, lambda: courier.done)
    assert cursor.load(directory_of(run)).complete
    assert server.lacking() == []


@pytest.mark.slow
def test_items_handed_over_just_before_the_end_are_sent(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    for number in range(70):  # more than one look takes
        handing.histogram(directory_of(run), number)
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert [item.number for item in server.items()] == list(range(70))
    assert server.lacking() == []


def test_a_run_is_not_complete_while_an_item_of_it_is_being_encoded(
    run: runs.Run,
    courier: loop.Courier,
    clock: Clock,
    server: fake_server.FakeServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go = threading.Event()
    real = items.encoding.made
    monkeypatch.setattr(items, "WAIT_S", 0.0)
    monkeypatch.setattr(items.encoding, "made", lambda *told, **more: go.wait(30) and real(*told, **more))
    handing.histogram(directory_of(run), 0)
    end(run)
    for _ in range(30):
        courier.step()
        clock.wait(0.25)
    assert (courier.done, cursor.load(directory_of(run)).complete) == (False, False)
    go.set()
    carry(courier, clock, lambda: courier.done)
    assert (len(server.items()), server.lacking()) == (1, [])


@pytest.mark.slow
def test_rows_go_on_while_the_server_takes_no_parts(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: fake_server.problem(507, title="full")
    handing.histogram(directory_of(run), 0)
    for step in range(20):
        run.log({"a": 1.0}, step=step)
        carry(courier, clock, lambda step=step: len(server.steps()) == step + 1)
    assert clock.now_s < 1010.0
    assert 1 <= len(server.uploads) < 10  # with pauses that grow


@pytest.mark.slow
def test_between_two_pieces_rows_are_looked_at(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    """A row that is logged while a piece is under way is sent before the next piece."""
    order: list[str] = []

    def on_piece(digest: str, offset: int, data: bytes) -> None:
        order.append("piece")
        run.log({"a": 1.0}, step=len(order))
        clock.wait(0.2)

    server.upload_script = on_piece
    server.script = lambda batches: order.append("rows") if any(batch.entries for batch in batches) else None
    handing.file(directory_of(run), 0, 4 * uploads.PIECE_MOST_BYTES)
    carry(courier, clock, lambda: len(server.items()) == 1 and not server.lacking())
    from_first = order[order.index("piece") :]
    assert from_first.count("piece") >= 5
    assert all(one != "piece" or other != "piece" for one, other in itertools.pairwise(from_first))


def test_a_second_courier_goes_on_in_the_middle_of_a_part(
    run: runs.Run, clock: Clock, server: fake_server.FakeServer, courier: loop.Courier
) -> None:
    handing.file(directory_of(run), 0, 2_000_000)
    carry(courier, clock, lambda: any(len(data) > 200_000 for data in server.blobs.values()))
    begun = sum(map(len, server.blobs.values()))
    courier.close()
    second = loop.Courier(directory_of(run), now_s=clock)
    carry(second, clock, lambda: not server.lacking())
    second.close()
    assert sum(size for _, _, size in server.uploads) == 2_000_000
    assert begun < 2_000_000


def test_a_server_that_was_further_or_less_far_says_so(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    handing.file(directory_of(run), 0, 500_000)
    cut: list[int] = []

    def lose(digest: str, offset: int, data: bytes) -> None:
        if offset > 100_000 and not cut:
            cut.append(offset)
            server.blobs[digest] = server.blobs[digest][:50_000]

    server.upload_script = lose
    carry(courier, clock, lambda: len(server.items()) == 1 and not server.lacking())
    assert (cut[0] > 100_000, lost(run)) == (True, {})


@pytest.mark.slow
def test_a_restored_server_gets_items_and_parts_again(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.instance, server.instance_epoch = "one", 1
    handing.histogram(directory_of(run), 0)
    carry(courier, clock, lambda: len(server.items()) == 1 and not server.lacking())
    before = (dict(server.next_seq), list(server.taken), dict(server.blobs))
    handing.picture(directory_of(run), 1)
    carry(courier, clock, lambda: len(server.items()) == 2 and not server.lacking())
    server.next_seq, server.taken, server.blobs = dict(before[0]), list(before[1]), {}
    server.instance_epoch = 2
    run.log({"a": 1.0}, step=1)
    carry(courier, clock, lambda: len(server.items()) == 2 and not server.lacking())
    assert lost(run) == {}


def test_a_server_with_all_rows_that_lost_its_parts_gets_them_again(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    """As from a backup of the catalogue without the blobs."""
    server.instance, server.instance_epoch = "one", 1
    handing.histogram(directory_of(run), 0)
    handing.picture(directory_of(run), 1)
    carry(courier, clock, lambda: len(server.items()) == 2 and not server.lacking())
    server.blobs.clear()
    server.instance_epoch = 2
    carry(courier, clock, lambda: not server.lacking())


def test_the_same_picture_is_sent_once_though_it_is_logged_each_epoch(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    for number in range(5):
        handing.picture(directory_of(run), number, size=200)
        carry(courier, clock, lambda number=number: len(server.items()) == number + 1 and not server.lacking())
    image = server.items()[0].parts[0]
    assert sum(size for digest, _, size in server.uploads if digest == image.digest) == image.size_bytes


def test_sync_sends_what_a_sidecar_left_encoded_or_not(run: runs.Run, server: fake_server.FakeServer) -> None:
    watcher = items.Items(directory_of(run))
    handing.picture(directory_of(run), 0)
    while watcher.is_behind():
        watcher.tend(1.0, lives=True)
    watcher.close()
    handing.histogram(directory_of(run), 1)
    end(run)
    outcome = send(run)
    assert (outcome.state, outcome.parts, outcome.parts_bytes) == ("complete", 0, 0)
    assert [item.number for item in server.items()] == [0, 1]
    assert server.lacking() == []


def test_sync_tells_what_waits_when_the_server_takes_no_parts(run: runs.Run, server: fake_server.FakeServer) -> None:
    handing.histogram(directory_of(run), 0)
    end(run)
    server.upload_script = lambda digest, offset, data: fake_server.problem(507, title="full")
    outcome = send(run)
    [part] = server.items()[0].parts
    assert (outcome.state, outcome.parts, outcome.parts_bytes) == ("waiting", 1, part.size_bytes)
    assert not cursor.load(directory_of(run)).complete
    server.upload_script = lambda digest, offset, data: None
    assert send(run).state == "complete"
    assert server.lacking() == []


def test_another_server_gets_everything(run: runs.Run, server: fake_server.FakeServer) -> None:
    handing.picture(directory_of(run), 0)
    end(run)
    assert send(run).state == "complete"
    with fake_server.running() as other:
        other.policy = dict(ALL)
        assert send(run, server=other.url).state == "complete"
        assert (len(other.items()), other.lacking()) == (1, [])


def test_a_damaged_part_is_counted_and_never_sent(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: fake_server.problem(503, title="later")
    handing.histogram(directory_of(run), 0)
    carry(courier, clock, lambda: bool(server.uploads))
    [part] = server.items()[0].parts
    (directory_of(run) / blobs.FOLDER / part.digest).write_bytes(b"")
    server.upload_script = lambda digest, offset, data: None
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert lost(run) == {"item_refused": 1}


class _Link:
    """A link on which a piece takes as long as its bytes do, by a clock of its own."""

    def __init__(self, clock: Clock, bytes_per_s: float) -> None:
        self.clock = clock
        self.bytes_per_s = bytes_per_s
        self.pieces: list[int] = []

    def send(self, run: ids.RunId, digest: str, *, offset: int, size_bytes: int, data: bytes) -> client.Received:
        self.clock.wait(0.002 + len(data) / self.bytes_per_s)
        self.pieces.append(len(data))
        return client.Received(offset + len(data), offset + len(data) == size_bytes)


@pytest.mark.parametrize(("bytes_per_s", "least", "most"), [(8e3, 4096, 4096), (1e6, 2e5, 2.6e5), (1e9, 2**20, 2**20)])
def test_pieces_are_as_large_as_the_link_carries_in_a_quarter_of_a_second(
    run: runs.Run, clock: Clock, bytes_per_s: float, least: float, most: float
) -> None:
    watcher = items.Items(directory_of(run))
    handing.file(directory_of(run), 0, 8_000_000)
    while watcher.is_behind():
        watcher.tend(1.0, lives=True)
    watcher.close()
    carried = loop.shipment.Shipment(directory_of(run))
    item = carried.parts.blobs.item(0)
    assert item is not None
    carried.parts.blobs.settle(item, "told")
    link = _Link(clock, bytes_per_s)
    upload = uploads.of(carried, send=link.send, now_s=clock)
    for _ in range(20):
        upload.step()
    carried.close()
    settled = link.pieces[4:-1]
    assert all(least <= size <= most for size in settled)
    assert len(settled) > 2


def test_a_lost_connection_halves_the_piece_and_asks_where_the_server_stands(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    handing.file(directory_of(run), 0, 600_000)
    broken: list[int] = []
    real = client.Client.upload

    def cut(
        self: client.Client, run: str, digest: str, *, offset: int, size_bytes: int, data: bytes
    ) -> client.Received:
        if offset and not broken:
            broken.append(offset)
            real(self, run, digest, offset=offset, size_bytes=size_bytes, data=data)  # it arrives, the answer does not
            raise errors.ServerUnavailable("cut")
        return real(self, run, digest, offset=offset, size_bytes=size_bytes, data=data)

    monkeypatch.setattr(client.Client, "upload", cut)
    courier._uploads = uploads.of(courier.shipment, send=courier._client.upload, now_s=clock)
    carry(courier, clock, lambda: len(server.items()) == 1 and not server.lacking())
    assert sum(size for _, _, size in server.uploads) == 600_000
