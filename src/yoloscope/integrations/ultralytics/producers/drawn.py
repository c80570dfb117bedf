"""Outlines of masks and key points of one validation picture, in the order of its boxes: predictions, then labels."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.integrations.ultralytics.producers import reading

POINTS_MOST = 64
"""Corners of an outline: more cannot be told apart on a thumbnail, and data stays small."""


class _Contours(Protocol):
    RETR_EXTERNAL: int
    CHAIN_APPROX_SIMPLE: int

    def findContours(  # noqa: N802  # OpenCV's name
        self, image: NDArray[np.uint8], mode: int, method: int
    ) -> tuple[Sequence[NDArray[np.int32]], object]:
        """Return the outlines of what is not 0."""
        ...

    def contourArea(self, _outline: NDArray[np.int32], /) -> float:  # noqa: N802  # OpenCV's name
        """Return the area within an outline."""
        ...

    def approxPolyDP(  # noqa: N802  # OpenCV's name
        self, _outline: NDArray[np.int32], _far: float, _is_closed: bool, /
    ) -> NDArray[np.int32]:
        """Return fewer corners, such that none of the outline is farther than `_far` from what they enclose."""
        ...

    def resize(self, _mask: NDArray[np.float32], _size: tuple[int, int], /) -> NDArray[np.float32]:
        """Return it in another width and height, bilinear."""
        ...


def shapes_of(
    batch: Mapping[str, object], preds: object, *, place: int, above: float, corner: tuple[int, int]
) -> dict[str, object]:
    """Return the column ``outlines`` or ``keypoints``, nothing where the task has none or a version tells none.

    `corner` is what `pictures.window` cut off at the left and the top.
    """
    one = None if hasattr(preds, "shape") else reading.predictions(preds)[place]
    if not isinstance(one, Mapping):
        return {}
    labels = cast("Mapping[str, reading.Tensor]", batch)
    sure = np.flatnonzero(reading.arrays(one["conf"]) > above).tolist()
    is_here = reading.arrays(labels["batch_idx"].reshape(-1)) == place
    if "masks" in one and "masks" in batch:
        outlines = [_outline(mask, labels["img"], corner=corner) for mask in reading.arrays(one["masks"][sure])]
        truth = _true_masks(labels, is_here, place=place)
        return {"outlines": outlines + [_outline(mask, labels["img"], corner=corner) for mask in truth]}
    if "keypoints" in one and "keypoints" in batch:
        height, width = labels["img"].shape[2:]
        truth = reading.arrays(labels["keypoints"])[is_here]
        said = _visible(reading.finite(reading.arrays(one["keypoints"][sure])), size=(1, 1), corner=corner)
        return {"keypoints": np.concatenate([said, _visible(truth, size=(width, height), corner=corner)])}
    return {}


def truth_of(batch: Mapping[str, object], *, place: int) -> dict[str, object]:
    """Return the column ``outlines`` or ``keypoints`` of the labels alone, of a picture of which nothing was cut off."""
    labels = cast("Mapping[str, reading.Tensor]", batch)
    is_here = reading.arrays(labels["batch_idx"].reshape(-1)) == place
    if "masks" in batch:
        masks = _true_masks(labels, is_here, place=place)
        return {"outlines": [_outline(mask, labels["img"], corner=(0, 0)) for mask in masks]}
    if "keypoints" in batch:
        height, width = labels["img"].shape[2:]
        return {
            "keypoints": _visible(reading.arrays(labels["keypoints"])[is_here], size=(width, height), corner=(0, 0))
        }
    return {}


def _true_masks(labels: Mapping[str, reading.Tensor], is_here: NDArray[np.bool_], *, place: int) -> NDArray[np.float32]:
    """Return the masks of a picture's labels ``(n, h, w)``; the framework has one map a picture with numbers from 1, or one mask a label."""
    masks = labels["masks"]
    if masks.shape[0] != labels["img"].shape[0] or (masks.shape[0] == len(is_here) and is_here.sum() == 1):
        return reading.arrays(masks[np.flatnonzero(is_here).tolist()])
    numbers = np.arange(1, int(is_here.sum()) + 1)
    return (reading.arrays(masks[place])[None] == numbers[:, None, None]).astype(np.float32)


def _outline(mask: NDArray[np.float32], picture: reading.Tensor, *, corner: tuple[int, int]) -> NDArray[np.float32]:
    """Return the outline of the mask's largest piece in pixels of the picture ``(m, 2)``; empty where there is none.

    The mask, which the framework keeps at a quarter of the size, is enlarged first: its outline runs through the middles of pixels.
    """
    contours = cast("_Contours", importlib.import_module("cv2"))  # Ultralytics does not start without it
    height, width = picture.shape[2:]
    large = mask if mask.shape == (height, width) else contours.resize(mask, (width, height))
    pieces, _ = contours.findContours(
        (large > 0.5).astype(np.uint8), contours.RETR_EXTERNAL, contours.CHAIN_APPROX_SIMPLE
    )
    if not pieces:
        return np.zeros((0, 2), np.float32)
    corners, loss_px = max(pieces, key=contours.contourArea), 0.5
    while len(corners) > POINTS_MOST:
        corners, loss_px = contours.approxPolyDP(corners, loss_px, True), 2 * loss_px
    return (corners[:, 0].astype(np.float32) + 0.5 - np.array(corner, np.float32)).astype(np.float32)


def _visible(points: NDArray[np.float32], *, size: tuple[int, int], corner: tuple[int, int]) -> NDArray[np.float32]:
    """Return ``(n, k, 3)`` with x and y in pixels and visibility, 1 where the data has none."""
    xy = points[..., :2] * np.array(size, np.float32) - np.array(corner, np.float32)
    seen = points[..., 2:3] if points.shape[-1] > 2 else np.ones((*points.shape[:-1], 1), np.float32)
    return np.concatenate([xy, seen], axis=-1).astype(np.float32)
