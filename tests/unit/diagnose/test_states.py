from hypothesis import given
from hypothesis import strategies as st

from yoloscope.diagnose import rule, states
from yoloscope.records import finding

HIT, WORSE, QUIET = rule.Hit(severity="warning"), rule.Hit(severity="critical", variant="bad"), None
LACKING = rule.Missing(("val/box_loss",))


def made(cadence="epoch", **more: object) -> rule.Rule:
    return rule.Rule(
        id="X01", name="x", family="numerics", cadence=cadence, worst="critical", test=lambda _: None, **more
    )


def answered(outcomes, one=None, *, weight=1) -> tuple[states.State, list[states.Kind | None]]:
    state = states.State()
    kinds = [
        states.answer(state, one or made(), outcome, states.Asked(finding.Moment(float(at)), weight=weight))
        for at, outcome in enumerate(outcomes, 1)
    ]
    return state, kinds


def test_three_hits_in_a_row_open_a_finding_and_six_answers_without_one_close_it() -> None:
    state, kinds = answered([HIT, HIT, QUIET, HIT, HIT, HIT, *[QUIET] * 6])
    assert [*[None] * 5, "opened", *[None] * 5, "closed"] == kinds
    assert (finding.Moment(6.0), finding.Moment(12.0), "closed") == (
        state.found.opened,
        state.found.closed,
        state.found.status,
    )


def test_a_hit_in_between_begins_the_count_of_clears_anew() -> None:
    assert "closed" not in answered([HIT] * 3 + ([QUIET] * 5 + [HIT]) * 4)[1]


def test_a_missing_input_counts_neither_way() -> None:
    state, kinds = answered([HIT, HIT, LACKING, HIT, *[QUIET] * 5, LACKING, LACKING, QUIET])
    assert [None, None, None, "opened", *[None] * 7, "closed"] == kinds
    assert state.missing is None
    assert (answered([QUIET, LACKING])[0].missing, answered([LACKING] * 9)[0].found) == (("val/box_loss",), None)


def test_severity_only_rises_while_a_finding_is_open_and_its_evidence_stays_that_of_the_worst() -> None:
    state, kinds = answered([HIT, HIT, HIT, WORSE, HIT])
    assert kinds == [None, None, "opened", "raised", None]
    assert ("critical", "bad", finding.Moment(3.0), finding.Moment(5.0)) == (
        state.found.severity,
        state.found.variant,
        state.found.opened,
        state.found.updated,
    )


def test_a_finding_that_opens_again_is_the_same_one_and_may_be_milder() -> None:
    state, kinds = answered([WORSE] * 3 + [QUIET] * 6 + [HIT] * 3)
    assert kinds[-1] == "reopened"
    assert ("warning", "open", None, finding.Moment(12.0)) == (
        state.found.severity,
        state.found.status,
        state.found.closed,
        state.found.opened,
    )


def test_what_was_counted_once_is_not_counted_again() -> None:
    for cadence in ("start", "end"):
        assert answered([HIT, QUIET], made(cadence))[1] == ["opened", "closed"]


def test_a_rule_asked_by_step_closes_after_fifty_batches() -> None:
    assert ["opened", *[None] * 4, "closed"] == answered([HIT, *[QUIET] * 5], made("step", hits=1), weight=10)[1]
    assert "closed" not in answered([HIT, *[QUIET] * 5], made("step", hits=1, clears=200), weight=10)[1]


@given(st.floats(1, 100), st.integers(1, 50), st.integers(1, 8), st.floats(0, 1))
def test_confidence_rises_with_effect_points_and_inputs(strength, more, needed, present) -> None:
    at_border = states.confidence(1.0, hits=needed, needed=needed, present=1.0)
    here = states.confidence(strength, hits=needed, needed=needed, present=present)
    assert at_border == 0.5
    assert 0 <= here <= 1
    assert states.confidence(strength + 1, hits=needed, needed=needed, present=present) >= here
    assert states.confidence(strength, hits=needed + more, needed=needed, present=present) >= here
    assert states.confidence(strength, hits=needed, needed=needed, present=1.0) >= here


def test_confidence_of_some_findings() -> None:
    assert (
        states.confidence(3.0, hits=3, needed=3, present=1.0),
        states.confidence(1.0, hits=6, needed=3, present=1.0),
        states.confidence(3.0, hits=3, needed=3, present=0.0),
    ) == (0.75, 0.75, 0.52)
