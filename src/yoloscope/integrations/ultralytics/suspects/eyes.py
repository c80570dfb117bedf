"""What the averaged model predicts on clean pictures: read from disk, fitted into the training's square, never augmented.

Nothing of the training is touched: no loader or cache of its data set is used, no random number drawn, no gradient recorded, and what the
model's head remembers of the last picture's shape is put back.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.integrations.ultralytics import shapes

CANDIDATES = 100
"""Predictions kept a picture, the surest ones: more than things on it, far fewer than the model's thousands."""
_GREY = 114
_REMEMBERED = ("anchors", "strides", "shape")
_Pixels = NDArray[np.uint8]


class Seen(NamedTuple):
    """Predictions on one picture: ``boxes`` ``(n, 4)`` xyxy in parts of the picture, ``chances`` ``(n, classes)``."""

    boxes: NDArray[np.float32]
    chances: NDArray[np.float32]


class _Array(Protocol):
    shape: tuple[int, ...]

    def __getitem__(self, place: object) -> "_Array": ...
    def amax(self, _dimension: int, /) -> "_Array": ...
    def topk(self, _count: int, _dimension: int, /) -> tuple["_Array", "_Array"]: ...
    def gather(self, _dimension: int, _index: "_Array", /) -> "_Array": ...
    def expand(self, *sizes: int) -> "_Array": ...
    def transpose(self, some: int, other: int) -> "_Array": ...
    def float(self) -> "_Array": ...
    def cpu(self) -> "_Array": ...
    def numpy(self) -> NDArray[np.float32]: ...


class _Fitted(NamedTuple):
    pixels: _Pixels
    scale: tuple[float, float]
    offset: tuple[int, int]


class Eyes:
    """Looks with one model; made anew for each pass, for it holds the model."""

    def __init__(self, model: object, *, imgsz: int, channels: int) -> None:
        self._model = cast("Callable[[object], object]", model)
        self._head = cast("Sequence[object]", shapes.attribute(model, "model", None))[-1]
        self._parameter = next(iter(cast("Callable[[], Sequence[object]]", getattr(model, "parameters"))()))  # noqa: B009  # it has no type
        self._imgsz = imgsz
        self._channels = channels
        self._classes = shapes.attribute(self._head, "nc", 0)
        self._ends = bool(getattr(self._head, "end2end", False))

    def look(self, paths: Sequence[str]) -> list[Seen | None]:
        """Return what is seen on each picture, None for one that cannot be read."""
        fitted = [_fitted(path, size=self._imgsz, channels=self._channels) for path in paths]
        readable = [one for one in fitted if one is not None]
        found = iter(self._predict(np.stack([one.pixels for one in readable])) if readable else ())
        return [None if one is None else self._in_parts(next(found), one) for one in fitted]

    def _predict(self, pixels: _Pixels) -> NDArray[np.float32]:
        """Return the surest predictions: ``(pictures, n, 4 + classes)``, or ``(pictures, n, 6)`` of a model without suppression."""
        import torch

        remembered = {name: vars(self._head)[name] for name in _REMEMBERED if name in vars(self._head)}
        parameter = cast("torch.Tensor", self._parameter)
        try:
            with torch.no_grad():
                batch = torch.as_tensor(pixels).to(parameter.device).permute(0, 3, 1, 2).to(parameter.dtype) / 255
                found: object = self._model(batch)
                while isinstance(found, (tuple, list)):
                    found = cast("Sequence[object]", found)[0]
                return self._surest(cast("_Array", found)).float().cpu().numpy()
        finally:
            for name in _REMEMBERED:
                vars(self._head).pop(name, None)
            vars(self._head).update(remembered)

    def _surest(self, found: _Array) -> _Array:
        if self._ends:
            return found[:, :CANDIDATES, :6]
        rows = found[:, : 4 + self._classes]
        _, index = rows[:, 4:].amax(1).topk(min(CANDIDATES, rows.shape[2]), 1)
        return rows.transpose(1, 2).gather(1, index[..., None].expand(-1, -1, rows.shape[1]))

    def _in_parts(self, found: NDArray[np.float32], fitted: _Fitted) -> Seen:
        boxes = found[:, :4]
        if self._ends:
            chances = np.zeros((len(found), self._classes), np.float32)
            chances[np.arange(len(found)), found[:, 5].astype(np.int64)] = found[:, 4]
        else:
            half, chances = boxes[:, 2:] / 2, found[:, 4:]
            boxes = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], 1)
        offset, scale = np.array(fitted.offset * 2, np.float32), np.array(fitted.scale * 2, np.float32)
        return Seen(((boxes - offset) / scale).astype(np.float32), chances)


def _fitted(path: str, *, size: int, channels: int) -> _Fitted | None:
    """Return a picture in a grey square of `size` pixels, as the training fits it; None if it cannot be read."""
    import cv2

    try:
        raw = np.frombuffer(Path(path).read_bytes(), np.uint8)
        flag = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR
        read = cast("_Pixels | None", cv2.imdecode(raw, flag))
    except (OSError, cv2.error):
        return None
    if read is None:
        return None
    height, width = read.shape[:2]
    ratio = size / max(height, width)
    fit_width, fit_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    if (fit_width, fit_height) != (width, height):
        read = cast("_Pixels", cv2.resize(read, (fit_width, fit_height), interpolation=cv2.INTER_LINEAR))
    left, top = (size - fit_width) // 2, (size - fit_height) // 2
    square = np.full((size, size, channels), _GREY, np.uint8)
    square[top : top + fit_height, left : left + fit_width] = read[:, :, None] if channels == 1 else read[:, :, ::-1]
    return _Fitted(square, (fit_width, fit_height), (left, top))
