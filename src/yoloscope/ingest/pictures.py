"""What the first bytes of a picture say of it. Nothing is decoded: a picture that would fill the memory is refused by its header.

Called by `contents`, in the server's own process; what decodes pictures lives in a process apart.
Source: PNG specification, 11.2.1 (IHDR); WebP container specification, and RFC 6386 9.1 and RFC 9649 3.4 for its two bitstreams.
"""

import struct

from yoloscope import errors
from yoloscope.records import media

HEAD_BYTES = 32
"""What `check` needs of a picture."""
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_FIX = "send what `log_image` encodes"


def check(head: bytes, *, media_type: str) -> tuple[int, int]:
    """Return width and height of a picture by its first `HEAD_BYTES` bytes.

    Raises:
        InvalidRecord: if it is none of that type, or has more than `media.PICTURE_MAX_PIXELS`.
    """
    size = _of_png(head) if media_type == media.PNG else _of_webp(head)
    if size is None or min(size) < 1:
        raise errors.InvalidRecord(f"the bytes are no picture of type {media_type}", field="body", fix=_FIX)
    if size[0] * size[1] > media.PICTURE_MAX_PIXELS:
        raise errors.InvalidRecord(
            f"the picture has {size[0]} x {size[1]} pixels; the limit is {media.PICTURE_MAX_PIXELS}",
            field="body",
            fix="log it smaller",
        )
    return size


def _of_png(head: bytes) -> tuple[int, int] | None:
    if not head.startswith(_PNG) or len(head) < 29:
        return None
    width, height, depth, colour, *rest = struct.unpack_from(">IIBBBBB", head, len(_PNG))
    is_known = depth in _PNG_DEPTHS.get(colour, ()) and rest[:2] == [0, 0] and rest[2] in (0, 1)
    return (width, height) if is_known else None


def _of_webp(head: bytes) -> tuple[int, int] | None:
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[12:16] == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
