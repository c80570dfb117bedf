"""The ranking: steady contradictions stand out as what they are, and nothing else does."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import suspicions

from yoloscope.curves.suspicion import ranking, rounds


def rank(kept: rounds.Kept, **more: float) -> list[ranking.Suspect]:
    return ranking.rank(*kept, classes=suspicions.labels(), **more)


def test_the_four_kinds_stand_out_as_what_they_are() -> None:
    found = rank(suspicions.record())
    assert {(one.image, one.box, one.kind) for one in found} == suspicions.WRONG
    of = {one.kind: one for one in found}
    assert of["wrong_class"].seen_class == (suspicions.labels()[7][0] + 1) % 3
    assert of["badly_placed"].seen == pytest.approx((0.22, 0.22, 0.6, 0.6), abs=0.03)
    assert of["nothing_there"].seen is None
    assert of["missing_label"].seen == pytest.approx((0.1, 0.6, 0.3, 0.85), abs=1e-3)
    assert of["missing_label"].sure == pytest.approx(0.85, abs=1e-3)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert {one.looks for one in found} == {4}
    assert [epoch for epoch, _ in of["wrong_class"].trajectory] == [1.0, 2.0, 3.0, 4.0]


def test_right_labels_are_not_listed() -> None:
    assert rank(suspicions.record(spoilt_in=frozenset())) == []


def test_a_single_bad_look_weighs_less_than_steady_ones() -> None:
    once, always = rank(suspicions.record(spoilt_in=frozenset({2})), least=-9.0), rank(suspicions.record())
    scores = {(one.image, one.box): one.score for one in once}
    assert all(scores[one.image, one.box] < one.score / 2 for one in always)


def test_looks_of_a_model_that_knows_nothing_hardly_count() -> None:
    kept = suspicions.record(6)
    early = kept.looks["epoch"] <= 3
    for name in ("said", "other", "sure"):
        kept.looks[name][early] *= 0.01
    found = {(one.image, one.box, one.kind): one.score for one in rank(kept)}
    late = {(one.image, one.box, one.kind): one.score for one in rank(suspicions.record(3))}
    assert set(found) >= suspicions.WRONG
    assert found[7, 0, "wrong_class"] == pytest.approx(late[7, 0, "wrong_class"], rel=0.15)


def test_the_order_of_rows_does_not_matter() -> None:
    kept, chance = suspicions.record(), np.random.default_rng(5)
    mixed = rounds.Kept(*(rows[chance.permutation(len(rows))] for rows in kept))
    assert [(one.image, one.kind) for one in rank(kept)] == [(one.image, one.kind) for one in rank(mixed)]


def test_a_rare_class_that_is_hard_to_learn_is_not_suspected_as_a_whole() -> None:
    kept = suspicions.record(12, spoilt_in=frozenset())
    classes = [np.where(np.arange(2) < (number < 6), 3, of) for number, of in enumerate(suspicions.labels())]
    hard = np.array([classes[row["image"]][row["box"]] == 3 for row in kept.looks])
    for name in ("said", "sure"):
        kept.looks[name][hard] *= 0.2
    kept.looks["sure"][hard & (kept.looks["image"] == 2)] *= 0.02  # one of them is not seen at all
    assert 0.04 < hard.mean() < 0.06
    assert [(one.image, one.box, one.kind) for one in ranking.rank(*kept, classes=classes)] == [(2, 0, "nothing_there")]


def test_too_few_looks_tell_nothing() -> None:
    kept = suspicions.record(1)
    some = rounds.Kept(kept.visits[:49], kept.looks[:98], kept.extras[kept.extras["image"] < 49])
    assert rank(some, least=-9.0) == []


def test_nothing_looked_at_is_no_fault() -> None:
    assert ranking.rank(*rounds.none(), classes=[]) == []


def test_pictures_without_labels_are_looked_at_for_missing_ones() -> None:
    kept = suspicions.record()
    bare = kept.visits.copy()
    bare["image"] += suspicions.PICTURES
    extras = kept.extras[kept.extras["image"] == 37].copy()
    extras["image"] += suspicions.PICTURES
    classes = [*suspicions.labels(), *(np.zeros(0, np.int64) for _ in range(suspicions.PICTURES))]
    visits, all_extras = np.concatenate([kept.visits, bare]), np.concatenate([kept.extras, extras])
    found = ranking.rank(visits, kept.looks, all_extras, classes=classes)
    assert {(one.image, one.kind) for one in found} >= {(37, "missing_label"), (97, "missing_label")}
