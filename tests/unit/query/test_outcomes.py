"""Which runs of a project count, with which value, and why the others do not."""

import math

import pytest

from unit.query import known_runs
from yoloscope import errors
from yoloscope.query import outcomes

METRIC = known_runs.METRIC


def _asked(*known: object, metric: str = METRIC, which: outcomes.Which = "best", **more: object) -> outcomes.Outcomes:
    return outcomes.outcomes(list(known), metric=metric, which=which, **more)  # type: ignore[arg-type]


def test_best_is_by_the_direction_of_the_metric_and_last_is_the_last() -> None:
    one = known_runs.known("a", series={METRIC: (0.1, 0.7, 0.6), "val/box_loss": (1.5, 9.0, 2.0)})
    assert [run.value for run in _asked(one).runs] == [0.7]
    assert [run.value for run in _asked(one, which="last").runs] == [0.6]
    assert [run.value for run in _asked(one, metric="val/box_loss").runs] == [1.5]
    assert [run.value for run in _asked(one, better="lower").runs] == [0.1]


def test_a_share_is_told_in_points_and_nothing_else() -> None:
    one = known_runs.known(
        "a", series={METRIC: (0.1, 0.7, 0.6), "val/box_loss": (0.5, 0.9, 0.6), "metrics/x": (1, 7, 6)}
    )
    assert _asked(one).metric == outcomes.Metric(METRIC, "best", "higher", points=True)
    assert _asked(one, metric="val/box_loss").metric == outcomes.Metric("val/box_loss", "best", "lower", points=False)
    assert not _asked(one, metric="metrics/x").metric.points


def test_each_run_that_does_not_count_has_its_reason() -> None:
    stopped: dict[str, object] = {"state": "stopped", "progress": {"epochs": 90}}
    known = [
        known_runs.known("counts"),
        known_runs.known("runs", said={"state": "running"}),
        known_runs.known("hangs", said={"state": "stalled"}),
        known_runs.known("crashed", said={"state": "crashed", "progress": {"epochs": 90}}),
        known_runs.known("failed", said={"state": "failed", "progress": {}}),
        known_runs.known("by-hand", said=stopped),
        known_runs.known("blind", series={"x": (1, 1, 1)}),
        known_runs.known("nan", series={METRIC: (math.nan, math.nan, math.nan)}),
        known_runs.known("infinite", series={METRIC: (0.1, math.inf, 0.1)}),
    ]
    found = _asked(*known)
    assert [run.run for run in found.runs] == ["counts"]
    assert found.ignored == {
        "in_progress": 2,
        "crashed": 2,
        "ended_early": 1,
        "no_metric": 1,
        "not_a_number": 2,
    }


def test_a_run_that_its_patience_ended_or_that_did_all_its_epochs_counts() -> None:
    patient = {"state": "stopped", "progress": {"epochs": 90, "patience_left": 0}}
    whole = {"state": "crashed", "progress": {"epochs": 10}}  # the last evaluation failed, behind the last epoch
    found = _asked(known_runs.known("patient", said=patient), known_runs.known("whole", said=whole))
    assert sorted(run.run for run in found.runs) == ["patient", "whole"]


def test_the_same_run_twice_is_one_observation_but_repeats_without_a_seed_are_not() -> None:
    def trained(name: str, **sections: object) -> object:
        return known_runs.known(name, config={"lr0": 0.1}, **sections)

    same = [trained("a", provenance={"seed": 1}), trained("bb", provenance={"seed": 1})]
    found = _asked(*same, trained("ccc", provenance={"seed": 2}))
    assert ([run.run for run in found.runs], found.ignored) == (["a", "ccc"], {"copy": 1})
    assert _asked(trained("a"), trained("bb")).ignored == {}


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(errors.InvalidRecord, match="no run of the project has a series") as raised:
        _asked(known_runs.known("a"), metric="metrics/map5095")
    assert (raised.value.field, METRIC in str(raised.value.fix)) == ("metric", True)


def test_a_metric_without_a_direction_asks_for_one() -> None:
    one = known_runs.known("a", series={"score": (0.1, 0.7, 0.6)})
    with pytest.raises(errors.InvalidRecord, match="higher or a lower") as raised:
        _asked(one, metric="score")
    assert (raised.value.field, raised.value.fix) == ("better", "add better=higher or better=lower")
    assert [run.value for run in _asked(one, metric="score", better="lower").runs] == [0.1]


def test_a_foreign_spelling_of_the_metric_is_understood() -> None:
    assert _asked(known_runs.known("a"), metric="metrics/mAP50-95(B)").metric.name == METRIC
