"""Which prediction is which object: boxes of many images at once, their overlaps, and one matching of them.

`integrations` gathers the boxes of a validation and calls this once at its end; `confusions`, `mistakes`, `box_sizes` and
`image_scores` say what follows from a matching. All images are worked on together: nothing here loops over images or boxes.
"""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PAIRS_AT_ONCE = 1_000_000
"""Overlaps computed in one go: about 100 MB of working memory at most."""
NEAR_IOU = 0.1
"""The least overlap that any of the measures asks for."""


class Boxes(NamedTuple):
    """n boxes of any number of images; `sort` brings them into the order that all functions here expect.

    ``images`` is ``(n,)`` int64, the number of the image each is on; ``xyxy`` ``(n, 4)`` float32, pixels; ``classes`` ``(n,)`` int64;
    ``scores`` ``(n,)`` float32, 1 for what is true.
    """

    images: NDArray[np.int64]
    xyxy: NDArray[np.float32]
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]

    def taken(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Boxes":
        """Return the boxes that a mask or indices name."""
        return Boxes(self.images[which], self.xyxy[which], self.classes[which], self.scores[which])


class Pairs(NamedTuple):
    """Predictions and true boxes of the same image that overlap, each by its index, and by how much; all ``(m,)``."""

    predicted: NDArray[np.int64]
    true: NDArray[np.int64]
    iou: NDArray[np.float32]

    def taken(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Pairs":
        """Return the pairs that a mask or indices name."""
        return Pairs(self.predicted[which], self.true[which], self.iou[which])


class Compared(NamedTuple):
    """Predictions and true boxes, both sorted, and the pairs of them that overlap by `NEAR_IOU` or more; made by `compare` once for all measures."""

    predicted: Boxes
    true: Boxes
    near: Pairs


def compare(predicted: Boxes, true: Boxes) -> Compared:
    """Return boxes in order and what overlaps what; the caller leaves out predictions that are not sure enough to count."""
    predicted, true = sort(predicted), sort(true)
    return Compared(predicted, true, pairs(predicted, true, least=NEAR_IOU))


def joined(parts: list[Boxes]) -> Boxes:
    """Return the boxes of all parts, one behind the other."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Boxes(none, np.zeros((0, 4), np.float32), none, np.zeros(0, np.float32))
    return Boxes(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def sort(boxes: Boxes) -> Boxes:
    """Return boxes by image, within one from the surest down; those that are equal stay in their order."""
    return boxes.taken(np.lexsort((-boxes.scores, boxes.images)))


def iou_of(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the intersection over union of ``(n, 4)`` and ``(n, 4)`` xyxy boxes, row by row; 0 where both are empty.

    Source: Jaccard 1901 for areas of boxes. A box whose corners are swapped has no area.
    """
    low, high = np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])
    shared = np.maximum(high - low, 0).prod(axis=1)
    union = areas(first) + areas(second) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def areas(xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the areas ``(n,)`` of ``(n, 4)`` xyxy boxes, in square pixels."""
    return np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0).prod(axis=1)


def pairs(predicted: Boxes, true: Boxes, *, least: float) -> Pairs:
    """Return all pairs of one image with an IoU of at least `least`, the pairs of one prediction together, best first.

    Both must be sorted (`sort`). Memory is bounded by `PAIRS_AT_ONCE`, however many boxes an image has.
    """
    first = np.searchsorted(true.images, predicted.images, side="left")
    counts = np.searchsorted(true.images, predicted.images, side="right") - first
    ends = np.cumsum(counts)
    cuts = np.searchsorted(ends, np.arange(PAIRS_AT_ONCE, int(ends[-1]) if len(ends) else 0, PAIRS_AT_ONCE))
    borders = [0, *np.unique(cuts).tolist(), len(counts)]
    found: list[Pairs] = []
    for begin, end in itertools.pairwise(borders):
        found.append(_near(predicted, true, _all_pairs(first, counts, begin=begin, end=end), least=least))
    near = Pairs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
    return near.taken(np.lexsort((-near.iou, near.predicted)))


def _all_pairs(
    first: NDArray[np.int64], counts: NDArray[np.int64], *, begin: int, end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of every pair of the predictions from `begin` to `end`."""
    some = counts[begin:end]
    predicted = np.repeat(np.arange(begin, end), some)
    within = np.arange(len(predicted)) - np.repeat(np.cumsum(some) - some, some)
    return predicted, within + np.repeat(first[begin:end], some)


def _near(
    predicted: Boxes, true: Boxes, indices: tuple[NDArray[np.int64], NDArray[np.int64]], *, least: float
) -> Pairs:
    iou = iou_of(predicted.xyxy[indices[0]], true.xyxy[indices[1]])
    return Pairs(*indices, iou).taken(iou >= least)


def match(compared: Compared, candidates: Pairs) -> NDArray[np.int64]:
    """Return for each prediction the index of the true box it takes, -1 for none: ``(n,)``.

    From the surest prediction down, each takes of its candidates that are still free the one it overlaps most; a true box is taken once.
    `candidates` are those of ``compared.near`` that may be taken.

    Source: the order of COCO's evaluation (Lin et al. 2014, cocoeval). Here all images advance together: each prediction asks for
    its best candidate, a true box keeps the surest that asked, the others ask for their next (deferred acceptance, Gale and
    Shapley 1962). As all true boxes prefer the same order, the outcome is the one of going through them one by one.
    """
    predictions, truths = len(compared.predicted.images), len(compared.true.images)
    at = np.searchsorted(candidates.predicted, np.arange(predictions), side="left")
    end = np.searchsorted(candidates.predicted, np.arange(predictions), side="right")
    keeper = np.full(truths, predictions, np.int64)
    asking = np.flatnonzero(at < end)
    while len(asking):
        wanted = candidates.true[at[asking]]
        before = keeper[wanted]
        np.minimum.at(keeper, wanted, asking)
        won = keeper[wanted] == asking
        sent_away = before[won]
        refused = np.concatenate([asking[~won], sent_away[sent_away < predictions]])
        at[refused] += 1
        asking = refused[at[refused] < end[refused]]
    taken = np.full(predictions, -1, np.int64)
    kept = np.flatnonzero(keeper < predictions)
    taken[keeper[kept]] = kept
    return taken
