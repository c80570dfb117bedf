import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import ULTRALYTICS, flat, line

from yoloscope.diagnose import facts, history, rule
from yoloscope.diagnose.rules import history as rules
from yoloscope.diagnose.texts import history as texts

MAP = "metrics/mAP50-95"
SETTINGS = {**ULTRALYTICS.given, **ULTRALYTICS.settings, "imgsz": 640}
KNOWN = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "imgsz": 640})


def peers(*finals: float, **other: object) -> history.Peers:
    """Runs that rise in a straight line to where they end after 100 epochs; their learning rates differ."""
    made = [
        history.Peer(
            run=str(place),
            name=f"run {place}",
            epochs=100,
            settings=SETTINGS | {"lr0": 0.01 * (place + 2)},
            course=tuple(final * (at + 1) / history.POINTS for at in range(history.POINTS)),
            final=final,
            **other,
        )
        for place, final in enumerate(finals)
    ]
    return history.Peers(tuple(made))


def asked(
    rule_id: str,
    told: history.Peers,
    *,
    epochs: hand.Curves | None = None,
    steps: hand.Curves | None = None,
    facts: facts.Facts = KNOWN,
    per_epoch: int = 100,
) -> rule.Outcome:
    engine = hand.fed(hand.entries(epochs=epochs, steps=steps, per_epoch=per_epoch), facts=facts, rules=())
    engine.view.peers = told
    return next(one for one in rules.RULES if one.id == rule_id).test(engine.view)


def spoken(rule_id: str, severity: str, variant: str, outcome: rule.Outcome) -> rule.Hit:
    assert isinstance(outcome, rule.Hit)
    assert (outcome.severity, outcome.variant) == (severity, variant)
    courses.check_words(rule_id, outcome, texts.TEXTS)
    return outcome


FIVE = (0.58, 0.6, 0.6, 0.6, 0.62)


def test_a_run_far_behind_five_earlier_ones_is_warned_of_with_the_nearest_three() -> None:
    # After 50 epochs the earlier runs are at 0.30, give or take less than the least spread of 0.02.
    hit = spoken("H02", "warning", "", asked("H02", peers(*FIVE), epochs={MAP: flat(50, 0.239)}))
    assert hit.values["median"] == pytest.approx(0.3)
    assert hit.values["z"] == pytest.approx(3.05, abs=0.01)
    assert hit.values["nearest"] == ["run 0 (0.580)", "run 1 (0.600)", "run 2 (0.600)"]
    assert hit.values["differences"] == ["lr0 0.02 → 0.01"]
    english, chinese = courses.words("H02", hit, texts.TEXTS)
    assert "5 earlier runs had 0.300 (median)" in english.evidence
    assert "以往 5 次训练此时中位数 0.300" in chinese.evidence


def test_a_run_less_than_three_deviations_behind_is_left_alone() -> None:
    assert asked("H02", peers(*FIVE), epochs={MAP: flat(50, 0.241)}) is None


def test_of_three_runs_the_worst_is_the_measure_and_it_says_how_unsure_that_is() -> None:
    few = peers(0.58, 0.6, 0.62)
    hit = spoken("H02", "info", "few", asked("H02", few, epochs={MAP: flat(50, 0.28)}))
    assert hit.values["worst"] == pytest.approx(0.29)
    assert "give a hint, no more" in courses.words("H02", hit, texts.TEXTS)[0].evidence
    assert asked("H02", few, epochs={MAP: flat(50, 0.291)}) is None
    assert asked("H02", few, epochs={MAP: flat(29, 0.0)}) is None


def test_below_the_worst_of_nineteen_runs_is_rare_enough_however_they_spread() -> None:
    many = peers(*line(19, 0.3, 0.9))
    spoken("H02", "warning", "", asked("H02", many, epochs={MAP: flat(50, 0.149)}))
    assert asked("H02", history.Peers(many.runs[:18]), epochs={MAP: flat(50, 0.149)}) is None


def test_runs_of_another_budget_are_no_measure() -> None:
    longer = history.Peers(tuple(msgspec.structs.replace(peer, epochs=201) for peer in peers(*FIVE).runs))
    assert asked("H02", longer, epochs={MAP: flat(50, 0.0)}) == rule.Missing(("history",))


