"""Validation pictures as the model saw them, with labels and predictions as data, ready for `log_image`."""

from collections.abc import Mapping
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection
from yoloscope.integrations.ultralytics.producers import drawn, gathered, reading


class Picture(NamedTuple):
    """``pixels`` is ``(height, width, 3)`` uint8 RGB; ``boxes`` are the columns that `log_image` takes, predictions before labels."""

    pixels: NDArray[np.uint8]
    boxes: dict[str, object]


def taken(batch: Mapping[str, object], preds: object, *, seen: gathered.Seen, place: int, above: float) -> Picture:
    """Return the picture at a place of a batch without its padding, with its labels and the predictions surer than `above`."""
    number = seen.images[seen.places == place][0]
    predicted = seen.predicted.taken(seen.predicted.images == number)
    true = seen.true.taken(seen.true.images == number)
    images = cast("reading.Tensor", batch["img"])
    height, width = images.shape[2:]
    left, top, right, bottom = window(batch, place=place, width=width, height=height)
    boxes = detection.joined([predicted, true])
    is_true = np.repeat([False, True], [len(predicted.images), len(true.images)])
    columns: dict[str, object] = {
        "xyxy": boxes.xyxy - np.array([left, top, left, top], np.float32),
        "classes": boxes.classes,
        "scores": np.where(is_true, np.nan, boxes.scores),
        "truth": is_true,
    }
    columns |= drawn.shapes_of(batch, preds, place=place, above=above, corner=(left, top))
    return Picture(np.ascontiguousarray(pixels(images[place])[top:bottom, left:right]), columns)


def pixels(image: reading.Tensor) -> NDArray[np.uint8]:
    """Return ``(channels, height, width)`` from 0 to 1 as bytes with three channels; of more than three the first three, of fewer the first."""
    kept = image[:3] if image.shape[0] >= 3 else image[[0, 0, 0]]
    if "uint8" not in str(kept.dtype):
        kept = (kept.float() * 255).round().clamp(0, 255).byte()
    return np.moveaxis(cast("NDArray[np.uint8]", kept.cpu().numpy()), 0, 2)


def window(batch: Mapping[str, object], *, place: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is not padding, the whole where a version does not tell."""
    try:
        (gain_y, gain_x), (left, top) = cast(
            "list[tuple[tuple[float, float], tuple[float, float]]]", batch["ratio_pad"]
        )[place]
        rows, columns = cast("list[tuple[int, int]]", batch["ori_shape"])[place]
    except (KeyError, TypeError, ValueError):
        return 0, 0, width, height
    x, y = max(0, round(left - 0.1)), max(0, round(top - 0.1))  # half a pixel of padding stands on the far side
    return x, y, min(width, x + max(1, round(columns * gain_x))), min(height, y + max(1, round(rows * gain_y)))


def every(epochs: int) -> int:
    """Return how many epochs lie between two looks at pictures: 5, in a training of more than 100 epochs 10."""
    return 5 if epochs <= 100 else 10
