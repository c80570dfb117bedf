import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses

from yoloscope.diagnose import rule
from yoloscope.diagnose.rules import liveness
from yoloscope.diagnose.texts import liveness as texts

SILENT = liveness.RULES[0].test


class Pace(msgspec.Struct):
    batches: int = 400
    batch_p95_s: float | None = 2.0
    between_p95_s: float | None = None
    is_between_epochs: bool = False


def asked(pace: Pace, *, silent_s: float | None) -> rule.Outcome:
    run = hand.view(epochs={"train/box_loss": [1.0, 0.9]})
    run.pace, run.silent_s = pace, silent_s
    return SILENT(run)


SLOW = Pace(batch_p95_s=60.0)
VALIDATING = Pace(between_p95_s=400.0, is_between_epochs=True)


@pytest.mark.parametrize(
    ("pace", "silent_s", "severity", "variant"),
    [
        (Pace(), 121.0, "warning", ""),
        (Pace(), 361.0, "critical", ""),
        (SLOW, 301.0, "warning", ""),
        (VALIDATING, 2_001.0, "warning", "between"),
        (Pace(is_between_epochs=True), 601.0, "warning", "between"),
        (Pace(batches=0, batch_p95_s=None), 1_201.0, "warning", "start"),
    ],
)
def test_silence_longer_than_ordinary_speaks(pace, silent_s, severity, variant) -> None:
    hit = asked(pace, silent_s=silent_s)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == (severity, variant)
    courses.check_words("H01", hit, texts.TEXTS)


@pytest.mark.parametrize(
    ("pace", "silent_s"),
    [
        (Pace(), 120.0),
        (SLOW, 300.0),
        (VALIDATING, 2_000.0),
        (Pace(is_between_epochs=True), 600.0),
        (Pace(batches=0, batch_p95_s=None), 1_200.0),
        (Pace(batches=3, batch_p95_s=None), 1_200.0),
    ],
)
def test_ordinary_pauses_are_no_silence(pace, silent_s) -> None:
    assert asked(pace, silent_s=silent_s) is None


def test_a_replay_knows_nothing_of_silence() -> None:
    assert asked(Pace(), silent_s=None) == rule.Missing(("silence",))


def test_a_silent_training_is_told_by_how_long_it_is_silent_already() -> None:
    run = hand.view(epochs={"train/box_loss": [1.0]}, steps={"train/box_loss": [1.0] * 50})
    run.silent_s = 3_600.0
    hit = SILENT(run)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.values["silent"]) == ("critical", 60.0)


def test_silence_opens_by_the_clock_gets_worse_and_closes_with_the_next_row() -> None:
    made = hand.entries(steps={"train/box_loss": [1.0] * 300}, ends=False)
    engine = hand.fed(made[:-1], rules=liveness.RULES)
    engine.tick(60.0)
    assert engine.findings() == []
    engine.tick(130.0)
    assert [(one.severity, one.status) for one in engine.findings()] == [("warning", "open")]
    engine.tick(400.0)
    assert [(one.severity, one.status) for one in engine.findings()] == [("critical", "open")]
    engine.take(made[-1])
    engine.tick(0.0)
    assert [one.status for one in engine.findings()] == ["closed"]
