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


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
