import math

import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, line, quiet, speaks, waves

from yoloscope.diagnose import rule
from yoloscope.diagnose.rules import optimisation
from yoloscope.diagnose.texts import optimisation as texts

AUTO = msgspec.structs.replace(
    ULTRALYTICS,
    given={**ULTRALYTICS.given, "optimizer": "auto", "lr0": 0.1},
    settings={**ULTRALYTICS.settings, "optimizer": "AdamW"},
)
SHORT = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 16})


def batches(low: float, high: float, *, lr: float = 0.01, count: int = 200) -> dict[str, object]:
    return {"steps": {"train/box_loss": waves(count, low, high, each=4)}, "epochs": {"lr/weight": [lr]}}


def epochs(low: float, high: float, *, lr: float = 0.01, count: int = 13) -> dict[str, object]:
    return {"epochs": {"train/box_loss": waves(count, low, high), "lr/weight": flat(count, lr)}}


def course(fall: float, *, count: int = 23, map50_95: float = 0.3, ratio: float | None = None) -> dict[str, object]:
    told = {
        "train/box_loss": line(count, 2.0, 2.0 * (1 - fall)),
        "metrics/mAP50-95": flat(count, map50_95),
        "lr/weight": flat(count, 0.01),
    }
    return {"epochs": told if ratio is None else {**told, "update/head.box/ratio": flat(count, ratio)}}


def diverging(*end: float) -> dict[str, object]:
    return {"epochs": {"train/box_loss": [*flat(20, 1.0), *end], "lr/weight": flat(20 + len(end), 0.01)}}


def noisy(scale: float, *, swing: float = 0.06) -> dict[str, object]:
    return {"epochs": {"train/box_loss": waves(13, 1 - swing, 1 + swing), "grad/noise_scale": flat(13, scale)}}


def validated(val: float, *, train: float = 1.0, count: int = 2) -> dict[str, object]:
    return {
        "epochs": {
            "train/box_loss": flat(count, train),
            "val/box_loss": flat(count, val / 2),
            "val/cls_loss": flat(count, val / 2),
            "lr/weight": flat(count, 0.01),
        }
    }


