"""Content of items as JSON holds it: arrays as lists, NaN and infinities by their names, classes as numbers with their titles.

Called by `media`. Pure. What `wire.content` decoded is whole, so that arrays divide by their shapes.
"""

from collections.abc import Callable, Mapping
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.query import texts
from yoloscope.records import content

Shown = dict[str, object]
Titles = Callable[[int], str | None]


def titles_from_settings(settings: Mapping[str, object]) -> Titles:
    """Return what tells the title of a class by its number, None where the run's settings do not say it.

    ``settings.class_index.per_class`` maps titles to numbers; where titles are withheld, numbers to themselves.
    """
    said: object = settings.get("class_index")
    for_class = cast("dict[str, object]", said).get("per_class") if isinstance(said, dict) else None
    if not isinstance(for_class, dict):
        return _nothing
    pairs = cast("dict[str, object]", for_class).items()
    known = {number: title for title, number in pairs if isinstance(number, int) and title != str(number)}
    return known.get


def _nothing(number: int) -> None:
    del number


def shown(held: content.Content, *, titles: Titles) -> Shown:
    """Return content as JSON can hold it."""
    if isinstance(held, content.Histogram):
        return _histogram(held)
    if isinstance(held, content.Curve):
        return _curve(held, titles)
    if isinstance(held, content.Matrix):
        return _matrix(held, titles)
    if isinstance(held, content.Table):
        return {"type": "table", "columns": [_column(one, titles) for one in held.columns]}
    return _of_medium(held, titles)


def size_bytes(held: object) -> int:
    """Return about how much content holds: an array as many bytes as it has, all else 8 a piece."""
    if isinstance(held, bytes | str):
        return len(held)
    if isinstance(held, tuple):
        return sum(map(size_bytes, cast("tuple[object, ...]", held)))
    if isinstance(held, msgspec.Struct):
        return sum(size_bytes(getattr(held, field)) for field in held.__struct_fields__)
    return 8


def _of_medium(held: content.Boxes | content.Graph | content.Embedding, titles: Titles) -> Shown:
    if isinstance(held, content.Boxes):
        return _boxes(held, titles)
    return _graph(held) if isinstance(held, content.Graph) else _embedding(held, titles)


def _histogram(held: content.Histogram) -> Shown:
    return {
        "type": "histogram",
        "edges": _numbers(_f8(held.edges)),
        "counts": _numbers(_f8(held.counts)),
        "total": held.total,
        "nan": held.nan,
        "inf": held.inf,
        "least": _number(held.least),
        "most": _number(held.most),
        "mean": _number(held.mean),
        "deviation": _number(held.deviation),
    }


def _curve(held: content.Curve, titles: Titles) -> Shown:
    x = _f8(held.x)
    return {
        "type": "curve",
        "x": _numbers(x),
        "y": _rows(_f8(held.y), len(x)),
        "curves": _labels(held.curves, titles),
        "x_name": held.x_name,
        "y_name": held.y_name,
    }


def _matrix(held: content.Matrix, titles: Titles) -> Shown:
    return {
        "type": "matrix",
        "height": held.height,
        "width": held.width,
        "values": _rows(_f8(held.values), held.width),
        "rows": _labels(held.rows, titles),
        "columns": _labels(held.columns, titles),
    }


def _column(held: content.Column, titles: Titles) -> Shown:
    if held.numbers is not None:
        return {"name": held.name, "numbers": _numbers(_f8(held.numbers))}
    if held.classes is not None:
        return {"name": held.name, "classes": held.classes, "titles": list(map(titles, held.classes))}
    return {"name": held.name, "texts": held.texts}


def _boxes(held: content.Boxes, titles: Titles) -> Shown:
    classes = np.frombuffer(held.classes, "<i4").tolist()
    each = held.keypoints_each
    keypoints = _rows(_f4(held.keypoints), 3)
    return {
        "type": "boxes",
        "width": held.width,
        "height": held.height,
        "xyxy": _rows(_f4(held.xyxy), 4),
        "classes": classes,
        "titles": list(map(titles, classes)),
        "scores": _numbers(_f4(held.scores)),
        "truth": list(held.truth),
        "outlines": [_rows(_f4(one), 2) for one in held.outlines],
        "keypoints": [keypoints[at : at + each] for at in range(0, len(keypoints), each)] if each else [],
    }


def _graph(held: content.Graph) -> Shown:
    nodes = [
        {"id": one.id, "kind": one.kind, "parameters": one.parameters, "shape": one.shape, "frozen": one.frozen}
        for one in held.nodes
    ]
    return {"type": "graph", "nodes": nodes, "edges": held.edges}


def _embedding(held: content.Embedding, titles: Titles) -> Shown:
    classes = np.frombuffer(held.classes, "<i4").tolist()
    return {
        "type": "embedding",
        "dimensions": held.dimensions,
        "vectors": _rows(_f4(held.vectors), held.dimensions),
        "classes": classes,
        "titles": list(map(titles, classes)),
        "images": np.frombuffer(held.images, "<i4").tolist(),
        "xyxy": _rows(_f4(held.xyxy), 4),
    }


def _labels(held: content.Labels, titles: Titles) -> Shown:
    return {
        "name": held.name,
        "classes": held.classes,
        "titles": list(map(titles, held.classes)),
        "texts": held.texts,
    }


def _f8(data: bytes) -> NDArray[np.float64]:
    return np.frombuffer(data, "<f8")


def _f4(data: bytes) -> NDArray[np.float64]:
    """Return 32-bit floats as the shortest decimals that give them back: 0.1, not 0.10000000149."""
    found = np.frombuffer(data, "<f4")
    return np.array([float(str(one)) for one in found]) if len(found) else np.zeros(0)


def _rows(values: NDArray[np.float64], each: int) -> list[list[texts.Number]]:
    found = _numbers(values)
    return [found[at : at + each] for at in range(0, len(found), each)]


def _numbers(values: NDArray[np.float64]) -> list[texts.Number]:
    found: list[texts.Number] = values.tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        found[at] = texts.number(float(values[at]))
    return found


def _number(value: float | None) -> texts.Number | None:
    return None if value is None else texts.number(value)
