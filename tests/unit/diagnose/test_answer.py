import math
import string
from collections.abc import Sequence

import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, line

from yoloscope.diagnose import answer, facts, history
from yoloscope.diagnose.texts import answers, generalisation
from yoloscope.records import finding

MAP, LOSS = "metrics/mAP50-95", "train/box_loss"
MOSAIC = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "mosaic": 1.0, "close_mosaic": 10})


def curves(count: int) -> dict[str, list[float]]:
    epochs = range(1, count + 1)
    return {LOSS: [1 + 4 * math.exp(-0.06 * at) for at in epochs], MAP: [0.6 - 1.2 / (at + 2) for at in epochs]}


def found(rule: str, severity: finding.Severity, **other: object) -> finding.Finding:
    return finding.Finding(rule=rule, name=rule, severity=severity, **other)


def told(
    epochs: hand.Curves,
    *findings: finding.Finding,
    known: facts.Facts = ULTRALYTICS,
    peers: Sequence[history.Peer] = (),
    has_ended: bool = False,
) -> answer.Answer:
    view = hand.view(facts=known, epochs=epochs)
    view.peers = history.Peers(tuple(peers))
    return answer.of(view, findings, generalisation.TEXTS, has_ended=has_ended)


def peers(*levels: float) -> list[history.Peer]:
    return [
        history.Peer(run=str(at), name=str(at), epochs=100, course=(level,) * 32) for at, level in enumerate(levels)
    ]


def test_a_healthy_training_is_answered_in_one_sentence() -> None:
    found = told(curves(40))
    assert (found.verdict, found.phase) == ("healthy", "slow")
    assert found.told.en == (
        "Epoch 40 of 100, converging slowly: all looks normal; mAP50-95 is 0.571 and will probably end near 0.59 (0.56 to 0.63); "
        "after epoch 70 there is little more to gain."
    )
    assert found.told.zh == (
        "第 40/100 个 epoch，正在缓慢收敛：一切正常；mAP50-95 现为 0.571，预计最终约 0.59（0.56–0.63）；第 70 个 epoch 之后提升很小。"
    )


def test_three_phases_stand_in_the_sentence() -> None:
    assert [told(curves(count)).told.en.partition(":")[0] for count in (20, 40, 70)] == [
        "Epoch 20 of 100, still falling fast",
        "Epoch 40 of 100, converging slowly",
        "Epoch 70 of 100, on its plateau",
    ]


def test_closing_mosaics_are_kept_in_mind() -> None:
    assert told(curves(40), known=MOSAIC).told.en.endswith(
        "after epoch 70 there is little more to gain, except what closing the mosaics after epoch 90 may add."
    )


def test_what_stands_still_is_said_to_be_over() -> None:
    stuck = {LOSS: curves(60)[LOSS], MAP: [*curves(20)[MAP], *flat(40, 0.55)]}
    assert told(stuck).told.en.endswith("the remaining 40 epochs are hardly worth the time.")
    assert told(stuck).told.zh.endswith("剩下的 40 个 epoch 基本不值得再等。")


def test_what_still_rises_is_worth_going_on() -> None:
    assert told(curves(30) | {MAP: line(30, 0.05, 0.2)}).told.en.endswith("it is worth going on to the end.")


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((0.1, 0.2, 0.3), "ahead of all 3 earlier runs"),
        ((0.5, 0.57, 0.6), "within the range of 3 earlier runs"),
        ((0.6, 0.7, 0.8), "nothing is wrong as such, but it is behind all 3 earlier runs"),
        ((0.6, 0.7), "all looks normal;"),
    ],
)
def test_what_is_normal_is_told_by_earlier_runs(levels, words) -> None:
    assert words in told(curves(40), peers=peers(*levels)).told.en


def test_a_warning_is_named_and_the_root_comes_before_its_effects() -> None:
    effects = [found("G02", "warning", caused_by="G01"), found("G01", "warning"), found("G03", "info")]
    one = told(curves(40), *effects)
    assert one.verdict == "warning"
    assert "one thing needs a look: overfitting begins; mAP50-95 is 0.571" in one.told.en
    assert "有一处需要留意：开始过拟合；" in one.told.zh
    two = told(curves(40), found("G01", "warning"), found("G05", "warning"))
    assert "2 things need a look, first of all: overfitting begins" in two.told.en


def test_the_worst_comes_first_and_a_critical_one_spoils_the_forecast() -> None:
    one = told(curves(40), found("G05", "warning"), found("G04", "critical"))
    assert one.verdict == "critical"
    assert one.told.en == (
        "Epoch 40 of 100, converging slowly: something is badly wrong: mAP is 0; mAP50-95 is 0.571; look at that before you spend more time on it."
    )


def closed(rule: str, severity: finding.Severity, epoch: float | None, **other: object) -> finding.Finding:
    return found(rule, severity, status="closed", closed=finding.Moment(epoch), **other)


