"""The script that starts a run again: what it is made of, what it asks for, and that nothing of the record becomes a command by itself."""

import shlex
import subprocess
from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.cli.runs import recipe, scripts

COMMIT = "a" * 40
PROVENANCE: dict[str, object] = {
    "command": ["<path>/python3.11", "<path>/train.py", "--data=<path>/signs.yaml", "--epochs", "3", "--token", "***"],
    "python": "3.11.7",
    "platform": "Linux-6.8",
    "packages": {"torch": "2.5.1+cu124", "numpy": "2.1.0", "acme": "<text>", "pip": "24.0", "mine": "0.1"},
    "not_from_index": {"mine": True},
    "torch": "2.5.1+cu124",
    "seed": 7,
    "deterministic": True,
    "environment": {"CUDA_VISIBLE_DEVICES": "0,1", "NCCL_SOCKET_IFNAME": "<text>", "RANK": "0", "WORLD_SIZE": "2"},
    "git": {
        "commit": COMMIT,
        "remote": "https://host/team/x.git",
        "dirty": True,
        "diff_sha256": "d" * 64,
        "untracked": 2,
        "folder": ["src", "detect"],
        "files": {"1": ["src", "detect", "train.py"], "2": ["data", "signs.yaml"]},
    },
    "data": {"train": {"images": 128, "file_list_sha256": "f" * 64}},
}


def detail(provenance: dict[str, object], **more: object) -> dict[str, object]:
    return {"id": "0123456789ab", "name": "signs", "attempt": 1, "provenance": provenance, **more}


def made(provenance: dict[str, object], *, with_packages: bool = True) -> list[str]:
    found = recipe.recipe(detail(provenance), attempt=None)
    return scripts.script(found, with_packages=with_packages).splitlines()


def test_everything_that_the_record_holds_is_in_the_script() -> None:
    lines = made(PROVENANCE)
    wanted = [
        "set -eu",
        "git clone --no-checkout -- https://host/team/x.git yoloscope-01234567",
        "cd yoloscope-01234567",
        f"git checkout --detach {COMMIT}",
        "cd -- src/detect",
        '"${PYTHON:-python3.11}" -m venv .venv-yoloscope',
        "python -m pip install --extra-index-url https://download.pytorch.org/whl/cu124 -r /dev/stdin <<'END'",
        "torch==2.5.1+cu124",
        "numpy==2.1.0",
        "END",
        "export CUDA_VISIBLE_DEVICES=0,1",
        'exec python train.py --data=../../data/signs.yaml --epochs 3 --token "${WORD_6}"',
    ]
    assert [line for line in lines if line in wanted] == wanted
    told = "\n".join(lines)
    for comment in (
        "seed=7",
        "deterministic=true",
        "d" * 64,
        "f" * 64,
        "2 files of code",
        "acme mine",
        "2 processes",
    ):
        assert comment in told
    assert "export NCCL" not in told
    assert "export RANK" not in told


def test_what_is_missing_is_named_with_its_reason() -> None:
    found = recipe.recipe(detail(PROVENANCE), attempt=None).missing
    assert found == [
        recipe.Missing("WORD_6", "***", "secret"),
        recipe.Missing("NCCL_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME", "withheld"),
    ]


@pytest.mark.parametrize(
    ("git", "command", "missing"),
    [
        (None, ["python", "train.py"], [("FOLDER", "folder", "no_repository")]),
        (
            {"commit": COMMIT, "remote": "<text>", "folder": ["<text>"], "files": {"1": ["<text>", "train.py"]}},
            ["python", "train.py"],
            [
                ("REPOSITORY", "repository", "withheld"),
                ("FOLDER", "folder", "withheld"),
            ],
        ),
        (
            {"commit": COMMIT, "remote": None, "folder": [], "files": {}},
            ["python", "<path>.py", "--x=<text>", "<path>/best.pt", "rtsp://***@cam"],
            [
                ("REPOSITORY", "repository", "local"),
                ("WORD_1", "<path>.py", "withheld"),
                ("WORD_2", "--x=<text>", "withheld"),
                ("WORD_3", "<path>/best.pt", "folder"),
                ("WORD_4", "rtsp://***@cam", "secret"),
            ],
        ),
    ],
)
def test_each_gap_is_a_variable(git: object, command: list[str], missing: list[tuple[str, str, str]]) -> None:
    found = recipe.recipe(detail({"command": command, "git": git}), attempt=None)
    assert [(one.variable, one.what, one.why) for one in found.missing] == missing


