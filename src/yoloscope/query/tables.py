"""Answers in long form: named columns of one length, in pieces, for whoever writes them as CSV, Arrow or Parquet.

Made by `answers`, `groups` and `export`, written by the server's formats.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Kind = Literal["label", "int", "float", "bool", "time"]
"""What a column holds: places in the field's ``labels``, int64, float64, truth values, Unix nanoseconds as int64."""
Array = NDArray[np.int64 | np.float64 | np.bool_]


class Field(msgspec.Struct, frozen=True):
    """One column of a table."""

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()


class Cells(NamedTuple):
    """A piece of one column; where ``missing`` is true there is nothing, which is not the same as NaN."""

    values: Array
    missing: NDArray[np.bool_] | None = None


Piece = tuple[Cells, ...]
"""Some rows of a table: cells for each field, all of one length."""


class Table(msgspec.Struct, frozen=True):
    """Rows that are made while they are read, once."""

    fields: tuple[Field, ...]
    pieces: Iterator[Piece]


def labels(place: int, *, rows: int) -> Cells:
    """Return one label for all rows of a piece."""
    return Cells(np.full(rows, place, np.int64))
