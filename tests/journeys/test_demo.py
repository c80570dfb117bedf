"""``yoloscope demo``: a real training that learns, watched by a real server, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from yoloscope import errors
from yoloscope.cli import demo

DEMO = [sys.executable, "-m", "yoloscope", "demo"]
slow = [pytest.mark.slow, pytest.mark.torch, pytest.mark.timeout(240)]


def processes_of(folder: Path) -> list[list[str]]:
    """Return the command lines that name a folder."""
    found = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [words for words in found if any(str(folder) in word for word in words)]


def _ended(process: subprocess.Popen[str]) -> int:
    """Return the exit code; a process that does not end is killed, so that the test fails instead of waiting for ever."""
    try:
        return process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


class TestDemo:
    pytestmark = slow

    def test_it_learns_and_every_value_sent_is_stored(self, tmp_path: Path) -> None:
        words = ["--epochs", "8", "--exit", "--json", "--port", "0", "--data", str(tmp_path / "d")]
        done = subprocess.run([*DEMO, *words], capture_output=True, text=True, check=False, env=dict(os.environ))
        assert done.returncode == 0, done.stderr
        [line] = done.stdout.splitlines()
        told = json.loads(line)
        keys = ["epochs", "findings", "map50_first", "map50_last", "points_sent", "points_stored", "run", "url"]
        assert sorted(told) == keys
        assert told["epochs"] == 8
        assert {one["severity"] for one in told["findings"]} <= {"info"}  # it learns, and has few pictures
        for one in told["findings"]:
            assert list(one) == ["rule", "name", "severity", "first_epoch", "evidence", "advice"]
            assert list(one["advice"]) == ["text", "args"]
        assert told["points_sent"] == told["points_stored"] > 1_000
        assert told["map50_last"] > told["map50_first"] + 0.2
        assert processes_of(tmp_path) == []

    def test_it_stays_up_until_it_is_interrupted(self, tmp_path: Path) -> None:
        words = ["--epochs", "1", "--port", "0", "--data", str(tmp_path / "d")]
        with subprocess.Popen(
            [*DEMO, *words], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            assert any("Stop it with Ctrl-C" in line for line in lines)
            process.send_signal(signal.SIGINT)
            assert _ended(process) == 0
        assert processes_of(tmp_path) == []

    def test_interrupting_the_training_leaves_nothing_behind(self, tmp_path: Path) -> None:
        words = ["--port", "0", "--data", str(tmp_path / "d")]
        with subprocess.Popen(
            [*DEMO, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            assert any(line.startswith("epoch 1/") for line in lines)
            process.send_signal(signal.SIGINT)
            assert _ended(process) == 1
        assert processes_of(tmp_path) == []

    def test_a_taken_port_is_named(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            words = ["--port", port, "--exit", "--data", str(tmp_path / "d")]
            done = subprocess.run([*DEMO, *words], capture_output=True, text=True, check=False, env=dict(os.environ))
        assert done.returncode == 2
        assert port in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("sklearn", "yoloscope[demo]"), ("ultralytics", "pip install torch torchvision ultralytics")],
)
def test_a_missing_package_is_named_with_the_line_to_type(
    monkeypatch: pytest.MonkeyPatch, missing: str, expected: str
) -> None:
    real = demo.importlib.util.find_spec
    monkeypatch.setattr(demo.importlib.util, "find_spec", lambda name: None if name == missing else real(name))
    outcome = CliRunner().invoke(demo.demo, ["--exit"])
    assert isinstance(outcome.exception, errors.ConfigError)
    assert expected in str(outcome.exception)
