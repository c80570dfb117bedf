"""A command acts once or not at all, whichever process is killed on its way, and nothing that lies in an inbox harms a training."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import urllib3

sys.path.insert(0, str(Path(__file__).parent))

import faults

from yoloscope.records import ids
from yoloscope.spool import inbox, layout

pytestmark = pytest.mark.slow
Wait = Callable[..., None]
HTTP = urllib3.PoolManager(retries=5)
TRAINING = """
import os, sys, time
import yoloscope

server, witness = sys.argv[1], open(sys.argv[2], "w", buffering=1)
run = yoloscope.init(project="p", server=server)
lr = 0.1

def set_lr(value):
    global lr
    before, lr = lr, value
    print("set", step, value, file=witness)
    return before

run.on_set(lr=set_lr)
run.on_save(lambda: print("save", step, file=witness))
print(run.id, run.directory, flush=True)
step = 0
while not run.should_stop():
    run.log({"lr": lr}, step=step)
    print("step", step, file=witness)
    run.safe_point()
    step += 1
    time.sleep(0.02)
print("end", step, file=witness)
run.finish()
"""


class Acting:
    """A training that can be acted upon, what it wrote down itself, and what the server says of its commands."""

    def __init__(self, start: Callable[..., subprocess.Popen[str]], server, folder: Path, *, url: str = "") -> None:
        self.server = server
        self._witness = folder / f"witness-{os.urandom(4).hex()}"
        self.process = start(TRAINING, url or server.url, str(self._witness), "", "")
        assert self.process.stdout is not None
        self.run, directory = self.process.stdout.readline().split()
        self.directory = Path(directory)

    @property
    def sidecar(self) -> psutil.Process:
        """The process beside the training."""
        [found] = psutil.Process(self.process.pid).children()
        return found

    def ask(self, verb: str, command: str, *, deadline_s: float = 60.0, **args: object) -> int:
        """Ask for something and return the status of the answer."""
        body = {"verb": verb, "args": args, "id": command, "deadline_s": deadline_s}
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        url = f"{self.server.url}/api/v1/runs/{self.run}/commands"
        return HTTP.request("POST", url, body=json.dumps(body).encode(), headers=headers).status

    def command(self, command: str) -> dict[str, object]:
        """Return what the server says of a command."""
        items = self.server.get(f"/api/v1/runs/{self.run}/commands")["items"]
        [found] = [item for item in items if item["id"] == command]
        return found

    def state(self) -> object:
        [found] = [item for item in self.server.get("/api/v1/runs")["items"] if item["id"] == self.run]
        return found["state"]

    def can_act(self) -> bool:
        """Tell whether the server knows what the training can."""
        try:
            return "control" in self.server.get(f"/api/v1/runs/{self.run}")["settings"]  # type: ignore[operator]
        except AssertionError:  # it does not know the run yet
            return False

    def lines(self, word: str) -> list[str]:
        lines = self._witness.read_text().splitlines()
        return [line for line in lines if line.startswith(word + " ")]

    def steps(self) -> int:
        return len(self.lines("step"))

    def _token(self) -> str:
        return (self.server.data / "token").read_text().strip()


@pytest.fixture
def acting(
    trainings, server, tmp_path: Path, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Acting]:
    monkeypatch.delenv("YOLOSCOPE_STRICT")

    def begin(*, waits: bool = True, url: str = "") -> Acting:
        started = Acting(trainings, server, tmp_path, url=url)
        if waits:
            wait_until(started.can_act)
        return started

    return begin


def test_a_command_acts_once_however_often_it_is_asked(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    assert training.ask("set", "a", lr=0.03) == 201
    assert training.ask("set", "a", lr=0.03) == 200
    wait_until(lambda: training.command("a")["state"] == "applied")
    assert training.ask("set", "a", lr=0.03) == 200
    assert training.ask("save", "b") == 201
    wait_until(lambda: training.command("b")["state"] == "applied")
    [line] = training.lines("set")
    changed = training.command("a")
    assert changed["result"] == {"lr": {"from": 0.1, "to": 0.03}}
    assert changed["applied_at"]["step"] == int(line.split()[1])  # type: ignore[index]
    assert len(training.lines("save")) == 1


def test_a_training_is_paused_goes_on_and_stops(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    training.ask("pause", "p")
    wait_until(lambda: training.state() == "paused")
    held = training.steps()
    time.sleep(1.0)
    assert training.steps() == held
    training.ask("resume", "r")
    wait_until(lambda: training.steps() > held + 3)
    wait_until(lambda: training.state() == "running")
    training.ask("stop", "s")
    assert training.process.wait(60) == 0
    wait_until(lambda: training.state() == "finished")
    assert training.command("s")["state"] == "applied"
    assert len(training.lines("end")) == 1


def test_a_server_that_is_killed_between_loses_no_command(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    port = int(server.url.rpartition(":")[2])
    os.kill(training.sidecar.pid, signal.SIGSTOP)
    training.ask("save", "a")
    server.kill()
    server.start(port)
    os.kill(training.sidecar.pid, signal.SIGCONT)
    wait_until(lambda: training.command("a")["state"] == "applied")
    assert len(training.lines("save")) == 1


def test_what_was_done_while_the_server_was_away_is_told_when_it_is_back(outside, acting, wait_until: Wait) -> None:
    server = outside
    with contextlib.closing(faults.Link(int(server.url.rpartition(":")[2]))) as network:
        training = acting(url=network.url)
        os.kill(training.process.pid, signal.SIGSTOP)
        training.ask("set", "a", lr=0.02)
        wait_until(lambda: training.command("a")["state"] == "accepted")
        network.cut()
        os.kill(training.process.pid, signal.SIGCONT)
        wait_until(lambda: training.lines("set"))
        network.heal()
        wait_until(lambda: training.command("a")["state"] == "applied")
        training.ask("save", "b")
        wait_until(lambda: training.command("b")["state"] == "applied")
        assert len(training.lines("set")) == 1
        training.process.kill()


def test_a_paused_training_whose_sidecar_is_killed_is_reached_by_the_next(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    training.ask("pause", "p")
    wait_until(lambda: training.command("p")["state"] == "applied")
    training.sidecar.kill()
    faults.grown_older(training.directory, by_s=120)
    acting(waits=False)  # whose sidecar adopts what has none
    training.ask("resume", "r", deadline_s=600)
    held = training.steps()
    wait_until(lambda: training.command("r")["state"] == "applied")
    wait_until(lambda: training.steps() > held)
    assert training.command("p")["state"] == "applied"


def test_a_command_to_a_training_that_is_killed_expires(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    os.kill(training.process.pid, signal.SIGSTOP)
    training.ask("save", "a", deadline_s=15)
    wait_until(lambda: training.command("a")["state"] == "accepted")
    training.process.kill()
    wait_until(lambda: training.command("a")["state"] == "expired")
    assert training.lines("save") == []


def test_a_paused_training_that_is_killed_has_crashed(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    training.ask("pause", "p")
    wait_until(lambda: training.state() == "paused")
    training.process.kill()
    wait_until(lambda: training.state() == "crashed")


def test_a_kill_ends_a_training_that_hangs_and_counts_as_a_stop(server, acting, wait_until: Wait) -> None:
    server.start()
    training = acting()
    os.kill(training.process.pid, signal.SIGSTOP)
    training.ask("stop", "k", how="kill")
    assert training.process.wait(60) == -signal.SIGKILL
    wait_until(lambda: training.command("k")["state"] == "applied")
    wait_until(lambda: training.state() == "stopped")


def test_nothing_that_lies_in_an_inbox_harms_a_training(trainings, tmp_path: Path, wait_until: Wait, server) -> None:
    server.url = "http://127.0.0.1:9"
    training = Acting(trainings, server, tmp_path)
    wait_until(lambda: training.steps() > 3)
    manifest = layout.load_manifest(training.directory)
    foreign = inbox.Order("x", "stop", {}, 1, time.time_ns() + 60 * 10**9)
    path = inbox.path(training.directory)
    for junk in (b"", b"{", b"\xff" * 5_000, b"[" * 200_000, json.dumps({"version": 9}).encode(), b"0" * 2_000_000):
        path.write_bytes(junk)
        seen = training.steps()
        wait_until(lambda seen=seen: training.steps() > seen + 2)
    inbox.save(training.directory, inbox.Inbox(ids.RunId("another"), manifest.writer, (foreign,)))
    path_of_none = path.with_name("inbox.new")
    path_of_none.write_bytes(b"half")
    seen = training.steps()
    wait_until(lambda: training.steps() > seen + 2)
    path.unlink()
    seen = training.steps()
    wait_until(lambda: training.steps() > seen + 2)
    ours = inbox.Order("s", "stop", {"how": "evaluate"}, 1, time.time_ns() + 60 * 10**9)
    inbox.save(training.directory, inbox.Inbox(manifest.run.id, manifest.writer, (ours,)))
    assert training.process.wait(60) == 0
    assert len(training.lines("end")) == 1
