"""How many objects of each size are found: by COCO's three sizes, and by octaves of the side length."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection

SIZES = ("small", "medium", "large")
SIZE_EDGES_PX = (32.0, 96.0)
"""Square roots of the areas where COCO's small, medium and large part (Lin et al. 2014; cocodataset.org, detection evaluation).

COCO measures in pixels of the original picture; here it is pixels as the model sees them, since those decide what it can find.
"""
OCTAVES_PX = (8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Below the first and above the last everything is one step."""


class Recall(NamedTuple):
    """For each step of size: from and to which side in pixels, how many objects it has, how many were found; all ``(n,)``."""

    low_px: NDArray[np.float64]
    high_px: NDArray[np.float64]
    objects: NDArray[np.int64]
    found: NDArray[np.int64]

    @property
    def recall(self) -> NDArray[np.float64]:
        """The share that was found; NaN where there is no object."""
        with np.errstate(invalid="ignore"):
            return self.found / self.objects


def by_size(xyxy: NDArray[np.float32], found: NDArray[np.bool_]) -> Recall:
    """Return the recall of small, medium and large objects: ``(n, 4)`` pixels, and which were found ``(n,)``."""
    return _counted(xyxy, found, edges=np.array(SIZE_EDGES_PX))


def by_octave(xyxy: NDArray[np.float32], found: NDArray[np.bool_]) -> Recall:
    """Return the recall by the square root of the area, in steps of twice the side from 8 to 512 pixels."""
    return _counted(xyxy, found, edges=np.array(OCTAVES_PX))


def _counted(xyxy: NDArray[np.float32], found: NDArray[np.bool_], *, edges: NDArray[np.float64]) -> Recall:
    step, steps = np.searchsorted(edges, np.sqrt(detection.areas(xyxy)), side="right"), len(edges) + 1
    return Recall(
        np.concatenate([[0.0], edges]),
        np.concatenate([edges, [np.inf]]),
        np.bincount(step, minlength=steps),
        np.bincount(step[found], minlength=steps),
    )
