import math

import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, line, quiet, speaks

from yoloscope.diagnose import facts, history, rule
from yoloscope.diagnose.rules import generalisation
from yoloscope.diagnose.texts import generalisation as texts
from yoloscope.records import finding

MAP, MAP50, CLS = "metrics/mAP50-95", "metrics/mAP50", "val/cls_loss"
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
SCRATCH = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "model": "yolo11n.yaml"})
SHORT = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "epochs": 30})


def law(count: int, start: float, end: float, *, pace: float = 0.1) -> list[float]:
    return [end + (start - end) * math.exp(-pace * at) for at in range(count)]


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


def saturated(*, count: int = 60, stale: int = 44, best: float = 0.6) -> dict[str, list[float]]:
    return {MAP: [*line(count - stale, best / 4, best), *flat(stale, best)]}


def mosaic(*, step: float, before: int = 90) -> dict[str, list[float]]:
    return {"train/box_loss": [*line(before, 1.01, 0.99), *flat(3, 0.99 * (1 + step))]}


def rising(*, gain: float, count: int = 90) -> dict[str, list[float]]:
    return {MAP: [*law(count - 20, 0.05, 0.4), *line(20, 0.4, 0.4 + gain)]}


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
    speaks("G02", "info", "", epochs=scissors()),
    speaks("G02", "info", "mosaic_ahead", facts=MOSAIC, epochs=scissors()),
    speaks("G02", "warning", "val_rises", epochs={**scissors(), CLS: [*law(40, 3.0, 1.0), *line(20, 1.1, 1.3)]}),
    speaks("G03", "info", "", epochs=saturated(), changes={"epochs": 30}),
    speaks("G03", "info", "mosaic_ahead", facts=MOSAIC, epochs=saturated(), changes={"epochs": 40}),
    speaks("G04", "critical", "", epochs={MAP50: flat(10, 0.009), "train/box_loss": flat(10, 3.0)}),
    speaks(
        "G04",
        "critical",
        "loss_falls",
        facts=SCRATCH,
        epochs={MAP50: flat(25, 0.0), "train/box_loss": law(25, 3.0, 1.0)},
    ),
    speaks("G05", "warning", "", epochs={MAP50: flat(20, 0.049)}),
    speaks("G10", "info", "mosaic", facts=MOSAIC, epochs=mosaic(step=0.06)),
    speaks("G11", "info", "", epochs={"train/box_loss": law(60, 5.0, 1.0, pace=0.04)}),
    speaks("G11", "info", "plateau", epochs={"train/box_loss": law(60, 5.0, 1.0, pace=0.2)}),
    speaks("G11", "info", "long", epochs={"train/box_loss": line(50, 5.0, 3.0), MAP: flat(50, 0.2)}),
    speaks("G11", "warning", "long", epochs={"train/box_loss": line(50, 5.0, 3.0), MAP: flat(50, 0.09)}),
    speaks(
        "G11", "warning", "short", epochs={"train/box_loss": [9.0, 3.0, 1.1, *line(27, 1.05, 1.0)], MAP: flat(30, 0.09)}
    ),
    speaks("G12", "info", "", facts=MOSAIC, epochs=rising(gain=0.012, count=89), changes={"epochs": 150}),
    speaks("G12", "info", "", epochs=rising(gain=0.012)),
]
QUIET = [
    quiet("G01", "validation back at its best", epochs=overfitting(rise=-0.07)),
    quiet("G01", "mAP still gaining", epochs=overfitting(maps=line(40, 0.1, 0.5))),
    quiet("G02", "mAP flat for too short a time", epochs=scissors(stale=30)),
    quiet("G02", "mAP that is 0", epochs={**scissors(), MAP: flat(60, 0.0)}),
    quiet("G03", "flat for too short a time", epochs=saturated(stale=36)),
    quiet("G03", "nothing learnt", epochs=saturated(best=0.04)),
    quiet("G04", "nine epochs", epochs={MAP50: flat(9, 0.0)}),
    quiet("G04", "24 epochs from scratch", facts=SCRATCH, epochs={MAP50: flat(24, 0.0)}),
    quiet("G04", "once at the threshold", epochs={MAP50: [0.0, 0.01, *flat(10, 0.0)]}),
    quiet("G05", "nineteen epochs", epochs={MAP50: flat(19, 0.04)}),
    quiet("G05", "once at the threshold", epochs={MAP50: [*flat(24, 0.04), 0.05]}),
    quiet("G05", "mAP of 0 is another's", epochs={MAP50: flat(25, 0.0)}),
    quiet("G10", "a step too small to see", facts=MOSAIC, epochs=mosaic(step=0.03)),
    quiet("G10", "no cut", epochs=mosaic(step=0.5)),
    quiet("G11", "fast before half of the budget", epochs={"train/box_loss": line(49, 5.0, 3.0)}),
    quiet("G11", "a loss that does not fall", epochs={"train/box_loss": line(60, 1.0, 0.99)}),
    quiet("G11", "seven epochs", epochs={"train/box_loss": law(7, 5.0, 1.0)}),
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
    quiet(
        "G03", "at the end anyway", facts=msgspec.structs.replace(ULTRALYTICS, given={"epochs": 66}), epochs=saturated()
    ),
    quiet("G12", "not asked yet", facts=MOSAIC, epochs=rising(gain=0.1, count=88)),
]
LACKING = [
    lacks("G01", CLS, epochs={key: curve for key, curve in overfitting().items() if key != CLS}),
    lacks("G01", "train/total", epochs={key: curve for key, curve in overfitting().items() if "train" not in key}),
    lacks("G01", MAP, epochs={key: curve for key, curve in overfitting().items() if key != MAP}),
    lacks("G02", "train/total", MAP, epochs={CLS: flat(60, 1.0)}),
    lacks("G03", MAP, "epochs", facts=NOTHING, epochs={CLS: flat(60, 1.0)}),
    lacks("G04", MAP50, epochs={MAP: flat(60, 0.0)}),
    lacks("G05", MAP50, epochs={MAP: flat(60, 0.0)}),
    lacks("G11", "train/total", "epochs", facts=NOTHING, epochs={MAP: flat(60, 0.0)}),
    lacks("G12", MAP, "epochs", facts=NOTHING, epochs={CLS: flat(60, 0.0)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(generalisation.RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, texts.TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(generalisation.RULES, case) is None


@pytest.mark.parametrize("case", UNDECIDED)
def test_a_rule_leaves_open_what_it_cannot_tell(case) -> None:
    assert courses.ask(generalisation.RULES, case) == rule.Undecided()


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(generalisation.RULES, case) == rule.Missing(case.expected)


def opened(epochs: hand.Curves, known: facts.Facts = ULTRALYTICS) -> dict[str, finding.Finding]:
    return {one.rule: one for one in hand.findings(facts=known, epochs=epochs, rules=generalisation.RULES)}


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


def test_loss_falls_and_map_saturates() -> None:
    found = opened({"train/box_loss": law(80, 3.0, 0.6), **saturated(count=80, stale=50)})
    assert found["G03"].values["left"] == 20
    assert found["G03"].values["hours"] == pytest.approx(20 / 60, rel=0.02)


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


def test_map_that_is_stuck_at_zero_is_critical_and_explains_a_low_one() -> None:
    found = opened({MAP50: flat(30, 0.001), "train/box_loss": law(30, 3.0, 1.0)})
    assert (found["G04"].severity, found["G04"].variant) == ("critical", "loss_falls")
    assert "G05" not in found


def test_map_that_is_stuck_below_what_earlier_runs_had() -> None:
    curve = law(100, 0.05, 0.3, pace=0.08)
    engine = hand.fed(hand.entries(epochs={MAP: curve[:60], MAP50: curve[:60]}, ends=True), facts=ULTRALYTICS, rules=())
    better = history.Peer(run="a", name="a", epochs=100, course=tuple(law(32, 0.1, 0.5)))
    engine.view.peers = history.Peers(tuple(msgspec.structs.replace(better, run=str(place)) for place in range(10)))
    stuck = next(one for one in generalisation.RULES if one.id == "G05")
    hit = stuck.test(engine.view)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant, hit.values["peers"]) == ("warning", "peers", 10)
    courses.check_words("G05", hit, texts.TEXTS)
    engine.view.peers = history.Peers(engine.view.peers.runs[:9])
    assert stuck.test(engine.view) is None


@pytest.mark.parametrize("variant", ["", "resume"])
def test_a_jump_where_a_training_was_resumed_or_thawed_is_told_as_such(variant) -> None:
    first = hand.entries(epochs={"train/box_loss": line(30, 1.01, 0.99)}, ends=False)
    second = hand.entries(epochs={"train/box_loss": flat(3, 1.3)}, attempt=1, start=30)
    frozen = {
        "train/box_loss": [*line(30, 1.01, 0.99), *flat(3, 1.3)],
        "frozen/parameters": [*flat(30, 1e6), *flat(3, 0)],
    }
    entries = [*first, *second] if variant else hand.entries(epochs=frozen)
    engine = hand.fed(entries, facts=ULTRALYTICS, rules=())
    jump = next(one for one in generalisation.RULES if one.id == "G10")
    hit = jump.test(engine.view)
    assert isinstance(hit, rule.Hit)
    assert (hit.variant, hit.values["epoch"]) == (variant, 31)
    assert hit.values["step"] == pytest.approx(0.31, abs=0.02)
    courses.check_words("G10", hit, texts.TEXTS)


def test_the_first_epochs_of_a_healthy_training_from_scratch_are_silent() -> None:
    curves = {
        "train/box_loss": [1.83, 4.09, 3.19, 3.02, 3.06, 2.8, 2.7, 2.5, 2.3, 2.2, 2.1, 2.0],
        CLS: [0.9, 0.6, 2.3, 2.1, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3, 1.2],
        "val/box_loss": [0.54, 0.24, 2.35, 2.2, 2.0, 1.9, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2],
        MAP50: [*flat(8, 0.0), 0.1, 0.2, 0.3, 0.4],
        MAP: [*flat(8, 0.0), 0.05, 0.1, 0.15, 0.2],
    }
    assert [one for one in opened(curves, SCRATCH).values() if one.severity != "info"] == []


def test_a_dip_of_map_after_pretrained_weights_is_silent() -> None:
    maps = [0.4, 0.2, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.38, 0.4, 0.42, 0.44, *law(28, 0.45, 0.55)]
    curves = {
        "train/box_loss": law(40, 1.4, 0.9),
        MAP: maps,
        MAP50: [1.4 * value for value in maps],
        CLS: law(40, 3.0, 0.8),
    }
    assert [one for one in opened(curves).values() if one.severity != "info"] == []


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert courses.variants(texts.TEXTS) - told == {("G05", "peers"), ("G10", ""), ("G10", "resume")}


def test_three_phases_are_told_in_their_order() -> None:
    curve = law(100, 5.0, 1.0, pace=0.06)
    told = [opened({"train/box_loss": curve[:count]}).get("G11") for count in (15, 45, 80)]
    assert [None if one is None else one.variant for one in told] == [None, "", "plateau"]


def test_facts_of_no_framework_make_no_changes() -> None:
    hit = courses.ask(
        generalisation.RULES, courses.Case("G01", {"facts": facts.Facts(), "epochs": overfitting()}, None)
    )
    assert isinstance(hit, rule.Hit)
    assert hit.changes == {"mixup": 0.1}
