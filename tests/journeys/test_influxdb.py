"""The whole product on a real InfluxDB: logging over HTTP and by the SDK, its absence, reading, and copying there and back."""

import json
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parents[1]))

from contracts import influxd as servers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TRAINING = """
import yoloscope
run = yoloscope.init(project="signs", name="by-sdk")
for step in range(300):
    run.log({"train/box_loss": 1 / (step + 1), "lr/weight": float("nan") if step == 7 else 0.01}, step=step, epoch=step / 100)
run.finish()
"""


class Up(NamedTuple):
    url: str
    token: str
    process: "subprocess.Popen[str]"

    def call(self, method: str, path: str, **more: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, self.url + path, headers=headers, timeout=60, **more)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate()


@pytest.fixture
def influxd(tmp_path: Path) -> Generator[servers.Influxd, None, None]:
    server = servers.Influxd(tmp_path / "influxd")
    yield server
    server.stop()


@pytest.fixture
def start(tmp_path: Path) -> Generator[Callable[..., Up], None, None]:
    started: list[Up] = []

    def start(store: str | None = None, *, data: str = "data") -> Up:
        options = ["--data", str(tmp_path / data), *(["--store", store] if store else [])]
        command = [sys.executable, "-m", "yoloscope", "up", "--json", "--no-open", "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready = json.loads(process.stdout.readline())
        started.append(Up(ready["url"], (tmp_path / data / "token").read_text().strip(), process))
        return started[-1]

    yield start
    for up in started:
        up.stop()


def log(up: Up) -> None:
    """Send what both servers get: some steps in plain JSON, one of them twice."""
    for step in (0, 1, 2, 2, 3):
        values = {"loss": 1.0 / (step + 1), "mAP50": 0.1 * step}
        answer = up.call("POST", "/log?project=signs&run=plain", json={"step": step, **values})
        assert answer.status_code == 200, answer.text


def train(up: Up, directory: Path) -> None:
    directory.mkdir()
    environment = {"YOLOSCOPE_SERVER": up.url, "YOLOSCOPE_TOKEN": up.token, "YOLOSCOPE_MODE": "online"}
    environment |= {"YOLOSCOPE_DIR": str(directory), "YOLOSCOPE_TELEMETRY": "off", "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", TRAINING], env=environment, cwd=directory, check=True)


def shown(up: Up) -> dict[str, object]:
    """Return what a dashboard shows of the runs, without what differs between two trainings."""
    runs = up.call("GET", "/api/v1/runs").json()["items"]
    told: dict[str, object] = {}
    for run in runs:
        names = [one["name"] for one in up.call("GET", f"/api/v1/runs/{run['id']}/series").json()["items"]]
        asked = [("run", run["id"]), *(("name", name) for name in names), ("x", "step")]
        for buckets in (0, 20):
            answer = up.call("GET", "/api/v1/series", params=[*asked, ("buckets", buckets)]).json()
            for series in answer["series"]:
                told[f"{run['name']}/{series['name']}/{buckets}"] = {
                    key: value for key, value in series.items() if key not in ("run", "attempts", "colour")
                }
        told[run["name"]] = (run["state"], run.get("step"), run.get("epoch"), sorted(names))
    return told


def test_both_stores_show_the_same(start: Callable[..., Up], influxd: servers.Influxd, tmp_path: Path) -> None:
    found = []
    for data, store in (("of blocks", None), ("of influxdb", f"{influxd.url}/shown")):
        up = start(store, data=data)
        log(up)
        train(up, tmp_path / f"training {data}")
        _until_finished(up)
        found.append(shown(up))
    assert found[0] == found[1]
    assert len(found[0]) == 2 + 2 * 4


def test_while_influxdb_is_away_the_server_says_so_and_the_trainer_keeps_its_points(
    start: Callable[..., Up], influxd: servers.Influxd, tmp_path: Path
) -> None:
    up = start(f"{influxd.url}/away")
    log(up)
    influxd.kill()
    refused = up.call("POST", "/log?project=signs&run=plain", json={"step": 4, "loss": 0.5})
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:yoloscope:problem:store-failed")
    assert "cannot be reached" in refused.json()["detail"]
    train(up, tmp_path / "training")  # it ends on time; its sidecar waits
    influxd.start()
    _until_finished(up)
    [by_sdk] = [run for run in up.call("GET", "/api/v1/runs").json()["items"] if run["name"] == "by-sdk"]
    query = {"run": by_sdk["id"], "name": "train/box_loss", "x": "step", "buckets": 0}
    [series] = up.call("GET", "/api/v1/series", params=query).json()["series"]
    assert series["x"] == list(range(300))
    assert series["y"] == [1 / (step + 1) for step in range(300)]


def test_runs_move_there_and_back_and_are_the_same(
    start: Callable[..., Up], influxd: servers.Influxd, tmp_path: Path
) -> None:
    up = start()
    log(up)
    train(up, tmp_path / "training")
    _until_finished(up)
    before = shown(up)
    up.stop()
    data, there = tmp_path / "data", f"{influxd.url}/moved"
    first = copy(f"blocks://{data}", there, data=data)
    assert [item["state"] for item in first] == ["copied", "copied"]
    assert [item["state"] for item in copy(f"blocks://{data}", there, data=data)] == ["there", "there"]
    up = start(there)
    assert shown(up) == before
    log(up)  # the lanes go on where they were
    up.stop()
    back = copy(there, f"blocks://{tmp_path / 'new'}", data=data)
    assert sum(item["rows"] for item in back) == sum(item["rows"] for item in first) + 5
    assert sorted(item["rows"] for item in copy(there, f"blocks://{data}", data=data)) == [0, 5], "only what is new"
    [table] = influxd.execute('SELECT count("loss") FROM "signs"', database="moved")
    assert bytes(table.values).endswith(b",10]]")


def copy(source: str, target: str, *, data: Path, code: int = 0) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "yoloscope", "store", "copy", source, target, "--data", str(data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)["items"]


def _until_finished(up: Up) -> None:
    for _ in range(600):
        runs = up.call("GET", "/api/v1/runs").json()["items"]
        if any((run["name"], run["state"], run["rows"]) == ("by-sdk", "finished", 300) for run in runs):
            return
        up.call("GET", "/api/v1/status")
    raise AssertionError("the training never finished")
