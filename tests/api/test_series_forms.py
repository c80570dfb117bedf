"""The series endpoint in its four forms, patterns, what is missing, and how much is too much."""

import io
import math
import sys

import pandas as pd
import pytest
from pyarrow import ipc

from yoloscope.query import answers
from yoloscope.records import row
from yoloscope.server.routes.formats import written

pytestmark = pytest.mark.slow

ARROW = "application/vnd.apache.arrow.stream"
ALL = "run=r1&run=r2&name=train/box_loss&name=标签,"


@pytest.fixture
def filled(live_server, batches) -> object:
    """A server with two runs of 30 rows, NaN and infinity among them, and a series whose name needs quotes."""
    values = {"train/box_loss": [float(30 - at) for at in range(30)], "标签,": [at / 7 for at in range(30)]}
    values["train/box_loss"][7] = math.nan
    values["标签,"][9] = -math.inf
    for run in ("r1", "r2"):
        more = {"val/box_loss": [50.0] * 30} if run == "r2" else {}
        batch = batches(batches.matrix(values | more), run=run, writer=f"{run[1]}" * 32)
        assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def _told(server, query: str) -> list[dict[str, object]]:
    """Return the answer in JSON as rows of a long table."""
    rows = []
    for one in server.get(f"/api/v1/series?{query}").json()["series"]:
        keys = [key for key, column in one.items() if isinstance(column, list)]
        for numbers in zip(*(one[key] for key in keys), strict=True):
            floats = dict(zip(keys, map(float, numbers), strict=True))
            rows.append({"run": one["run"], "name": one["name"], **floats})
    return rows


def _same(rows: list[dict[str, object]], frame) -> None:
    found = [
        {key: float(value) if key not in ("run", "name") else value for key, value in one.items()}
        for one in frame.to_dict("records")
    ]
    assert list(map(repr, found)) == list(map(repr, [{key: one[key] for key in frame.columns} for one in rows]))
    assert rows


@pytest.mark.parametrize("buckets", [0, 4])
def test_csv_and_arrow_say_what_json_says(filled, buckets) -> None:
    query = f"{ALL}&buckets={buckets}"
    rows = _told(filled, query)
    by_name = filled.get(f"/api/v1/series?{query}&format=csv")
    by_accept = filled.get(f"/api/v1/series?{query}", headers={"Accept": "text/csv"})
    assert by_name.content == by_accept.content
    assert by_accept.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert by_accept.headers["Vary"] == "Accept"
    assert by_accept.headers["Content-Disposition"] == "attachment; filename*=UTF-8''series.csv"
    _same(rows, pd.read_csv(io.BytesIO(by_name.content)))
    arrow = filled.get(f"/api/v1/series?{query}", headers={"Accept": ARROW})
    assert arrow.headers["Content-Type"] == ARROW
    table = ipc.open_stream(arrow.content).read_all()
    assert str(table.schema.field("name").type).startswith("dictionary<values=string")
    _same(rows, table.to_pandas())


def test_csv_is_quoted_and_says_what_is_not_finite(filled) -> None:
    lines = filled.get("/api/v1/series?run=r1&name=标签,&buckets=0&to=9&format=csv").content.decode().split("\r\n")
    assert lines[0] == "run,name,x,y"
    assert lines[1] == 'r1,"标签,",0.0,0.0'
    assert lines[10] == 'r1,"标签,",9.0,-inf'
    assert lines[11:] == [""]


