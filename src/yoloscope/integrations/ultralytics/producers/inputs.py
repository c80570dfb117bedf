"""The pictures that a training is really fed, after all augmentation, with their boxes, outlines or key points as data."""

from typing import ClassVar, cast

import numpy as np

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, drawn, pictures, reading

PICTURES = 8


class Inputs(contract.Producer):
    """Logs ``inputs/0`` to ``inputs/7`` of the first batch of an epoch: the first one, every 10th, and the one from which mosaics are closed."""

    name: ClassVar[str] = "inputs"
    policy: ClassVar[contract.Needs] = "media"
    every: ClassVar[int] = 10

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._is_first = False

    def wants(self, trainer: shapes.Trainer, index: int) -> bool:
        """Tell whether the pipeline loses its mosaics with this epoch."""
        closing = shapes.attribute(trainer, "args.close_mosaic", 0)
        return closing > 0 and index == trainer.epochs - closing

    def begin(self, trainer: shapes.Trainer) -> None:
        """Wait for the first batch."""
        del trainer
        self._is_first = True

    def batch(self, trainer: shapes.Trainer, batch: dict[str, object]) -> None:
        """Log its pictures."""
        del trainer
        if not self._is_first:
            return
        self._is_first = False
        images = cast("reading.Tensor", batch["img"])
        for place in range(min(PICTURES, len(images))):
            self.context.run.log_image(
                f"inputs/{place}",
                pictures.pixels(images[place]),
                annotated(batch, place=place),
                **self.context.place,
            )


def annotated(batch: dict[str, object], *, place: int) -> dict[str, object]:
    """Return the labels of one picture of a batch as the columns that `log_image` takes; of a classifier's one box over all of it."""
    labels = cast("dict[str, reading.Tensor]", batch)
    if "bboxes" not in batch:
        height, width = labels["img"].shape[2:]
        whole = np.array([[0, 0, width, height]], np.float32)
        kind = reading.arrays(labels["cls"].reshape(-1))[place : place + 1].astype(np.int64)
        return {"xyxy": whole, "classes": kind, "truth": np.ones(1, bool)}
    true = reading.true(batch, first=0)
    here = true.taken(true.images == place)
    found: dict[str, object] = {"xyxy": here.xyxy, "classes": here.classes, "truth": np.ones(len(here.classes), bool)}
    return found | drawn.truth_of(batch, place=place)
