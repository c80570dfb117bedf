"""The matched difference: the textbook tests where it is one of these, brute force with matrices elsewhere, and its coverage."""

import math

import numpy as np
import pytest

from yoloscope.curves import effects, tails


def _by_matrices(values: np.ndarray, *, is_to: np.ndarray, strata: np.ndarray) -> tuple[float, float, float]:
    """Return estimate, HC2 standard error and Bell and McCaffrey's degrees of freedom, straight from their definitions."""
    used = effects.matched(strata, is_to=is_to)
    y, to, stratum = values[used], is_to[used].astype(float), strata[used]
    x = np.column_stack([to, stratum[:, None] == np.unique(stratum)])
    inverse = np.linalg.inv(x.T @ x)
    hat = x @ inverse @ x.T
    beta = inverse @ x.T @ y
    free = 1 - np.diag(hat)
    variance = inverse @ x.T @ np.diag((y - x @ beta) ** 2 / free) @ x @ inverse
    weighted = np.diag((x @ inverse[0]) / np.sqrt(free)) @ (np.eye(len(y)) - hat)
    m = weighted @ weighted.T
    return float(beta[0]), math.sqrt(variance[0, 0]), float(np.trace(m) ** 2 / np.trace(m @ m))


@pytest.mark.parametrize("seed", range(12))
def test_interval_and_degrees_of_freedom_are_those_of_their_definitions(seed: int) -> None:
    random = np.random.default_rng(seed)
    strata, is_to = random.integers(0, 4, 30), random.random(30) < 0.4
    values = random.normal(size=30) + strata
    found = effects.difference(values, is_to=is_to, strata=strata)
    mean, spread, df = _by_matrices(values, is_to=is_to, strata=strata)
    assert found is not None
    reach = tails.t_quantile(0.95, df=df) * spread
    told = (found.mean, found.low, found.high, found.df)
    assert told == pytest.approx((mean, mean - reach, mean + reach, df))
    assert found.p == pytest.approx(tails.two_sided(mean / spread, df=df))


def test_pairs_give_the_paired_t_test() -> None:
    one, other = np.array([0.50, 0.61, 0.40, 0.55]), np.array([0.53, 0.66, 0.41, 0.60])
    found = effects.difference(
        np.concatenate([one, other]), is_to=np.repeat([False, True], 4), strata=np.tile(np.arange(4), 2)
    )
    assert found is not None
    apart = other - one
    reach = 3.18244631 * apart.std(ddof=1) / 2
    told = (found.mean, found.low, found.high, found.df, found.n_from, found.n_to, found.strata)
    assert told == pytest.approx((apart.mean(), apart.mean() - reach, apart.mean() + reach, 3, 4, 4, 4))


def test_one_stratum_has_the_variance_of_welch() -> None:
    one, other = np.array([1.0, 2.0, 4.0, 3.0, 2.5]), np.array([5.0, 9.0, 1.0])
    found = effects.difference(np.concatenate([one, other]), is_to=np.arange(8) >= 5, strata=np.zeros(8, np.int64))
    assert found is not None
    spread = math.sqrt(one.var(ddof=1) / 5 + other.var(ddof=1) / 3)
    assert (found.high - found.mean) / tails.t_quantile(0.95, df=found.df) == pytest.approx(spread)
    assert found.df < 6  # the fewer values spread more: fewer degrees of freedom than of equal spreads


def test_a_stratum_with_one_side_says_nothing() -> None:
    strata = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2])
    is_to = np.array([0, 0, 0, 1, 1, 1, 1, 1, 0], bool)
    values = np.array([1.0, 2.0, 3.0, 2.0, 3.0, 4.0, 100.0, 200.0, -50.0])
    found = effects.difference(values, is_to=is_to, strata=strata)
    assert found is not None
    assert (found.mean, found.n_from, found.n_to, found.strata) == (pytest.approx(1.0), 3, 3, 1)


@pytest.mark.parametrize(
    ("values", "is_to"),
    [
        ([1.0, 2.0, 3.0], [False, False, True]),  # one value has no spread
        ([1.0, 1.0, 2.0, 2.0], [False, False, True, True]),  # copies have none either
        ([1.0, 2.0], [True, True]),
        ([], []),
    ],
)
def test_what_does_not_tell_how_sure_it_is_is_not_told(values: list[float], is_to: list[bool]) -> None:
    strata = np.zeros(len(values), np.int64)
    assert effects.difference(np.array(values), is_to=np.array(is_to, bool), strata=strata) is None


def test_values_that_are_all_the_same_differ_in_nothing() -> None:
    found = effects.difference(np.full(6, 0.3), is_to=np.arange(6) > 2, strata=np.zeros(6, np.int64))
    assert found is not None
    assert (found.mean, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_holm_multiplies_the_least_most() -> None:
    assert effects.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert effects.holm([0.5, 0.9]) == [1.0, 1.0]
    assert effects.holm([]) == []


@pytest.mark.slow
@pytest.mark.parametrize(("spread", "least"), [(1.0, 0.935), (0.3, 0.93), (3.0, 0.90)])
def test_the_interval_covers_the_truth_at_its_rate_and_nearly_so_when_sides_spread_differently(
    spread: float, least: float
) -> None:
    random = np.random.default_rng(7)
    is_to, strata = np.arange(14) >= 9, np.arange(14) % 2
    covered = 0
    for _ in range(1500):
        values = random.normal(size=14) * np.where(is_to, spread, 1.0) + 0.7 * is_to + 5 * strata
        found = effects.difference(values, is_to=is_to, strata=strata)
        assert found is not None
        covered += found.low <= 0.7 <= found.high
    assert least <= covered / 1500 <= 0.98
