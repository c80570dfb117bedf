"""What is told of where a run comes from, and what is not."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from yoloscope.records import ids, policy, reduction, row
from yoloscope.sidecar import provenance, repository
from yoloscope.spool import threads


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
    assert provenance.command_line(["rtsp://me:p@w@cam/1"]) == ["rtsp://***@cam/1"]
    assert provenance.command_line(["data=https://h/ds/x?key=abc"]) == ["data=https://h/ds/x?***"]


def test_a_flag_without_value_masks_no_other_flag() -> None:
    assert provenance.command_line(["--auth", "--epochs", "3"]) == ["--auth", "--epochs", "3"]


def test_a_repository_is_told_by_commit_branch_and_state(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "work")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "remote", "add", "origin", "https://me:secret@host/team/x.git")
    clean = repository.state(tmp_path)
    (tmp_path / "a").write_text("2")
    dirty = repository.state(tmp_path)
    assert clean is not None
    assert dirty is not None
    assert (clean["branch"], clean["dirty"], clean["remote"]) == ("work", False, "https://host/team/x.git")
    assert (clean["commit"], True) == (dirty["commit"], dirty["dirty"])


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = tmp_path / "repo"
    (made / "src").mkdir(parents=True)
    (made / "src" / "train.py").write_text("1\n")
    git(made, "init", "-q")
    git(made, "add", ".")
    git(made, "commit", "-qm", "first")
    return made


def test_changes_have_a_digest_of_their_own_whatever_git_is_set_to(repo: Path) -> None:
    assert "diff_sha256" not in (repository.state(repo) or {})
    (repo / "src" / "train.py").write_text("2\n")
    first = repository.state(repo)
    git(repo, "config", "diff.noprefix", "true")
    git(repo, "config", "color.diff", "always")
    git(repo, "config", "diff.external", "false")
    again = repository.state(repo / "src")
    (repo / "src" / "train.py").write_text("3\n")
    other = repository.state(repo)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first["diff_sha256"] == again["diff_sha256"] != other["diff_sha256"]


def test_code_that_git_does_not_know_has_a_digest(repo: Path) -> None:
    assert (repository.state(repo) or {})["untracked"] == 0
    (repo / "loss.py").write_text("x")
    (repo / "picture.jpg").write_text("x")
    for output in ("runs/detect/train/args.yaml", "src/.yoloscope/a/run.toml", "src/runs/x.py"):
        (repo / output).parent.mkdir(parents=True)
        (repo / output).write_text("x")
    first = repository.state(repo / "src")
    (repo / "loss.py").write_text("y")
    second = repository.state(repo)
    assert first is not None
    assert second is not None
    inner = hashlib.sha256(b"x").digest()
    assert first["untracked"] == second["untracked"] == 1
    assert first["untracked_sha256"] == hashlib.sha256(b"loss.py\0" + inner + b"\0").hexdigest()
    assert first["untracked_sha256"] != second["untracked_sha256"]


def test_folder_and_files_are_told_below_the_root_name_by_name(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("")
    argv = [
        "python",
        "train.py",
        "--data=../../outside.yaml",
        "cfg=../src/train.py",
        "--epochs=3",
        "\0",
        "none.py",
        "..",
    ]
    found = repository.state(repo / "src", argv=argv)
    assert found is not None
    assert (found["folder"], found["files"]) == (["src"], {"1": ["src", "train.py"], "3": ["src", "train.py"]})
    linked = tmp_path / "link"
    linked.symlink_to(repo / "src")
    assert (repository.state(linked) or {})["folder"] == ["src"]


@pytest.mark.slow
def test_a_git_that_hangs_costs_its_limit_and_what_it_did_not_tell(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("git")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\ncase "$*" in *status*) exec sleep 60;; *ls-files*) exit 9;; esac\nexec {real} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    found = repository.state(repo)
    assert found is not None
    assert (len(str(found["commit"])), found["dirty"]) == (40, None)
    assert "untracked" not in found


def test_a_folder_for_a_remote_is_not_told(repo: Path) -> None:
    git(repo, "remote", "add", "origin", "/home/me/x.git")
    assert (repository.state(repo) or {})["remote"] is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:p@w@host/x.git", "https://host/x.git"),
        ("https://host/x.git?private_token=abc", "https://host/x.git"),
        ("git@host:team/x.git", "git@host:team/x.git"),
        ("ssh://git@host/x.git", "ssh://git@host/x.git"),
        ("ssh://git@me@host/x.git", "ssh://host/x.git"),
        ("me:secret@host:team/x.git", "host:team/x.git"),
        ("C:/Users/me/x", None),
        ("/home/me/a:b/x", None),
        ("../x", None),
        ("FILE:///home/me/x", None),
    ],
)
def test_a_remote_tells_neither_credentials_nor_folders(repo: Path, address: str, shown: str | None) -> None:
    git(repo, "config", "remote.origin.url", address)
    assert (repository.state(repo) or {})["remote"] == shown


def test_nothing_is_fetched_for_a_partial_clone(repo: Path, tmp_path: Path) -> None:
    partial, called = tmp_path / "partial", tmp_path / "called"
    server = tmp_path / "server"
    server.write_text(f'#!/bin/sh\ntouch "{called}"\nexec git-upload-pack "$@"\n')
    server.chmod(0o700)
    for key in ("allowFilter", "allowAnySHA1InWant"):
        git(repo, "config", f"uploadpack.{key}", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo}", str(partial))
    git(partial, "config", "remote.origin.uploadpack", str(server))
    found = repository.state(partial)
    assert found is not None
    assert len(str(found["commit"])) == 40
    assert not called.exists()


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_a_folder_whose_name_is_no_text_can_be_sent(repo: Path) -> None:
    folder = repo / os.fsdecode(b"d\xff")
    folder.mkdir()
    assert (repository.state(folder) or {})["folder"] == ["d?"]


def test_an_image_that_is_a_file_tells_no_folder() -> None:
    found = provenance.container({"APPTAINER_CONTAINER": "/home/me/x.sif"})
    assert found is not None
    assert found["image"] == "<path>/x.sif"


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert repository.state(tmp_path) is None


def test_an_image_is_told_without_credentials() -> None:
    found = provenance.container({"CONTAINER_IMAGE": "https://me:pw@hub/x:1", "KUBERNETES_SERVICE_HOST": "h"})
    assert found is not None
    assert (found["image"], found["orchestrator"]) == ("https://hub/x:1", "kubernetes")


def test_only_variables_that_change_results_are_told() -> None:
    given = {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "NCCL_TOPO_FILE": "/etc/acme/topo.xml",
        "PYTHONHASHSEED": "0",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": "/home/me",
        "WANDB_API_KEY": "y",
    }
    expected = {"CUDA_VISIBLE_DEVICES": "0,1", "NCCL_TOPO_FILE": "<path>/topo.xml", "PYTHONHASHSEED": "0"}
    assert expected == provenance.variables(given)


def test_what_a_sidecar_is_kept_to_is_not_taken_for_its_trainers() -> None:
    before = {"OMP_NUM_THREADS": "8", "HOME": "/h"}
    for given in (before, {"HOME": "/h"}, {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}):
        changed = threads.few(given)
        assert {name: changed[name] for name in threads.FEW} == threads.FEW
        assert threads.as_before(changed) == given


def test_cards_and_driver_are_read_from_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "version").write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\nGCC version: 12.2.0\n"
    )
    for number, name in enumerate(("NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB")):
        (tmp_path / "gpus" / f"0000:0{number}:00.0").mkdir(parents=True)
        (tmp_path / "gpus" / f"0000:0{number}:00.0" / "information").write_text(f"Model: \t\t {name}\nIRQ: 33\n")
    card = "cuda (NVIDIA A100-SXM4-80GB)"
    assert provenance.cards(tmp_path) == {"driver": "550.54.15", "cards": [card, card]}
    assert provenance.cards(tmp_path / "none") == {}
    assert reduction.word(card) == card
    (tmp_path / "version").write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build\n"
    )
    assert provenance.cards(tmp_path)["driver"] == "570.86.10"


def test_what_is_reduced_by_default_keeps_what_a_comparison_needs(repo: Path) -> None:
    (repo / "src" / "train.py").write_text("2\n")
    state = repository.state(repo / "src", argv=["python", "train.py"])
    ref = row.RunRef(ids.RunId("r"), ids.ProjectName("p"), name="n", created_ns=1)
    told = row.Updated("provenance", {"git": state, "environment": {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}})
    batch = row.Batch(ref, row.AttemptRef(0, 1, 1), ids.WriterId("0" * 32), 0, 0, (told,))
    [sent] = reduction.reduced(batch, policy=policy.Policy(), index_of=lambda _: 0).entries
    assert isinstance(sent, row.Updated)
    assert sent.values == {
        "git": {**(state or {}), "branch": "<text>", "folder": ["<text>"], "files": {"1": ["<text>", "train.py"]}},
        "environment": {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"},
    }


def test_everything_together_is_json(tmp_path: Path) -> None:
    found = provenance.collect(["python"], cwd=tmp_path, environment={})
    assert found == msgspec.json.decode(msgspec.json.encode(found))
    assert "msgspec" in found["packages"]  # type: ignore[operator]
