"""A sidecar is handed the commands of its training, whatever way gets through, and the inbox holds what the server says now."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from commanding import Commands, by_polling, by_websocket, command

import yoloscope
from yoloscope.sdk import launch_sidecar
from yoloscope.sidecar import client, link, orders
from yoloscope.spool import inbox

Begin = Callable[[str], Path]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Begin]:
    """Begin a run that is sent to a server; nothing carries it."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr("yoloscope.sdk.run.FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", "secret")
    monkeypatch.setattr(client, "BACKOFF_FIRST_S", 0.01)
    runs: list[yoloscope.Run] = []

    def begun(server: str) -> Path:
        runs.append(yoloscope.init(server=server))
        assert runs[-1].directory is not None
        return runs[-1].directory

    yield begun
    for run in runs:
        run.finish()


@pytest.fixture
def linked() -> Iterator[Callable[[Path], list[inbox.Order]]]:
    """Link a directory; what has to be killed is returned as it comes."""
    links: list[link.Link] = []

    def start(directory: Path) -> list[inbox.Order]:
        kills: list[inbox.Order] = []
        links.append(link.Link(directory, orders.Orders(directory, kill=kills.append)))
        return kills

    yield start
    for one in links:
        one.close()


def held(directory: Path) -> list[str]:
    return [order.id for order in inbox.load(directory).orders]


def test_orders_come_at_once_and_the_inbox_is_what_the_server_says_now(begin: Begin, linked) -> None:
    with by_websocket(Commands()) as server:
        directory = begin(server.url)
        server.set(command("a"), command("b", "set", args={"lr": 0.1}, order=2))
        kills = linked(directory)
        server.wait_for_taken("a", "b")
        assert held(directory) == ["a", "b"]
        server.set(command("b", "set", args={"lr": 0.1}, order=2), command("k", "stop", args={"how": "kill"}))
        server.wait_for_taken("b", "k")
        assert held(directory) == ["b"]
        assert [order.id for order in kills] == ["k"]
        run = inbox.load(directory).run
        assert server.paths == [f"/api/v1/runs/{run}/control?writer={directory.name}"]
        assert server.headers[0]["Authorization"] == "Bearer secret"


def test_a_cut_connection_is_made_again_and_an_old_inbox_is_replaced(begin: Begin, linked) -> None:
    commands = Commands()
    with by_websocket(commands) as server:
        directory = begin(server.url)
        server.set(command("a"))
        linked(directory)
        server.wait_for_taken("a")
        server.open = [command("b")]
        server.drop()
        server.wait_for_taken("b")
        assert held(directory) == ["b"]
        port = int(server.url.rpartition(":")[2])
    commands.open = [command("c")]
    with by_websocket(commands, port=port):
        commands.wait_for_taken("c")
        assert held(directory) == ["c"]


def test_where_no_websocket_gets_through_it_polls(begin: Begin, linked) -> None:
    with by_polling(Commands()) as server:
        directory = begin(server.url)
        server.set(command("a"))
        linked(directory)
        server.wait_for_taken("a")
        assert held(directory) == ["a"]
        server.set(command("b"))
        server.wait_for_taken("b")
        assert held(directory) == ["b"]
        assert server.ways[:4] == ["handshake", "handshake", "handshake", "polling"]
        assert server.headers[0]["Authorization"] == "Bearer secret"
        assert server.taken == [["a"], ["b"]]


@pytest.mark.parametrize("way", ["polling", "1008", "version"])
def test_a_server_that_speaks_of_no_commands_is_left_in_peace(begin: Begin, linked, way: str) -> None:
    commands = Commands()
    commands.close_code = 1008 if way == "1008" else 0
    commands.version = 2 if way == "version" else 1
    commands.open = [command("a")]
    with by_polling(commands, is_old=True) if way == "polling" else by_websocket(commands) as server:
        directory = begin(server.url)
        linked(directory)
        expected = ["handshake"] * 3 + ["polling"] if way == "polling" else ["websocket"]
        until_s = time.monotonic() + 20
        while server.ways != expected and time.monotonic() < until_s:
            time.sleep(0.01)
        time.sleep(0.3)
        assert server.ways == expected
        assert held(directory) == []


def test_a_fault_is_said_once_and_the_link_goes_on(
    begin: Begin, linked, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "OLD_S", 0.01)
    monkeypatch.setattr(orders.Orders, "take", lambda self, told: 1 / 0)
    caplog.set_level(logging.WARNING, "yoloscope.sidecar")
    with by_websocket(Commands()) as server:
        linked(begin(server.url))
        until_s = time.monotonic() + 20
        while len(server.ways) < 3 and time.monotonic() < until_s:
            time.sleep(0.01)
        assert len(server.ways) >= 3
    said = [one for one in caplog.records if "a fault in the link" in one.getMessage()]
    assert len(said) == 1
    assert said[0].exc_info is not None
