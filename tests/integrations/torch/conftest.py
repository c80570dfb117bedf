"""Runs of plain loops in this process, and what they left in the spool."""

import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from yoloscope.integrations.torch import schedule
from yoloscope.sdk import guard, launch_sidecar
from yoloscope.sdk import run as runs


@pytest.fixture(autouse=True)
def one_thread() -> Generator[None]:
    """Let trainings give the same numbers each time, beside whatever else the machine does."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Callable[[], runs.Run]]:
    """Begin a run without a sidecar, whose looks may cost what they like: how much they do depends on the machine."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(schedule, "FLOOR_S", 1e9)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    open_runs: list[runs.Run] = []

    def begun() -> runs.Run:
        open_runs.append(runs.init(mode="offline"))
        return open_runs[-1]

    yield begun
    for run in open_runs:
        run.finish()
    runs._newest.clear()


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """As in a training: what is wrong is only said."""
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    guard.forget()
    yield
    os.environ["YOLOSCOPE_STRICT"] = "1"
    guard.forget()
