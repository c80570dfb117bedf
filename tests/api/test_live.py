"""Hints over the WebSocket."""

import contextlib
import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync import client as ws

DEEP = '{"type": "watch", "runs": [], "more": ' + "[" * 30_000


@pytest.fixture
def connection(live_server) -> Iterator[ws.ClientConnection]:
    address = live_server.url.replace("http", "ws") + "/api/v1/live"
    with ws.connect(address, additional_headers={"Authorization": f"Bearer {live_server.token}"}) as opened:
        yield opened


def heard(connection) -> dict[str, object]:
    return json.loads(connection.recv(timeout=20))


def test_the_first_message_names_the_server(live_server, connection) -> None:
    instance, _ = live_server.services.catalog.instance()
    assert heard(connection) == {"type": "hello", "v": 1, "instance": instance, "caught_up": True}


def test_what_happened_shortly_before_is_told_to_who_asks_for_it(live_server, batches) -> None:
    address = live_server.url.replace("http", "ws") + "/api/v1/live"

    def told(ago_ms: int, *, count: int) -> list[dict[str, object]]:
        header = {"Authorization": f"Bearer {live_server.token}"}
        with ws.connect(f"{address}?ago_ms={ago_ms}", additional_headers=header) as late:
            return [heard(late) for _ in range(count)]

    assert any(told(2_000, count=1)[0]["caught_up"] for _ in range(2_000))  # once the server is as old
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1, 2, 3]}))))
    hello, *hints = told(2_000, count=3)
    assert hello["caught_up"] is True
    assert hints == [
        {"type": "run", "run": "r1", "project": "signs"},
        {"type": "series", "run": "r1", "project": "signs", "rows": 3},
    ]
    assert told(10**9, count=1)[0]["caught_up"] is False


def test_rows_are_announced_without_their_values(live_server, connection, batches) -> None:
    heard(connection)
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1, 2, 3]}))))
    assert heard(connection) == {"type": "run", "run": "r1", "project": "signs"}
    assert heard(connection) == {"type": "series", "run": "r1", "project": "signs", "rows": 3}


def test_watching_a_run_makes_its_trainer_send_sooner(live_server, connection, batches) -> None:
    heard(connection)
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1]}))))
    connection.send(json.dumps({"type": "watch", "runs": ["r1"]}))
    paces = (
        live_server.ingest(batches.body(batches(batches.matrix({"a": [1]}), first_seq=seq))).json()["flush_ms"]
        for seq in range(1, 2_000)
    )
    assert next(pace for pace in paces if pace == 100) == 100


def test_many_connections_hear_the_same_and_leave_nothing_behind(live_server, batches) -> None:
    address = live_server.url.replace("http", "ws") + "/api/v1/live"
    with contextlib.ExitStack() as opened:
        header = {"Authorization": f"Bearer {live_server.token}"}
        connections = [opened.enter_context(ws.connect(address, additional_headers=header)) for _ in range(30)]
        assert {heard(connection)["type"] for connection in connections} == {"hello"}
        connections[0].socket.close()  # gone without a word
        live_server.ingest(batches.body(batches(batches.matrix({"a": [1]}))))
        assert {heard(connection)["type"] for connection in connections[1:]} == {"run"}
    counts = (live_server.get("/metrics").text for _ in range(2_000))
    assert any("yoloscope_live_connections 0\n" in count for count in counts)


@pytest.mark.parametrize(
    "said",
    ["nonsense", "[]", DEEP, '{"type": "command"}', json.dumps({"type": "watch", "runs": ["r"] * 501}), b"\x00\xff"],
)
def test_what_is_not_understood_ends_the_connection_with_a_reason(connection, said) -> None:
    heard(connection)
    connection.send(said)
    with pytest.raises(ConnectionClosedError) as caught:
        connection.recv(timeout=20)
    assert caught.value.rcvd.code == 1008
