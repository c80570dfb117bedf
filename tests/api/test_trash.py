"""The trash: there and back at once, out of it for good, and what a training that goes on sends meanwhile."""

import json
from collections.abc import Callable

import pytest
from websockets.sync import client as ws

from yoloscope.records import ids, row

pytestmark = pytest.mark.slow

SAYS_ENDED = row.Ended("finished", 1_700_000_100_000_000_000)


def problem_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:yoloscope:problem:")


def values(server, run: str = "r1") -> list[float]:
    (series,) = server.get(f"/api/v1/series?run={run}&name=a&buckets=0").json()["series"]
    return series["y"]


def listed(server) -> list[str]:
    return [item["id"] for item in server.get("/api/v1/runs").json()["items"]]


@pytest.fixture
def store_run(live_server, batches) -> Callable[..., None]:
    """Store rows of a run, from where it stands; `ended` ends it."""

    def store(*numbers: float, run: str = "r1", first: int = 0, ended: bool = False, **changes: object) -> None:
        entries = [batches.matrix({"a": list(numbers)}, first_step=first)] if numbers else []
        entries += [SAYS_ENDED] if ended else []
        changes.setdefault("writer", ids.WriterId(run.encode().hex().rjust(32, "0")))
        answer = live_server.ingest(batches.body(batches(*entries, run=run, first_seq=first, **changes)))
        assert answer.status_code == 200, answer.text

    return store


def test_a_deleted_run_leaves_the_table_and_comes_back_whole(live_server, store_run) -> None:
    store_run(1, 2, ended=True)
    for _ in range(2):
        moved = live_server.call("DELETE", "/api/v1/runs/r1")
        assert (moved.status_code, moved.json()["name"], moved.json()["rows"]) == (200, "r1", None)
        assert listed(live_server) == []
        (there,) = live_server.get("/api/v1/trash").json()["items"]
        assert there == {key: moved.json()[key] for key in ("run", "project", "name", "deleted")}
    assert live_server.get("/api/v1/trash?project=other").json()["items"] == []
    for _ in range(2):
        back = live_server.call("POST", "/api/v1/runs/r1/restore")
        assert back.json() == {"run": "r1", "project": "signs", "name": "r1", "deleted": None}
        assert listed(live_server) == ["r1"]
    assert values(live_server) == [1, 2]


def test_what_is_removed_for_good_is_gone_and_does_not_come_back(live_server, store_run, batches) -> None:
    store_run(1, 2, 3, ended=True)
    store_run(7, run="r2")
    assert problem_of(live_server.call("DELETE", "/api/v1/runs/r1?purge=true")) == (409, "not-in-trash")
    assert values(live_server) == [1, 2, 3]
    live_server.call("DELETE", "/api/v1/runs/r1")
    gone = live_server.call("DELETE", "/api/v1/runs/r1?purge=true")
    assert gone.json() == {"run": "r1", "project": "signs", "name": "r1", "deleted": None, "rows": 3}
    assert problem_of(live_server.call("DELETE", "/api/v1/runs/r1?purge=true")) == (404, "not-found")
    assert problem_of(live_server.get("/api/v1/runs/r1")) == (404, "not-found")
    store_run(1, 2, 3, ended=True)  # a sidecar that did not hear the acknowledgement
    assert live_server.services.series.points("signs", "r1", "a").value.tolist() == []
    assert values(live_server, "r2") == [7]


def test_whoever_asks_where_its_lanes_stand_does_not_bring_a_run_back(live_server, store_run) -> None:
    """As `yoloscope sync` does, each time it meets what a training left."""
    store_run(1, 2, ended=True)
    live_server.call("DELETE", "/api/v1/runs/r1")
    live_server.call("DELETE", "/api/v1/runs/r1?purge=true")
    store_run()
    store_run(lane=1)
    store_run(2, first=1)
    assert listed(live_server) == []
    store_run(9, lane=1)
    assert (listed(live_server), values(live_server)) == (["r1"], [9])


def test_a_recording_of_a_run_that_was_removed_is_refused_and_says_why(live_server, store_run) -> None:
    store_run(1, 2, ended=True)
    store_run(3, run="r2", ended=True)
    made = live_server.get("/api/v1/runs/r1/recording").content
    headers = {"Content-Type": "application/vnd.yoloscope.recording"}
    live_server.call("DELETE", "/api/v1/runs/r1")
    live_server.call("DELETE", "/api/v1/runs/r1?purge=true")
    for _ in range(2):
        back = live_server.call("POST", "/api/v1/recordings", data=made, headers=headers)
        assert back.status_code == 200, back.text
        assert values(live_server) == [1, 2]
    live_server.call("DELETE", "/api/v1/runs/r1")
    live_server.call("DELETE", "/api/v1/runs/r1?purge=true")
    refused = live_server.call("POST", "/api/v1/recordings", data=made, headers=headers)
    assert problem_of(refused) == (409, "run-removed")
    assert listed(live_server) == ["r2"]


