r"""What a training prints, kept beside its rows: one ring a stream, ``console.out`` and ``console.err``, mapped by trainer and sidecar.

A ring holds the newest `RING_BYTES` of UTF-8 and is allocated when the run begins, so that a disk that fills up later changes nothing. A
copy is a store into a map: no system call, which would give the interpreter's lock away, no thread, and no lock of ours.

    0   magic "YSPRINT\x01"          24  newlines written, after a write   u64
    8   bytes of the ring      u64  32  newlines written, before a write  u64
    16  bytes ever written     u64  4096 the ring; byte n lies at n modulo its size
"""

import mmap
import os
from collections import deque
from pathlib import Path
from typing import NamedTuple

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import platform

MAGIC = b"YSPRINT\x01"
HEADER_BYTES = 4096
RING_BYTES = 2 * 1024 * 1024
"""Some 30,000 lines: what a training prints while its sidecar is restarted, or in the quarter of a second between two of its looks."""
STREAMS: tuple[row.Stream, ...] = ("out", "err")
_SIZE, _WRITTEN, _LINES, _LINES_BEGUN = 1, 2, 3, 4
_TRIES = 20
"""Looks at a ring that is written to at the same moment; each write takes a microsecond."""
_WAITING_MOST = 10_000
"""So many wait only if whoever had the pen was interrupted (Ctrl-C) before it could lay it down."""


def path(directory: Path, stream: row.Stream) -> Path:
    """Return where the ring of a stream lies."""
    return directory / f"console.{stream}"


class Ring:
    """The writing end. `put` may be called from any thread, signal handler or destructor."""

    def __init__(self, file: Path, *, size_bytes: int = RING_BYTES) -> None:
        """Make the file.

        Raises:
            SpoolFull, OSError: if the disk does not hold it.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(file, flags, 0o600)
        try:
            platform.allocate(descriptor, HEADER_BYTES + size_bytes)
            self._map = mmap.mmap(descriptor, HEADER_BYTES + size_bytes)
        except BaseException:
            file.unlink()
            raise
        finally:
            os.close(descriptor)
        self._size = size_bytes
        self._words = memoryview(self._map)[:HEADER_BYTES].cast("Q")
        self._words[_SIZE] = size_bytes
        self._map[0:8] = MAGIC
        self._waiting: deque[bytes] = deque()
        self._pens = deque((True,), maxlen=1)

    def put(self, data: bytes) -> None:
        """Append bytes; of two calls at once one writes for both."""
        waiting, pens = self._waiting, self._pens
        waiting.append(data)
        while waiting:
            try:
                pens.pop()
            except IndexError:  # whoever has the pen looks again after laying it down
                if len(waiting) < _WAITING_MOST:
                    return
            try:
                while waiting:
                    self._write(waiting.popleft())
            finally:
                pens.append(True)

    def forget(self) -> None:
        """In a forked child, and at the end: write nothing more."""
        self._pens.clear()
        self._waiting = deque(maxlen=0)

    def _write(self, data: bytes) -> None:
        words, size = self._words, self._size
        written, lines = words[_WRITTEN], words[_LINES] + data.count(b"\n")
        words[_LINES_BEGUN] = lines
        end = written + len(data)
        kept = data[-size:]
        at = HEADER_BYTES + (end - len(kept)) % size
        first = kept[: HEADER_BYTES + size - at]
        self._map[at : at + len(first)] = first
        if len(first) < len(kept):
            rest = kept[len(first) :]
            self._map[HEADER_BYTES : HEADER_BYTES + len(rest)] = rest
        words[_WRITTEN] = end
        words[_LINES] = lines


class Piece(NamedTuple):
    """Bytes from ``start`` on, and how many newlines before them were passed over unread."""

    start: int
    data: bytes
    skipped_lines: int


class RingReader:
    """The reading end, opened by the sidecar, which may be another process than the one that began."""

    def __init__(self, file: Path) -> None:
        """Open the file.

        Raises:
            SpoolError: if it is no ring of this release.
            OSError: if it cannot be read.
        """
        with file.open("rb") as opened:
            head = opened.read(16)
            if head[:8] != MAGIC:
                raise errors.SpoolError(f"{file} holds no printed lines of this release; it is left alone")
            self._size = int.from_bytes(head[8:16], "little")
            self._map = mmap.mmap(opened.fileno(), HEADER_BYTES + self._size, access=mmap.ACCESS_READ)
        self._words = memoryview(self._map)[:HEADER_BYTES].cast("Q")
        self._margin = self._size // 8  # the oldest bytes may be written over while they are read

    def written(self) -> int:
        """Return how many bytes were ever written."""
        return self._words[_WRITTEN]

    def read(self, start: int, *, passed_lines: int, most_bytes: int) -> Piece:
        """Return what follows byte `start`, up to which there were `passed_lines` newlines.

        At most the newest `most_bytes` come, from the beginning of a line if any were passed over, which are counted.
        """
        begin, end, lines, data = start, start, 0, b""
        for _ in range(_TRIES):
            end, lines = self._end()
            begin = max(start, end - min(most_bytes, self._size - self._margin))
            data = self._copied(begin, end)
            platform.settle()
            if self.written() - begin <= self._size - self._margin // 2:
                break
        if begin == start:
            return Piece(begin, data, 0)
        whole = data[data.find(b"\n") + 1 :]
        return Piece(end - len(whole), whole, max(0, lines - whole.count(b"\n") - passed_lines))

    def close(self) -> None:
        """Unmap; calling it twice is harmless."""
        if not self._map.closed:
            self._words.release()
            self._map.close()

    def _end(self) -> tuple[int, int]:
        """Return the bytes and the newlines written, of one moment."""
        words = self._words
        for _ in range(_TRIES):
            lines = words[_LINES]
            written = words[_WRITTEN]
            platform.settle()
            if words[_LINES_BEGUN] == lines:
                return written, lines
        return words[_WRITTEN], words[_LINES]

    def _copied(self, begin: int, end: int) -> bytes:
        at = begin % self._size
        first = self._map[HEADER_BYTES + at : HEADER_BYTES + min(self._size, at + end - begin)]
        return first + self._map[HEADER_BYTES : HEADER_BYTES + end - begin - len(first)]
