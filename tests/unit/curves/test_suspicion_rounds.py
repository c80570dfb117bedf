"""What is kept of many rounds: means, whatever is joined in whatever order."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import suspicions

from yoloscope.curves.suspicion import ranking, rounds

ROUNDS = rounds.ROUNDS_MOST + 5


@pytest.fixture(scope="module")
def long() -> rounds.Kept:
    return suspicions.record(ROUNDS)


def sums(kept: rounds.Kept, name: str) -> np.ndarray:
    """Return for each box the sum over its looks."""
    key = kept.looks["image"].astype(np.int64) * 2 + kept.looks["box"]
    return np.bincount(key, kept.looks[name].astype(float) * kept.looks["looks"])


def test_no_look_is_lost_and_means_stay(long: rounds.Kept) -> None:
    found = rounds.bounded(long)
    assert len(found.rounds) == rounds.ROUNDS_MOST
    assert len(found.looks) == rounds.ROUNDS_MOST * suspicions.PICTURES * 2
    assert found.looks["looks"].sum() == long.looks["looks"].sum()
    assert found.visits["looks"].sum() == long.visits["looks"].sum()
    for name in ("said", "other", "sure", "iou", "epoch"):
        assert np.allclose(sums(found, name), sums(long, name), rtol=2e-3)


def test_the_ranking_stays_what_it_was(long: rounds.Kept) -> None:
    before, after = (ranking.rank(*kept, classes=suspicions.labels()) for kept in (long, rounds.bounded(long)))
    assert {(one.image, one.box, one.kind) for one in after} == suspicions.WRONG
    assert {one.image: one.score for one in after} == pytest.approx({one.image: one.score for one in before}, rel=0.1)
    assert {one.looks for one in after} == {ROUNDS}


def test_the_oldest_of_equal_rounds_are_joined_first(long: rounds.Kept) -> None:
    found = rounds.bounded(long)
    weights = np.bincount(found.visits["round"], found.visits["looks"])[found.rounds]
    assert weights.tolist() == [2 * suspicions.PICTURES] * 5 + [suspicions.PICTURES] * 11


def test_few_rounds_are_left_as_they_are() -> None:
    kept = suspicions.record(3)
    assert all(np.array_equal(some, others) for some, others in zip(rounds.bounded(kept), kept, strict=True))


def test_pictures_move_and_go_and_later_epochs_go() -> None:
    kept = suspicions.record(3)
    numbers = np.full(suspicions.PICTURES, -1, np.int64)
    numbers[37] = 5
    found = rounds.where(kept, numbers, until=2.0)
    assert set(found.visits["image"].tolist()) == set(found.extras["image"].tolist()) == {5}
    assert sorted(found.looks["epoch"].tolist()) == [1, 1, 2, 2]
