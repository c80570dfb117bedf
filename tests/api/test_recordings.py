"""A run leaves one server as a file and is the same run on another: every answer of the API is equal."""

import io
import math
import shutil
from collections.abc import Sequence

import msgspec
import pytest
import requests

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.server import uploads
from yoloscope.store import ports
from yoloscope.wire import codec, protocol, recording

pytestmark = pytest.mark.slow

OTHER = ids.WriterId("fedcba98" * 4)
NANS = [math.nan, -0.0, math.inf, 0.1]


def _send(server, *batches: row.Batch) -> None:
    body = codec.body_from_batches(batches)
    answer = server.call("POST", "/api/v1/ingest", data=body, headers={"Content-Type": protocol.CONTENT_TYPE})
    assert answer.status_code == 200, answer.text


def _export(server, run: str) -> bytes:
    answer = server.get(f"/api/v1/runs/{run}/recording")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == recording.CONTENT_TYPE
    return answer.content


def _import(server, file: bytes, **headers: str) -> requests.Response:
    headers = {"Content-Type": recording.CONTENT_TYPE, **headers}
    return server.call("POST", "/api/v1/recordings", data=file, headers=headers)


def _told(shown: dict) -> dict:
    """Return what travels: each server judges a run by itself, some seconds later."""
    return {key: value for key, value in shown.items() if key not in ("health", "findings")}


def _answers(server, run: str) -> dict[str, object]:
    """Return what the API says of a run, points included."""
    detail = _told(server.get(f"/api/v1/runs/{run}").json())
    names = [one["name"] for one in detail["series"]]
    points = {
        (name, x): server.get(f"/api/v1/series?run={run}&name={name}&x={x}&buckets=0").text
        for name in names
        for x in ("step", "epoch", "elapsed", "time")
    }
    listed = [_told(one) for one in server.get("/api/v1/runs").json()["items"] if one["id"] == run]
    return {"detail": detail, "series": server.get(f"/api/v1/runs/{run}/series").json(), "p": points, "in": listed}


def _story(batches) -> list[row.Batch]:
    """Return a run of two writers and three attempts, with gaps, losses and every kind of value."""
    later = row.AttemptRef(index=1, wall_ns=10**18, mono_ns=10**18, start_epoch=0.2, start_step=2)
    ref = msgspec.structs.replace(batches().run, tags=("a", "标志"), group="g", host="h", framework="ultralytics")
    end = row.Ended("failed", wall_ns=10**18 + 5, reason="exit code 3", exit_code=3)
    first = batches.matrix({"train/box_loss": NANS, "lr/weight": [1.0, 2.0, 3.0, 4.0]})
    return [
        batches(row.Updated("config", {"lr0": 0.01, "名": [1, None, "x"]}), first, row.Skip(7), run_=ref),
        batches(batches.matrix({"metrics/mAP50": [0.5]}), first_seq=12, attempt=later, run_=ref),
        batches(row.Updated("progress", {"epochs": 3}), first, writer=OTHER, lane=4, run_=ref, lost={"torn": 2}),
        batches(first, first_seq=13, attempt=later, lost={"disk_full": 5, "torn": 1}, run_=ref),
        batches(end, first_seq=17, deferred=9, run_=ref),
    ]


class _WithRef:
    """`batches` that take a whole run reference."""

    def __init__(self, batches) -> None:
        self._batches = batches
        self.matrix = batches.matrix

    def __call__(self, *entries: row.Entry, run_: row.RunRef | None = None, **changes: object) -> row.Batch:
        batch = self._batches(*entries, **changes)
        return batch if run_ is None else msgspec.structs.replace(batch, run=run_)


@pytest.fixture
def told(serve, batches) -> object:
    """A server with a run."""
    server = serve()
    for batch in _story(_WithRef(batches)):
        _send(server, batch)
    return server


