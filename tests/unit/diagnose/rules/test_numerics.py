import math

import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, line, quiet, speaks

from yoloscope.diagnose import rule
from yoloscope.diagnose.rules import numerics
from yoloscope.diagnose.texts import numerics as texts

NAN, INF = math.nan, math.inf


def broken_at(step: int, *, value: float = NAN, norms: list[float] | None = None) -> dict[str, list[float]]:
    losses = [*flat(step, 2.0), value]
    told = {"train/box_loss": losses, "train/cls_loss": flat(len(losses), 1.0)}
    return told if norms is None else {**told, "grad/norm": norms}


def val(*, train: float = 1.0, maps: list[float], broken: int) -> dict[str, list[float]]:
    count = len(maps)
    return {
        "train/box_loss": flat(count, train),
        "val/box_loss": [*flat(count - broken, 1.0), *flat(broken, INF)],
        "metrics/mAP50-95": maps,
    }


def spiky(name: str, *, count: int, height: float, total: int = 600) -> dict[str, list[float]]:
    at = {total - 20 * one for one in range(1, count + 1)}
    values = [height if one in at else 1.0 for one in range(total)]
    return {"train/box_loss": flat(total, 1.0), name: values}


def clipped(norm: float, *, loss_end: float = 0.5) -> dict[str, object]:
    told = {"train/box_loss": line(600, 1.0, loss_end), "grad/norm": flat(600, norm)}
    return {"steps": told, "epochs": {"train/box_loss": line(25, 1.0, loss_end)}}


def scaled(values: list[float]) -> dict[str, list[float]]:
    return {"train/box_loss": flat(len(values), 1.0), "amp/scale": values}


HALVED = [*flat(600, 65536.0), *flat(20, 32768.0), *flat(20, 16384.0), *flat(20, 8192.0)]

