"""Curves as bytes: JSON for everyone, columns for charts.

Columns: ``YSCOLS01``, length of the header (u32 little-endian), msgpack header, zeros up to a multiple of 8 bytes, then one
little-endian float64 column after another; the header gives each column's byte offset from there, and its count. Columns of
the same numbers stand there once. In JSON, non-finite numbers are strings.
"""

import hashlib
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response

from yoloscope.query import answers, groups, series, texts
from yoloscope.server.routes import formats
from yoloscope.server.routes.formats import written

MAGIC = b"YSCOLS01"
_COLUMNS = ("x", "y", "x_end", "first", "last", "min", "max", "mean", "count", "nan")
_FACTS = ("run", "name", "total", "without_x", "x_axis", "thinned")
_OF_GROUP = ("value", "runs", "name", "total", "x_axis")
_ALIGNMENT = 8
_DIGEST = 16  # bytes: no two columns of an answer differ and share one
_NUMBERS = 16_384  # encoded at a time: as Python numbers a column takes four times the memory of its text
_Column = NDArray[np.float64] | NDArray[np.int64]


class Item(msgspec.Struct, frozen=True):
    """What is said of one curve, and its columns."""

    facts: dict[str, object]
    columns: dict[str, _Column]


class Body(msgspec.Struct, frozen=True):
    """Curves under one key, and what else the answer says."""

    key: str
    items: Sequence[Item]
    more: Mapping[str, object] = {}


def from_answer(answer: answers.Answer, *, kept: Collection[str] = ()) -> Body:
    """Return the body of a series answer, with all columns or those that are kept."""
    more = {"missing": msgspec.to_builtins(answer.missing)} if answer.missing else {}
    keys = [key for key in _COLUMNS if not kept or key in (*kept, "x")]
    return Body("series", [_item(one, keys=keys) for one in answer.columns], more)


def from_groups(answer: groups.Answer, *, by: str) -> Body:
    """Return the body of a groups answer."""
    missing = {"missing": msgspec.to_builtins(answer.missing)} if answer.missing else {}
    items = [
        Item({key: getattr(one, key) for key in _OF_GROUP}, {key: getattr(one, key) for key in groups.COLUMNS})
        for one in answer.groups
    ]
    return Body("groups", items, {"by": by, **missing})


def response(body: Body, *, form: formats.Form) -> Response:
    """Return a body as columns where they are asked for, else as JSON."""
    parts = binary_parts(body) if form == "columns" else json_parts(body)
    return written.response(parts, media_type=formats.MEDIA_TYPES["columns" if form == "columns" else "json"])


def json_parts(body: Body) -> Iterator[bytes]:
    """Yield a body as JSON."""
    yield b"{" + msgspec.json.encode(body.key) + b":["
    for at, item in enumerate(body.items):
        yield b"," if at else b""
        yield from _item_parts(item)
    yield b"]"
    for key, value in body.more.items():
        yield b"," + msgspec.json.encode(key) + b":" + msgspec.json.encode(value)
    yield b"}"


def binary_parts(body: Body) -> Iterator[bytes]:
    """Yield a body as columns; columns of the same numbers share a place."""
    header: list[dict[str, object]] = []
    placed: dict[bytes, tuple[int, int]] = {}
    held: list[_Column] = []
    offset = 0
    for item in body.items:
        places: dict[str, tuple[int, int]] = {}
        for key, column in item.columns.items():
            same = hashlib.blake2b(_packed(column), digest_size=_DIGEST).digest()
            if same not in placed:
                placed[same] = (offset, len(column))
                held.append(column)
                offset += 8 * len(column)
            places[key] = placed[same]
        header.append({**item.facts, "columns": places})
    packed = msgspec.msgpack.encode({"v": 1, body.key: header, **body.more})
    head = MAGIC + struct.pack("<I", len(packed)) + packed
    yield head + b"\0" * (-len(head) % _ALIGNMENT)
    for column in held:
        yield _packed(column)


def _packed(column: _Column) -> bytes:
    return column.astype("<f8").tobytes()


def _item(one: series.Columns, *, keys: Sequence[str]) -> Item:
    columns = {key: getattr(one, key) for key in keys}
    facts = {key: getattr(one, key) for key in _FACTS}
    return Item(facts, {key: column for key, column in columns.items() if column is not None})


def _item_parts(item: Item) -> Iterator[bytes]:
    yield msgspec.json.encode(item.facts)[:-1]
    for key, column in item.columns.items():
        yield b"," + msgspec.json.encode(key) + b":["
        for start in range(0, len(column), _NUMBERS):
            yield b"," if start else b""
            yield msgspec.json.encode(_jsonable(column[start : start + _NUMBERS]))[1:-1]
        yield b"]"
    yield b"}"


def _jsonable(column: _Column) -> list[float | str]:
    values: list[float | str] = column.tolist()
    for index in np.flatnonzero(~np.isfinite(column)):
        values[index] = texts.number(float(column[index]))
    return values
