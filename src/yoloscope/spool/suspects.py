"""What a model said of the labels that it is trained on: ``suspects.bin`` in the writer's directory, read by `yoloscope suspects`.

    0    magic and version  8s
    8    frames             size u32, CRC-32 u32, then zlib of msgpack

The first frame is a `Followed`: which pictures and boxes are looked at. Each other one is a `Pass`: the rows of one pass. A pass is appended in one write, so
a process that is killed leaves a file whose last frame may be torn; a reader ends there, and who goes on writing cuts it off. When
more rounds are kept than `curves.suspicion.rounds` allows, the file is written anew beside the old one and takes its place.

Nothing here is ever sent: paths, boxes and rows stay on the trainer's machine.
"""

import errno
import io
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.curves.suspicion import looks as seeing
from yoloscope.curves.suspicion import rounds

FILE_NAME = "suspects.bin"
MAGIC = b"YSSUSP\x00\x01"
BOXES_MOST = 200_000
"""Boxes that are followed; 16 rounds of them are 130 MB before compression."""
_HEAD = struct.Struct("<II")
_FRAME_MOST_BYTES = 1 << 30
_ZLIB_LEVEL = 1  # columns of rounded numbers gain little from more, and a training waits


class Followed(msgspec.Struct, frozen=True, tag="followed"):
    """What is looked at: for each picture its path, as the system has it, and how many boxes; of all boxes classes and places.

    ``boxes`` is ``(n, 4)`` float32 little-endian, xyxy in parts of the picture; ``classes`` ``(n,)`` int32. ``titles`` are the classes' names.
    ``pictures_of`` counts the pictures of the training set, of which those beyond `BOXES_MOST` boxes are left out.
    """

    run: str
    imgsz: int
    titles: dict[int, str]
    pictures_of: int
    paths: tuple[bytes, ...]
    counts: bytes
    classes: bytes
    boxes: bytes

    def of_pictures(self) -> "list[Labels]":
        """Return each picture with its labels."""
        ends = np.cumsum(np.frombuffer(self.counts, "<u4"))[:-1]
        classes = np.split(np.frombuffer(self.classes, "<i4").astype(np.int64), ends)
        boxes = np.split(np.reshape(np.frombuffer(self.boxes, "<f4"), (-1, 4)).astype(np.float32), ends)
        return [Labels(*one) for one in zip(map(os.fsdecode, self.paths), classes, boxes, strict=True)]


class Labels(NamedTuple):
    """A picture's file and what is labelled on it: ``classes`` ``(m,)``, ``boxes`` ``(m, 4)`` xyxy in parts of the picture."""

    path: str
    classes: NDArray[np.int64]
    boxes: NDArray[np.float32]


class Pass(msgspec.Struct, frozen=True, tag="pass"):
    """Rows of `curves.suspicion.looks` as bytes."""

    visits: bytes
    looks: bytes
    extras: bytes


class Record(NamedTuple):
    """A whole file."""

    followed: Followed
    pictures: list[Labels]
    kept: rounds.Kept


_decoder = msgspec.msgpack.Decoder(Followed | Pass)


def followed(run: str, *, imgsz: int, titles: dict[int, str], pictures: Sequence[Labels], pictures_of: int) -> Followed:
    """Return what the head of a file says of these pictures."""
    return Followed(
        run=run,
        imgsz=imgsz,
        titles=titles,
        pictures_of=pictures_of,
        paths=tuple(os.fsencode(one.path) for one in pictures),
        counts=np.array([len(one.classes) for one in pictures], "<u4").tobytes(),
        classes=_bytes([one.classes.astype("<i4") for one in pictures]),
        boxes=_bytes([one.boxes.astype("<f4") for one in pictures]),
    )