SPEAKING = [
    speaks("N10", "warning", "batches", **batches(1.0, 3.2), changes={"lr0": 0.0033, "warmup_epochs": 5.0}),
    speaks(
        "N10",
        "warning",
        "batches_high",
        **batches(1.0, 3.2, lr=0.0301),
        changes={"lr0": 0.01, "warmup_epochs": 5.0},
    ),
    speaks(
        "N10",
        "warning",
        "batches_high",
        facts=AUTO,
        **batches(1.0, 3.2, lr=0.003),
        changes={"lr0": 0.001, "warmup_epochs": 5.0},
    ),
    speaks("N10", "warning", "epochs", **epochs(0.87, 1.13)),
    speaks("N10", "warning", "epochs_high", **epochs(0.87, 1.13, lr=0.0301)),
    speaks("N12", "warning", "", **course(0.0), changes={}),
    speaks("N12", "warning", "", facts=SHORT, **course(0.0, count=11)),
    speaks("N12", "warning", "rising", **course(-0.02), changes={"lr0": 0.0033}),
    speaks("N12", "warning", "hot", **course(0.0, ratio=0.011), changes={"lr0": 0.0033}),
    speaks("N12", "warning", "cold", **course(0.0, ratio=9e-6), changes={"lr0": 0.03}),
    speaks("N13", "critical", "", **diverging(2.01, 2.01, 2.01), changes={"lr0": 0.0033}),
    speaks("N13", "critical", "", **diverging(*line(12, 1.1, 1.95))),
    speaks("N13", "critical", "validation", **validated(100.0), changes={"lr0": 0.0033}),
    speaks("N13", "critical", "validation", **validated(400.0, train=20.0)),
    speaks("N13", "critical", "validation", **validated(100.0, train=-1.0)),
    speaks("N15", "info", "", **noisy(161.0), changes={"nbs": 64}),
]
QUIET = [
    quiet("N10", "batches that swing less", **batches(1.0, 2.8)),
    quiet(
        "N10",
        "batches that swing while they fall",
        steps={"train/box_loss": [*waves(100, 1.0, 3.2, each=4), *waves(100, 0.9, 3.0, each=4)]},
    ),
    quiet("N10", "a hundred batches less four", **batches(1.0, 3.2, count=96)),
    quiet("N10", "epochs that swing less", **epochs(0.89, 1.11)),
    quiet("N10", "late epochs", **epochs(0.87, 1.13, count=31)),
    quiet("N10", "a rise at epoch 2 as from scratch", epochs={"train/box_loss": [1.8, 4.1, 3.2, *line(10, 3.0, 2.2)]}),
    quiet("N12", "a fall of more than a percent", **course(0.02)),
    quiet("N12", "too few epochs", **course(0.0, count=22)),
    quiet("N12", "late", **course(0.0, count=70)),
    quiet("N12", "a high mAP", **course(0.0, map50_95=0.86)),
    quiet("N12", "mAP still rises", epochs={**course(0.0)["epochs"], "metrics/mAP50-95": line(23, 0.1, 0.4)}),
    quiet("N13", "less than twice the least", **diverging(1.99, 1.99, 1.99)),
    quiet("N13", "twice for two epochs", **diverging(1.0, 2.01, 2.01)),
    quiet("N13", "a slow rise", **diverging(*line(12, 1.05, 1.5))),
    quiet("N13", "losses near 0 at first, as from scratch", epochs={"train/box_loss": [0.4, *line(20, 3.7, 2.5)]}),
    quiet("N13", "a high validation loss", **validated(99.8)),
    quiet("N13", "a validation loss as high as its training's allows", **validated(399.0, train=20.0)),
    quiet("N13", "a validation loss that is no number", **validated(math.nan)),
    quiet("N13", "a validation loss that overflowed", **validated(math.inf)),
    quiet("N13", "a training loss that is no number", **validated(1e6, train=math.nan)),
    quiet("N13", "no validation at all", epochs={"train/box_loss": flat(2, 1.0), "lr/weight": flat(2, 0.01)}),
    quiet("N15", "noise that a batch can bear", **noisy(159.0)),
    quiet("N15", "a steady loss", **noisy(161.0, swing=0.045)),
]
LACKING = [
    lacks("N10", "train/total", epochs={"metrics/mAP50": [0.1]}),
    lacks("N12", "train/total", epochs={"metrics/mAP50": [0.1]}),
    lacks("N13", "train/total", epochs={"metrics/mAP50": [0.1]}),
    lacks("N13", "train/total", epochs={"val/box_loss": flat(2, 1e6)}),
    lacks("N15", "grad/noise_scale", epochs={"train/box_loss": flat(13, 1.0)}),
    lacks("N15", "batch", facts=NOTHING, **noisy(161.0)),
    lacks("N15", "train/total", epochs={"grad/noise_scale": flat(13, 1.0)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(optimisation.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(optimisation.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(optimisation.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


def test_oscillation_at_a_rate_of_0_1_is_laid_to_the_rate() -> None:
    given = {**ULTRALYTICS.given, "lr0": 0.1, "warmup_bias_lr": 0.1}
    told = {"facts": msgspec.structs.replace(ULTRALYTICS, given=given), **batches(1.0, 5.0, lr=0.1)}
    hit = courses.ask(optimisation.RULES, courses.Case("N10", told, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.variant, hit.values["lr"]) == ("batches_high", pytest.approx(0.1))
    assert hit.changes == {"lr0": 0.01, "warmup_epochs": 5.0, "warmup_bias_lr": 0.01}


def test_a_loss_that_swings_far_is_told_even_if_its_median_falls() -> None:
    told = {"steps": {"train/box_loss": [*waves(100, 1.0, 60.0, each=4), *waves(100, 0.5, 20.0, each=4)]}}
    assert isinstance(courses.ask(optimisation.RULES, courses.Case("N10", told, None)), rule.Hit)


def test_a_rise_of_the_loss_is_told_as_such() -> None:
    hit = courses.ask(optimisation.RULES, courses.Case("N12", course(-0.2), None))
    assert isinstance(hit, rule.Hit)
    english, chinese = courses.words("N12", hit, texts.TEXTS)
    assert "rose by" in english.evidence
    assert "上升" in chinese.evidence


def test_a_loss_that_stands_still_is_told_without_a_change_to_the_rate_first() -> None:
    hit = courses.ask(optimisation.RULES, courses.Case("N12", course(0.0), None))
    assert isinstance(hit, rule.Hit)
    assert hit.changes == {}
    english, _ = courses.words("N12", hit, texts.TEXTS)
    assert english.advice.startswith("First make sure that something is trained at all")


def test_a_loss_that_oscillates_under_noisy_gradients_is_laid_to_the_batch() -> None:
    hit = courses.ask(optimisation.RULES, courses.Case("N15", noisy(800.0, swing=0.1), None))
    assert isinstance(hit, rule.Hit)
    assert (hit.values["times"], hit.values["batch"]) == (50.0, 16.0)


def test_the_rate_in_effect_is_the_lowest_group_since_biases_warm_up_from_above() -> None:
    told = {"steps": {"train/box_loss": waves(200, 1.0, 3.2, each=4)}, "epochs": {"lr/pg0": [0.07], "lr/pg1": [0.001]}}
    hit = courses.ask(optimisation.RULES, courses.Case("N10", told, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values["lr"] == pytest.approx(0.001)


def test_the_course_of_a_healthy_training_from_scratch_is_silent_at_every_epoch() -> None:
    total = [4.77, 9.9, 7.84, 7.27, 6.7, 5.96, 5.34, 5.2, 5.06, 4.84, 4.65, 4.53, 4.27, 4.2, 4.3, 4.04]
    facts = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 16})
    assert hand.findings(facts=facts, epochs={"train/box_loss": total}, rules=optimisation.RULES) == []


def test_averaged_weights_that_blew_up_are_told_apart_from_a_training_loss_that_did_not() -> None:
    hit = courses.ask(optimisation.RULES, courses.Case("N13", validated(4200.0, train=3.0, count=7), None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == {"val": 4200.0, "train": 3.0, "epoch": 7}
    assert hit.series == ("val/total", "train/total", "val/box_loss", "val/cls_loss")
    english, chinese = courses.words("N13", hit, texts.TEXTS)
    assert english.evidence.startswith("In epoch 7 the validation loss is 4.2e+03, the training loss 3:")
    assert "验证损失为 4.2e+03，训练损失为 3" in chinese.evidence
