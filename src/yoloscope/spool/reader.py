"""Reading lanes: committed frames of a growing or finished segment, as records.

Used by the sidecar and by `yoloscope spool`; it may read while the trainer writes. A read returns what lies before the commit word
and nothing else. Frames whose trailer does not match (a power cut) end their segment and are counted as torn; an event that
cannot be understood is counted as torn too, and what follows it is read. A segment may have been packed by the quota since it was
last read (`spool.packed`): sequence numbers stay.
"""

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import layout, packed, platform

_ROW_HEAD = [("n", "<u4"), ("id", "<u4"), ("step", "<i8"), ("mono", "<i8"), ("epoch", "<f8")]
_event_decoder = msgspec.msgpack.Decoder(row.Updated | row.Ended)


class Place(msgspec.Struct, frozen=True):
    """A position in a lane: the next byte to read and the sequence number it holds."""

    number: int = 0
    offset: int = layout.HEADER_BYTES
    seq: int = 0


START = Place()


class Chunk(msgspec.Struct, frozen=True):
    """What one read returned: entries from ``first_seq`` on, all of one attempt, between two places of one segment."""

    attempt: int
    first_seq: int
    entries: tuple[row.Entry, ...]
    torn: int
    begin: Place
    after: Place


def lanes(directory: Path) -> dict[int, list[int]]:
    """Return the segment numbers of each lane in a writer's directory, sorted."""
    found: dict[int, list[int]] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            place = layout.lane_and_number(entry.name)
            if place is not None:
                found.setdefault(place[0], []).append(place[1])
    return {lane: sorted(numbers) for lane, numbers in sorted(found.items())}


