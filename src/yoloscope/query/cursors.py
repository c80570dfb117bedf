"""The order of the run table and the place where its next page begins: behind the values of the last row, wherever that row is by then.

Called by `table_page`. Runs without a value stand last, whichever way is asked for; ties stand newest first.
"""

import base64
import binascii
import math
import operator
from collections.abc import Sequence
from typing import NamedTuple, cast

import msgspec

from yoloscope import errors
from yoloscope.query import table
from yoloscope.query.filters import fields

Key = tuple[int, int | float | str]
_TEXT_MAX_CHARS = 100  # of a text count for the order: a cursor stands in an address
_INT64 = 2**63
_NUMBER, _TEXT, _BOOL, _NULL = range(4)


class Column(NamedTuple):
    """One thing to sort by."""

    field: fields.Field
    descending: bool


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: the question it belongs to, the keys of its last row, and that row's creation time and id."""

    question: str
    keys: tuple[Key | None, ...]
    created_ns: int
    run: str


_decoder = msgspec.msgpack.Decoder(Cursor)


def in_order(runs: Sequence[fields.Facts], columns: Sequence[Column]) -> list[fields.Facts]:
    """Return runs, which stand newest first, in the order of some columns, the first counting most."""
    ordered = list(runs)
    for column in reversed(columns):
        keyed = [*zip(_keys(column, ordered), ordered, strict=True)]
        told = [one for one in keyed if one[0] is not None]
        told.sort(key=operator.itemgetter(0), reverse=column.descending)
        ordered = [run for _, run in told] + [run for found, run in keyed if found is None]
    return ordered


def _keys(column: Column, runs: Sequence[fields.Facts]) -> list[Key | float | None]:
    """Return the key of each run; of a column of numbers alone the number in its place, which sorts the same in half the time."""
    if column.field.kind not in ("number", "time"):
        return [key(column, run) for run in runs]
    found = cast("list[float]", list(map(column.field.get, runs)))
    return [None if value is fields.MISSING or value != value else value for value in found]  # noqa: PLR0124 - NaN


def key(column: Column, run: fields.Facts) -> Key | None:
    """Return what a run is ordered by: numbers before texts before the rest; ``None`` if it has no value, or NaN."""
    value = column.field.get(run)
    if value is fields.MISSING:
        return None
    if isinstance(value, bool):
        return _BOOL, float(value)
    if isinstance(value, (int, float)):
        return None if math.isnan(value) else (_NUMBER, _number(value))
    if value is None:
        return _NULL, 0.0
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(item) for item in cast("Sequence[object]", value))
    return _TEXT, str(value)[:_TEXT_MAX_CHARS]


def text_from_run(run: fields.Facts, columns: Sequence[Column], *, question: str) -> str:
    """Return the cursor of the page behind a run."""
    cursor = Cursor(question, tuple(key(column, run) for column in columns), *table.newest_last(run))
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(cursor)).decode().rstrip("=")


def cursor_from_text(text: str, *, columns: int, question: str) -> Cursor:
    """Return a cursor.

    Raises:
        InvalidRecord: if the text is none, or one of another question.
    """
    try:
        found = _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise _refusal("is not usable", text=text) from error
    if found.question != question:
        raise _refusal("belongs to another project, filter or order", text=text)
    if len(found.keys) != columns or not all(one is None or _is_key(one) for one in found.keys):
        raise _refusal("is not usable", text=text)
    return found


def behind(cursor: Cursor, ordered: Sequence[fields.Facts], columns: Sequence[Column]) -> int:
    """Return the place of the first run behind a cursor, in runs that stand in the order of the columns."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if _is_behind(cursor, ordered[middle], columns):
            high = middle
        else:
            low = middle + 1
    return low


def _is_behind(cursor: Cursor, run: fields.Facts, columns: Sequence[Column]) -> bool:
    for column, theirs in zip(columns, cursor.keys, strict=True):
        ours = key(column, run)
        if ours == theirs:
            continue
        if ours is None or theirs is None:
            return ours is None
        return (ours < theirs) == column.descending
    return table.newest_last(run) < (cursor.created_ns, cursor.run)


def _number(value: float) -> float:
    """Return a number as a cursor holds it: whole ones of 64 bits exactly, times in nanoseconds among them."""
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return math.inf if value > 0 else -math.inf
    return value


def _is_key(one: Key) -> bool:
    kind, value = one
    return kind in range(4) and isinstance(value, str) == (kind == _TEXT) and value == value  # noqa: PLR0124 - NaN is no key


def _refusal(what: str, *, text: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(
        f"cursor {text[:80]!r} {what}",
        field="cursor",
        fix="use the 'next' of the page before with the same project, filter and order; leave it out for the first page",
    )
