"""Curves of a server as columns: the answer of ``GET /api/v1/series`` as arrays, and series of several names side by side.

A table is a mapping of equally long columns; it becomes a DataFrame where pandas is installed, which yoloscope itself never needs.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlencode

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.api import client

if TYPE_CHECKING:
    from pandas import DataFrame

XAxis = Literal["step", "epoch", "elapsed", "time"]
Column: TypeAlias = "NDArray[np.float64] | NDArray[np.str_]"
Numbers: TypeAlias = "dict[str, NDArray[np.float64]]"
Table: TypeAlias = dict[str, Column]
_MAGIC = b"YSCOLS01"
_LENGTH = struct.Struct("<I")
_ALIGNMENT = 8
_OF_BUCKET = {"": "mean", ".min": "min", ".max": "max"}


class Curve(msgspec.Struct, frozen=True):
    """One series of one run; each column is ``(n,)`` float64."""

    run: str
    name: str
    columns: dict[str, NDArray[np.float64]]


class _Series(msgspec.Struct, frozen=True):
    run: str
    name: str
    columns: dict[str, tuple[int, int]]


class _Header(msgspec.Struct, frozen=True):
    series: list[_Series]


def curves(api: client.Client, *, runs: Iterable[str], names: Iterable[str], x: XAxis, buckets: int) -> list[Curve]:
    """Return every series that exists among those of some runs and names, points that a later attempt trained again left out.

    Raises:
        ServerRefused: if more is asked for than one answer may have, or a run is unknown.
        ServerUnavailable: if there is no answer.
    """
    asked = [*(("run", run) for run in runs), *(("name", name) for name in names)]
    query = urlencode([*asked, ("x", x), ("buckets", str(buckets)), ("format", "columns")])
    return decoded(b"".join(api.download(f"/api/v1/series?{query}")))


def decoded(body: bytes) -> list[Curve]:
    """Return what an answer in columns holds (docs/series.md).

    Raises:
        ServerRefused: if it is none.
    """
    head = len(_MAGIC) + _LENGTH.size
    try:
        if body[: len(_MAGIC)] != _MAGIC:
            raise ValueError("no columns")  # noqa: TRY301  # one place tells what is wrong with an answer
        (length,) = _LENGTH.unpack_from(body, len(_MAGIC))
        header = msgspec.msgpack.decode(body[head : head + length], type=_Header)
        numbers = np.frombuffer(body, "<f8", offset=-(-(head + length) // _ALIGNMENT) * _ALIGNMENT)
    except (ValueError, struct.error, msgspec.DecodeError) as error:
        raise errors.ServerRefused("what the server answered are no curves; is it an older one?", status=200) from error
    return [
        Curve(one.run, one.name, {key: _part(numbers, *place) for key, place in one.columns.items()})
        for one in header.series
    ]


def side_by_side(found: Sequence[Curve], *, x: XAxis) -> Numbers:
    """Return curves of one run as a table: a row for each x that any of them has, ascending, NaN where one has no point there.

    Of several points at one x the last stands. Buckets become their mean under the series' name, with ``<name>.min`` and ``<name>.max``.
    """
    axis = np.unique(np.concatenate([one.columns["x"] for one in found])) if found else np.empty(0)
    table: Numbers = {x: axis}
    for one in found:
        rows = np.searchsorted(axis, one.columns["x"])
        for name, values in _named(one).items():
            column = np.full(len(axis), np.nan)
            column[rows] = values
            table[name] = column
    return table


def stacked(tables: Mapping[str, Numbers], *, x: XAxis) -> Table:
    """Return the tables of several runs below each other, with the run's id in the column ``run``."""
    names = dict.fromkeys(name for table in tables.values() for name in table)
    columns: Table = {"run": np.concatenate([np.empty(0, np.str_), *_ids(tables, x=x)])}
    for name in dict.fromkeys((x, *names)):
        parts = [table.get(name, np.full(len(table[x]), np.nan)) for table in tables.values()]
        columns[name] = np.concatenate([np.empty(0), *parts])
    return columns


def as_frame(table: Mapping[str, Column]) -> "DataFrame | Table":
    """Return a table as a DataFrame, as it is where pandas is not installed."""
    try:
        import pandas as pd  # noqa: PLC0415  # it is the user's, and slow to load
    except ImportError:
        return dict(table)
    return pd.DataFrame(dict(table))


def _named(curve: Curve) -> dict[str, NDArray[np.float64]]:
    if "y" in curve.columns:
        return {curve.name: curve.columns["y"]}
    return {curve.name + end: curve.columns[key] for end, key in _OF_BUCKET.items()}


def _part(numbers: NDArray[np.float64], offset: int, count: int) -> NDArray[np.float64]:
    return numbers[offset // 8 : offset // 8 + count]


def _ids(tables: Mapping[str, Numbers], *, x: XAxis) -> list[NDArray[np.str_]]:
    return [np.full(len(table[x]), run) for run, table in tables.items()]
