"""The check that content is whole: arrays have the lengths that their places say, and hold what can be drawn.

Called by `wire.content` at both ends. A reader of checked content may divide its arrays by its shapes without looking.
"""

import itertools
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Literal

from yoloscope import errors
from yoloscope.records import content, media

_F8, _F4, _I4 = 8, 4, 4
_INT64 = 2**63


def check(found: content.Content) -> None:
    """Check content.

    Raises:
        InvalidRecord: naming the field, such as ``curve.y``, and what it should be.
    """
    if isinstance(found, content.Histogram):
        _histogram(found)
    elif isinstance(found, content.Curve):
        _curve(found)
    elif isinstance(found, content.Matrix):
        _matrix(found)
    elif isinstance(found, content.Table):
        _table(found)
    elif isinstance(found, content.Boxes):
        _boxes(found)
    elif isinstance(found, content.Graph):
        _graph(found)
    else:
        _embedding(found)


def _histogram(found: content.Histogram) -> None:
    bins = _rows(found.counts, each_bytes=_F8, field="histogram.counts", least=1)
    _length(found.edges, (bins + 1) * _F8, field="histogram.edges")
    edges, counts = _numbers(found.edges, "d"), _numbers(found.counts, "d")
    ascend = all(one < next_one for one, next_one in itertools.pairwise(edges))
    _must(_all_finite(edges) and ascend, "histogram.edges", "do not ascend", fix="give finite edges that ascend")
    is_count = _all_finite(counts) and min(counts) >= 0
    _must(is_count, "histogram.counts", "are no counts", fix="give finite counts of 0 or more")
    for field in ("total", "nan", "inf"):
        number: int = getattr(found, field)
        _must(0 <= number < _INT64, f"histogram.{field}", "is no count", fix="give 0 or more, of 64 bits")
    for field in ("least", "most", "mean", "deviation"):
        moment: float | None = getattr(found, field)
        _must(moment is None or math.isfinite(moment), f"histogram.{field}", "is not finite", fix="leave it out")


def _curve(found: content.Curve) -> None:
    points = _rows(found.x, each_bytes=_F8, field="curve.x", least=1)
    _must(_all_finite(_numbers(found.x, "d")), "curve.x", "is not finite", fix="give finite places")
    curves = _rows(found.y, each_bytes=points * _F8, field="curve.y", least=1)
    _labels(found.curves, curves, field="curve.curves")


def _matrix(found: content.Matrix) -> None:
    _must(found.height > 0 and found.width > 0, "matrix.height", "or width is not above 0", fix="give a cell or more")
    _length(found.values, found.height * found.width * _F8, field="matrix.values")
    _labels(found.rows, found.height, field="matrix.rows")
    _labels(found.columns, found.width, field="matrix.columns")


def _table(found: content.Table) -> None:
    _must(bool(found.columns), "table.columns", "is empty", fix="give a column or more")
    _unique((column.name for column in found.columns), field="table.columns")
    lengths = {_column(column) for column in found.columns}
    _must(len(lengths) == 1, "table.columns", "differ in length", fix="give columns of equal length")


def _column(column: content.Column) -> int:
    field = f"table.columns.{column.name[:80]}"
    told = [part for part in (column.numbers, column.classes, column.texts) if part is not None]
    _must(len(told) == 1, field, "is not one of numbers, classes and texts", fix="give exactly one of them")
    if column.numbers is not None:
        return _rows(column.numbers, each_bytes=_F8, field=field)
    _classes(column.classes or (), field=field)
    return len(told[0])


def _boxes(found: content.Boxes) -> None:
    is_picture = min(found.width, found.height) > 0 and found.width * found.height <= media.PICTURE_MAX_PIXELS
    _must(is_picture, "boxes.width", "and height are of no picture", fix="give the picture's pixels")
    count = _rows(found.xyxy, each_bytes=4 * _F4, field="boxes.xyxy")
    _must(count <= content.BOXES_MAX, "boxes.xyxy", f"has {count} boxes", fix=f"give at most {content.BOXES_MAX}")
    _corners(_numbers(found.xyxy, "f"), field="boxes.xyxy")
    _length(found.classes, count * _I4, field="boxes.classes")
    _classes(_integers(found.classes), field="boxes.classes")
    _length(found.scores, count * _F4, field="boxes.scores")
    no_score = any(math.isinf(score) for score in _numbers(found.scores, "f"))
    _must(not no_score, "boxes.scores", "has an infinity", fix="give finite scores, NaN where there is none")
    _length(found.truth, count, field="boxes.truth")
    _must(not found.truth.strip(b"\0\1"), "boxes.truth", "is neither 0 nor 1", fix="give 1 for a label, 0 else")
    _must(len(found.outlines) in {0, count}, "boxes.outlines", "are not one a box", fix="give one a box, or none")
    for outline in found.outlines:
        _rows(outline, each_bytes=2 * _F4, field="boxes.outlines")
        _finite(outline, field="boxes.outlines")
    _must(found.keypoints_each >= 0, "boxes.keypoints_each", "is negative", fix="count from 0")
    _length(found.keypoints, count * found.keypoints_each * 3 * _F4, field="boxes.keypoints")
    _finite(found.keypoints, field="boxes.keypoints")


