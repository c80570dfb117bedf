"""The door to the server's list: what it says is ids of runs and cards, or nothing."""

import json
from collections.abc import Mapping

import pytest

from yoloscope import errors
from yoloscope.sidecar import starts
from yoloscope.wire import protocol

GOOD = {"id": "a1", "run": "r1", "card": "", "now": False}


class Answering:
    """Stands for the HTTP client."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, bytes | None]] = []
        self.agents: set[str] = set()

    def commands(self, method: str, path: str, *, body: bytes | None = None, more: Mapping[str, str]) -> bytes | None:
        self.asked.append((method, path, body))
        self.agents.add(more[protocol.AGENT_HEADER])
        return self.answer

    def close(self) -> None:
        pass


def desk(monkeypatch: pytest.MonkeyPatch, answer: object) -> tuple[starts.Desk, Answering]:
    data = answer if isinstance(answer, bytes | None) else json.dumps(answer).encode()
    client = Answering(data)
    monkeypatch.setattr(starts.client, "Client", lambda _: client)
    return starts.Desk("http://s", "gpu 03/x"), client


def test_a_list_is_asked_for_by_the_hosts_name(monkeypatch) -> None:
    made, client = desk(monkeypatch, {"v": 1, "instance": "i", "etag": "e", "waiting": [GOOD], "more": 1})
    assert made.ask("seen&x") == starts.Told("e", (starts.Wish("a1", "r1"),))
    assert client.asked == [("GET", "/api/v1/machines/gpu%2003%2Fx/starts?seen=seen%26x&wait_s=20", None)]


@pytest.mark.parametrize(
    "wish",
    [
        {"id": "../../etc/x"},
        {"id": ""},
        {"id": "G1"},
        {"run": "../r1"},
        {"run": "-rf"},
        {"run": "r1; rm -rf /"},
        {"run": 7},
        {"card": "x" * 300},
        {"card": "GPU\n--foreground"},
        {"now": "yes"},
        {"id": None},
    ],
)
def test_a_wish_of_a_form_that_cannot_be_is_left_out(monkeypatch, wish) -> None:
    made, _ = desk(monkeypatch, {"v": 1, "etag": "e", "waiting": [GOOD | wish, GOOD]})
    told = made.ask("")
    assert told is not None
    assert told.wishes == (starts.Wish("a1", "r1"),)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        {"v": 1},
        {"v": 2, "etag": "e", "waiting": []},
        {"v": 1, "etag": "e", "waiting": "all"},
        {"v": 1, "etag": "e", "waiting": [GOOD] * 1_001},
    ],
)
def test_what_is_no_list_harms_nothing(monkeypatch, answer) -> None:
    made, _ = desk(monkeypatch, answer)
    with pytest.raises(errors.ServerUnavailable):
        made.ask("")


def test_a_word_is_asked_back_and_only_a_clear_yes_counts(monkeypatch) -> None:
    made, client = desk(monkeypatch, {"go": True})
    one = starts.Wish("a1", "r1")
    assert made.say(one, "failed", "why")
    assert json.loads(client.asked[0][2] or b"") == {"id": "a1", "run": "r1", "state": "failed", "detail": "why"}
    for answer in ({"go": False}, None):
        assert not desk(monkeypatch, answer)[0].say(one, "starting")
    for answer in ({"go": "yes"}, {}, b"ok"):
        with pytest.raises(errors.ServerUnavailable):
            desk(monkeypatch, answer)[0].say(one, "starting")


def test_an_agent_tells_itself_apart_from_those_of_other_users(monkeypatch: pytest.MonkeyPatch) -> None:
    one, server = desk(monkeypatch, {"go": True})
    one.say(starts.Wish("a1", "r1"), "starting")
    one.say(starts.Wish("a1", "r1"), "started")
    assert len(server.agents) == 1
    other, others = desk(monkeypatch, {"go": True})
    other.say(starts.Wish("a1", "r1"), "starting")
    assert not server.agents & others.agents
