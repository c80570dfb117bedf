from pathlib import Path

import msgspec
import pytest
from benchmarks.diagnosis import generate, jobs
from tests.unit.benchmarks import runs


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the trainings that were run, in place of running them; `broken` cannot be recorded."""
    names: list[str] = []

    def record(_out: Path, line: jobs.Line) -> jobs.Line:
        names.append(line.job.name)
        if line.job.name == "broken":
            raise OSError("no room")
        return msgspec.structs.replace(line, exit_code=1 if line.job.name == "failed" else 0, seconds=1.0)

    monkeypatch.setattr(generate, "_recorded", record)
    monkeypatch.setattr(generate.metadata, "version", lambda name: f"{name} 1.0")  # there may be no torch here
    return names


def test_what_is_noted_is_not_run_again_but_what_could_not_be_recorded_is(tmp_path: Path, trained: list[str]) -> None:
    wanted = [runs.job("a"), runs.job("broken"), runs.job("failed")]
    generate.run_all(tmp_path, wanted, at_once=1)
    generate.run_all(tmp_path, wanted, at_once=1)
    assert trained == ["a", "broken", "failed", "broken"]


def test_a_training_that_fails_and_one_that_we_lose_are_noted_as_such(tmp_path: Path, trained: list[str]) -> None:
    generate.run_all(tmp_path, [runs.job("failed"), runs.job("broken")], at_once=2)
    noted = {line.job.name: (line.exit_code, line.error) for line in jobs.lines(tmp_path)}
    assert noted == {"failed": (1, ""), "broken": (generate.UNRECORDED, "OSError: no room")}
    assert sorted(trained) == ["broken", "failed"]
