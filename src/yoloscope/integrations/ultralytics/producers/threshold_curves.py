"""Precision over recall, and precision, recall and F1 over confidence, by class and for all, every epoch.

The framework has them at 1,000 places since 8.3.200 (precision over recall; the others since 8.1); we keep 101 of these, as they are.
"""

import numpy as np
from numpy.typing import NDArray

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import box_metrics, contract

POINTS = 101
"""COCO's number of recall thresholds; a screen shows no more of a curve."""
ALL_CLASSES = -2
_CURVES = (
    ("precision_recall", "prec_values", "recall", "precision"),
    ("precision", "p_curve", "confidence", "precision"),
    ("recall", "r_curve", "confidence", "recall"),
    ("F1", "f1_curve", "confidence", "F1"),
)


class ThresholdCurves(contract.Producer):
    """Logs ``curves/precision_recall``, ``curves/precision``, ``curves/recall`` and ``curves/F1``, of masks and poses with an ending."""

    name = "curves"
    tasks = frozenset(("detect", "segment", "pose", "obb"))

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Log what the framework has just computed."""
        del trainer
        for measured in box_metrics.of(validator):
            for name, field, x_name, y_name in _CURVES:
                curve = thinned(measured, field)
                if curve is not None:
                    self.context.run.log_curve(
                        f"curves/{name}{measured.ending}",
                        *curve,
                        classes=(*measured.classes.tolist(), ALL_CLASSES),
                        x_name=x_name,
                        y_name=y_name,
                        step=self.context.step,
                        epoch=self.context.epoch,
                    )


def thinned(measured: box_metrics.Measured, field: str) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return x ``(101,)`` and y ``(classes + 1, 101)``, the mean over the classes last; None where a version has no such curve."""
    x, y = box_metrics.array(measured.metric, "px"), box_metrics.array(measured.metric, field)
    if x is None or y is None or y.shape != (len(measured.classes), len(x)):
        return None
    places = np.rint(np.linspace(0, len(x) - 1, POINTS)).astype(np.int64)
    kept = y[:, places]
    return x[places], np.concatenate([kept, kept.mean(axis=0, keepdims=True)])