def test_a_program_beside_python_is_called_by_its_name() -> None:
    found = recipe.recipe(detail({"command": ["<path>/python", "<path>/yolo", "train", "epochs=3"]}), attempt=None)
    assert [word.before for word in found.command] == ["yolo", "train", "epochs=3"]


def test_an_attempt_without_a_process_of_its_own_takes_that_of_the_one_before() -> None:
    attempts = [
        {"number": 1, "provenance": {"command": ["python", "one.py"]}},
        {"number": 2, "provenance": {"seed": 3}, "start_epoch": 4.0},
        {"number": 3, "provenance": {"command": ["python", "three.py"]}},
    ]
    told = detail({"command": ["python", "newest.py"]}, attempts=attempts)
    scripts_of = {number: recipe.recipe(told, attempt=number).command[1].before for number in (1, 2, 3)}
    assert scripts_of == {1: "one.py", 2: "one.py", 3: "three.py"}
    assert recipe.recipe(told, attempt=None).command[1].before == "three.py"
    assert recipe.recipe(told, attempt=2).start_epoch == 4.0
    with pytest.raises(errors.NotFound, match="no attempt 4; it has 3"):
        recipe.recipe(told, attempt=4)


def test_a_run_that_nothing_is_known_of_is_said_so() -> None:
    with pytest.raises(errors.NotFound, match="does not tell how it was started"):
        recipe.recipe(detail({"source": "local"}), attempt=None)


@pytest.mark.parametrize("locale", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_nothing_in_a_record_becomes_a_command(locale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    touch = f"/usr/bin/env touch {tmp_path}/evil"
    evil = f"x\n{touch}\n$({touch})`{touch}`'\"}}; {touch} #"
    provenance: dict[str, object] = {
        "command": ["echo", evil, f"--data={evil}", f"***@{evil}"],
        "python": evil,
        "platform": evil,
        "packages": {evil: "1", "torch": evil, "a": "1\nEND\ntouch evil"},
        "not_from_index": {evil: True},
        "environment": {evil: "1", "CUDA_VISIBLE_DEVICES": evil},
        "git": {"commit": evil, "remote": evil, "folder": [evil], "diff_sha256": evil, "dirty": True},
        "container": {"image": evil},
        "data": {evil: {"images": evil, "file_list_sha256": evil}},
        "seed": evil,
    }
    for commit in (evil, COMMIT):
        told = {**provenance, "git": {**provenance["git"], "commit": commit}}  # type: ignore[dict-item]
        found = recipe.recipe({**detail(told), "id": evil, "name": evil}, attempt=None)
        for with_packages in (True, False):
            script = tmp_path / "again.sh"
            script.write_text(scripts.script(found, with_packages=with_packages))
            environment = {
                "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
                "FOLDER": str(tmp_path),
                "WORD_3": "x",
                "PYTHON": "true",
            }
            (tmp_path / "bin").mkdir(exist_ok=True)
            for name in ("git", "python"):
                (tmp_path / "bin" / name).write_text("#!/bin/sh\nexit 0\n")
                (tmp_path / "bin" / name).chmod(0o755)
            subprocess.run(["/bin/sh", str(script)], cwd=tmp_path, env=environment, capture_output=True, check=False)
            assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("command", [5, "python train.py", {"a": 1}])
def test_a_command_that_is_no_list_starts_nothing(command: object) -> None:
    with pytest.raises(errors.NotFound, match="does not tell how it was started"):
        made({"command": command})


def test_words_are_quoted() -> None:
    [*_, command] = made({"command": ["python", "a b.py", "it's"]}, with_packages=False)
    assert shlex.split(command) == ["exec", "python", "a b.py", "it's"]
