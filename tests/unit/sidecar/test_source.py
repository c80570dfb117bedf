"""Two streams out of one spool: whatever fails in between, every row arrives once, and the outline of each window first."""

import contextlib
import math
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_server
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import row
from yoloscope.records.policy import Policy
from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, pace, shipment, source

Send = Callable[[bytes], client.Ack]
Key = tuple[int, str, float]


def _direct(fake: fake_server.FakeServer) -> Send:
    """Return a way to a fake server without a network."""

    def send(body: bytes) -> client.Ack:
        status, _, answer = fake.answer(zlib.compress(body), {"Content-Encoding": "deflate"})
        if status == 200:
            return client.Client._ack(answer)
        raise client.Client._error(status, answer, retry_after=None)

    return send


def _rows(entries: list[row.Entry]) -> list[Key]:
    found: list[Key] = []
    for entry in entries:
        if isinstance(entry, row.Matrix):
            steps = np.frombuffer(entry.step, np.int64).tolist()
            values = np.reshape(np.frombuffer(entry.values, np.float64), (-1, len(entry.names)))
            found += [
                (step, name, value)
                for step, of_row in zip(steps, values.tolist(), strict=True)
                for name, value in zip(entry.names, of_row, strict=True)
            ]
    return found


def _of_lanes(fake: fake_server.FakeServer, *, bulk: bool) -> list[row.Entry]:
    return [entry for key, _, entry in fake.taken if (int(key.rpartition("/")[2]) >= source.BULK_LANE) == bulk]


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[runs.Run]:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    started = runs.init(project="p", name="n", mode="offline")
    yield started
    started.finish()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every link seem too slow, so that all that waits is thinned."""
    monkeypatch.setattr(pace.Pace, "is_short_for", lambda self, waiting: True)
    monkeypatch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: 64 * 1024)
    monkeypatch.setattr(shipment.Shipment, "backlog", True)


def _log(training: runs.Run, count: int) -> list[Key]:
    logged: list[Key] = []
    for step in range(count):
        values = {"a": math.sin(step / 50) * step, "b": -1.0 if step % 700 == 3 else step / 7}
        training.log(values, step=step)
        logged += [(step, name, value) for name, value in values.items()]
    return logged


def _drain(carried: shipment.Shipment, send: Send) -> None:
    while carried.ship(send, alive=True) or carried.ship_held(send, alive=True):
        pass


def test_the_outline_goes_first_and_the_rest_follows(training: runs.Run, slow: None) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    carried = shipment.Shipment(training.directory)
    carried.beat(_direct(fake), alive=True)  # so that the server is known to have nothing
    while carried.ship(_direct(fake), alive=True):
        pass
    first = _rows(_of_lanes(fake, bulk=False))
    assert len(first) < len(logged) / 8
    for name in ("a", "b"):
        everything = [value for _, of, value in logged if of == name]
        shown = [value for _, of, value in first if of == name]
        assert (min(shown), max(shown), shown[-1]) == (min(everything), max(everything), everything[-1])
    assert fake.batches[-1].deferred == (len(logged) - len(first)) // 2
    _drain(carried, _direct(fake))
    carried.beat(_direct(fake), alive=True)
    assert sorted(_rows([entry for _, _, entry in fake.taken])) == sorted(logged)
    assert fake.batches[-1].deferred == 0
    assert carried._page.lost() == {}
    carried.close()


def test_a_courier_that_starts_again_tells_at_once_what_still_follows(training: runs.Run, slow: None) -> None:
    """Its first body asks where the server stands, before any lane is read: the server must not take it that nothing follows."""
    _log(training, 5_000)
    fake = fake_server.FakeServer()
    with contextlib.closing(shipment.Shipment(training.directory)) as first:
        first.beat(_direct(fake), alive=True)
        while first.ship(_direct(fake), alive=True):
            pass
    told = fake.batches[-1].deferred
    with contextlib.closing(shipment.Shipment(training.directory)) as second:
        second.ship(_direct(fake), alive=True)
    assert told > 0
    assert fake.batches[-1].deferred == told


def test_what_the_server_may_have_whole_is_not_split_later(training: runs.Run, slow: None) -> None:
    """Its answer was lost, so only the note of what was sent tells."""
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()

    def unheard(body: bytes) -> client.Ack:
        _direct(fake)(body)
        raise errors.ServerUnavailable("the answer was lost")

    first = shipment.Shipment(training.directory)
    with pytest.raises(errors.ServerUnavailable):
        first.ship(unheard, alive=True)
    first.close()
    taken = len(_rows([entry for _, _, entry in fake.taken]))
    second = shipment.Shipment(training.directory)
    second._source.confirm(0, seq=0)  # what an answer from before says
    _drain(second, _direct(fake))
    second.close()
    assert taken > 0
    assert sorted(_rows([entry for _, _, entry in fake.taken])) == sorted(logged)


def test_on_a_fast_link_nothing_is_held_back(training: runs.Run) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    carried = shipment.Shipment(training.directory)
    _drain(carried, _direct(fake))
    assert _rows(_of_lanes(fake, bulk=False)) == logged
    assert _of_lanes(fake, bulk=True) == []
    carried.close()


def test_what_never_follows_by_policy_is_counted(training: runs.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = _log(training, 5_000)
    fake = fake_server.FakeServer()
    carried = shipment.Shipment(training.directory, terms=lambda project: client.Terms(Policy(bulk="never")))
    _drain(carried, _direct(fake))
    sent = _rows([entry for _, _, entry in fake.taken])
    assert set(sent) < set(logged)
    assert carried._page.lost() == {"thinned": (len(logged) - len(sent)) // 2}
    again = shipment.Shipment(training.directory, terms=lambda project: client.Terms(Policy(bulk="never")))
    _drain(again, _direct(fake))
    assert _rows([entry for _, _, entry in fake.taken]) == sent
    again.close()
    carried.close()


def test_what_is_held_back_is_not_removed_with_what_was_sent(training: runs.Run, slow: None) -> None:
    _log(training, 20_000)
    fake = fake_server.FakeServer()
    carried = shipment.Shipment(training.directory)
    carried.beat(_direct(fake), alive=True)
    while carried.ship(_direct(fake), alive=True):
        pass
    reached = carried._source.place(0).number
    assert reached > 0
    assert carried.done_before(0) == 0
    _drain(carried, _direct(fake))
    assert carried.done_before(0) == reached
    carried.close()


class _Cut(Exception):
    """The courier is killed here."""


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.integers(1, 1500), min_size=1, max_size=5),
    threads=st.integers(1, 2),
)
def test_every_row_arrives_once_whatever_fails_in_between(
    tmp_path_factory: pytest.TempPathFactory, seed: int, sizes: list[int], threads: int
) -> None:
    """Kills before and after the server took a body, lost cursors, restored servers, links that change their speed."""
    draw = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch_sidecar, "start", lambda directory: None)
        patch.setattr(runs, "FINISH_DEAD_S", 0.0)
        patch.setattr(pace.Pace, "is_short_for", lambda self, waiting: draw.random() < 0.6)
        patch.setattr(pace.Pace, "most_bytes", lambda self, *, lanes: draw.choice([4_096, 16_384, 65_536]))
        patch.setattr(shipment.Shipment, "backlog", True)
        patch.setenv("YOLOSCOPE_DIR", str(tmp_path_factory.mktemp("spool")))
        training = runs.init(project="p", name="n", mode="offline")
        fake = fake_server.FakeServer()
        logged: list[Key] = []
        step = 0
        for size in sizes:
            for _ in range(size):
                values = {"a": draw.random(), "b": float(step)} if step % 5 else {"c": draw.choice([math.inf, 1.0])}
                training.log(values, step=step)
                logged += [(step, name, value) for name, value in values.items()]
                step += 1
            _carry_with_faults(training, fake, draw)
        carried = shipment.Shipment(training.directory)
        _drain(carried, _direct(fake))
        carried.close()
        assert sorted(_rows([entry for _, _, entry in fake.taken])) == sorted(logged)
        training.finish()


def _carry_with_faults(training: runs.Run, fake: fake_server.FakeServer, draw: random.Random) -> None:
    """Send with several couriers in turn, each of which dies, stops or has lost its memory."""
    for _ in range(draw.randint(1, 6)):
        if draw.random() < 0.2:
            (training.directory / "cursor.json").unlink(missing_ok=True)
        carried = shipment.Shipment(training.directory)
        with contextlib.suppress(_Cut):
            for _ in range(draw.randint(1, 8)):
                ship = carried.ship if draw.random() < 0.6 else carried.ship_held
                with contextlib.suppress(errors.ServerUnavailable):
                    ship(_faulty(fake, draw), alive=True)
        carried.close()


def _faulty(fake: fake_server.FakeServer, draw: random.Random) -> Send:
    whole = _direct(fake)

    def send(body: bytes) -> client.Ack:
        fault = draw.random()
        if fault < 0.1:
            raise _Cut
        ack = whole(body)
        if fault < 0.2:
            raise _Cut
        if fault < 0.3:
            raise errors.ServerUnavailable("the answer was lost")
        return ack

    return send
