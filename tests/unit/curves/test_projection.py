"""Principal components against numpy's own decomposition, and which points are shown."""

import numpy as np
import pytest

from yoloscope.curves import projection

CHANCE = np.random.default_rng(3)


@pytest.mark.parametrize("shape", [(200, 16), (16, 200), (5, 2), (3, 3)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_components_are_those_of_the_singular_values(shape: tuple[int, int], dimensions: int) -> None:
    vectors = CHANCE.normal(size=shape) * np.linspace(1, 9, shape[1])
    points, shares = projection.principal(vectors, dimensions=dimensions)
    left, lengths, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    there = min(dimensions, len(lengths))
    expected = np.zeros((len(vectors), dimensions))
    expected[:, :there] = left[:, :there] * lengths[:there]
    assert np.allclose(np.abs(expected), np.abs(points), atol=1e-9)
    told = [*(lengths[:there] ** 2 / (lengths**2).sum()), *[0.0] * (dimensions - there)]
    assert np.allclose(told, shares)


def test_a_direction_points_to_where_its_furthest_vector_is() -> None:
    vectors = np.array([[-9.0, 0], [1, 1], [1, -1], [2, 0]])
    points, _ = projection.principal(vectors, dimensions=2)
    turned, _ = projection.principal(-vectors, dimensions=2)
    assert points[0, 0] > 0
    assert np.allclose(points, turned)


@pytest.mark.parametrize(("count", "width"), [(0, 4), (1, 4), (4, 1)])
def test_directions_that_there_are_not_are_zero(count: int, width: int) -> None:
    points, shares = projection.principal(np.ones((count, width)), dimensions=3)
    assert points.tolist() == [[0.0] * 3] * count
    assert shares == [0.0] * 3


@pytest.mark.parametrize("length", [1.0, 1e-30, 1e30])
def test_points_on_a_line_have_no_second_direction(length: float) -> None:
    points, shares = projection.principal(np.outer(np.arange(7.0), [1, 2, 3]) * length, dimensions=3)
    assert np.ptp(points[:, 0]) > 0
    assert points[:, 1:].tolist() == [[0.0, 0.0]] * 7
    assert shares[1:] == [0.0, 0.0]


def test_of_many_points_a_fixed_sample_is_shown() -> None:
    vectors = np.zeros((100, 2))
    chosen = projection.shown(vectors, most=10)
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    assert (len(chosen), chosen.tolist()) == (10, projection.shown(vectors, most=10).tolist())
    assert projection.shown(vectors, most=100).tolist() == list(range(100))


def test_points_with_nan_or_infinities_are_left_out() -> None:
    vectors = np.array([[0.0, 1], [np.nan, 1], [2, np.inf], [3, 4]])
    assert projection.shown(vectors, most=9).tolist() == [0, 3]
