"""Records of a TFRecord file: length, checksum of the length, bytes, checksum of the bytes.

Source: TensorFlow's ``lib/io/record_writer``; CRC-32C after RFC 3720, appendix B.4, masked by a rotation and a constant.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from yoloscope import errors
from yoloscope.importers.notices import Notices

PAYLOAD_MAX_BYTES = 16 * 1024
"""Of a scalar's event there are some 60; larger ones hold pictures, graphs and histograms, and are passed over unread."""
_HEAD = struct.Struct("<QI")
_TAIL = struct.Struct("<I")
_MASK = 0xA282EAD8


def _table() -> tuple[int, ...]:
    entries: list[int] = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        entries.append(value)
    return tuple(entries)


_TABLE = _table()


def masked_crc(data: bytes) -> int:
    """Return the masked CRC-32C of some bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def payloads(path: Path, *, notices: Notices) -> Iterator[bytes]:
    """Yield the bytes of each small record up to the first that is damaged; an end that is cut off, as of a live writer, is noted.

    Raises:
        ImportFault: if the file cannot be read, or does not begin with a record.
    """
    try:
        with path.open("rb") as file:
            yield from _records(file, path=path, notices=notices)
    except OSError as fault:
        raise errors.ImportFault(
            f"{path} cannot be read: {fault.strerror}", zh=f"{path} 无法读取：{fault.strerror}"
        ) from fault


def _records(file: BinaryIO, *, path: Path, notices: Notices) -> Iterator[bytes]:
    at, size = 0, path.stat().st_size
    while head := file.read(_HEAD.size):
        length, crc = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, None)
        if crc is not None and crc != masked_crc(head[:8]):
            _damaged(path, at=at, notices=notices)
            return
        end = at + _HEAD.size + length + _TAIL.size
        if crc is None or end > size:
            notices.add(
                f"ends within a record at byte {at:,}, as while it is written; read up to there",
                zh=f"在第 {at:,} 字节处的记录不完整（可能仍在写入），只读取到此处",
            )
            return
        if length > PAYLOAD_MAX_BYTES:
            file.seek(end)
        else:
            payload, tail = file.read(length), file.read(_TAIL.size)
            if len(tail) < _TAIL.size or _TAIL.unpack(tail)[0] != masked_crc(payload):
                _damaged(path, at=at, notices=notices)
                return
            yield payload
        at = end


def _damaged(path: Path, *, at: int, notices: Notices) -> None:
    if at == 0:
        raise errors.ImportFault(f"{path} is no event file of TensorBoard", zh=f"{path} 不是 TensorBoard 事件文件")
    notices.add(f"is damaged at byte {at:,}; read up to there", zh=f"第 {at:,} 字节处已损坏，只读取到此处")
