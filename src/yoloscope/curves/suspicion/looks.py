"""One look at one picture: how well what a detector predicts there agrees with each labelled box, and what it sees beside them.

Called inside a training (`integrations.ultralytics.suspects`), kept by `spool.suspects`, judged by `ranking`. Boxes are xyxy, in parts of
the picture's width and height.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.void]
_PLACE = [("image", "<u4"), ("round", "<u2"), ("epoch", "<f4"), ("looks", "<u2")]
_SEEN = [("seen_class", "<i2"), ("seen", "<u2", (4,))]
VISIT = np.dtype(_PLACE)
"""That a picture was looked at: its number, the round, the epoch, and how many looks the row stands for."""
LOOK = np.dtype(
    [
        *_PLACE,
        ("box", "<u2"),
        ("said", "<f2"),
        ("other", "<f2"),
        ("other_class", "<i2"),
        ("sure", "<f2"),
        ("iou", "<f2"),
        *_SEEN,
    ]
)
"""What a look tells of a labelled box; the fields are those of `look`, ``seen`` in 1/65535 of the picture."""
EXTRA = np.dtype([*_PLACE, ("sure", "<f2"), *_SEEN])
"""What a look finds where no box is labelled."""

OWN_IOU = 0.1
"""A prediction that overlaps a labelled box by less has nothing to do with it. Source: the limit of background errors in TIDE (Bolya 2020)."""
SAME_IOU = 0.4
"""Two predictions that overlap by more are one thing; below the 0.5 to 0.7 of usual suppression, because a doubled find is worse here than a lost one."""
EXTRA_LEAST = 0.05
EXTRAS_MOST = 3
"""Finds kept a picture: a picture with more unlabelled things shows up by the surest of them."""
_UNIT = 65535


def overlaps(some: Floats, others: Floats) -> Floats:
    """Return the IoU of each of ``(n, 4)`` boxes with each of ``(m, 4)``: shape ``(n, m)``; 0 where both are empty."""
    low, high = np.maximum(some[:, None, :2], others[None, :, :2]), np.minimum(some[:, None, 2:], others[None, :, 2:])
    common = np.maximum(high - low, 0).prod(2)
    area, other_area = (np.maximum(box[:, 2:] - box[:, :2], 0).prod(1) for box in (some, others))
    return common / np.maximum(area[:, None] + other_area[None] - common, 1e-12)


def overlap(some: Sequence[float], other: Sequence[float]) -> float:
    """Return the IoU of two boxes as `overlaps` does, thirty times as fast for one pair."""
    width = min(some[2], other[2]) - max(some[0], other[0])
    height = min(some[3], other[3]) - max(some[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    area, other_area = ((box[2] - box[0]) * (box[3] - box[1]) for box in (some, other))
    return width * height / (area + other_area - width * height)


def look(boxes: Floats, chances: Floats, *, truth: Floats, classes: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Return a `LOOK` for each labelled box and up to three `EXTRA`; what belongs to all of them is left 0.

    ``boxes`` ``(n, 4)`` and ``chances`` ``(n, classes)`` are all that the model predicts, before any suppression; ``truth`` ``(m, 4)`` and ``classes``
    ``(m,)`` what is labelled. ``said`` is the greatest chance of the labelled class times overlap with the box, ``other`` that of
    any other class. Of all predictions that overlap this box more than any other labelled one, the surest has the chance ``sure`` and the overlap ``iou``.
    """
    near = overlaps(boxes, truth)
    sure = chances.max(1, initial=0.0)
    return _of_truth(boxes, chances, near=near, classes=classes), _extras(boxes, chances, sure=sure, near=near)


def _of_truth(boxes: Floats, chances: Floats, *, near: Floats, classes: NDArray[np.int64]) -> Rows:
    rows = np.zeros(near.shape[1], LOOK)
    rows["box"] = np.arange(len(rows))
    rows["other_class"] = rows["seen_class"] = -1
    if not len(rows) or not len(boxes):
        return rows
    each = np.arange(len(rows))
    support = (near[:, :, None] * chances[:, None, :]).max(0)
    rows["said"] = support[each, classes]
    support[each, classes] = -1.0
    rows["other"], rows["other_class"] = np.maximum(support.max(1), 0.0), support.argmax(1)
    sure = chances.max(1)
    own = (near >= OWN_IOU) & (near >= near.max(1, keepdims=True))
    chosen = np.where(own, sure[:, None], -1.0).argmax(0)
    found = own.any(0)
    rows["sure"], rows["iou"] = np.where(found, sure[chosen], 0.0), np.where(found, near[chosen, each], 0.0)
    rows["seen_class"] = np.where(found, chances.argmax(1)[chosen], -1)
    rows["seen"] = packed(boxes[chosen])
    return rows


def _extras(boxes: Floats, chances: Floats, *, sure: Floats, near: Floats) -> Rows:
    """Return the surest predictions that overlap nothing labelled, each thing once."""
    free = np.flatnonzero((sure >= EXTRA_LEAST) & (near.max(1, initial=0.0) < OWN_IOU))
    left = free[np.argsort(-sure[free], kind="stable")]
    kept: list[np.intp] = []
    while len(left) and len(kept) < EXTRAS_MOST:
        kept.append(left[0])
        left = left[overlaps(boxes[left[:1]], boxes[left])[0] < SAME_IOU]
    rows = np.zeros(len(kept), EXTRA)
    if kept:
        rows["sure"], rows["seen"] = sure[kept], packed(boxes[kept])
        rows["seen_class"] = chances[kept].argmax(1)
    return rows


def packed(boxes: Floats) -> NDArray[np.uint16]:
    """Return boxes in 1/65535 of the picture; what is outside of it is cut off."""
    return np.round(np.minimum(np.maximum(np.nan_to_num(boxes), 0), 1) * _UNIT).astype(np.uint16)


def unpacked(boxes: NDArray[np.uint16]) -> Floats:
    """Return what `packed` was given, rounded."""
    return (boxes / np.float32(_UNIT)).astype(np.float32)
