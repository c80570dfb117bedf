"""PNG files of label maps, and of pictures where Pillow is not installed.

Source: W3C, Portable Network Graphics, third edition, 5 (chunks), 9.2 (filter 2, "Up") and 11.2. Nothing but pixels is written.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_FILTER_UP = 2
_CHUNK_BYTES = 12  # length, kind and checksum
_OF_PIXELS = frozenset((b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"bKGD", b"pHYs", b"IDAT", b"IEND"))
"""The chunks that say how pixels look; all others hold texts, times, profiles or further pictures."""


def encoded(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """Return a PNG of ``(height, width, channels)`` pixels; 1 channel is grey, 3 are RGB, 4 RGBA; 16 bits a channel for uint16."""
    height, width, channels = pixels.shape
    big_endian = pixels.astype(f">u{pixels.dtype.itemsize}")
    lines = np.reshape(np.frombuffer(big_endian.tobytes(), np.uint8), (height, -1))
    filtered = np.empty((height, lines.shape[1] + 1), np.uint8)
    filtered[:, 0] = _FILTER_UP
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])  # modulo 256, as the filter wants it
    head = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, _COLOUR_TYPES[channels], 0, 0, 0)
    data = zlib.compress(filtered.data, 6)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def bare(data: bytes | memoryview) -> bytes:
    """Return a PNG with its pixels alone: without texts, dates, camera data, profiles, further frames, and whatever follows its end.

    Raises:
        ValueError: if it is no PNG, or ends early.
    """
    whole = memoryview(data)
    if bytes(whole[: len(_SIGNATURE)]) != _SIGNATURE:
        raise ValueError("the figure is no PNG")
    kept: list[bytes | memoryview] = [_SIGNATURE]
    at, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        end = at + _CHUNK_BYTES + int.from_bytes(whole[at : at + 4], "big")
        if end > len(whole):
            raise ValueError("the PNG of the figure ends early")
        kind = bytes(whole[at + 4 : at + 8])
        if kind in _OF_PIXELS:
            kept.append(whole[at:end])
        at = end
    return b"".join(kept)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
