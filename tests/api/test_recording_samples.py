"""Files that were written in any format version are imported for ever: these lie in the repository."""

import hashlib
from pathlib import Path

import pytest
import requests

from yoloscope.records import ids, media
from yoloscope.records.policy import Policy
from yoloscope.store import ports_media
from yoloscope.wire import recording

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[1] / "data" / "recording"
LOSSES = ["nan", "-0.0", "inf", "0.1"]
LEARNING = ["1.0", "2.0", "3.0", "4.0"]


def _import(server, name: str) -> requests.Response:
    headers = {"Content-Type": recording.CONTENT_TYPE}
    return server.call("POST", "/api/v1/recordings", data=(DATA / name).read_bytes(), headers=headers)


def _raw(server, run: str, name: str, axis: str) -> tuple[list[float], list[float]]:
    """Return x and y of every point that is not superseded, as bits would compare: NaN by its name."""
    found = server.get(f"/api/v1/series?run={run}&name={name}&x={axis}&buckets=0").json()["series"][0]
    return found["x"], [repr(float(value)) for value in found["y"]]


@pytest.mark.parametrize("name", ["server-v1.yoloscope", "spool-v1.yoloscope"])
def test_a_file_of_version_1_is_imported(live_server, name: str) -> None:
    answer = _import(live_server, name)
    assert answer.status_code == 200, answer.text
    (item,) = [one for one in answer.json()["items"] if one["run"] == "r1"]
    assert item == {
        "run": "r1",
        "project": "signs",
        "name": "r1",
        "state": "imported",
        "rows": 13,
        "new_rows": 13,
    }
    found = live_server.get("/api/v1/runs/r1").json()
    said = (
        "state",
        "end_reason",
        "exit_code",
        "attempt",
        "rows",
        "config",
        "epochs",
        "lost",
        "deferred",
        "tags",
        "group",
    )
    # Of the newest attempt no process of the spool said an end: the one that failed stands before it.
    failed = {"state": "failed", "end_reason": "exit code 3", "exit_code": 3}
    silent = {"state": "unreachable", "end_reason": None, "exit_code": None}
    assert {key: found[key] for key in said} == {
        **(failed if name.startswith("server") else silent),
        "attempt": 3,
        "rows": 13,
        "config": {"lr0": 0.01, "名": [1, None, "x"]},
        "epochs": 3,
        "lost": {"torn": 3, "disk_full": 5},
        "deferred": 9,
        "tags": ["a", "标志"],
        "group": "g",
    }
    assert (found["host"], found["framework"]) == ("h", "ultralytics")
    ended = [one["ended"] for one in found["attempts"] if one["state"] == "failed"]
    assert (found["created"], ended) == ("2023-11-14T22:13:20.000Z", ["2001-09-09T01:46:40.000Z"])
    assert _points(live_server) == EXPECTED
    assert [one["state"] for one in _import(live_server, name).json()["items"]][:1] == ["known"]


def _points(server) -> dict[str, tuple[list[float], list[float]]]:
    names = [one["name"] for one in server.get("/api/v1/runs/r1/series").json()["items"]]
    return {name: _raw(server, "r1", name, "step") for name in names}


_STEPS = [
    0.0,
    1.0,
    0.0,
    1.0,
    2.0,
    3.0,
    0.0,
    1.0,
    2.0,
    3.0,
]  # the second attempt begins at step 2: the first one's 2 and 3 are hidden
EXPECTED = {
    "train/box_loss": (_STEPS, [*LOSSES[:2], *LOSSES, *LOSSES]),
    "lr/weight": (_STEPS, [*LEARNING[:2], *LEARNING, *LEARNING]),
    "metrics/mAP50": ([0.0], ["0.5"]),
}


def test_the_second_run_of_the_file_of_a_spool_is_there_too(live_server) -> None:
    _import(live_server, "spool-v1.yoloscope")
    found = live_server.get("/api/v1/runs/r2").json()
    assert (found["state"], found["rows"], found["lost"]) == ("crashed", 2, {"quota": 3})
    assert _raw(live_server, "r2", "a", "step") == ([0.0, 1.0], ["1.0", "2.5"])


def test_a_file_of_version_2_is_imported_with_what_it_shows(live_server) -> None:
    of = live_server.services
    assert _import(live_server, "server-v2.yoloscope").status_code == 422
    of.catalog.set_policy(ids.ProjectName("signs"), Policy(media=True, text=True, class_names="text"))
    of.ingest.policies._known.clear()
    answer = _import(live_server, "server-v2.yoloscope")
    assert answer.status_code == 200, answer.text
    assert [(one["run"], one["state"], one["rows"]) for one in answer.json()["items"]] == [("r1", "imported", 2)]
    found = [one.item for one in of.catalog.items.find(ports_media.Wanted(runs=(ids.RunId("r1"),)))]
    assert [(one.kind, one.name, one.step, one.epoch, one.facts, one.needs) for one in found] == [
        ("histogram", "train/w", 1, None, {}, ()),
        ("image", "val/看", None, 0.5, {}, ()),
        ("artifact", "best", None, None, {"x": 0.5}, ()),
        ("text", "never came", None, None, {}, ("text",)),
    ]
    parts = [one.parts[0] for one in found]
    assert [part.media_type for part in parts] == [media.CONTENT, media.PNG, media.BYTES, media.TEXT]
    whole = of.blob_store.whole([part.digest for part in parts])
    assert whole == {part.digest for part in parts[:3]}
    assert of.blob_store.read(parts[2].digest) == hashlib.shake_256(b"best").digest(66_000)
    assert [one["state"] for one in _import(live_server, "server-v2.yoloscope").json()["items"]] == ["known"]
