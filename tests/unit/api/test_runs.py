"""`yoloscope.Api` at a real server: runs, their curves and findings."""

import math
import sys

import numpy as np
import pytest

import yoloscope
from yoloscope import errors

pytestmark = pytest.mark.slow


@pytest.fixture
def api(live_server, batches) -> yoloscope.Api:
    for number, run in enumerate(("alpha", "beta")):
        rows = batches.matrix({"train/box_loss": [3.0, 2.0, math.nan], "metrics/mAP50": [0.1, 0.2, 0.5 + number]})
        live_server.ingest(batches.body(batches(rows, run=run, writer=f"{number:032x}")))
    return yoloscope.Api(live_server.url, live_server.token)


def test_runs_are_found_filtered_and_sorted(api: yoloscope.Api) -> None:
    assert sorted(run.id for run in api.runs()) == ["alpha", "beta"]
    assert [run.name for run in api.runs("signs", where="metrics/mAP50 > 1")] == ["beta"]
    assert [run.id for run in api.runs(sort="-metrics/mAP50")] == ["beta", "alpha"]
    assert list(api.runs("none")) == []


def test_a_run_tells_what_it_is(api: yoloscope.Api) -> None:
    run = api.run("alp")
    assert (run.id, run.name, run.project, run.last["metrics/mAP50"]) == ("alpha", "alpha", "signs", 0.5)
    assert run.refresh().state == run.state
    assert "alpha" in repr(run)
    assert run.findings() == []
    assert api.runs().findings() == []
    with pytest.raises(errors.NotFound):
        api.run("gamma")


def test_curves_become_a_frame(api: yoloscope.Api) -> None:
    pandas = pytest.importorskip("pandas")
    frame = api.run("alpha").history(["train/box_loss", "metrics/*"])
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["step", "train/box_loss", "metrics/mAP50"]
    np.testing.assert_array_equal(frame["step"], [0, 1, 2])
    np.testing.assert_array_equal(frame["train/box_loss"], [3.0, 2.0, math.nan])
    both = api.runs(sort="metrics/mAP50").history("metrics/mAP50", x="epoch")
    assert list(both["run"]) == ["alpha"] * 3 + ["beta"] * 3
    assert list(both["metrics/mAP50"]) == [0.1, 0.2, 0.5, 0.1, 0.2, 1.5]


def test_curves_are_arrays_where_there_is_no_pandas(api: yoloscope.Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    table = api.run("alpha").history(["metrics/mAP50"], x="epoch", buckets=1)
    assert isinstance(table, dict)
    assert {name: column.tolist() for name, column in table.items()} == {
        "epoch": [0.0],
        "metrics/mAP50": [pytest.approx(0.8 / 3)],
        "metrics/mAP50.min": [0.1],
        "metrics/mAP50.max": [0.5],
    }
    assert api.runs("none").history("a")["run"].tolist() == []


def test_a_server_that_does_not_answer_and_a_wrong_token_are_errors_of_ours(live_server) -> None:
    with pytest.raises(errors.ServerUnavailable):
        list(yoloscope.Api("http://127.0.0.1:9").runs())
    with pytest.raises(errors.ServerRefused):
        list(yoloscope.Api(live_server.url, "wrong").runs())
