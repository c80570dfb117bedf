"""A hundred random commands in two minutes, over HTTP through server and sidecar: the training is to the last digit what a hand would have made of it."""

import datetime as dt
import json
import math
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import NamedTuple

import harness
import msgspec
import pytest

from yoloscope import errors
from yoloscope.api import client
from yoloscope.wire import discovery

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.torch, pytest.mark.timeout(1200)]
SCRIPT = Path(__file__).with_name("hundred.py")
SEED = 20
COUNT = 100
BATCHES = 4
GAP_S = 1.2
COMES_S = 240.0
WRONG: tuple[tuple[str, dict[str, object]], ...] = (
    ("fly", {}),
    ("set", {"lr": 100.0}),
    ("set", {"epochs": 0}),
    ("set", {"batch": 8}),
    ("set", {"box": 5.0, "cls": math.nan}),
    ("set", {"box": 5.0, "epochs": 1}),
    ("set", {"obj": 1.0}),
    ("note", {}),
    ("pause", {"release": "yes"}),
)
"""What cannot be done to this training, whenever it is asked; of a whole of which a part cannot be nothing is done."""


class At(msgspec.Struct):
    """Where a command acted."""

    step: int | None
    time: str


class Act(msgspec.Struct):
    """A command and what became of it."""

    id: str
    verb: str
    args: dict[str, object]
    state: str
    applied_at: At | None = None
    result: dict[str, object] | None = None


class Page(msgspec.Struct):
    """Some commands, newest first."""

    items: list[Act]


class Run(msgspec.Struct):
    """What is read of a run."""

    id: str = ""
    settings: dict[str, object] = {}


class Runs(msgspec.Struct):
    """The runs of a server."""

    items: list[Run]


class Asked(NamedTuple):
    """What was sent: whether the server took it."""

    verb: str
    taken: bool


class Asking:
    """A person in a hurry, by a seed: presses whatever there is, and what cannot be done as well."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # no secret
        self._is_paused = False

    def gap_s(self) -> float:
        """Return how long until the next."""
        return self._chance.uniform(0.2, 1.8) * GAP_S

    def wish(self) -> tuple[str, dict[str, object]]:
        """Return the next thing that is asked for."""
        chance = self._chance
        if self._is_paused and chance.random() < 0.4:
            return self._turn("resume")
        if chance.random() < 0.14:
            return chance.choice(WRONG)
        kind = chance.choice(
            (
                "lr", "lr", "lr_factor", "decay", "gains", "gains", "epochs", "patience", "pause", "pause", "resume",
                "save", "validate", "note", "close_mosaic", "several",
            )
        )  # fmt: skip
        if kind in ("pause", "resume"):
            return self._turn(kind)
        if kind == "note":
            return "note", {"text": f"note {chance.random():.3f}"}
        return (kind, {}) if kind in ("save", "validate", "close_mosaic") else ("set", self._settings(kind))

    def _turn(self, verb: str) -> tuple[str, dict[str, object]]:
        self._is_paused = verb == "pause"
        return verb, {}

    def _settings(self, kind: str) -> dict[str, object]:
        chance = self._chance
        rate = round(10 ** chance.uniform(-3.5, -2.0), 6)
        found: dict[str, dict[str, object]] = {
            "lr": {"lr": rate},
            "lr_factor": {"lr_factor": round(chance.uniform(0.5, 1.5), 3)},
            "decay": {"weight_decay": round(chance.uniform(0, 0.002), 6)},
            "gains": {chance.choice(("box", "cls", "dfl")): round(chance.uniform(0.3, 8), 3)},
            "epochs": {"epochs": chance.randint(300, 900)},
            "patience": {"patience": chance.randint(300, 900)},
        }
        found["several"] = {**found["lr"], **found["gains"], **found["epochs"], **found["decay"]}
        return found[kind]


class Server:
    """A server of its own, with the token that a training in another home needs."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(folder)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["url"])
        self.token = discovery.token_for(self.url) or ""
        self.api = client.Client(self.url)

    def ready_run(self) -> str:
        """Return the run, once it can be asked for something."""
        last = time.monotonic() + COMES_S
        while time.monotonic() < last:
            for run in self.api.get("/api/v1/runs", answer=Runs).items:
                if "control" in self.api.get(f"/api/v1/runs/{run.id}", answer=Run).settings:
                    return run.id
            time.sleep(0.2)
        raise AssertionError("the run never came")

    def ask(self, run: str, verb: str, args: dict[str, object]) -> Asked:
        """Send a command, which the server may refuse."""
        try:
            self.api.post(f"/api/v1/runs/{run}/commands", body={"verb": verb, "args": args}, answer=Act)
        except errors.ServerRefused:
            return Asked(verb, taken=False)
        return Asked(verb, taken=True)

    def acts(self, run: str) -> list[Act]:
        """Return the commands in the order in which they were asked."""
        return self.api.get(f"/api/v1/runs/{run}/commands?limit=200", answer=Page).items[::-1]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "server")
    yield made
    made.close()


