import math

import msgspec
import numpy as np
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, YOLOV5, flat, lacks, line, quiet, speaks, waves

from yoloscope.curves import robust
from yoloscope.diagnose import facts, mistakes, rule, thresholds
from yoloscope.diagnose.rules import metrics
from yoloscope.diagnose.texts import metrics as texts

MAP, MAP50, PRECISION, RECALL = "metrics/mAP50-95", "metrics/mAP50", "metrics/precision", "metrics/recall"
SMALL, MEDIUM = "metrics/recall_small", "metrics/recall_medium"
ENOUGH = facts.SetFacts(images=500, instances=900, per_class={"cat": 400, "dog": 400, "eel": 100})
COUNTED = msgspec.structs.replace(
    ULTRALYTICS, val=ENOUGH, train=facts.SetFacts(per_class={"cat": 4000, "dog": 4000, "eel": 31})
)
UNCOUNTED = msgspec.structs.replace(COUNTED, train=facts.SetFacts())
PIXELS = msgspec.structs.replace(
    ULTRALYTICS, settings={**ULTRALYTICS.settings, "imgsz": 640, "scale": 0.5, "mosaic": 1.0}
)
GAINLESS = msgspec.structs.replace(ULTRALYTICS, framework="torch", given={"epochs": 100})
FEW = msgspec.structs.replace(ULTRALYTICS, val=facts.SetFacts(images=48, instances=199))
RARE = msgspec.structs.replace(
    ULTRALYTICS, val=facts.SetFacts(images=500, instances=900, per_class={"cat": 881, "eel": 19})
)


def skewed(precision: float, recall: float, count: int = 30) -> dict[str, list[float]]:
    return {PRECISION: flat(count, precision), RECALL: flat(count, recall)}


def loose(ratio: float, map50: float = 0.5, count: int = 30) -> dict[str, list[float]]:
    return {MAP50: flat(count, map50), MAP: flat(count, ratio * map50)}


def classes(eel: list[float], *, others: float = 0.8) -> dict[str, list[float]]:
    return {"cat": flat(len(eel), others), "dog": flat(len(eel), others), "eel": eel}


def small(start: float, end: float, *, medium: float = 0.6, whole: list[float] | None = None) -> dict[str, list[float]]:
    return {SMALL: line(40, start, end), MEDIUM: flat(40, medium), RECALL: whole or line(40, 0.55, 0.6)}


def wavers(sigma: float, count: int = 30) -> dict[str, list[float]]:
    """A steady mAP with noise of exactly such a size in its newest epochs."""
    noise = np.random.default_rng(0).normal(size=count)
    return {MAP: list(0.5 + sigma / robust.noise(noise[-thresholds.NOISE_WINDOW :]) * noise)}


def displaced(*, ciou: float = 0.621, count: int = 30, seen: bool = True, **counts: float) -> dict[str, list[float]]:
    """Two boxes that do not fit an object beside each that does, in epochs of an mAP that says nothing; training boxes reach such a CIoU."""
    told = {"correct": 15.0, "classification": 5.0, "localisation": 31.0, "both": 10.0, **counts}
    box = {"train/box_loss": flat(count, 7.5 * (1 - ciou))} if seen else {}
    return {**courses.errors(count, **told), **box, MAP50: flat(count, 0.2), MAP: flat(count, 0.1)}


