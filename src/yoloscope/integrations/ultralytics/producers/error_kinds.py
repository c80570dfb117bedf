"""What kind the mistakes of an epoch are: how many of each as series, and by class as a table. `curves.mistakes` defines them."""

import numpy as np

from yoloscope.curves import detection, mistakes
from yoloscope.integrations.ultralytics.producers import gathered


class ErrorKinds(gathered.Gathering):
    """Logs ``errors/<kind>``, counts of predictions, ``errors/missed``, a count of objects, and the table ``errors``."""

    name = "errors"

    def show(self, compared: detection.Compared) -> None:
        """Log the counts."""
        found, context = mistakes.of_boxes(compared), self.context
        counts = np.bincount(found.kinds, minlength=len(mistakes.KINDS))
        numbers = {f"errors/{kind}": float(count) for kind, count in zip(mistakes.KINDS, counts, strict=True)}
        numbers["errors/missed"] = float(found.missed.sum())
        context.run.log(numbers, step=context.step, epoch=context.epoch)
        table = by_class(compared, found, classes=len(context.titles))
        context.run.log_table("errors", table, classes=("class",), step=context.step, epoch=context.epoch)


def by_class(compared: detection.Compared, found: mistakes.Mistakes, *, classes: int) -> dict[str, object]:
    """Return a table's columns: for each class its objects, how many were found and missed, and its predictions by kind."""
    said, were = compared.predicted.classes, compared.true.classes
    columns: dict[str, object] = {
        "class": np.arange(classes),
        "objects": np.bincount(were, minlength=classes)[:classes],
        "found": np.bincount(were[found.found], minlength=classes)[:classes],
        "missed": np.bincount(were[found.missed], minlength=classes)[:classes],
    }
    for number, kind in enumerate(mistakes.KINDS):
        columns[kind] = np.bincount(said[found.kinds == number], minlength=classes)[:classes]
    return columns