def _graph(found: content.Graph) -> None:
    known = _unique((node.id for node in found.nodes), field="graph.nodes")
    for node in found.nodes:
        sizes = (node.parameters, *node.shape)
        is_layer = min(sizes) >= 0 and max(sizes) < _INT64
        _must(is_layer, f"graph.nodes.{node.id[:80]}", "has a size that is none", fix="give 0 or more, of 64 bits")
    for edge in found.edges:
        _must(known.issuperset(edge), "graph.edges", f"names an unknown node: {edge!r:.200}", fix="name known nodes")


def _embedding(found: content.Embedding) -> None:
    _must(found.dimensions > 0, "embedding.dimensions", "is not above 0", fix="give a dimension or more")
    points = _rows(found.vectors, each_bytes=found.dimensions * _F4, field="embedding.vectors", least=1)
    _finite(found.vectors, field="embedding.vectors")
    _length(found.classes, points * _I4, field="embedding.classes")
    _classes(_integers(found.classes), field="embedding.classes")
    if found.images:
        _length(found.images, points * _I4, field="embedding.images")
        _must(min(_integers(found.images)) >= -1, "embedding.images", "is below -1", fix="give -1 for none")
    if found.xyxy:
        _length(found.xyxy, points * 4 * _F4, field="embedding.xyxy")
        _corners(_numbers(found.xyxy, "f"), field="embedding.xyxy")


def _labels(found: content.Labels, places: int, *, field: str) -> None:
    both = found.classes and found.texts
    _must(not both, field, "has classes and texts", fix="give one of them, or none")
    told = len(found.classes) + len(found.texts)
    _must(told in {0, places}, field, f"has {told} labels for {places} places", fix="give one a place, or none")
    _classes(found.classes, field=field)


def _classes(found: Sequence[int], *, field: str) -> None:
    least, most = content.CLASS_LEAST, content.CLASS_MOST
    is_class = not found or (min(found) >= least and max(found) <= most)
    _must(is_class, field, "has a number that is no class", fix=f"give {least} to {most}")


def _corners(xyxy: Sequence[float], *, field: str) -> None:
    ordered = all(one <= other for at in (0, 1) for one, other in zip(xyxy[at::4], xyxy[at + 2 :: 4], strict=True))
    _must(_all_finite(xyxy) and ordered, field, "has a box that is none", fix="give finite x1 <= x2 and y1 <= y2")


def _unique(names: Iterable[str], *, field: str) -> set[str]:
    told = list(names)
    known = set(told)
    _must(len(known) == len(told) and "" not in known, field, "has a name twice or an empty one", fix="name each once")
    return known


def _rows(data: bytes, *, each_bytes: int, field: str, least: int = 0) -> int:
    rows, rest = divmod(len(data), each_bytes)
    _must(not rest and rows >= least, field, f"has {len(data)} bytes", fix=f"give a multiple of {each_bytes} bytes")
    return rows


def _length(data: bytes, wanted: int, *, field: str) -> None:
    _must(len(data) == wanted, field, f"has {len(data)} bytes", fix=f"give {wanted} bytes, as its places say")


def _finite(data: bytes, *, field: str) -> None:
    _must(_all_finite(_numbers(data, "f")), field, "is not finite", fix="give finite numbers")


def _all_finite(numbers: Sequence[float]) -> bool:
    """Tell whether no number is NaN or infinite; a sum that is finite says so three times as fast, and only huge numbers have none."""
    return math.isfinite(sum(numbers)) or all(map(math.isfinite, numbers))


def _numbers(data: bytes, code: Literal["d", "f"]) -> "array[float]":
    numbers = array(code, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _integers(data: bytes) -> "array[int]":
    numbers = array("i", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _must(holds: bool, field: str, what: str, *, fix: str) -> None:
    if not holds:
        raise errors.InvalidRecord(f"{field} {what}", field=field, fix=fix)
