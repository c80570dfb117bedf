"""Runs without a sidecar, and what they handed over."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from yoloscope.sdk import guard, launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.spool import handed


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Callable[..., runs.Run]]:
    """Begins a run in a folder of its own; `toml` is its yoloscope.toml, by default one that lets media be kept."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    folder = tmp_path / "training"
    folder.mkdir()
    monkeypatch.chdir(folder)

    open_runs: list[runs.Run] = []

    def begun(toml: str = "[policy]\nmedia = true\n", *, mode: str = "offline") -> runs.Run:
        (folder / "yoloscope.toml").write_text(toml)
        open_runs.append(runs.init(mode=mode))
        return open_runs[-1]

    yield begun
    for run in open_runs:
        run.finish()


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a training: what is wrong is only said."""
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    guard.forget()


Found = tuple[handed.Handed, dict[str, bytes]]


def found_in(run: runs.Run) -> list[Found]:
    """Return what a run handed over, in the order of its numbers, with the bytes of each array."""
    assert run.directory is not None
    found: list[Found] = []
    for path in handed.waiting(run.directory):
        with handed.opened(path) as (item, parts):
            found.append((item, {role: bytes(data) for role, data in parts.items()}))
    return sorted(found, key=lambda one: one[0].number)


@pytest.fixture
def found() -> Callable[[runs.Run], list[Found]]:
    return found_in
