"""Attempts over HTTP: listed with a run, and their points asked for."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from yoloscope.ingest import accept, live
from yoloscope.records import ids, row
from yoloscope.store import open as opening

pytestmark = pytest.mark.slow  # a server each

OTHER = ids.WriterId("f" * 32)


def _send(server, batch: row.Batch, batches) -> None:
    assert server.ingest(batches.body(batch)).status_code == 200


def _points(server, query: str = "") -> list[tuple[float, float]]:
    [series] = server.get(f"/api/v1/series?run=r1&name=train/box_loss&buckets=0{query}").json()["series"]
    return list(zip(series["x"], series["y"], strict=True))


@pytest.fixture
def resumed(serve, batches) -> object:
    """A server to which the resumed attempt came first, then the killed one, with steps 0 to 3 each."""
    server = serve()
    began_ns = batches().attempt.wall_ns
    attempt = row.AttemptRef(0, began_ns + 1, 0, start_epoch=0.2, start_step=2)
    matrix = batches.matrix({"train/box_loss": [9.0, 8.0]}, first_step=2)
    _send(server, batches(matrix, writer=OTHER, attempt=attempt), batches)
    _send(server, batches(batches.matrix({"train/box_loss": [4.0, 3.0, 2.0, 1.0]}), alive=False), batches)
    return server


def test_a_run_lists_its_attempts_whatever_arrived_first(resumed) -> None:
    found = resumed.get("/api/v1/runs/r1").json()
    assert [(one["number"], one["state"], one["start_epoch"], one["start_step"]) for one in found["attempts"]] == [
        (1, "crashed", None, None),
        (2, "running", 0.2, 2),
    ]
    assert found["attempts"][0].keys() == {
        *("number", "state", "started", "ended", "end_reason", "exit_code", "start_epoch", "start_step"),
        *("provenance", "life"),
    }
    assert (found["attempt"], found["state"], found["life"]) == (2, "running", {})
    # that it was gone came to be known long after the next one had begun
    assert found["attempts"][0]["ended"] == found["attempts"][1]["started"]


def test_totals_are_those_of_the_curve(resumed) -> None:
    [info] = resumed.get("/api/v1/runs/r1/series").json()["items"]
    assert (info["count"], info["last"], info["min"], info["best"], info["best_step"]) == (4, 8.0, 3.0, 3.0, 1)
    assert resumed.get("/api/v1/runs").json()["items"][0]["last"] == {"train/box_loss": 8.0}


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("", [(0, 4), (1, 3), (2, 9), (3, 8)]),
        ("&attempts=kept", [(0, 4), (1, 3), (2, 9), (3, 8)]),
        ("&attempts=superseded", [(2, 2), (3, 1)]),
        ("&attempts=all", [(0, 4), (1, 3), (2, 2), (3, 1), (2, 9), (3, 8)]),
        ("&attempt=1", [(0, 4), (1, 3)]),
        ("&attempt=1&attempts=all", [(0, 4), (1, 3), (2, 2), (3, 1)]),
        ("&attempt=2", [(2, 9), (3, 8)]),
        ("&attempt=3", []),
    ],
)
def test_points_are_asked_for_by_attempt(resumed, query: str, points: list[tuple[float, float]]) -> None:
    assert points == _points(resumed, query)


@pytest.mark.parametrize("query", ["attempts=old", "attempts=", "attempt=0", "attempt=-1", "attempt=1.5", "attempt=x"])
def test_other_words_are_refused(resumed, query: str) -> None:
    answer = resumed.get(f"/api/v1/series?run=r1&name=a&{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, query.split("=", maxsplit=1)[0])


def test_totals_are_right_when_the_server_broke_off_between_an_attempt_and_its_rows(batches, tmp_path: Path) -> None:
    """The catalogue knew of the attempt, the series file was not told of it any more: it is told when the stores are opened."""
    project, run = ids.ProjectName("signs"), ids.RunId("r1")
    with opening.open_stores(tmp_path / "kept") as stores:
        ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
        batch = batches(batches.matrix({"train/box_loss": [4.0, 3.0, 2.0, 1.0]}), project=project)
        asyncio.run(ingest.accept(batches.body(batch), encoding=""))
        stores.catalog.open_attempt(run, OTHER, row.AttemptRef(0, batch.attempt.wall_ns + 1, 0, start_step=2))
        assert stores.series.series(project, run)[0].count == 4
    with opening.open_stores(tmp_path / "kept") as stores:
        [stat] = stores.series.series(project, run)
        assert (stat.count, stat.last, stat.min) == (2, 3.0, 3.0)


def test_what_other_ranks_add_is_no_attempt(resumed, batches) -> None:
    beside = msgspec.structs.replace(
        batches(batches.matrix({"time/rank.1/batch_s": [0.1]}), writer=ids.WriterId("e" * 32)), rank=1
    )
    ended = msgspec.structs.replace(beside, first_seq=1, entries=(row.Ended("failed", 5),), alive=False)
    _send(resumed, beside, batches)
    _send(resumed, ended, batches)
    found = resumed.get("/api/v1/runs/r1").json()
    assert (found["state"], len(found["attempts"]), found["rows"]) == ("running", 2, 7)
