import msgspec
import pytest
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, line, quiet, speaks, waves

from yoloscope.diagnose import rule
from yoloscope.diagnose.rules import balance
from yoloscope.diagnose.texts import balance as texts

MIXED = msgspec.structs.replace(ULTRALYTICS, settings={**ULTRALYTICS.settings, "mixup": 0.2})


def swinging(low: float, high: float, *, cls: float = 0.0) -> dict[str, list[float]]:
    return {"train/box_loss": waves(25, low, high), "train/cls_loss": flat(25, cls)}


def batches(low: float, high: float) -> dict[str, list[float]]:
    return {"train/box_loss": waves(192, low, high, each=12), "train/cls_loss": flat(192, 0.0)}


def exploding(count: int = 400) -> list[float]:
    return [50.0 if at in {250, 300, 350} else 1.0 for at in range(count)]


def rebound(rise: float, *, box: float = -0.2, count: int = 31) -> dict[str, list[float]]:
    return {"train/cls_loss": line(count, 1.0, 1.0 + rise * 1.6), "train/box_loss": line(count, 1.0, 1.0 + box)}


def masked(*, raw: float, end: float) -> dict[str, list[float]]:
    """A class loss that rises by the share `raw` in the last 12 of 20 epochs, under a weight that falls to `end`."""
    raws, weights = [*flat(8, 1.0), *line(12, 1.0, 1.0 + raw)], [*flat(8, 1.0), *line(12, 1.0, end)]
    logged = [one * weight for one, weight in zip(raws, weights, strict=True)]
    return {"train/cls_loss": logged, "train/box_loss": flat(20, 0.5), "loss_weight/cls": weights}


def reweighted(end: float) -> dict[str, list[float]]:
    return {"train/box_loss": flat(20, 1.0), "loss_weight/box": [*flat(14, 7.5), *flat(6, end)]}


SPEAKING = [
    speaks("L02", "warning", "epochs", epochs=swinging(0.69, 1.31), changes={"warmup_epochs": 5.0}),
    speaks("L02", "warning", "batches", epochs={"train/box_loss": flat(6, 1.0)}, steps=batches(0.69, 1.31)),
    speaks(
        "L02",
        "critical",
        "epochs_explosion",
        epochs=swinging(0.69, 1.31),
        steps={"train/box_loss": flat(400, 1.0), "grad/norm": exploding()},
    ),
    speaks(
        "L02",
        "critical",
        "batches_explosion",
        epochs={"train/box_loss": flat(6, 1.0)},
        steps={"train/box_loss": waves(400, 0.69, 1.31, each=12), "grad/norm": exploding()},
    ),
    speaks("L05", "info", "", epochs=rebound(0.04), changes={"cos_lr": True}),
    speaks("L05", "info", "", facts=MIXED, epochs=rebound(0.04), changes={"cos_lr": True, "mixup": 0.1}),
    speaks("L05", "warning", "", epochs=rebound(0.2)),
    speaks("L06", "warning", "masked", epochs=masked(raw=0.05, end=0.6)),
    speaks("L06", "warning", "weights", epochs=reweighted(3.7)),
    speaks(
        "L06",
        "info",
        "branches",
        epochs={"train/box_loss": flat(5, 1.0), "loss_weight/one_to_many": [0.8, 0.78, 0.76, 0.74, 0.72]},
    ),
]
QUIET = [
    quiet("L02", "a smaller swing", epochs=swinging(0.71, 1.29)),
    quiet("L02", "smaller swings of batches", epochs={"train/box_loss": flat(6, 1.0)}, steps=batches(0.71, 1.29)),
    quiet("L02", "a steep fall", epochs={"train/box_loss": line(25, 20.0, 2.0)}),
    quiet("L02", "one step down", epochs={"train/box_loss": [*flat(12, 4.0), *flat(13, 1.0)]}),
    quiet(
        "L02",
        "no part that drives it",
        epochs={name: waves(25, 0.23, 0.437) for name in ("train/box_loss", "train/cls_loss", "train/dfl_loss")},
    ),
    quiet("L02", "the first epochs", epochs={"train/box_loss": [0.4, 3.7, 0.9, 3.5, 1.2]}),
    quiet("L05", "a smaller rise", epochs=rebound(0.025)),
    quiet("L05", "box does not fall", epochs=rebound(0.04, box=0.0)),
    quiet("L05", "early", epochs=rebound(0.04, count=30)),
    quiet("L06", "raw parts do not rise", epochs=masked(raw=0.02, end=0.6)),
    quiet("L06", "the total does not fall", epochs=masked(raw=0.05, end=0.96)),
    quiet("L06", "weights change less than twofold", epochs=reweighted(3.8)),
    quiet(
        "L06", "branches that stay", epochs={"train/box_loss": flat(5, 1.0), "loss_weight/one_to_many": flat(5, 0.1)}
    ),
]
LACKING = [
    lacks("L02", "train/total", epochs={"metrics/mAP50": [0.5]}),
    lacks("L05", "epochs", facts=NOTHING, epochs=rebound(0.2)),
    lacks("L05", "train/box_loss", epochs={"train/cls_loss": flat(31, 1.0)}),
    lacks("L05", "train/cls_loss", epochs={"train/box_loss": flat(31, 1.0)}),
    lacks("L06", "loss_weight/*", epochs={"train/box_loss": flat(20, 1.0)}),
    lacks("L06", "train/total", epochs={"loss_weight/box": flat(20, 7.5)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(balance.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(balance.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(balance.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


def test_a_swing_from_3_5_to_8_is_laid_to_the_box_loss_and_to_exploding_gradients() -> None:
    told = {
        "epochs": swinging(3.0, 7.5, cls=0.5),
        "steps": {"train/box_loss": flat(400, 3.0), "train/cls_loss": flat(400, 0.5), "grad/norm": exploding()},
    }
    hit = courses.ask(balance.RULES, courses.Case("L02", told, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.values["driver"], hit.values["explosions"]) == ("critical", "train/box_loss", 3)
    assert (hit.values["low"], hit.values["high"]) == (pytest.approx(3.5), pytest.approx(8.0))
    assert hit.series == ("train/total", "train/box_loss", "grad/norm")


def test_class_loss_that_rebounds_after_epoch_100_is_found() -> None:
    facts = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 200})
    cls = [*line(100, 2.0, 0.8), *line(25, 0.8, 1.0)]
    told = {"facts": facts, "epochs": {"train/cls_loss": cls, "train/box_loss": line(125, 1.6, 0.9)}}
    hit = courses.ask(balance.RULES, courses.Case("L05", told, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.values["since"]) == ("warning", 105)


def test_adaptive_weights_cannot_hide_a_part_that_gets_worse() -> None:
    hit = courses.ask(balance.RULES, courses.Case("L06", {"epochs": masked(raw=0.3, end=0.3)}, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.variant, hit.values["component"]) == ("masked", "cls")


def test_losses_may_have_any_names() -> None:
    loud = {"train/giou_loss": waves(25, 3.0, 7.5), "train/l1_loss": flat(25, 0.5)}
    hit = courses.ask(balance.RULES, courses.Case("L02", {"epochs": loud}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values["driver"] == "train/giou_loss"
