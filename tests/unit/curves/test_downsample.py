"""Buckets: equal to counting by hand, whatever order, repetition, NaN or infinity comes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.curves import downsample

X = st.integers(-20, 20).map(float) | st.floats(allow_nan=True, allow_infinity=True)
Y = st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 1.5]) | st.floats(-1e9, 1e9)
POINTS = st.lists(st.tuples(X, Y), max_size=60)


@given(points=POINTS, buckets=st.integers(1, 20), window=st.tuples(X | st.none(), X | st.none()))
def test_buckets_equal_counting_by_hand(
    points: list[tuple[float, float]], buckets: int, window: tuple[float | None, float | None]
) -> None:
    lo, hi = (None if edge is None or math.isnan(edge) else edge for edge in window)
    x = np.array([x for x, _ in points], np.float64)
    y = np.array([y for _, y in points], np.float64)
    found = downsample.bucketed(x, y, buckets=buckets, lo=lo, hi=hi)
    expected = _by_hand(points, buckets=buckets, lo=lo, hi=hi)
    assert [_plain(bucket) for bucket in expected] == [
        _plain([(float(found.x[i]), 0.0), (float(found.x_end[i]), 0.0)], found=found, at=i) for i in range(len(found.x))
    ]
    means = [_mean([y for _, y in bucket]) for bucket in expected]
    np.testing.assert_allclose(found.mean, means, rtol=1e-9, atol=1e-6)


def _by_hand(
    points: list[tuple[float, float]], *, buckets: int, lo: float | None, hi: float | None
) -> list[list[tuple[float, float]]]:
    inside = [(x, y) for x, y in points if math.isfinite(x) and (lo is None or x >= lo) and (hi is None or x <= hi)]
    if not inside:
        return []
    inside.sort(key=lambda point: point[0])
    edges = downsample.edges_of(inside[0][0], inside[-1][0], buckets=buckets).tolist()
    found: list[list[tuple[float, float]]] = [[] for _ in range(buckets)]
    for x, y in inside:
        at = max((number for number in range(buckets) if x >= edges[number]), default=0)
        # A point on an edge that several buckets share, because they have no width, opens the first of them.
        while at and edges[at] == edges[at - 1]:
            at -= 1
        found[at].append((x, y))
    return [bucket for bucket in found if bucket]


def _plain(
    bucket: list[tuple[float, float]], *, found: downsample.Buckets | None = None, at: int = 0
) -> tuple[object, ...]:
    if found is not None:
        columns = (found.first, found.last, found.min, found.max)
        numbers = tuple(repr(float(column[at]) + 0.0) for column in columns)
        return (bucket[0][0], bucket[-1][0], *numbers, int(found.count[at]), int(found.nan[at]))
    ys = [y for _, y in bucket]
    real = [y for y in ys if not math.isnan(y)]
    low, high = (min(real), max(real)) if real else (math.nan, math.nan)
    numbers = tuple(repr(y + 0.0) for y in (ys[0], ys[-1], low, high))
    return (bucket[0][0], bucket[-1][0], *numbers, len(ys), len(ys) - len(real))


def _mean(ys: list[float]) -> float:
    real = [y for y in ys if not math.isnan(y)]
    if not real:
        return math.nan
    infinite = {y for y in real if math.isinf(y)}
    if infinite:
        return infinite.pop() if len(infinite) == 1 else math.nan
    return math.fsum(real) / len(real)


def test_edges_ascend_and_end_exactly() -> None:
    for low, high in ((0.0, 1.0), (-1.7e308, 1.7e308), (5e-324, 1e-323), (3.0, 3.0), (1e15, 1e15 + 2)):
        edges = downsample.edges_of(low, high, buckets=7)
        assert (low, high) == (edges[0], edges[-1])
        assert (edges[1:] >= edges[:-1]).all()


def test_buckets_are_equally_wide_in_x() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 100.0])
    found = downsample.bucketed(x, x, buckets=4)
    assert (found.x.tolist(), found.x_end.tolist(), found.count.tolist()) == ([0.0, 100.0], [3.0, 100.0], [4, 1])


def test_the_mean_of_huge_values_is_finite() -> None:
    huge = np.full(4, 1.7e308)
    assert pytest.approx(downsample.bucketed(np.arange(4.0), huge, buckets=1).mean.tolist()) == [1.7e308]


def test_points_of_equal_x_keep_their_order() -> None:
    found = downsample.bucketed(np.array([1.0, 0.0, 1.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0]), buckets=2)
    assert (found.first.tolist(), found.last.tolist()) == ([2.0, 1.0], [4.0, 3.0])


def test_every_extreme_of_a_long_curve_is_in_a_bucket() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=200_000)
    y[123_456], y[7] = 99.0, -99.0
    found = downsample.bucketed(np.arange(200_000.0), y, buckets=500)
    assert (len(found.x), found.count.sum(), found.max.max(), found.min.min()) == (500, 200_000, 99.0, -99.0)
