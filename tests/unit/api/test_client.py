import os

import pytest
import urllib3

from yoloscope import errors
from yoloscope.api import client
from yoloscope.wire import discovery


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "fe80::1", "gpu-box", "a.lan"]
)
def test_addresses_inside_the_building_need_no_proxy(host, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    url = f"http://[{host}]" if ":" in host else f"http://{host}"
    assert not isinstance(client.pool_for(url), urllib3.ProxyManager)


def test_addresses_outside_go_through_the_proxy_of_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert isinstance(client.pool_for("http://board.example.com"), urllib3.ProxyManager)
    monkeypatch.setenv("NO_PROXY", "example.com")
    assert not isinstance(client.pool_for("http://board.example.com"), urllib3.ProxyManager)


def test_a_proxy_of_our_own_is_used_for_all(monkeypatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_PROXY", "http://proxy.example:3128")
    assert isinstance(client.pool_for("http://127.0.0.1"), urllib3.ProxyManager)


def test_the_server_is_the_one_named_else_that_of_the_environment_else_the_running_one(tmp_path, monkeypatch) -> None:
    assert client.Client().url == client.DEFAULT_URL
    discovery.publish(discovery.Server("http://127.0.0.1:9999", str(tmp_path), str(tmp_path / "token"), os.getpid()))
    assert client.Client().url == "http://127.0.0.1:9999"
    monkeypatch.setenv("YOLOSCOPE_SERVER", "http://board:1/")
    assert client.Client().url == "http://board:1"
    assert client.Client("http://secret@other:2").url == "http://other:2"


@pytest.mark.parametrize("server", ["ftp://x", "http://", "://"])
def test_what_is_no_address_is_refused(server) -> None:
    with pytest.raises(errors.ConfigError):
        client.Client(server)


def test_a_server_that_does_not_answer_is_one_readable_error() -> None:
    with pytest.raises(errors.ServerUnavailable, match="yoloscope up"):
        client.Client("http://127.0.0.1:9").get("/healthz", answer=dict[str, str])


def test_a_refusal_tells_what_the_server_says(live_server) -> None:
    with pytest.raises(errors.ServerRefused, match="needs the server's token") as caught:
        client.Client(live_server.url, token="wrong").get("/api/v1/runs", answer=dict[str, object])
    assert caught.value.status == 401


def test_the_token_of_a_server_on_this_machine_is_found(live_server) -> None:
    assert client.Client(live_server.url).get("/api/v1/runs", answer=dict[str, object])["items"] == []


def test_the_file_of_a_project_names_the_server_unless_somebody_says_another(tmp_path, monkeypatch) -> None:
    (tmp_path / "project" / "runs").mkdir(parents=True)
    (tmp_path / "project" / "yoloscope.toml").write_text('server = "http://secret@board:8080"\n')
    monkeypatch.chdir(tmp_path / "project" / "runs")
    discovery.publish(discovery.Server("http://127.0.0.1:9999", str(tmp_path), str(tmp_path / "token"), os.getpid()))
    assert client.Client().url == "http://board:8080"
    monkeypatch.setenv("YOLOSCOPE_SERVER", "http://other:1")
    assert client.Client().url == "http://other:1"
    assert client.Client("http://asked:2").url == "http://asked:2"


def test_a_file_that_cannot_be_read_is_one_readable_error(tmp_path, monkeypatch) -> None:
    (tmp_path / "yoloscope.toml").write_text("server = ")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.ConfigError, match=r"yoloscope\.toml"):
        client.Client()
