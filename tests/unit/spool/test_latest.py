"""Where a training is, from the end of its files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from yoloscope.sdk import launch_sidecar, run
from yoloscope.sidecar import notebook
from yoloscope.spool import latest, layout


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[run.Run]:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(run, "FINISH_DEAD_S", 0.0)
    started = run.init(project="p", directory=tmp_path)
    yield started
    started.finish()


def _at(directory: Path) -> tuple[int | None, float | None]:
    spot = latest.spot(directory)
    return spot.step, spot.epoch


def test_before_the_first_row_nothing_is_known(training) -> None:
    assert _at(training.directory) == (None, None)
    assert latest.spot(training.directory).mono_ns == 0


def test_the_newest_row_tells(training) -> None:
    for step in range(5000):  # over several segments' ends
        training.log({f"m{index}": 1.0 for index in range(20)}, step=step, epoch=step / 10)
    assert _at(training.directory) == (4999, 499.9)


def test_rows_without_a_step_and_notes_are_passed_over(training) -> None:
    training.log({"a": 1.0}, step=7, epoch=2.0)
    training.log({"b": 1.0}, epoch=3.0)
    training.log({"c": 1.0})
    training.update("config", {"lr": 0.1})
    assert _at(training.directory) == (7, 3.0)


def test_far_back_is_not_looked(training) -> None:
    training.log({"a": 1.0}, step=7)
    for _ in range(latest.FRAMES_MOST):
        training.log({"a": 1.0})
    assert _at(training.directory) == (None, None)


def test_what_a_sidecar_noted_is_not_the_trainings(training) -> None:
    training.log({"a": 1.0}, step=7)
    notes = notebook.Notebook(training.directory)
    notes.numbers({"system/cpu_percent": 1.0}, step=99)
    notes.close()
    assert _at(training.directory) == (7, None)


def test_torn_and_missing_files_tell_nothing_and_raise_nothing(training, tmp_path) -> None:
    training.log({"a": 1.0}, step=7)
    (segment,) = training.directory.glob("0-*.sp")
    copy = tmp_path / "copy"
    copy.mkdir()
    raw = bytearray(segment.read_bytes())
    for commit in (0, 8, layout.HEADER_BYTES + 1, 2**63):
        raw[8 * layout.COMMIT_WORD : 8 * layout.COMMIT_WORD + 8] = commit.to_bytes(8, "little")
        (copy / segment.name).write_bytes(raw)
        assert _at(copy) == (None, None)
    (copy / segment.name).write_bytes(b"")
    assert _at(copy) == (None, None)
    os.truncate(copy / segment.name, 0)
    (copy / segment.name).unlink()
    copy.rmdir()
    assert _at(copy) == (None, None)
