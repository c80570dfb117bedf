import math

import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, law, line, quiet, speaks

from yoloscope.diagnose import facts, rule
from yoloscope.diagnose.rules import overfitting as overfit
from yoloscope.diagnose.texts import generalisation as texts
from yoloscope.records import finding

MAP, CLS, VAL = "metrics/mAP50-95", "val/cls_loss", "val/box_loss"
MOSAIC = msgspec.structs.replace(
    ULTRALYTICS,
    given={
        **ULTRALYTICS.given,
        "mosaic": 1.0,
        "close_mosaic": 10,
        "mixup": 0.0,
        "weight_decay": 0.0005,
        "patience": 100,
    },
)


def overfitting(*, rise: float = 0.12, train: float = 0.9, maps: list[float] | None = None) -> dict[str, list[float]]:
    """Forty epochs, the last fifteen of which tell the validation set apart."""
    return {
        "train/cls_loss": [*law(25, 3.0, 1.0), *line(15, 1.0, train)],
        CLS: [*law(25, 3.0, 1.0, pace=0.3), *line(15, 1.02, 1.02 * (1 + rise))],
        MAP: maps or [*line(16, 0.1, 0.5), *flat(24, 0.5)],
    }


def scissors(*, fall: float = 0.1, count: int = 60, stale: int = 36) -> dict[str, list[float]]:
    return {
        "train/box_loss": [*law(count - 20, 3.0, 1.0), *line(20, 1.0, 1 - fall)],
        MAP: [*line(count - stale, 0.1, 0.52), *flat(stale, 0.52)],
    }


def told(images: int | None, *, epochs: int = 50) -> facts.Facts:
    """A training on so many images."""
    train = facts.SetFacts(images=images)
    return msgspec.structs.replace(ULTRALYTICS, train=train, given={**ULTRALYTICS.given, "epochs": epochs})


FEW = told(99)


def by_heart(*, behind: float = 1.151, count: int = 15, best: float = 0.01) -> dict[str, list[float]]:
    """Losses that stand still, validation above training, and a class loss of validation that does not rise."""
    return {
        "train/box_loss": flat(count, 1.0),
        VAL: flat(count, behind / 2),
        CLS: flat(count, behind / 2),
        MAP: flat(count, best),
    }


def few_without(name: str) -> dict[str, list[float]]:
    return {key: curve for key, curve in by_heart().items() if key != name}