def test_two_earlier_runs_are_none() -> None:
    assert asked("H02", peers(0.6, 0.6), epochs={MAP: flat(50, 0.0)}) == rule.Missing(("history",))
    assert asked("H02", peers(*FIVE), epochs={"val/box_loss": flat(50, 1.0)}) == rule.Missing((MAP,))


def test_losses_that_start_elsewhere_are_told() -> None:
    told = peers(*FIVE, start_losses={"train/box_loss": 1.5})
    hit = spoken(
        "H02", "info", "start", asked("H02", told, epochs={MAP: flat(50, 0.3), "train/box_loss": flat(50, 1.96)})
    )
    assert (hit.values["name"], hit.values["median"]) == ("train/box_loss", 1.5)
    assert asked("H02", told, epochs={MAP: flat(50, 0.3), "train/box_loss": flat(50, 1.94)}) is None


def test_batches_that_take_longer_than_in_runs_of_the_same_size_are_told() -> None:
    told = peers(*FIVE, batch_s=0.1)
    slow = {"epochs": {MAP: flat(5, 0.6)}, "steps": {"time/batch_s": flat(500, 0.141)}}
    hit = spoken("H02", "info", "slower", asked("H02", told, **slow))
    assert hit.values["times"] == pytest.approx(1.41)
    assert asked("H02", told, epochs={MAP: flat(5, 0.6)}, steps={"time/batch_s": flat(500, 0.139)}) is None
    larger = history.Peers(
        tuple(msgspec.structs.replace(one, settings={**one.settings, "imgsz": 320}) for one in told.runs)
    )
    assert asked("H02", larger, **slow) is None


def test_early_warning_comes_live_after_five_epochs_behind() -> None:
    engine = hand.fed([], facts=KNOWN, rules=rules.RULES)
    engine.tell(KNOWN, peers=peers(*FIVE))
    for entry in hand.entries(epochs={MAP: [*line(30, 0.006, 0.18), *flat(20, 0.1)]}):
        engine.take(entry)
    (found,) = [one for one in engine.findings() if one.rule == "H02"]
    assert found.severity == "warning"
    assert 35 <= found.opened.epoch <= 45


def failed(**settings: object) -> history.Peers:
    others = peers(0.5, 0.6, 0.7)
    diverged = history.Peer(run="x", name="diverged", settings=SETTINGS | settings, failed="N13")
    return history.Peers((*others.runs, diverged))


def test_settings_that_failed_before_are_told_before_time_is_spent() -> None:
    engine = hand.fed([], facts=KNOWN, rules=rules.RULES)
    (change,) = engine.tell(KNOWN, peers=failed())
    assert (change.kind, change.finding.rule, change.finding.severity) == ("opened", "H03", "info")
    assert change.finding.values["name"] == "diverged"
    hit = spoken("H03", "info", "same", asked("H03", failed()))
    assert courses.words("H03", hit, texts.TEXTS)[0].evidence == "diverged ended with N13, with the same settings."


def test_nearly_the_same_settings_are_told_with_the_difference() -> None:
    near = {f"hsv_{place}": place for place in range(30)}
    known = msgspec.structs.replace(KNOWN, settings={**KNOWN.settings, **near})
    told = failed(**near, degrees=1.0)
    spread = history.Peers(
        tuple(
            msgspec.structs.replace(one, settings={**one.settings, **dict.fromkeys(near, 99)}) for one in told.runs[:3]
        )
    )
    close = msgspec.structs.replace(told.runs[3], settings={**told.runs[3].settings, "hsv_0": 99})
    hit = spoken("H03", "info", "", asked("H03", history.Peers((*spread.runs, close)), facts=known))
    assert hit.values["differences"] == ["hsv_0 99 → 0"]


def test_settings_far_from_the_failure_or_that_worked_elsewhere_are_left_alone() -> None:
    assert asked("H03", failed(lr0=0.5)) is None
    worked = history.Peers((*failed().runs, history.Peer(run="y", name="worked", settings=SETTINGS)))
    assert asked("H03", worked) is None


def test_without_failures_or_settings_there_is_no_answer() -> None:
    assert asked("H03", history.Peers()) == rule.Missing(("history",))
    assert asked("H03", failed(), facts=courses.NOTHING) == rule.Missing(("settings",))
    assert asked("H03", peers(0.5, 0.6)) is None