def test_a_training_that_goes_on_after_its_run_was_removed_opens_it_again(live_server, store_run) -> None:
    store_run(1, 2, ended=True)
    live_server.call("DELETE", "/api/v1/runs/r1")
    live_server.call("DELETE", "/api/v1/runs/r1?purge=true")
    store_run(4, 5, first=3)
    assert (listed(live_server), values(live_server)) == (["r1"], [4, 5])
    detail = live_server.get("/api/v1/runs/r1").json()
    assert (detail["state"], detail["rows"], detail["attempt"]) == ("running", 2, 1)
    store_run(6, first=5)
    assert values(live_server) == [4, 5, 6]


def test_a_run_in_the_trash_takes_what_its_training_sends_and_stays_there(live_server, store_run) -> None:
    store_run(1, alive=True)
    live_server.call("DELETE", "/api/v1/runs/r1")
    store_run(2, first=1, alive=True)
    assert listed(live_server) == []
    refused = live_server.call("DELETE", "/api/v1/runs/r1?purge=true")
    assert problem_of(refused) == (409, "still-trained")
    assert live_server.call("POST", "/api/v1/trash/empty").json() == {"removed": 0, "left": 0, "alive": ["r1"]}
    live_server.call("POST", "/api/v1/runs/r1/restore")
    assert values(live_server) == [1, 2]


def test_emptying_the_trash_removes_what_is_in_it_and_nothing_else(live_server, store_run) -> None:
    for run in ("r1", "r2", "r3"):
        store_run(1, run=run, ended=True)
    moved = live_server.call("POST", "/api/v1/runs/delete", json={"runs": ["r1", "r2", "nobody", "r1"]}).json()
    assert ([item["run"] for item in moved["items"]], moved["unknown"]) == (["r1", "r2"], ["nobody"])
    back = live_server.call("POST", "/api/v1/runs/restore", json={"runs": ["r2"]}).json()
    assert [(item["run"], item["deleted"]) for item in back["items"]] == [("r2", None)]
    assert live_server.call("POST", "/api/v1/trash/empty?project=other").json()["removed"] == 0
    assert live_server.call("POST", "/api/v1/trash/empty?project=signs").json()["removed"] == 1
    assert sorted(listed(live_server)) == ["r2", "r3"]
    assert live_server.get("/api/v1/trash").json()["items"] == []


def test_whoever_watches_is_told(live_server, store_run) -> None:
    store_run(1, ended=True)
    address = live_server.url.replace("http", "ws") + "/api/v1/live"
    with ws.connect(address, additional_headers={"Authorization": f"Bearer {live_server.token}"}) as connection:
        json.loads(connection.recv(timeout=20))
        connection.send(json.dumps({"type": "watch", "runs": ["r1"]}))
        for method, path in (
            ("DELETE", "/api/v1/runs/r1"),
            ("POST", "/api/v1/runs/r1/restore"),
            ("DELETE", "/api/v1/runs/r1"),
            ("DELETE", "/api/v1/runs/r1?purge=true"),
        ):
            assert live_server.call(method, path).status_code == 200
            assert json.loads(connection.recv(timeout=20)) == {"type": "run", "run": "r1", "project": "signs"}


def test_a_plain_client_whose_run_was_removed_begins_it_again(live_server) -> None:
    first = live_server.log({"a": 1, "step": 1}, query="?project=p&run=x").json()["run"]
    live_server.call("DELETE", f"/api/v1/runs/{first}")
    assert problem_of(live_server.call("DELETE", f"/api/v1/runs/{first}?purge=true")) == (409, "still-trained")
    now_ns = live_server.services.clock_ns
    live_server.services.clock_ns = lambda: now_ns() + 31 * 60 * 10**9
    assert live_server.call("DELETE", f"/api/v1/runs/{first}?purge=true").status_code == 200
    live_server.services.clock_ns = now_ns
    again = live_server.log({"a": 2, "step": 2}, query="?project=p&run=x").json()
    assert again["rows"] == 1
    assert values(live_server, again["run"]) == [2]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (b"", "invalid-request"),
        (b"[]", "invalid-request"),
        (b'{"runs": "r1"}', "invalid-request"),
        (b'{"runs": [1]}', "invalid-request"),
        (b'{"runs": [], "purge": true}', "invalid-request"),
        (json.dumps({"runs": ["r"] * 10_001}).encode(), "invalid-request"),
        (b'{"runs": ["' + b"x" * 1_100_000 + b'"]}', "body-too-large"),
    ],
)
def test_bad_lists_of_runs_are_refused(live_server, store_run, body: bytes, slug: str) -> None:
    store_run(1)
    answer = live_server.call("POST", "/api/v1/runs/delete", data=body, headers={"Content-Type": "application/json"})
    assert problem_of(answer)[1] == slug
    assert listed(live_server) == ["r1"]


def test_unknown_runs_are_not_found(live_server) -> None:
    for method, path in (
        ("DELETE", "/api/v1/runs/nobody"),
        ("DELETE", "/api/v1/runs/nobody?purge=true"),
        ("DELETE", "/api/v1/runs/%E6%A0%87"),
        ("POST", "/api/v1/runs/nobody/restore"),
    ):
        assert problem_of(live_server.call(method, path)) == (404, "not-found")
