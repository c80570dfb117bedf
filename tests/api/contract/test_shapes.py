"""The JSON shapes and paths that programs outside the repository rely on: every key, exactly named."""

import struct

import msgspec
import pytest

from yoloscope.records import row

RUN_KEYS = {"id", "project", "name", "state", "created", "epoch", "epochs", "last"}
BUCKET_KEYS = {"run", "name", "total", "x_axis", "x", "first", "last", "min", "max", "mean", "count"}
COLUMNS = "application/vnd.yoloscope.columns"


@pytest.fixture
def filled(live_server, batches) -> object:
    """A server that holds one run of 30 rows over 3 epochs, with a NaN and an infinity."""
    values = {"train/box_loss": [float(30 - at) for at in range(30)], "metrics/mAP50": [at / 100 for at in range(30)]}
    values["train/box_loss"][7] = float("nan")
    values["metrics/mAP50"][9] = float("inf")
    settings = (row.Updated("progress", {"epochs": 5}), row.Updated("config", {"lr0": 0.01}))
    batch = batches(*settings, batches.matrix(values), project="signs")
    assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def test_ingest_answers_with_positions_instance_and_pace(live_server, batches) -> None:
    answer = live_server.ingest(batches.body(batches(batches.matrix({"a": [1, 2]}))))
    instance, epoch = live_server.services.catalog.instance()
    assert answer.json() == {
        "acked": {f"{batches.writer}/0": 2},
        "instance": instance,
        "instance_epoch": epoch,
        "flush_ms": 1500,
    }


def test_runs_are_a_page_of_items(filled) -> None:
    page = filled.get("/api/v1/runs").json()
    assert page.keys() >= {"items", "next", "total"}
    assert page["next"] is None
    run = page["items"][0]
    assert run.keys() >= RUN_KEYS
    assert {key: run[key] for key in ("id", "project", "name", "state", "epoch", "epochs", "last")} == {
        "id": "r1",
        "project": "signs",
        "name": "r1",
        "state": "running",
        "epoch": 2,
        "epochs": 5,
        "last": {"train/box_loss": 1.0, "metrics/mAP50": 0.29},
    }
    assert run["created"] == "2023-11-14T22:13:20.000Z"


def test_pages_of_runs_follow_the_cursor(live_server, batches) -> None:
    for name in ("a", "b", "c"):
        live_server.ingest(batches.body(batches(batches.matrix({"x": [1]}), run=name, writer=f"{name}" * 32)))
    first = live_server.get("/api/v1/runs?limit=2").json()
    second = live_server.get("/api/v1/runs", params={"limit": 2, "cursor": first["next"]}).json()
    assert sorted(run["id"] for page in (first, second) for run in page["items"]) == ["a", "b", "c"]
    assert second["next"] is None


def test_runs_may_be_asked_for_by_project(filled) -> None:
    assert len(filled.get("/api/v1/runs?project=signs").json()["items"]) == 1
    assert filled.get("/api/v1/runs?project=cars").json()["items"] == []


def test_projects_count_their_runs(filled) -> None:
    items = filled.get("/api/v1/projects").json()["items"]
    assert [(item["name"], item["runs"], item["running"]) for item in items] == [("signs", 1, 1)]


def test_one_run_has_sections_and_series(filled) -> None:
    run = filled.get("/api/v1/runs/r1").json()
    assert run.keys() >= RUN_KEYS | {"config", "settings", "provenance", "series"}
    assert run["config"] == {"lr0": 0.01}
    assert [series["name"] for series in run["series"]] == ["train/box_loss", "metrics/mAP50"]
    assert filled.get("/api/v1/runs/r1/series").json()["items"] == run["series"]


def test_series_answer_with_buckets(filled) -> None:
    answer = filled.get("/api/v1/series?run=r1&name=train/box_loss&buckets=4").json()
    assert answer.keys() == {"series"}
    series = answer["series"][0]
    assert series.keys() >= BUCKET_KEYS
    assert (series["run"], series["name"], series["total"], series["x_axis"]) == ("r1", "train/box_loss", 30, "step")
    assert sum(series["count"]) + sum(series["nan"]) >= 30
    assert (max(series["max"]), min(series["min"])) == (30.0, 1.0)
    assert len({len(series[key]) for key in ("x", "x_end", "first", "last", "min", "max", "mean", "count", "nan")}) == 1


def test_series_answer_with_raw_points_and_non_finite_values(filled) -> None:
    answer = filled.get("/api/v1/series?run=r1&name=train/box_loss&name=metrics/mAP50&buckets=0").json()
    loss, map50 = answer["series"]
    assert loss["x"] == list(range(30))
    assert loss["y"][6:9] == [24.0, "NaN", 22.0]
    assert map50["y"][9] == "Infinity"
    assert "min" not in loss


