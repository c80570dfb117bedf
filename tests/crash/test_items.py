"""Items while everything is killed: each logged item and each of its parts reaches the server once, with the digests that were announced."""

import contextlib
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import faults
import psutil
import pytest
import urllib3

from yoloscope.spool import cursor, handed, layout, platform, state

pytestmark = pytest.mark.slow

LOGGING = """
import sys, time
import numpy as np
import yoloscope

server, items = sys.argv[1], int(sys.argv[2])
run = yoloscope.init(project="p", server=server)
print(run.id, run.directory, flush=True)
random = np.random.default_rng(1)
fixed = random.integers(0, 255, (96, 96, 3), np.uint8)
for number in range(items):
    kind = number % 5
    if kind == 3:
        run.log_image("val/fixed", fixed, [{"xyxy": (1, 2, 30, 40), "class": number % 7, "score": 0.5}], step=number)
    elif kind == 4:
        run.log_embedding("features", random.normal(size=(400, 64 + number)).astype(np.float32), step=number)
    else:
        run.log_histogram("grad/all", random.normal(size=500), step=number)
    run.log({"a": number}, step=number)
    print(number, flush=True)
    time.sleep(float(sys.argv[3]))
run.finish()
"""
ALLOWED = '[policy]\nmedia = true\ntext = true\nclass_names = "text"\n[media]\nburst = 5000\n'


class Reading:
    """What a server holds of a run's items."""

    def __init__(self, server, run: str) -> None:
        self._server = server
        self._run = run
        self._http = urllib3.PoolManager()

    def items(self) -> list[dict[str, object]]:
        """Return all items of the run."""
        found: list[dict[str, object]] = []
        more = ""
        while True:
            page = self._server.get(f"/api/v1/media?run={self._run}&superseded=true&limit=200{more}")
            found += page["items"]
            if not page.get("next"):
                return found
            more = f"&cursor={page['next']}"

    def part(self, item: dict[str, object], role: str) -> bytes | None:
        """Return the bytes of a part, None if they are not there."""
        headers = {"Authorization": f"Bearer {(self._server.data / 'token').read_text().strip()}"}
        url = f"{self._server.url}/api/v1/runs/{self._run}/media/{item['id']}/{role}"
        answer = self._http.request("GET", url, headers=headers, retries=5)
        return answer.data if answer.status == 200 else None

    def check(self, *, numbers: set[int]) -> None:
        """Assert that every item is there once, whole."""
        items = self.items()
        assert sorted(item["step"] for item in items) == sorted(numbers)
        for item in items:
            for part in item["parts"]:
                data = self.part(item, part["role"])
                assert data is not None, (item, part)
                assert hashlib.sha256(data).hexdigest() == part["digest"]


