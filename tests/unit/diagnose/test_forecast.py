import math

import msgspec
import numpy as np
import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules.courses import NOTHING, ULTRALYTICS, flat

from yoloscope.diagnose import forecast

MAP = "metrics/mAP50-95"
MOSAIC = msgspec.structs.replace(ULTRALYTICS, given={**ULTRALYTICS.given, "mosaic": 1.0, "close_mosaic": 10})


def rising(count: int, *, noise: float = 0.0) -> list[float]:
    """0.6 - 1.2 / (epoch + 2): 0.588 after 100 epochs, within 0.005 of that after 69."""
    wavers = noise * np.random.default_rng(1).normal(size=count)
    return [max(0.0, 0.6 - 1.2 / (epoch + 2) + waver) for epoch, waver in enumerate(wavers, start=1)]


def told(curve: list[float], known=ULTRALYTICS) -> forecast.Forecast | None:
    return forecast.of(hand.view(facts=known, epochs={MAP: curve}))


def test_a_curve_that_follows_the_law_is_forecast_with_the_epoch_that_is_enough() -> None:
    found = told(rising(40))
    assert found is not None
    assert found.final == pytest.approx(0.6 - 1.2 / 102, abs=0.002)
    assert found.low < found.final < found.high
    assert found.enough == pytest.approx(70, abs=4)
    assert found.worth == 0.005


def test_the_interval_narrows_as_the_training_goes_on_and_widens_with_noise() -> None:
    widths = [found.high - found.low for count in (25, 50, 75, 95) if (found := told(rising(count)))]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == 4
    calm, noisy = told(rising(50)), told(rising(50, noise=0.03))
    assert calm is not None
    assert noisy is not None
    assert noisy.high - noisy.low > calm.high - calm.low
    assert noisy.worth > 0.02


def test_what_stands_still_is_not_worth_another_epoch() -> None:
    found = told([*rising(20), *flat(40, 0.55)])
    assert found is not None
    assert found.enough == 60
    assert found.final >= found.now


def test_mosaics_that_will_close_are_told_while_they_are_ahead() -> None:
    ahead, behind = told(rising(60), MOSAIC), told(rising(95), MOSAIC)
    assert ahead is not None
    assert behind is not None
    assert (ahead.mosaic_closes_at, behind.mosaic_closes_at) == (90, None)


@pytest.mark.parametrize(
    ("curve", "known"),
    [
        (rising(24), ULTRALYTICS),
        (rising(100), ULTRALYTICS),
        (rising(50), NOTHING),
        (flat(50, 0.0), ULTRALYTICS),
        (flat(50, math.nan), ULTRALYTICS),
        (flat(50, 0.0099), ULTRALYTICS),
    ],
    ids=["first quarter", "ended", "no budget", "zero", "not a number", "nothing learnt"],
)
def test_there_is_no_forecast_from_nothing(curve, known) -> None:
    assert told(curve, known) is None


def test_a_run_without_map_has_no_forecast() -> None:
    assert forecast.of(hand.view(facts=ULTRALYTICS, epochs={"train/box_loss": rising(50)})) is None


def test_a_forecast_stays_within_0_and_1_and_above_what_was_reached() -> None:
    for curve in ([0.02 * at for at in range(50)], [0.9, *flat(49, 0.02)]):
        found = told(curve)
        assert found is not None
        assert 0 <= found.low <= found.final <= found.high <= 1
        assert found.final >= found.now
