"""The disk of the server is full: what comes is refused as a whole, what is there can be read, and later everything arrives once."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from yoloscope.wire import protocol

pytestmark = pytest.mark.slow

DISK = "6m"
TRAINING = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
print(run.id, flush=True)
step = 0
for line in sys.stdin:
    for step in range(step, step + int(line)):
        run.log({"a": step * 0.1}, step=step)
    step += 1
    print("logged", flush=True)
run.finish()
"""


@pytest.fixture
def small_disk(server, tmp_path: Path) -> Path:
    """Start the server with its data on a small disk that only it sees; return where the test sees it."""
    data = tmp_path / "data"
    data.mkdir()
    mount = f"mount -t tmpfs -o size={DISK} none '{data}' && exec \"$@\""
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system in a namespace of their own")
    server.start(before=before)
    server.data = Path(f"/proc/{server.pid}/root") / data.relative_to("/")
    return server.data


def _fill(disk: Path) -> Path:
    """Leave no byte free."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    assert shutil.disk_usage(disk).free == 0
    return ballast


def _ingest(server, body: bytes) -> requests.Response:
    headers = {
        "Content-Type": protocol.CONTENT_TYPE,
        "Authorization": f"Bearer {(server.data / 'token').read_text().strip()}",
    }
    return requests.post(server.url + protocol.INGEST_PATH, data=body, headers=headers, timeout=20)


@pytest.mark.parametrize("other", ["a-known-run", "a-new-run"])
def test_a_full_disk_refuses_a_body_as_a_whole_and_still_reads(server, small_disk: Path, batches, other: str) -> None:
    """Rows of a known run meet the full disk in the series file, those of a new one in the catalogue."""
    first = batches(batches.matrix({"a": [float(step) for step in range(100)]}))
    known = batches(batches.matrix({"b": [0.0]}), lane=1, run="a-known-run")
    assert _ingest(server, batches.body(first, known)).status_code == 200
    ballast = _fill(small_disk)
    at = 1 if other == known.run.id else 0
    beside = batches(batches.matrix({"b": [1.0]}, first_step=1), lane=1 if at else 2, first_seq=at, run=other)
    count, answer = 100, None
    while answer is None or answer.status_code == 200:  # a page of the log may have had room left
        rows = {f"n{column}": [0.5 * step for step in range(200)] for column in range(20)}
        whole = batches.body(batches(batches.matrix(rows, first_step=count), first_seq=count), beside)
        answer = _ingest(server, whole)
        count += 200 if answer.status_code == 200 else 0
        assert count < 10_000, "the disk was not full"
    assert (answer.status_code, answer.json()["type"]) == (507, "urn:yoloscope:problem:store-full")
    assert server.rows("r1") == {step: float(step) for step in range(100)}
    assert server.get("/api/v1/runs/r1")["rows"] == count
    assert server.rows(known.run.id, "b") == ({0: 0.0} if count == 100 or not at else {0: 0.0, 1: 1.0})
    assert server.get("/healthz")["status"] == "ok"
    ballast.unlink()
    acked = _ingest(server, whole).json()["acked"]
    assert acked == {f"{batches.writer}/0": count + 200, f"{batches.writer}/{beside.lane}": at + 1}
    assert server.rows("r1", "n0") == {step: 0.5 * ((step - 100) % 200) for step in range(100, count + 200)}
    assert server.rows(other, "b") == ({0: 0.0, 1: 1.0} if at else {1: 1.0})


def test_a_training_goes_on_and_its_rows_wait_until_there_is_room(
    server,
    small_disk: Path,
    trainings,
    wait_until: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("YOLOSCOPE_TOKEN", (server.data / "token").read_text().strip())
    read, write = os.pipe()
    training = trainings(TRAINING, server.url, stdin=read)
    os.close(read)
    run = training.stdout.readline().strip()
    (directory,) = (tmp_path / "spool").iterdir()

    def log(rows: int) -> None:
        os.write(write, f"{rows}\n".encode())
        assert training.stdout.readline() == "logged\n"

    log(1000)
    wait_until(lambda: bool(server.get("/api/v1/runs")["items"]))
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["rows"] == 1000)
    ballast = _fill(small_disk)
    log(9000)
    wait_until(lambda: "HTTP 507" in (directory / "sidecar.log").read_text())
    stored = server.rows(run)
    assert stored == {step: step * 0.1 for step in range(len(stored))}
    assert len(stored) < 10_000
    ballast.unlink()
    os.close(write)
    assert training.wait(60) == 0
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["state"] == "finished")
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["deferred"] == 0)  # what a slow link held back has followed
    assert server.rows(run) == {step: step * 0.1 for step in range(10_000)}
    assert server.get(f"/api/v1/runs/{run}")["lost"] == {}
