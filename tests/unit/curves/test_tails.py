"""Student's t against tables and against whole numbers where the incomplete beta function is a sum."""

import math

import pytest

from yoloscope.curves import tails


@pytest.mark.parametrize(
    ("df", "level", "expected"),
    [
        (1, 0.95, 12.7062047),
        (2, 0.95, 4.3026527),
        (4, 0.95, 2.7764451),
        (5, 0.99, 4.0321430),
        (30, 0.95, 2.0422725),
        (1e6, 0.95, 1.9599664),
    ],
)
def test_quantiles_are_those_of_tables(df: float, level: float, expected: float) -> None:
    found = tails.t_quantile(level, df=df)
    assert found == pytest.approx(expected, abs=1e-6)
    assert tails.two_sided(found, df=df) == pytest.approx(1 - level, abs=1e-9)


@pytest.mark.parametrize(("a", "b", "x"), [(1, 1, 0.3), (3, 2, 0.7), (2, 9, 0.05), (12, 4, 0.9), (5, 5, 0.5)])
def test_the_incomplete_beta_function_is_a_sum_for_whole_numbers(a: int, b: int, x: float) -> None:
    n = a + b - 1
    expected = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert tails.incomplete_beta(x, a=a, b=b) == pytest.approx(expected, abs=1e-12)


def test_tails_end_at_zero_and_infinity() -> None:
    assert (tails.two_sided(0.0, df=3.5), tails.two_sided(math.inf, df=3.5)) == (1.0, 0.0)
    assert tails.two_sided(-2.0, df=3.5) == tails.two_sided(2.0, df=3.5)
