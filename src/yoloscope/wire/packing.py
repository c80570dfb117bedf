"""Rows made small for the way: each column on its own, differences of integers, bytes of one weight side by side.

Called by `codec` on both sides. Values survive to the last bit, NaN payloads included. What deflate then makes of it is about 4 bytes a
value for curves of 32-bit floats, which is what most trainings log.
"""

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.records import row
from yoloscope.wire import protocol

ROWS_LEAST = 4
"""Fewer rows are not worth the work."""
_SHORT, _LONG = 4, 8
_FIX = "send frames as docs/wire.md describes"


class Packed(msgspec.Struct, frozen=True, tag="p"):
    """A `row.Matrix` on its way.

    ``columns`` holds step, wall_ns and mono_ns (differences, int64), epoch (float64), then each series as float32 or float64, as
    ``widths`` says: a byte a series, 4 or 8. Every column of n numbers of w bytes is n first bytes, n second bytes, and so on.
    """

    names: tuple[str, ...]
    rows: int
    widths: bytes
    columns: bytes


def packed(matrix: row.Matrix) -> Packed:
    """Return a matrix as it travels."""
    values = np.reshape(np.frombuffer(matrix.values, np.float64), (matrix.rows, len(matrix.names)))
    integers = [_differences(column) for column in (matrix.step, matrix.wall_ns, matrix.mono_ns)]
    floats = [_shortest(values[:, index].tobytes()) for index in range(len(matrix.names))]
    widths = bytes(len(column) // max(1, matrix.rows) or _LONG for column in floats)
    long = [_planes(column, width=_LONG) for column in (*integers, matrix.epoch)]
    short = [_planes(column, width=width) for column, width in zip(floats, widths, strict=True)]
    return Packed(names=matrix.names, rows=matrix.rows, widths=widths, columns=b"".join((*long, *short)))


def unpacked(sent: Packed, *, place: str) -> row.Matrix:
    """Return the matrix; `place` names the entry in errors.

    Raises:
        FrameCorrupt: if the parts do not fit each other.
    """
    if len(sent.names) > protocol.ROW_NAMES_MAX:  # checked again with all names, but the work here is for each of them
        raise errors.FrameCorrupt(
            f"{place} names {len(sent.names)} series", field=f"{place}.names", fix=f"use 1-{protocol.ROW_NAMES_MAX}"
        )
    widths = list(sent.widths)
    if sent.rows < 0 or len(widths) != len(sent.names) or not set(widths) <= {_SHORT, _LONG}:
        raise errors.FrameCorrupt(f"{place}.widths does not fit its names", field=f"{place}.widths", fix=_FIX)
    if len(sent.columns) != sent.rows * (4 * _LONG + sum(widths)):
        raise errors.FrameCorrupt(f"{place}.columns has a wrong length", field=f"{place}.columns", fix=_FIX)
    columns = _split(sent.columns, rows=sent.rows, widths=[_LONG] * 4 + widths)
    values = np.empty((sent.rows, len(widths)), np.float64)
    for index, column in enumerate(columns[4:]):
        with np.errstate(invalid="ignore"):
            values[:, index] = np.frombuffer(column, np.float32 if widths[index] == _SHORT else np.float64)
    return row.Matrix(
        names=sent.names,
        step=_sums(columns[0]),
        epoch=columns[3],
        wall_ns=_sums(columns[1]),
        mono_ns=_sums(columns[2]),
        values=values.tobytes(),
    )


def _differences(column: bytes) -> bytes:
    """Return each number less the one before it, modulo 2^64: small for what grows evenly."""
    return np.diff(np.frombuffer(column, np.uint64), prepend=np.zeros(1, np.uint64)).tobytes()


def _sums(column: bytes) -> bytes:
    return np.cumsum(np.frombuffer(column, np.uint64), dtype=np.uint64).tobytes()


def _shortest(column: bytes) -> bytes:
    """Return a column of float64 as float32 if every bit of it comes back from that."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        short = np.frombuffer(column, np.float64).astype(np.float32)
        back = short.astype(np.float64)
    return short.tobytes() if back.tobytes() == column else column


def _planes(column: bytes, *, width: int) -> bytes:
    return np.transpose(np.reshape(np.frombuffer(column, np.uint8), (-1, width))).tobytes()


def _split(columns: bytes, *, rows: int, widths: list[int]) -> list[bytes]:
    """Return the columns, each with the bytes of a number side by side again."""
    found: list[bytes] = []
    at = 0
    for width in widths:
        planes = np.reshape(np.frombuffer(columns, np.uint8, rows * width, at), (width, rows))
        found.append(np.transpose(planes).tobytes())
        at += rows * width
    return found
