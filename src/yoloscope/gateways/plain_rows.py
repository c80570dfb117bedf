"""The plain JSON log, read: bytes to checked rows, every refusal naming the field and the fix.

Pure: no clock, no store. ``NaN``, ``Infinity`` and ``-Infinity``, which Python's ``json`` writes, are values and kept; a
number that only becomes infinite because it is too large (``1e400``) is a mistake and refused.
"""

import datetime as dt
import json
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import cast

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.ingest import spelling
from yoloscope.records import names, row
from yoloscope.wire import protocol

_MEGABYTE = 1e6
_MILLISECONDS_FROM = 1e11  # as seconds this is the year 5138, as milliseconds 1973
_WALL_S_MAX = 9.2e9  # int64 nanoseconds end in the year 2262
_DIGITS_MAX = 400  # more digits than any float64 has before its point
_FIELDS_OF_THE_ROW = ("step", "epoch", "timestamp")


class PlainRow(msgspec.Struct, frozen=True):
    """One object of the log: its place, and its values under canonical names in the order written."""

    step: int | None
    epoch: float | None
    wall_ns: int
    names: tuple[str, ...]
    values: tuple[float, ...]


class _TooLarge(msgspec.Struct, frozen=True):
    """A number that float64 cannot hold, as written."""

    text: str


def rows_from_json(body: bytes, *, now_ns: int) -> list[PlainRow]:
    """Return the rows of a body: one object, or a list of objects.

    Raises:
        InvalidRecord: if any part cannot be used; no row of the body is then.
    """
    said = _parsed(body)
    if not isinstance(said, list):
        return [_row(said, place="", now_ns=now_ns)]
    items = cast("list[object]", said)
    if not items:
        raise _refusal("the list is empty", field="body", fix="send at least one object")
    return [_row(item, place=f"[{index}].", now_ns=now_ns) for index, item in enumerate(items)]


def matrices_from_rows(rows: Sequence[PlainRow]) -> Iterator[row.Matrix]:
    """Yield the rows as matrices, one for each stretch of rows with the same names."""
    for shared, stretch in groupby(rows, key=lambda one: one.names):
        of = list(stretch)
        wall_ns = np.array([one.wall_ns for one in of], dtype="<i8").tobytes()
        yield row.Matrix(
            names=shared,
            step=np.array([row.NO_STEP if one.step is None else one.step for one in of], dtype="<i8").tobytes(),
            epoch=np.array([math.nan if one.epoch is None else one.epoch for one in of], dtype="<f8").tobytes(),
            wall_ns=wall_ns,
            mono_ns=wall_ns,
            values=np.array([one.values for one in of], dtype="<f8").tobytes(),
        )


def _parsed(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_float=_float_or_too_large,
            parse_int=_int_or_too_large,
        )
    except (ValueError, RecursionError) as error:
        raise _refusal(
            f"the body is not JSON: {error}", field="body", fix='send an object such as {"step": 1, "loss_box": 0.5}'
        ) from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise _refusal(f"the field {_shown(twice)} stands twice", field=_shown(twice), fix="send each field once")
    return fields


def _float_or_too_large(text: str) -> float | _TooLarge:
    value = float(text)
    return _TooLarge(text[:40]) if math.isinf(value) else value


def _int_or_too_large(text: str) -> int | _TooLarge:
    if len(text) > _DIGITS_MAX or math.isinf(float(text)):
        return _TooLarge(text[:40])
    return int(text)


def _row(said: object, *, place: str, now_ns: int) -> PlainRow:
    if not isinstance(said, dict):
        raise _refusal(
            f"{place or 'the body'} is no JSON object".replace(". ", " "),
            field=place.removesuffix(".") or "body",
            fix='send an object such as {"step": 1, "loss_box": 0.5}, or a list of them',
        )
    fields = cast("dict[str, object]", said)
    values = {
        name: _value(value, name=name, place=place) for name, value in fields.items() if name not in _FIELDS_OF_THE_ROW
    }
    if not 1 <= len(values) <= protocol.ROW_NAMES_MAX:
        raise _refusal(
            f"{len(values)} numeric fields beside step, epoch and timestamp",
            field=place.removesuffix(".") or "body",
            fix=f"send 1 to {protocol.ROW_NAMES_MAX}, such as loss_box or lr",
        )
    return PlainRow(
        step=_step(fields.get("step"), place=place),
        epoch=_epoch(fields.get("epoch"), place=place),
        wall_ns=_wall_ns(fields.get("timestamp"), place=place, now_ns=now_ns),
        names=spelling.distinct(tuple(values), spell=names.canonical_from_plain),
        values=tuple(values.values()),
    )


