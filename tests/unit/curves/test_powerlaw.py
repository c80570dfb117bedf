import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.curves import powerlaw

EPOCHS = np.arange(1.0, 41.0)


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0, 2.0, 3.0])
def test_a_law_is_found_again(power) -> None:
    truth = powerlaw.Law(0.6, -0.5, power)
    found = powerlaw.rising(EPOCHS, np.array([truth.at(epoch) for epoch in EPOCHS]))
    assert found is not None
    assert found.power == power
    assert [found.limit, found.scale] == pytest.approx([0.6, -0.5])
    assert found.at(100) == pytest.approx(truth.at(100))


def test_a_loss_that_falls_is_forecast_though_its_start_follows_another_law() -> None:
    truth = powerlaw.Law(1.0, 4.0, 1.0)
    losses = np.array([truth.at(epoch) for epoch in EPOCHS])
    losses[:6] += 3.0
    found = powerlaw.falling(EPOCHS, losses)
    assert found is not None
    assert found.at(80) == pytest.approx(truth.at(80), rel=1e-6)


def test_a_curve_against_the_direction_asked_for_is_flat() -> None:
    values = 1 - EPOCHS / 100
    found = powerlaw.rising(EPOCHS, values)
    assert found is not None
    assert found.scale == 0
    assert found.at(1000) == found.limit
    assert values[-1] < found.limit < values[7]


@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_too_few_points_have_no_law(epochs) -> None:
    assert powerlaw.rising(EPOCHS[:epochs], EPOCHS[:epochs]) is None


def test_nan_and_infinity_are_left_out() -> None:
    truth = powerlaw.Law(0.6, -0.5, 1.0)
    values = np.array([truth.at(epoch) for epoch in EPOCHS])
    values[[12, 30]] = [np.nan, np.inf]
    found = powerlaw.rising(EPOCHS, values)
    assert found is not None
    assert found.at(100) == pytest.approx(truth.at(100))
    assert powerlaw.rising(EPOCHS, np.full(40, np.nan)) is None


@given(
    power=st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0]),
    limit=st.floats(-5, 5),
    scale=st.floats(0.1, 50),
    epoch=st.floats(1, 500),
)
def test_the_epoch_of_a_value_is_where_the_law_has_it(power, limit, scale, epoch) -> None:
    law = powerlaw.Law(limit, scale, power)
    if law.at(epoch) - limit > 1e-6:
        assert law.reaches(law.at(epoch)) == pytest.approx(epoch, rel=1e-3, abs=1e-3)


def test_what_is_beyond_the_limit_is_never_reached() -> None:
    assert powerlaw.Law(0.6, -0.5, 1.0).reaches(0.7) == math.inf
    assert powerlaw.Law(0.6, -0.5, 0.25).reaches(0.6 - 1e-100) == math.inf
    assert powerlaw.Law(0.6, 0.0, 1.0).reaches(0.5) == math.inf


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(math.inf), max_size=60))
def test_any_curve_has_a_finite_law_in_the_right_direction_or_none(values) -> None:
    epochs = np.arange(1.0, len(values) + 1)
    up, down = powerlaw.rising(epochs, np.array(values)), powerlaw.falling(epochs, np.array(values))
    if up is not None and down is not None:
        assert math.isfinite(up.at(1e4))
        assert math.isfinite(down.at(1e4))
        assert up.at(1e4) >= up.at(1)
        assert down.at(1e4) <= down.at(1)
