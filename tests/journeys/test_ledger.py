"""The ledger of cards with real processes: a training ends or gives its card back, waits, and goes on when the card is free, as the same run.

The cards are NVML's stand-in below the real nvidia-ml-py (`tests/standin`); server, agents, trainings, spool and records are real.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import harness
import psutil
import pytest
import requests

from yoloscope.cli.demo import data
from yoloscope.sidecar import starting
from yoloscope.spool import platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]
PATIENCE_S = 120.0
TESTS = Path(__file__).parents[1]
OTHER_CARD = "GPU-11111111-2222-3333-4444-555555555555"
HOST = platform.host_name()
AGENT = ("-m", "yoloscope", "agent", "--start", "--start-after", "2", "--every", "1")
TRAINING = """
import os, pathlib, time, yoloscope
here = pathlib.Path()
with open("starts", "a") as file:
    file.write(os.environ.get("CUDA_VISIBLE_DEVICES", "") + "\\n")
while (here / "hold").exists():
    time.sleep(0.05)
run = yoloscope.init(project="signs", name="t")
step = len((here / "steps").read_text()) if (here / "steps").exists() else 0
while not (here / "end").exists():
    run.log({"train/box_loss": 1.0 / (step + 1)}, step=step)
    with open("steps", "a") as file:
        file.write(".")
    step += 1
    time.sleep(0.05)
