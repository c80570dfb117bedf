import math

import pytest
from benchmarks.diagnosis import intervals
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 60, 0.0030, 0.0886), (0, 0, 0.0, 1.0)],
)
def test_an_interval_is_wilsons(hits: int, count: int, low: float, high: float) -> None:
    assert intervals.wilson(hits, count) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_an_interval_holds_the_share_and_its_mirror_is_that_of_the_misses(counted: tuple[int, int]) -> None:
    hits, count = counted
    low, high = intervals.wilson(hits, count)
    assert 0 <= low <= hits / count <= high <= 1
    mirrored = intervals.wilson(count - hits, count)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high), abs=1e-9)


def test_a_share_says_its_counts_and_that_of_nothing_says_nothing() -> None:
    assert str(intervals.share([True, False, True, True])) == "0.75 (3/4, 0.30–0.95)"
    assert str(intervals.share([])) == "–"


def test_a_mean_of_shares_gives_each_the_same_weight_and_leaves_out_empty_ones() -> None:
    assert intervals.macro([intervals.Share(1, 1), intervals.Share(0, 9), intervals.Share(0, 0)]) == 0.5
    assert math.isnan(intervals.macro([]))


def test_medians_of_even_and_odd_counts() -> None:
    assert (intervals.median([3.0, 1.0, 2.0]), intervals.median([4.0, 1.0, 2.0, 3.0])) == (2.0, 2.5)
    assert math.isnan(intervals.median([]))