def create(directory: Path, head: Followed, kept: rounds.Kept | None = None) -> None:
    """Write a file with what is known so far, in place of an older one, whole or not at all.

    Raises:
        OSError: if the disk is full or cannot be written; an older file stays as it was.
    """
    fresh = directory / f"{FILE_NAME}.tmp"
    known = kept is not None and len(kept.visits) > 0
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    with fresh.open("wb") as file:
        file.write(MAGIC + _frame(head) + (_frame(_pass(kept)) if kept is not None and known else b""))
    fresh.replace(directory / FILE_NAME)


def append(directory: Path, kept: rounds.Kept) -> None:
    """Add the rows of a pass.

    Raises:
        OSError: if the disk is full or cannot be written; what is written of the pass then is cut off again.
    """
    frame = _frame(_pass(kept))
    with (directory / FILE_NAME).open("ab", buffering=0) as file:
        whole = file.seek(0, os.SEEK_END)
        try:
            _write_whole(file, frame)
        except OSError:
            file.truncate(whole)
            raise


def _write_whole(file: io.FileIO, frame: bytes) -> None:
    if file.write(frame) != len(frame):
        raise OSError(errno.ENOSPC, f"no room for {len(frame)} bytes of {FILE_NAME}")


def load(directory: Path) -> Record | None:
    """Return what a writer's directory holds, up to the first torn place; None if it has no such file.

    Raises:
        SpoolVersion: if another release wrote it.
        SpoolError: if not even its head can be read.
    """
    path = directory / FILE_NAME
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise errors.SpoolError(f"{path} cannot be read: {error}") from error
    if raw[: len(MAGIC)] != MAGIC:
        raise errors.SpoolVersion(
            f"{path} was written by another release (it starts with {raw[:8]!r}); nothing was changed"
        )
    frames = _frames(raw)
    head = next(frames, None)
    if not isinstance(head, Followed):
        raise errors.SpoolError(f"{path} is torn: what it was about cannot be read")
    parts = [_rows(one) for one in frames if isinstance(one, Pass)]
    pictures = head.of_pictures()
    return Record(head, pictures, _known(_joined(parts), pictures))


def _joined(parts: list[rounds.Kept]) -> rounds.Kept:
    return rounds.Kept(*(np.concatenate(columns) for columns in zip(rounds.none(), *parts, strict=True)))


def _known(kept: rounds.Kept, pictures: Sequence[Labels]) -> rounds.Kept:
    """Return the rows that speak of what the head names; others can only come from a fault."""
    counts = np.array([len(one.classes) for one in pictures], np.int64)
    visits, looks, extras = (rows[rows["image"] < len(pictures)] for rows in kept)
    return rounds.Kept(visits, looks[looks["box"] < counts[looks["image"]]], extras)


def _frames(raw: bytes) -> Iterator[Followed | Pass]:
    """Yield what can be read, in order; the first torn frame ends it."""
    at = len(MAGIC)
    while at + _HEAD.size <= len(raw):
        size, crc = _HEAD.unpack_from(raw, at)
        body = raw[at + _HEAD.size : at + _HEAD.size + size]
        if len(body) != size or zlib.crc32(body) != crc:
            return
        try:
            unpacker = zlib.decompressobj()
            yield _decoder.decode(unpacker.decompress(body, _FRAME_MOST_BYTES))
        except (zlib.error, msgspec.DecodeError):
            return
        at += _HEAD.size + size


def _frame(content: Followed | Pass) -> bytes:
    body = zlib.compress(msgspec.msgpack.encode(content), _ZLIB_LEVEL)
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _pass(kept: rounds.Kept) -> Pass:
    return Pass(*(rows.tobytes() for rows in kept))


def _rows(one: Pass) -> rounds.Kept:
    kinds = zip((one.visits, one.looks, one.extras), (seeing.VISIT, seeing.LOOK, seeing.EXTRA), strict=True)
    return rounds.Kept(*(np.frombuffer(raw[: len(raw) // kind.itemsize * kind.itemsize], kind) for raw, kind in kinds))


def _bytes(arrays: Sequence[NDArray[np.generic]]) -> bytes:
    return b"".join(one.tobytes() for one in arrays)
