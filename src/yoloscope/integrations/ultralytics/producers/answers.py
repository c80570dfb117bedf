"""A table with the results of each class of a classifier, every epoch."""

import numpy as np

from yoloscope.curves import detection
from yoloscope.integrations.ultralytics.producers import gathered


class Answers(gathered.Gathering):
    """Logs ``classes``: images of each class, precision, recall and F1 of the most probable answer; NaN where nothing can be said."""

    name = "classes"
    tasks = frozenset(("classify",))

    def show(self, compared: detection.Compared) -> None:
        """Log the table."""
        classes, context = len(self.context.titles), self.context
        said, were = compared.predicted.classes, compared.true.classes
        right = np.bincount(were[said == were], minlength=classes)
        answers, images = np.bincount(said, minlength=classes), np.bincount(were, minlength=classes)
        with np.errstate(invalid="ignore"):
            columns = {
                "class": np.arange(classes),
                "images": images,
                "precision": right / answers,
                "recall": right / images,
                "F1": 2 * right / (answers + images),
            }
        context.run.log_table("classes", columns, classes=("class",), step=context.step, epoch=context.epoch)
