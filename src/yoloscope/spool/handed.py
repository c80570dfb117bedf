"""Things handed over: what a training logged that is no number, one file each, raw, for the sidecar to encode.

    <root>/<writer>/handed/<number>.item   a whole one; <number>.new while it is being written

    0    magic and version   8s
    8    size of the head    u32
    12   CRC-32 of the head  u32
    16   head                msgpack (`Handed`), padded to 8
         arrays              each padded to 8, where the head says

The trainer (`sdk.rich`) only copies bytes here: no encoding, no digest. A file that has its name is whole, also after SIGKILL of the trainer;
a ``.new`` of a trainer that is gone is nobody's. Numbers ascend from 0, with gaps, and one may appear after a higher one where threads log
at once. The sidecar (`sidecar.encoding`) makes parts of it. What each kind hands over, arrays as role, dtype, shape, and the struct of this
module that `Handed.about` holds (`msgspec.convert(handed.about, CurveAbout)`):

    histogram  values any dtype (n,), n >= 1, or counts f8 (n,) and edges f8 (n + 1,)         HistogramAbout
    curve      x f8 (n,) finite, y f8 (k, n) may have NaN                                     CurveAbout
    matrix     values f8 (height, width) may have NaN                                         MatrixAbout
    table      of column number i the array "i": f8 (n,) numbers or i4 (n,) classes           TableAbout
    image      image u1 (height, width, channels), channels 1, 3 (RGB) or 4 (RGBA)            ImageAbout
               mask u1 or u2 (height, width), if one was given
               with boxes: xyxy f4 (n, 4), classes i4 (n,), scores f4 (n,) NaN for none, truth u1 (n,);
               with outlines: outlines f4 (m, 2) all points in one, corners u4 (n,) how many of them are each box's;
               with keypoints: keypoints f4 (n, keypoints_each, 3)
    text       text u1 (n,) UTF-8                                                             {}
    figure     figure u1 (n,) a PNG file                                                      {}
    graph      none                                                                           GraphAbout
    embedding  vectors f4 (n, dimensions) finite, classes i4 (n,) -1 for none;                {}
               images i4 (n,) and xyxy f4 (n, 4) if they were given
    artifact   file u1 (n,)                                                                   {}

All of it is checked by the trainer: lengths agree, classes lie in -2..999,999,999, edges ascend, boxes are finite with x2 >= x1 and y2 >= y1,
and content is small enough for `wire.content`. Class titles are numbers already; texts that the trainer's own policy withholds are ``<text>``
already, and `Handed.needs` (to be copied to `Item.needs`) says what the rest needs. What comes without boxes has no array of theirs; n of boxes may be 0.
"""

import contextlib
import math
import mmap
import struct
import zlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import msgspec

from yoloscope import errors
from yoloscope.records import content, media
from yoloscope.spool import layout

MAGIC = b"YSITEM\x00\x01"
FOLDER = "handed"
_HEAD = struct.Struct("<8sII")
_HEAD_MOST_BYTES = 16 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