def test_a_training_that_recovered_is_healthy_and_told_what_it_came_through() -> None:
    one = told(curves(40), closed("G04", "critical", 12.0))
    assert one.verdict == "healthy"
    assert one.told.en == (
        "Epoch 40 of 100, converging slowly: all looks normal; what was wrong before is over: mAP is 0, until epoch 12; "
        "mAP50-95 is 0.571 and will probably end near 0.59 (0.56 to 0.63); after epoch 70 there is little more to gain."
    )
    assert one.told.zh == (
        "第 40/100 个 epoch，正在缓慢收敛：一切正常；先前的问题已经过去：mAP 为 0，到第 12 个 epoch 为止；"
        "mAP50-95 现为 0.571，预计最终约 0.59（0.56–0.63）；第 70 个 epoch 之后提升很小。"
    )


def test_of_what_is_over_the_worst_root_is_told_and_no_hint() -> None:
    over = [
        closed("G03", "info", 9.0),
        closed("G05", "warning", 10.0),
        closed("G04", "critical", 11.0, caused_by="G01"),
        closed("G01", "critical", 12.0),
    ]
    assert "is over: overfitting begins, until epoch 12; mAP50-95" in told(curves(40), *over).told.en
    assert told(curves(40), closed("G03", "info", 9.0)) == told(curves(40))


@pytest.mark.parametrize("epoch", [0.0, None], ids=["within the first epoch", "no epoch"])
def test_what_was_over_before_an_epoch_was_complete_names_none(epoch) -> None:
    one = told(curves(40), closed("G01", "warning", epoch)).told
    assert "what was wrong before is over: overfitting begins; mAP50-95" in one.en
    assert "；先前的问题已经过去：开始过拟合；" in one.zh


@pytest.mark.parametrize(
    ("count", "open_now"), [(40, [found("G05", "warning")]), (7, [])], ids=["something else is open", "too early"]
)
def test_what_is_over_is_told_of_healthy_trainings_only(count, open_now) -> None:
    assert told(curves(count), *open_now, closed("G04", "critical", 5.0)) == told(curves(count), *open_now)


def test_an_ended_training_is_told_by_its_best_epoch() -> None:
    assert (
        told(curves(100)).told.en == "Ended at epoch 100: all looks normal; the best mAP50-95 is 0.588, from epoch 100."
    )
    early = told(curves(40), has_ended=True)
    assert early.told.en == "Ended at epoch 40 of 100: all looks normal; the best mAP50-95 is 0.571, from epoch 40."
    assert early.expected is None


@pytest.mark.parametrize(
    ("epochs", "words"),
    [
        ({}, "Nothing has been logged by epoch yet"),
        ({"lr/weight": [0.1, 0.1]}, "Nothing has been logged by epoch yet"),
        (curves(7), "Epoch 7 of 100: too early to judge; mAP50-95 is 0.448."),
        ({LOSS: curves(40)[LOSS]}, "no mAP is logged"),
        ({MAP: curves(40)[MAP]}, "no training loss is logged"),
        ({LOSS: flat(20, math.nan), MAP: flat(20, math.nan)}, "no mAP is logged"),
        ({LOSS: curves(9)[LOSS], MAP: flat(9, 0.0)}, "mAP is still 0"),
    ],
    ids=["nothing", "no curves", "seven epochs", "no mAP", "no loss", "not a number", "zero"],
)
def test_a_verdict_never_comes_from_nothing(epochs, words) -> None:
    found = told(epochs)
    assert found.verdict == "unknown"
    assert words in found.told.en


def test_a_finding_is_a_verdict_however_little_else_is_known() -> None:
    one = told({LOSS: [1.0, 2.0]}, found("N01", "critical"))
    assert one.verdict == "critical"
    assert "something is badly wrong: N01" in one.told.en


def test_a_run_without_a_budget_is_answered_without_a_forecast() -> None:
    assert told(curves(40), known=NOTHING).told.en == "Epoch 40: all looks normal; mAP50-95 is 0.571."


def test_every_clause_names_the_same_numbers_in_both_languages() -> None:
    for clauses in (answers.HEADS, answers.JUDGEMENTS, answers.PASTS, answers.UNKNOWN, answers.LEVELS, answers.RESTS):
        for one in clauses.values():
            named = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in (one.en, one.zh)]
            assert named[0] == named[1], one


def test_titles_keep_their_own_capitals_within_a_sentence() -> None:
    text = generalisation.TEXTS["G01"]
    renamed = {"N01": msgspec.structs.replace(text, title=msgspec.structs.replace(text.title, en="NaN in the loss"))}
    view = hand.view(facts=ULTRALYTICS, epochs=curves(40))
    assert "badly wrong: NaN in the loss" in answer.of(view, [found("N01", "critical")], renamed).told.en


def test_a_low_end_that_nothing_explains_is_no_good_news() -> None:
    low = {LOSS: curves(40)[LOSS], MAP: [value / 3 for value in curves(40)[MAP]]}
    one = told(low, has_ended=True)
    assert one.verdict == "healthy"
    assert "no rule found anything wrong, but mAP is low, and wrong labels cannot be seen" in one.told.en
    assert "看不出标注对错" in one.told.zh
    assert "all looks normal" in told(low).told.en
    assert "all looks normal" in told({**low, "errors/correct": flat(40, 3.0)}, has_ended=True).told.en
    assert "all looks normal" in told(curves(40), has_ended=True).told.en
