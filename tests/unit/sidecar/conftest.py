"""A fake server, and a run that writes to a spool with no sidecar of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import fake_server

from yoloscope.sdk import launch_sidecar, run


@pytest.fixture
def server() -> Iterator[fake_server.FakeServer]:
    with fake_server.running() as fake:
        yield fake


@pytest.fixture
def no_sidecar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the test be the sidecar; `finish` would wait for one in vain."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(run, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")
