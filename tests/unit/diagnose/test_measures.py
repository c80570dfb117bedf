"""When the measures act, and when they do not: by findings, commands and settings alone."""

import msgspec
import pytest

from yoloscope.diagnose import catalogue, measures
from yoloscope.records import finding

ON = {name: measures.Rule(mode="on") for name in measures.NAMES}
WOULD = {name: measures.Rule(mode="would") for name in measures.NAMES}


def found(rule: str, *, opened: float = 5.0, updated: float | None = None, **changes: object) -> finding.Finding:
    return finding.Finding(
        **{
            "rule": rule,
            "name": rule,
            "severity": "critical",
            "opened": finding.Moment(opened, int(opened * 10)),
            "updated": finding.Moment(opened if updated is None else updated),
            **changes,
        }
    )


N13 = found("N13", variant="validation", window=(2.0, 5.0))
SATURATED = found("G03", severity="info", opened=40.0, updated=45.0, values={"share": 0.5, "closing": 0})
AHEAD = found(
    "G03", opened=40.0, updated=45.0, variant="mosaic_ahead", values={"share": 0.5, "left": 55.0, "closing": 10}
)
HOT = found("N08", severity="warning", variant="hot")


def decided(
    *findings: finding.Finding,
    taken: tuple[measures.Taken, ...] = (),
    rules: dict[measures.Name, measures.Rule] = ON,
    epoch: float = 5.0,
    **stands: object,
) -> list[tuple[str, str, str, str]]:
    stands = measures.Stands(findings=findings, taken=taken, epoch=epoch, **stands)
    return [(one.kind, one.measure, one.rule, one.verb) for one in measures.decisions(stands, rules)]


def rolled(state: str = "applied", **changes: object) -> measures.Taken:
    of = {"measure": "roll_back_diverged", "verb": "rollback", "state": state, "epoch": 6.0, "step": 60, **changes}
    return measures.Taken(**of)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([N13], ("roll_back_diverged", "N13", "rollback")),
        ([found("N05", variant="loss")], ("roll_back_diverged", "N05", "rollback")),
        ([found("N01", variant="explosion")], ("roll_back_diverged", "N01", "rollback")),
        ([found("N03", updated=6.0)], ("roll_back_diverged", "N03", "rollback")),
        ([found("N10", severity="warning", variant="batches_high")], ("roll_back_diverged", "N10", "rollback")),
        ([found("L02", severity="warning"), HOT], ("roll_back_diverged", "L02", "rollback")),
        ([found("G04")], ("stop_broken", "G04", "stop")),
        ([SATURATED], ("stop_saturated", "G03", "stop")),
        ([AHEAD], ("stop_saturated", "G03", "set")),
    ],
)  # fmt: skip
def test_what_calls_for_an_act(findings, expected) -> None:
    assert decided(*findings) == [("act", *expected)]


@pytest.mark.parametrize(
    "findings",
    [
        [found("N13", severity="warning")],
        [found("N13", status="closed")],
        [found("N05", severity="warning")],
        [found("N05", variant="")],
        [found("N01", variant="single")],
        [found("N03")],
        [found("N10", severity="warning", variant="batches")],
        [found("L02", severity="warning")],
        [found("L02", severity="info"), HOT],
        [HOT],
        [HOT, found("G11", severity="info", values={"map": 0.0})],
        [found("G03", severity="info", opened=40.0, updated=44.0, values={"share": 0.5, "closing": 0})],
        [found("G03", severity="info", opened=40.0, updated=45.0, values={"share": 0.05, "closing": 0})],
        [found("G05", severity="warning")],
    ],
)
def test_what_calls_for_none(findings) -> None:
    assert decided(*findings) == []


def test_what_is_off_does_nothing_and_what_is_tried_only_says_so() -> None:
    assert decided(N13, rules={}) == []
    assert decided(N13, rules={"roll_back_diverged": measures.Rule(mode="off")}) == []
    assert decided(N13, found("G04"), rules=WOULD) == [
        ("would", "roll_back_diverged", "N13", "rollback"),
        ("would", "stop_broken", "G04", "stop"),
    ]


