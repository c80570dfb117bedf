"""Runs whose directories are kept, sent and looked at: what the tests of `sidecar.keeping` share."""

import math
import os
from collections.abc import Callable
from pathlib import Path

import fake_server
import pytest

from yoloscope.sdk import run as runs
from yoloscope.sidecar import shipment
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import layout, packed, reader

DAY_S = 86_400.0
Carry = Callable[[Path], shipment.Shipment]


def begun(server: str, rows: int, **options: str) -> runs.Run:
    """Return a run that has logged so many rows."""
    run = runs.init(project="p", server=server, **options)  # type: ignore[arg-type]
    for step in range(rows):
        run.log({"a": math.sin(step), "b": 1.0}, step=step)
    return run


def ended(server: fake_server.FakeServer, *, days_ago: float = 0.0) -> Path:
    """Return the directory of a run that was sent to its end so long ago."""
    run = begun(server.url, 10)
    run.finish()
    own = directory(run)
    assert sync(own).state == "complete"
    known = (own / "cursor.json").stat().st_mtime
    os.utime(own / "cursor.json", (known, known - days_ago * DAY_S))
    return own


def directory(run: runs.Run) -> Path:
    """Return where a run writes."""
    assert run.directory is not None
    return run.directory


def sync(own: Path) -> syncing.Outcome:
    """Send a directory as `yoloscope sync` does."""
    return syncing.send(own, server=None, progress=lambda *done: None, sleep=lambda seconds: None)


def limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """Work in a folder with this yoloscope.toml."""
    (tmp_path / "yoloscope.toml").write_text(text)
    monkeypatch.chdir(tmp_path)


def levels(own: Path) -> list[int]:
    """Return how far each segment of the first lane is packed or thinned."""
    paths = [layout.segment_path(own, lane=0, number=number) for number in reader.lanes(own)[0]]
    return [packed.head(path).level if packed.is_packed(path) else 0 for path in paths]
