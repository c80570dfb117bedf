"""What a trainer handed over as the parts of an item: the one table from kinds to what they become. One file a kind, or a few that are alike.

Called by `sidecar.items` in its worker thread. Nothing here writes a file. Arrays are views of the mapped file, so whatever is kept is copied.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.records import content, media
from yoloscope.sidecar.encoding import boxes, picture, png, summaries
from yoloscope.spool import handed
from yoloscope.wire import content as wire_content

Facts = dict[str, int | float]
REMEMBERED = 256
"""Pictures whose encoding is known by their pixels: fixed validation images come again each epoch."""
_PNG_SIZE_AT = 16


class Encoded(msgspec.Struct, frozen=True):
    """One part: its bytes, or, of a picture that was encoded before, the part that it became then."""

    role: media.Role
    media_type: str
    data: bytes | memoryview = b""
    known: media.Part | None = None
    pixels: str = ""
    """The digest of a picture's pixels."""


class Made(msgspec.Struct, frozen=True):
    """The parts of an item, and what its list shows of it."""

    parts: tuple[Encoded, ...]
    facts: Facts


class Pictures:
    """Remembers by their pixels what pictures became; `is_kept` tells by its digest whether a part is still there."""

    def __init__(self, is_kept: Callable[[str], bool], *, most: int = REMEMBERED) -> None:
        self._is_kept = is_kept
        self._most = most
        self._parts: OrderedDict[str, media.Part] = OrderedDict()

    def part(self, pixels: str) -> media.Part | None:
        """Return what a picture became that was seen lately."""
        known = self._parts.get(pixels)
        if known is None or not self._is_kept(known.digest):
            return None
        self._parts.move_to_end(pixels)
        return known

    def learn(self, pixels: str, part: media.Part) -> None:
        """Take note of what a picture became."""
        self._parts[pixels] = part
        while len(self._parts) > self._most:
            self._parts.popitem(last=False)


def made(told: handed.Handed, buffers: Mapping[str, memoryview], *, pictures: Pictures) -> Made:
    """Return the parts of what was handed over; a file's bytes are lent, all others are copied.

    Raises:
        InvalidRecord, WireError: if it is larger than anybody takes, or not whole.
        ValueError, KeyError, TypeError, IndexError, OSError: if it is not as `spool.handed` says.
    """
    if told.kind in ("text", "figure", "artifact"):
        return _as_it_is(told.kind, buffers[_LENT[told.kind]])
    arrays = {array.role: _view(array, buffers[array.role]) for array in told.arrays}
    if told.kind == "image":
        return _picture(told, arrays, pictures=pictures)
    found, facts = _CONTENTS[told.kind](told, arrays)
    return Made((Encoded("data", media.CONTENT, wire_content.to_bytes(found)),), facts)


_LENT = {"text": "text", "figure": "figure", "artifact": "file"}


def _as_it_is(kind: media.Kind, data: memoryview) -> Made:
    if kind == "text":
        return Made((Encoded("data", media.TEXT, bytes(data)),), {"bytes": len(data)})
    if kind == "artifact":
        return Made((Encoded("data", media.BYTES, data),), {"bytes": len(data)})
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (_PNG_SIZE_AT, _PNG_SIZE_AT + 4))
    return Made((Encoded("image", media.PNG, png.bare(data)),), {"width": width, "height": height})


def _picture(told: handed.Handed, arrays: summaries.Arrays, *, pictures: Pictures) -> Made:
    about = msgspec.convert(told.about, handed.ImageAbout)
    pixels = arrays["image"].astype(np.uint8, copy=False)
    height, width = pixels.shape[:2]
    facts: Facts = {"width": width, "height": height}
    parts = [_image_part(pixels, pictures=pictures)]
    if about.boxes is not None:
        facts["boxes"] = about.boxes
        annotations = boxes.boxes(about, arrays, width=width, height=height)
        parts.append(Encoded("boxes", media.CONTENT, wire_content.to_bytes(annotations)))
    if "mask" in arrays:
        labels = arrays["mask"]
        if labels.shape != (height, width):
            raise errors.InvalidRecord(
                "a mask of another size than its picture", field="mask", fix="give the same size"
            )
        parts.append(Encoded("mask", media.PNG, picture.map_encoded(labels.astype(np.uint16, copy=False))))
    return Made(tuple(parts), facts)


