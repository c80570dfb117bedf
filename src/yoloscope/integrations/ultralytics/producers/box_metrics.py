"""The framework's results by class, where a version has them: of boxes, and of masks or key points beside them."""

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.integrations.ultralytics import shapes

KINDS = (("box", ""), ("seg", "_mask"), ("pose", "_pose"))
"""What the framework calls the metrics of each, and the ending that series and columns have, as `records.names` does."""


class Measured(NamedTuple):
    """One of `KINDS`: the framework's object, the ending, and which classes its rows are, those that have labels ``(n,)``."""

    metric: object
    ending: str
    classes: NDArray[np.int64]


def of(validator: object) -> list[Measured]:
    """Return what was measured; nothing where there is no true positive yet before 8.3.200."""
    found: list[Measured] = []
    for name, ending in KINDS:
        metric: object = shapes.attribute(validator, f"metrics.{name}", None)
        classes = array(metric, "ap_class_index")
        if classes is not None and classes.ndim == 1 and len(classes):
            found.append(Measured(metric, ending, classes.astype(np.int64)))
    return found


def array(owner: object, path: str) -> NDArray[np.float64] | None:
    """Return an attribute as an array, None where a version lacks it."""
    value: object = shapes.attribute(owner, path, None)
    return None if value is None else np.asarray(cast("NDArray[np.float64]", value), np.float64)
