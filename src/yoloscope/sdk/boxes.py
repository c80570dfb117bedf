"""Annotations of a picture, box by box or column by column, made into what is handed over."""

import math
import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from yoloscope import errors
from yoloscope.records import content
from yoloscope.sdk import arrays
from yoloscope.sdk.words import Words, sequence

POINTS_MAX = 250_000
"""Corners of all outlines, and keypoints, of one picture: with both still smaller than `media.SUMMARY_MAX_BYTES`."""
_OF_BOX = frozenset(("xyxy", "class", "score", "truth", "outline", "keypoints"))
_OF_COLUMNS = frozenset(("xyxy", "classes", "scores", "truth", "outlines", "keypoints"))
_Parts = tuple[tuple[str, arrays.Grid], ...]


class Boxes(NamedTuple):
    """The arrays of all boxes, as `spool.handed` names them."""

    total: int
    keypoints_each: int
    parts: _Parts


class _Columns(NamedTuple):
    xyxy: object
    classes: object = None
    scores: object = None
    truth: object = None
    outlines: object = None
    keypoints: object = None


def boxes(words: Words, given: object) -> Boxes:
    """Return the annotations of one picture.

    Raises:
        InvalidRecord: naming the column and the box, if one cannot be used, or there are more than `content.BOXES_MAX`.
    """
    columns = (
        _from_columns(cast("Mapping[object, object]", given)) if isinstance(given, Mapping) else _from_boxes(given)
    )
    xyxy = arrays.table(columns.xyxy, field="boxes.xyxy", dtype="f4", columns=4)
    count = xyxy.shape[0]
    if count > content.BOXES_MAX:
        said = f"boxes has {count:,}, more than {content.BOXES_MAX:,}"
        raise errors.InvalidRecord(said, field="boxes", fix="give those with the highest scores")
    arrays.must_be_boxes(xyxy, field="boxes.xyxy")
    parts: _Parts = (
        ("xyxy", xyxy),
        ("classes", _classes(words, columns.classes, count)),
        ("scores", _scores(columns.scores, count)),
        ("truth", _truth(columns.truth, count)),
    )
    outlines = _outlines(columns.outlines, count)
    keypoints = _keypoints(columns.keypoints, count)
    each = keypoints[0][1].shape[1] if keypoints else 0
    return Boxes(count, each, (*parts, *outlines, *keypoints))


def _from_columns(given: Mapping[object, object]) -> _Columns:
    _must_be_known(given, known=_OF_COLUMNS, field="boxes")
    return _Columns(**cast("dict[str, object]", dict(given)))


def _from_boxes(given: object) -> _Columns:
    """Return boxes of one mapping each as columns; what only some of them have is filled up for the others."""
    told = [_checked(box, at) for at, box in enumerate(sequence(given, field="boxes"))]
    outlines = [box.get("outline") for box in told]
    return _Columns(
        xyxy=[box["xyxy"] for box in told],
        classes=[box.get("class", -1) for box in told],
        scores=[math.nan if (score := box.get("score")) is None else score for box in told],
        truth=[bool(box.get("truth", False)) for box in told],
        outlines=None if all(outline is None for outline in outlines) else outlines,
        keypoints=_filled([box.get("keypoints") for box in told]),
    )


def _checked(box: object, at: int) -> Mapping[str, object]:
    field = f"boxes[{at}]"
    if not isinstance(box, Mapping):
        fix = 'give mappings such as {"xyxy": (x1, y1, x2, y2), "class": 0, "score": 0.9}'
        raise errors.InvalidRecord(f"{field} is a {type(box).__name__}", field=field, fix=fix)
    _must_be_known(cast("Mapping[object, object]", box), known=_OF_BOX, field=field)
    return cast("Mapping[str, object]", box)


def _must_be_known(given: Mapping[object, object], *, known: frozenset[str], field: str) -> None:
    unknown = [key for key in given if key not in known]
    if unknown or "xyxy" not in given:
        said = f"has {unknown[0]!r:.80}" if unknown else "has no xyxy"
        raise errors.InvalidRecord(f"{field} {said}", field=field, fix=f"use the keys {', '.join(sorted(known))}")


def _filled(points: Sequence[object]) -> object:
    """Return the keypoints of all boxes, of those without any as zeros: not labelled, not visible."""
    first = next((found for found in points if found is not None), None)
    if first is None:
        return None
    none = [(0.0, 0.0, 0.0)] * len(sequence(first, field="boxes.keypoints"))
    return [none if found is None else sequence(found, field="boxes.keypoints") for found in points]


def _classes(words: Words, given: object, count: int) -> arrays.Grid:
    return words.classes([-1] * count if given is None else given, field="boxes.classes", length=count)


def _scores(given: object, count: int) -> arrays.Grid:
    found = [math.nan] * count if given is None else given
    scores = arrays.vector(found, field="boxes.scores", dtype="f4", length=count)
    if any(math.isinf(score) for score in arrays.values(scores)):
        fix = "give finite scores, NaN where there is none"
        raise errors.InvalidRecord("boxes.scores has an infinity", field="boxes.scores", fix=fix)
    return scores


def _truth(given: object, count: int) -> arrays.Grid:
    told = [False] * count if given is None else given
    return arrays.whole(told, field="boxes.truth", dtype="u1", least=0, most=1, shape=(count,))


def _outlines(given: object, count: int) -> _Parts:
    """Return all corners in one array, and how many of them are each box's."""
    if given is None:
        return ()
    each = sequence(given, field="boxes.outlines")
    if len(each) != count:
        said = f"boxes.outlines has {len(each)} for {count} boxes"
        raise errors.InvalidRecord(said, field="boxes.outlines", fix="give one for each box, or None for a box without")
    outlines = [_outline(outline, at) for at, outline in enumerate(each)]
    corners = [outline.shape[0] for outline in outlines]
    _must_be_few(sum(corners), field="boxes.outlines")
    joined = arrays.Grid("f4", (sum(corners), 2), b"".join(outline.data for outline in outlines))
    counts = arrays.Grid("u4", (count,), struct.pack(f"<{count}I", *corners))
    return ("outlines", joined), ("corners", counts)


def _outline(given: object, at: int) -> arrays.Grid:
    field = f"boxes.outlines[{at}]"
    found = arrays.table(() if given is None else given, field=field, dtype="f4", columns=2)
    arrays.must_be_finite(found, field=field)
    return found


def _keypoints(given: object, count: int) -> _Parts:
    if given is None or not count:
        return ()
    field = "boxes.keypoints"
    found = arrays.of(given, field=field, dtype="f4")
    if len(found.shape) != 3 or found.shape[0] != count or found.shape[2] != 3 or not found.cells:
        raise arrays.wrong_shape(found, field=field, wanted=f"({count}, k, 3) with x, y and visibility")
    arrays.must_be_finite(found, field=field)
    _must_be_few(found.cells // 3, field=field)
    return (("keypoints", found),)


def _must_be_few(points: int, *, field: str) -> None:
    if points > POINTS_MAX:
        said = f"{field} has {points:,} points, more than {POINTS_MAX:,}"
        raise errors.InvalidRecord(said, field=field, fix="simplify the outlines, or give fewer boxes")
