import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, lacks, law, line, quiet, speaks

from yoloscope.diagnose import facts, history, rule
from yoloscope.diagnose.rules import generalisation, overfitting
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
RULES = {one.id for one in generalisation.RULES}
SCRATCH = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "model": "yolo11n.yaml"})


def budget(epochs: int) -> facts.Facts:
    """A training from scratch of so many epochs."""
    return msgspec.structs.replace(SCRATCH, given={**SCRATCH.given, "epochs": epochs})


def saturated(*, count: int = 60, stale: int = 44, best: float = 0.6) -> dict[str, list[float]]:
    return {MAP: [*line(count - stale, best / 4, best), *flat(stale, best)]}


def mosaic(*, step: float, before: int = 90) -> dict[str, list[float]]:
    return {"train/box_loss": [*line(before, 1.01, 0.99), *flat(3, 0.99 * (1 + step))]}


def rising(*, gain: float, count: int = 90) -> dict[str, list[float]]:
    return {MAP: [*law(count - 20, 0.05, 0.4), *line(20, 0.4, 0.4 + gain)]}


SPEAKING = [
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
    speaks("G04", "critical", "", facts=budget(40), epochs={MAP50: flat(18, 0.0)}),
    speaks("G04", "critical", "", facts=budget(16), epochs={MAP50: flat(10, 0.0)}),
    speaks("G04", "critical", "", facts=NOTHING, epochs={MAP50: flat(25, 0.0)}),
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
    quiet("G03", "flat for too short a time", epochs=saturated(stale=36)),
    quiet("G03", "nothing learnt", epochs=saturated(best=0.04)),
    quiet("G04", "nine epochs", epochs={MAP50: flat(9, 0.0)}),
    quiet("G04", "24 epochs from scratch", facts=SCRATCH, epochs={MAP50: flat(24, 0.0)}),
    quiet("G04", "nearly half of a short training from scratch", facts=budget(40), epochs={MAP50: flat(17, 0.0)}),
    quiet("G04", "nine epochs of a shorter one", facts=budget(16), epochs={MAP50: flat(9, 0.0)}),
    quiet("G04", "24 epochs of a budget that nobody told", facts=NOTHING, epochs={MAP50: flat(24, 0.0)}),
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
    quiet(
        "G03", "at the end anyway", facts=msgspec.structs.replace(ULTRALYTICS, given={"epochs": 66}), epochs=saturated()
    ),
    quiet("G12", "not asked yet", facts=MOSAIC, epochs=rising(gain=0.1, count=88)),
]
LACKING = [
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
    rules = (*overfitting.RULES, *generalisation.RULES)
    return {one.rule: one for one in hand.findings(facts=known, epochs=epochs, rules=rules)}


def test_loss_falls_and_map_saturates() -> None:
    found = opened({"train/box_loss": law(80, 3.0, 0.6), **saturated(count=80, stale=50)})
    assert found["G03"].values["left"] == 20
    assert found["G03"].values["hours"] == pytest.approx(20 / 60, rel=0.02)


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
    own = {(rule_id, variant) for rule_id, variant in courses.variants(texts.TEXTS) if rule_id in RULES}
    assert own - told == {("G05", "peers"), ("G10", ""), ("G10", "resume")}


def test_three_phases_are_told_in_their_order() -> None:
    curve = law(100, 5.0, 1.0, pace=0.06)
    told = [opened({"train/box_loss": curve[:count]}).get("G11") for count in (15, 45, 80)]
    assert [None if one is None else one.variant for one in told] == [None, "", "plateau"]
