"""How the sidecar is started: with this very package, whatever lies in the training's folder or environment."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

import yoloscope
from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.sdk import launch_sidecar
from yoloscope.spool import platform

TELL = """
import importlib.util, json, os, sys
import yoloscope

def main(directory):
    print(json.dumps({
        "directory": directory,
        "package": os.path.dirname(yoloscope.__file__),
        "neighbour": importlib.util.find_spec("neighbour") is not None,
        "path": sys.path,
        "python_path": os.environ.get("PYTHONPATH"),
        "handshake": os.environ.get("YOLOSCOPE_RUN"),
        "warnings": os.environ.get("PYTHONWARNINGS"),
    }))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the package beside modules that are none of a sidecar's business; its sidecar tells what it sees."""
    home = tmp_path / "site" / "yoloscope"
    shutil.copytree(Path(yoloscope.__file__).parent, home, ignore=shutil.ignore_patterns("static", "__pycache__"))
    (home / "sidecar" / "__main__.py").write_text(TELL)
    (home.parent / "neighbour.py").touch()
    monkeypatch.setattr(yoloscope, "__file__", str(home / "__init__.py"))
    return home


def _told(tmp_path: Path) -> dict[str, object]:
    directory = tmp_path / "writer"
    directory.mkdir()
    pid = launch_sidecar.start(directory)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    platform.reap()
    said = (directory / "sidecar.log").read_text()
    assert said.startswith("{"), said
    assert json.loads(said)["directory"] == str(directory)
    return json.loads(said)


def test_the_package_is_found_by_its_place_and_nothing_beside_it(package: Path, tmp_path: Path) -> None:
    told = _told(tmp_path)
    assert (told["package"], told["neighbour"]) == (str(package), False)
    assert str(package.parent) not in told["path"]  # type: ignore[operator]


def test_files_of_the_trainings_folder_hide_nothing(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("importlib", "logging", "msgspec", "queue", "random", "yoloscope"):
        (folder / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(folder)
    assert _told(tmp_path)["package"] == str(package)


@pytest.mark.usefixtures("package")
def test_the_users_path_stays_and_ours_for_trainings_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(tmp_path / "own")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((hook.PATH_DIR, own)))
    monkeypatch.setenv("YOLOSCOPE_RUN", str(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    told = _told(tmp_path)
    assert (told["python_path"], told["handshake"], told["warnings"]) == (own, None, None)


def test_an_interpreter_that_cannot_be_started_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(errors.SpoolError, match="yoloscope sync"):
        launch_sidecar.start(tmp_path)
