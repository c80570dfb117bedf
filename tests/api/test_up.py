"""``yoloscope up`` as a process: ready line, second start, readable failures, clean stop."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import requests
from websockets.sync import client as ws

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from yoloscope.cli.main import main; main()", "up"]


@contextlib.contextmanager
def running(data: Path, *options: str) -> Generator[tuple[dict[str, object], subprocess.Popen[str]], None, None]:
    """Start the command on a free port and yield its ready line; it is stopped at the end."""
    command = [*COMMAND, "--port", "0", "--json", "--data", str(data), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline()), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def failure(*options: str) -> str:
    """Return the one message of a start that fails with exit code 2."""
    said = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False, timeout=60)
    assert (said.returncode, said.stdout) == (2, "")
    assert "Traceback" not in said.stderr
    return said.stderr


def test_the_ready_line_leads_into_the_dashboard(tmp_path) -> None:
    with running(tmp_path / "data") as (ready, process):
        assert ready.keys() == {"url", "link", "data", "pid"}
        assert (ready["data"], ready["pid"]) == (str(tmp_path / "data"), process.pid)
        with requests.Session() as browser:
            assert browser.get(ready["link"], timeout=20).status_code == 200
            assert browser.get(f"{ready['url']}/api/v1/runs", timeout=20).json() == {
                "items": [],
                "next": None,
                "total": 0,
                "aggregates": {},
            }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_even_with_an_open_connection(tmp_path, number) -> None:
    with running(tmp_path / "data") as (ready, process):
        token = (tmp_path / "data" / "token").read_text().strip()
        address = f"{ready['url']}/api/v1/live".replace("http", "ws")
        with ws.connect(address, additional_headers={"Authorization": f"Bearer {token}"}) as connection:
            connection.recv(timeout=20)
            process.send_signal(number)
            out, err = process.communicate(timeout=3)
        assert (process.returncode, out, err) == (0, "", "")
    assert list(Path(os.environ["XDG_CONFIG_HOME"]).rglob("*.json")) == []


def test_a_second_start_points_to_the_first(tmp_path) -> None:
    with running(tmp_path / "data") as (ready, _):
        said = subprocess.run(
            [*COMMAND, "--json", "--data", str(tmp_path / "data")], capture_output=True, check=True, timeout=60
        )
        second = json.loads(said.stdout)
        assert second["url"] == ready["url"]
        assert second["link"] != ready["link"]
        with requests.Session() as browser:
            assert browser.get(second["link"], timeout=20, allow_redirects=False).status_code == 303


def test_what_was_stored_is_there_after_a_restart(tmp_path) -> None:
    with running(tmp_path / "data") as (ready, _):
        requests.post(f"{ready['url']}/log?run=mine", json={"step": 1, "loss_box": 0.5}, timeout=20).raise_for_status()
    with running(tmp_path / "data", "--no-auth") as (ready, _):
        items = requests.get(f"{ready['url']}/api/v1/runs", timeout=20).json()["items"]
        assert [(item["name"], item["last"]) for item in items] == [("mine", {"train/box_loss": 0.5})]


def test_what_was_acknowledged_survives_a_kill(tmp_path) -> None:
    with running(tmp_path / "data") as (ready, process):
        for step in range(20):
            requests.post(f"{ready['url']}/log?run=mine", json={"step": step, "x": step}, timeout=20).raise_for_status()
        process.kill()
        process.wait()
    with running(tmp_path / "data", "--no-auth") as (ready, _):
        assert requests.get(f"{ready['url']}/api/v1/runs", timeout=20).json()["items"][0]["rows"] == 20


def test_a_taken_port_is_one_readable_message(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = failure("--port", str(other.getsockname()[1]), "--data", str(tmp_path / "data"))
    assert f"process {os.getpid()} " in said
    assert "yoloscope up --port " in said


def test_no_auth_beyond_this_machine_is_refused(tmp_path) -> None:
    assert "--no-auth" in failure("--host", "0.0.0.0", "--no-auth", "--data", str(tmp_path / "data"))


def test_a_data_directory_that_cannot_be_made_is_said_so(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    assert "--data" in failure("--data", str(tmp_path / "file" / "data"))


def test_a_data_directory_of_a_newer_release_is_left_alone(tmp_path) -> None:
    with running(tmp_path / "data"):
        pass
    version = tmp_path / "data" / "version.json"
    version.write_text(json.dumps({**json.loads(version.read_text()), "format": 999}))
    assert "install that release" in failure("--port", "0", "--data", str(tmp_path / "data"))


def test_an_unknown_store_is_said_so(tmp_path) -> None:
    assert "--store" in failure("--port", "0", "--store", "oracle://x", "--data", str(tmp_path / "data"))


def test_a_missing_extra_is_named_with_the_line_to_type(tmp_path) -> None:
    code = "import sys; sys.modules['fastapi'] = None; sys.argv = ['yoloscope', 'up']; from yoloscope.cli.main import main; main()"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (said.returncode, "Traceback" in said.stderr) == (2, False)
    assert "pip install 'yoloscope[server]'" in said.stderr
