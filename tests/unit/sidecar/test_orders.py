"""What the server says becomes deadlines of this machine, one command after the other."""

from pathlib import Path

import msgspec
import pytest

import yoloscope
from yoloscope.sdk import launch_sidecar
from yoloscope.sidecar import orders
from yoloscope.spool import inbox

NOW_NS = 10**18


class Asked:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now_ns = NOW_NS
        self.kills: list[str] = []
        self.orders = orders.Orders(directory, kill=lambda one: self.kills.append(one.id), wall_ns=lambda: self.now_ns)

    def take(self, *told: dict[str, object]) -> list[str]:
        return self.orders.take([msgspec.Raw(msgspec.json.encode(one)) for one in told])

    def until_s(self) -> dict[str, float]:
        return {one.id: (one.until_ns - NOW_NS) / 1e9 for one in inbox.load(self.directory).orders}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    run = yoloscope.init(mode="offline")
    assert run.directory is not None
    return Asked(run.directory)


def test_a_deadline_is_what_was_left_at_first(asked: Asked) -> None:
    asked.take({"id": "a", "verb": "save", "expires_in_s": 60})
    asked.now_ns += 10 * 10**9
    asked.take({"id": "a", "verb": "save", "expires_in_s": 55}, {"id": "b", "verb": "save", "expires_in_s": 20})
    assert asked.until_s() == {"a": 60.0, "b": 30.0}


@pytest.mark.parametrize(("told_s", "kept_s"), [(-5, 0.0), (1e300, 86_400.0)])
def test_a_deadline_is_within_bounds(asked: Asked, told_s: float, kept_s: float) -> None:
    asked.take({"id": "a", "verb": "save", "expires_in_s": told_s})
    assert asked.until_s() == {"a": kept_s}


def test_what_a_newer_server_may_mean_is_left_out_and_the_rest_stands(asked: Asked) -> None:
    told = [{"id": "x", "verb": "dance"}, {"id": "a", "verb": "save", "new": 1}, {"verb": "save"}]
    assert asked.take(*told) == ["a"]
    assert list(asked.until_s()) == ["a"]


def test_a_kill_never_reaches_the_training(asked: Asked) -> None:
    told = [{"id": "k", "verb": "stop", "args": {"how": "kill"}}, {"id": "s", "verb": "stop"}]
    assert asked.take(*told) == ["k", "s"]
    assert (asked.kills, list(asked.until_s())) == (["k"], ["s"])


def test_the_inbox_is_for_this_run_and_writer(asked: Asked) -> None:
    asked.take()
    box = inbox.load(asked.directory)
    assert box.writer == asked.directory.name
    assert box.orders == ()
