import math

import msgspec
import pytest
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, YOLOV5, errors, flat, lacks, line, quiet, speaks

from yoloscope.diagnose import facts, mistakes, rule
from yoloscope.diagnose.rules import components
from yoloscope.diagnose.texts import components as texts

SCRATCH = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "model": "yolo11n.yaml"})
SHORT = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 16})
ONE_CLASS = msgspec.structs.replace(ULTRALYTICS, settings={**ULTRALYTICS.settings, "classes": 1})


def obj_stuck(*, cls: float = 0.0049, obj: float = 0.0257, maps: list[float] | None = None) -> dict[str, list[float]]:
    return {
        "train/cls_loss": [*flat(5, 0.05), *flat(20, cls)],
        "train/obj_loss": [*flat(5, 0.03), *flat(20, obj)],
        "metrics/mAP50": maps or flat(25, 0.4),
    }


def background(*, missed: float = 30, precision: float = 0.29, cls: float = 1.5) -> dict[str, list[float]]:
    return {
        "train/cls_loss": line(23, 1.5, cls),
        "errors/correct": flat(23, 100),
        "errors/background": flat(23, 40),
        "errors/missed": flat(23, missed),
        "errors/classification": flat(23, 20),
        "metrics/precision": flat(23, precision),
        "metrics/recall": flat(23, 0.6),
    }


def beside(*, box: float, cls: float, count: int = 23) -> dict[str, list[float]]:
    return {
        "train/box_loss": line(count, 1 + box / 2, 1 - box / 2),
        "train/cls_loss": line(count, 1.5, 1.5 * (1 + cls)),
    }


def poor(*, box: float = 1.87, cls: float = 1.04, map50: float = 0.29, epochs: int = 31) -> dict[str, list[float]]:
    return {
        "train/box_loss": flat(epochs, box),
        "train/cls_loss": flat(epochs, cls),
        "metrics/mAP50": flat(epochs, map50),
    }


def gain(cls: float) -> facts.Facts:
    return msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "cls": cls})


def parts(count: int, *, val: float = 1.5) -> dict[str, list[float]]:
    """Losses that stand still, and an mAP50 that is no matter of theirs."""
    return {
        "train/box_loss": flat(count, 3.0),
        "train/cls_loss": flat(count, 1.5),
        "val/cls_loss": flat(count, val),
        "metrics/mAP50": flat(count, 0.4),
    }


def confused(
    *, count: int = 30, val: float = 1.5, before: float | None = None, **counts: float
) -> dict[str, list[float]]:
    """Boxes that fit, of which 49 % have the wrong class in the newest five epochs, and `before` so many per mille in those before."""
    told = {"correct": 51.0, "classification": 49.0, **counts}
    earlier = None if before is None else {"correct": 1000 - before, "classification": before}
    return {**parts(count, val=val), **errors(count, before=earlier, **told)}