Dtype = Literal["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "b1"]


class Array(msgspec.Struct, frozen=True):
    """Where an array lies: little-endian and row-major."""

    role: str
    dtype: Dtype
    shape: tuple[int, ...]
    offset: int = 0
    size_bytes: int = 0


class Handed(msgspec.Struct, frozen=True):
    """What was logged. ``about`` holds what a kind says of its arrays, see above; ``attempt`` is the writer's."""

    number: int
    kind: media.Kind
    name: str
    wall_ns: int
    attempt: int
    step: int | None = None
    epoch: float | None = None
    about: dict[str, object] = {}
    arrays: tuple[Array, ...] = ()
    needs: tuple[media.Need, ...] = ()


class Copied(NamedTuple):
    """An open file that stands for an array: its first ``nbytes`` bytes."""

    file: BinaryIO
    nbytes: int


Buffer = memoryview | bytes | Copied


class HistogramAbout(msgspec.Struct, frozen=True):
    """How many bins to make of values; of counts they are there already."""

    bins: int = 64


class CurveAbout(msgspec.Struct, frozen=True):
    """What the curves and the axes are."""

    curves: content.Labels = content.Labels()
    x_name: str = ""
    y_name: str = ""


class MatrixAbout(msgspec.Struct, frozen=True):
    """What rows and columns are."""

    rows: content.Labels = content.Labels()
    columns: content.Labels = content.Labels()


class ColumnAbout(msgspec.Struct, frozen=True):
    """A column's name; texts stand here, numbers and classes in an array, which says by its dtype what they are."""

    name: str
    texts: tuple[str, ...] | None = None


class TableAbout(msgspec.Struct, frozen=True):
    """The columns in order, each of ``rows`` entries."""

    rows: int
    columns: tuple[ColumnAbout, ...]


class ImageAbout(msgspec.Struct, frozen=True):
    """How many boxes there are; None if none were given, which is not the same as a picture without any."""

    boxes: int | None = None
    keypoints_each: int = 0


class GraphAbout(msgspec.Struct, frozen=True):
    """The fields of a `content.Graph`."""

    nodes: tuple[content.Node, ...]
    edges: tuple[tuple[str, str], ...]


def path(directory: Path, number: int) -> Path:
    """Return where an item of a writer's directory lies."""
    return directory / FOLDER / f"{number:010d}.item"


def write(directory: Path, handed: Handed, buffers: Sequence[Buffer]) -> None:
    """Write an item with the bytes of its arrays, whole or not at all; ``offset`` and ``size_bytes`` of its arrays are set here.

    Raises:
        OSError: if the disk is full or cannot be written; nothing is left behind.
        InvalidRecord: if the head is larger than 16 MiB, or a file to copy became shorter.
    """
    placed: list[Array] = []
    at = 0
    for array, buffer in zip(handed.arrays, buffers, strict=True):
        size = len(buffer) if isinstance(buffer, bytes) else buffer.nbytes
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
                size = _copy(buffer, file) if isinstance(buffer, Copied) else file.write(buffer)
                file.write(bytes(layout.padded(size) - size))
        fresh.replace(final)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def _copy(source: Copied, file: BinaryIO) -> int:
    left = source.nbytes
    while left:
        chunk = source.file.read(min(left, _CHUNK_BYTES))
        if not chunk:
            raise errors.InvalidRecord(
                "the file became shorter while it was copied", field="path", fix="log a file when it is written"
            )
        left -= file.write(chunk)
    return source.nbytes


def waiting(directory: Path) -> list[Path]:
    """Return the whole items of a writer's directory, oldest first."""
    folder = directory / FOLDER
    return sorted(folder.glob("*.item")) if folder.is_dir() else []


@contextlib.contextmanager
def opened(item: Path) -> Generator[tuple[Handed, dict[str, memoryview]]]:
    """Lend an item and its arrays' bytes by role, mapped from its file; nothing that looks into them may outlive the context.

    Raises:
        SpoolError: if it is torn, of another version, or an array is not as long as its shape says.
        OSError: if it cannot be read.
    """
    mapped = _mapped(item)
    views = [memoryview(mapped)]
    try:
        handed, base = _head(mapped, item)
        parts = {one.role: views[0][base + one.offset : base + one.offset + one.size_bytes] for one in handed.arrays}
        views += parts.values()
        for one in handed.arrays:
            if one.size_bytes != _bytes_of(one) or len(parts[one.role]) != one.size_bytes:
                raise errors.SpoolError(f"{item} is not as long as it says ({one.role})")
        yield handed, parts
    finally:
        with contextlib.suppress(
            BufferError
        ):  # an exception on its way may still hold arrays; the map goes with the last
            for view in reversed(views):
                view.release()
            mapped.close()


def _mapped(item: Path) -> mmap.mmap:
    with item.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:  # an empty file cannot be mapped
            raise errors.SpoolError(f"{item} is empty") from error


def _bytes_of(array: Array) -> int:
    return math.prod(array.shape) * int(array.dtype[1:])


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
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.SpoolError(f"{item} cannot be read: {error}") from error