RISING = {MAP: line(40, 0.3, 0.5)}
SPEAKING = [
    speaks("G06", "info", "misses", epochs=skewed(0.8, 0.54)),
    speaks("G06", "info", "false_alarms", epochs=skewed(0.5, 0.76)),
    speaks("G07", "info", "", epochs=loose(0.44), changes={"box": 10.0}),
    speaks("G07", "info", "", facts=YOLOV5, epochs=loose(0.44), changes={}),
    speaks("G07", "warning", "displaced", epochs=displaced(), changes={}),
    speaks("G07", "warning", "displaced", epochs=displaced(missed=163)),
    speaks("G07", "warning", "displaced", epochs=displaced(correct=0, classification=0)),
    speaks("G08", "warning", "below", facts=UNCOUNTED, classes=classes(flat(30, 0.19)), epochs=loose(0.6)),
    speaks("G08", "warning", "below_counted", facts=COUNTED, classes=classes(flat(30, 0.19)), changes={"cls_pw": 0.25}),
    speaks("G08", "warning", "fallen", classes=classes([*flat(32, 0.7), *flat(8, 0.54)]), epochs=RISING),
    speaks("G09", "warning", "falls", epochs=small(0.4, 0.28), changes={}),
    speaks(
        "G09",
        "warning",
        "low",
        facts=PIXELS,
        epochs=small(0.29, 0.29),
        changes={"imgsz": 960, "scale": 0.25, "mosaic": 0.5},
    ),
    speaks("G13", "info", "noise", epochs=wavers(0.021)),
    speaks("G13", "warning", "noise", facts=FEW, epochs=wavers(0.061)),
    speaks("G13", "info", "few", facts=FEW, epochs={MAP: flat(3, 0.1)}),
    speaks("G13", "info", "rare", facts=RARE, epochs={MAP: flat(3, 0.1)}),
]
QUIET = [
    quiet("G06", "a small gap", epochs=skewed(0.8, 0.56)),
    quiet("G06", "early", epochs=skewed(0.8, 0.2, count=29)),
    quiet("G07", "tight enough", epochs=loose(0.46)),
    quiet("G07", "nothing found yet", epochs=loose(0.2, map50=0.3)),
    quiet("G07", "early", epochs=loose(0.2, count=29)),
    quiet("G07", "twice as many that do not fit", epochs=displaced(localisation=30)),
    quiet("G07", "most objects not seen at all", epochs=displaced(missed=164)),
    quiet("G07", "training boxes that do not fit either", epochs=displaced(ciou=0.619)),
    quiet("G07", "displaced early", epochs=displaced(count=29)),
    quiet("G07", "nothing detected", epochs=displaced(correct=0, classification=0, localisation=0, both=0)),
    quiet("G07", "no box loss", epochs=displaced(seen=False)),
    quiet("G07", "a box loss without a known gain", facts=GAINLESS, epochs=displaced()),
    quiet("G08", "within a quarter", facts=COUNTED, classes=classes(flat(30, 0.21))),
    quiet("G08", "early", facts=COUNTED, classes=classes(flat(29, 0.0))),
    quiet(
        "G08",
        "too few to tell",
        facts=msgspec.structs.replace(COUNTED, val=facts.SetFacts(per_class={"eel": 19})),
        classes=classes(flat(30, 0.0)),
    ),
    quiet("G08", "a small fall", classes=classes([*flat(32, 0.7), *flat(8, 0.56)]), epochs=RISING),
    quiet("G08", "a fall of all", classes=classes([*flat(32, 0.7), *flat(8, 0.4)]), epochs={MAP: line(40, 0.5, 0.3)}),
    quiet(
        "G08",
        "a class that always wavers so",
        classes=classes(waves(41, 0.7, 0.5)[:41]),
        epochs={MAP: line(41, 0.3, 0.5)},
    ),
    quiet("G09", "a fall of two points", epochs=small(0.40, 0.34)),
    quiet("G09", "recall of all falls too", epochs=small(0.4, 0.3, whole=line(40, 0.6, 0.5))),
    quiet("G09", "half of the medium ones", epochs=small(0.31, 0.31)),
    quiet("G09", "nothing found yet", epochs=small(0.05, 0.05, medium=0.19)),
    quiet("G13", "a steady metric", epochs=wavers(0.019)),
    quiet("G13", "while it still rises", epochs=wavers(0.2, count=11)),
    quiet("G13", "a set that is large enough", facts=COUNTED, epochs={MAP: flat(3, 0.1)}),
]
LACKING = [
    lacks("G06", PRECISION, RECALL, epochs={MAP: flat(30, 0.1)}),
    lacks("G06", RECALL, epochs={PRECISION: flat(30, 0.1)}),
    lacks("G07", MAP50, epochs={MAP: flat(30, 0.1)}),
    lacks("G07", MAP, MAP50, epochs={key: curve for key, curve in displaced(count=29).items() if "mAP" not in key}),
    lacks("G08", "class/*/AP50", epochs={MAP: flat(30, 0.1)}),
    lacks("G09", SMALL, epochs={RECALL: flat(30, 0.1)}),
    lacks("G13", MAP, facts=NOTHING, epochs={RECALL: flat(30, 0.1)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(metrics.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(metrics.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(metrics.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


@pytest.mark.parametrize("kind", mistakes.Mistakes.__struct_fields__)
def test_boxes_are_not_called_displaced_where_a_kind_of_error_is_not_counted(kind) -> None:
    epochs = {name: curve for name, curve in displaced().items() if name != f"errors/{kind}"}
    assert courses.ask(metrics.RULES, courses.Case("G07", {"epochs": epochs}, None)) is None


def test_boxes_are_not_called_displaced_where_those_of_the_training_are_no_number() -> None:
    told = {"epochs": displaced(ciou=math.nan)}
    assert courses.ask(metrics.RULES, courses.Case("G07", told, None)) is None


def test_boxes_that_lie_otherwise_in_validation_are_told_with_how_well_they_fit_in_training() -> None:
    hit = courses.ask(metrics.RULES, courses.Case("G07", {"epochs": displaced(ciou=0.8)}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == pytest.approx({"displaced": 41 / 61, "ciou": 0.8, "epochs": 5}, rel=1e-4)
    assert hit.series == ("errors/localisation", "errors/correct", "train/box_loss")
    english, chinese = courses.words("G07", hit, texts.TEXTS)
    assert "67% of the boxes near one do not fit it, over 5 epochs" in english.evidence
    assert "（平均 CIoU 0.80）" in chinese.evidence
    assert english.advice.startswith("Draw the boxes of some training and some validation labels")


def test_recall_of_small_objects_that_falls_is_a_warning_with_pixels_to_add() -> None:
    found = hand.findings(facts=PIXELS, epochs=small(0.45, 0.2), rules=metrics.RULES)
    (one,) = [finding for finding in found if finding.rule == "G09"]
    assert (one.severity, one.variant, one.changes["imgsz"]) == ("warning", "falls", 960)
    told = courses.words("G09", rule.Hit(severity="warning", variant="falls", values=one.values), texts.TEXTS)
    assert told[0].evidence.startswith("Recall of small objects fell by 0.07 in 12 epochs")


def test_one_class_among_many_that_wavers_is_not_taken_for_a_collapse() -> None:
    """A drop that is significant alone must stand out among all classes."""
    many = {f"c{place}": waves(41, 0.7, 0.55) for place in range(60)}
    assert not [
        one
        for one in hand.findings(facts=ULTRALYTICS, classes=many, epochs={MAP: line(41, 0.3, 0.5)}, rules=metrics.RULES)
        if one.rule == "G08"
    ]
