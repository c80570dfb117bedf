"""Reading lanes: committed frames of a growing or finished segment, as records.

Used by the sidecar and by `yoloscope spool`; it may read while the trainer writes. A read returns what lies before the commit word
and nothing else. Frames whose trailer does not match (a power cut) end their segment and are counted as torn; an event that
cannot be understood is counted as torn too, and what follows it is read. A segment may have been packed by the quota since it was
last read (`spool.packed`): sequence numbers stay.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import frames, layout, packed


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


lanes = layout.lanes
_Segment = frames.SegmentReader | packed.PackedSegment


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
                return self._behind_a_blank(place)
            over = self._is_over(opened, number=place.number)
            if isinstance(opened, packed.PackedSegment):
                place = Place(place.number, opened.offset_of(place.seq), place.seq)
                entries, offset, torn = opened.read(place.seq, most_bytes=most_bytes)
            else:
                entries, offset, torn = opened.read(place.offset, most_bytes=most_bytes)
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
            return self._behind_a_blank(place) is not None
        if isinstance(opened, packed.PackedSegment):
            return opened.has_after(place.seq) or self._is_over(opened, number=place.number)
        return opened.committed > place.offset or self._is_over(opened, number=place.number)

    def _behind_a_blank(self, place: Place) -> Chunk | None:
        """Return the way over a segment that a power cut left blank before a good one; None at the end of the lane.

        How many rows it held nobody knows: it is one torn place.
        """
        path, following = self._path(place.number), self._path(place.number + 1)
        if not path.exists() or _is_blank(following):
            return None
        begin = Place(place.number, layout.HEADER_BYTES, place.seq)
        return Chunk(-1, place.seq, (), 1, begin, Place(place.number + 1, layout.HEADER_BYTES, place.seq))

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
        numbers = self._numbers()
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
        self._open = packed.PackedSegment(path) if packed.is_packed(path) else frames.SegmentReader(path)
        self._open_number = place.number
        self._open_file = -1 if file is None else file
        if self._open.first_seq == layout.NO_SEQ and place.offset == layout.HEADER_BYTES:
            _store_first_seq(path, place.seq)
        return self._open

    def kept(self, place: Place) -> Place:
        """Return `place`, or the start of the next kept segment if its own was removed after it was acknowledged."""
        if self._open_number == place.number or self._path(place.number).exists():
            return place
        later = [number for number in self._numbers() if number > place.number]
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

    def _numbers(self) -> list[int]:
        """Return which segments are there; in a mirror a name may outlive its segment."""
        return [number for number in lanes(self._directory).get(self.lane, []) if self._path(number).exists()]

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
    found = _last_noted(directory, lane=lane, most=number)
    if found.number == number:
        return found.seq
    for chunk in _chunks_from(directory, found, lane=lane):
        if chunk.after.number >= number:
            return chunk.first_seq
    raise errors.SpoolError(f"segment {number} of lane {lane} cannot be reached in {directory}")


def committed(directory: Path, *, lane: int) -> int:
    """Return how many sequence numbers a lane has come to, those in segments no longer kept included.

    Raises:
        SpoolError: if no kept segment says its own, or one cannot be read.
    """
    start = _last_noted(directory, lane=lane, most=2**63)
    return max([start.seq, *(chunk.after.seq for chunk in _chunks_from(directory, start, lane=lane))])


def _last_noted(directory: Path, *, lane: int, most: int) -> Place:
    """Return the start of the last kept segment, up to number `most`, whose first sequence number is known."""
    for number in reversed(lanes(directory).get(lane, [])):
        seq = _header_word(layout.segment_path(directory, lane=lane, number=number), layout.FIRST_SEQ_AT)
        if number <= most and seq != layout.NO_SEQ:
            return Place(number, seq=seq)
    raise errors.SpoolError(f"nothing of lane {lane} that says its sequence numbers is kept in {directory}")


def chunks(directory: Path, *, lane: int) -> Iterator[Chunk]:
    """Yield everything that a lane holds, from its first kept segment on."""
    numbers = lanes(directory).get(lane, [])
    if not numbers:
        return
    known = _header_word(layout.segment_path(directory, lane=lane, number=numbers[0]), layout.FIRST_SEQ_AT)
    yield from _chunks_from(directory, Place(numbers[0], seq=0 if known == layout.NO_SEQ else known), lane=lane)


def _chunks_from(directory: Path, place: Place, *, lane: int) -> Iterator[Chunk]:
    lane_reader = LaneReader(directory, lane=lane)
    try:
        chunk = lane_reader.read(place, most_bytes=layout.SEGMENT_BYTES[-1])
        while chunk is not None:
            yield chunk
            chunk = lane_reader.read(chunk.after, most_bytes=layout.SEGMENT_BYTES[-1])
    finally:
        lane_reader.close()


def points(directory: Path) -> int:
    """Return how many values the rows of a writer's directory hold."""
    entries = (entry for lane in lanes(directory) for chunk in chunks(directory, lane=lane) for entry in chunk.entries)
    return sum(entry.rows * len(entry.names) for entry in entries if isinstance(entry, row.Matrix))
