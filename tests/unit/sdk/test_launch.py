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
        ([], ["python", "-I", "t.py"], launch.Unattached("deaf_python", "-I")),
        ([], ["env", "python3.11", "-uE", "t.py"], launch.Unattached("deaf_python", "-E")),
        ([], ["python", "t.py", "-I"], launch.Unattached("no_python")),
        ([], ["sudo", "python", "t.py"], launch.Unattached("no_python")),
        (["hooked"], ["python", "t.py"], launch.Unattached("no_ultralytics")),
        (["hooked", "tapped"], ["yolo"], launch.Unattached("no_batch")),
    ],
)
def test_the_reason_is_told_apart(
    tmp_path: Path, words: list[str], command: list[str], expected: launch.Unattached
) -> None:
    for word in words:
        (tmp_path / word).touch()
    assert expected == launch.why_not_attached(tmp_path, command=command)


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