def _press(server: Server, run: str, over: threading.Event) -> list[Asked]:
    """Ask for a hundred things, then let it go on, and end it by a patience that is long over."""
    asking = Asking(SEED)
    sent: list[Asked] = []
    while len(sent) < COUNT - 2:
        sent.append(server.ask(run, *asking.wish()))
        assert not over.wait(asking.gap_s()), "the training has ended"
    sent.append(server.ask(run, "resume", {}))
    sent.append(server.ask(run, "set", {"patience": 1}))
    return sent


def _plan(acts: list[Act], turns_ns: list[int]) -> list[tuple[int, str, dict[str, object], bool]]:
    """Return what was applied and changes something, where it was; behind the last batch of an epoch, whether its validation came before."""
    found: list[tuple[int, str, dict[str, object], bool]] = []
    for act in acts:
        if act.state == "applied" and act.verb in ("set", "close_mosaic"):
            assert act.applied_at is not None
            assert act.applied_at.step is not None
            epoch, place = divmod(act.applied_at.step, BATCHES)
            at_ns = dt.datetime.fromisoformat(act.applied_at.time).timestamp() * 1e9
            is_behind = place == BATCHES - 1 and at_ns > turns_ns[epoch]
            found.append((act.applied_at.step, act.verb, act.args, is_behind))
    return found


def test_a_hundred_random_commands_are_what_a_hand_would_have_done(server: Server, tmp_path: Path) -> None:
    trained = harness.Trained(tmp_path)
    environment = {"YOLOSCOPE_MODE": "online", "YOLOSCOPE_SERVER": server.url, "YOLOSCOPE_TOKEN": server.token}
    over = threading.Event()
    try:
        with futures.ThreadPoolExecutor(1) as pool:
            training = pool.submit(trained.run_script, SCRIPT, "sent", environment=environment)
            training.add_done_callback(lambda _: over.set())
            run = server.ready_run()
            sent = _press(server, run, over)
            training.result()
    finally:
        harness.stop_sidecars(tmp_path)
    acts = server.acts(run)
    plan = tmp_path / "plan.json"
    turns_ns = json.loads((trained.output / "sent" / "turns.json").read_text())
    plan.write_text(json.dumps(_plan(acts, turns_ns)))
    trained.run_script(SCRIPT, "by_hand", str(plan), environment={"YOLOSCOPE_MODE": "disabled"})

    seen = {name: json.loads((trained.output / name / "seen.json").read_text()) for name in ("sent", "by_hand")}
    assert seen["by_hand"] == seen["sent"]
    assert trained.results("by_hand") == trained.results("sent")
    assert len(sent) == COUNT
    assert [one.verb for one in sent if one.verb != "fly"] == [act.verb for act in acts]
    assert {act.state for act in acts} == {"applied", "refused"}
    applied = {act.verb for act in acts if act.state == "applied"}
    assert applied == {"pause", "resume", "set", "save", "validate", "close_mosaic", "note"}
    reasons = {str((act.result or {})["reason"]) for act in acts if act.state == "refused"}
    assert reasons == {"bad_value", "framework_cannot", "below_epoch", "not_paused", "already_paused", "mosaic_closed"}
