"""What stands in a payload column: a format version, a checksum, then the content.

    payload = version:u8 crc32:u32 content          (little-endian)
    log     = step | epoch | wall_ns | mono_ns | values      raw columns of one matrix
    axis    = place, attempt, step, mono_ns, wall_ns - mono_ns, epoch     encoded columns, each behind its length
    block   = one encoded column of values

The payloads of groups are told of in `rollup`. Written by `book` and `axes`, read by all that read points. A payload that was altered on
disk is never taken for points.
"""

import struct
import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.records import row
from yoloscope.store.series import codec

VERSION = 1
BLOCK_ROWS = 4096  # 16 KB a block: long enough to compress well, short enough to read little for a zoom
AXIS_COLUMNS = 4  # of a log row: step, epoch and both times
_ENVELOPE = struct.Struct("<BI")
_LENGTH = struct.Struct("<I")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Rows(msgspec.Struct, frozen=True):
    """Rows of one shape: columns of length n, ``values`` ``(n, names)``; ``place`` counts the run's rows by arrival."""

    place: Ints
    attempt: Ints
    step: Ints
    epoch: Floats
    wall_ns: Ints
    mono_ns: Ints
    values: Floats


class Axis(msgspec.Struct, frozen=True):
    """What the series of one block share: the columns of `Rows` without values."""

    place: Ints
    attempt: Ints
    step: Ints
    epoch: Floats
    wall_ns: Ints
    mono_ns: Ints


def wrapped(content: bytes) -> bytes:
    """Return the payload that holds `content`."""
    return _ENVELOPE.pack(VERSION, zlib.crc32(content)) + content


def unwrapped(payload: bytes, *, what: str) -> bytes:
    """Return the content of a payload; `what` names it in messages.

    Raises:
        StoreError: if it was altered or cut on disk.
        StoreVersion: if a newer release wrote it.
    """
    if len(payload) < _ENVELOPE.size:
        raise broken(what)
    version, crc = _ENVELOPE.unpack_from(payload)
    content = payload[_ENVELOPE.size :]
    if zlib.crc32(content) != crc:
        raise broken(what)
    if version != VERSION:
        raise errors.StoreVersion(
            f"{what} has format {version}; this release reads {VERSION}. The data are untouched: upgrade yoloscope"
        )
    return content


def log_from_matrix(matrix: row.Matrix) -> bytes:
    """Return the log payload of a matrix."""
    return wrapped(b"".join((matrix.step, matrix.epoch, matrix.wall_ns, matrix.mono_ns, matrix.values)))


def rows_from_log(payload: bytes, *, rows: int, place: int, attempt: int, what: str) -> Rows:
    """Return the rows of a log payload, the first of which is the run's row number `place`."""
    content = unwrapped(payload, what=what)
    column = 8 * rows
    if len(content) < 4 * column or (rows and (len(content) - 4 * column) % column):
        raise broken(what)
    return Rows(
        place=np.arange(place, place + rows),
        attempt=np.full(rows, attempt, np.int64),
        step=np.frombuffer(content, np.int64, rows, 0),
        epoch=np.frombuffer(content, np.float64, rows, column),
        wall_ns=np.frombuffer(content, np.int64, rows, 2 * column),
        mono_ns=np.frombuffer(content, np.int64, rows, 3 * column),
        values=np.reshape(np.frombuffer(content, np.float64, -1, 4 * column), (rows, -1)),
    )


LogRow = tuple[int, bytes, int, int, int]
"""Id, payload, rows, place and attempt, as the log table has them."""


def rows_from_logs(log: Sequence[LogRow], *, what: str) -> Rows:
    """Return the rows of some log rows of one shape, one below the other; `what` names whose they are in messages."""
    parts = [
        rows_from_log(content, rows=rows, place=place, attempt=attempt, what=f"log row {log_id} of {what}")
        for log_id, content, rows, place, attempt in log
    ]
    return Rows(
        place=np.concatenate([part.place for part in parts]),
        attempt=np.concatenate([part.attempt for part in parts]),
        step=np.concatenate([part.step for part in parts]),
        epoch=np.concatenate([part.epoch for part in parts]),
        wall_ns=np.concatenate([part.wall_ns for part in parts]),
        mono_ns=np.concatenate([part.mono_ns for part in parts]),
        values=np.concatenate([part.values for part in parts]),
    )


def taken(rows: Rows, which: NDArray[np.bool_] | Ints) -> Rows:
    """Return the rows of a mask, or those of some numbers."""
    return Rows(
        place=rows.place[which],
        attempt=rows.attempt[which],
        step=rows.step[which],
        epoch=rows.epoch[which],
        wall_ns=rows.wall_ns[which],
        mono_ns=rows.mono_ns[which],
        values=rows.values[which],
    )


def payload_from_axis(rows: Axis) -> bytes:
    """Return the axis payload of some rows."""
    # Both clocks tick alike: their difference takes a byte or two a row, a second time column would take three.
    ahead = (rows.wall_ns.astype(np.uint64) - rows.mono_ns.astype(np.uint64)).astype(np.int64)
    ints = (rows.place, rows.attempt, rows.step, rows.mono_ns, ahead)
    columns = [*(codec.bytes_from_ints(column) for column in ints), codec.bytes_from_floats(rows.epoch)]
    return wrapped(b"".join(_LENGTH.pack(len(column)) + column for column in columns))


def axis_from_payload(payload: bytes, *, what: str) -> Axis:
    """Return the columns of an axis payload."""
    content = unwrapped(payload, what=what)
    columns: list[bytes] = []
    at = 0
    while at < len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        columns.append(content[at : at + length])
        at += length
    place, attempt, step, mono_ns, ahead = (codec.ints_from_bytes(column) for column in columns[:5])
    wall_ns = (ahead.astype(np.uint64) + mono_ns.astype(np.uint64)).astype(np.int64)
    return Axis(place, attempt, step, codec.floats_from_bytes(columns[5]), wall_ns, mono_ns)


def block_from_values(values: Floats) -> bytes:
    """Return the block payload of one series' values."""
    return wrapped(codec.bytes_from_floats(values))


def values_from_block(payload: bytes, *, what: str) -> Floats:
    """Return the values of a block payload."""
    return codec.floats_from_bytes(unwrapped(payload, what=what))


def broken(what: str) -> errors.StoreError:
    """Return the error that says that a payload was altered on disk."""
    return errors.StoreError(
        f"{what} is damaged on disk: its checksum is wrong. Other blocks are not affected; restore the file from a backup"
    )
