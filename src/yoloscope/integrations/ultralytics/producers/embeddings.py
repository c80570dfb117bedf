"""Where the head's input puts the labelled boxes of the validation set, or the pictures of a classifier, as points of one space.

A point is the mean of the feature maps within a box, as `torchvision.ops.roi_align` samples it with 2x2 points, all levels one behind the other; of a
classifier it is the mean over the picture. Beyond `DIMENSIONS_MOST` dimensions a fixed Gaussian projection keeps distances
but for about 1/sqrt(DIMENSIONS_MOST) (Johnson and Lindenstrauss, 1984), the same one in every epoch and every run.
"""

from collections.abc import Callable
from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt
import torch
from torchvision import ops

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, features, gathered, reading

POINTS_MOST = 500
DIMENSIONS_MOST = 256
_SEED = 20_260_101

Floats = npt.NDArray[np.float32]


class Embeddings(contract.Producer):
    """Logs ``embeddings``: the same points in every look, evenly spread over the set; images are numbered in the order of the validation."""

    name: ClassVar[str] = "embeddings"
    policy: ClassVar[contract.Needs] = "media"
    every: ClassVar[int] = 10

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._inputs = features.HeadInputs()
        self._classifies = False
        self._of = self._met = self._images = 0
        self._vectors: list[torch.Tensor] = []
        self._classes: list[Floats] = []
        self._rows: list[Floats] = []

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Listen before the head."""
        self._forget()
        self._classifies = shapes.attribute(trainer, "args.task", "detect") == "classify"
        self._of = gathered.images_here(validator) if self._classifies else _instances(validator)
        self._inputs.listen(trainer)

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Take the batch's points."""
        del trainer, validator, preds
        maps = self._inputs.take()
        if not maps:
            return
        boxes, classes = _labels(batch)
        numbers = np.arange(self._met, self._met + len(classes))
        self._met += len(classes)
        kept = self._kept(numbers)
        if kept.any():
            rows = torch.as_tensor(boxes[kept], device=maps[0].device)
            width = cast("torch.Tensor", batch["img"]).shape[3]
            self._vectors.append(pooled(maps, rows, width=width))
            self._classes.append(classes[kept])
            boxes[:, 0] += self._images
            self._rows.append(boxes[kept])
        self._images += len(cast("reading.Tensor", batch["img"]))

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Log the points."""
        del trainer, validator
        if not self._vectors:
            return
        vectors = projected(reading.arrays(cast("reading.Tensor", torch.cat(self._vectors))))
        finite = np.isfinite(vectors).all(axis=1)
        rows = np.concatenate(self._rows)[finite]
        if len(rows):
            self.context.run.log_embedding(
                "embeddings",
                vectors[finite],
                classes=np.concatenate(self._classes)[finite].astype(np.int32),
                images=rows[:, 0].astype(np.int32),
                boxes=rows[:, 1:],
                **self.context.place,
            )

    def release(self) -> None:
        """Listen no longer."""
        self._inputs.remove()
        self._forget()

    def _kept(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        if self._of > POINTS_MOST:
            return gathered.is_spread(numbers, of=self._of, most=POINTS_MOST) & (numbers < self._of)
        return numbers < POINTS_MOST

    def _forget(self) -> None:
        self._met = self._images = 0
        self._vectors, self._classes, self._rows = [], [], []


def pooled(maps: list[torch.Tensor], rows: torch.Tensor, *, width: int) -> torch.Tensor:
    """Return ``(n, channels of all levels)``: the mean of each map within boxes ``(n, 5)`` of image and xyxy in pixels of a picture so wide."""
    align = cast("Callable[..., torch.Tensor]", ops.roi_align)
    means = [align(one.float(), rows.float(), 1, one.shape[3] / width, 2, aligned=True) for one in maps]
    return torch.cat([one.flatten(1) for one in means], 1)


def projected(vectors: Floats) -> Floats:
    """Return ``(n, d)`` vectors with at most `DIMENSIONS_MOST` dimensions."""
    dimensions = vectors.shape[1]
    if dimensions <= DIMENSIONS_MOST:
        return vectors
    directions = np.random.default_rng(_SEED).standard_normal((dimensions, DIMENSIONS_MOST))
    return (vectors @ (directions / np.sqrt(DIMENSIONS_MOST))).astype(np.float32)


def _labels(batch: dict[str, object]) -> tuple[Floats, Floats]:
    """Return boxes ``(n, 5)`` of image and xyxy in pixels, and their classes; of a classifier the whole pictures."""
    if "bboxes" in batch:
        true = reading.true(batch, first=0)
        rows = np.column_stack([true.images, true.xyxy]).astype(np.float32)
        return rows, true.classes.astype(np.float32)
    classes = np.ravel(reading.arrays(cast("reading.Tensor", batch["cls"])))
    height, width = cast("reading.Tensor", batch["img"]).shape[2:]
    rows = np.array([[place, 0, 0, width, height] for place in range(len(classes))], np.float32)
    return rows, classes


def _instances(validator: object) -> int:
    """Return how many labelled boxes the validation set has, 0 if that is not known."""
    nothing: list[dict[str, list[object]]] = []
    labels = shapes.attribute(validator, "dataloader.dataset.labels", nothing)
    return sum(len(label.get("cls", ())) for label in labels)
