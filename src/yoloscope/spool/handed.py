"""Things handed over: what a training logged that is no number, one file each, raw, for the sidecar to encode.

    <root>/<writer>/handed/<number>.item   a whole one; <number>.new while it is being written

    0    magic and version   8s
    8    size of the head    u32
    12   CRC-32 of the head  u32
    16   head                msgpack (`Handed`), padded to 8
         arrays              each padded to 8, where the head says

The trainer only copies bytes here: no encoding, no digest. A file that has its name is whole, also after SIGKILL of the trainer.
"""

import contextlib
import mmap
import struct
import zlib
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import media
from yoloscope.spool import layout

MAGIC = b"YSITEM\x00\x01"
FOLDER = "handed"
_HEAD = struct.Struct("<8sII")
_HEAD_MOST_BYTES = 16 * 1024 * 1024


class Array(msgspec.Struct, frozen=True):
    """Where an array lies: ``dtype`` is one of ``u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 b1``, little-endian and row-major."""

    role: str
    dtype: str
    shape: tuple[int, ...]
    offset: int = 0
    size_bytes: int = 0


class Handed(msgspec.Struct, frozen=True):
    """What was logged. ``about`` holds what a kind says of its arrays (`sidecar.encoding` and `sdk.rich` agree on it); ``attempt`` is the writer's."""

    number: int
    kind: media.Kind
    name: str
    wall_ns: int
    attempt: int
    step: int | None = None
    epoch: float | None = None
    about: dict[str, object] = {}
    arrays: tuple[Array, ...] = ()


def path(directory: Path, number: int) -> Path:
    """Return where an item of a writer's directory lies."""
    return directory / FOLDER / f"{number:010d}.item"


def write(directory: Path, handed: Handed, buffers: Sequence[memoryview | bytes]) -> None:
    """Write an item with the bytes of its arrays, whole or not at all; ``offset`` and ``size_bytes`` of its arrays are set here.

    Raises:
        OSError: if the disk is full or cannot be written; nothing is left behind.
        InvalidRecord: if the head is larger than 16 MiB.
    """
    placed: list[Array] = []
    at = 0
    for array, buffer in zip(handed.arrays, buffers, strict=True):
        size = memoryview(buffer).nbytes
        placed.append(msgspec.structs.replace(array, offset=at, size_bytes=size))
        at += layout.padded(size)
    head = msgspec.msgpack.encode(msgspec.structs.replace(handed, arrays=tuple(placed)))
    if len(head) > _HEAD_MOST_BYTES:
        raise errors.InvalidRecord("its texts take more than 16 MiB", field=handed.name, fix="log less at once")
    final = path(directory, handed.number)
    final.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = final.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            file.write(_HEAD.pack(MAGIC, len(head), zlib.crc32(head)))
            file.write(head + bytes(layout.padded(len(head)) - len(head)))
            for buffer in buffers:
                size = file.write(buffer)
                file.write(bytes(layout.padded(size) - size))
        fresh.replace(final)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def waiting(directory: Path) -> list[Path]:
    """Return the whole items of a writer's directory, oldest first."""
    folder = directory / FOLDER
    return sorted(folder.glob("*.item")) if folder.is_dir() else []


@contextlib.contextmanager
def opened(item: Path) -> Generator[tuple[Handed, dict[str, memoryview]]]:
    """Lend an item and its arrays' bytes by role, mapped from its file as long as the context lasts.

    Raises:
        SpoolError: if it is torn or of another version.
        OSError: if it cannot be read.
    """
    with item.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        handed, base = _head(mapped, item)
        view = memoryview(mapped)
        parts = {one.role: view[base + one.offset : base + one.offset + one.size_bytes] for one in handed.arrays}
        try:
            if any(len(parts[one.role]) != one.size_bytes for one in handed.arrays):
                raise errors.SpoolError(f"{item} is shorter than it says")
            yield handed, parts
        finally:
            for part in (*parts.values(), view):
                part.release()


def _head(mapped: mmap.mmap, item: Path) -> tuple[Handed, int]:
    if len(mapped) < _HEAD.size:
        raise errors.SpoolError(f"{item} is too short to be an item")
    magic, size, crc = _HEAD.unpack_from(mapped)
    if magic != MAGIC:
        raise errors.SpoolVersion(
            f"{item} was written by another release (it starts with {magic!r}); nothing was changed"
        )
    head = mapped[_HEAD.size : _HEAD.size + size]
    if zlib.crc32(head) != crc:
        raise errors.SpoolError(f"{item} is torn")
    try:
        return msgspec.msgpack.decode(head, type=Handed), _HEAD.size + layout.padded(size)
    except msgspec.DecodeError as error:
        raise errors.SpoolError(f"{item} cannot be read: {error}") from error
