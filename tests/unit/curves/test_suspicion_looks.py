"""One look: what is kept of predictions and labels, against the definitions written out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope.curves.suspicion import looks as seeing

LABEL = np.array([[0.2, 0.2, 0.6, 0.6]], np.float32)


def seen(
    boxes: list[list[float]], chances: list[list[float]], *, truth: np.ndarray = LABEL, classes: tuple[int, ...] = (0,)
) -> tuple[seeing.Rows, seeing.Rows]:
    return seeing.look(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(chances, np.float32).reshape(-1, 2),
        truth=truth,
        classes=np.array(classes, np.int64),
    )


def test_a_label_that_is_seen_as_it_is() -> None:
    [row], extras = seen([[0.2, 0.2, 0.6, 0.6]], [[0.9, 0.05]])
    told = {name: float(row[name]) for name in ("said", "other", "sure", "iou")}
    assert told == pytest.approx({"said": 0.9, "other": 0.05, "sure": 0.9, "iou": 1.0}, abs=1e-3)
    assert (row["seen_class"], row["other_class"], len(extras)) == (0, 1, 0)


def test_support_is_chance_times_overlap_and_the_surest_is_taken_whatever_its_class() -> None:
    half = [0.2, 0.2, 0.6, 0.4]
    [row], _ = seen([[0.2, 0.2, 0.6, 0.6], half], [[0.3, 0.1], [0.2, 0.8]])
    told = {name: float(row[name]) for name in ("said", "other", "sure", "iou")}
    assert told == pytest.approx({"said": 0.3, "other": 0.4, "sure": 0.8, "iou": 0.5}, abs=1e-3)
    assert row["seen_class"] == 1
    assert seeing.unpacked(row["seen"]) == pytest.approx(half, abs=1e-4)


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=2, max_size=2))
@settings(max_examples=20, deadline=None)
def test_the_overlap_of_one_pair_is_that_of_many(corners: list[tuple[int, int, int, int]]) -> None:
    some, other = (np.array([[x, y, x + w, y + h]], np.float32) for x, y, w, h in corners)
    assert seeing.overlap(some[0].tolist(), other[0].tolist()) == pytest.approx(seeing.overlaps(some, other)[0, 0])


def test_a_label_where_nothing_is_seen() -> None:
    [row], extras = seen([[0.7, 0.7, 0.9, 0.9]], [[0.02, 0.01]])
    assert (row["said"], row["sure"], row["iou"], row["seen_class"], len(extras)) == (0, 0, 0, -1, 0)


def test_a_prediction_belongs_to_the_label_that_it_overlaps_most() -> None:
    truth = np.array([[0.0, 0.0, 0.4, 0.4], [0.2, 0.0, 0.6, 0.4]], np.float32)
    rows, _ = seen([[0.18, 0.0, 0.6, 0.4]], [[0.9, 0.0]], truth=truth, classes=(0, 0))
    assert rows["sure"].astype(float) == pytest.approx([0.0, 0.9], abs=1e-3)


def test_finds_are_told_once_surest_first_and_three_at_most() -> None:
    boxes = [[x, 0.7, x + 0.15, 0.9] for x in (0.0, 0.01, 0.2, 0.4, 0.6)]
    _, extras = seen(boxes, [[0.3, 0.0], [0.6, 0.0], [0.1, 0.2], [0.9, 0.0], [0.15, 0.0]])
    assert extras["sure"].astype(float) == pytest.approx([0.9, 0.6, 0.2], abs=1e-3)
    assert extras["seen_class"].tolist() == [0, 0, 1]


@pytest.mark.parametrize(("boxes", "truth"), [(0, 1), (1, 0), (0, 0)])
def test_nothing_predicted_or_nothing_labelled_is_no_fault(boxes: int, truth: int) -> None:
    rows, extras = seen([[0.7, 0.7, 0.9, 0.9]] * boxes, [[0.9, 0.1]] * boxes, truth=LABEL[:truth], classes=(0,) * truth)
    assert (len(rows), len(extras)) == (truth, boxes)


_edges = st.floats(-0.5, 1.5, width=32)
_boxes = st.lists(st.tuples(_edges, _edges, _edges, _edges), max_size=6)


@settings(max_examples=25)
@given(_boxes, _boxes)
def test_overlaps_are_symmetric_and_between_0_and_1(
    some: list[tuple[float, ...]], others: list[tuple[float, ...]]
) -> None:
    one, other = (np.sort(np.array(x, np.float32).reshape(-1, 2, 2), 1).reshape(-1, 4) for x in (some, others))
    found = seeing.overlaps(one, other)
    assert found.shape == (len(one), len(other))
    assert ((found >= 0) & (found <= 1 + 1e-5)).all()
    assert np.allclose(found, seeing.overlaps(other, one).T)


@settings(max_examples=25)
@given(_boxes)
def test_boxes_come_back_from_16_bits_cut_to_the_picture(some: list[tuple[float, ...]]) -> None:
    boxes = np.array(some, np.float32).reshape(-1, 4)
    found = seeing.unpacked(seeing.packed(boxes))
    assert np.allclose(found, np.clip(boxes, 0, 1), atol=1 / 65535)
