import math

import pytest
from benchmarks.diagnosis import jobs, scoring
from tests.unit.benchmarks import runs

HIGH = runs.job("high", fault="F01", expected=("N10", "N13"), secondary=("L02",), control="control")
CONTROL = runs.run(runs.job("control"))


def _verdict(*alarms: tuple[str, str, float], job: jobs.Job = HIGH, maps=(0.1,) * 20) -> scoring.Verdict:
    return scoring.verdict(runs.run(job, *alarms, maps=maps), control=CONTROL.told, sigma=0.02)


def test_the_cause_is_first_if_the_first_warning_names_it() -> None:
    found = _verdict(("G11", "info", 2.0), ("N13", "critical", 5.0), ("G04", "warning", 3.0))
    assert (found.detected, found.first, found.among_three, found.lead) == (True, True, True, 0.75)


def test_a_symptom_that_was_to_be_expected_detects_but_is_no_cause() -> None:
    found = _verdict(("L02", "warning", 8.0), ("N10", "info", 9.0))
    assert (found.detected, found.first, found.among_three, found.lead) == (True, False, False, 0.6)


def test_another_warning_detects_nothing() -> None:
    found = _verdict(("G13", "warning", 4.0))
    assert (found.detected, found.any_warning, found.first, found.lead) == (False, True, False, None)


def test_what_opened_before_the_onset_is_false_and_not_early() -> None:
    late = runs.job("late", fault="F01", expected=("N13",), control="control", onset=9.0)
    found = _verdict(("N13", "critical", 8.0), job=late)
    assert (found.detected, found.from_start, found.false_before) == (False, False, 1)
    assert _verdict(("N13", "critical", 9.0), job=late).lead == 0.55


def test_information_counts_where_the_rule_that_names_the_cause_can_say_no_more() -> None:
    skewed = runs.job("skewed", fault="F07", expected=("G06",), secondary=("G07",), control="control")
    assert _verdict(("G06", "info", 10.0), job=skewed).first
    assert not _verdict(("G07", "info", 10.0), job=skewed).detected


@pytest.mark.parametrize(("level", "inert"), [(0.46, True), (0.459, False), (0.5, True), (0.541, True), (0.9, True)])
def test_a_fault_that_costs_two_sigma_of_map_at_most_did_no_harm(level, inert) -> None:
    maps = (level,) * 20
    assert _verdict(maps=maps).is_inert is inert


@pytest.mark.parametrize("control", [math.nan, math.inf])
def test_without_the_map_of_a_control_a_fault_counts(control) -> None:
    assert not scoring.is_inert(0.9, control, sigma=0.02)
    assert not scoring.is_inert(math.nan, 0.5, sigma=0.02)


def test_a_fault_that_is_no_matter_of_map_is_never_inert() -> None:
    leak = runs.job("leak", fault="F21", expected=("S05",), effect="memory", control="control")
    assert not _verdict(job=leak, maps=(0.5,) * 20).is_inert


def test_a_training_that_left_nothing_is_not_detected() -> None:
    lost = scoring.Run(runs.line(HIGH), None)
    assert not scoring.verdict(lost, control=CONTROL.told, sigma=0.02).detected


def test_sigma_is_that_of_the_seeds_of_one_kind() -> None:
    healthy = [runs.run(runs.job(f"s{at}"), maps=[value] * 4) for at, value in enumerate((0.5, 0.54))]
    healthy.append(runs.run(runs.job("other", kind="sgd"), maps=[0.1] * 4))
    assert scoring.sigma(healthy) == pytest.approx(0.02828, abs=1e-5)
    assert scoring.sigma(healthy, kind="sgd") == scoring.SIGMA_LEAST


def test_a_warning_that_is_true_of_a_healthy_training_is_not_false() -> None:
    tiny = runs.job("tiny", kind="tiny_val", accepted=("G13",))
    said = (("G13", "warning", 3.0), ("L01", "warning", 1.0), ("G12", "info", 9.0))
    assert [one.rule for one in scoring.false_alarms(runs.run(tiny, *said))] == ["L01"]


def test_the_matrix_counts_trainings_by_fault_and_rule() -> None:
    judged = [
        runs.run(HIGH, ("N10", "warning", 3.0), ("L02", "warning", 4.0), ("G11", "info", 4.0)),
        runs.run(HIGH, ("N10", "warning", 3.0)),
        runs.run(runs.job("healthy"), ("L01", "warning", 1.0)),
    ]
    assert scoring.matrix(judged) == {"F01": {"N10": 2, "L02": 1}, "healthy": {"L01": 1}}


def test_a_rule_is_right_of_its_fault_wrong_of_another_and_false_of_a_healthy_one() -> None:
    judged = [
        runs.run(HIGH, ("N10", "warning", 3.0), ("G13", "warning", 4.0)),
        runs.run(runs.job("healthy"), ("N10", "warning", 1.0), ("G06", "info", 1.0)),
    ]
    assert scoring.by_rule(judged) == {"G13": (0, 1, 0), "N10": (1, 0, 1)}