def test_a_large_answer_is_sent_as_it_is_made_and_is_the_same(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [f"/api/v1/series?{ALL}&buckets=0&format={form}" for form in ("json", "columns", "csv", "arrow")]
    whole = [filled.get(path) for path in paths]
    monkeypatch.setattr(written, "_WHOLE_BYTES", 10)
    monkeypatch.setattr(written, "_PART_BYTES", 10)
    parts = [filled.get(path) for path in paths]
    assert all("Content-Length" in answer.headers for answer in whole)
    assert all("Content-Length" not in answer.headers for answer in parts)
    assert [answer.content for answer in parts] == [answer.content for answer in whole]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("train/*", ["train/box_loss"]),
        ("*/box_loss", ["train/box_loss", "val/box_loss"]),
        ("????,", []),
        ("标?,", ["标签,"]),
        ("*", ["train/box_loss", "标签,", "val/box_loss"]),
        ("derived/*", ["derived/gap/box"]),
        ("derived/gap/box", ["derived/gap/box"]),
    ],
)
def test_patterns_stand_for_the_names_of_each_run(filled, name, names) -> None:
    series = filled.get("/api/v1/series", params={"run": "r2", "name": name, "buckets": 2}).json()["series"]
    assert [one["name"] for one in series] == names


def test_a_derived_series_is_a_curve_like_any_other(filled) -> None:
    (gap,) = filled.get("/api/v1/series?run=r2&name=derived/gap/box&x=epoch&buckets=0&to=0.2").json()["series"]
    assert gap["x"] == [0.0, 0.1, 0.2]
    assert gap["y"] == [50.0 - 30.0, 50.0 - 29.5, 50.0 - 29.0]


def test_derived_series_are_listed_where_they_are_asked_for(filled) -> None:
    plain = filled.get("/api/v1/runs/r2/series").json()["items"]
    *stored, gap = filled.get("/api/v1/runs/r2/series?derived=true").json()["items"]
    assert stored == plain
    assert gap == {
        "name": "derived/gap/box",
        "family": "loss",
        "unit": "",
        "direction": "none",
        "title": {"en": "Generalisation gap: Box loss", "zh": "泛化差距：边框损失"},
        "count": 30,
        "nan_count": 0,
        "last": 50.0 - 5.5,
        "last_step": 29,
        "last_epoch": 2.9,
        "min": 50.0 - 30.0,
        "max": 50.0 - 5.5,
        "best": None,
        "best_step": None,
        "best_epoch": None,
    }


def test_a_name_that_no_run_has_is_told_with_the_nearest(filled) -> None:
    path = "/api/v1/series?run=r1&run=r2&buckets=3&name=val/box_loss&name=train/bx_loss&name=zzz"
    answer = filled.get(path).json()
    assert [(one["run"], one["name"]) for one in answer["series"]] == [("r2", "val/box_loss")]
    expected = [{"name": "train/bx_loss", "nearest": "train/box_loss"}, {"name": "zzz", "nearest": None}]
    assert answer["missing"] == expected
    with_pattern = filled.get(path + "&name=no/*").json()
    assert with_pattern["missing"] == [*expected, {"name": "no/*", "nearest": None}]
    (derived,) = filled.get("/api/v1/series?run=r2&name=derived/gap/bax").json()["missing"]
    assert derived == {"name": "derived/gap/bax", "nearest": "derived/gap/box"}


def test_more_series_than_ten_thousand_are_refused_with_the_limit(filled) -> None:
    query = "&".join([*(f"run=r{at}" for at in range(101)), *(f"name=n{at}" for at in range(100))])
    answer = filled.get(f"/api/v1/series?{query}")
    assert answer.status_code == 422
    assert answer.json() == {
        "type": "urn:yoloscope:problem:too-much",
        "title": "The request asks for too much at once",
        "status": 422,
        "detail": "10,100 series of 101 runs were asked for, more than 10,000 in one request",
        "field": "run",
        "fix": "ask for fewer runs or names at a time",
    }


@pytest.mark.parametrize(
    ("query", "numbers", "fix"),
    [
        ("buckets=0", 120, "yoloscope export"),
        ("buckets=5", 90, "at most 2 buckets"),
        ("buckets=0&attempts=all", 120, "a narrower window"),
    ],
)
def test_more_numbers_than_an_answer_holds_are_refused(
    filled, monkeypatch: pytest.MonkeyPatch, query, numbers, fix
) -> None:
    monkeypatch.setattr(answers, "NUMBERS_MAX", 50)
    asked = "run=r1&run=r2&name=train/box_loss"
    told = filled.get(f"/api/v1/series?{asked}&{query}").json()
    assert told["type"] == "urn:yoloscope:problem:too-much"
    assert told["detail"] == f"the answer would hold {numbers} numbers, more than 50"
    assert fix in told["fix"]
    narrow = filled.get(f"/api/v1/series?{asked}&{query}&from=3&to=4")
    assert [one["total"] for one in narrow.json()["series"]] == [2, 2]


