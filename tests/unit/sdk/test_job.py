"""Where the processes of a job meet: jobs that share a folder stay apart, and a guess is said to be one."""

from pathlib import Path

import pytest

from yoloscope.sdk import guard, job, process
from yoloscope.sdk import run as runs
from yoloscope.spool import platform

NODES = {"MASTER_ADDR": "node1", "MASTER_PORT": "29500"}
PLACE = process.Place(1, 2, told_by="RANK")


def path(root: Path, said: dict[str, str]) -> Path:
    found = job.meeting(root, place=PLACE, number=1, environment=said)
    assert found is not None
    return found.path


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_two_containers_that_share_a_folder_keep_their_jobs_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    alone = {**NODES, "MASTER_ADDR": address}
    here, of_nodes = path(tmp_path, alone), path(tmp_path, NODES)
    monkeypatch.setattr(platform, "pid_space", lambda: "another container")
    assert path(tmp_path, alone) != here
    assert path(tmp_path, NODES) == of_nodes


def test_two_jobs_that_no_variable_tells_apart_are_told_apart_by_their_launchers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, of_nodes = path(tmp_path, {}), path(tmp_path, NODES)
    assert path(tmp_path, {}) == here
    monkeypatch.setattr(job, "_launcher", lambda *_, **__: (1, 1))
    assert path(tmp_path, {}) != here
    assert path(tmp_path, NODES) == of_nodes


def test_a_rank_that_a_scheduler_guesses_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path))
    for name, value in {**NODES, "SLURM_PROCID": "1", "SLURM_NTASKS": "4"}.items():
        monkeypatch.setenv(name, value)
    guard.forget()
    for _ in range(2):
        runs.init().finish()
    [line] = capsys.readouterr().err.splitlines()
    assert "SLURM_PROCID says that this is rank 1 of 4" in line
    assert "MASTER_ADDR" in line
