"""Real servers and real trainings as processes, to be killed."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

sys.path.insert(0, str(Path(__file__).parent))

import faults

PATIENCE_S = 90.0


class Server:
    """A `yoloscope up` of this test, with its token."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._http = urllib3.PoolManager()

    @property
    def pid(self) -> int:
        """The process of the server."""
        assert self._process is not None
        return self._process.pid

    def start(self, port: int = 0, *options: str, before: tuple[str, ...] = ()) -> None:
        """Start and wait until it answers; `before` are words before the command, which end in its place."""
        command = [
            *before,
            sys.executable,
            "-m",
            "yoloscope",
            "up",
            "--json",
            "--port",
            str(port),
            "--data",
            str(self.data),
        ]
        command += options
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def stop(self) -> None:
        """End it; harmless when it does not run."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
        self._http.clear()

    def kill(self) -> None:
        """Kill it as the machine would: nothing is finished, nothing said."""
        assert self._process is not None
        self._process.kill()
        self.stop()

    def get(self, path: str) -> dict[str, object]:
        """Return the JSON of a path."""
        token = (self.data / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        response = self._http.request("GET", self.url + path, headers=headers, retries=5)
        assert response.status == 200, response.data
        return json.loads(response.data)

    def post(self, path: str) -> int:
        """Post nothing to a path and return the status."""
        token = (self.data / "token").read_text().strip()
        return self._http.request("POST", self.url + path, headers={"Authorization": f"Bearer {token}"}).status

    def rows(self, run: str, name: str = "a") -> dict[int, float]:
        """Return step and value of every row of a series, none of whose steps it has twice."""
        (series,) = self.get(f"/api/v1/series?run={run}&name={name}&x=step&buckets=0")["series"]  # type: ignore[misc]
        found = {int(step): value for step, value in zip(series["x"], series["y"], strict=True)}
        assert len(found) == len(series["x"]) == series["total"]
        return found

    def whole(self, run: str, *, count: int, name: str = "a") -> dict[int, float]:
        """Return the rows of a run once it has finished with so many: on a busy machine `finish` gives up waiting, and they follow."""

        def has_all() -> bool:
            listed = self.get("/api/v1/runs?limit=500")["items"]
            return any(one["id"] == run and one["state"] == "finished" and one["rows"] >= count for one in listed)  # type: ignore[index, union-attr, attr-defined]

        until(has_all)
        return self.rows(run, name)


def until(true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds, for a minute and a half at most unless said otherwise."""
    end_s = time.monotonic() + patience_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end_s, "it did not come to hold"
        pause.wait(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    yield made
    made.stop()


@pytest.fixture
def outside(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that trainings know by address and token alone, as from another machine."""
    server.start()
    monkeypatch.setenv("YOLOSCOPE_TOKEN", (server.data / "token").read_text().strip())
    return server


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    return until


@pytest.fixture
def trainings(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a script as a training whose spool lies in `tmp_path/spool`; what still runs at the end is killed."""
    with contextlib.ExitStack() as stack:
        stack.callback(faults.end_couriers, tmp_path / "spool")  # a failed test's would wait for its server for a day

        def start(
            script: str, *arguments: str, before: tuple[str, ...] = (), stdin: int | None = None
        ) -> subprocess.Popen[str]:
            environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool")}
            command = [*before, sys.executable, "-c", script, *arguments]
            process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=subprocess.PIPE, text=True)
            stack.callback(process.wait)
            stack.callback(process.kill)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            return process

        yield start


@pytest.fixture
def new_training(trainings: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> Callable[[], faults.Training]:
    """Make trainings of which is known what was accepted; they have one spool."""
    return lambda: faults.Training(trainings, tmp_path)
