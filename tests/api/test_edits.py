"""What people say of runs: kept beside what trainings say, winning over it, checked before anything is changed."""

import json
import operator
from collections.abc import Callable

import pytest
import requests
from websockets.sync import client as ws

from yoloscope import errors
from yoloscope.records import ids, row

pytestmark = pytest.mark.slow
RUNS = "/api/v1/runs"


def problem_of(answer) -> tuple[int, str, str | None]:
    said = answer.json()
    return answer.status_code, said["type"].removeprefix("urn:yoloscope:problem:"), said.get("field")


def row_of(server, run: str = "r1") -> dict[str, object]:
    items = server.get(f"{RUNS}?archived=any").json()["items"]
    return next(item for item in items if item["id"] == run)


def listed(server, query: str = "") -> list[str]:
    answer = server.get(f"{RUNS}?sort=id{query}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def patch(server, body: object, run: str = "r1") -> requests.Response:
    return server.call("PATCH", f"{RUNS}/{run}", json=body)


def edit(server, **body: object) -> requests.Response:
    return server.call("POST", f"{RUNS}/edit", json=body)


@pytest.fixture
def store_run(live_server, batches) -> Callable[..., None]:
    """Store a row of a run, from where it stands."""

    def store(run: str = "r1", *, first: int = 0, **changes: object) -> None:
        changes.setdefault("writer", ids.WriterId(run.encode().hex().rjust(32, "0")))
        entries = [batches.matrix({"a": [1.0]}, first_step=first), row.Updated("config", {"lr": first})]
        answer = live_server.ingest(batches.body(batches(*entries, run=run, first_seq=2 * first, **changes)))
        assert answer.status_code == 200, answer.text

    return store


def test_what_people_say_stays_whatever_the_training_sends(live_server, store_run) -> None:
    store_run()
    said = {"name": "好的 one", "tags": ["b", "a", "b"], "group": "g", "note": "看这里\r\nthere", "starred": True}
    answer = patch(live_server, {**said, "archived": True})
    assert answer.status_code == 200, answer.text
    expected = {**said, "tags": ["b", "a"], "note": "看这里\nthere", "archived": True}
    for _ in range(2):
        assert expected == {key: row_of(live_server)[key] for key in expected}
        detail = live_server.get(f"{RUNS}/r1").json()
        assert expected == {key: detail[key] for key in expected}
        store_run(first=1)
    assert detail["rows"] == 2
    assert answer.json() == {**answer.json(), **expected, "id": "r1", "rows": 1}


def test_one_field_leaves_the_others(live_server, store_run) -> None:
    store_run()
    for body in ({"note": "x"}, {"starred": True}, {"tags": ["t"]}, {}):
        assert patch(live_server, body).status_code == 200
    found = row_of(live_server)
    assert (found["name"], found["note"], found["starred"], found["tags"]) == ("r1", "x", True, ["t"])
    assert patch(live_server, {"group": "g"}).json()["group"] == "g"
    assert patch(live_server, {"group": None}).json()["group"] is None


def test_a_name_belongs_to_one_run_of_a_project(live_server, store_run) -> None:
    for run in ("r1", "r2"):
        store_run(run)
    taken = patch(live_server, {"name": "r2", "note": "not kept"})
    assert problem_of(taken) == (409, "name-taken", "name")
    assert row_of(live_server)["note"] == ""
    assert patch(live_server, {"name": "new"}).json()["name"] == "new"
    assert problem_of(patch(live_server, {"name": "new"}, "r2"))[:2] == (409, "name-taken")
    assert problem_of(patch(live_server, {"name": "r1"}, "r2"))[:2] == (409, "name-taken")
    assert patch(live_server, {"name": "r1"}).json()["name"] == "r1"
    assert patch(live_server, {"name": "new"}, "r2").json()["name"] == "new"


def test_a_plain_client_goes_on_in_a_run_that_was_renamed(live_server) -> None:
    first = live_server.log({"a": 1}, query="?project=p&run=x").json()["run"]
    assert patch(live_server, {"name": "renamed"}, first).status_code == 200
    live_server.services.plain.forget(ids.RunId(first))
    for name in ("x", "renamed"):
        assert live_server.log({"a": 2}, query=f"?project=p&run={name}").json()["run"] == first


def test_archived_runs_are_listed_when_they_are_asked_for(live_server, store_run) -> None:
    for run in ("r1", "r2"):
        store_run(run)
    assert edit(live_server, runs=["r1"], archived=True).json() == {"changed": ["r1"], "missing": []}
    assert listed(live_server) == ["r2"]
    assert listed(live_server, "&archived=true") == ["r1"]
    assert listed(live_server, "&archived=any") == ["r1", "r2"]
    assert listed(live_server, "&where=archived == true") == ["r1"]
    assert listed(live_server, "&archived=false&where=archived == true") == []
    assert live_server.get("/api/v1/projects").json()["items"][0]["runs"] == 1
    live_server.call("DELETE", f"{RUNS}/r1")
    assert listed(live_server, "&trash=true") == ["r1"]
    assert listed(live_server, "&archived=any") == ["r2"]
    assert problem_of(live_server.get(f"{RUNS}?archived=yes"))[:2] == (422, "invalid-request")


def test_filters_find_what_people_said(live_server, store_run) -> None:
    for run in ("r1", "r2"):
        store_run(run)
    patch(live_server, {"note": "dents come back", "starred": True, "tags": ["night"], "group": "best"})
    for where in (
        "starred == true",
        'note contains "dents"',
        'tags contains "night"',
        'group == "best"',
        "note exists",
    ):
        assert listed(live_server, f"&where={where}") == ["r1"], where
    assert listed(live_server, "&where=starred == false") == ["r2"]
    assert listed(live_server, "&columns=note,starred") == ["r1", "r2"]
    assert problem_of(live_server.get(f"{RUNS}?where=starred == 1"))[:2] == (422, "invalid-filter")
    told = live_server.get(f"{RUNS}/completions?text=starred == ").json()["items"]
    assert sorted(item["text"] for item in told) == ["false", "true"]


def test_many_runs_are_changed_at_once(live_server, store_run) -> None:
    for run in ("r1", "r2", "r3"):
        store_run(run)
    patch(live_server, {"tags": ["a", "b"]})
    answer = edit(live_server, runs=["r2", "r1", "nobody", "r2"], add_tags=["c"], remove_tags=["a"], group="g")
    assert answer.json() == {"changed": ["r2", "r1"], "missing": ["nobody"]}
    assert [(row_of(live_server, run)["tags"], row_of(live_server, run)["group"]) for run in ("r1", "r2", "r3")] == [
        (["b", "c"], "g"),
        (["c"], "g"),
        ([], None),
    ]
    again = edit(live_server, runs=["r1", "r2"], add_tags=["c"], remove_tags=["a"], group="g")
    assert again.json() == {"changed": [], "missing": []}


def test_too_many_tags_change_no_run(live_server, store_run) -> None:
    for run in ("r1", "r2"):
        store_run(run)
    patch(live_server, {"tags": [str(number) for number in range(100)]}, "r2")
    assert problem_of(edit(live_server, runs=["r1", "r2"], add_tags=["one"])) == (422, "invalid-record", "add_tags")
    assert row_of(live_server)["tags"] == []


def test_who_watches_is_told_and_tags_of_answers_change(live_server, store_run) -> None:
    store_run()
    tag = live_server.get(RUNS).headers["ETag"]
    address = live_server.url.replace("http", "ws") + "/api/v1/live"
    with ws.connect(address, additional_headers={"Authorization": f"Bearer {live_server.token}"}) as connection:
        json.loads(connection.recv(timeout=20))
        connection.send(json.dumps({"type": "watch", "runs": ["r1"]}))
        patch(live_server, {"starred": True})
        assert json.loads(connection.recv(timeout=20)) == {"type": "run", "run": "r1", "project": "signs"}
        edit(live_server, runs=["r1"], starred=False)
        assert json.loads(connection.recv(timeout=20)) == {"type": "run", "run": "r1", "project": "signs"}
    patch(live_server, {"note": "x"})
    assert live_server.get(RUNS, headers={"If-None-Match": tag}).status_code == 200


def test_a_tag_of_people_keeps_a_run_from_retention(live_server, store_run) -> None:
    store_run()
    patch(live_server, {"tags": ["keep"], "name": "x"})
    (kept,) = live_server.services.catalog.keeping.kept(None)
    assert (kept.tags, kept.name) == (("keep",), "x")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"tags": ["x" * 201]}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["\u0000"]}, "tags"),
        ({"tags": [str(number) for number in range(101)]}, "tags"),
        ({"group": "  "}, "group"),
        ({"group": "x" * 201}, "group"),
        ({"note": "x" * 10_001}, "note"),
        ({"note": "a\u0000"}, "note"),
        ({"name": None}, "body"),
        ({"tags": "a"}, "body"),
        ({"starred": 1}, "body"),
        ({"archived": None}, "body"),
        ({"add_tags": ["a"]}, "body"),
        ([], "body"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(live_server, store_run, body, field) -> None:
    store_run()
    before = row_of(live_server)
    refused = patch(live_server, body)
    assert (refused.status_code, refused.json()["field"], bool(refused.json()["fix"])) == (422, field, True)
    assert row_of(live_server) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"runs": ["r1"], "add_tags": ["x" * 201]}, "add_tags"),
        ({"runs": ["r1"], "remove_tags": [" "]}, "remove_tags"),
        ({"runs": ["r1"], "group": ""}, "group"),
        ({"runs": ["r1"], "note": "x"}, "body"),
        ({"runs": "r1"}, "body"),
        ({"starred": True}, "body"),
        ({"runs": ["r"] * 10_001}, "runs"),
    ],
)
def test_what_cannot_be_said_of_many_is_refused_by_name(live_server, store_run, body, field) -> None:
    store_run()
    refused = edit(live_server, **body)
    assert (refused.status_code, refused.json()["field"], bool(refused.json()["fix"])) == (422, field, True)