@pytest.fixture
def media_server(server: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """A server on a port of its own that takes media, and a folder whose trainings send them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.port = int(probe.getsockname()[1])
    server.start(server.port)
    allow(server)
    folder = tmp_path / "training"
    folder.mkdir()
    (folder / "yoloscope.toml").write_text(ALLOWED)
    monkeypatch.chdir(folder)
    return server


def allow(server) -> None:
    """Let the server take media."""
    headers = {"Authorization": f"Bearer {(server.data / 'token').read_text().strip()}"}
    body = json.dumps({"media": True, "text": True, "class_names": "text"}).encode()
    url = f"{server.url}/api/v1/projects/p/policy"
    answer = urllib3.PoolManager().request(
        "PUT", url, body=body, headers={**headers, "Content-Type": "application/json"}
    )
    assert answer.status == 200, answer.data


def begin(
    trainings: Callable[..., subprocess.Popen[str]], url: str, items: int, pause_s: float
) -> tuple[subprocess.Popen[str], str, Path]:
    training = trainings(LOGGING, url, str(items), str(pause_s))
    run, directory = training.stdout.readline().split()
    return training, run, Path(directory)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def carry_on(directory: Path) -> subprocess.Popen[bytes]:
    """Start a sidecar for a directory, as the next training or a service does."""
    command = [sys.executable, "-m", "yoloscope.sidecar", str(directory)]
    with (directory / "sidecar.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


@pytest.mark.parametrize(
    ("kills", "items"),
    [
        pytest.param(5, 60, marks=pytest.mark.timeout(240)),
        pytest.param(30, 400, marks=[pytest.mark.long, pytest.mark.timeout(1200)]),
    ],
)
def test_a_sidecar_that_is_killed_at_random_loses_no_item_and_doubles_none(
    media_server, trainings, wait_until, kills: int, items: int
) -> None:
    moments = random.Random(7)
    training, run, directory = begin(trainings, media_server.url, items, 3.0 * kills / items)  # outlives the kills
    reader = threading.Thread(target=training.stdout.read)
    reader.start()
    started: list[subprocess.Popen[bytes]] = []
    killed = 0
    for _ in range(kills):
        wait_until(lambda: faults.couriers_of(directory))
        threading.Event().wait(moments.uniform(0.0, 0.8))
        for pid in faults.couriers_of(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
            wait_until(lambda pid=pid: not is_alive(pid))
        started.append(carry_on(directory))
    assert killed >= kills, "there was nobody to kill"
    reader.join()
    training.wait(60)
    wait_until(lambda: cursor.load(directory).complete)
    for process in started:
        process.wait(60)
    Reading(media_server, run).check(numbers=set(range(items)))
    assert handed.waiting(directory) == []
    assert state.lost_in(directory / "state") == {}
    assert set(media_server.rows(run)) == set(range(items))


@pytest.mark.timeout(240)
def test_a_killed_training_loses_no_item_that_was_logged(media_server, trainings, wait_until) -> None:
    training, run, directory = begin(trainings, media_server.url, 10_000, 0.005)
    last = 0
    while last < 80:
        last = int(training.stdout.readline())
    training.kill()
    rest = [int(word) for word in training.stdout.read().split()]
    training.wait(30)
    wait_until(lambda: cursor.load(directory).complete)
    told = [item["step"] for item in Reading(media_server, run).items()]
    logged = max([last, *rest]) + 1
    assert logged <= len(told) <= logged + 1
    Reading(media_server, run).check(numbers=set(range(len(told))))


@pytest.mark.timeout(240)
def test_a_server_that_is_killed_in_mid_upload_has_everything_at_the_end(media_server, trainings, wait_until) -> None:
    training, run, directory = begin(trainings, media_server.url, 60, 0.05)
    reader = threading.Thread(target=training.stdout.read)
    reader.start()
    for _ in range(3):
        threading.Event().wait(1.0)
        media_server.kill()
        media_server.start(media_server.port)
    reader.join()
    training.wait(60)
    wait_until(lambda: cursor.load(directory).complete)
    Reading(media_server, run).check(numbers=set(range(60)))
    assert state.lost_in(directory / "state") == {}


@pytest.mark.timeout(240)
def test_a_network_that_is_cut_in_mid_part_costs_a_piece_and_not_the_part(
    media_server, trainings, wait_until, tmp_path: Path
) -> None:
    """The link closes after every 3 MB, in the middle of some piece of one file of 12 MB."""
    with Link(media_server.port, cut_every=3_000_000) as (port, passed):
        file = tmp_path / "weights.bin"
        file.write_bytes(os.urandom(12_000_000))
        script = (
            "import sys, yoloscope\n"
            "run = yoloscope.init(project='p', server=sys.argv[1])\n"
            "print(run.id, run.directory, flush=True)\n"
            "run.log_artifact('weights', sys.argv[2], step=0)\n"
            "run.finish()\n"
        )
        os.environ["YOLOSCOPE_TOKEN"] = (media_server.data / "token").read_text().strip()
        try:
            training = trainings(script, f"http://127.0.0.1:{port}", str(file))
        finally:
            del os.environ["YOLOSCOPE_TOKEN"]
        run, directory = training.stdout.readline().split()
        training.wait(60)
        wait_until(lambda: cursor.load(Path(directory)).complete)
        [item] = Reading(media_server, run).items()
        assert item["parts"][0]["digest"] == hashlib.sha256(file.read_bytes()).hexdigest()
        Reading(media_server, run).check(numbers={0})
        assert 12_000_000 < passed[0] < 12_000_000 + 5 * 1_200_000
    assert not platform.is_locked(Path(directory) / "alive.lock")
    assert layout.load_manifest(Path(directory)).run.id == run


class Link:
    """A port that passes bytes on to another and closes each connection after so many of them in all."""

    def __init__(self, port: int, *, cut_every: int) -> None:
        self._to = port
        self._cut_every = cut_every
        self._passed = [0]
        self._next_cut = cut_every
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> tuple[int, list[int]]:
        threading.Thread(target=self._serve, daemon=True).start()
        return self._listener.getsockname()[1], self._passed

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if counted:
                    self._passed[0] += len(data)
                    if self._passed[0] > self._next_cut:
                        self._next_cut += self._cut_every
                        break
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
