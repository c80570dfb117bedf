import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.curves import swings

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), 0),
        ((4.0,), 0),
        ((9.0, 8.0, 5.0, 3.0, 2.0), 0),
        ((5.0, 3.0, 5.0), 1),
        ((3.5, 8.0, 3.5, 8.0, 3.5), 3),
        ((1.0, 2.0, 3.0, 2.5, 4.0, 5.0), 0),
        ((5.0, float("nan"), 3.0, float("inf"), 5.0), 1),
        ((5.0, 4.0, 3.0, 4.0, 5.0, 4.0, 3.0), 2),
    ],
)
def test_turns_are_counted_from_leg_to_leg(values, expected) -> None:
    assert swings.turns(np.array(values), amplitude=2.0) == expected


def test_a_leg_counts_from_the_amplitude_on() -> None:
    values = np.array([5.0, 3.0, 5.0])
    assert (swings.turns(values, amplitude=2.0), swings.turns(values, amplitude=2.001)) == (1, 0)


@given(st.lists(FINITE, max_size=40))
def test_a_monotone_curve_never_turns(numbers) -> None:
    assert swings.turns(np.array(sorted(numbers)), amplitude=1e-3) == 0


@given(st.lists(FINITE, max_size=40))
def test_a_curve_turns_as_often_upside_down(numbers) -> None:
    values = np.array(numbers)
    assert swings.turns(-values, amplitude=1.0) == swings.turns(values, amplitude=1.0)
