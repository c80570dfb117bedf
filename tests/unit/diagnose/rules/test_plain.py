import msgspec
import pytest
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import ULTRALYTICS, flat, lacks, line, quiet, speaks

from yoloscope.diagnose import advice, rule
from yoloscope.diagnose.facts import Facts, SetFacts
from yoloscope.diagnose.rules import advising, plain, settings
from yoloscope.diagnose.texts import advising as advising_texts
from yoloscope.diagnose.texts import plain as plain_texts
from yoloscope.diagnose.texts import settings as settings_texts

RULES = (*settings.RULES, *plain.RULES, *advising.RULES)
TEXTS = settings_texts.TEXTS | plain_texts.TEXTS | advising_texts.TEXTS
UNKNOWN = SetFacts()
CROWDED = SetFacts(images=10, instances=50)
SCRATCH = Facts(framework="torch", given={"model": "own.yaml"})


def validating(*, val: SetFacts = UNKNOWN, **given: object) -> dict[str, Facts]:
    return {"facts": Facts(framework="ultralytics", given=given, val=val)}


def missing(share: float, **more: float) -> dict[str, list[float]]:
    return {"errors/missed": [100 * share], "errors/correct": [100 * (1 - share)]} | {
        f"errors/{kind}": [count] for kind, count in more.items()
    }


def begun(spread: float, *, fall: float = 0.0) -> dict[str, list[float]]:
    return {
        "weights/stem/scale": flat(3, 1.0),
        "weights/head/scale": flat(3, spread**0.5),
        "train/loss": line(3, 1.0, 1.0 - 1.6 * fall),
    }


def moving(*ratios: float, lr: float = 0.01) -> dict[str, list[float]]:
    of_groups = {f"update/group{at}/ratio": flat(12, ratio) for at, ratio in enumerate(ratios)}
    return of_groups | {"lr/weight": flat(12, lr)}


SPEAKING = [
    speaks("V01", "info", "conf", **validating(conf=0.011), changes={"conf": 0.001}),
    speaks("V01", "warning", "conf", epochs=missing(0.21), **validating(conf=0.1)),
    speaks("V01", "warning", "conf", epochs={"metrics/recall": [0.79]}, **validating(conf=0.25)),
    speaks("V01", "info", "max_det", **validating(max_det=100, val=SetFacts(images=10, instances=510, fullest=60))),
    speaks(
        "V01",
        "warning",
        "max_det",
        epochs=missing(0.3),
        **validating(max_det=100, val=SetFacts(images=10, instances=100, fullest=101)),
        changes={"max_det": 202},
    ),
    speaks(
        "V01", "warning", "nms_low", epochs=missing(0.21), **validating(iou=0.49, val=CROWDED), changes={"iou": 0.7}
    ),
    speaks("V01", "info", "nms_high", epochs=missing(0.0, duplicate=26.0), **validating(iou=0.86)),
    speaks("T01", "warning", "", epochs={"activations/neck/dead_share": [0.51], "activations/stem/dead_share": [0.1]}),
    speaks("T02", "warning", "", facts=SCRATCH, epochs=begun(10.1)),
    speaks("A01", "info", "lower", epochs=moving(4e-3, 4e-3, 5e-3), changes={"lr0": 0.0025}),
    speaks("A01", "info", "higher", epochs=moving(2e-4, 2e-4, 4e-4), changes={"lr0": 0.05}),
    speaks(
        "A01",
        "info",
        "batch",
        epochs=moving(1e-3, 1e-3) | {"grad/noise_scale": flat(12, 300.0)},
        changes={"batch": 64, "lr0": 0.02},
    ),
]
QUIET = [
    quiet("V01", "usual settings", epochs=missing(0.9), **validating(conf=0.01, iou=0.7, max_det=300, val=CROWDED)),
    quiet("V01", "few neighbours", epochs=missing(0.9), **validating(iou=0.4, val=SetFacts(images=10, instances=49))),
    quiet("V01", "nothing missed", epochs=missing(0.2), **validating(iou=0.4, val=CROWDED)),
    quiet("V01", "no nms", epochs=missing(0.9), **validating(iou=0.4, nms=False, val=CROWDED)),
    quiet("V01", "few doubles", epochs=missing(0.0, duplicate=24.0), **validating(iou=0.9)),
    quiet("V01", "room enough", **validating(max_det=100, val=SetFacts(images=10, instances=500, fullest=100))),
    quiet("T01", "half of a layer", epochs={"activations/neck/dead_share": [0.5]}),
    quiet("T02", "ten times", facts=SCRATCH, epochs=begun(9.9)),
    quiet("T02", "the loss falls", facts=SCRATCH, epochs=begun(1000.0, fall=0.05)),
    quiet("T02", "pretrained", facts=Facts(given={"model": "a.pt"}), epochs=begun(1000.0)),
    quiet("A01", "a rate that fits", epochs=moving(1.9e-3, 1.9e-3, 1e-3)),
    quiet("A01", "a single group", epochs=moving(9e-3)),
    quiet("A01", "a batch that fits", epochs=moving(1e-3, 1e-3) | {"grad/noise_scale": flat(12, 127.0)}),
]
LACKING = [
    lacks("V01", "conf", "iou", "max_det", facts=Facts(), epochs=missing(0.9)),
    lacks("T01", "activations/*/dead_share", epochs={"train/loss": [1.0]}),
    lacks("T02", "weights/*/scale", epochs={"train/loss": flat(3, 1.0)}),
    lacks("T02", "train/loss", epochs={"weights/a/scale": flat(3, 1.0)}),
    lacks("A01", "update/<group>/ratio", "grad/noise_scale", epochs={"lr/weight": flat(12, 0.01)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(TEXTS)


def test_advice_on_the_rate_is_one_number_in_its_range() -> None:
    hit = courses.ask(RULES, courses.Case("A01", {"epochs": moving(2e-3, 4e-3, 4e-3, 8e-3)}, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.values["least"], hit.values["lr"], hit.values["most"]) == (0.0022, 0.0025, 0.0031)


def test_advice_on_the_rate_names_the_optimizer_where_lr0_would_be_ignored() -> None:
    given = {"optimizer": "auto", "epochs": 100}
    auto = msgspec.structs.replace(ULTRALYTICS, given=given, settings={"optimizer": "AdamW"})
    hit = courses.ask(RULES, courses.Case("A01", {"facts": auto, "epochs": moving(4e-3, 4e-3, lr=0.001)}, None))
    assert isinstance(hit, rule.Hit)
    assert advice.arguments(hit.changes, auto).arguments == {"optimizer": "AdamW", "lr0": 0.00025}