run.finish()
"""
RELEASED = f"""
import sys
from ultralytics import YOLO
YOLO({str(harness.MODEL)!r}).train(
    data="digits/data.yaml", epochs=6, project="out", name="t", imgsz=64, batch=8, device="cpu", workers=0, plots=False
)
"""


def until(true: Callable[[], object], *, most_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    end_s = time.monotonic() + most_s
    while not true():
        assert time.monotonic() < end_s, "it did not come to hold"
        time.sleep(0.1)


class World:
    """A server, a folder in which something trains, and agents."""

    def __init__(self, up, folder: Path, environment: dict[str, str]) -> None:
        self.up = up
        self.folder = folder
        self.environment = environment
        self.started: list[subprocess.Popen[bytes]] = []

    def begin(self, *command: str, **changes: str) -> "subprocess.Popen[bytes]":
        """Start a process of this test."""
        environment = self.environment | changes
        process = subprocess.Popen([sys.executable, *command], cwd=self.folder, env=environment)
        self.started.append(process)
        return process

    def train(self, script: str) -> tuple["subprocess.Popen[bytes]", str]:
        """Start a training and return it with the id of its run, once it has rows."""
        (self.folder / "train.py").write_text(script)
        process = self.begin("-m", "yoloscope", "run", "--", sys.executable, "train.py")
        until(lambda: any(run["rows"] > 5 for run in self.runs()), most_s=200)
        (run,) = self.runs()
        return process, str(run["id"])

    def agent(self) -> "subprocess.Popen[bytes]":
        """Start an agent that starts trainings, and return once it asks."""
        process = self.begin(*AGENT)
        until(lambda: self.here().get("starts"))
        return process

    def say(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours."""
        command = [sys.executable, "-m", "yoloscope", *words]
        return subprocess.run(
            command, cwd="/", env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def runs(self) -> list[dict[str, object]]:
        return self.up.get("/api/v1/runs")["items"]

    def run(self, run: str) -> dict[str, object]:
        return self.up.get(f"/api/v1/runs/{run}")

    def here(self) -> dict[str, object]:
        """Return this machine as the server lists it."""
        items = self.up.get("/api/v1/machines")["items"]
        return next((one for one in items if one["host"] == HOST), {})

    def wish(self) -> dict[str, object]:
        return next(iter(self.here().get("waiting", [])), {})

    def starts(self) -> list[str]:
        """Return with which cards the training was started, each time."""
        return (self.folder / "starts").read_text().splitlines()

    def card(self, *holders: int) -> None:
        """Let processes hold the first card."""
        fresh = self.folder / "pids.tmp"
        fresh.write_text(json.dumps({"0": [[pid, 2**30] for pid in holders], "1": []}))
        fresh.replace(self.folder / "pids.json")

    def audit(self, run: str) -> list[tuple[str, str]]:
        lines = self.up.get(f"/api/v1/runs/{run}/commands/audit", limit=200)["items"]
        told = [(line["kind"], line["who"]) for line in reversed(lines)]
        return [one for one in told if one[0] in ("queued", "cancelled", "starting", "started", "failed")]

    def crash(self, process: "subprocess.Popen[bytes]", run: str) -> None:
        """Kill a training and wait until the server knows."""
        for child in psutil.Process(process.pid).children():
            child.kill()
        process.wait(60)
        until(lambda: self.run(run)["state"] == "crashed")

    def is_alive(self, run: str, *, attempt: int) -> bool:
        told = self.run(run)
        return (told["state"], told["attempt"]) == ("running", attempt)


@pytest.fixture
def world(start_up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "work").mkdir()
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "YOLOSCOPE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    up = start_up()
    environment = {
        **os.environ,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(tmp_path / "tmp"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(tmp_path / "settings"),
        "YOLOSCOPE_TELEMETRY": "on",
        "YOLOSCOPE_SERVER": up.url,
        "YOLOSCOPE_TOKEN": up.token,
    }
    made = World(up, tmp_path / "work", environment)
    yield made
    for process in made.started:
        process.kill()
        process.wait()
    for process in psutil.process_iter():  # what an agent started is nobody's child any more
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(made.folder):
                process.kill()


@pytest.fixture
def carded(world: World) -> World:
    """A machine of two cards."""
    recorded = json.loads((TESTS / "data" / "nvml" / "two_cards.json").read_text())["cards"][0]
    resting = recorded["looks"][-1:]
    quiet = [recorded | {"uuid": uuid, "looks": resting} for uuid in (recorded["uuid"], OTHER_CARD)]
    (world.folder / "cards.json").write_text(json.dumps({"cards": quiet}))
    world.environment |= {
        "PYTHONPATH": str(TESTS / "standin"),
        "NVML_RECORDING": str(world.folder / "cards.json"),
        "NVML_PIDS": str(world.folder / "pids.json"),
    }
    world.card()
    return world


def test_a_busy_card_holds_a_training_back_and_a_killed_agent_starts_it_once(carded: World) -> None:
    world = carded
    process, run = world.train(TRAINING)
    world.crash(process, run)
    rows = world.run(run)["rows"]
    world.card(os.getpid())
    first = world.agent()
    until(lambda: [card["state"] for card in world.here()["cards"]][:1] == ["busy"])
    queued = world.say("resume", run, "--when-free", "--json")
    assert queued.returncode == 0, queued.stderr
    assert (json.loads(queued.stdout)["state"], json.loads(queued.stdout)["run"]) == ("waiting", run)
    listed = world.say("machines")
    assert "its own card" in listed.stdout
    time.sleep(6)  # three looks, and thrice as long as a free card is waited for: it must not be started
    assert (world.starts(), world.wish()["state"]) == ([""], "waiting")
    first.send_signal(signal.SIGKILL)

    (world.folder / "hold").touch()  # it takes long to its first row: the second agent is killed in between
    world.card()
    second = world.agent()
    until(lambda: len(world.starts()) == 2)
    assert world.wish()["state"] == "starting"
    second.send_signal(signal.SIGKILL)
    world.agent()
    time.sleep(6)
    assert world.wish()["state"] == "starting"
    (world.folder / "hold").unlink()
    until(lambda: world.is_alive(run, attempt=2))
    until(lambda: world.wish()["detail"] == "started")
    until(lambda: world.run(run)["rows"] > rows)
    assert world.starts() == ["", ""], "it was started twice, with no card but its own"
    who = f"agent {HOST}"
    assert world.audit(run) == [("queued", "local"), ("starting", who), ("started", who)]
    (world.folder / "end").touch()
    until(lambda: world.run(run)["state"] == "finished")
    assert [attempt["state"] for attempt in world.run(run)["attempts"]] == ["crashed", "finished"]


def test_a_cancelled_one_is_not_started_and_another_card_is_told(carded: World) -> None:
    world = carded
    process, run = world.train(TRAINING)
    world.crash(process, run)
    world.card(os.getpid())
    world.agent()
    path = f"{world.up.url}/api/v1/machines/{HOST}/waiting"
    headers = {"Authorization": f"Bearer {world.up.token}"}
    assert requests.post(path, json={"run": run}, headers=headers, timeout=30).status_code == 201
    assert requests.delete(f"{path}/{run}", headers=headers, timeout=30).status_code == 204
    world.card()
    time.sleep(6)
    assert (world.starts(), world.wish()) == ([""], {})

    world.card(os.getpid())
    asked = world.say("resume", run, "--when-free", "--card", OTHER_CARD)
    assert asked.returncode == 0, asked.stderr
    until(lambda: world.is_alive(run, attempt=2))
    assert world.starts() == ["", OTHER_CARD], "the first card is taken, the second is not"
    again = requests.post(path, json={"run": run}, headers=headers, timeout=30)
    assert (again.status_code, again.json()["reason"]) == (409, "running")


def test_a_training_without_a_record_is_told_to_be_unstartable(world: World) -> None:
    process, run = world.train(TRAINING)
    world.crash(process, run)
    world.agent()
    (record,) = Path(world.environment["XDG_STATE_HOME"]).glob("yoloscope/launches/*.json")
    record.unlink()
    assert world.say("resume", run, "--when-free").returncode == 0
    until(lambda: world.wish()["state"] == "failed")
    assert world.wish()["detail"] == "no_record"
    assert "no record" in world.say("machines").stdout
    assert world.starts() == [""]


def test_a_driver_that_answers_late_makes_no_machine_without_cards(
    carded: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """As right behind the machine's beginning: the card is there, and another's."""
    world = carded
    silent = world.folder / "silent"
    silent.touch()
    world.environment["NVML_SILENT"] = str(silent)
    process, run = world.train(TRAINING)
    world.crash(process, run)
    world.card(os.getpid())
    world.agent()
    assert world.say("resume", run, "--when-free").returncode == 0
    until(lambda: f"{run} waits: the cards of this machine do not answer" in capfd.readouterr().out)
    time.sleep(6)
    assert (world.starts(), world.wish()["state"]) == ([""], "waiting")
    silent.unlink()
    until(lambda: [card["state"] for card in world.here()["cards"]][:1] == ["busy"])
    time.sleep(6)
    assert (world.starts(), world.wish()["state"]) == ([""], "waiting")
    world.card()
    until(lambda: world.is_alive(run, attempt=2))
    assert world.starts() == ["", ""]


@pytest.mark.long
def test_of_two_users_agents_the_one_that_knows_the_training_starts_it(carded: World, tmp_path: Path) -> None:
    """The other has no record of it, says so while it still waits for its card, and is not believed."""
    world = carded
    process, run = world.train(TRAINING)
    world.crash(process, run)
    world.card(os.getpid())
    world.begin(*AGENT, XDG_STATE_HOME=str(tmp_path / "her state"), TMPDIR=str(tmp_path))
    until(lambda: world.here().get("starts"))
    world.agent()
    assert world.say("resume", run, "--when-free").returncode == 0
    time.sleep(starting.STRANGE_S + 10)
    assert (world.starts(), world.wish()["state"]) == ([""], "waiting")
    world.card()
    until(lambda: world.is_alive(run, attempt=2))
    assert len(world.starts()) == 2
    assert [kind for kind, _ in world.audit(run)] == ["queued", "starting", "started"]


@pytest.mark.torch
def test_a_released_training_goes_on_when_the_machine_is_free(world: World) -> None:
    data.make(world.folder / "digits", train=64, val=8)
    world.agent()
    process, run = world.train(RELEASED)
    released = world.say("pause", run, "--release", "--deadline", "300")
    assert released.returncode == 0, released.stderr
    assert process.wait(120) == 0
    until(lambda: world.run(run)["state"] == "stopped")
    assert run in [one["run"] for one in world.here()["startable"]]
    before = world.run(run)
    asked = requests.post(
        f"{world.up.url}/api/v1/runs/{run}/commands",
        json={"verb": "resume"},
        headers={"Authorization": f"Bearer {world.up.token}"},
        timeout=30,
    )
    assert (asked.status_code, asked.json()["reason"]) == (409, "nobody_resumes")
    assert "--when-free" in asked.json()["fix"]
    assert world.say("resume", run, "--when-free").returncode == 0
    until(lambda: world.run(run)["attempt"] == 2, most_s=200)
    until(lambda: world.run(run)["state"] == "finished", most_s=200)
    after = world.run(run)
    assert [attempt["state"] for attempt in after["attempts"]] == ["stopped", "finished"]
    assert (after["epoch"], after["rows"] > before["rows"]) == (6, True)
    assert [kind for kind, _ in world.audit(run)] == ["queued", "starting", "started"]
