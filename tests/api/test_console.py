"""Printed lines from the wire to a reader: each change once, in order, live."""

import json
import threading
from collections.abc import Callable

import msgspec
import pytest
from websockets.sync import client as websocket

from yoloscope.records import ids, row

pytestmark = pytest.mark.slow

PATH = "/api/v1/runs/r1/console"
OTHER = ids.WriterId("fedcba9876543210" * 2)
SECOND_NS = 10**9
STARTED_NS = 1_700_000_000 * SECOND_NS


def printed(*lines: str, first: int = 0, stream: row.Stream = "out", left_out: int = 0) -> row.Printed:
    return row.Printed(stream, first, STARTED_NS, lines, left_out)


@pytest.fixture
def send(live_server, batches) -> Callable[..., dict[str, object]]:
    """Send entries of a run in one lane after the other."""
    sent = 0

    def send_entries(*entries: row.Entry, **changes: object) -> dict[str, object]:
        nonlocal sent
        answer = live_server.ingest(batches.body(batches(*entries, first_seq=sent, **changes)))
        assert answer.status_code == 200, answer.text
        sent += len(entries)
        return answer.json()

    return send_entries


def page(server, query: str = "") -> dict[str, object]:
    answer = server.get(PATH + query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(found: dict[str, object]) -> list[str]:
    return [item["text"] for item in found["items"]]


def test_lines_are_told_with_all_that_is_known_of_them(live_server, send) -> None:
    send(printed("a", "b", left_out=4), printed("10%", stream="err"))
    common = {"attempt": 1, "rank": 0, "time": "2023-11-14T22:13:20.000Z"}
    assert page(live_server) == {
        "items": [
            {"place": 1, "stream": "out", "line": 0, "text": "a", "left_out": 4, **common},
            {"place": 2, "stream": "out", "line": 1, "text": "b", "left_out": 0, **common},
            {"place": 3, "stream": "err", "line": 0, "text": "10%", "left_out": 0, **common},
        ],
        "next": 3,
        "removed": 0,
    }


def test_a_body_sent_again_changes_nothing(live_server, batches) -> None:
    body = batches.body(batches(printed("a", "b"), printed("10%", stream="err")))
    first = [live_server.ingest(body).status_code, page(live_server)]
    assert [live_server.ingest(body).status_code, page(live_server)] == first


def test_a_reader_that_goes_on_gets_what_came_or_changed_since(live_server, send) -> None:
    send(printed("a"), printed("10%", stream="err"))
    place = page(live_server)["next"]
    assert page(live_server, f"?after={place}") == {"items": [], "next": place, "removed": 0}
    send(printed("20%", stream="err"), printed("b", first=1))
    since = page(live_server, f"?after={place}")
    assert [(item["stream"], item["line"], item["text"]) for item in since["items"]] == [
        ("err", 0, "20%"),
        ("out", 1, "b"),
    ]
    assert texts(page(live_server)) == ["a", "20%", "b"]


def test_pages_go_forwards_backwards_and_from_the_end(live_server, send) -> None:
    send(printed(*map(str, range(7))))
    first = page(live_server, "?limit=3")
    assert (texts(first), texts(page(live_server, f"?limit=3&after={first['next']}"))) == (
        ["0", "1", "2"],
        ["3", "4", "5"],
    )
    tail = page(live_server, "?tail=2")
    assert (texts(tail), tail["next"]) == (["5", "6"], 7)
    assert texts(page(live_server, f"?limit=2&before={tail['items'][0]['place']}")) == ["3", "4"]


def test_a_place_from_before_a_restore_is_told_by_a_smaller_one(live_server, send) -> None:
    send(printed("a"))
    assert page(live_server, "?after=900") == {"items": [], "next": 1, "removed": 0}


def test_attempts_have_their_number_in_order_of_time_and_ranks_belong_to_them(live_server, batches) -> None:
    def attempt(writer: str, second: int, *, rank: int = 0) -> None:
        ref = row.AttemptRef(index=0, wall_ns=STARTED_NS + second * SECOND_NS, mono_ns=0)
        batch = batches(printed(f"{second} of {rank}"), writer=ids.WriterId(writer * 32), attempt=ref)
        assert live_server.ingest(batches.body(msgspec.structs.replace(batch, rank=rank))).status_code == 200

    attempt("b", 100)
    attempt("a", 10)
    attempt("c", 101, rank=1)
    found = {item["text"]: (item["attempt"], item["rank"]) for item in page(live_server)["items"]}
    assert found == {"10 of 0": (1, 0), "100 of 0": (2, 0), "101 of 1": (2, 1)}
    assert texts(page(live_server, "?attempt=1")) == ["10 of 0"]
    assert texts(page(live_server, "?attempt=2")) == ["100 of 0", "101 of 1"]
    assert texts(page(live_server, "?attempt=3")) == []


def test_what_a_resuming_process_prints_first_belongs_to_the_attempt_that_it_then_is(live_server, batches) -> None:
    def send(writer: str, index: int, *entries: row.Entry, first_seq: int = 0) -> None:
        ref = row.AttemptRef(index=index, wall_ns=STARTED_NS + (int(writer, 16) * 10 + index) * SECOND_NS, mono_ns=0)
        batch = batches(*entries, writer=ids.WriterId(writer * 32), attempt=ref, first_seq=first_seq)
        assert live_server.ingest(batches.body(batch)).status_code == 200

    send("1", 0, printed("first"), batches.matrix({"a": [1.0]}))
    send("2", 0, printed("resuming"))
    send("2", 1, printed("resumed", first=1), batches.matrix({"a": [2.0]}), first_seq=1)
    found = {item["text"]: item["attempt"] for item in page(live_server)["items"]}
    assert found == {"first": 1, "resuming": 2, "resumed": 2}
    assert [one["number"] for one in live_server.get("/api/v1/runs/r1").json()["attempts"]] == [1, 2]


def test_one_stream_may_be_asked_for(live_server, send) -> None:
    send(printed("a"), printed("b", stream="err"))
    assert texts(page(live_server, "?stream=err")) == ["b"]


@pytest.mark.parametrize(
    ("query", "slug", "field"),
    [
        ("?limit=0", "invalid-request", "limit"),
        ("?limit=5001", "invalid-request", "limit"),
        ("?tail=0", "invalid-request", "tail"),
        ("?after=-1", "invalid-request", "after"),
        ("?after=99999999999999999999", "invalid-request", "after"),
        ("?after=1&tail=3", "invalid-request", "tail"),
        ("?before=4&after=1", "invalid-request", "before"),
        ("?stream=log", "invalid-request", "stream"),
        ("?attempt=0", "invalid-request", "attempt"),
        ("?lines=3", "unknown-parameter", "lines"),
    ],
)
def test_what_cannot_be_asked_is_said(live_server, send, query: str, slug: str, field: str) -> None:
    send(printed("a"))
    said = live_server.get(PATH + query).json()
    assert (said["status"], said["type"], said["field"]) == (422, f"urn:yoloscope:problem:{slug}", field)
    assert said["fix"]


def test_a_run_that_is_unknown_has_no_console(live_server) -> None:
    assert live_server.get(PATH).status_code == 404


def test_new_lines_are_hinted_at(live_server, send) -> None:
    send(printed("a"))
    url = live_server.url.replace("http", "ws") + "/api/v1/live"
    headers = {"Authorization": f"Bearer {live_server.token}"}
    with websocket.connect(url, additional_headers=headers, proxy=None) as live:
        assert json.loads(live.recv(30))["type"] == "hello"
        send(printed("b", first=1))
        assert json.loads(live.recv(30)) == {"type": "run", "run": "r1", "project": "signs"}


def test_a_reader_misses_and_doubles_nothing_while_lines_come(live_server, batches) -> None:
    count = 40

    def train(writer: ids.WriterId) -> None:
        for at in range(count):
            bar = printed(f"{at}%", stream="err")
            batch = batches(printed(str(at), first=at), bar, writer=writer, first_seq=2 * at)
            live_server.ingest(batches.body(batch))

    live_server.ingest(batches.body(batches()))
    trainings = [threading.Thread(target=train, args=(writer,)) for writer in (batches.writer, OTHER)]
    for training in trainings:
        training.start()
    seen: list[dict[str, object]] = []
    place, over = 0, False
    while not over:
        over = not any(training.is_alive() for training in trainings)
        found = page(live_server, f"?limit=5&after={place}")
        seen += found["items"]
        place = found["next"]
        over = over and not found["items"]
    places = [line["place"] for line in seen]
    assert places == sorted(set(places))
    for number in (1, 2):
        mine = [line["text"] for line in seen if line["attempt"] == number and line["stream"] == "out"]
        assert mine == [str(at) for at in range(count)]
