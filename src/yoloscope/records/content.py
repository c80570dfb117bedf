"""What the parts of an item hold: arrays with what their places mean. `wire.content` turns them into bytes and back, `whole` checks them.

Arrays are little-endian and row-major in raw bytes. Classes are numbers everywhere: their names travel once, with the run's settings
(``settings.class_index``), and only where the policy tells class names.
"""

import msgspec

VERSION = 1
CLASS_LEAST, CLASS_MOST = -2, 999_999_999
"""All classes together, background, then what `reduction` takes for the number of a class."""
BOXES_MAX = 10_000
"""Annotations of one picture: more than a page can show or a detector returns."""


class Labels(msgspec.Struct, frozen=True):
    """What the places along one axis are: classes by number (-1 is background, -2 all classes together), texts, or, with neither, just places."""

    name: str = ""
    classes: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()


class Histogram(msgspec.Struct, frozen=True, tag="histogram"):
    """Counts between edges, and moments over all finite values; ``edges`` is ``(n + 1,)`` float64 that ascend, ``counts`` ``(n,)`` float64."""

    edges: bytes
    counts: bytes
    total: int
    nan: int = 0
    inf: int = 0
    least: float | None = None
    most: float | None = None
    mean: float | None = None
    deviation: float | None = None


class Curve(msgspec.Struct, frozen=True, tag="curve"):
    """One or more curves over the same x; ``x`` is ``(n,)`` float64, ``y`` ``(k, n)`` float64, ``curves`` has ``k`` labels or none."""

    x: bytes
    y: bytes
    curves: Labels = Labels()
    x_name: str = ""
    y_name: str = ""


class Matrix(msgspec.Struct, frozen=True, tag="matrix"):
    """A matrix with labelled rows and columns; ``values`` is ``(height, width)`` float64. Of a confusion matrix rows are what was predicted."""

    height: int
    width: int
    values: bytes
    rows: Labels = Labels()
    columns: Labels = Labels()


class Column(msgspec.Struct, frozen=True):
    """One column of a table: ``numbers`` is ``(n,)`` float64, or ``classes`` or ``texts`` has n entries; exactly one of them is there."""

    name: str
    numbers: bytes | None = None
    classes: tuple[int, ...] | None = None
    texts: tuple[str, ...] | None = None


class Table(msgspec.Struct, frozen=True, tag="table"):
    """Columns of equal length."""

    columns: tuple[Column, ...]


class Boxes(msgspec.Struct, frozen=True, tag="boxes"):
    """Annotations of one picture of ``width`` x ``height`` pixels, n boxes column by column.

    ``xyxy`` is ``(n, 4)`` float32 in pixels, ``classes`` ``(n,)`` int32, ``scores`` ``(n,)`` float32 with NaN where there is none, ``truth`` ``(n,)``
    uint8, 1 for a label and 0 for a prediction. ``outlines`` holds for each box, or for none, a polygon of ``(m, 2)`` float32 pixels;
    ``keypoints`` is ``(n, keypoints_each, 3)`` float32 with x, y and visibility.
    """

    width: int
    height: int
    xyxy: bytes
    classes: bytes
    scores: bytes
    truth: bytes
    outlines: tuple[bytes, ...] = ()
    keypoints: bytes = b""
    keypoints_each: int = 0


class Node(msgspec.Struct, frozen=True):
    """One layer: what it is, how many parameters it has, what shape leaves it (without the batch; empty if not known)."""

    id: str
    kind: str
    parameters: int = 0
    shape: tuple[int, ...] = ()
    frozen: bool = False


class Graph(msgspec.Struct, frozen=True, tag="graph"):
    """A model: layers and which feeds which, by their ids."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


class Embedding(msgspec.Struct, frozen=True, tag="embedding"):
    """n points of a feature space: ``vectors`` is ``(n, dimensions)`` float32, ``classes`` ``(n,)`` int32 (-1: none).

    ``images`` ``(n,)`` int32 says which image a point was taken from, by a number of the caller's, -1 for none; ``xyxy`` ``(n, 4)`` float32 where.
    """

    dimensions: int
    vectors: bytes
    classes: bytes
    images: bytes = b""
    xyxy: bytes = b""


Content = Histogram | Curve | Matrix | Table | Boxes | Graph | Embedding
