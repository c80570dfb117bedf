import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.curves import gower

BASE = {"lr0": 0.01, "imgsz": 640, "optimizer": "SGD", "mosaic": 1.0}


def test_the_same_settings_are_no_distance_apart() -> None:
    assert gower.distances(BASE, [dict(BASE), BASE | {"lr0": 0.1}]).tolist() == [0.0, 1.0]


def test_what_is_constant_does_not_dilute_what_was_changed() -> None:
    many = BASE | {f"default_{place}": place for place in range(100)}
    assert gower.distances(many, [many | {"lr0": 0.1}]).tolist() == [1.0]


def test_learning_rates_are_apart_by_factors_and_sizes_by_differences() -> None:
    rates = gower.distances({"lr0": 0.01}, [{"lr0": 0.1}, {"lr0": 0.001}, {"lr0": 0.0316227766}])
    assert rates.tolist() == pytest.approx([0.5, 0.5, 0.25])
    sizes = gower.distances({"imgsz": 640}, [{"imgsz": 320}, {"imgsz": 960}, {"imgsz": 800}])
    assert sizes.tolist() == pytest.approx([0.5, 0.5, 0.25])


def test_a_setting_that_only_one_has_is_not_compared() -> None:
    assert gower.distances(BASE, [{"lr0": 0.01}, {"lr0": 0.1, "imgsz": 640}]).tolist() == [0.0, 0.5 * 2]
    assert math.isnan(gower.distances(BASE, [{"other": 1}])[0])


def test_words_and_truth_values_are_the_same_or_not() -> None:
    others = [BASE | {"optimizer": "AdamW"}, BASE | {"optimizer": "AdamW", "mosaic": 0.0}]
    assert gower.distances(BASE, others).tolist() == [0.5, 1.0]
    assert gower.distances({"rect": True}, [{"rect": False}, {"rect": 1}]).tolist() == [1.0, 0.0]


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.integers(-9, 9) | st.booleans() | st.text(max_size=2)), min_size=1
    )
)
def test_distances_lie_between_0_and_1(many) -> None:
    for distance in gower.distances(many[0], many):
        assert math.isnan(distance) or 0 <= distance <= 1
    assert not many[0] or gower.distances(many[0], many)[0] == 0
