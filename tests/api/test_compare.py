"""Runs side by side over HTTP."""

import pytest

from yoloscope.records import row

pytestmark = pytest.mark.slow  # a server each


@pytest.fixture
def filled(live_server, batches) -> object:
    for name, rate, gpu in (("one", 0.1, "550"), ("two", 0.2, "535"), ("six", 0.1, "550")):
        told = (row.Updated("config", {"lr0": rate, "n": {"k": 1}}), row.Updated("provenance", {"driver": gpu}))
        batch = batches(
            *told, batches.matrix({"x": [1.0]}), run=name, writer=f"{len(name)}{name[0]}".encode().hex() * 8
        )
        assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def test_two_runs_differ_in_what_differs(filled) -> None:
    answer = filled.get("/api/v1/compare?run=one&run=two").json()
    assert answer.keys() == {"runs", "sections", "equal"}
    assert [(run["column"], run["id"], run["attempt"]) for run in answer["runs"]] == [("a", "one", 1), ("b", "two", 1)]
    assert list(answer["sections"]) == ["code", "packages", "settings", "config", "data", "machine", "augmentation"]
    assert answer["sections"]["config"] == [{"key": "lr0", "a": 0.1, "b": 0.2}]
    assert answer["sections"]["machine"] == [{"key": "driver", "a": "550", "b": "535"}]
    assert answer["equal"]["config"] == 1


def test_more_runs_are_more_columns(filled) -> None:
    answer = filled.get("/api/v1/compare?run=one&run=two&run=six").json()
    assert answer["sections"]["config"] == [{"key": "lr0", "a": 0.1, "b": 0.2, "c": 0.1}]


def test_a_run_compared_with_itself_differs_in_nothing(filled) -> None:
    answer = filled.get("/api/v1/compare?run=one&run=one&attempt=1&attempt=0").json()
    assert not any(answer["sections"].values())


def test_what_is_equal_is_told_when_asked_for(filled) -> None:
    answer = filled.get("/api/v1/compare?run=one&run=six&equal=true").json()
    assert answer["sections"]["config"] == [{"key": "lr0", "a": 0.1, "b": 0.1}, {"key": "n.k", "a": 1, "b": 1}]
    assert answer["equal"]["config"] == 2


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("run=one", 422, "run"),
        ("run=one&run=none", 404, None),
        ("run=one&run=two&attempt=1", 422, "attempt"),
        ("run=one&run=two&attempt=1&attempt=7", 404, None),
        ("run=one&run=two&attempt=1&attempt=-1", 422, "attempt"),
        ("", 422, "run"),
    ],
)
def test_a_wrong_question_is_said_so(filled, query, status, field) -> None:
    answer = filled.get(f"/api/v1/compare?{query}")
    said = answer.json()
    assert (answer.status_code, said.get("field")) == (status, field), said
