import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses

from yoloscope.diagnose import mistakes

KINDS = mistakes.Mistakes.__struct_fields__
COUNT = st.integers(0, 1000).map(float)


def counted(**curves: hand.Curve) -> dict[str, hand.Curve]:
    length = max(len(curve) for curve in curves.values())
    return {f"errors/{kind}": curves.get(kind, courses.flat(length, 0.0)) for kind in KINDS}


def test_mistakes_are_summed_over_the_newest_epochs_or_those_before_them() -> None:
    run = hand.view(epochs=counted(correct=[100, 1, 2, 3, 4], missed=[0, 5, 5, 7, 7]))
    assert mistakes.recent(run, epochs=2) == mistakes.Mistakes(correct=7, missed=14)
    assert mistakes.recent(run, epochs=2, ago=2) == mistakes.Mistakes(correct=3, missed=10)


def test_before_there_are_as_many_epochs_nothing_is_said() -> None:
    run = hand.view(epochs=counted(correct=[1, 2, 3]))
    assert mistakes.recent(run, epochs=3) == mistakes.Mistakes(correct=6)
    assert mistakes.recent(run, epochs=4) is None
    assert mistakes.recent(run, epochs=2, ago=2) is None


def test_ten_epochs_of_a_long_training_are_kept() -> None:
    run = hand.view(epochs=counted(correct=list(range(40))))
    assert mistakes.recent(run, epochs=5, ago=5) == mistakes.Mistakes(correct=30 + 31 + 32 + 33 + 34)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_nobody_counts_is_no_zero(kind) -> None:
    curves = counted(correct=[1.0, 2.0])
    assert mistakes.recent(hand.view(epochs=curves), epochs=2) is not None
    del curves[f"errors/{kind}"]
    assert mistakes.recent(hand.view(epochs=curves), epochs=2) is None


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_count_that_is_no_number_is_no_zero(odd) -> None:
    assert mistakes.recent(hand.view(epochs=counted(correct=[1.0, odd, 2.0])), epochs=2) is None
    assert mistakes.recent(hand.view(epochs=counted(correct=[odd, 1.0, 2.0])), epochs=2) is not None


def test_boxes_that_fit_are_told_from_those_that_do_not() -> None:
    found = mistakes.Mistakes(correct=30, classification=10, localisation=7, both=2, background=99, missed=50)
    assert (found.placed, found.confused, found.displaced) == (40, 0.25, 9)
    assert mistakes.Mistakes(background=9).confused == 0.0


@given(st.builds(mistakes.Mistakes, **dict.fromkeys(KINDS, COUNT)))
def test_the_share_of_wrong_classes_is_a_share(found) -> None:
    assert 0.0 <= found.confused <= 1.0
    assert found.confused * found.placed == pytest.approx(found.classification)