def _image_part(pixels: NDArray[np.uint8], *, pictures: Pictures) -> Encoded:
    seen = hashlib.sha256(repr(pixels.shape).encode())
    seen.update(np.ascontiguousarray(pixels).data)
    known = pictures.part(seen.hexdigest())
    if known is not None:
        return Encoded("image", known.media_type, known=known, pixels=seen.hexdigest())
    data, media_type = picture.encoded(pixels)
    return Encoded("image", media_type, data, pixels=seen.hexdigest())


def _histogram(told: handed.Handed, arrays: summaries.Arrays) -> tuple[content.Content, Facts]:
    found = summaries.histogram(msgspec.convert(told.about, handed.HistogramAbout), arrays)
    return found, {"bins": len(found.counts) // 8, "total": found.total, "nan": found.nan, "inf": found.inf}


def _curve(told: handed.Handed, arrays: summaries.Arrays) -> tuple[content.Content, Facts]:
    curves, points = arrays["y"].shape
    return summaries.curve(msgspec.convert(told.about, handed.CurveAbout), arrays), {"curves": curves, "points": points}


def _matrix(told: handed.Handed, arrays: summaries.Arrays) -> tuple[content.Content, Facts]:
    found = summaries.matrix(msgspec.convert(told.about, handed.MatrixAbout), arrays)
    return found, {"height": found.height, "width": found.width}


def _table(told: handed.Handed, arrays: summaries.Arrays) -> tuple[content.Content, Facts]:
    about = msgspec.convert(told.about, handed.TableAbout)
    return summaries.table(about, arrays), {"columns": len(about.columns), "rows": about.rows}


def _graph(told: handed.Handed, arrays: summaries.Arrays) -> tuple[content.Content, Facts]:
    del arrays
    about = msgspec.convert(told.about, handed.GraphAbout)
    parameters = sum(node.parameters for node in about.nodes)
    facts: Facts = {"nodes": len(about.nodes), "edges": len(about.edges), "parameters": parameters}
    return content.Graph(about.nodes, about.edges), facts


def _embedding(told: handed.Handed, arrays: summaries.Arrays) -> tuple[content.Content, Facts]:
    del told
    points, dimensions = arrays["vectors"].shape
    found = content.Embedding(
        dimensions=dimensions,
        vectors=arrays["vectors"].astype(np.float32, copy=False).tobytes(),
        classes=arrays["classes"].astype(np.int32, copy=False).tobytes(),
        images=arrays["images"].astype(np.int32, copy=False).tobytes() if "images" in arrays else b"",
        xyxy=arrays["xyxy"].astype(np.float32, copy=False).tobytes() if "xyxy" in arrays else b"",
    )
    return found, {"points": points, "dimensions": dimensions}


_CONTENTS: dict[str, Callable[[handed.Handed, summaries.Arrays], tuple[content.Content, Facts]]] = {
    "histogram": _histogram,
    "curve": _curve,
    "matrix": _matrix,
    "table": _table,
    "graph": _graph,
    "embedding": _embedding,
}


def _view(array: handed.Array, data: memoryview) -> NDArray[np.generic]:
    """Return an array over its bytes.

    Raises:
        ValueError: if these are not as many as its shape says.
    """
    dtype = np.dtype(np.bool_) if array.dtype == "b1" else np.dtype(f"<{array.dtype}")
    return np.reshape(np.frombuffer(data, dtype) if len(data) else np.empty(0, dtype), array.shape)
