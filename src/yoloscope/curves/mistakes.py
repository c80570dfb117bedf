"""What kind each mistake of a detector is, by the error types of TIDE.

Source: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020, section 2.2.
The paper names six kinds by how much a wrong prediction overlaps an object; where several fit, we take the first of the order in `KINDS`:
an overlap that is large says more than one that is small. The paper weighs kinds by what mending them would add to AP; we count them at
one confidence, since counts of an epoch can be added up by class and compared by eye.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection

FOREGROUND_IOU = 0.5
"""The paper's t_f: from this overlap on a prediction is about the object."""
BACKGROUND_IOU = 0.1
"""The paper's t_b: below this overlap a prediction is about nothing."""
KINDS = ("correct", "duplicate", "classification", "localisation", "both", "background")
"""Of predictions: right; right, but the object was taken by a surer one; wrong class; right class, badly placed; both; nothing there."""


class Mistakes(NamedTuple):
    """``kinds`` ``(n,)`` int64 indexes `KINDS` for each prediction; ``found`` and ``missed`` ``(m,)`` bool tell of each object.

    An object is found if a correct prediction took it, and missed if besides no prediction about it had only the wrong class or only
    the wrong place: such an object is one mistake, not two.
    """

    kinds: NDArray[np.int64]
    found: NDArray[np.bool_]
    missed: NDArray[np.bool_]


def of_boxes(compared: detection.Compared) -> Mistakes:
    """Return the kind of every prediction, and which objects were found or missed."""
    near = compared.near
    is_same, is_about = _same_class(compared), near.iou >= FOREGROUND_IOU
    is_correct = _taken(compared) >= 0
    kinds = np.full(len(is_correct), KINDS.index("background"), np.int64)
    fits = {
        "both": ~is_same & ~is_about,
        "localisation": is_same & ~is_about,
        "classification": ~is_same & is_about,
        "duplicate": is_same & is_about,
    }
    for kind, which in fits.items():  # what is written last is what comes first in KINDS
        kinds[near.predicted[which]] = KINDS.index(kind)
    kinds[is_correct] = KINDS.index("correct")
    was_found = found(compared)
    missed = ~was_found
    for kind in ("classification", "localisation"):
        missed[_meant(near.taken(fits[kind] & (kinds[near.predicted] == KINDS.index(kind))))] = False
    return Mistakes(kinds, was_found, missed)


def found(compared: detection.Compared) -> NDArray[np.bool_]:
    """Return which objects a prediction of the right class took: ``(m,)``."""
    taken = _taken(compared)
    was_found = np.zeros(len(compared.true.images), np.bool_)
    was_found[taken[taken >= 0]] = True
    return was_found


def _taken(compared: detection.Compared) -> NDArray[np.int64]:
    near = compared.near
    return detection.match(compared, near.taken(_same_class(compared) & (near.iou >= FOREGROUND_IOU)))


def _same_class(compared: detection.Compared) -> NDArray[np.bool_]:
    return compared.predicted.classes[compared.near.predicted] == compared.true.classes[compared.near.true]


def _meant(candidates: detection.Pairs) -> NDArray[np.int64]:
    """Return for each prediction the object it overlaps most: the first of its pairs."""
    is_first = np.ones(len(candidates.predicted), np.bool_)
    is_first[1:] = candidates.predicted[1:] != candidates.predicted[:-1]
    return candidates.true[is_first]
