"""A table with the results of each class of a detector, every epoch; `answers` has the one of a classifier."""

import numpy as np
from numpy.typing import NDArray

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import box_metrics, contract

_FIELDS = (("precision", "p"), ("recall", "r"), ("F1", "f1"), ("AP50", "ap50"), ("AP", "ap"))


class Classes(contract.Producer):
    """Logs ``classes``: images and objects of each class that has labels, precision, recall, F1, AP50 and AP, of masks and poses too."""

    name = "classes"
    tasks = frozenset(("detect", "segment", "pose", "obb"))

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Log what the framework has just computed."""
        del trainer
        columns = of(validator)
        if columns:
            context = self.context
            context.run.log_table("classes", columns, classes=("class",), step=context.step, epoch=context.epoch)


def of(validator: object) -> dict[str, object]:
    """Return the table's columns; empty where there are no results by class."""
    columns: dict[str, object] = {}
    for measured in box_metrics.of(validator):
        if not columns:
            columns["class"] = measured.classes
            columns |= _counts(validator, measured.classes)
        for title, field in _FIELDS:
            values = box_metrics.array(measured.metric, field)
            if values is not None and values.shape == measured.classes.shape:
                columns[title + measured.ending] = values
    return columns


def _counts(validator: object, classes: NDArray[np.int64]) -> dict[str, object]:
    """Return images and objects by class; they stand in the metrics since 8.3.200, before that in the validator."""
    found: dict[str, object] = {}
    for title, field in (("images", "nt_per_image"), ("objects", "nt_per_class")):
        for owner in ("metrics.", ""):
            counts = box_metrics.array(validator, owner + field)
            if title not in found and counts is not None and counts.ndim == 1 and len(counts) > classes.max():
                found[title] = counts[classes]
    return found
