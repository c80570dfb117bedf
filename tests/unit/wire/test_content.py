"""Content as bytes: whatever is whole comes back as it was, whatever else arrives is refused, and nothing is inflated without end."""

import struct
import tracemalloc
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import content as contents
from yoloscope.records import media
from yoloscope.records.content import (
    Boxes,
    Column,
    Content,
    Curve,
    Embedding,
    Graph,
    Histogram,
    Labels,
    Matrix,
    Node,
    Table,
)
from yoloscope.wire import content

NAN, INF = float("nan"), float("inf")


def _f8(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def _f4(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def _i4(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


HISTOGRAM = Histogram(_f8(0, 1, 4), _f8(2, 0), total=2, nan=1, inf=0, least=0.0, most=0.5, mean=0.25, deviation=0.1)
CURVE = Curve(_f8(0, 1), _f8(1, NAN, 0, -INF), Labels(classes=(0, -2)), "recall", "precision")
MATRIX = Matrix(1, 2, _f8(1, NAN), Labels("predicted", classes=(-1,)), Labels(texts=("a", "b")))
TABLE = Table((Column("a", numbers=_f8(1, 2)), Column("b", classes=(0, -1)), Column("c", texts=("x", ""))))
BOXES = Boxes(
    4, 3, _f4(0, 0, 1, 1, 1, 1, 1, 2), _i4(0, -1), _f4(0.5, NAN), b"\0\1", (b"", _f4(0, 0, 1, 1)), _f4(*range(6)), 1
)
GRAPH = Graph((Node("a", "Conv", 464, (16, 320, 320)), Node("b", "C2f", frozen=True)), (("a", "b"),))
EMBEDDING = Embedding(2, _f4(0, 1, 2, 3), _i4(0, -1), _i4(4, -1), _f4(0, 0, 1, 1, 0, 0, 0, 0))
ALL: tuple[Content, ...] = (HISTOGRAM, CURVE, MATRIX, TABLE, BOXES, GRAPH, EMBEDDING)


@pytest.mark.parametrize("found", ALL, ids=lambda found: type(found).__name__)
def test_content_survives_the_way(found: Content) -> None:
    assert content.from_bytes(content.to_bytes(found)) == found
    assert content.to_bytes(found) == content.to_bytes(msgspec.structs.replace(found))


_finite8 = st.floats(allow_nan=False, allow_infinity=False)
_any8 = st.floats()
_finite4 = st.floats(allow_nan=False, allow_infinity=False, width=32)
_classes = st.integers(contents.CLASS_LEAST, contents.CLASS_MOST)
_words = st.text(max_size=5)


def _row(numbers: st.SearchStrategy[float], size: int, pack) -> st.SearchStrategy[bytes]:
    return st.lists(numbers, min_size=size, max_size=size).map(lambda values: pack(*values))


def _labels(draw: st.DrawFn, places: int) -> Labels:
    kind = draw(st.sampled_from(["classes", "texts", "none"]))
    if kind == "none":
        return Labels(draw(_words))
    one = _classes if kind == "classes" else _words
    return Labels(draw(_words), **{kind: tuple(draw(st.lists(one, min_size=places, max_size=places)))})


@st.composite
def _anything(draw: st.DrawFn) -> Content:  # noqa: PLR0911  # one return a kind
    kind = draw(st.sampled_from(ALL))
    n, k = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    if isinstance(kind, Histogram):
        edges = sorted(draw(st.lists(_finite8, min_size=n + 1, max_size=n + 1, unique=True)))
        return Histogram(_f8(*edges), draw(_row(st.floats(0, 1e12), n, _f8)), total=draw(st.integers(0, 2**63 - 1)))
    if isinstance(kind, Curve):
        return Curve(draw(_row(_finite8, n, _f8)), draw(_row(_any8, n * k, _f8)), _labels(draw, k), draw(_words))
    if isinstance(kind, Matrix):
        return Matrix(n, k, draw(_row(_any8, n * k, _f8)), _labels(draw, n), _labels(draw, k))
    if isinstance(kind, Table):
        columns = (
            Column("n", numbers=draw(_row(_any8, n, _f8))),
            Column("c", classes=tuple(draw(st.lists(_classes, min_size=n, max_size=n)))),
            Column("t", texts=tuple(draw(st.lists(_words, min_size=n, max_size=n)))),
        )
        return Table(columns[:k])
    if isinstance(kind, Graph):
        edges = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=4))
        return Graph(tuple(Node(str(at), draw(_words)) for at in range(n)), tuple((str(a), str(b)) for a, b in edges))
    xyxy = b"".join(_f4(*sorted((a, b))[:1], c, max(a, b), c) for a, b, c in draw(_triples(n)))
    numbers = draw(_row(_classes, n, _i4))
    if isinstance(kind, Embedding):
        return Embedding(k, draw(_row(_finite4, n * k, _f4)), numbers, _i4(*range(n)), xyxy)
    points = draw(_row(_finite4, n * k * 3, _f4))
    return Boxes(9, 9, xyxy, numbers, _f4(*[NAN] * n), bytes(n), (_f4(0, 0),) * n, points, k)


def _triples(n: int) -> st.SearchStrategy[list[tuple[float, float, float]]]:
    return st.lists(st.tuples(_finite4, _finite4, _finite4), min_size=n, max_size=n)


def test_huge_numbers_are_finite() -> None:
    found = _but(CURVE, x=_f8(1e308, 1.5e308))
    assert content.from_bytes(content.to_bytes(found)) == found


@given(found=_anything())
def test_any_content_survives_the_way(found: Content) -> None:
    assert content.from_bytes(content.to_bytes(found)) == found


REFUSALS = (errors.WireError, errors.InvalidRecord)


@given(data=st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(REFUSALS):
        content.from_bytes(data)


@given(data=st.binary(max_size=200), head=st.sampled_from([b"", b"\x92\x01", b"\x92\x01\x81\xa4type"]))
def test_random_bytes_that_are_deflated_are_refused(data: bytes, head: bytes) -> None:
    with pytest.raises(REFUSALS):
        content.from_bytes(zlib.compress(head + data))


@given(found=st.sampled_from(ALL), at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_content_with_another_byte_is_refused_or_whole(found: Content, at: int, value: int) -> None:
    plain = bytearray(zlib.decompress(content.to_bytes(found)))
    plain[at % len(plain)] = value
    try:
        changed = content.from_bytes(zlib.compress(bytes(plain)))
    except REFUSALS:
        return
    assert content.from_bytes(content.to_bytes(changed)) == changed


def test_content_that_is_cut_or_longer_is_refused() -> None:
    whole = content.to_bytes(MATRIX)
    for size in range(len(whole)):
        with pytest.raises(errors.WireError):
            content.from_bytes(whole[:size])
    with pytest.raises(errors.FrameCorrupt, match="follows"):
        content.from_bytes(whole + b"x")


def test_content_of_another_version_is_named() -> None:
    with pytest.raises(errors.FrameVersion, match="version 2"):
        content.from_bytes(zlib.compress(msgspec.msgpack.encode((2, {"type": "matrix"}))))


def _bomb(head: bytes, size: int) -> bytes:
    deflate = zlib.compressobj(1)
    block = bytes(2**20)
    return deflate.compress(head) + b"".join(deflate.compress(block) for _ in range(size // 2**20)) + deflate.flush()


@pytest.mark.slow
def test_a_bomb_inflates_to_the_limit_and_no_further() -> None:
    bomb = _bomb(b"", 2**30)
    tracemalloc.start()
    try:
        with pytest.raises(errors.FrameTooLarge):
            content.from_bytes(bomb)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3 * media.SUMMARY_MAX_BYTES


@pytest.mark.slow
def test_a_bomb_that_says_it_is_an_embedding_inflates_to_that_limit() -> None:
    bomb = _bomb(content._EMBEDDING_HEAD, 2**28)
    tracemalloc.start()
    try:
        with pytest.raises(errors.FrameTooLarge):
            content.from_bytes(bomb)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3 * media.EMBEDDING_MAX_BYTES


def test_an_embedding_may_be_larger_than_a_summary() -> None:
    points = 2 * media.SUMMARY_MAX_BYTES // 4 // 1024
    found = Embedding(1024, bytes(4 * 1024 * points), bytes(4 * points))
    assert content.from_bytes(content.to_bytes(found)) == found


def test_what_nobody_would_take_is_not_sent() -> None:
    rows = media.SUMMARY_MAX_BYTES // 8
    with pytest.raises(errors.FrameTooLarge):
        content.to_bytes(Matrix(rows, 1, bytes(8 * rows)))


def _but(found: Content, **changes: object) -> Content:
    return msgspec.structs.replace(found, **changes)


NOT_WHOLE: list[tuple[Content, str]] = [
    (_but(HISTOGRAM, edges=_f8(0, 1)), "histogram.edges"),
    (_but(HISTOGRAM, edges=_f8(0, 1, 1)), "histogram.edges"),
    (_but(HISTOGRAM, edges=_f8(0, 1, INF)), "histogram.edges"),
    (_but(HISTOGRAM, edges=_f8(0, NAN, 1)), "histogram.edges"),
    (_but(HISTOGRAM, counts=b""), "histogram.counts"),
    (_but(HISTOGRAM, counts=_f8(1, -1)), "histogram.counts"),
    (_but(HISTOGRAM, counts=_f8(1, NAN)), "histogram.counts"),
    (_but(HISTOGRAM, counts=bytes(17)), "histogram.counts"),
    (_but(HISTOGRAM, total=-1), "histogram.total"),
    (_but(HISTOGRAM, nan=-1), "histogram.nan"),
    (_but(HISTOGRAM, nan=2**63), "histogram.nan"),
    (_but(HISTOGRAM, inf=-1), "histogram.inf"),
    (_but(HISTOGRAM, least=NAN), "histogram.least"),
    (_but(HISTOGRAM, deviation=INF), "histogram.deviation"),
    (_but(CURVE, x=b""), "curve.x"),
    (_but(CURVE, x=bytes(9)), "curve.x"),
    (_but(CURVE, x=_f8(0, NAN)), "curve.x"),
    (_but(CURVE, y=b""), "curve.y"),
    (_but(CURVE, y=_f8(1, 2, 3)), "curve.y"),
    (_but(CURVE, curves=Labels(classes=(1,))), "curve.curves"),
    (_but(CURVE, curves=Labels(classes=(1, -3))), "curve.curves"),
    (_but(CURVE, curves=Labels(classes=(1, 10**9))), "curve.curves"),
    (_but(CURVE, curves=Labels(classes=(1,), texts=("a",))), "curve.curves"),
    (_but(MATRIX, height=0), "matrix.height"),
    (_but(MATRIX, width=-1, height=-1), "matrix.height"),
    (_but(MATRIX, height=2**62, width=2**62), "matrix.values"),
    (_but(MATRIX, values=_f8(1)), "matrix.values"),
    (_but(MATRIX, rows=Labels(texts=("a", "b"))), "matrix.rows"),
    (_but(MATRIX, columns=Labels(texts=("a",))), "matrix.columns"),
    (Table(()), "table.columns"),
    (Table((Column("a", texts=()), Column("a", texts=()))), "table.columns"),
    (Table((Column("", texts=()),)), "table.columns"),
    (Table((Column("a", texts=("x",)), Column("b", texts=()))), "table.columns"),
    (Table((Column("a"),)), "table.columns.a"),
    (Table((Column("a", texts=("x",), numbers=_f8(1)),)), "table.columns.a"),
    (Table((Column("a", numbers=bytes(7)),)), "table.columns.a"),
    (Table((Column("a", classes=(-3,)),)), "table.columns.a"),
    (_but(BOXES, width=0), "boxes.width"),
    (_but(BOXES, width=10_000, height=10_000), "boxes.width"),
    (_but(BOXES, xyxy=bytes(15)), "boxes.xyxy"),
    (_but(BOXES, xyxy=_f4(0, 0, 1, 1, 2, 0, 1, 1)), "boxes.xyxy"),
    (_but(BOXES, xyxy=_f4(0, 0, 1, 1, 0, 2, 1, 1)), "boxes.xyxy"),
    (_but(BOXES, xyxy=_f4(0, 0, 1, 1, 0, 0, 1, NAN)), "boxes.xyxy"),
    (_but(BOXES, xyxy=bytes(16 * (contents.BOXES_MAX + 1))), "boxes.xyxy"),
    (_but(BOXES, classes=_i4(0)), "boxes.classes"),
    (_but(BOXES, classes=_i4(0, -3)), "boxes.classes"),
    (_but(BOXES, scores=_f4(0)), "boxes.scores"),
    (_but(BOXES, scores=_f4(0, INF)), "boxes.scores"),
    (_but(BOXES, truth=b"\0"), "boxes.truth"),
    (_but(BOXES, truth=b"\0\2"), "boxes.truth"),
    (_but(BOXES, outlines=(b"",)), "boxes.outlines"),
    (_but(BOXES, outlines=(b"", bytes(4))), "boxes.outlines"),
    (_but(BOXES, outlines=(b"", _f4(0, INF))), "boxes.outlines"),
    (_but(BOXES, keypoints_each=-1), "boxes.keypoints_each"),
    (_but(BOXES, keypoints_each=2), "boxes.keypoints"),
    (_but(BOXES, keypoints=b""), "boxes.keypoints"),
    (_but(BOXES, keypoints=_f4(*[NAN] * 6)), "boxes.keypoints"),
    (_but(GRAPH, nodes=(Node("a", ""), Node("a", ""))), "graph.nodes"),
    (_but(GRAPH, nodes=(Node("", ""),), edges=()), "graph.nodes"),
    (_but(GRAPH, nodes=(Node("a", "", -1),)), "graph.nodes.a"),
    (_but(GRAPH, nodes=(Node("a", "", 1, (1, -1)),)), "graph.nodes.a"),
    (_but(GRAPH, nodes=(Node("a", "", 2**63),)), "graph.nodes.a"),
    (_but(GRAPH, edges=(("a", "c"),)), "graph.edges"),
    (_but(EMBEDDING, dimensions=0), "embedding.dimensions"),
    (_but(EMBEDDING, dimensions=2**62), "embedding.vectors"),
    (_but(EMBEDDING, vectors=b""), "embedding.vectors"),
    (_but(EMBEDDING, vectors=_f4(1, 2, 3)), "embedding.vectors"),
    (_but(EMBEDDING, vectors=_f4(1, 2, 3, NAN)), "embedding.vectors"),
    (_but(EMBEDDING, classes=b""), "embedding.classes"),
    (_but(EMBEDDING, classes=_i4(0, -3)), "embedding.classes"),
    (_but(EMBEDDING, images=_i4(0)), "embedding.images"),
    (_but(EMBEDDING, images=_i4(0, -2)), "embedding.images"),
    (_but(EMBEDDING, xyxy=_f4(0, 0, 1, 1)), "embedding.xyxy"),
    (_but(EMBEDDING, xyxy=_f4(0, 0, 1, 1, 1, 0, 0, 1)), "embedding.xyxy"),
]


@pytest.mark.parametrize(("found", "field"), NOT_WHOLE)
def test_what_is_not_whole_is_refused_at_both_ends(found: Content, field: str) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        content.to_bytes(found)
    assert caught.value.field == field
    with pytest.raises(errors.InvalidRecord) as caught:
        content.from_bytes(zlib.compress(msgspec.msgpack.encode((contents.VERSION, found))))
    assert (caught.value.field, bool(caught.value.fix)) == (field, True)
