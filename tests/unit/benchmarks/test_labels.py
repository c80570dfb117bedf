import numpy as np
import pytest
from benchmarks.diagnosis import jobs, labels

BOX = labels.Box(1, 0.5, 0.4, 0.2, 0.1)


def _flawed(kind: str, share: float, boxes=(BOX,)) -> list[labels.Box]:
    return labels.flawed(boxes, [jobs.Flaw(kind, share)], classes=3, chance=np.random.default_rng(0))


def test_a_shift_is_a_share_of_the_box() -> None:
    assert _flawed("shift", 0.5) == [pytest.approx((1, 0.6, 0.45, 0.2, 0.1))]


def test_corners_stand_in_place_of_centre_and_size() -> None:
    assert _flawed("swap", 1.0) == [pytest.approx((1, 0.4, 0.35, 0.6, 0.45))]


def test_a_class_becomes_another_one() -> None:
    kinds = {box.kind for box in _flawed("permute", 1.0, [BOX] * 50)}
    assert kinds == {0, 2}


def test_a_share_of_the_boxes_is_gone() -> None:
    assert 40 <= len(_flawed("drop", 0.5, [BOX] * 100)) <= 60
    assert _flawed("drop", 0.0) == [BOX]


def test_what_is_no_flaw_of_labels_leaves_them() -> None:
    assert _flawed("leak", 1.0) == [BOX]


def test_a_line_stays_within_the_picture() -> None:
    assert labels.Box(2, 1.2, 0.5, -0.1, 0.25).line() == "2 0.999000 0.500000 0.000100 0.250000\n"