def test_the_rollback_goes_first_and_one_act_is_enough() -> None:
    assert decided(found("N01", variant="loop"), SATURATED) == [("act", "roll_back_diverged", "N01", "rollback")]
    stop_only = {**ON, "roll_back_diverged": measures.Rule(mode="would")}
    assert decided(found("N01", variant="loop"), rules=stop_only) == [
        ("would", "roll_back_diverged", "N01", "rollback"),
        ("act", "stop_broken", "N01", "stop"),
    ]


def test_nothing_is_asked_while_a_command_is_open_or_after_a_stop() -> None:
    assert decided(N13, taken=(rolled("sent", epoch=None),)) == []
    assert decided(N13, taken=(rolled("accepted", epoch=None),)) == []
    stopped = measures.Taken(verb="stop", state="applied", epoch=5.0, ends=True)
    assert decided(N13, taken=(stopped,)) == []
    assert decided(N13, taken=(stopped, measures.Taken(verb="note", epoch=5.0))) == []


def test_a_training_that_another_process_goes_on_with_is_looked_after_from_there() -> None:
    """The stop was of the process before it, as what was done to that one; what was found then may be over."""
    before = (
        rolled(process="old", epoch=3.0),
        measures.Taken(verb="stop", state="applied", epoch=6.0, ends=True, process="old"),
    )
    resumed = {"taken": before, "process": "new", "resumed": measures.Began(epoch=6.0, step=60)}
    assert decided(found("N05", variant="loss", updated=8.9), **resumed) == []
    assert decided(found("N05", variant="loss", updated=9.0), **resumed) == [
        ("act", "roll_back_diverged", "N05", "rollback")
    ]
    again = {**resumed, "taken": (*before, rolled(process="new", epoch=8.0))}
    assert decided(found("N05", variant="loss", updated=10.9), **again) == []
    assert decided(found("N05", variant="loss", updated=11.0), **again) != []


@pytest.mark.parametrize(("left", "expected"), [(42.0, []), (43.0, ["stop"])])
def test_the_last_epochs_without_mosaics_are_not_cut_short_whoever_closed_them(left, expected) -> None:
    closed = msgspec.structs.replace(AHEAD, variant="", values={"share": 0.42, "left": left, "closing": 42})
    assert [verb for *_, verb in decided(closed, epoch=58.0)] == expected


def test_a_warning_begins_in_a_training_that_was_only_gone_on_with() -> None:
    swings = found("N10", severity="warning", variant="batches_high", updated=9.0)
    assert decided(swings, process="new", resumed=measures.Began(epoch=6.0)) != []
    assert decided(swings, process="new", resumed=measures.Began(epoch=6.5)) == []


def test_what_expired_keeps_a_warning_from_beginning_no_longer_than_a_word_of_it_could_come() -> None:
    soon, again = (found("N10", severity="warning", variant="batches_high", updated=at) for at in (8.9, 9.0))
    assert decided(soon, taken=(rolled("expired", step=None),)) == []
    assert decided(again, taken=(rolled("expired", step=None),)) == [("act", "roll_back_diverged", "N10", "rollback")]
    assert decided(again, taken=(rolled(),)) == []


def test_what_expired_in_the_trainings_hands_may_have_been_done() -> None:
    expired = rolled("expired", epoch=6.0, step=None)
    assert decided(found("N05", variant="loss", updated=8.9), taken=(expired,)) == []
    assert decided(found("N05", variant="loss", updated=9.0), taken=(expired,)) == [
        ("act", "roll_back_diverged", "N05", "rollback")
    ]
    assert decided(N13, taken=(rolled("expired", epoch=None, step=None),)) == [
        ("act", "roll_back_diverged", "N13", "rollback")
    ]


def test_a_jump_to_the_last_epochs_is_made_once_and_only_if_it_is_one() -> None:
    def jump(epoch: float) -> list[dict[str, object]]:
        ahead = msgspec.structs.replace(
            AHEAD, updated=finding.Moment(epoch), values={**AHEAD.values, "left": 100.0 - epoch, "closing": 40}
        )
        return [one.args for one in measures.decisions(measures.Stands(findings=[ahead], epoch=epoch), ON)]

    assert [jump(epoch) for epoch in (57.0, 58.0, 59.0)] == [[{"epochs": 99}], [], []]
    jumped = measures.Taken(measure="stop_saturated", verb="set", epoch=45.5, step=450)
    later = msgspec.structs.replace(AHEAD, updated=finding.Moment(60.0))
    assert decided(later, taken=(jumped,), epoch=60.0) == []
    assert decided(msgspec.structs.replace(later, variant=""), taken=(jumped,), epoch=60.0) == []
    assert decided(later, taken=(jumped,), epoch=60.0, process="new", resumed=measures.Began(epoch=50.0)) == []
    passing = measures.Taken(measure="stop_saturated", verb="set", state="refused")
    assert decided(later, taken=(passing,), epoch=60.0) == [("act", "stop_saturated", "G03", "set")]
    refused = measures.Taken(measure="stop_saturated", verb="set", state="refused", cannot=True)
    assert decided(later, taken=(refused,), epoch=60.0) == [("act", "stop_saturated", "G03", "stop")]


