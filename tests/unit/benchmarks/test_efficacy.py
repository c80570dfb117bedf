import math

import pytest
from benchmarks.diagnosis import efficacy


def _outcome(healthy: float, untreated: float, treated: float) -> efficacy.Outcome:
    return efficacy.Outcome(
        name="a", rule="N10", arguments={"lr0": 0.01}, healthy=healthy, untreated=untreated, treated=treated, sigma=0.01
    )


@pytest.mark.parametrize(
    ("treated", "helps", "harms"),
    [(0.51, False, False), (0.53, True, False), (0.47, False, True), (0.49, False, False)],
)
def test_advice_helps_or_harms_beyond_two_sigma(treated: float, helps: bool, harms: bool) -> None:
    one = _outcome(0.8, 0.5, treated)
    assert (one.is_helpful, one.is_harmful) == (helps, harms)


def test_what_came_back_is_a_share_of_what_was_lost() -> None:
    assert _outcome(0.8, 0.5, 0.65).recovered == pytest.approx(0.5)
    assert math.isnan(_outcome(0.51, 0.5, 0.65).recovered)


def test_harmful_advice_is_counted_and_shown() -> None:
    lines = efficacy.report([_outcome(0.8, 0.5, 0.3), _outcome(0.8, 0.5, 0.75)])
    assert "Helpful 0.50 (1/2, 0.09–0.91); **harmful 0.50 (1/2, 0.09–0.91)**; median gain +0.025." in lines
    assert "| a | N10 | `lr0=0.01` | 0.800 | 0.500 | 0.300 | -0.200 | -67% | harmful |" in lines


def test_without_trainings_the_report_says_so() -> None:
    assert efficacy.report([])[0].startswith("0 trainings")


def test_what_a_processor_cannot_follow_is_left_out_and_budgets_stay_within_twice() -> None:
    advised = {"lr0": 0.001, "amp": False, "workers": 8, "batch": -1, "epochs": 300, "patience": 50}
    assert efficacy.usable(advised, {"epochs": 28}) == {"lr0": 0.001, "epochs": 56}
    assert efficacy.usable({"batch": 32}, {"epochs": 28}) == {"batch": 32}
