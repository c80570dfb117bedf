"""Arrays without numpy: what has a buffer is unpacked by its format, lists are gone through.

The same answers as `by_numpy`, some hundred times slower: a training of a vision model has numpy, a small script may not.
"""

import math
import struct
from collections.abc import Sequence
from typing import cast, get_args

from yoloscope.spool import handed

_CODES: dict[str, str] = {
    "u1": "B",
    "i1": "b",
    "u2": "H",
    "i2": "h",
    "u4": "I",
    "i4": "i",
    "u8": "Q",
    "i8": "q",
    "f2": "e",
    "f4": "f",
    "f8": "d",
    "b1": "?",
}
_KINDS = {"?": "b", **dict.fromkeys("BHILQN", "u"), **dict.fromkeys("bhilqn", "i"), **dict.fromkeys("efd", "f")}
_DEPTH_MAX = 8
_Found = tuple[handed.Dtype, tuple[int, ...], bytes]


def grid(value: object, dtype: handed.Dtype | None, most: int) -> _Found:
    """Return type, shape and bytes of what has a buffer, or of numbers in lists.

    Raises:
        TypeError, ValueError, OverflowError: if it is none, is ragged, or holds more than `most` numbers.
    """
    try:
        view = memoryview(value)  # pyright: ignore[reportArgumentType]  # tried, not trusted
    except TypeError:
        shape = _shape(value)
        _check_cells(shape, most)
        numbers: list[float] = []
        _flatten(value, shape, numbers)
        return _packed(numbers, shape, dtype or _own(numbers))
    _check_cells(view.shape or (), most)
    order, code = (view.format[0], view.format[1:]) if view.format[0] in "@=<>!" else ("@", view.format)
    if code not in _KINDS:
        raise TypeError(f"its items are {view.format!r}, no numbers")
    found = struct.unpack(f"{order}{view.nbytes // view.itemsize}{code}", view.tobytes())
    return _packed(found, tuple(view.shape or ()), dtype or _named(f"{_KINDS[code]}{view.itemsize}"))


def values(dtype: str, data: memoryview | bytes) -> Sequence[float]:
    """Return the numbers of an array."""
    raw = bytes(data)
    return struct.unpack(f"<{len(raw) // int(dtype[1:])}{_CODES[dtype]}", raw)


def is_finite(dtype: str, data: memoryview | bytes) -> bool:
    """Tell whether no number is NaN or infinite."""
    return all(map(math.isfinite, values(dtype, data)))


def are_whole(dtype: str, data: memoryview | bytes) -> bool:
    """Tell whether all numbers, of which none is NaN or infinite, are whole."""
    return all(number == math.floor(number) for number in values(dtype, data))


def bounds(dtype: str, data: memoryview | bytes) -> tuple[float, float]:
    """Return the least and the greatest number; NaN if one is NaN."""
    numbers = values(dtype, data)
    if any(map(math.isnan, numbers)):
        return math.nan, math.nan
    return min(numbers), max(numbers)


def light(dtype: str, data: memoryview | bytes, scale: int) -> bytes:
    """Return numbers times `scale`, rounded, as bytes."""
    return bytes(int(number * scale + 0.5) for number in values(dtype, data))


def _packed(numbers: Sequence[float], shape: tuple[int, ...], dtype: handed.Dtype) -> _Found:
    wanted: Sequence[float] = numbers
    if dtype[0] in "ui":
        wanted = [int(number) for number in numbers]
    try:
        return dtype, shape, struct.pack(f"<{len(wanted)}{_CODES[dtype]}", *wanted)
    except struct.error as error:
        raise ValueError(str(error)) from error


def _own(numbers: Sequence[float]) -> handed.Dtype:
    if numbers and all(type(number) is bool for number in numbers):
        return "b1"
    return "i8" if numbers and all(isinstance(number, int) for number in numbers) else "f8"


def _named(name: str) -> handed.Dtype:
    if name not in get_args(handed.Dtype):
        raise TypeError(f"its items are {name}, which is not known")
    return cast("handed.Dtype", name)


def _shape(value: object, *, depth: int = 0) -> tuple[int, ...]:
    if not isinstance(value, list | tuple | range):
        return ()
    if depth == _DEPTH_MAX:
        raise ValueError("it is nested too deep")
    items = cast("Sequence[object]", value)
    return (len(items), *(_shape(items[0], depth=depth + 1) if items else ()))


def _check_cells(shape: Sequence[int], most: int) -> None:
    cells = math.prod(shape)
    if cells > most:
        raise ValueError(f"it holds {cells:,} numbers, more than {most:,}")


def _flatten(value: object, shape: tuple[int, ...], numbers: list[float]) -> None:
    if not shape:
        if not isinstance(value, int | float):
            raise TypeError(f"it holds a {type(value).__name__}")
        numbers.append(value)
        return
    items = cast("Sequence[object]", value)
    if not isinstance(value, list | tuple | range) or len(items) != shape[0]:
        raise ValueError("its lists differ in length")
    for item in items:
        _flatten(item, shape[1:], numbers)