SPEAKING = [
    speaks("N01", "critical", "start", steps=broken_at(6), changes={"amp": False}),
    speaks("N01", "critical", "single", steps=broken_at(60, norms=flat(61, 3.0)), changes={}),
    speaks("N01", "critical", "single", steps=broken_at(60, value=2001.0)),
    speaks("N01", "critical", "explosion", steps=broken_at(60, norms=[*flat(52, 3.0), *flat(9, 16.0)])),
    speaks("N01", "critical", "epoch", epochs={"train/box_loss": [2.0, 1.8, NAN]}),
    speaks("N01", "critical", "epoch", epochs={"train/box_loss": [2.0, 1.8, 1901.0]}),
    speaks("N02", "info", "", epochs=val(maps=line(6, 0.1, 0.6), broken=3), changes={"amp": False}),
    speaks("N02", "warning", "stuck", epochs=val(maps=flat(14, 0.1), broken=3)),
    speaks("N03", "critical", "", steps={"train/box_loss": flat(3, 1.0), "weights/nonfinite": [0.0, 0.0, 12.0]}),
    speaks("N03", "critical", "epoch", epochs={"weights/nonfinite": [0.0, 1.0]}),
    speaks("N04", "warning", "", steps=scaled(HALVED), changes={"amp": False}),
    speaks("N04", "warning", "low", steps=scaled(flat(600, 127.0))),
    speaks("N04", "warning", "low", steps=scaled([127.0, *[None] * 599])),  # told in one batch of many
    speaks(
        "N05",
        "warning",
        "",
        steps=spiky("grad/norm", count=3, height=10.1),
        epochs={"lr/weight": [0.01]},
        changes={"lr0": 0.0033, "warmup_epochs": 5.0},
    ),
    speaks(
        "N05",
        "critical",
        "loss",
        steps={**spiky("grad/norm", count=3, height=10.1), "train/box_loss": [*flat(580, 1.0), *flat(20, 1.51)]},
    ),
    speaks("N06", "info", "", **clipped(481.0), changes={}),
    speaks("N06", "warning", "flat", **clipped(481.0, loss_end=0.995)),
    speaks("N14", "info", "", steps=spiky("train/box_loss", count=1, height=2.1)),
    speaks("N14", "warning", "", steps=spiky("train/box_loss", count=3, height=2.1)),
]
QUIET = [
    quiet("N01", "a high loss that is none", steps=broken_at(60, value=1999.0)),
    quiet("N01", "a finite epoch after one that was not", epochs={"train/box_loss": [2.0, NAN, 1.7]}),
    quiet(
        "N01", "a part that is zero", steps={"train/box_loss": flat(30, 1.0), "train/cls_loss": [*flat(29, 0.0), 1.0]}
    ),
    quiet("N02", "two epochs", epochs=val(maps=line(6, 0.1, 0.6), broken=2)),
    quiet("N02", "training is broken too", epochs=val(train=NAN, maps=line(6, 0.1, 0.6), broken=3)),
    quiet("N03", "all finite", steps={"train/box_loss": flat(3, 1.0), "weights/nonfinite": flat(3, 0.0)}),
    quiet("N04", "two overflows", steps=scaled(HALVED[:-20])),
    quiet("N04", "the search for a scale", steps=scaled([*HALVED[180:], 4096.0][:490])),
    quiet("N04", "a scale of 128", steps=scaled(flat(600, 128.0))),
    quiet("N05", "two explosions", steps=spiky("grad/norm", count=2, height=50.0)),
    quiet("N05", "ten times and no more", steps=spiky("grad/norm", count=3, height=9.9)),
    quiet("N05", "the first hundred batches", steps=spiky("grad/norm", count=4, height=50.0, total=99)),
    quiet("N06", "ordinary norms of a batch", **clipped(479.0)),
    quiet("N06", "never clipped", **clipped(9.9)),
    quiet("N14", "twice and no more", steps=spiky("train/box_loss", count=3, height=1.99)),
    quiet("N14", "the first hundred batches", steps=spiky("train/box_loss", count=3, height=5.0, total=99)),
]
LACKING = [
    lacks("N01", "train/*_loss", epochs={"metrics/mAP50": [0.1]}),
    lacks("N02", "val/*_loss", epochs={"train/box_loss": flat(5, 1.0)}),
    lacks("N03", "weights/nonfinite", steps=broken_at(20)),
    lacks("N04", "amp/scale", steps=broken_at(20)),
    lacks("N04", "amp/scale", steps=scaled(flat(600, math.nan))),
    lacks("N05", "grad/norm", steps=broken_at(20)),
    lacks("N05", "grad/norm", epochs={"train/box_loss": flat(20, 1.0)}),
    lacks("N06", "grad/norm", epochs={"train/box_loss": flat(20, 1.0)}),
    lacks("N06", "batch", facts=NOTHING, **clipped(481.0)),
    lacks("N14", "train/*_loss by batch", epochs={"train/box_loss": flat(20, 1.0)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(numerics.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(numerics.RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(numerics.RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told | {("N01", "loop")} == courses.variants(texts.TEXTS)


def test_nan_that_comes_back_in_repeated_epochs_is_a_loop() -> None:
    run = hand.view(facts=ULTRALYTICS, steps=broken_at(60))
    run.repeats = 2
    hit = numerics.RULES[0].test(run)
    assert isinstance(hit, rule.Hit)
    assert hit.variant == "loop"
    courses.check_words("N01", hit, texts.TEXTS)


def test_a_nan_epoch_of_a_file_is_found_without_any_batch() -> None:
    curve = {"train/box_loss": [2.0, 1.8, NAN, 1.6], "train/cls_loss": flat(4, 1.0)}
    found = hand.findings(facts=ULTRALYTICS, epochs=curve, rules=numerics.RULES)
    told = [(one.rule, one.severity, one.variant, one.opened.epoch, one.values["names"]) for one in found]
    assert told == [("N01", "critical", "epoch", 3.0, ["train/box_loss"])]


def test_a_nan_batch_is_found_at_once_though_its_epoch_is_repeated() -> None:
    def batches(value: float, *, attempt: int) -> list[hand.Entry]:
        steps = {"train/box_loss": [*flat(5, 2.0), value, *flat(4, 2.0)], "grad/norm": flat(10, 3.0)}
        return hand.entries(steps=steps, per_epoch=10, attempt=attempt, start=0, ends=False)

    engine = hand.fed([*batches(2.0, attempt=0), *batches(NAN, attempt=1)], facts=ULTRALYTICS, rules=numerics.RULES)
    found = [(one.rule, one.variant, one.opened.step) for one in engine.findings()]
    assert found == [("N01", "single", 5)]


def test_nan_weights_stop_a_training_whatever_its_metrics_say() -> None:
    told = {"epochs": {"metrics/mAP50-95": line(5, 0.3, 0.4), "weights/nonfinite": [0.0, 0.0, 0.0, 0.0, 512.0]}}
    hit = courses.ask(numerics.RULES, courses.Case("N03", told, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.values["count"]) == ("critical", 512.0)


def test_the_part_that_broke_is_named() -> None:
    steps = {"train/box_loss": flat(61, 2.0), "train/dfl_loss": [*flat(60, 1.0), -INF]}
    hit = courses.ask(numerics.RULES, courses.Case("N01", {"steps": steps}, None))
    assert isinstance(hit, rule.Hit)
    assert (hit.values["names"], hit.values["step"]) == (["train/dfl_loss"], 60)
