"""The confusion matrix of every epoch; the framework fills its own only in the last.

It counts above the confidence the user validates with, else above 0.25, as the framework does when it is asked with ``conf=0.25``, and up to
8.3.200 also when it is not. Unless asked, 8.4.190 counts above 0.001, which makes nearly all of its matrix background. Of segmentation and
pose it is the matrix of the boxes.
"""

from yoloscope.curves import confusions, detection
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import gathered


class Confusion(gathered.Gathering):
    """Logs one matrix an epoch, [predicted, true]."""

    name = "confusion"
    tasks = frozenset(("detect", "segment", "pose", "classify"))
    _classifies = False

    def start(self, trainer: shapes.Trainer) -> None:
        """Take note whether there is a background."""
        self._classifies = shapes.attribute(trainer, "args.task", "detect") == "classify"

    def show(self, compared: detection.Compared) -> None:
        """Log the matrix."""
        classes = len(self.context.titles)
        if self._classifies:
            found = confusions.of_labels(compared.predicted.classes, compared.true.classes, classes=classes)
        else:
            found = confusions.of_boxes(compared, classes=classes)
        self.context.run.log_matrix(
            "confusion",
            found.counts,
            row_classes=found.classes,
            column_classes=found.classes,
            row_name="predicted",
            column_name="true",
            step=self.context.step,
            epoch=self.context.epoch,
        )
