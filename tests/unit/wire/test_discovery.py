import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from yoloscope.wire import discovery

TOKEN = "t" * 40


@pytest.fixture
def server(tmp_path) -> discovery.Server:
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN + "\n")
    return discovery.Server("http://127.0.0.1:8080", str(tmp_path), str(token_file), os.getpid())


def test_a_published_server_is_found_and_its_token_read(server) -> None:
    path = discovery.publish(server)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert discovery.servers() == [server]
    for url in ("http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:8080"):
        assert discovery.token_for(url) == TOKEN


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:8080", "http://127.0.0.1:8081", "http://evil.example:8080", "nonsense", ""]
)
def test_the_token_is_for_this_machine_and_port_alone(server, url) -> None:
    discovery.publish(server)
    assert discovery.token_for(url) is None


def test_a_withdrawn_server_is_gone(server) -> None:
    discovery.publish(server)
    discovery.withdraw(server)
    assert discovery.servers() == []
    assert discovery.token_for(server.url) is None


def test_a_server_does_not_withdraw_the_one_that_took_its_port(server) -> None:
    discovery.publish(server)
    discovery.withdraw(discovery.Server(server.url, "/elsewhere", server.token_file, server.pid))
    assert discovery.servers() == [server]


def test_the_file_of_a_dead_server_is_not_believed(server) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    discovery.publish(discovery.Server(server.url, server.data, server.token_file, dead.pid))
    assert discovery.servers() == []
    assert discovery.token_for(server.url) is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"v": 2}', '{"v": 1, "url": "x"}', '{"v": 1, "url": 1, "data": 1, "token_file": 1, "pid": "x"}'],
)
def test_a_damaged_file_is_as_none(content) -> None:
    folder = discovery.directory()
    folder.mkdir(parents=True)
    (folder / "8080.json").write_text(content)
    assert discovery.servers() == []
    assert discovery.token_for("http://127.0.0.1:8080") is None


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, yoloscope.wire.discovery; print([m for m in ('numpy', 'urllib3', 'msgspec') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert said.stdout.strip() == "[]"


def test_a_user_without_a_home_has_no_servers_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container with a user id of its own: nothing raises, a courier asks for no token."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert discovery.token_for("http://127.0.0.1:8080") is None
    assert discovery.servers() == []
    with pytest.raises(OSError, match="home"):
        discovery.publish(discovery.Server("http://127.0.0.1:1", "d", "t", 1))