def test_after_an_act_only_what_was_found_again_behind_it_counts() -> None:
    again = {"variant": "validation", "opened": 5.0}
    assert decided(found("N13", updated=8.9, window=(6.0, 8.9), **again), taken=(rolled(),)) == []
    assert decided(found("N13", updated=9.0, window=(5.0, 9.0), **again), taken=(rolled(),)) == []
    assert decided(found("N13", updated=9.0, window=(6.0, 9.0), **again), taken=(rolled(),)) == [
        ("act", "roll_back_diverged", "N13", "rollback")
    ]
    assert decided(found("N05", variant="loss", updated=9.0), taken=(rolled(),)) == [
        ("act", "roll_back_diverged", "N05", "rollback")
    ]


@pytest.mark.parametrize("rule", ["N10", "L02"])
def test_a_warning_begins_and_does_not_go_on(rule) -> None:
    swings = found(rule, severity="warning", variant="batches_high", updated=30.0)
    assert decided(swings, HOT) == [("act", "roll_back_diverged", rule, "rollback")]
    assert decided(swings, HOT, taken=(rolled(),)) == []


def test_a_change_by_a_person_counts_as_one() -> None:
    by_hand = measures.Taken(verb="set", state="applied", epoch=5.0, step=50)
    assert decided(N13, taken=(by_hand,)) == []
    assert decided(N13, taken=(measures.Taken(verb="note", state="applied", epoch=5.0),)) != []


def test_a_map_of_zero_is_given_as_long_again_after_a_rollback() -> None:
    zero = {"opened": 15.0, "values": {"epochs": 15.0}}
    assert decided(found("G04", updated=20.0, **zero), taken=(rolled(),)) == []
    assert decided(found("G04", updated=21.0, **zero), taken=(rolled(),)) == [("act", "stop_broken", "G04", "stop")]


def test_acts_are_counted_and_told_when_there_were_enough() -> None:
    stays = found("N13", updated=30.0, window=(27.0, 30.0))
    some = tuple(rolled(epoch=float(at)) for at in (6, 10, 14))
    assert decided(stays, taken=some[:2])[0][0] == "act"
    assert decided(stays, taken=some) == [("limited", "roll_back_diverged", "N13", "rollback")]


def test_what_was_refused_becomes_a_lower_rate_and_is_given_up_in_the_end() -> None:
    no = rolled("refused", epoch=None, step=None, cannot=True)
    assert decided(N13, taken=(no,)) == [("act", "roll_back_diverged", "N13", "set")]
    assert decided(N13, taken=(no, no, no)) == []


def test_ids_are_the_number_of_the_act_and_keys_the_opening() -> None:
    stands = measures.Stands(findings=[found("N13", updated=30.0, window=(27.0, 30.0))], taken=(rolled(),), epoch=30.0)
    assert measures.decisions(stands, ON)[0].key == "roll_back_diverged-2"
    assert measures.decisions(stands, WOULD)[0].key == "N13@50"
    copied = tuple(
        measures.Taken(id=name) for name in ("roll_back_diverged-7", "roll_back_diverged-x", "stop_broken-9")
    )
    known = msgspec.structs.replace(stands, taken=(*copied, rolled(id="roll_back_diverged-3")))
    assert measures.decisions(known, ON)[0].key == "roll_back_diverged-8"


def test_each_measure_has_words_and_rules_that_there_are() -> None:
    known = {rule.id for rule in catalogue.RULES}
    for name in measures.NAMES:
        text = measures.TEXTS[name]
        assert set(text.rules) <= known
        assert all((text.title.en, text.title.zh, text.what.en, text.what.zh))
