"""Images as they look, in a few bits: whether two are the same file, or nearly the same picture; and what a file is that a trainer cannot use.

A picture's bits tell where brightness rises from one cell to the next of a grid of 9 by 9, to the right and downwards. Source: the difference hash
(Krawetz, "Kind of Like That", 2013), here in both directions, 128 bits.
"""

import hashlib
import importlib.util
import io
import os
import stat
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors

if TYPE_CHECKING:
    from PIL import Image

CELLS = 9
FLAT = 2.0
"""Grey levels of standard deviation below which a picture has no form to compare."""
BITS_MOST = 6
"""Of 128 by which pictures that are nearly the same may differ: of 800 copies in another size and quality of JPEG 97 % did not by more, where the closest
of 19,900 pairs of other pictures differed by 32."""
EDGE_BYTES = 65_536
TAIL_BYTES = 4_096
SIDE_LEAST = 10
"""Pixels; smaller images are left out by trainers."""
_COUNTS = np.array([value.bit_count() for value in range(256)], np.uint8)

Bits = NDArray[np.uint8]


class Header(msgspec.Struct, frozen=True):
    """Size of a file in bytes and of its picture in pixels; ``fault`` names in English and Chinese why it cannot be used."""

    size_bytes: int = 0
    width: int = 0
    height: int = 0
    fault: tuple[str, str] | None = None


def require_pillow() -> None:
    """Make sure that images can be read.

    Raises:
        ImportFault: if Pillow is not installed; the message says what to type.
    """
    if importlib.util.find_spec("PIL") is None:  # comes with every trainer, not with us
        raise errors.ImportFault(
            "images cannot be read without Pillow: pip install pillow", zh="读取图片需要 Pillow：pip install pillow"
        )


def header(path: str) -> Header:
    """Return what the head of an image file says, without decoding it; never raises for what is in it."""
    from PIL import Image  # noqa: PLC0415

    try:
        about = os.stat(path)  # noqa: PTH116  # a Path each costs ten times as much
        if not stat.S_ISREG(about.st_mode):
            return Header(fault=("it is no regular file", "不是普通文件"))
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            head = file.read(EDGE_BYTES)
            image = _opened(head, file)
            (width, height), kind = image.size, image.format
            if kind == "JPEG" and not _has_end(head, file, about.st_size):
                return Header(about.st_size, width, height, ("it is cut short", "文件不完整"))
    except FileNotFoundError:
        return Header(fault=("it does not exist", "文件不存在"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Header(fault=(f"it is no image that can be read ({type(error).__name__})", "不是可以读取的图片"))
    if min(width, height) < SIDE_LEAST:
        return Header(about.st_size, width, height, (f"it has {width} x {height} px", f"只有 {width} x {height} px"))
    return Header(about.st_size, width, height)


def _opened(head: bytes, file: io.FileIO) -> "Image.Image":
    """Return the picture as its first bytes tell it, read at once; of formats or heads that need more, as the file does."""
    from PIL import Image  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if head.startswith((b"\xff\xd8", b"\x89PNG")):
            try:
                return Image.open(io.BytesIO(head))
            except (OSError, SyntaxError):
                pass
        file.seek(0)
        return Image.open(cast("BinaryIO", file))


def _has_end(head: bytes, file: io.FileIO, size: int) -> bool:
    if size <= len(head):
        return b"\xff\xd9" in head[-TAIL_BYTES:]
    file.seek(size - TAIL_BYTES)
    return b"\xff\xd9" in file.read(TAIL_BYTES)


def digest(path: str) -> bytes:
    """Return a digest of a file; of one above 128 KiB of its two ends and its size. Empty if it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read(EDGE_BYTES)
            size = os.fstat(file.fileno()).st_size
            if size > EDGE_BYTES:
                file.seek(max(EDGE_BYTES, size - EDGE_BYTES))
                data += file.read(EDGE_BYTES) + size.to_bytes(8, "little")
    except OSError:
        return b""
    return hashlib.blake2b(data, digest_size=16).digest()


def look(path: str) -> tuple[float, bytes]:
    """Return the mean brightness of a picture in [0, 1] and its 128 bits; empty bits for a flat one, NaN if it cannot be decoded."""
    from PIL import Image  # noqa: PLC0415

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            image = Image.open(file)
            image.draft("L", (CELLS * 4, CELLS * 4))
            small = image.convert("L").resize((CELLS, CELLS), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return float("nan"), b""
    grid = np.asarray(small, np.int16)
    if grid.std() < FLAT:
        return float(grid.mean()) / 255, b""
    right = grid[:-1, 1:] > grid[:-1, :-1]
    down = grid[1:, :-1] > grid[:-1, :-1]
    return float(grid.mean()) / 255, np.packbits(np.stack([right, down])).tobytes()


def near(bits: Sequence[bytes], others: Sequence[bytes]) -> NDArray[np.bool_]:
    """Return which of some pictures are nearly the same as one of the others, ``(len(bits),)``; flat ones never are."""
    found = np.zeros(len(bits), np.bool_)
    known = _columns(sorted({one for one in others if one}))
    for place, one in enumerate(bits):
        if one and len(known):
            found[place] = _least_distance(np.frombuffer(one, np.uint8), known) <= BITS_MOST
    return found


def _columns(bits: Sequence[bytes]) -> Bits:
    return np.array([list(one) for one in bits], np.uint8)


def _least_distance(one: Bits, known: Bits) -> int:
    return int(_COUNTS[np.bitwise_xor(known, one)].sum(axis=1, dtype=np.int64).min())