def test_a_run_is_the_same_on_another_server(told, serve) -> None:
    other = serve()
    file = _export(told, "r1")
    answer = _import(other, file)
    assert answer.status_code == 200, answer.text
    expected = {"run": "r1", "project": "signs", "name": "r1", "state": "imported", "rows": 13, "new_rows": 13}
    assert [expected] == answer.json()["items"]
    assert _answers(told, "r1") == _answers(other, "r1")


def test_attempts_with_their_lives_and_lines_are_the_same_on_another_server(serve, batches) -> None:
    """A killed attempt that arrives last, one that was run again in its process, another rank, and what each printed."""
    server, other = serve(), serve()
    day = batches().attempt.wall_ns
    resumed = row.AttemptRef(index=0, wall_ns=day + 20, mono_ns=0, start_epoch=0.2, start_step=2)
    again = row.AttemptRef(index=1, wall_ns=day + 30, mono_ns=5, start_epoch=0.3, start_step=3)
    rank = row.AttemptRef(index=0, wall_ns=day + 19, mono_ns=0)
    rows = batches.matrix({"train/box_loss": NANS})
    killed = row.Ended("crashed", wall_ns=day + 9, reason="signal 9", exit_code=137)
    life = row.Updated("life", {"oom_kills": 1})
    _send(
        server,
        batches(row.Updated("provenance", {"commit": "b"}), rows, writer=OTHER, attempt=resumed),
        batches(rows, writer=OTHER, attempt=again, lane=1),
        batches(row.Printed("out", 0, day, ("one", "two"), left_out=3), writer=OTHER, attempt=again, lane=2),
        msgspec.structs.replace(batches(rows, writer=ids.WriterId("9" * 32), attempt=rank), rank=1),
        batches(row.Updated("provenance", {"commit": "a", "dirty": True}), life, rows, killed),
    )
    detail = server.get("/api/v1/runs/r1").json()
    said = [(one["number"], one["state"], one["start_step"], one["provenance"]) for one in detail["attempts"]]
    assert said == [
        (1, "crashed", None, {"commit": "a", "dirty": True}),
        (2, "stopped", 2, {"commit": "b"}),
        (3, "running", 3, {"commit": "b"}),
    ]
    assert (detail["state"], detail["attempt"], detail["life"]) == ("running", 3, {})
    assert [one["life"] for one in detail["attempts"]] == [{"oom_kills": 1}, {}, {}]
    assert _import(other, _export(server, "r1")).status_code == 200
    assert _answers(server, "r1") == _answers(other, "r1")
    lines = "/api/v1/runs/r1/console?after=0"
    assert [(one["attempt"], one["text"], one["left_out"]) for one in server.get(lines).json()["items"]] == [
        (3, "one", 3),
        (3, "two", 0),
    ]
    assert server.get(lines).json()["items"] == other.get(lines).json()["items"]


def test_the_same_file_twice_changes_nothing(told, serve) -> None:
    other = serve()
    file = _export(told, "r1")
    _import(other, file)
    before = _answers(other, "r1")
    (item,) = _import(other, file).json()["items"]
    assert (item["state"], item["rows"], item["new_rows"]) == ("known", 13, 0)
    assert before == _answers(other, "r1")


def test_two_recordings_of_the_same_content_are_the_same_wherever_its_rows_lie(told, serve, batches) -> None:
    other = serve()
    singles = [batches(batches.matrix({"a": [float(at)]}, first_step=at), first_seq=18 + at) for at in range(150)]
    _send(told, *singles)
    first = _export(told, "r1")
    told.services.series.seal(ids.ProjectName("signs"), ids.RunId("r1"))
    _import(other, first)
    (item,) = _import(other, _export(told, "r1")).json()["items"]
    assert item["state"] == "known"
    third = serve()
    _import(third, _export(other, "r1"))
    assert _answers(told, "r1") == _answers(third, "r1")


