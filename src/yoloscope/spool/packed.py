"""Packed segments: what a sealed segment becomes under the spool's quota, in the same place and with the same sequence numbers.

A packed segment begins like any other (`layout.HEADER` with a magic of its own, first sequence number, commit word, sealed) and goes on with

    80  sequence numbers        u64      96   torn places             u64
    88  level (`spool.quota`)   u64      104  rows lost to the quota  u64   (of the writer, this segment's included)

and from 4096 on with its entries as zlib of msgpack. It is staged whole under another name, its losses are counted, then it takes the
segment's place by a rename: whoever dies in between leaves a staged file from which `recover` goes on, counting nothing twice.
"""

import bisect
import itertools
import os
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from yoloscope.records import row
from yoloscope.spool import layout, state

MAGIC = b"YSPACKD\x01"
STAGED_SUFFIX = ".packed"
_MORE = struct.Struct("@QQQQ")
_MORE_AT = 80
_SKIP_BYTES = 8
_ZLIB_LEVEL = 1
"""Columns of raw numbers gain little from more, and a training waits beside it for the processor."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[row.Entry])


class Head(msgspec.Struct, frozen=True):
    """What the header of a packed segment says."""

    lane: int
    number: int
    attempt: int
    first_seq: int
    sequences: int
    level: int
    torn: int
    quota_total: int


def is_packed(path: Path) -> bool:
    """Tell whether a segment is packed; a missing one is not."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except FileNotFoundError:
        return False


def head(path: Path) -> Head:
    """Return the header of a packed segment.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is not packed, or too short.
    """
    with path.open("rb") as file:
        raw = file.read(layout.HEADER_BYTES)
    if len(raw) < layout.HEADER_BYTES or not raw.startswith(MAGIC):
        raise ValueError(f"{path} is no packed segment")
    _, _, _, _, _, _, number, first_seq, attempt, lane = layout.HEADER.unpack_from(raw)
    return Head(lane, number, attempt, first_seq, *_MORE.unpack_from(raw, _MORE_AT))


class PackedSegment:
    """One packed segment, read by sequence number: a place from the time before it was packed is as good as any.

    Its offsets count the bytes that the entries would take unpacked, so that `most_bytes` means the same as in any other segment.
    """

    sealed = True

    def __init__(self, path: Path) -> None:
        self._head = head(path)
        self.attempt = self._head.attempt
        self.first_seq = self._head.first_seq
        with path.open("rb") as file:
            file.seek(layout.HEADER_BYTES)
            entries = _entries(file.read(), sequences=self._head.sequences)
        self._torn = self._head.torn + (entries is None)
        self._entries = [row.Skip(self._head.sequences)] if entries is None else entries
        self._seqs = [self.first_seq, *_ends(self.first_seq, map(row.sequences_of, self._entries))]
        self._offsets = [layout.HEADER_BYTES, *_ends(layout.HEADER_BYTES, map(_size, self._entries))]

    def has_after(self, seq: int) -> bool:
        """Tell whether it holds `seq` or more."""
        return seq < self._seqs[-1]

    @property
    def committed(self) -> int:
        """Where its offsets end."""
        return self._offsets[-1]

    def offset_of(self, seq: int) -> int:
        """Return the offset of a sequence number, the end's if it lies behind."""
        if seq >= self._seqs[-1]:
            return self._offsets[-1]
        place = max(0, bisect.bisect_right(self._seqs, seq) - 1)
        return self._offsets[place] + (max(seq, self.first_seq) - self._seqs[place]) * _step(self._entries[place])

    def read(self, seq: int, *, most_bytes: int) -> tuple[list[row.Entry], int, int]:
        """Return entries from `seq` on, the offset after them, and how many torn places were met, told at its end.

        At least one sequence number is returned if there is one, otherwise those that begin within `most_bytes`.
        """
        if not self.has_after(seq):
            return [], self._offsets[-1], 0
        seq = max(seq, self.first_seq)
        found: list[row.Entry] = []
        at = self.offset_of(seq)
        end = at + max(1, most_bytes)
        place = bisect.bisect_right(self._seqs, seq) - 1
        while place < len(self._entries) and at < end:
            part = _part(self._entries[place], seq - self._seqs[place], room=end - at)
            found.append(part)
            seq += row.sequences_of(part)
            at = self.offset_of(seq)
            place += 1
        return found, at, 0 if self.has_after(seq) else self._torn

    def close(self) -> None:
        """Hold nothing open; there is nothing that it holds."""