SPEAKING = [
    speaks("G01", "warning", "", epochs=overfitting()),
    speaks(
        "G01",
        "warning",
        "",
        facts=MOSAIC,
        epochs=overfitting(),
        changes={"mixup": 0.1, "weight_decay": 0.001, "patience": 20},
    ),
    speaks("G01", "warning", "few", facts=FEW, epochs=by_heart(), changes={"mixup": 0.1, "patience": 20}),
    speaks("G01", "warning", "few", facts=told(24, epochs=120), epochs=by_heart(count=36)),
    speaks("G01", "warning", "few", facts=FEW, epochs=few_without(CLS) | {VAL: flat(15, 1.151)}),
    speaks("G02", "info", "", epochs=scissors()),
    speaks("G02", "info", "mosaic_ahead", facts=MOSAIC, epochs=scissors()),
    speaks("G02", "warning", "val_rises", epochs={**scissors(), CLS: [*law(40, 3.0, 1.0), *line(20, 1.1, 1.3)]}),
]
QUIET = [
    quiet("G01", "validation back at its best", epochs=overfitting(rise=-0.07)),
    quiet("G01", "mAP still gaining", epochs=overfitting(maps=line(40, 0.1, 0.5))),
    quiet("G01", "a hundred images", facts=told(100), epochs=by_heart()),
    quiet("G01", "images that nobody counted", facts=told(None), epochs=by_heart()),
    quiet("G01", "validation close behind", facts=FEW, epochs=by_heart(behind=1.149)),
    quiet("G01", "fourteen epochs", facts=FEW, epochs=by_heart(count=14)),
    quiet("G01", "the first third of a long training", facts=told(24, epochs=120), epochs=by_heart(count=35)),
    quiet("G01", "nothing learnt of few images", facts=FEW, epochs=by_heart(best=0.009)),
    quiet("G02", "mAP flat for too short a time", epochs=scissors(stale=30)),
    quiet("G02", "mAP that is 0", epochs={**scissors(), MAP: flat(60, 0.0)}),
]
UNDECIDED = [
    quiet("G01", "validation hardly above its least", epochs=overfitting(rise=0.04)),
    quiet("G01", "training that does not fall", epochs=overfitting(train=1.0)),
    quiet(
        "G01",
        "where mosaics close",
        facts=msgspec.structs.replace(MOSAIC, given={**MOSAIC.given, "epochs": 51}),
        epochs=overfitting(),
    ),
    quiet("G01", "while mAP is 0", epochs=overfitting(rise=0.5, maps=flat(40, 0.0))),
    quiet("G02", "training that does not fall", epochs=scissors(fall=0.0)),
    quiet(
        "G02",
        "early in a long training",
        facts=msgspec.structs.replace(ULTRALYTICS, given={"epochs": 201}),
        epochs={**scissors(), MAP: flat(60, 0.5)},
    ),
]
LACKING = [
    lacks("G01", CLS, epochs={key: curve for key, curve in overfitting().items() if key != CLS}),
    lacks("G01", "train/total", epochs={key: curve for key, curve in overfitting().items() if "train" not in key}),
    lacks("G01", MAP, epochs={key: curve for key, curve in overfitting().items() if key != MAP}),
    lacks("G01", "train/total", facts=FEW, epochs=few_without("train/box_loss")),
    lacks("G01", MAP, facts=FEW, epochs=few_without(MAP)),
    lacks("G01", CLS, facts=FEW, epochs={key: by_heart()[key] for key in ("train/box_loss", MAP)}),
    lacks("G02", "train/total", MAP, epochs={CLS: flat(60, 1.0)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(overfit.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(overfit.RULES, case) is None


@pytest.mark.parametrize("case", UNDECIDED)
def test_a_rule_leaves_open_what_it_cannot_tell(case) -> None:
    assert courses.ask(overfit.RULES, case) == rule.Undecided()


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(overfit.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    ids = {one.id for one in overfit.RULES}
    assert told == {(rule_id, variant) for rule_id, variant in courses.variants(texts.TEXTS) if rule_id in ids}


def opened(epochs: hand.Curves, known: facts.Facts = ULTRALYTICS) -> dict[str, finding.Finding]:
    return {one.rule: one for one in hand.findings(facts=known, epochs=epochs, rules=overfit.RULES)}


@pytest.mark.parametrize("name", [VAL, MAP])
def test_few_images_are_not_told_by_what_is_no_number(name) -> None:
    epochs = {**few_without(CLS), VAL: flat(15, 1.3), name: flat(15, math.nan)}
    case = courses.Case("G01", {"facts": FEW, "epochs": epochs}, None)
    assert not isinstance(courses.ask(overfit.RULES, case), rule.Hit)


def test_few_images_that_are_learnt_by_heart_are_told_with_how_often_each_was_seen() -> None:
    epochs = by_heart(behind=1.3, count=20, best=0.4)
    hit = courses.ask(overfit.RULES, courses.Case("G01", {"facts": told(24), "epochs": epochs}, None))
    assert isinstance(hit, rule.Hit)
    expected = {"images": 24, "times": 20, "behind": 1.3, "best": 0.4, "best_epoch": 1}
    assert hit.values == pytest.approx(expected, rel=1e-5)
    assert hit.series == ("train/total", "val/total", MAP)
    english, chinese = courses.words("G01", hit, texts.TEXTS)
    assert english.evidence.startswith(
        "There are only 24 training images, each seen 20 times; the validation loss is 1.30"
    )
    assert chinese.evidence.startswith("训练图片只有 24 张，每张已看过 20 遍")
    assert english.advice.startswith("Collect more images before anything else")


def test_few_images_learnt_by_heart_are_said_in_the_first_half_of_the_budget() -> None:
    found = opened(by_heart(behind=1.3, count=40, best=0.4), told(24, epochs=90))["G01"]
    assert (found.variant, found.status) == ("few", "open")
    assert 27 <= found.opened.epoch < 45


def test_training_falls_while_map_is_flat_since_epoch_60() -> None:
    epochs = {"train/box_loss": law(100, 3.0, 0.6, pace=0.03), MAP: [*law(60, 0.05, 0.52), *flat(40, 0.52)]}
    known = msgspec.structs.replace(MOSAIC, given={**MOSAIC.given, "epochs": 150})
    found = opened(epochs, known)["G02"]
    assert (found.severity, found.variant, found.status) == ("info", "mosaic_ahead", "open")
    assert 60 < found.opened.epoch <= 100
    assert found.values["now"] == pytest.approx(0.52, abs=0.005)


def test_scissors_that_become_overfitting_are_explained_by_it() -> None:
    epochs = scissors(count=70, stale=50) | {CLS: [*law(40, 3.0, 1.0), *line(30, 1.0, 1.6)]}
    found = opened(epochs)
    assert found["G01"].severity == "warning"
    assert found["G02"].caused_by == "G01"


def test_loss_falls_and_map_falls_from_its_best() -> None:
    epochs = {
        "train/cls_loss": law(60, 3.0, 0.4, pace=0.04),
        CLS: [*law(25, 3.0, 1.0), *line(35, 1.08, 1.9)],
        MAP: [*line(30, 0.1, 0.5), *line(30, 0.5, 0.42)],
    }
    found = opened(epochs)["G01"]
    assert found.status == "open"
    assert found.values["best"] == pytest.approx(0.5, rel=1e-3)
    assert found.values["best_epoch"] == pytest.approx(30, abs=1)


def test_overfitting_stays_open_after_mosaics_close_and_closes_with_a_new_best() -> None:
    known = msgspec.structs.replace(MOSAIC, given={**MOSAIC.given, "epochs": 70})
    curves = {
        "train/cls_loss": law(70, 3.0, 0.4, pace=0.04),
        CLS: [*law(25, 3.0, 1.0), *line(45, 1.08, 2.2)],
        MAP: [*line(20, 0.1, 0.5), *flat(50, 0.5)],
    }
    assert opened(curves, known)["G01"].status == "open"
    recovered = curves | {MAP: [*line(20, 0.1, 0.5), *flat(30, 0.5), *line(20, 0.5, 0.8)]}
    long = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 100})
    assert opened(recovered, long)["G01"].status == "closed"


def test_facts_of_no_framework_make_no_changes() -> None:
    hit = courses.ask(overfit.RULES, courses.Case("G01", {"facts": NOTHING, "epochs": overfitting()}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.changes == {"mixup": 0.1}
