"""Between courier and server stands a network that repeats, delays, reorders, cuts and loses: the server ends with every row once."""

import contextlib
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, shipment

pytestmark = pytest.mark.slow

FATES = ("arrives", "arrives twice", "is late", "is lost", "answer is lost", "is cut")
_numbers = itertools.count()


class Network:
    """Carries bodies to a server, each to its fate; when the fates are used up, all arrive."""

    def __init__(self, send: shipment.Send, fates: Iterable[str]) -> None:
        self._send = send
        self._fates = iter(fates)
        self._late: list[bytes] = []

    def __call__(self, body: bytes) -> client.Ack:
        fate = next(self._fates, "arrives")
        if fate == "is cut":
            with contextlib.suppress(errors.ServerRefused):
                self._send(body[:-1])
        if fate == "is late":
            self._late.append(body)
        if fate in ("is cut", "is late", "is lost"):
            raise errors.ServerUnavailable(fate)
        ack = self._send(body)
        if fate == "arrives twice":
            ack = self._send(body)
        self.deliver_late()
        if fate == "answer is lost":
            raise errors.ServerUnavailable(fate)
        return ack

    def deliver_late(self) -> None:
        """Deliver what is late, the last first; nobody is left who would read the answers."""
        while self._late:
            with contextlib.suppress(errors.ServerRefused):
                self._send(self._late.pop())


@pytest.fixture
def send(live_server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[shipment.Send]:
    """The way to a real server, for runs whose courier is the test's."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    with contextlib.closing(client.Client(live_server.url)) as sender:
        yield sender.send


def _points(live_server, run: str, name: str) -> list[tuple[float, float]]:
    (series,) = live_server.get(f"/api/v1/series?run={run}&name={name}&buckets=0").json()["series"]
    assert len(series["x"]) == series["total"]
    return sorted(zip(series["x"], series["y"], strict=True))


def _log(run: runs.Run, round_: int) -> None:
    """Log in two lanes, as two threads do."""
    for step in range(3 * round_, 3 * round_ + 3):
        run.log({"a": step * 0.1}, step=step)
    writer = run._writer
    assert writer is not None
    lane = writer._pool.pop()
    run.log({"b": -float(round_)}, step=round_)
    writer._pool.append(lane)
    run.update("progress", {"epochs": round_})


def _carry(carried: shipment.Shipment, network: Network) -> None:
    """Send all there is, however often it takes."""
    for _ in range(100):
        with contextlib.suppress(errors.ServerUnavailable):
            if not (carried.ship(network, alive=None) or carried.ship_held(network, alive=None)):
                return
    pytest.fail("it did not come to an end")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from(FATES), max_size=16))
def test_whatever_the_network_does_the_contents_are_equal(send: shipment.Send, live_server, fates: list[str]) -> None:
    network = Network(send, fates)
    run = runs.init(project="p", resume=f"net{next(_numbers)}", server=live_server.url)
    assert run.directory is not None
    with contextlib.closing(shipment.Shipment(run.directory)) as carried:
        for round_ in range(8):
            _log(run, round_)
            with contextlib.suppress(errors.ServerUnavailable):
                carried.ship(network, alive=True)
        run.finish("stopped")
        _carry(carried, network)
        network.deliver_late()
        assert carried._page.lost() == {}
    assert _points(live_server, run.id, "a") == [(step, step * 0.1) for step in range(24)]
    assert _points(live_server, run.id, "b") == [(round_, -float(round_)) for round_ in range(8)]
    detail = live_server.get(f"/api/v1/runs/{run.id}").json()
    assert (detail["rows"], detail["state"], detail["epochs"], detail["lost"]) == (32, "stopped", 7, {})


@pytest.mark.parametrize("seed", range(5))
def test_batches_in_any_order_and_number_leave_no_gap_and_no_double(live_server, batches, seed: int) -> None:
    """A client that knows nothing but the protocol: it goes back to what the server says it expects."""
    chance = random.Random(seed)
    lanes = {
        lane: [batches.matrix({"a": [100.0 * lane + seq]}, first_step=seq) for seq in range(12)] for lane in range(3)
    }
    tries = [(lane, seq) for lane in lanes for seq in range(12)] * 3
    chance.shuffle(tries)
    stored = dict.fromkeys(lanes, 0)
    for lane, seq in tries:
        answer = live_server.ingest(batches.body(batches(lanes[lane][seq], first_seq=seq, lane=lane)))
        if seq > stored[lane]:
            assert (answer.status_code, answer.json()["expected"]) == (409, stored[lane])
        else:
            stored[lane] = max(stored[lane], seq + 1)
            assert answer.json()["acked"] == {f"{batches.writer}/{lane}": stored[lane]}
    for lane, seq in stored.items():
        live_server.ingest(batches.body(batches(*lanes[lane][seq:], first_seq=seq, lane=lane)))
    wanted = [(seq, 100.0 * lane + seq) for lane in lanes for seq in range(12)]
    assert _points(live_server, "r1", "a") == sorted(wanted)


def test_a_body_of_which_one_lane_has_a_gap_is_stored_in_no_part(live_server, batches) -> None:
    whole, gap = batches.matrix({"a": [1.0]}), batches.matrix({"a": [2.0]}, first_step=1)
    answer = live_server.ingest(batches.body(batches(whole), batches(gap, first_seq=1, lane=1)))
    assert (answer.status_code, answer.json()["expected"]) == (409, 0)
    assert live_server.get("/api/v1/runs/r1").status_code == 404
    assert live_server.ingest(batches.body(batches(whole), batches(whole, lane=1))).status_code == 200
    assert _points(live_server, "r1", "a") == [(0, 1.0), (0, 1.0)]


def test_a_late_end_ends_no_attempt_that_began_after_it(send: shipment.Send, live_server, tmp_path: Path) -> None:
    """The last body of a run arrives a second time when the run was resumed."""
    bodies: list[bytes] = []

    def noting(body: bytes) -> client.Ack:
        bodies.append(body)
        return send(body)

    def carry(run: runs.Run, sends: Callable[[bytes], client.Ack]) -> None:
        assert run.directory is not None
        with contextlib.closing(shipment.Shipment(run.directory)) as carried:
            while carried.ship(sends, alive=None):
                pass

    first = runs.init(project="p", resume="again", server=live_server.url)
    first.log({"a": 1.0}, step=0)
    first.finish("failed")
    carry(first, noting)
    second = runs.init(project="p", resume="again", server=live_server.url)
    second.log({"a": 2.0}, step=1)
    carry(second, send)
    for body in bodies:
        send(body)
    assert live_server.get("/api/v1/runs/again").json()["state"] == "running"
    assert _points(live_server, "again", "a") == [(0, 1.0), (1, 2.0)]
    second.finish("finished")
    carry(second, send)
    assert live_server.get("/api/v1/runs/again").json()["state"] == "finished"
