"""One segment being written: allocate, map, commit, seal.

A segment appears under its name only when its header is whole; it is allocated before it is mapped, so that a full disk is an
error here and never a fault (SIGBUS) in the training.
"""

import contextlib
import mmap
import os
import secrets
import time
from pathlib import Path

from yoloscope import errors
from yoloscope.spool import layout, platform


class Segment:
    """A mapped segment. ``words[COMMIT_WORD]`` is the write position; rows are packed into ``map``."""

    __slots__ = ("end", "map", "number", "words")

    def __init__(self, mapped: mmap.mmap, *, number: int) -> None:
        self.map = mapped
        self.words = memoryview(mapped).cast("Q")
        self.end = len(mapped)
        self.number = number

    def seal(self) -> None:
        """Say that a next segment exists and nothing more will be written here."""
        self.words[layout.SEALED_WORD] = 1

    def close(self) -> None:
        """Unmap; calling it twice is harmless."""
        if not self.map.closed:
            self.words.release()
            self.map.close()


def create(directory: Path, *, lane: int, number: int, attempt: int, size_bytes: int, least_bytes: int = 0) -> Segment:
    """Return a new segment of at most `size_bytes`, a smaller one where the disk is nearly full.

    Raises:
        SpoolFull: if not even the smallest segment, or one that takes `least_bytes` of frames, can be allocated.
    """
    while True:
        try:
            return _create(directory, lane=lane, number=number, attempt=attempt, size_bytes=size_bytes)
        except errors.SpoolFull:
            size_bytes //= 4
            if size_bytes < max(layout.SEGMENT_FLOOR_BYTES, layout.HEADER_BYTES + least_bytes):
                raise


def _create(directory: Path, *, lane: int, number: int, attempt: int, size_bytes: int) -> Segment:
    final = layout.segment_path(directory, lane=lane, number=number)
    temporary = directory / f"{secrets.token_hex(8)}.tmp"  # a fresh name: an interrupted try must not block the next
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        platform.allocate(descriptor, size_bytes)
        segment = Segment(mmap.mmap(descriptor, size_bytes), number=number)
        _write_header(segment.map, lane=lane, number=number, attempt=attempt)
        segment.words[layout.COMMIT_WORD] = layout.HEADER_BYTES
        temporary.rename(final)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    finally:
        os.close(descriptor)
    return segment


def _write_header(mapped: mmap.mmap, *, lane: int, number: int, attempt: int) -> None:
    layout.HEADER.pack_into(
        mapped,
        0,
        layout.MAGIC,
        layout.HEADER_BYTES,
        os.getpid(),
        len(mapped),
        time.time_ns(),
        time.monotonic_ns(),
        number,
        0 if number == 0 else layout.NO_SEQ,
        attempt,
        lane,
    )