def _value(value: object, *, name: str, place: str) -> float:
    field = place + _shown(name)
    try:
        names.check(name)
    except errors.InvalidRecord as error:
        raise _refusal(str(error), field=field, fix=error.fix) from error
    number = _number(value, field=field, fix=_fix_for(name, value))
    if name != "gpu_memory_mb":
        return number
    scaled = number * _MEGABYTE
    if math.isinf(scaled) and not math.isinf(number):
        raise _refusal(f"{field} is too large", field=field, fix="send megabytes")
    return scaled


def _fix_for(name: str, value: object) -> str:
    if name in ("run", "project", "name") and isinstance(value, str):
        return f"put it into the address: /log?{'project' if name == 'project' else 'run'}=…"
    if value is None:
        return "leave the field out, or send NaN"
    if isinstance(value, (dict, list)):
        return "send nested values as fields of their own, such as loss/box"
    return "send a number, not in quotes"


def _number(value: object, *, field: str, fix: str) -> float:
    if isinstance(value, _TooLarge):
        raise _refusal(
            f"{field} is {value.text}, more than a 64-bit float holds", field=field, fix="send a number below 1.8e308"
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _refusal(f"{field} is no number but {_kind(value)}", field=field, fix=fix)
    return float(value)


def _step(value: object, *, place: str) -> int | None:
    if value is None:
        return None
    fix = "send the global iteration as a whole number, or leave it out"
    number = _number(value, field=f"{place}step", fix=fix)
    if not math.isfinite(number) or number != int(number) or abs(number) >= 2**63:
        raise _refusal(f"{place}step is {number!r}, no whole number of 64 bits", field=f"{place}step", fix=fix)
    return value if isinstance(value, int) else int(number)


def _epoch(value: object, *, place: str) -> float | None:
    if value is None:
        return None
    fix = "send a finite number, or leave it out"
    number = _number(value, field=f"{place}epoch", fix=fix)
    if not math.isfinite(number):
        raise _refusal(f"{place}epoch is {number!r}", field=f"{place}epoch", fix=fix)
    return number


def _wall_ns(value: object, *, place: str, now_ns: int) -> int:
    if value is None:
        return now_ns
    field, fix = f"{place}timestamp", "send Unix seconds, milliseconds or ISO 8601, or leave it out"
    if isinstance(value, str):
        return _wall_ns_from_iso(value, field=field, fix=fix)
    number = _number(value, field=field, fix=fix)
    seconds = number / 1000 if number > _MILLISECONDS_FROM else number
    if not 0 <= seconds < _WALL_S_MAX:
        raise _refusal(f"{field} is {number!r}, no time between 1970 and 2261", field=field, fix=fix)
    return round(seconds * 1e9)


def _wall_ns_from_iso(text: str, *, field: str, fix: str) -> int:
    """Return an ISO 8601 time; without a zone it is the server's local time."""
    try:
        moment = dt.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
        seconds = moment.timestamp()
    except (ValueError, OverflowError, OSError):
        seconds = -1.0
    if not 0 <= seconds < _WALL_S_MAX:
        raise _refusal(f"{field} {text[:40]!r} is no ISO 8601 time since 1970", field=field, fix=fix)
    return round(seconds * 1e9)


def _kind(value: object) -> str:
    kinds: dict[type, str] = {bool: "a truth value", str: "text", dict: "an object", list: "a list"}
    return kinds.get(type(value), "null")


def _shown(name: str) -> str:
    """Return a field name as a message can carry it: printable and short."""
    shown = name if name and name.isprintable() else repr(name)
    return shown if len(shown) <= 80 else shown[:80] + "…"


def _refusal(message: str, *, field: str, fix: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(f"{message}; nothing was stored", field=field, fix=fix)
