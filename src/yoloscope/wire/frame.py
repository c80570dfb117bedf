"""Frames: a body is a short header, then payloads, each behind its length and CRC-32.

    body    = "YSCW" version:u16 reserved:u16 frame*
    frame   = length:u32 crc32:u32 payload[length]          (little-endian)

A body that ends early, is altered on the way or comes from a newer version is told apart from a good one.
"""

import struct
import zlib
from collections.abc import Iterable

from yoloscope import errors
from yoloscope.wire import protocol

_HEADER = struct.Struct("<4sHH")
_FRAME = struct.Struct("<II")


def body_from_payloads(payloads: Iterable[bytes], *, version: int = protocol.VERSION) -> bytes:
    """Return one body that holds the payloads in order."""
    parts = [_HEADER.pack(protocol.MAGIC, version, 0)]
    for payload in payloads:
        parts.append(_FRAME.pack(len(payload), zlib.crc32(payload)))
        parts.append(payload)
    return b"".join(parts)


def payloads_from_body(body: bytes) -> list[bytes]:
    """Return the payloads of a body.

    Raises:
        FrameTooLarge: if the body exceeds the limit.
        FrameTruncated: if it ends inside the header or a frame.
        FrameCorrupt: if the magic or a checksum is wrong.
        FrameVersion: if it was written by a newer protocol.
    """
    if len(body) > protocol.BODY_MAX_BYTES:
        raise errors.FrameTooLarge(
            f"the unpacked body is {len(body)} bytes; the limit is {protocol.BODY_MAX_BYTES}",
            fix="send fewer rows in one request",
        )
    _check_header(body)
    payloads: list[bytes] = []
    at = _HEADER.size
    while at < len(body):
        payload = _payload_at(body, at, index=len(payloads))
        payloads.append(payload)
        at += _FRAME.size + len(payload)
    return payloads


def _check_header(body: bytes) -> None:
    if len(body) < _HEADER.size:
        raise errors.FrameTruncated(f"the body has {len(body)} bytes and no whole header")
    magic, version, _ = _HEADER.unpack_from(body)
    if magic != protocol.MAGIC:
        raise errors.FrameCorrupt(f"the body starts with {magic!r}, not {protocol.MAGIC!r}", field="body.magic")
    if version not in protocol.VERSIONS:
        raise errors.FrameVersion(
            f"the body is of protocol version {version}; this side knows {protocol.VERSIONS}",
            field="body.version",
            fix="bring server and trainer to the same release; the spool keeps the rows meanwhile",
        )


def _payload_at(body: bytes, at: int, *, index: int) -> bytes:
    if at + _FRAME.size > len(body):
        raise errors.FrameTruncated(f"the body ends inside the head of frame {index}", field=f"frame[{index}]")
    length, crc = _FRAME.unpack_from(body, at)
    start = at + _FRAME.size
    payload = body[start : start + length]
    if len(payload) != length:
        raise errors.FrameTruncated(
            f"frame {index} should have {length} bytes, {len(payload)} came", field=f"frame[{index}]"
        )
    if zlib.crc32(payload) != crc:
        raise errors.FrameCorrupt(f"frame {index} has a wrong checksum", field=f"frame[{index}].crc")
    return payload