class SegmentReader:
    """One open segment of a lane. Close it when done; it holds a map of the file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < layout.HEADER_BYTES:
                raise errors.SpoolError(f"{path} is too short to be a segment")
            self._map = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        magic, header, _, _, wall_ns, mono_ns, _, self.first_seq, self.attempt, _ = layout.HEADER.unpack_from(self._map)
        if (magic, header) != (layout.MAGIC, layout.HEADER_BYTES):
            self.close()
            byte_order = header == int.from_bytes(layout.HEADER_BYTES.to_bytes(4, "little"), "big")
            other = "a machine of another byte order" if byte_order else "another release"
            raise errors.SpoolVersion(
                f"{path} was written by {other} (it starts with {magic!r}); nothing was changed. Sync it where it was written"
            )
        self._anchor_ns: int = wall_ns - mono_ns
        self._names: dict[int, tuple[str, ...]] = {}
        self._scanned = layout.HEADER_BYTES

    @property
    def sealed(self) -> bool:
        """Whether nothing more will come; read it before `committed`."""
        return bool(layout.OFFSET.unpack_from(self._map, 8 * layout.SEALED_WORD)[0])

    @property
    def committed(self) -> int:
        """Where the committed bytes end."""
        return min(layout.OFFSET.unpack_from(self._map, 8 * layout.COMMIT_WORD)[0], len(self._map))

    def read(self, place: Place, *, most_bytes: int) -> tuple[list[row.Entry], int, int]:
        """Return entries from `place` on, the offset after them, and how many torn places were met.

        At least one entry is returned if one is committed, even one that lies behind more than `most_bytes` of names.
        """
        end = self.committed
        if end > place.offset:
            platform.settle()
        self._learn_names(place.offset)
        entries: list[row.Entry] = []
        at = place.offset
        stopped = 0
        while at < end and (not entries or at - place.offset < most_bytes):
            if not self._is_whole(at, end=end):
                at, stopped = end, 1
                break
            entry, at = self._entry(at, end=min(end, place.offset + most_bytes))
            if entry is not None:
                entries.append(entry)
        self._scanned = max(self._scanned, at)
        return entries, at, stopped + sum(isinstance(entry, row.Skip) for entry in entries)

    def close(self) -> None:
        """Unmap; calling it twice is harmless."""
        if not self._map.closed:
            self._map.close()

    def _is_whole(self, at: int, *, end: int) -> bool:
        """Tell whether a frame that can be read starts at `at`."""
        if at + layout.FRAME_LEAST_BYTES > end:
            return False
        size, kind = layout.FRAME_HEAD.unpack_from(self._map, at)
        if size < layout.FRAME_LEAST_BYTES or size % 8 or at + size > end:
            return False
        if layout.OFFSET.unpack_from(self._map, at + size - 8)[0] != at:
            return False
        if kind in (layout.DEFINITION, layout.EVENT):
            return True
        return kind in self._names and size == layout.ROW_OVERHEAD_BYTES + 8 * len(self._names[kind])

    def _entry(self, at: int, *, end: int) -> tuple[row.Entry | None, int]:
        """Return what stands at `at`, rows of the same names up to `end` together, and where it ends."""
        size, kind = layout.FRAME_HEAD.unpack_from(self._map, at)
        if kind == layout.DEFINITION:
            self._define(at)
            return None, at + size
        if kind == layout.EVENT:
            return self._event(at), at + size
        return self._matrix(at, size=size, kind=kind, end=end)

    def _learn_names(self, offset: int) -> None:
        """Collect definitions before `offset` that were not read through this object."""
        at = self._scanned
        while at < offset:
            if not self._is_whole(at, end=offset):
                return
            size, kind = layout.FRAME_HEAD.unpack_from(self._map, at)
            if kind == layout.DEFINITION:
                self._define(at)
            at += size
        self._scanned = max(self._scanned, at)

    def _define(self, at: int) -> None:
        _, _, number, length = layout.BLOB_HEAD.unpack_from(self._map, at)
        self._names[number] = tuple(self._map[at + 16 : at + 16 + length].decode(errors="replace").split("\0"))

    def _event(self, at: int) -> row.Entry:
        _, _, length, _ = layout.BLOB_HEAD.unpack_from(self._map, at)
        try:
            return _event_decoder.decode(self._map[at + 16 : at + 16 + length])
        except msgspec.DecodeError:  # pages lost in a power cut, or an event of a newer release
            return row.Skip(1)

    def _matrix(self, at: int, *, size: int, kind: int, end: int) -> tuple[row.Matrix, int]:
        """Return the run of rows of one schema that starts at `at`, and where it ends."""
        names = self._names[kind]
        values = ("values", "<f8", (len(names),))
        shape = np.dtype([*_ROW_HEAD, values, ("own", "<u8")])
        most = max(1, (end - at) // size)
        rows = np.frombuffer(self._map[at : at + most * size], dtype=shape)
        own = at + size * np.arange(most, dtype=np.uint64)
        wrong = np.flatnonzero((rows["n"] != size) | (rows["id"] != kind) | (rows["own"] != own))
        rows = rows[: wrong[0]] if len(wrong) else rows
        matrix = row.Matrix(
            names=names,
            step=rows["step"].tobytes(),
            epoch=rows["epoch"].tobytes(),
            wall_ns=(rows["mono"] + np.int64(self._anchor_ns)).tobytes(),
            mono_ns=rows["mono"].tobytes(),
            values=rows["values"].tobytes(),
        )
        return matrix, at + size * len(rows)


_Segment = SegmentReader | packed.PackedSegment


class LaneReader:
    """Reads a lane across its segments from any place; it keeps the segment it read last open."""

    def __init__(self, directory: Path, *, lane: int) -> None:
        self._directory = directory
        self.lane = lane
        self._open: _Segment | None = None
        self._open_number = -1
        self._open_file: int = -1

    def read(self, place: Place, *, most_bytes: int) -> Chunk | None:
        """Return the entries after `place`, None if nothing more is committed yet."""
        while True:
            place = self.kept(place)
            opened = self._segment(place)
            if opened is None:
                return None
            over = self._is_over(opened, number=place.number)
            if isinstance(opened, packed.PackedSegment):
                place = Place(place.number, opened.offset_of(place.seq), place.seq)
                entries, offset, torn = opened.read(place.seq, most_bytes=most_bytes)
            else:
                entries, offset, torn = opened.read(place, most_bytes=most_bytes)
            covered = sum(row.sequences_of(entry) for entry in entries)
            after = Place(place.number, offset, place.seq + covered)
            if entries or torn:
                return Chunk(opened.attempt, place.seq, tuple(entries), torn, place, after)
            if not over:
                return None
            place = Place(place.number + 1, layout.HEADER_BYTES, place.seq)

    def has_more(self, place: Place) -> bool:
        """Tell whether something is committed after `place`."""
        place = self.kept(place)
        opened = self._segment(place)
        if opened is None:
            return False
        if isinstance(opened, packed.PackedSegment):
            return opened.has_after(place.seq) or self._is_over(opened, number=place.number)
        return opened.committed > place.offset or self._is_over(opened, number=place.number)

    def waiting_bytes(self, place: Place) -> int:
        """Return about how many bytes are committed after `place`; a packed segment counts with its own size."""
        place = self.kept(place)
        opened = self._segment(place)
        if opened is None:
            return 0
        numbers = [number for number in lanes(self._directory).get(self.lane, []) if number > place.number]
        waiting = opened.committed - place.offset
        waiting += sum(self._path(number).stat().st_size - layout.HEADER_BYTES for number in numbers[:-1])
        last = _header_word(self._path(numbers[-1]), 8 * layout.COMMIT_WORD) if numbers else 0
        return max(0, waiting) + max(0, last - layout.HEADER_BYTES)

    def place_of(self, seq: int) -> Place:
        """Return the start of the kept segment that holds `seq`; reading from there repeats what lies before it.

        If it is no longer kept, the place is the start of what is, and its ``seq`` is beyond the one asked for.

        Raises:
            SpoolError: if nothing is kept, or nothing whose sequence numbers are known.
        """
        numbers = lanes(self._directory).get(self.lane, [])
        starts = [(number, _header_word(self._path(number), layout.FIRST_SEQ_AT)) for number in numbers]
        known = [(number, first) for number, first in starts if first != layout.NO_SEQ]
        if not known:
            raise errors.SpoolError(f"nothing of lane {self.lane} is kept in {self._directory}")
        before = [(number, first) for number, first in known if first <= seq]
        number, first = before[-1] if before else known[0]
        return Place(number, layout.HEADER_BYTES, first)

    def close(self) -> None:
        """Close the open segment; calling it twice is harmless."""
        if self._open is not None:
            self._open.close()
            self._open = None
            self._open_number = self._open_file = -1

    def _segment(self, place: Place) -> _Segment | None:
        path = self._path(place.number)
        file = _file_number(path)
        if self._open is not None and self._open_number == place.number and file in (self._open_file, None):
            return self._open
        self.close()
        if _is_blank(path):
            return None
        self._open = packed.PackedSegment(path) if packed.is_packed(path) else SegmentReader(path)
        self._open_number = place.number
        self._open_file = -1 if file is None else file
        if self._open.first_seq == layout.NO_SEQ and place.offset == layout.HEADER_BYTES:
            _store_first_seq(path, place.seq)
        return self._open

    def kept(self, place: Place) -> Place:
        """Return `place`, or the start of the next kept segment if its own was removed after it was acknowledged."""
        if self._open_number == place.number or self._path(place.number).exists():
            return place
        later = [number for number in lanes(self._directory).get(self.lane, []) if number > place.number]
        if not later:
            return place
        first = _header_word(self._path(later[0]), layout.FIRST_SEQ_AT)
        return Place(later[0], layout.HEADER_BYTES, place.seq if first == layout.NO_SEQ else first)

    def _is_over(self, opened: _Segment, *, number: int) -> bool:
        """Tell whether nothing more will come here; ask before reading, so that what came before is read.

        A next segment with frames says so too: the trainer may have been interrupted between making it and sealing this one.
        """
        following = self._path(number + 1)
        if not following.exists():
            return False
        return opened.sealed or _header_word(following, 8 * layout.COMMIT_WORD) > layout.HEADER_BYTES

    def _path(self, number: int) -> Path:
        return layout.segment_path(self._directory, lane=self.lane, number=number)


def _file_number(path: Path) -> int | None:
    """Return what tells a file from one that took its place, None if there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _header_word(path: Path, at: int) -> int:
    """Return a number of a segment's header, zero where the file is too short."""
    with path.open("rb") as file:
        file.seek(at)
        return layout.OFFSET.unpack(file.read(8).ljust(8, b"\0"))[0]


