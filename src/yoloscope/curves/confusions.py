"""The confusion matrix of a detector: what each object was taken for, background included."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection

BACKGROUND = -1
IOU = 0.45
"""How much a prediction must overlap an object, more than this, to be about it; what YOLO's own matrices have used since YOLOv5."""
CONFIDENCE = 0.25
"""From where on a prediction counts, more than this; the default at which YOLO models predict, so the matrix shows what a user would see."""
CLASSES_MAX = 1000
"""A matrix of more classes is 8 MB and cannot be read; `matrix` then shows the most frequent."""


class Confusions(NamedTuple):
    """``counts`` is ``(k, k)`` float64, [predicted, true]; ``classes`` says what its places are, background (-1) last."""

    counts: NDArray[np.float64]
    classes: tuple[int, ...]


def of_boxes(compared: detection.Compared, *, classes: int) -> Confusions:
    """Return the matrix of a detector; the caller leaves out predictions of `CONFIDENCE` or less before it compares.

    A prediction and the object it takes count at [its class, the object's]; a prediction without object at [its class, background], an
    object without prediction at [background, its class]. The class plays no part in who takes what.
    """
    taken = detection.match(compared, compared.near.taken(compared.near.iou > IOU))
    matched, missed = taken >= 0, np.ones(len(compared.true.images), np.bool_)
    missed[taken[matched]] = False
    were = np.full(len(taken), BACKGROUND, np.int64)
    were[matched] = compared.true.classes[taken[matched]]
    said = np.concatenate([compared.predicted.classes, np.full(int(missed.sum()), BACKGROUND, np.int64)])
    were = np.concatenate([were, compared.true.classes[missed]])
    return of_labels(said, were, classes=classes, has_background=True)


def of_labels(
    predicted: NDArray[np.int64], true: NDArray[np.int64], *, classes: int, has_background: bool = False
) -> Confusions:
    """Return how often each predicted class stood for each true one; both ``(n,)``, `BACKGROUND` where there is none.

    Of more than `CLASSES_MAX` classes those are shown that occur most; an entry of another class is left out.
    """
    known = (predicted < classes) & (true < classes)
    predicted, true = predicted[known], true[known]
    shown = _shown(predicted, true, classes=classes)
    place = np.full(classes + 1, -1, np.int64)
    place[shown] = np.arange(len(shown))
    places = len(shown)
    if has_background:
        place[BACKGROUND], places = places, places + 1
    rows, columns = place[predicted], place[true]
    inside = (rows >= 0) & (columns >= 0)
    counts = np.zeros((places, places), np.float64)
    np.add.at(counts, (rows[inside], columns[inside]), 1.0)
    labels = (*shown.tolist(), BACKGROUND) if has_background else tuple(shown.tolist())
    return Confusions(counts, labels)


def _shown(predicted: NDArray[np.int64], true: NDArray[np.int64], *, classes: int) -> NDArray[np.int64]:
    if classes <= CLASSES_MAX:
        return np.arange(classes)
    both = np.concatenate([predicted, true])
    often = np.bincount(both[both >= 0], minlength=classes)
    return np.sort(np.argsort(-often, kind="stable")[:CLASSES_MAX])
