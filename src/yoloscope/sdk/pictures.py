"""Arguments of `log_image` and `log_figure` made into what is handed over: pixels as they are, a figure as the PNG it draws itself."""

import io
import struct
from collections.abc import Callable
from typing import Protocol, cast

from yoloscope import errors
from yoloscope.records import media
from yoloscope.sdk import arrays
from yoloscope.sdk import boxes as annotations
from yoloscope.sdk.words import Made, Words
from yoloscope.spool import handed

_CHANNELS = (1, 3, 4)
_PILLOW_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}
_LABELS_MOST = 65_535
_PNG_HEAD = struct.Struct(">8sI4sII")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_SHAPES = "(height, width), (height, width, 3) or (height, width, 4)"


class _Pillow(Protocol):
    mode: str
    size: tuple[int, int]
    convert: Callable[[str], "_Pillow"]
    tobytes: Callable[[], bytes]


def image(words: Words, value: object, boxes: object, mask: object) -> Made:
    """Return a picture with its annotations and a label map of the same height and width.

    Raises:
        InvalidRecord: if an argument cannot be used; of a picture with its channels first the fix says how to turn it.
    """
    pixels = _pixels(value)
    parts = [("image", pixels)]
    about = handed.ImageAbout()
    if mask is not None:
        parts.append(("mask", _mask(mask, shape=(pixels.shape[0], pixels.shape[1]))))
    if boxes is not None:
        found = annotations.boxes(words, boxes)
        about = handed.ImageAbout(boxes=found.total, keypoints_each=found.keypoints_each)
        parts += found.parts
    return Made(about, tuple(parts))


def figure(drawn: object) -> Made:
    """Return what a matplotlib figure draws, as PNG: by its own `savefig`, in the calling thread.

    Raises:
        InvalidRecord: if it is no figure, or too large.
    """
    save = getattr(drawn, "savefig", None)
    if not callable(save):
        fix = "give a matplotlib figure, such as plt.gcf()"
        raise errors.InvalidRecord(f"figure is a {type(drawn).__name__}", field="figure", fix=fix)
    buffer = io.BytesIO()
    save(buffer, format="png")
    data = buffer.getvalue()
    _must_be_png(data)
    return Made(parts=(("figure", arrays.Grid("u1", (len(data),), data)),))


def _must_be_png(data: bytes) -> None:
    magic, _, _, width, height = _PNG_HEAD.unpack(data[: _PNG_HEAD.size].ljust(_PNG_HEAD.size, b"\0"))
    if magic != _PNG_MAGIC:
        fix = "give a matplotlib figure, such as plt.gcf()"
        raise errors.InvalidRecord("figure.savefig wrote no PNG", field="figure", fix=fix)
    _must_be_small(height, width, field="figure")
    if len(data) > media.PICTURE_MAX_BYTES:
        said = f"figure takes {len(data):,} bytes as PNG, more than {media.PICTURE_MAX_BYTES:,}"
        raise errors.InvalidRecord(said, field="figure", fix="save it at a lower dpi")


def _pixels(value: object) -> arrays.Grid:
    if isinstance(getattr(value, "mode", None), str) and callable(getattr(value, "convert", None)):
        return _from_pillow(cast("_Pillow", value))
    found = arrays.of(value, field="image", most=max(_CHANNELS) * media.PICTURE_MAX_PIXELS)
    if len(found.shape) == 2:
        found = found._replace(shape=(*found.shape, 1))
    if len(found.shape) != 3 or found.shape[2] not in _CHANNELS or not found.cells:
        raise _wrong_shape(found)
    _must_be_small(found.shape[0], found.shape[1], field="image")
    return found if found.dtype == "u1" else _as_bytes(found)


def _from_pillow(picture: _Pillow) -> arrays.Grid:
    width, height = picture.size
    _must_be_small(height, width, field="image")
    if picture.mode not in _PILLOW_CHANNELS:
        picture = picture.convert("RGBA" if "A" in picture.mode else "RGB")
    channels = _PILLOW_CHANNELS[picture.mode]
    return arrays.Grid("u1", (height, width, channels), picture.tobytes())


def _wrong_shape(found: arrays.Grid) -> errors.InvalidRecord:
    if len(found.shape) == 3 and found.shape[0] in _CHANNELS:
        fix = "its channels come first: give image.transpose(1, 2, 0), of a tensor image.permute(1, 2, 0)"
        return errors.InvalidRecord(f"image has the shape {found.shape}", field="image", fix=fix)
    if len(found.shape) == 4:
        fix = "log each picture of a batch by itself"
        return errors.InvalidRecord(f"image has the shape {found.shape}", field="image", fix=fix)
    return arrays.wrong_shape(found, field="image", wanted=_SHAPES)


def _as_bytes(found: arrays.Grid) -> arrays.Grid:
    """Return a picture of other numbers as bytes: floats and booleans from 0 to 1, integers from 0 to 255."""
    scale = 255 if found.dtype[0] in "fb" else 1
    most = 255 // scale
    low, high = arrays.bounds(found)
    if not (low >= 0 and high <= most):  # also NaN
        said = f"image has numbers from {low:g} to {high:g}"
        fix = "give finite floats from 0 to 1, or uint8 from 0 to 255: divide by 255, or clip"
        raise errors.InvalidRecord(said, field="image", fix=fix)
    return arrays.Grid("u1", found.shape, arrays.as_bytes_of_light(found, scale=scale))


def _mask(value: object, *, shape: tuple[int, int]) -> arrays.Grid:
    wide = arrays.whole(value, field="mask", dtype="u2", least=0, most=_LABELS_MOST, shape=shape)
    if arrays.bounds(wide)[1] > 255:
        return wide
    return arrays.Grid("u1", shape, arrays.as_bytes_of_light(wide, scale=1))


def _must_be_small(height: int, width: int, *, field: str) -> None:
    if height * width > media.PICTURE_MAX_PIXELS or not height or not width:
        said = f"{field} has {width:,} x {height:,} pixels, and {media.PICTURE_MAX_PIXELS:,} are the most"
        raise errors.InvalidRecord(said, field=field, fix="make it smaller, or log a part of it")