def test_an_interrupted_import_goes_on_with_the_same_file(told, serve, monkeypatch: pytest.MonkeyPatch) -> None:
    other = serve()
    file = _export(told, "r1")
    whole = other.services.ingest.take
    taken: list[Sequence[row.Batch]] = []

    async def dying(batches: Sequence[row.Batch]) -> ports.Appended:
        if len(taken) == 2:
            raise errors.StoreError("killed")
        taken.append(batches)
        return await whole(batches)

    monkeypatch.setattr(other.services.ingest, "take", dying)
    assert _import(other, file).status_code == 503
    monkeypatch.undo()
    assert other.get("/api/v1/runs/r1").json()["state"] == "running"
    assert _import(other, file).json()["items"][0]["state"] == "imported"
    expected, found = _answers(told, "r1"), _answers(other, "r1")
    for answers in (expected, found):  # the interrupted import was a word of the run, too
        for item in (answers["detail"], *answers["in"]):
            del item["updated"]
    assert expected == found


def test_a_run_that_its_trainer_sent_is_not_taken_from_another_servers_copy(told) -> None:
    before = _answers(told, "r1")
    answer = _import(told, _export(told, "r1"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yoloscope:problem:run-exists")
    assert before == _answers(told, "r1")


def test_the_trainer_of_an_imported_run_waits_and_a_resumed_attempt_goes_on(told, serve, batches) -> None:
    other = serve()
    _import(other, _export(told, "r1"))
    before = _answers(other, "r1")
    answer = other.ingest(batches.body(batches(batches.matrix({"a": [1.0]}))))
    assert (answer.status_code, answer.json()["type"]) == (423, "urn:yoloscope:problem:run-imported")
    assert before == _answers(other, "r1")
    resumed = row.AttemptRef(index=0, wall_ns=1_800_000_000_000_000_000, mono_ns=5, start_step=99)
    writer = ids.WriterId("5e" * 16)
    again = batches(batches.matrix({"a": [1.0]}, first_step=99), attempt=resumed, writer=writer)
    assert other.ingest(batches.body(again)).status_code == 200
    assert other.get("/api/v1/runs/r1").json()["rows"] == before["detail"]["rows"] + 1


def test_two_different_recordings_of_one_run_are_not_mixed(told, serve, batches) -> None:
    other = serve()
    _import(other, _export(told, "r1"))
    _send(told, batches(batches.matrix({"a": [1.0]}), first_seq=18))
    before = _answers(other, "r1")
    answer = _import(other, _export(told, "r1"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yoloscope:problem:run-exists")
    assert before == _answers(other, "r1")


def test_a_run_of_another_project_is_refused(told, serve, batches) -> None:
    other = serve()
    _send(other, batches(project="elsewhere"))
    answer = _import(other, _export(told, "r1"))
    assert (answer.status_code, answer.json()["field"]) == (422, "run.project")


@pytest.mark.parametrize("state", ["running", "crashed"])
def test_a_run_that_did_not_say_its_end_is_told_as_it_was(serve, batches, state: str) -> None:
    server, other = serve(), serve()
    alive = {"running": True, "crashed": False}[state]
    _send(server, batches(batches.matrix({"a": [1.0]})))
    _send(server, batches(first_seq=1, alive=alive))
    hour_ago = server.services.clock_ns() - 3600 * 10**9
    server.services.catalog.observe(ids.RunId("r1"), batches.writer, now_ns=hour_ago, lost={}, alive=alive)
    _import(other, _export(server, "r1"))
    expected, found = _answers(server, "r1"), _answers(other, "r1")
    assert {"running": "unreachable", "crashed": "crashed"}[state] == found["detail"]["state"]
    assert expected == found


def test_a_run_without_rows_is_carried_too(serve, batches) -> None:
    server, other = serve(), serve()
    _send(server, batches(row.Updated("config", {"a": 1}), row.Ended("finished", wall_ns=10**18)))
    assert _import(other, _export(server, "r1")).status_code == 200
    assert _answers(server, "r1") == _answers(other, "r1")


def test_a_section_larger_than_a_body_is_carried(serve, batches) -> None:
    server, other = serve(), serve()
    for number in range(3):
        text = str(number) * 6_000_000
        _send(server, batches(row.Updated("config", {str(number): text}), first_seq=number))
    assert _import(other, _export(server, "r1")).status_code == 200
    assert _answers(server, "r1") == _answers(other, "r1")


def _cut(file: bytes) -> bytes:
    return file[:-1]


def _without_end(file: bytes) -> bytes:
    return file[: file.rindex(b"T")]


def _flipped(file: bytes) -> bytes:
    return file[:200] + bytes([file[200] ^ 1]) + file[201:]


def _newer(file: bytes) -> bytes:
    return file[:8] + b"\x03" + file[9:]


def _as_text(file: bytes) -> bytes:
    return file.replace(b"\r\n", b"\n", 1)


FAULTS = [
    (_cut, 400, "recording-truncated"),
    (_without_end, 400, "recording-truncated"),
    (lambda file: b"", 400, "recording-truncated"),
    (_flipped, 400, "recording-corrupt"),
    (_as_text, 400, "recording-corrupt"),
    (lambda file: file + b"\0", 400, "recording-corrupt"),
    (lambda file: b"PK\x03\x04 another file", 400, "recording-corrupt"),
    (_newer, 400, "recording-version"),
]


@pytest.mark.parametrize(("harm", "status", "kind"), FAULTS)
def test_a_file_that_is_not_whole_is_named_and_nothing_of_it_is_stored(told, serve, harm, status, kind) -> None:
    other = serve()
    answer = _import(other, harm(_export(told, "r1")))
    assert (status, f"urn:yoloscope:problem:{kind}") == (answer.status_code, answer.json()["type"])
    assert answer.json()["fix"]
    assert other.get("/api/v1/runs").json()["items"] == []


def test_a_disk_without_room_is_told_and_nothing_is_stored(told, serve, monkeypatch: pytest.MonkeyPatch) -> None:
    other = serve()
    file = _export(told, "r1")
    usage = shutil.disk_usage(".")._replace(free=uploads.FREE_LEAST_BYTES + len(file) - 1)
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda path: usage)
    answer = _import(other, file)
    assert (answer.status_code, answer.json()["type"]) == (507, "urn:yoloscope:problem:store-full")
    assert other.get("/api/v1/runs").json()["items"] == []
    monkeypatch.undo()
    assert _import(other, file).status_code == 200


def test_a_file_needs_its_content_type_and_both_routes_the_token(told) -> None:
    assert _import(told, b"", **{"Content-Type": "text/plain"}).status_code == 415
    assert told.get("/api/v1/runs/r1/recording", token=None).status_code == 401
    assert told.call("POST", "/api/v1/recordings", token=None, data=b"").status_code == 401


def test_a_run_that_nobody_knows_is_not_found(live_server) -> None:
    assert live_server.get("/api/v1/runs/never/recording").status_code == 404


def test_no_file_is_left_behind(told, serve) -> None:
    other = serve()
    before = sorted(path.name for path in other.settings.data.iterdir())
    _import(other, _flipped(_export(told, "r1")))
    assert before == sorted(path.name for path in other.settings.data.iterdir())


def test_a_run_whose_first_attempt_never_came_is_told_apart(live_server, batches) -> None:
    live_server.services.catalog.open_run(batches().run)
    answer = live_server.get("/api/v1/runs/r1/recording")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:yoloscope:problem:not-found")


def test_a_large_section_of_many_keys_takes_few_bodies(serve, batches) -> None:
    server, other = serve(), serve()
    _send(server, batches(row.Updated("config", {f"key-{number}": "x" * 50 for number in range(40_000)})))
    file = _export(server, "r1")
    _, trailer = recording.prove(io.BytesIO(file))
    assert trailer.bodies == 5
    assert _import(other, file).status_code == 200
    assert _answers(server, "r1") == _answers(other, "r1")
