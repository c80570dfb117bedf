"""How well a detector did on each single image, as one number that orders images from worst to best."""

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection

IOU = 0.5


def of_boxes(compared: detection.Compared, *, images: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a score from 0 to 1 for each of `images`, ascending numbers ``(n,)``; NaN where nothing is there and nothing was said.

    It is F1 times the mean IoU of what was found: the sum of IoU over true positives by TP + FP / 2 + FN / 2, where a true positive has the
    right class and an IoU of more than 0.5. F1 alone would leave most images of a good detector equal.

    Source: panoptic quality, Kirillov et al. 2019, equation 1, over boxes in place of segments and over all classes together.
    """
    predicted, true, near = compared
    is_same = predicted.classes[near.predicted] == true.classes[near.true]
    taken = detection.match(compared, near.taken(is_same & (near.iou > IOU)))
    hit = taken >= 0
    overlap = detection.iou_of(predicted.xyxy[hit], true.xyxy[taken[hit]])
    summed = np.bincount(np.searchsorted(images, predicted.images[hit]), weights=overlap, minlength=len(images))
    both = np.concatenate([predicted.images, true.images])
    boxes = np.bincount(np.searchsorted(images, both), minlength=len(images))
    with np.errstate(invalid="ignore"):
        return summed / (boxes / 2)  # a true positive is in both, so half of all boxes is TP + FP / 2 + FN / 2