def test_bodies_that_are_none_are_refused(live_server, store_run) -> None:
    store_run()
    as_json = {"Content-Type": "application/json"}
    for data, status in (
        (b"", 422),
        (b"{", 422),
        (b'{"note":"\xff"}', 422),
        (b'{"note":"' + b"x" * 300_000 + b'"}', 413),
    ):
        assert live_server.call("PATCH", f"{RUNS}/r1", data=data, headers=as_json).status_code == status
    assert live_server.call("PATCH", f"{RUNS}/r1", data=b"{}").status_code == 415


def test_half_letters_are_refused_or_stored_whole(live_server, store_run) -> None:
    store_run()
    as_json = {"Content-Type": "application/json"}
    for field in ("note", "name", "group"):
        body = b'{"%s":"a\\ud800b"}' % field.encode()
        assert live_server.call("PATCH", f"{RUNS}/r1", data=body, headers=as_json).status_code == 422
    longest = json.dumps({"note": "\U0001f600" * 10_000}).encode()
    assert (
        live_server.call("PATCH", f"{RUNS}/r1", data=longest, headers=as_json).json()["note"] == "\U0001f600" * 10_000
    )


def test_a_run_that_nobody_knows_is_not_found(live_server) -> None:
    for run in ("nobody", "%E6%A0%87", "edit"):
        assert problem_of(patch(live_server, {"note": "x"}, run))[:2] == (404, "not-found")
    assert edit(live_server, runs=["nobody"], starred=True).json() == {"changed": [], "missing": ["nobody"]}