def _ends(start: int, sizes: Iterable[int]) -> Iterable[int]:
    return itertools.islice(itertools.accumulate(sizes, initial=start), 1, None)


def _entries(payload: bytes, *, sequences: int) -> list[row.Entry] | None:
    """Return the entries, None if the disk did not keep them."""
    try:
        entries = _decoder.decode(zlib.decompress(payload))
    except (zlib.error, msgspec.DecodeError):
        return None
    return entries if sum(map(row.sequences_of, entries)) == sequences else None


def _step(entry: row.Entry) -> int:
    """Return how many bytes a sequence number of an entry counts."""
    if isinstance(entry, row.Matrix):
        return layout.ROW_OVERHEAD_BYTES + 8 * len(entry.names)
    return _SKIP_BYTES if isinstance(entry, row.Skip) else layout.padded(len(_encoder.encode(entry)))


def _size(entry: row.Entry) -> int:
    return _step(entry) * row.sequences_of(entry)


def _part(entry: row.Entry, start: int, *, room: int) -> row.Entry:
    """Return an entry without its first `start` sequence numbers, and of the rest what begins within `room` bytes."""
    stop = start - (-room // _step(entry))
    if isinstance(entry, row.Skip):
        return row.Skip(min(entry.sequences, stop) - start)
    return rows_of(entry, start, min(entry.rows, stop)) if isinstance(entry, row.Matrix) else entry


def rows_of(matrix: row.Matrix, start: int, stop: int) -> row.Matrix:
    """Return the rows ``start:stop`` of a matrix."""
    if (start, stop) == (0, matrix.rows):
        return matrix
    width = len(matrix.names)
    return row.Matrix(
        names=matrix.names,
        step=matrix.step[8 * start : 8 * stop],
        epoch=matrix.epoch[8 * start : 8 * stop],
        wall_ns=matrix.wall_ns[8 * start : 8 * stop],
        mono_ns=matrix.mono_ns[8 * start : 8 * stop],
        values=matrix.values[8 * width * start : 8 * width * stop],
    )


def stage(directory: Path, described: Head, entries: Sequence[row.Entry]) -> None:
    """Write a packed segment beside the one that it will replace, whole and on the disk; `recover` puts it in its place.

    Raises:
        OSError: if the disk does not hold it.
    """
    payload = zlib.compress(_encoder.encode(entries), _ZLIB_LEVEL)
    raw = bytearray(layout.HEADER_BYTES)
    size = layout.HEADER_BYTES + len(payload)
    layout.HEADER.pack_into(
        raw,
        0,
        MAGIC,
        layout.HEADER_BYTES,
        os.getpid(),
        size,
        0,
        0,
        described.number,
        described.first_seq,
        described.attempt,
        described.lane,
    )
    layout.OFFSET.pack_into(raw, 8 * layout.COMMIT_WORD, layout.HEADER_BYTES + sum(map(_size, entries)))
    layout.OFFSET.pack_into(raw, 8 * layout.SEALED_WORD, 1)
    _MORE.pack_into(raw, _MORE_AT, described.sequences, described.level, described.torn, described.quota_total)
    staged = layout.segment_path(directory, lane=described.lane, number=described.number).with_suffix(STAGED_SUFFIX)
    temporary = staged.with_suffix(f"{STAGED_SUFFIX}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(raw)
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(staged)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def recover(directory: Path, page: state.StatePage) -> None:
    """Count the losses of staged segments and put them in their places; harmless where there are none.

    Call it while no one else sends or packs this directory (`sidecar.lock`).

    Raises:
        OSError: if the directory cannot be read or written.
    """
    for unfinished in directory.glob(f"*{STAGED_SUFFIX}.tmp"):
        unfinished.unlink(missing_ok=True)
    for staged in sorted(directory.glob(f"*{STAGED_SUFFIX}")):
        missing = head(staged).quota_total - page.lost().get("quota", 0)
        if missing > 0:
            page.count_lost("quota", rows=missing)
        final = staged.with_suffix(".sp")
        written = final.stat()
        os.utime(staged, ns=(written.st_atime_ns, written.st_mtime_ns))  # by its age the quota finds the oldest
        staged.replace(final)
