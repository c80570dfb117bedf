"""`yoloscope env` as a process: torch is tried beside it, nothing of Ultralytics is written, and both languages are there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope.cli.env import rules

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def env(folder: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "yoloscope", "env", *words]
    told = {**os.environ, "PYTHONIOENCODING": "utf-8", **more}
    return subprocess.run(command, cwd=folder, env=told, capture_output=True, text=True, encoding="utf-8", check=False)


def state_of(said: str) -> dict[str, str]:
    return {check["id"]: check["state"] for check in msgspec.json.decode(said)["checks"]}


@pytest.mark.torch
def test_this_machine_is_checked_with_torch_and_a_server(tmp_path: Path, start_up: Callable[[], object]) -> None:
    pytest.importorskip("torch")
    config = tmp_path / "settings"
    done = env(tmp_path, "--json", "--server", start_up().url, YOLO_CONFIG_DIR=str(config), TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    states = state_of(done.stdout)
    assert list(states) == list(rules.RULES)
    assert {name: states[name] for name in ("torch_import", "server", "clock", "releases", "proxy")} == dict.fromkeys(
        ("torch_import", "server", "clock", "releases", "proxy"), "ok"
    )
    assert not config.exists()


def test_a_torch_that_cannot_be_imported_is_a_problem_with_its_reason(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    (packages / "torch-2.5.1.dist-info").mkdir(parents=True)
    (packages / "torch-2.5.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.5.1\n")
    (packages / "torch.py").write_text("raise ImportError('libcudart.so.12: cannot open shared object file')")
    more = {"PYTHONPATH": str(packages), "LC_ALL": "zh_CN.UTF-8"}
    done = env(tmp_path, "--json", "--strict", "--server", "http://127.0.0.1:9", **more)
    assert done.returncode == 1
    [check] = [one for one in msgspec.json.decode(done.stdout)["checks"] if one["id"] == "torch_import"]
    assert check["state"] == "problem"
    assert check["found"] == "torch 无法导入：ImportError: libcudart.so.12: cannot open shared object file"
    assert "pytorch.org" in check["fix"]


def test_a_chinese_console_that_lacks_a_letter_shows_the_rest(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "yoloscope", "env", "--fast", "--server", "http://127.0.0.1:9"]
    told = {**os.environ, "LC_ALL": "zh_CN.GBK", "PYTHONIOENCODING": "gbk"}
    done = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode("gbk")
    assert "+ 正常  磁盘：" in shown
    assert "\\u" not in shown
