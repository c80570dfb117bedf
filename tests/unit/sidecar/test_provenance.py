"""What is told of where a run comes from, and what is not."""

import subprocess
from pathlib import Path

import msgspec

from yoloscope.sidecar import provenance


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@e"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_secrets_and_paths_do_not_leave() -> None:
    given = [
        "/usr/bin/python",
        "t.py",
        "--token",
        "abc",
        "password=x",
        "--api-key=k",
        "secret_key=s",
        "--data",
        "/d/a.yaml",
        "lr0=0.1",
    ]
    shown = [
        "<path>/python",
        "t.py",
        "--token",
        "***",
        "password=***",
        "--api-key=***",
        "secret_key=***",
        "--data",
        "<path>/a.yaml",
        "lr0=0.1",
    ]
    assert shown == provenance.command_line(given)


def test_credentials_are_cut_out_of_addresses() -> None:
    assert provenance.command_line(["source=rtsp://me:pw@cam/1"]) == ["source=rtsp://***@cam/1"]


def test_a_flag_without_value_masks_no_other_flag() -> None:
    assert provenance.command_line(["--auth", "--epochs", "3"]) == ["--auth", "--epochs", "3"]


def test_a_repository_is_told_by_commit_branch_and_state(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "work")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "remote", "add", "origin", "https://me:secret@host/team/x.git")
    clean = provenance.git_state(tmp_path)
    (tmp_path / "a").write_text("2")
    dirty = provenance.git_state(tmp_path)
    assert clean is not None
    assert dirty is not None
    assert (clean["branch"], clean["dirty"], clean["remote"]) == ("work", False, "https://host/team/x.git")
    assert (clean["commit"], True) == (dirty["commit"], dirty["dirty"])


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert provenance.git_state(tmp_path) is None


def test_an_image_is_told_without_credentials() -> None:
    found = provenance.container({"CONTAINER_IMAGE": "https://me:pw@hub/x:1", "KUBERNETES_SERVICE_HOST": "h"})
    assert found is not None
    assert (found["image"], found["orchestrator"]) == ("https://hub/x:1", "kubernetes")


def test_everything_together_is_json(tmp_path: Path) -> None:
    found = provenance.collect(["python"], cwd=tmp_path, environment={})
    assert found == msgspec.json.decode(msgspec.json.encode(found))
    assert "msgspec" in found["packages"]  # type: ignore[operator]
