"""Predictions and truth of one validation batch, read from the framework's tensors with one transfer each.

All versions of 8 give a batch the same keys. Predictions are a list with one mapping an image since 8.3.200, before that one
``(n, 6 or more)`` tensor an image, of segmentation together with the prototypes. Of a classifier they are ``(images, classes)``
probabilities: its answer and the truth are read as one box each over the whole picture.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection

FAR_PX = 1e6
"""No picture is as large, and areas still fit into single precision."""


class Tensor(Protocol):
    """A torch tensor of any size."""

    shape: tuple[int, ...]
    dtype: object

    def __getitem__(self, key: object) -> "Tensor": ...
    def __len__(self) -> int: ...
    def __mul__(self, other: int) -> "Tensor": ...

    def cpu(self) -> "Tensor":
        """Return it in main memory, waiting for the GPU."""
        ...

    def float(self) -> "Tensor":
        """Return it in single precision."""
        ...

    def byte(self) -> "Tensor":
        """Return it as bytes."""
        ...

    def clamp(self, least: int, most: int) -> "Tensor":
        """Return it with all values in between."""
        ...

    def round(self) -> "Tensor":
        """Return it in whole numbers."""
        ...

    def reshape(self, *shape: int) -> "Tensor":
        """Return it in another shape."""
        ...

    def numpy(self) -> NDArray[np.generic]:
        """Return it as an array."""
        ...


Prediction = Mapping[str, Tensor] | Tensor


def arrays(tensor: Tensor) -> NDArray[np.float32]:
    """Return a tensor as float32 in main memory."""
    return cast("NDArray[np.float32]", tensor.float().cpu().numpy())


def finite(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return coordinates within `FAR_PX`, 0 for NaN: a model that diverges may say anything."""
    return np.nan_to_num(pixels, nan=0.0).clip(-FAR_PX, FAR_PX)


def predictions(preds: object) -> list[Prediction]:
    """Return what was predicted for each image, as it stands there."""
    found = cast("Sequence[object]", preds)
    if isinstance(preds, tuple) and found and isinstance(found[0], list):
        found = cast("list[object]", found[0])  # segmentation before 8.3.200: the prototypes stand second
    return cast("list[Prediction]", list(found))


def count(preds: object) -> int:
    """Return of how many images these are the predictions."""
    return len(cast("Tensor", preds)) if hasattr(preds, "shape") else len(predictions(preds))


def answered(preds: object, batch: Mapping[str, object], *, first: int) -> tuple[detection.Boxes, detection.Boxes]:
    """Return a classifier's most probable class for each picture of a batch, with its probability, and the true one."""
    labels = cast("Mapping[str, Tensor]", batch)
    chances = arrays(cast("Tensor", preds))
    height, width = labels["img"].shape[2:]
    images = np.arange(first, first + len(chances))
    whole = np.broadcast_to(np.array([0, 0, width, height], np.float32), (len(chances), 4))
    best = chances.argmax(axis=1).astype(np.int64)
    actual = arrays(labels["cls"].reshape(-1)).astype(np.int64)
    said = detection.Boxes(images, whole, best, chances[np.arange(len(chances)), best])
    return said, detection.Boxes(images, whole, actual, np.ones(len(actual), np.float32))


def predicted(preds: object, *, first: int, above: float) -> detection.Boxes:
    """Return the predictions surer than `above` of a batch whose first image has the number `first`."""
    each = predictions(preds)
    rows = _rows(each)
    images = np.repeat(np.arange(first, first + len(each)), [_count(one) for one in each])
    sure = rows[:, 4] > above
    rows = rows[sure]
    return detection.Boxes(images[sure], finite(rows[:, :4]), rows[:, 5].astype(np.int64), rows[:, 4])


def true(batch: Mapping[str, object], *, first: int) -> detection.Boxes:
    """Return the labels of a batch in pixels of the picture as the model sees it."""
    labels = cast("Mapping[str, Tensor]", batch)
    rows = _joined([labels["batch_idx"].reshape(-1, 1), labels["cls"].reshape(-1, 1), labels["bboxes"]], axis=1)
    height, width = labels["img"].shape[2:]
    centre, half = rows[:, 2:4], rows[:, 4:6] / 2
    size = np.array([width, height, width, height], np.float32)
    xyxy = (np.concatenate([centre - half, centre + half], axis=1) * size).astype(np.float32)
    ones = np.ones(len(rows), np.float32)
    return detection.Boxes(rows[:, 0].astype(np.int64) + first, xyxy, rows[:, 1].astype(np.int64), ones)


def _rows(each: Sequence[Prediction]) -> NDArray[np.float32]:
    """Return ``(n, 6)``: xyxy, score, class."""
    if not each:
        return np.zeros((0, 6), np.float32)
    if not isinstance(each[0], Mapping):
        return _joined([cast("Tensor", one)[:, :6] for one in each], axis=0)
    mappings = cast("Sequence[Mapping[str, Tensor]]", each)
    columns = [_cat([one[key] for one in mappings], axis=0) for key in ("bboxes", "conf", "cls")]
    return _joined([columns[0], columns[1].reshape(-1, 1), columns[2].reshape(-1, 1)], axis=1)


def _count(one: Prediction) -> int:
    return len(one["conf"]) if isinstance(one, Mapping) else len(one)


def _joined(tensors: list[Tensor], *, axis: int) -> NDArray[np.float32]:
    return arrays(_cat([tensor.float() for tensor in tensors], axis=axis))


def _cat(tensors: list[Tensor], *, axis: int) -> Tensor:
    import torch

    return cast("Tensor", torch.cat(tensors, axis))  # pyright: ignore[reportArgumentType]  # torch's are the real ones
