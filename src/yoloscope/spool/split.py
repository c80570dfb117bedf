"""Which rows of a lane are sent first and which follow: `<lane>.split`, a journal beside the segments.

Written by the sidecar on a slow link, before it sends the first rows of a window. A decision is never taken back: after a crash, a
restored server or on a copy at another place the same rows go first, so that no row is sent in both ways or in neither. All integers
little-endian:

    magic and version  8s
    whole until        u64: all before this sequence number that is in no window may have been sent whole
    window             crc32 of the rest:u32 sequence numbers:u32 segment:u64 begin:u64 end:u64 first_seq:u64 bits, padded to 8 bytes

A window lies within one segment, from byte `begin` to byte `end`. Bit i tells whether sequence number ``first_seq + i`` goes first.
"""

import bisect
import contextlib
import itertools
import os
import struct
import zlib
from collections.abc import Generator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.spool import layout, reader

MAGIC = b"YSSPLIT\x01"
SUFFIX = ".split"
_START_BYTES = 16
_WHOLE = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_HEAD = struct.Struct("<IQQQQ")


class Window(msgspec.Struct, frozen=True):
    """A part of a lane of which some rows follow later; ``first`` is the packed mask of those that do not."""

    begin: reader.Place
    end: reader.Place
    first: bytes

    @property
    def sequences(self) -> int:
        """How many sequence numbers it covers."""
        return self.end.seq - self.begin.seq

    @property
    def deferred(self) -> int:
        """How many of them follow later."""
        return self.sequences - int(self.mask().sum())

    def mask(self) -> NDArray[np.bool_]:
        """Return which sequence numbers go first, ``(sequences,)``."""
        return np.unpackbits(np.frombuffer(self.first, np.uint8), count=self.sequences).astype(np.bool_)


def window(begin: reader.Place, end: reader.Place, *, first: NDArray[np.bool_]) -> Window:
    """Return the window between two places of one segment, with a mask of its sequence numbers."""
    assert begin.number == end.number
    assert len(first) == end.seq - begin.seq
    return Window(begin, end, np.packbits(first).tobytes())


class Split:
    """The windows of one lane, in order of their sequence numbers."""

    def __init__(self, directory: Path, *, lane: int) -> None:
        """Read the journal; what a crash cut off at its end was never acted upon and is dropped.

        Raises:
            SpoolVersion: if a newer release wrote it.
        """
        self._path = path(directory, lane=lane)
        self._windows, self._bytes, self.whole_until = _from_file(self._path)
        self._ends = [known.end.seq for known in self._windows]
        self._held = [0, *itertools.accumulate(known.deferred for known in self._windows)]

    def add(self, decided: Window) -> None:
        """Note a window behind all others, on disk when this returns.

        Raises:
            OSError: if the disk does not hold it; nothing is decided then.
        """
        assert decided.begin.seq >= max(self.whole_until, self._ends[-1] if self._ends else 0)
        record = _record(decided)
        with self._file() as descriptor:
            os.ftruncate(descriptor, self._bytes)
            os.lseek(descriptor, self._bytes, os.SEEK_SET)
            try:
                _write_all(descriptor, record)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, self._bytes)  # the next process must not take it for decided
                raise
        self._bytes += len(record)
        self._windows.append(decided)
        self._ends.append(decided.end.seq)
        self._held.append(self._held[-1] + decided.deferred)

    def mark_whole(self, until: int) -> None:
        """Note, before it is sent, that what is in no window before a sequence number goes whole and may not be split later.

        Survives the death of this process. After a power cut nothing is under way any more, and the server can be asked.

        Raises:
            OSError: if the disk does not hold it.
        """
        if until > self.whole_until:
            self.whole_until = until
            with self._file() as descriptor:
                os.lseek(descriptor, len(MAGIC), os.SEEK_SET)
                os.write(descriptor, _WHOLE.pack(until))

    @contextlib.contextmanager
    def _file(self) -> Generator[int]:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            if not self._bytes:
                _write_all(descriptor, MAGIC + _WHOLE.pack(self.whole_until))
                self._bytes = _START_BYTES
            yield descriptor
        finally:
            os.close(descriptor)

    def after(self, seq: int) -> Window | None:
        """Return the window that holds `seq`, else the next one."""
        at = bisect.bisect_right(self._ends, seq)
        return self._windows[at] if at < len(self._windows) else None

    @property
    def last_segment(self) -> int:
        """The number of the last segment that a window lies in, -1 if there is none."""
        return self._windows[-1].end.number if self._windows else -1

    def deferred(self, seq: int) -> int:
        """Return how many rows of the windows from `seq` on follow later."""
        return self._held[-1] - self._held[bisect.bisect_right(self._ends, seq)]

    def rows_between(self, start: int, stop: int, *, held: bool) -> int:
        """Return how many of these sequence numbers stand for rows where those `held` back travel, or where the others do.

        In a window the rows of a lane come before the skip over the others. That is so within each matrix; where a window holds several and
        only a part of it is asked for, the number is near the true one.
        """
        found = 0 if held else stop - start
        for known in itertools.islice(self._windows, bisect.bisect_right(self._ends, start), None):
            begin, end = max(start, known.begin.seq), min(stop, known.end.seq)
            if begin >= end:
                break
            carried = known.deferred if held else known.sequences - known.deferred
            rows = max(0, min(end, known.begin.seq + carried) - begin)
            found += rows if held else rows - (end - begin)
        return found


def path(directory: Path, *, lane: int) -> Path:
    """Return where the journal of a lane lies, whether it exists or not."""
    return directory / f"{lane}{SUFFIX}"


def _record(decided: Window) -> bytes:
    head = _HEAD.pack(
        decided.sequences, decided.begin.number, decided.begin.offset, decided.end.offset, decided.begin.seq
    )
    body = head + decided.first
    body += bytes(layout.padded(len(body) + _CRC.size) - len(body) - _CRC.size)
    return _CRC.pack(zlib.crc32(body)) + body


def _from_file(journal: Path) -> tuple[list[Window], int, int]:
    """Return the intact windows, how many bytes they take with what stands before them, and until where all goes whole."""
    try:
        content = journal.read_bytes()
    except FileNotFoundError:
        return [], 0, 0
    if len(content) < _START_BYTES or not any(content[: len(MAGIC)]):  # never reached the disk: no window did either
        return [], 0, 0
    if not content.startswith(MAGIC):
        raise errors.SpoolVersion(f"{journal} is no journal of this release (it starts with {content[:8]!r})")
    found: list[Window] = []
    at = _START_BYTES
    while (known := _window_at(content, at)) is not None:
        found.append(known[0])
        at = known[1]
    return found, at, _WHOLE.unpack_from(content, len(MAGIC))[0]


def _window_at(content: bytes, at: int) -> tuple[Window, int] | None:
    if at + _CRC.size + _HEAD.size > len(content):
        return None
    count, number, begin, end, first_seq = _HEAD.unpack_from(content, at + _CRC.size)
    bits_at = at + _CRC.size + _HEAD.size
    bits_end = bits_at + (count + 7) // 8
    after = at + layout.padded(bits_end - at)
    if after > len(content) or _CRC.unpack_from(content, at)[0] != zlib.crc32(content[at + _CRC.size : after]):
        return None
    places = reader.Place(number, begin, first_seq), reader.Place(number, end, first_seq + count)
    return Window(*places, content[bits_at:bits_end]), after


def _write_all(descriptor: int, written: bytes) -> None:
    view = memoryview(written)
    while view:
        view = view[os.write(descriptor, view) :]