def test_a_run_that_was_removed_for_good_leaves_nothing_said(live_server, store_run) -> None:
    store_run(alive=False)
    patch(live_server, {"note": "x", "name": "y"})
    live_server.call("DELETE", f"{RUNS}/r1")
    assert live_server.call("DELETE", f"{RUNS}/r1?purge=true").status_code == 200
    store_run("r2")
    assert patch(live_server, {"name": "y"}, "r2").status_code == 200


AS_FILE = {"Content-Type": "application/vnd.yoloscope.recording"}


def bring(server, made: bytes) -> requests.Response:
    return server.call("POST", "/api/v1/recordings", data=made, headers=AS_FILE)


def test_what_people_said_travels_in_a_run_file(live_server, serve, store_run) -> None:
    store_run(alive=False)
    before = live_server.get(f"{RUNS}/r1/recording").content
    said = {"name": "n", "tags": ["t"], "group": "g", "note": "看", "starred": True, "archived": True}
    patch(live_server, said)
    made = live_server.get(f"{RUNS}/r1/recording").content
    other, third = serve(), serve()
    for _ in range(2):
        assert bring(other, made).status_code == 200
        assert said == {key: row_of(other)[key] for key in said}
    patch(other, {"note": "ours"})
    assert bring(other, before).json()["items"][0]["state"] == "known", "the same rows, whatever people say"
    assert bring(other, made).json()["items"][0]["state"] == "known"
    assert row_of(other)["note"] == "ours"
    third.log({"a": 1}, query="?project=signs&run=n")
    assert bring(third, made).status_code == 200
    assert (row_of(third)["name"], row_of(third)["note"]) == ("r1", "看")


def test_an_import_that_broke_off_says_what_people_said_when_it_goes_on(
    live_server, serve, store_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_run(alive=False)
    patch(live_server, {"name": "n", "note": "x"})
    made = live_server.get(f"{RUNS}/r1/recording").content
    for last_write in ("catalog.observe", "catalog.edits.change"):
        other = serve()
        *owner, method = last_write.split(".")
        monkeypatch.setattr(operator.attrgetter(".".join(owner))(other.services), method, _failing)
        assert bring(other, made).status_code == 503
        monkeypatch.undo()
        assert bring(other, made).status_code == 200
        assert (row_of(other)["name"], row_of(other)["note"]) == ("n", "x")


def _failing(*_: object, **__: object) -> None:
    raise errors.StoreError("the disk went away")