def test_superseded_points_count_towards_the_limit_where_they_are_asked_for(
    filled, batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed = row.AttemptRef(1, wall_ns=1_700_000_100_000_000_000, mono_ns=0, start_step=0)
    again = batches(batches.matrix({"train/box_loss": [1.0]}), first_seq=30, writer="1" * 32, attempt=resumed)
    assert filled.ingest(batches.body(again)).status_code == 200
    monkeypatch.setattr(answers, "NUMBERS_MAX", 50)
    asked = "/api/v1/series?run=r1&name=train/box_loss&buckets=0"
    assert [one["total"] for one in filled.get(asked).json()["series"]] == [1]
    assert filled.get(f"{asked}&attempts=all").json()["detail"] == "the answer would hold 62 numbers, more than 50"


def test_a_pattern_means_no_derived_series_unless_it_says_so(filled) -> None:
    params = {"run": "r2", "name": ["*box*", "derived/nothing"], "buckets": 2}
    series = filled.get("/api/v1/series", params=params).json()["series"]
    assert [one["name"] for one in series] == ["train/box_loss", "val/box_loss"]


def test_an_unknown_run_is_told(filled) -> None:
    for name in ("train/*", "train/box_loss"):
        answer = filled.get("/api/v1/series", params={"run": ["r1", "nope"], "name": name})
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:yoloscope:problem:not-found")


def test_an_unknown_form_is_refused(filled) -> None:
    answer = filled.get("/api/v1/series?run=r1&name=train/box_loss&format=xml")
    assert (answer.status_code, answer.json()["field"]) == (422, "format")


def test_a_form_whose_writer_is_not_installed_is_told_with_the_line_to_type(
    filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yoloscope.server.routes.formats.arrow", None)
    answer = filled.get("/api/v1/series?run=r1&name=train/box_loss&format=arrow")
    assert answer.status_code == 501
    assert "pip install 'yoloscope[server]'" in answer.json()["detail"]


@pytest.mark.parametrize("buckets", [0, 4])
def test_only_the_columns_asked_for_are_sent_in_every_form(filled, buckets) -> None:
    query = f"{ALL}&buckets={buckets}"
    asked = f"{query}&column=x&column=y&column=min&column=count"
    few = ["x", "y"] if buckets == 0 else ["x", "min", "count"]
    for all_of, some_of in zip(
        *(filled.get(f"/api/v1/series?{one}").json()["series"] for one in (query, asked)), strict=True
    ):
        assert {key: all_of[key] for key in few} == {key: one for key, one in some_of.items() if isinstance(one, list)}
    frame = pd.read_csv(io.BytesIO(filled.get(f"/api/v1/series?{asked}&format=csv").content))
    assert list(frame.columns) == ["run", "name", *few]
    whole, short = (len(filled.get(f"/api/v1/series?{one}&format=columns").content) for one in (query, asked))
    assert short <= whole
    assert filled.get(f"/api/v1/series?{query}&column=z").status_code == 422


def test_names_of_many_runs_are_told_at_once(filled) -> None:
    found = filled.get("/api/v1/series/names?run=r2&run=r1&run=gone").json()
    assert found["runs"] == 2
    assert {one["name"]: one["runs"] for one in found["items"]} == {
        "train/box_loss": 2,
        "标签,": 2,
        "val/box_loss": 1,
        "derived/gap/box": 1,
    }
    of_run = {one["name"]: one for one in filled.get("/api/v1/runs/r2/series?derived=true").json()["items"]}
    for one in found["items"]:
        told = of_run[one["name"]]
        assert {key: one[key] for key in ("family", "unit", "direction", "title")} == {
            key: told[key] for key in ("family", "unit", "direction", "title")
        }
