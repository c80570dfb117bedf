"""Exactly once over HTTP: a real server killed at the worst moments, then asked again; many requests at once."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from yoloscope.records import row
from yoloscope.wire import protocol

DIES = """
import os, signal
from yoloscope.store.series import blocks
real = blocks.BlockStore.append
def append(self, project, lanes):
    if {moment!r} == "before the commit":
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, project, lanes).result()
    os.kill(os.getpid(), signal.SIGKILL)
blocks.BlockStore.append = append
"""
COMMAND = "from yoloscope.cli.main import main; main()"


class Process:
    """A ``yoloscope up`` of its own process; ``prelude`` runs before it."""

    def __init__(self, data: Path, *, prelude: str = "") -> None:
        options = ["up", "--port", "0", "--json", "--data", str(data)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", prelude + COMMAND, *options], stdout=subprocess.PIPE, text=True
        )
        self._url = json.loads(self._process.stdout.readline())["url"]
        self._token = (data / "token").read_text().strip()

    def ingest(self, body: bytes) -> requests.Response:
        headers = {"Content-Type": protocol.CONTENT_TYPE, "Authorization": f"Bearer {self._token}"}
        return requests.post(self._url + protocol.INGEST_PATH, data=body, headers=headers, timeout=20)

    def get(self, path: str) -> dict[str, object]:
        return requests.get(self._url + path, headers={"Authorization": f"Bearer {self._token}"}, timeout=20).json()

    def ended_by(self) -> int:
        code = self._process.wait(30)
        self._process.stdout.close()
        return code

    def stop(self) -> None:
        self._process.terminate()
        self.ended_by()


@pytest.fixture
def body(batches) -> bytes:
    """Rows and events of two runs and two lanes of one writer."""
    told = row.Updated("config", {"lr0": 0.01})
    first = batches(told, batches.matrix({"a": [1, 2, 3]}), row.Ended("finished", wall_ns=7))
    return batches.body(first, batches(batches.matrix({"a": [4]}, first_step=3), lane=1))


@pytest.fixture
def data(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before the commit", "before the answer"])
def test_what_a_killed_server_did_not_acknowledge_is_sent_again_and_stored_once(data, body, batches, moment) -> None:
    dying = Process(data, prelude=DIES.format(moment=moment))
    with pytest.raises(requests.ConnectionError):
        dying.ingest(body)
    assert dying.ended_by() == -signal.SIGKILL
    server = Process(data)
    try:
        acked = {f"{batches.writer}/0": 5, f"{batches.writer}/1": 1}
        assert [server.ingest(body).json()["acked"] for _ in range(2)] == [acked, acked]
        (series,) = server.get("/api/v1/series?run=r1&name=a&buckets=0")["series"]
        run = server.get("/api/v1/runs/r1")
    finally:
        server.stop()
    assert sorted(zip(series["x"], series["y"], strict=True)) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert (run["state"], run["config"], run["rows"], run["attempt"]) == ("finished", {"lr0": 0.01}, 4, 1)


def test_lanes_that_send_each_body_twice_at_once_are_stored_once(live_server, batches) -> None:
    def send(place: tuple[int, int]) -> None:
        lane, seq = place
        batch = batches(batches.matrix({"a": [100.0 * lane + seq]}, first_step=seq), first_seq=seq, lane=lane)
        answer = live_server.ingest(batches.body(batch))
        while answer.status_code == 409:  # another thread's batch stands before this one
            answer = live_server.ingest(batches.body(batch))
        assert answer.status_code == 200

    places = [(lane, seq) for seq in range(20) for lane in range(3)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, [place for place in places for _ in range(2)]))
    (series,) = live_server.get("/api/v1/series?run=r1&name=a&buckets=0").json()["series"]
    assert sorted(series["y"]) == sorted(100.0 * lane + seq for lane, seq in places)
    for lane in range(3):
        assert [value for value in series["y"] if value // 100 == lane] == [100.0 * lane + seq for seq in range(20)]


def test_what_is_sent_again_with_other_content_changes_nothing(live_server, batches) -> None:
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1, 2]}), row.Updated("config", {"k": 1}))))
    other = batches(batches.matrix({"b": [8, 9]}), row.Updated("config", {"k": 2}), batches.matrix({"a": [3]}))
    assert live_server.ingest(batches.body(other)).json()["acked"] == {f"{batches.writer}/0": 4}
    run = live_server.get("/api/v1/runs/r1").json()
    assert (run["config"], [(one["name"], one["count"]) for one in run["series"]]) == ({"k": 1}, [("a", 3)])
