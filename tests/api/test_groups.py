"""Groups of runs over HTTP, in every form."""

import io
import math

import pandas as pd
import pytest
from pyarrow import ipc

from yoloscope.records import row

pytestmark = pytest.mark.slow

PATH = "/api/v1/groups?project=signs&by=config.lr0&name=train/box_loss"


@pytest.fixture
def filled(live_server, batches) -> object:
    """Three runs of two settings; the third is shorter than the second."""
    for number, (lr0, rows) in enumerate([(0.1, 20), (0.01, 20), (0.01, 10)]):
        values = {"train/box_loss": [float(number)] * rows, "val/box_loss": [number + 1.0] * rows}
        batch = batches(
            row.Updated("config", {"lr0": lr0}), batches.matrix(values), run=f"r{number}", writer=f"{number}" * 32
        )
        assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def test_groups_are_columns_by_value(filled) -> None:
    answer = filled.get(PATH).json()
    assert answer.keys() == {"groups", "by"}
    assert answer["by"] == "config.lr0"
    both, alone = answer["groups"]
    steps = [float(step) for step in range(20)]
    assert both == {
        "value": 0.01,
        "runs": ["r1", "r2"],
        "name": "train/box_loss",
        "total": 30,
        "x_axis": "step",
        "x": steps,
        "x_end": steps,
        "mean": [1.5] * 10 + [1.0] * 10,
        "std": [math.sqrt(0.5)] * 10 + ["NaN"] * 10,
        "min": [1.0] * 20,
        "max": [2.0] * 10 + [1.0] * 10,
        "n": [2] * 10 + [1] * 10,
        "nan": [0] * 20,
    }
    assert (alone["value"], alone["runs"], alone["mean"]) == (0.1, ["r0"], [0.0] * 20)


def test_groups_can_be_of_derived_series_and_of_runs_named(filled) -> None:
    answer = filled.get("/api/v1/groups?run=r0&run=r1&by=group&name=derived/gap/box&x=epoch").json()
    (one,) = answer["groups"]
    assert (one["value"], one["runs"], set(one["mean"])) == (None, ["r0", "r1"], {1.0})


def test_other_forms_say_the_same(filled) -> None:
    told = filled.get(PATH).json()["groups"]
    csv = pd.read_csv(io.BytesIO(filled.get(PATH + "&format=csv").content))
    arrow = ipc.open_stream(filled.get(PATH + "&format=arrow").content).read_all().to_pandas()
    for frame in (csv, arrow):
        assert frame.columns.tolist() == ["group", "name", "x", "x_end", "mean", "std", "min", "max", "n", "nan"]
        assert frame["group"].astype(str).tolist() == ["0.01"] * 20 + ["0.1"] * 20
        for key in ("x", "mean", "std", "n"):
            expected = [float(value) for one in told for value in one[key]]
            assert list(map(repr, frame[key].astype(float).tolist())) == list(map(repr, expected))
    assert filled.get(PATH + "&format=columns").content[:8] == b"YSCOLS01"


def test_only_runs_that_pass_a_filter_are_grouped(filled) -> None:
    answer = filled.get(PATH, params={"where": "config.lr0 < 0.05 and train/box_loss > 1.5"}).json()
    assert [(one["value"], one["runs"]) for one in answer["groups"]] == [(0.01, ["r2"])]
    refused = filled.get(PATH, params={"where": "config.lr1 < 0.05"})
    assert (refused.status_code, refused.json()["field"]) == (422, "where")


def test_names_that_no_run_has_are_told(filled) -> None:
    answer = filled.get(PATH + "&name=train/bx_loss").json()
    assert answer["missing"] == [{"name": "train/bx_loss", "nearest": "train/box_loss"}]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("project=signs&by=colour&name=a", "by"),
        ("project=signs&by=config.lr&name=a", "by"),
        ("by=tag&name=a", "run"),
        ("project=signs&run=r0&by=tag&name=a", "run"),
        ("run=r0&where=step>1&by=tag&name=a", "run"),
        ("project=signs&by=tag&name=a&buckets=0", "buckets"),
        ("project=signs&by=tag&name=a&from=2&to=1", "from"),
    ],
)
def test_what_cannot_be_grouped_is_refused_with_its_field(filled, query, field) -> None:
    answer = filled.get(f"/api/v1/groups?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_project_without_runs_has_no_groups(filled) -> None:
    assert filled.get("/api/v1/groups?project=cars&by=config.lr0&name=a").json()["groups"] == []
