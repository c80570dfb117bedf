"""Saved views: kept, changed by one at a time, bounded."""

import json

import pytest

from yoloscope.server.routes import views
from yoloscope.store import ports_views

pytestmark = pytest.mark.slow
VIEWS = "/api/v1/views"
STATE = {"where": 'tags contains "夜"', "columns": ["a", 1, 2.5, None, True], "sort": {"by": []}}


def problem_of(answer) -> tuple[int, str, str | None]:
    said = answer.json()
    return answer.status_code, said["type"].removeprefix("urn:yoloscope:problem:"), said.get("field")


def saved(server, **changes: object) -> dict[str, object]:
    body = {"kind": "runs", "name": "mine", "project": None, "state": STATE, **changes}
    answer = server.call("POST", VIEWS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def names(server, query: str = "") -> list[str]:
    return [one["name"] for one in server.get(VIEWS + query).json()["items"]]


def test_a_view_is_kept_as_it_was_saved(live_server) -> None:
    made = saved(live_server)
    assert made.keys() == {"id", "kind", "project", "name", "state", "version", "created", "updated"}
    assert (made["state"], made["version"], made["created"]) == (STATE, 1, made["updated"])
    assert live_server.get(f"{VIEWS}/{made['id']}").json() == made
    assert live_server.get(VIEWS).json() == {"items": [made]}


def test_views_are_listed_by_kind_and_project(live_server) -> None:
    for name, kind, project in (("b", "runs", "p"), ("a", "runs", None), ("c", "board", "p"), ("d", "runs", "q")):
        saved(live_server, name=name, kind=kind, project=project)
    assert names(live_server) == ["a", "b", "c", "d"]
    assert names(live_server, "?kind=runs&project=p") == ["a", "b"]
    assert names(live_server, "?kind=board") == ["c"]
    assert names(live_server, "?kind=compare") == []
    assert problem_of(live_server.get(f"{VIEWS}?kind=page"))[:2] == (422, "invalid-request")


def test_a_change_is_taken_from_who_knows_the_view_as_it_is(live_server) -> None:
    made = saved(live_server)
    place = f"{VIEWS}/{made['id']}"
    changed = live_server.call("PUT", place, json={"version": 1, "name": "yours", "state": {"x": 1}}).json()
    assert (changed["name"], changed["state"], changed["version"], changed["kind"]) == ("yours", {"x": 1}, 2, "runs")
    late = live_server.call("PUT", place, json={"version": 1, "name": "lost"})
    assert problem_of(late) == (409, "view-changed", "version")
    assert late.json()["current"] == changed
    moved = live_server.call("PUT", place, json={"version": 2, "project": "p"}).json()
    assert (moved["project"], moved["name"], moved["version"]) == ("p", "yours", 3)


def test_a_view_that_was_removed_is_gone(live_server) -> None:
    place = f"{VIEWS}/{saved(live_server)['id']}"
    gone = live_server.call("DELETE", place)
    assert (gone.status_code, gone.content) == (204, b"")
    for method, body in (("GET", None), ("PUT", {"version": 1}), ("DELETE", None)):
        assert problem_of(live_server.call(method, place, json=body))[:2] == (404, "not-found")
    assert names(live_server) == []


def test_there_are_so_many_views_and_no_more(live_server, monkeypatch) -> None:
    monkeypatch.setattr(views, "ROOM", ports_views.Room(views=2, letters=1_000))
    saved(live_server)
    saved(live_server)
    full = live_server.call("POST", VIEWS, json={"kind": "runs", "name": "x", "state": {}})
    assert problem_of(full)[:2] == (422, "too-much")
    assert len(names(live_server)) == 2


def nested(levels: int) -> object:
    found: object = 1
    for _ in range(levels):
        found = {"x": found}
    return found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 1}, "body"),
        ({"kind": "page"}, "body"),
        ({"project": "../x"}, "project"),
        ({"state": []}, "body"),
        ({"state": None}, "body"),
        ({"state": {"x": "y" * 65_536}}, "state"),
        ({"state": nested(65)}, "state"),
        ({"version": 1}, "body"),
        ({"id": "x"}, "body"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(live_server, changes, field) -> None:
    refused = live_server.call("POST", VIEWS, json={"kind": "runs", "name": "x", "state": {}, **changes})
    assert (refused.status_code, refused.json()["field"], bool(refused.json()["fix"])) == (422, field, True)
    assert names(live_server) == []


def test_a_state_may_be_as_large_as_it_is_said(live_server) -> None:
    state = {"x": "夜" * ((65_536 - 8) // 3)}
    assert saved(live_server, state=state)["state"] == state


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"kind":"runs","name":"x","state":' + b'{"x":' * 5_000 + b"1" + b"}" * 5_001,
        b'{"kind":"runs","name":"x","state":{"x":' + b"9" * 400 + b"}}",
        b'{"kind":"runs","name":"x","state":{"x":"\xff"}}',
        b'{"kind":"runs","name":"\\ud800","state":{}}',
        b'{"kind":"runs","name":"x","state":{"x":"\\ud800"}}',
        b'{"kind":"runs","name":"x","state":{"x":NaN}}',
    ],
)
def test_bytes_that_are_no_view_are_refused(live_server, body) -> None:
    answer = live_server.call("POST", VIEWS, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 422), answer.text
    listing = live_server.get(VIEWS)
    assert listing.status_code == 200
    json.loads(listing.content)


def test_a_body_that_is_too_large_is_refused(live_server) -> None:
    body = json.dumps({"kind": "runs", "name": "x", "state": {"x": "y" * 500_000}}).encode()
    answer = live_server.call("POST", VIEWS, data=body, headers={"Content-Type": "application/json"})
    assert problem_of(answer)[:2] == (413, "body-too-large")