SPEAKING = [
    speaks("L01", "warning", "start", epochs={"train/box_loss": [2.81]}),
    speaks("L01", "critical", "start", epochs={"train/box_loss": [3.76]}),
    speaks("L01", "warning", "scratch", facts=SCRATCH, epochs={"train/box_loss": flat(3, 4.51)}),
    speaks("L01", "warning", "scratch", facts=YOLOV5, epochs={"train/box_loss": flat(3, 0.142)}),
    speaks("L01", "warning", "tenth", epochs={"train/box_loss": flat(10, 2.21)}),
    speaks("L03", "warning", "obj", facts=YOLOV5, epochs=obj_stuck(), changes={"obj": 1.5, "fl_gamma": 1.5}),
    speaks("L03", "warning", "errors", epochs=background()),
    speaks("L04", "warning", "", epochs=beside(box=0.04, cls=0.0), changes={"cls": 1.0, "cls_pw": 0.5}),
    speaks("L04", "warning", "", facts=SHORT, epochs=beside(box=0.06, cls=0.0, count=11)),
    speaks(
        "L04",
        "warning",
        "zero",
        epochs={"train/box_loss": flat(2, 1.0), "train/cls_loss": flat(2, 0.0)},
        changes={"cls": 0.5},
    ),
    speaks("L04", "warning", "gain", facts=gain(0.049), epochs=parts(1), changes={"cls": 0.5}),
    speaks("L04", "warning", "confused", epochs=confused(), changes={}),
    speaks("L04", "warning", "confused", facts=SHORT, epochs=confused(count=10)),
    speaks("L04", "warning", "confused", epochs=confused(missed=60, localisation=30, both=10)),
    speaks("L04", "warning", "confused", epochs=confused(before=515)),
    speaks("L04", "warning", "confused", epochs=confused(val=1.87)),
    speaks("L07", "warning", "", epochs={"train/dfl_loss": flat(6, 3.96)}),
    speaks("L08", "warning", "", epochs=poor()),
    speaks("L08", "warning", "zero", epochs=poor(map50=0.0)),
    speaks("L08", "warning", "confused", epochs=confused(val=1.88), changes={}),
    speaks("L08", "warning", "confused", epochs=confused(val=1.88, before=575)),
]
QUIET = [
    quiet("L01", "a start that one percent exceeds", epochs={"train/box_loss": [2.79]}),
    quiet("L01", "a start from scratch", facts=SCRATCH, epochs={"train/box_loss": flat(3, 4.49)}),
    quiet("L01", "a start of YOLOv5", facts=YOLOV5, epochs={"train/box_loss": flat(3, 0.14)}),
    quiet("L01", "a rise in epoch 2 as from scratch", facts=SCRATCH, epochs={"train/box_loss": [1.83, 4.6, 4.6]}),
    quiet("L01", "two epochs from scratch", facts=SCRATCH, epochs={"train/box_loss": flat(2, 4.6)}),
    quiet("L01", "two epochs of YOLOv5", facts=YOLOV5, epochs={"train/box_loss": flat(2, 0.149)}),
    quiet("L01", "fallen by the third epoch from scratch", facts=SCRATCH, epochs={"train/box_loss": [4.9, 4.7, 4.4]}),
    quiet("L01", "fallen since", epochs={"train/box_loss": [3.76, 2.79]}),
    quiet("L01", "the tenth epoch", epochs={"train/box_loss": flat(10, 2.19)}),
    quiet("L01", "the tenth of few epochs", facts=SHORT, epochs={"train/box_loss": flat(10, 2.21)}),
    quiet("L03", "classes not solved", facts=YOLOV5, epochs=obj_stuck(cls=0.0051)),
    quiet("L03", "objectness fallen", facts=YOLOV5, epochs=obj_stuck(obj=0.0254)),
    quiet("L03", "mAP rising", facts=YOLOV5, epochs=obj_stuck(maps=line(25, 0.4, 0.43))),
    quiet("L03", "errors of classes", epochs=background(missed=-10.0)),
    quiet("L03", "precision not low", epochs=background(precision=0.31)),
    quiet("L03", "class loss falling", epochs=background(cls=1.47)),
    quiet("L04", "box hardly falls", epochs=beside(box=0.03, cls=0.0)),
    quiet("L04", "cls falls as well", epochs=beside(box=0.04, cls=-0.013)),
    quiet("L04", "too few epochs", epochs=beside(box=0.04, cls=0.0, count=22)),
    quiet("L04", "one class", facts=ONE_CLASS, epochs=beside(box=0.04, cls=0.0)),
    quiet(
        "L04",
        "no class loss, but one class",
        facts=ONE_CLASS,
        epochs={"train/box_loss": flat(9, 1.0), "train/cls_loss": flat(9, 0.0)},
    ),
    quiet(
        "L04",
        "no class loss in the first epoch",
        epochs={"train/box_loss": flat(1, 1.0), "train/cls_loss": flat(1, 0.0)},
    ),
    quiet("L04", "a tenth of the usual gain", facts=gain(0.05), epochs=parts(1)),
    quiet(
        "L04",
        "a gain of another framework",
        facts=msgspec.structs.replace(gain(0.01), framework="torch"),
        epochs=parts(1),
    ),
    quiet(
        "L04",
        "a small gain of one class",
        facts=msgspec.structs.replace(gain(0.01), settings=ONE_CLASS.settings),
        epochs=parts(1),
    ),
    quiet("L04", "classes hardly mixed up", epochs=confused(correct=52, classification=48)),
    quiet("L04", "few boxes that fit", epochs=confused(missed=101)),
    quiet("L04", "a share that falls", epochs=confused(before=517)),
    quiet("L04", "mixed up early", epochs=confused(count=29)),
    quiet("L04", "mixed up in nine epochs", facts=SHORT, epochs=confused(count=9)),
    quiet("L04", "validation that disagrees", epochs=confused(val=1.88)),
    quiet("L04", "one class that is mixed up", facts=ONE_CLASS, epochs=confused()),
    quiet("L08", "classes hardly mixed up", epochs=confused(val=1.88, correct=52, classification=48)),
    quiet("L08", "few boxes that fit", epochs=confused(val=1.88, localisation=101)),
    quiet("L08", "a share that falls", epochs=confused(val=1.88, before=578)),
    quiet("L08", "mixed up early", epochs=confused(val=1.88, count=29)),
    quiet("L08", "both splits mixed up alike", epochs=confused(val=1.87)),
    quiet("L08", "one class that is mixed up", facts=ONE_CLASS, epochs=confused(val=1.88)),
    quiet("L08", "no validation loss to compare", epochs={k: v for k, v in confused().items() if "val/" not in k}),
    quiet("L08", "no targets at all", epochs=poor(box=0.0)),
    quiet("L07", "below chance", epochs={"train/dfl_loss": flat(6, 3.94)}),
    quiet("L07", "five epochs", epochs={"train/dfl_loss": flat(5, 4.15)}),
    quiet("L08", "a fair mAP", epochs=poor(map50=0.3)),
    quiet("L08", "boxes not that good", epochs=poor(box=1.88)),
    quiet("L08", "classes not that good", epochs=poor(cls=1.06)),
    quiet("L08", "early", epochs=poor(epochs=30)),
]
LACKING = [
    lacks("L01", "train/box_loss", "gain", epochs={"train/cls_loss": [1.0]}),
    lacks("L01", "gain", facts=NOTHING, epochs={"train/box_loss": [9.0]}),
    lacks("L03", "classes", facts=NOTHING, epochs=background()),
    lacks("L03", "train/cls_loss", epochs={"train/box_loss": [1.0]}),
    lacks("L03", "metrics/mAP50", facts=YOLOV5, epochs={k: v for k, v in obj_stuck().items() if "mAP" not in k}),
    lacks(
        "L03",
        "errors/*",
        "metrics/precision",
        "metrics/recall",
        epochs={"train/cls_loss": flat(23, 1.5)},
    ),
    lacks("L04", "classes", facts=NOTHING, epochs=beside(box=0.04, cls=0.0)),
    lacks("L04", "train/box_loss", epochs={"train/cls_loss": flat(23, 1.5)}),
    lacks("L04", "train/cls_loss", epochs={"train/box_loss": line(23, 1.1, 0.9)}),
    lacks("L07", "train/dfl_loss", "gain", epochs={"train/l1_loss": flat(6, 9.0)}),
    lacks("L07", "gain", facts=NOTHING, epochs={"train/dfl_loss": flat(6, 9.0)}),
    lacks("L08", "metrics/mAP50", epochs={k: v for k, v in poor().items() if "mAP" not in k}),
    lacks("L08", "gain", "framework", "epochs", facts=NOTHING, epochs=poor()),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(components.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(components.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(components.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


@pytest.mark.parametrize(("rule_id", "val"), [("L04", 1.5), ("L08", 1.88)])
@pytest.mark.parametrize("kind", mistakes.Mistakes.__struct_fields__)
def test_classes_are_not_called_mixed_up_where_a_kind_of_error_is_not_counted(rule_id, val, kind) -> None:
    epochs = {name: curve for name, curve in confused(val=val).items() if name != f"errors/{kind}"}
    assert courses.ask(components.RULES, courses.Case(rule_id, {"epochs": epochs}, None)) is None


@pytest.mark.parametrize("val", [None, math.nan])
def test_mixed_up_labels_are_not_told_without_a_validation_loss(val) -> None:
    epochs = {**confused(), "val/cls_loss": [val] * 30}
    assert not isinstance(courses.ask(components.RULES, courses.Case("L04", {"epochs": epochs}, None)), rule.Hit)


def test_labels_mixed_up_in_training_are_told_with_both_losses() -> None:
    hit = courses.ask(components.RULES, courses.Case("L04", {"epochs": confused(val=1.6)}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == pytest.approx({"share": 0.49, "epochs": 5, "cls": 1.5, "val_cls": 1.6})
    assert hit.series == ("errors/classification", "errors/correct", "train/cls_loss", "val/cls_loss")
    english, chinese = courses.words("L04", hit, texts.TEXTS)
    assert "49% of the boxes that fit" in english.evidence
    assert "in validation (1.6) is not much higher than in training (1.5)" in english.evidence
    assert english.advice.startswith("Look at the class ids of the training labels first")
    assert "验证的分类损失（1.6）并不比训练（1.5）高多少" in chinese.evidence


def test_labels_mixed_up_in_validation_alone_are_laid_to_the_splits() -> None:
    hit = courses.ask(components.RULES, courses.Case("L08", {"epochs": confused(val=2.5)}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == pytest.approx({"share": 0.49, "epochs": 5, "cls": 1.5, "val_cls": 2.5})
    english, _ = courses.words("L08", hit, texts.TEXTS)
    assert "class loss is 1.5 in training and 2.5 in validation" in english.evidence
    assert english.advice.startswith("The two splits do not mean the same classes")


def test_a_gain_of_next_to_nothing_is_told_before_any_curve_shows_it() -> None:
    hit = courses.ask(components.RULES, courses.Case("L04", {"facts": gain(0.002), "epochs": parts(1)}, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values == {"gain": 0.002, "usual": 0.5, "classes": 3}
    english, _ = courses.words("L04", hit, texts.TEXTS)
    assert english.evidence.startswith("The gain of the class loss is 0.002; 0.5 is usual. With 3 classes")


def test_a_training_that_is_resumed_is_not_held_against_a_pretrained_start() -> None:
    resumed = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "resume": True})
    told = {"facts": resumed, "epochs": {"train/box_loss": flat(3, 4.0)}}
    assert courses.ask(components.RULES, courses.Case("L01", told, None)) is None
    assert isinstance(courses.ask(components.RULES, courses.Case("L01", {"epochs": told["epochs"]}, None)), rule.Hit)


def test_box_loss_that_starts_at_4_8_is_critical_and_told_as_overlap() -> None:
    hit = courses.ask(components.RULES, courses.Case("L01", {"epochs": {"train/box_loss": [4.8]}}, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.values["loss"], round(float(hit.values["ciou"]), 2)) == (
        "critical",
        pytest.approx(4.8),
        0.36,
    )
    english, chinese = courses.words("L01", hit, texts.TEXTS)
    assert "began at 4.8: a mean CIoU of 0.36" in english.evidence
    assert "平均 CIoU 0.36" in chinese.evidence


def test_cls_near_zero_with_high_obj_and_flat_map_is_a_matter_of_background() -> None:
    told = {"facts": YOLOV5, "epochs": obj_stuck(cls=0.0008, obj=0.031)}
    hit = courses.ask(components.RULES, courses.Case("L03", told, None))
    assert isinstance(hit, rule.Hit)
    assert hit.variant == "obj"
    assert hit.series == ("train/cls_loss", "train/obj_loss", "metrics/mAP50")


def test_box_that_falls_while_cls_is_flat_is_told_with_both_changes() -> None:
    hit = courses.ask(components.RULES, courses.Case("L04", {"epochs": beside(box=0.3, cls=0.002)}, None))
    assert isinstance(hit, rule.Hit)
    assert float(hit.values["box_fall"]) == pytest.approx(0.3 * 19 / 22 / 0.98, rel=0.05)
    assert abs(float(hit.values["cls_change"])) < 0.01


def test_low_losses_with_poor_map_point_to_the_validation_set() -> None:
    hit = courses.ask(components.RULES, courses.Case("L08", {"epochs": poor(box=1.1, cls=0.5, map50=0.12)}, None))
    assert isinstance(hit, rule.Hit)
    english, _ = courses.words("L08", hit, texts.TEXTS)
    assert english.advice.startswith("Look at val_batch0_labels.jpg")


def test_the_first_epochs_of_a_healthy_training_from_scratch_are_silent() -> None:
    course = {"train/box_loss": [1.83, 4.09, 3.19, 3.02, 3.06], "train/dfl_loss": [1.03, 2.07, 1.48, 1.4, 1.31]}
    cases = [courses.Case(one.id, {"facts": SCRATCH, "epochs": course}, None) for one in components.RULES]
    assert not any(isinstance(courses.ask(components.RULES, case), rule.Hit) for case in cases)
