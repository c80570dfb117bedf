import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, line, quiet, speaks

from yoloscope.diagnose import facts, rule
from yoloscope.diagnose.rules import inputs
from yoloscope.diagnose.texts import inputs as texts

REPEATS = "inputs/repeat_share"


def off(**reasons: str) -> facts.Facts:
    """What an Ultralytics run tells of a pipeline that leaves out what was asked for."""
    given = {**ULTRALYTICS.given, "mosaic": 1.0, "mixup": 0.1, "copy_paste": 0.3, "fliplr": 0.5}
    settings = {
        **ULTRALYTICS.settings,
        **dict.fromkeys(reasons, 0.0),
        "augmentation": {"transforms": [], "switched_off": reasons},
    }
    return msgspec.structs.replace(ULTRALYTICS, given=given, settings=settings)


RECT = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "rect": True, "mosaic": 1.0, "mixup": 0.0})
STRAIGHT = msgspec.structs.replace(RECT, given={**RECT.given, "rect": False})
PLAIN = msgspec.structs.replace(RECT, given={**RECT.given, "rect": False, "mosaic": 0.0})

SELDOM = msgspec.structs.replace(PLAIN, given={**PLAIN.given, "fliplr": 0.1})
CLOSING = msgspec.structs.replace(STRAIGHT, given={**STRAIGHT.given, "epochs": 30, "close_mosaic": 10}, settings={})


def easy(ratio: float, count: int = 12) -> dict[str, list[float]]:
    return {"train/box_loss": line(count, 2.0 * ratio, 1.6 * ratio), "val/box_loss": line(count, 2.0, 1.6)}


SPEAKING = [
    speaks("G14", "warning", "rect", facts=off(mosaic="rect", mixup="rect"), epochs=easy(1.0), changes={"rect": False}),
    speaks("G14", "warning", "rect", facts=RECT, epochs=easy(1.0), changes={"rect": False}),
    speaks(
        "G14", "warning", "no_masks", facts=off(copy_paste="no_masks"), epochs=easy(1.0), changes={"copy_paste": 0.0}
    ),
    speaks("G14", "warning", "no_flip_idx", facts=off(fliplr="no_flip_idx"), epochs=easy(1.0), changes={"fliplr": 0.0}),
    speaks("G14", "warning", "", facts=off(mixup="unheard_of"), epochs=easy(1.0), changes={"mixup": 0.0}),
    speaks("G14", "warning", "repeats", facts=STRAIGHT, epochs={REPEATS: [0.0, 0.9]}),
    speaks("G14", "warning", "repeats", facts=CLOSING, epochs={REPEATS: flat(19, 1.0)}),
    speaks("G14", "info", "easy", facts=STRAIGHT, epochs=easy(0.69)),
]
QUIET = [
    quiet("G14", "mosaics that were closed", facts=off(mosaic="close_mosaic"), epochs=easy(1.0)),
    quiet("G14", "no rect", facts=STRAIGHT, epochs=easy(0.71)),
    quiet("G14", "too few epochs", facts=STRAIGHT, epochs=easy(0.5, count=11)),
    quiet("G14", "samples that change", facts=STRAIGHT, epochs={REPEATS: [0.0, 0.89], **easy(1.0, count=2)}),
    quiet("G14", "mosaics alone, closed", facts=CLOSING, epochs={REPEATS: flat(20, 1.0), **easy(1.0, count=20)}),
    quiet("G14", "a flip now and then", facts=SELDOM, epochs={REPEATS: [0.0, 1.0], **easy(1.0)}),
    quiet("G14", "nothing asked for", facts=PLAIN, epochs={REPEATS: [0.0, 1.0], **easy(0.2)}),
]
LACKING = [
    lacks("G14", "augmentation", facts=NOTHING, epochs=easy(0.2)),
    lacks("G14", REPEATS, "val/total", facts=STRAIGHT, epochs={"train/box_loss": flat(12, 1.0)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(inputs.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(inputs.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(inputs.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(texts.TEXTS)


def test_augmentation_that_is_configured_and_not_seen_is_told_after_the_first_epoch() -> None:
    known = off(mosaic="rect", mixup="rect")
    (found,) = hand.findings(facts=known, epochs={"train/box_loss": [1.5], "val/box_loss": [1.5]}, rules=inputs.RULES)
    assert (found.rule, found.opened.epoch, found.changes) == ("G14", 1, {"rect": False})
    english, chinese = courses.words(
        "G14", rule.Hit(severity="warning", variant="rect", values=found.values), texts.TEXTS
    )
    assert english.evidence == "mosaic=1, mixup=0.1 have no effect: rect=True switches them off."
    assert chinese.evidence == "mosaic=1、mixup=0.1 没有作用：被 rect=True 关掉了。"
