"""The environment of a recorded child, and the reasons for which nothing was recorded."""

import os
from pathlib import Path

import pytest

from yoloscope.boot import hook
from yoloscope.sdk import launch


def test_the_hook_leads_the_path_and_stands_there_once(tmp_path: Path) -> None:
    first = launch.child_environment({"PYTHONPATH": "/a", "X": "1"}, handshake=tmp_path)
    assert {"PYTHONPATH": f"{hook.PATH_DIR}{os.pathsep}/a", "X": "1", "YOLOSCOPE_RUN": str(tmp_path)} == first
    assert first == launch.child_environment(first, handshake=tmp_path)


@pytest.mark.parametrize(
    ("words", "command", "expected"),
    [
        ([], ["python", "-I", "t.py"], "-I"),
        ([], ["env", "python3.11", "-uE", "t.py"], "-E"),
        ([], ["python", "t.py", "-I"], "sudo"),
        ([], ["sudo", "python", "t.py"], "sudo"),
        (["hooked"], ["python", "t.py"], "nothing imported ultralytics"),
        (["hooked", "tapped"], ["yolo"], "first batch"),
    ],
)
def test_the_reason_names_what_to_change(tmp_path: Path, words: list[str], command: list[str], expected: str) -> None:
    for word in words:
        (tmp_path / word).touch()
    assert expected in (launch.why_not_attached(tmp_path, command=command) or "")


@pytest.mark.parametrize("word", ["failed", "run-abc"])
def test_nothing_is_said_twice_or_for_nothing(tmp_path: Path, word: str) -> None:
    (tmp_path / word).touch()
    assert launch.why_not_attached(tmp_path, command=["python", "-I"]) is None


def test_runs_are_read_in_the_order_of_their_beginning(tmp_path: Path) -> None:
    for at, name in enumerate(("b", "a")):
        path = tmp_path / f"run-{name}"
        path.write_text(f'{{"run":"{name}","project":"p","name":"n","directory":"/d","pid":1}}')
        os.utime(path, ns=(at, at))
    assert [word.run for word in launch.runs_begun(tmp_path)] == ["b", "a"]
