"""The run table over HTTP: filters, order, pages, sums, completions, and answers that need not be sent again."""

import msgspec
import pytest

from yoloscope.records import row, state

MAP50 = "metrics/mAP50"
RUNS = "/api/v1/runs"
pytestmark = pytest.mark.slow  # a server each


@pytest.fixture
def filled(live_server, batches) -> object:
    """Three runs of one project and one of another; the best of them trained at night."""
    for number, (name, value, size, tags) in enumerate(
        (("a", 0.4, 640, ("day",)), ("b", 0.7, 640, ("night", "v2")), ("c", 0.6, 1280, ("night",)))
    ):
        add(live_server, batches, name, value, size=size, tags=tags, created_ns=1_700_000_000_000_000_000 + number)
    add(live_server, batches, "d", 0.9, size=320, project="cars")
    return live_server


def add(server, batches, name: str, value: float, **of: object) -> None:
    ref = row.RunRef(name, of.get("project", "signs"), name, of.get("created_ns", 1), tags=of.get("tags", ()))
    told = row.Updated("config", {"imgsz": of.get("size", 640)})
    batch = batches(told, batches.matrix({MAP50: [value / 2, value], "lr": [0.1, 0.01]}), writer=name * 32)
    assert server.ingest(batches.body(msgspec.structs.replace(batch, run=ref))).status_code == 200


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_filter_picks_an_order_sorts_and_the_rest_is_summed_up(filled) -> None:
    asked = {
        "project": "signs",
        "where": 'metrics/mAP50 > 0.5 and config.imgsz in [640, 1280] and tags contains "night"',
        "sort": "-best(metrics/mAP50)",
        "columns": "config.imgsz,best(metrics/mAP50)",
        "aggregates": MAP50,
    }
    answer = filled.get(RUNS, params=asked)
    assert ids(answer) == ["b", "c"]
    page = answer.json()
    assert (page["total"], page["next"]) == (2, None)
    assert page["items"][0]["values"] == {"config.imgsz": 640, "best(metrics/mAP50)": 0.7}
    assert page["aggregates"][MAP50]["mean"] == pytest.approx(0.65)
    assert page["aggregates"][MAP50]["count"] == 2


def test_pages_of_a_sorted_table_follow_the_cursor_while_runs_change(filled, batches) -> None:
    asked = {"sort": "-metrics/mAP50", "limit": 2, "where": "metrics/mAP50 exists"}
    first = filled.get(RUNS, params=asked)
    add(filled, batches, "e", 0.95)
    second = filled.get(RUNS, params=asked | {"cursor": first.json()["next"]})
    assert ids(first) + ids(second) == ["d", "b", "c", "a"]
    assert (first.json()["total"], second.json()["total"]) == (4, 5)


def test_states_are_those_of_now(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(filled.get(f"{RUNS}?state=running&state=failed&project=cars")) == ["d"]
    later_ns = filled.services.clock_ns() + state.UNREACHABLE_NS + 1
    monkeypatch.setattr(filled.services, "clock_ns", lambda: later_ns)
    assert ids(filled.get(f"{RUNS}?state=running")) == []
    assert len(ids(filled.get(RUNS, params={"where": "state == 'unreachable'"}))) == 4


def test_runs_in_the_trash_are_shown_only_when_asked_for(filled) -> None:
    filled.services.catalog.set_deleted(["a"], deleted_ns=5)
    assert ids(filled.get(f"{RUNS}?project=signs")) == ["c", "b"]
    assert ids(filled.get(f"{RUNS}?project=signs&trash=true")) == ["a"]


def test_a_filter_that_cannot_be_used_says_where_and_what_is_meant(filled) -> None:
    answer = filled.get(RUNS, params={"where": "config.imgsz == 640 and metrics/map5 > 1"})
    assert answer.status_code == 422
    told = answer.json()
    assert told["type"] == "urn:yoloscope:problem:invalid-filter"
    assert (told["field"], told["column"], told["length"]) == ("where", 25, 12)
    assert told["suggestions"] == [MAP50]
    assert told["fix"] == "did you mean metrics/mAP50?"


def test_what_cannot_be_asked_is_refused_by_name(filled) -> None:
    asked = {
        "sort": ("nothing", "-", "x,,y"),
        "columns": ("nothing",),
        "aggregates": ("nothing", "state"),
        "where": ("x" * 5_000, "(", "state == 'asleep'"),
        "cursor": ("nothing", ""),
        "limit": ("0", "501"),
        "project": ("..",),
        "state": ("asleep",),
    }
    for field, values in asked.items():
        for value in values:
            answer = filled.get(RUNS, params={field: value})
            assert (answer.status_code, answer.json()["field"]) == (422, field), value


def test_completions_offer_what_the_project_has(filled) -> None:
    path = f"{RUNS}/completions"
    told = filled.get(path, params={"project": "signs", "text": "tags contains n", "cursor": 15}).json()
    assert told == {"items": [{"text": '"night"', "kind": "value", "detail": "text", "count": 2}], "from": 14, "to": 15}
    names = filled.get(path, params={"project": "signs", "text": "config.imgsz == "}).json()["items"]
    assert [(item["text"], item["count"]) for item in names] == [("640", 2), ("1280", 1)]
    assert filled.get(path, params={"cursor": -1}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/api/v1/runs?project=signs&sort=-metrics/mAP50&where=lr+exists", "/api/v1/runs/a", "/api/v1/projects"]
)
def test_an_answer_that_is_known_is_not_sent_again_until_something_changes(
    filled, batches, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    now_ns = filled.services.clock_ns()
    monkeypatch.setattr(filled.services, "clock_ns", lambda: now_ns)
    tag = filled.get(path).headers["ETag"]
    again = filled.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "private, no-cache"
    add(filled, batches, "a", 0.8)
    filled.services.catalog.observe("a", "a" * 32, now_ns=now_ns + 2 * 10**9, lost={"x": 1}, alive=True)
    changed = filled.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_change_in_another_project_leaves_the_tag_as_it_is(filled, batches) -> None:
    tag = filled.get(f"{RUNS}?project=signs").headers["ETag"]
    add(filled, batches, "f", 0.5, project="cars")
    assert filled.get(f"{RUNS}?project=signs", headers={"If-None-Match": tag}).status_code == 304
    assert filled.get(f"{RUNS}?project=signs&limit=1", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api/v1/runs/a"])
def test_a_run_that_falls_silent_makes_a_new_answer(filled, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    tag = filled.get(path).headers["ETag"]
    later_ns = filled.services.clock_ns() + state.UNREACHABLE_NS + 1
    monkeypatch.setattr(filled.services, "clock_ns", lambda: later_ns)
    answer = filled.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "unreachable" in answer.text


def test_a_filter_by_the_clock_is_answered_anew(filled) -> None:
    asked = {"where": "created > now - 1d"}
    tag = filled.get(RUNS, params=asked).headers["ETag"]
    assert filled.get(RUNS, params=asked, headers={"If-None-Match": tag}).status_code == 200


def test_tags_of_a_server_that_was_started_again_are_new(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = filled.get(RUNS).headers["ETag"]
    monkeypatch.setattr("yoloscope.server.routes.runs._SINCE", "later")
    assert filled.get(RUNS, headers={"If-None-Match": tag}).status_code == 200
