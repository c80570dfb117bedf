"""Shares of the spread: what decides has all, what chance does has none, what only changes with the block is not told."""

import numpy as np
import pytest

from yoloscope.curves import importance

ONE_BLOCK = np.zeros(24, np.int64)


def _binary(count: int, *, n: int = 24, seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 2, n) for _ in range(count)]


def test_the_column_that_decides_has_the_share_and_the_others_none() -> None:
    columns = _binary(4)
    values = columns[2] + np.random.default_rng(1).normal(size=24) * 0.1
    found = importance.shares(values, columns, blocks=ONE_BLOCK)
    assert found[2].share == pytest.approx(0.96, abs=0.03)
    assert [one.p is not None and one.p <= 0.05 for one in found] == [False, False, True, False]
    assert found[2].p == 1 / (importance.DRAWS + 1)


def test_the_share_is_epsilon_squared() -> None:
    codes, values = np.repeat([0, 1, 2], 4), np.arange(12.0) % 5
    means = np.array([values[codes == at].mean() for at in range(3)])
    within, total = ((values - means[codes]) ** 2).sum(), ((values - values.mean()) ** 2).sum()
    expected = max(0.0, 1 - (within / 9) / (total / 11))
    [found] = importance.shares(values, [codes], blocks=np.zeros(12, np.int64))
    assert found.share == pytest.approx(expected)


def test_what_differs_between_blocks_is_not_put_down_to_a_column() -> None:
    blocks = np.repeat([0, 1], 12)
    column = np.where(np.arange(24) % 6 == 0, 1 - blocks, blocks)  # mostly goes with the block
    values = 10.0 * blocks + np.random.default_rng(2).normal(size=24)
    within, across = (importance.shares(values, [column], blocks=one)[0] for one in (blocks, ONE_BLOCK))
    assert across.p is not None
    assert within.p is not None
    assert (across.p <= 0.05, within.p > 0.05) == (True, True)


def test_a_column_that_only_changes_with_the_block_or_leaves_nothing_over_is_not_told() -> None:
    values, blocks = np.random.default_rng(3).normal(size=24), np.repeat([0, 1], 12)
    found = importance.shares(values, [blocks, np.arange(24), np.arange(24) % 2], blocks=blocks)
    assert [one.share is None for one in found] == [True, True, False]
    assert importance.shares(np.array([1.0]), [np.array([0])], blocks=np.array([0])) == [importance.Share(None, None)]


def test_values_that_are_all_equal_have_no_spread_to_share() -> None:
    assert importance.shares(np.ones(24), _binary(1), blocks=ONE_BLOCK) == [importance.Share(None, None)]
    assert importance.together(np.ones(24), _binary(1), blocks=ONE_BLOCK) is None


def test_the_same_question_has_the_same_answer() -> None:
    values, columns = np.random.default_rng(4).normal(size=24), _binary(3)
    one, other = (importance.shares(values, columns, blocks=ONE_BLOCK, draws=99) for _ in range(2))
    assert one == other


def test_together_tells_what_each_adds_to_the_others() -> None:
    random = np.random.default_rng(5)
    a, b = random.integers(0, 2, 80), random.integers(0, 2, 80)
    copied = np.where(random.random(80) < 0.9, a, 1 - a)  # tells mostly what a tells
    values = 1.0 * a + 0.5 * b + 0.1 * random.normal(size=80)
    found = importance.together(values, [a, b, copied], blocks=np.zeros(80, np.int64))
    assert found is not None
    assert found.share > 0.9
    assert found.unique[0] > found.unique[1] > found.unique[2]
    assert found.unique[2] < 0.01


def test_together_needs_more_values_than_groups() -> None:
    assert importance.together(np.arange(6.0), _binary(4, n=6), blocks=np.zeros(6, np.int64)) is None


def test_association_is_one_for_the_same_and_nothing_for_what_has_nothing_to_do_with_it() -> None:
    one, other = np.repeat([0, 1, 2], 8), np.tile([0, 1], 12)
    assert importance.association(one, (one + 1) % 3) == pytest.approx(1.0)
    assert importance.association(one, other) == 0.0
    assert importance.association(one, np.zeros(24, np.int64)) == 0.0
    assert importance.same_groups(one, (one + 1) % 3)
    assert not importance.same_groups(one, other)
    assert not importance.same_groups(one, np.arange(24))


@pytest.mark.slow
def test_twenty_columns_of_chance_look_strong_in_one_case_of_twenty() -> None:
    random = np.random.default_rng(6)
    found = 0
    for _ in range(400):
        columns = [random.integers(0, groups, 30) for groups in [2] * 14 + [4] * 6]
        blocks = random.integers(0, 2, 30)
        told = importance.shares(random.normal(size=30) + blocks, columns, blocks=blocks, draws=199)
        found += min(one.p for one in told if one.p is not None) <= 0.05
    assert 0.02 <= found / 400 <= 0.08
