"""The few fields of TensorBoard's events that hold scalars, read from their bytes.

Source: ``event.proto``, ``summary.proto`` and ``tensor.proto`` of TensorFlow; the encoding of protocol buffers.
"""

import struct
from collections.abc import Iterator

import msgspec

_WIRE_BYTES = {1: 8, 5: 4}
_FLOAT, _DOUBLE, _HALF, _INT32, _INT64 = 1, 2, 19, 3, 9
_FORM = {_FLOAT: "<f", _DOUBLE: "<d", _HALF: "<e", _INT32: "<i", _INT64: "<q"}


class Malformed(Exception):
    """The bytes are no message of this kind."""


class Event(msgspec.Struct, frozen=True):
    """One event: seconds since 1970, the step its writer gave, scalars by tag."""

    wall_s: float
    step: int
    scalars: dict[str, float]


def read(data: bytes) -> Event:
    """Return the scalars of an event; one of something else has none.

    Raises:
        Malformed: if it is no event.
    """
    wall_s, step = 0.0, 0
    scalars: dict[str, float] = {}
    try:
        for field, value in _fields(data):
            if field == 1 and isinstance(value, bytes):
                wall_s = _unpacked("<d", value)
            elif field == 2 and isinstance(value, int):
                step = value - 2**64 if value >= 2**63 else value
            elif field == 5 and isinstance(value, bytes):
                scalars |= dict(_summary(value))
    except (struct.error, UnicodeDecodeError, IndexError) as fault:
        raise Malformed(str(fault)) from fault
    return Event(wall_s, step, scalars)


def _summary(data: bytes) -> Iterator[tuple[str, float]]:
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            yield from _value(value)


def _value(data: bytes) -> Iterator[tuple[str, float]]:
    """Yield tag and number of one value: a simple one, or a tensor of one number, as TensorFlow 2 writes."""
    tag, number = "", None
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            tag = value.decode()
        elif field == 2 and isinstance(value, bytes) and len(value) == 4:
            number = _unpacked("<f", value)
        elif field == 8 and isinstance(value, bytes):
            number = _tensor(value)
    if tag and number is not None:
        yield tag, number


def _tensor(data: bytes) -> float | None:
    kind, found = 0, None
    for field, value in _fields(data):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 4 and isinstance(value, bytes) and kind in _FORM and len(value) == struct.calcsize(_FORM[kind]):
            found = _unpacked(_FORM[kind], value)
        elif field in {5, 6} and isinstance(value, bytes) and len(value) == (4 if field == 5 else 8):
            found = _unpacked("<f" if field == 5 else "<d", value)
    return found


def _unpacked(form: str, data: bytes) -> float:
    (value,) = struct.unpack(form, data)
    return float(value)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field: an integer of a variable length, or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        length, at = _varint(data, at) if wire == 2 else (_WIRE_BYTES.get(wire, -1), at)
        if length < 0 or at + length > len(data):
            raise Malformed("a field ends beyond its message")
        yield key >> 3, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(10):
        byte = data[at + count]
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, at + count + 1
    raise Malformed("an integer does not end")
