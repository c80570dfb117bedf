"""A fake server, and a run that writes to a spool with no sidecar of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import carrying
import fake_server
import handing
import keeping_runs
from clocks import Clock

from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.sidecar import loop, shipment, watchers
from yoloscope.spool import layout


@pytest.fixture
def server() -> Iterator[fake_server.FakeServer]:
    with fake_server.running() as fake:
        yield fake


@pytest.fixture
def no_sidecar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the test be the sidecar; `finish` would wait for one in vain."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_BYTES", (64 * 1024,))


@pytest.fixture
def carry() -> Iterator[keeping_runs.Carry]:
    """Open a directory as the sidecar that carries it does."""
    opened: list[shipment.Shipment] = []

    def open_one(directory: Path) -> shipment.Shipment:
        opened.append(shipment.Shipment(directory))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(no_sidecar: None, server: fake_server.FakeServer) -> Iterator[runs.Run]:
    """A run of whose items everything may leave."""
    server.policy = dict(carrying.ALL)
    started = runs.init(project="p", name="n", server=server.url)
    handing.allow(carrying.directory_of(started), media=True, text=True, class_names="text")
    yield started
    started.finish()


@pytest.fixture
def courier(run: runs.Run, clock: Clock) -> Iterator[loop.Courier]:
    """What carries that run, with all its watchers."""
    directory = carrying.directory_of(run)
    made = loop.Courier(directory, now_s=clock, watched=watchers.for_directory(directory))
    yield made
    made.close()