def _is_blank(path: Path) -> bool:
    """Tell whether a segment is missing, or was made just before a power cut and never reached the disk."""
    try:
        return path.stat().st_size < layout.HEADER_BYTES or _header_word(path, 0) == 0
    except FileNotFoundError:
        return True


def _store_first_seq(path: Path, seq: int) -> None:
    """Note a segment's first sequence number in its header, so that the file can be read alone later."""
    try:
        with path.open("r+b") as file:
            file.seek(layout.FIRST_SEQ_AT)
            file.write(layout.OFFSET.pack(seq))
    except OSError:
        return  # a read-only copy: it is read from the start instead


def used_bytes(path: Path) -> int:
    """Return the size of a segment; of one that still grows, up to where it is written."""
    return path.stat().st_size if is_sealed(path) else _header_word(path, 8 * layout.COMMIT_WORD)


def is_sealed(path: Path) -> bool:
    """Tell whether nothing more will be written to a segment."""
    return _header_word(path, 8 * layout.SEALED_WORD) != 0


def first_seq(directory: Path, *, lane: int, number: int) -> int:
    """Return the first sequence number of a kept segment, and note it there; those before it are read where it is not noted yet.

    Raises:
        SpoolError: if no kept segment up to this one says its own, or one cannot be read.
    """
    numbers = [known for known in lanes(directory).get(lane, []) if known <= number]
    paths = {known: layout.segment_path(directory, lane=lane, number=known) for known in numbers}
    words = {known: _header_word(path, layout.FIRST_SEQ_AT) for known, path in paths.items()}
    noted = {known: word for known, word in words.items() if word != layout.NO_SEQ}
    if not noted:
        raise errors.SpoolError(f"what leads to segment {number} of lane {lane} is no longer kept in {directory}")
    at = max(noted)
    found = noted[at]
    lane_reader = LaneReader(directory, lane=lane)
    try:
        place = Place(at, seq=found)
        while place.number < number:
            chunk = lane_reader.read(place, most_bytes=layout.SEGMENT_BYTES[-1])
            if chunk is None:
                raise errors.SpoolError(f"segment {number} of lane {lane} cannot be reached in {directory}")
            place, found = chunk.after, chunk.first_seq
    finally:
        lane_reader.close()
    return found


def chunks(directory: Path, *, lane: int) -> Iterator[Chunk]:
    """Yield everything that a lane holds, from its first kept segment on."""
    numbers = lanes(directory).get(lane, [])
    if not numbers:
        return
    known = _header_word(layout.segment_path(directory, lane=lane, number=numbers[0]), layout.FIRST_SEQ_AT)
    first = Place(numbers[0], seq=0 if known == layout.NO_SEQ else known)
    lane_reader = LaneReader(directory, lane=lane)
    try:
        chunk = lane_reader.read(first, most_bytes=layout.SEGMENT_BYTES[-1])
        while chunk is not None:
            yield chunk
            chunk = lane_reader.read(chunk.after, most_bytes=layout.SEGMENT_BYTES[-1])
    finally:
        lane_reader.close()


def points(directory: Path) -> int:
    """Return how many values the rows of a writer's directory hold."""
    entries = (entry for lane in lanes(directory) for chunk in chunks(directory, lane=lane) for entry in chunk.entries)
    return sum(entry.rows * len(entry.names) for entry in entries if isinstance(entry, row.Matrix))
