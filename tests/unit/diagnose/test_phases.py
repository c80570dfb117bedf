import math

import msgspec
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat, line

from yoloscope.diagnose import phases

LONG = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "mosaic": 1.0, "close_mosaic": 10})


def loss(count: int, *, pace: float = 0.06) -> list[float]:
    return [1 + 4 * math.exp(-pace * at) for at in range(count)]


def told(curve: list[float], known=ULTRALYTICS) -> phases.Phases | None:
    return phases.of(hand.view(facts=known, epochs={"train/box_loss": curve}))


def test_the_three_phases_follow_each_other_where_the_loss_says() -> None:
    # 1 + 8 / (t + 2) falls from 3.67 to 1.08: by 80 % of that after 11.4 epochs, by 95 % after 36.5.
    curve = [1 + 8 / (epoch + 2) for epoch in range(1, 101)]
    found = [told(curve[:count]) for count in (9, 20, 70)]
    assert [one.name for one in found if one] == ["fast", "slow", "plateau"]
    assert found[2] is not None
    assert found[2].slow_from == pytest.approx(12, abs=2)
    assert found[2].plateau_from == pytest.approx(37, abs=2)


def test_phases_that_are_still_to_come_are_expected_within_the_budget() -> None:
    found = told([1 + 8 / (epoch + 2) for epoch in range(1, 21)])
    assert found is not None
    assert found.slow_from is not None
    assert found.plateau_from is not None
    assert found.slow_from < found.plateau_from <= 100


@pytest.mark.parametrize(
    ("curve", "known"),
    [
        (loss(7), ULTRALYTICS),
        (flat(40, 1.0), ULTRALYTICS),
        (line(40, 1.0, 2.0), ULTRALYTICS),
        (flat(40, math.nan), ULTRALYTICS),
        (loss(40), NOTHING),
    ],
    ids=["seven epochs", "flat", "rising", "not a number", "no budget"],
)
def test_there_are_no_phases_in_nothing(curve, known) -> None:
    assert told(curve, known) is None


def test_a_run_without_a_loss_has_no_phases() -> None:
    assert phases.of(hand.view(facts=ULTRALYTICS, epochs={"metrics/mAP50": loss(40)})) is None


def test_the_drop_where_mosaics_close_does_not_begin_the_phases_again() -> None:
    before = told(loss(90), LONG)
    after = told([*loss(90), *flat(9, 0.5)], LONG)
    assert before is not None
    assert before.name == "plateau"
    assert after == before


def test_a_loss_that_rises_during_warm_up_starts_where_it_is_highest() -> None:
    healthy = told([1.83, 4.09, 5.2, *loss(60)[2:]])
    assert healthy is not None
    assert healthy.slow_from == pytest.approx(29, abs=5)


@pytest.mark.parametrize("closing", [99, 91, 60])
@pytest.mark.parametrize("peak", range(12))
def test_a_peak_anywhere_at_the_start_is_taken_whenever_mosaics_close(closing, peak) -> None:
    known = msgspec.structs.replace(LONG, given={**LONG.given, "close_mosaic": closing})
    curve = loss(95)
    curve[peak] = 9.0
    found = told(curve, known)
    assert found is None or found.name in {"fast", "slow", "plateau"}
