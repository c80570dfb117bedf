"""Series answers as bytes: JSON for everyone, columns for charts. Pure.

Columns: ``YSCOLS01``, length of the header (u32 little-endian), msgpack header, zeros up to a multiple of 8 bytes, then one
little-endian float64 column after another; the header gives each column's byte offset from there, and its count. In JSON,
non-finite numbers are strings.
"""

import struct
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.query import series as series_queries
from yoloscope.query import texts

MAGIC = b"YSCOLS01"
MEDIA_TYPE = "application/vnd.yoloscope.columns"
_COLUMNS = ("x", "y", "x_end", "first", "last", "min", "max", "mean", "count", "nan")
_FACTS = ("run", "name", "total", "without_x", "x_axis")
_ALIGNMENT = 8


def json_from_columns(found: Sequence[series_queries.Columns]) -> bytes:
    """Return the answer of `schemas.SeriesAnswer`.

    Series are encoded one by one: as Python numbers a column takes four times the memory of its text.
    """
    items = (
        msgspec.json.encode({**_facts(one), **{key: _jsonable(column) for key, column in _present(one)}})
        for one in found
    )
    return b'{"series":[' + b",".join(items) + b"]}"


def binary_from_columns(found: Sequence[series_queries.Columns]) -> bytes:
    """Return the answer as columns."""
    header: list[dict[str, object]] = []
    data: list[bytes] = []
    offset = 0
    for one in found:
        places: dict[str, tuple[int, int]] = {}
        for key, column in _present(one):
            places[key] = (offset, len(column))
            data.append(column.astype("<f8").tobytes())
            offset += len(data[-1])
        header.append({**_facts(one), "columns": places})
    packed = msgspec.msgpack.encode({"v": 1, "series": header})
    head = MAGIC + struct.pack("<I", len(packed)) + packed
    return b"".join([head, b"\0" * (-len(head) % _ALIGNMENT), *data])


def _facts(one: series_queries.Columns) -> dict[str, object]:
    return {key: getattr(one, key) for key in _FACTS}


def _present(one: series_queries.Columns) -> Iterator[tuple[str, NDArray[np.float64] | NDArray[np.int64]]]:
    for key in _COLUMNS:
        column: NDArray[np.float64] | NDArray[np.int64] | None = getattr(one, key)
        if column is not None:
            yield key, column


def _jsonable(column: NDArray[np.float64] | NDArray[np.int64]) -> list[float | str]:
    values: list[float | str] = column.tolist()
    for index in np.flatnonzero(~np.isfinite(column)):
        values[index] = texts.number(float(column[index]))
    return values