@pytest.mark.parametrize(
    ("axis", "first", "last"), [("step", 0, 29), ("epoch", 0, 2.9), ("elapsed", 0, 29), ("time", 1.7e9, 1.7e9 + 29)]
)
def test_series_have_the_axis_that_was_asked_for(filled, axis, first, last) -> None:
    series = filled.get(f"/api/v1/series?run=r1&name=metrics/mAP50&buckets=0&x={axis}").json()["series"][0]
    assert (series["x_axis"], series["x"][0], series["x"][-1]) == (axis, first, last)


def test_a_window_includes_both_ends(filled) -> None:
    series = filled.get("/api/v1/series?run=r1&name=metrics/mAP50&buckets=0&from=3&to=5").json()["series"][0]
    assert (series["x"], series["total"]) == ([3, 4, 5], 3)


def test_a_foreign_name_finds_the_canonical_series(filled) -> None:
    series = filled.get("/api/v1/series", params={"run": "r1", "name": "metrics/mAP50(B)"}).json()["series"]
    assert [one["name"] for one in series] == ["metrics/mAP50"]


def test_columns_of_the_same_numbers_travel_once(live_server, batches) -> None:
    values = {f"loss/{at}": [float(at + row_) for row_ in range(200)] for at in range(10)}
    assert live_server.ingest(batches.body(batches(batches.matrix(values)))).status_code == 200
    asked = {"run": "r1", "name": "loss/*", "buckets": 100}
    answer = live_server.get("/api/v1/series", params=asked, headers={"Accept": COLUMNS}).content
    (length,) = struct.unpack_from("<I", answer, 8)
    header = msgspec.msgpack.decode(answer[12 : 12 + length])
    for key in ("x", "x_end", "count", "nan"):
        assert len({tuple(one["columns"][key]) for one in header["series"]}) == 1
    assert len({tuple(one["columns"]["mean"]) for one in header["series"]}) == 10
    decoded = columns_from_answer(answer)
    assert [columns["x"][:2] for _, columns in decoded] == [decoded[0][1]["x"][:2]] * 10
    assert [columns["mean"][0] for _, columns in decoded] == [at + 0.5 for at in range(10)]


def columns_from_answer(content) -> list[tuple[dict[str, object], dict[str, list[float]]]]:
    """Return header and columns as a client that follows the description reads them."""
    assert content[:8] == b"YSCOLS01"
    (length,) = struct.unpack_from("<I", content, 8)
    header = msgspec.msgpack.decode(content[12 : 12 + length])
    start = -(-(12 + length) // 8) * 8
    assert not any(content[12 + length : start])

    def column(place) -> list[float]:
        return list(struct.unpack_from(f"<{place[1]}d", content, start + place[0]))

    assert header["v"] == 1
    return [
        ({**one, "columns": None}, {key: column(place) for key, place in one["columns"].items()})
        for one in header["series"]
    ]


@pytest.mark.parametrize("buckets", [0, 4, 500])
def test_binary_columns_say_the_same_as_json(filled, buckets) -> None:
    path = f"/api/v1/series?run=r1&name=train/box_loss&name=metrics/mAP50&buckets={buckets}"
    answer = filled.get(path, headers={"Accept": COLUMNS})
    assert answer.headers["Content-Type"] == COLUMNS
    told = filled.get(path).json()["series"]
    read = columns_from_answer(answer.content)
    assert len(read) == 2
    for (facts, columns), said in zip(read, told, strict=True):
        assert {key: facts[key] for key in ("run", "name", "total", "x_axis")} == {
            key: said[key] for key in ("run", "name", "total", "x_axis")
        }
        assert {key: [str(value) for value in column] for key, column in columns.items()} == {
            key: [str(float(value)) for value in said[key]] for key in columns
        }


def test_an_answer_without_series_is_readable(filled) -> None:
    path = "/api/v1/series?run=r1&name=nothing"
    assert filled.get(path).json() == {"series": [], "missing": [{"name": "nothing", "nearest": None}]}
    assert columns_from_answer(filled.get(path, headers={"Accept": COLUMNS}).content) == []


def test_plain_log_answers_where_the_rows_went(live_server) -> None:
    answer = live_server.log([{"step": 1, "x": 1}, {"step": 2, "x": 2}], query="?run=mine&project=signs").json()
    assert answer.keys() == {"run", "project", "rows"}
    assert (answer["project"], answer["rows"]) == ("signs", 2)
    assert live_server.get(f"/api/v1/runs/{answer['run']}").json()["name"] == "mine"


def test_health_answers_without_a_token(live_server) -> None:
    assert live_server.get("/healthz", token=None).json() == {"status": "ok"}
    assert live_server.get("/readyz", token=None).json() == {"status": "ready"}


def test_metrics_count_what_went_through(filled) -> None:
    text = filled.get("/metrics").text
    assert "yoloscope_ingest_rows_total 30\n" in text
    assert "yoloscope_ingest_requests_total 1\n" in text
