"""Arguments of `log_graph` and `log_embedding` made into what is handed over."""

import operator
from collections.abc import Mapping
from typing import SupportsIndex, cast

from yoloscope import errors
from yoloscope.records import content, media
from yoloscope.sdk import arrays, guard, plain
from yoloscope.sdk.words import Made, Words, sequence
from yoloscope.spool import handed

NODES_MAX = 20_000
"""Layers of a model; YOLO has some hundreds."""
EDGES_MAX = 100_000
_ID_MAX_CHARS = 300
_SHAPE_MAX = 8
_TEXTS_MAX_BYTES = 3 * 1024 * 1024  # with all else of so many nodes still smaller than `media.SUMMARY_MAX_BYTES`
_HEAD_BYTES = 64 * 1024  # left for the structure of the content
_NODE_KEYS = frozenset(("id", "kind", "parameters", "shape", "frozen"))
_INT64 = 2**63


def graph(nodes: object, edges: object) -> Made:
    """Return a model's layers and which feeds which.

    Raises:
        InvalidRecord: if a node cannot be used, an id comes twice, an edge names no node, or there are too many.
    """
    given = sequence(nodes, field="nodes"), sequence(edges, field="edges")
    for field, found, most in (("nodes", given[0], NODES_MAX), ("edges", given[1], EDGES_MAX)):
        if len(found) > most:
            said = f"{field} has {len(found):,}, more than {most:,}"
            raise errors.InvalidRecord(said, field=field, fix="put the layers of a block into one")
    told = tuple(_node(node, at) for at, node in enumerate(given[0]))
    known = {node.id for node in told}
    if not told or len(known) != len(told):
        raise errors.InvalidRecord(
            "nodes is empty, or has an id twice", field="nodes", fix="give each layer an id of its own"
        )
    pairs = tuple(_edge(edge, at, known) for at, edge in enumerate(given[1]))
    size_bytes = sum(len((node.id + node.kind).encode()) for node in told)
    size_bytes += sum(len((start + end).encode()) for start, end in pairs)
    if size_bytes > _TEXTS_MAX_BYTES:
        raise errors.InvalidRecord(f"the ids of nodes take {size_bytes:,} bytes", field="nodes", fix="give shorter ids")
    return Made(handed.GraphAbout(told, pairs))


def _node(given: object, at: int) -> content.Node:
    field = f"nodes[{at}]"
    if isinstance(given, content.Node):
        given = {key: getattr(given, key) for key in _NODE_KEYS}
    if not isinstance(given, Mapping):
        fix = 'give mappings such as {"id": "model.0", "kind": "Conv", "parameters": 464, "shape": (16, 320, 320)}'
        raise errors.InvalidRecord(f"{field} is a {type(given).__name__}", field=field, fix=fix)
    node = cast("Mapping[object, object]", given)
    unknown = [key for key in node if key not in _NODE_KEYS]
    name, kind = (plain.word(node.get(key, ""), most=_ID_MAX_CHARS) for key in ("id", "kind"))
    if unknown or not name:
        said = f"has {unknown[0]!r:.80}" if unknown else "has no id"
        raise errors.InvalidRecord(f"{field} {said}", field=field, fix=f"use the keys {', '.join(sorted(_NODE_KEYS))}")
    sizes = sequence(node.get("shape", ()), field=f"{field}.shape")
    if len(sizes) > _SHAPE_MAX:
        said = f"{field}.shape has {len(sizes)} dimensions"
        raise errors.InvalidRecord(said, field=field, fix=f"give at most {_SHAPE_MAX}")
    shape = tuple(_size(size, field=f"{field}.shape") for size in sizes)
    parameters = _size(node.get("parameters", 0), field=f"{field}.parameters")
    return content.Node(name, kind, parameters, shape, frozen=bool(node.get("frozen", False)))


def _size(value: object, *, field: str) -> int:
    try:
        found = operator.index(cast("SupportsIndex", value))
    except TypeError:
        found = -1
    if not 0 <= found < _INT64:
        said = f"{field} is {guard.text_of(value)[:80]}"
        raise errors.InvalidRecord(said, field=field, fix="give whole numbers of 0 or more")
    return found


def _edge(given: object, at: int, known: set[str]) -> tuple[str, str]:
    field = f"edges[{at}]"
    ends = [plain.word(end, most=_ID_MAX_CHARS) for end in sequence(given, field=field)]
    if len(ends) != 2 or not known.issuperset(ends):
        raise errors.InvalidRecord(f"{field} is {ends!r:.200}", field=field, fix="give pairs of ids that nodes have")
    return ends[0], ends[1]


def embedding(words: Words, vectors: object, *, classes: object, images: object, boxes: object) -> Made:
    """Return points of a feature space.

    Raises:
        InvalidRecord: if an argument cannot be used, or all together take more than `media.EMBEDDING_MAX_BYTES`.
    """
    found = arrays.of(vectors, field="vectors", dtype="f4", most=media.EMBEDDING_MAX_BYTES // 4)
    if len(found.shape) != 2 or not found.cells:
        raise arrays.wrong_shape(found, field="vectors", wanted="(n, dimensions)")
    arrays.must_be_finite(found, field="vectors")
    count = found.shape[0]
    numbers = words.classes([-1] * count if classes is None else classes, field="classes", length=count)
    parts = [("vectors", found), ("classes", numbers)]
    if images is not None:
        least, most = -1, 2**31 - 1
        at = arrays.whole(images, field="images", dtype="i4", least=least, most=most, shape=(count,))
        parts.append(("images", at))
    if boxes is not None:
        xyxy = arrays.table(boxes, field="boxes", dtype="f4", columns=4)
        if xyxy.shape[0] != count:
            raise arrays.wrong_shape(xyxy, field="boxes", wanted=f"({count}, 4)")
        arrays.must_be_boxes(xyxy, field="boxes")
        parts.append(("xyxy", xyxy))
    size_bytes = sum(part.nbytes for _, part in parts) + _HEAD_BYTES
    if size_bytes > media.EMBEDDING_MAX_BYTES:
        said = f"vectors take {size_bytes:,} bytes, more than {media.EMBEDDING_MAX_BYTES:,}"
        raise errors.InvalidRecord(said, field="vectors", fix="log a sample of the points")
    return Made(parts=tuple(parts))
