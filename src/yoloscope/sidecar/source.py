"""What a directory has to send next, in two streams: `live`, and behind it on a slow link `bulk`.

Owned by `shipment`. A lane of the spool is sent in order. Where more is waiting than the link carries in time, a part of the lane
becomes a window: the rows that a watcher needs go at once (`curves.thin`), the others follow in a bulk lane of the same writer. Both
lanes count the same sequence numbers, so that each row arrives in exactly one of them. The split of a window is written down before
its first row is sent (`spool.split`).
"""

import contextlib
import logging
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.curves import thin
from yoloscope.records import row
from yoloscope.sidecar import pace, parcel, thinning
from yoloscope.spool import layout, platform, reader, split

BULK_LANE = 2**30
"""Lanes from here on carry what the lane of the spool behind it held back."""
LANES_MOST = 4
"""Lanes in one body, so that it stays below the limit of 8 MiB."""
log = logging.getLogger("yoloscope.sidecar")


class Piece(msgspec.Struct, frozen=True):
    """What one lane sends next. ``lane`` is the server's number; ``size_bytes`` is what it took in the spool.

    ``lost`` counts rows that this piece skips for good, by reason.
    """

    lane: int
    attempt: int
    first_seq: int
    entries: tuple[row.Entry, ...]
    after: reader.Place
    size_bytes: int
    lost: dict[str, int]


class _Parted(msgspec.Struct, frozen=True):
    """The entries of a window that go first, or those that are held back."""

    window: split.Window
    attempt: int
    entries: tuple[row.Entry, ...]
    lost: dict[str, int]


class Source:
    """Reads a writer's directory from the places that the server acknowledged, by the server's lane numbers."""

    def __init__(self, directory: Path, *, places: dict[str, reader.Place]) -> None:
        self._directory = directory
        self._places = dict(places)
        self._readers: dict[int, reader.LaneReader] = {}
        self._splits: dict[int, split.Split] = {}
        self._confirmed: dict[int, int] = {}
        self._parts: dict[tuple[int, bool], _Parted] = {}
        self._turn = -1
        self.backlog = False
        for lane in reader.lanes(directory):
            self._split(lane)  # `deferred` may be asked before any lane is

    @property
    def places(self) -> dict[str, reader.Place]:
        """Acknowledged places by the server's lane number."""
        return dict(self._places)

    def place(self, lane: int) -> reader.Place:
        """Return what the server has of one of its lanes."""
        return self._places.get(str(lane), reader.START)

    def put(self, lane: int, place: reader.Place) -> None:
        """Go on from another place."""
        self._places[str(lane)] = place

    def confirm(self, lane: int, *, seq: int) -> None:
        """Take note of where the server says that a lane of its stands."""
        self._confirmed[lane] = seq

    def start_again(self) -> None:
        """Go on from the start of everything that is kept."""
        self._places.clear()

    def live(self, *, most_bytes: int, thins: bool) -> list[Piece]:
        """Return the next pieces of the lanes; they take turns, so that a busy one keeps none waiting."""
        found: list[Piece] = []
        self.backlog = False
        for lane in self._in_turn():
            piece = self._live_piece(lane, most_bytes=most_bytes, thins=thins)
            if piece is None:
                continue
            if len(found) == LANES_MOST:
                self.backlog = True
                break
            self.backlog = self.backlog or self._reader(lane).has_more(piece.after)
            found.append(piece)
        return found

    def bulk(self, *, gives_up: bool, most_bytes: int) -> Piece | None:
        """Return the next piece of what was held back, the lanes taking turns; with `gives_up` its rows are skipped."""
        for lane in self._in_turn():
            window = self._held(lane)
            if window is not None:
                return self._bulk_piece(lane, window, gives_up=gives_up, most_bytes=most_bytes)
        return None

    def has_live(self) -> bool:
        """Tell whether committed entries are not yet acknowledged."""
        return any(self._reader(lane).has_more(self.place(lane)) for lane in reader.lanes(self._directory))

    def has_bulk(self) -> bool:
        """Tell whether something that was held back has not followed yet; known once the live lanes were asked."""
        return any(self._held(lane) is not None for lane in self._splits)

    def deferred(self) -> int:
        """Return how many rows are held back now."""
        return sum(known.deferred(self.place(lane + BULK_LANE).seq) for lane, known in self._splits.items())

    def carried_by(self, lane: int, *, start: int, stop: int) -> int:
        """Return how many of these sequence numbers it is for this lane of the server to carry, live or bulk."""
        return self._split(lane % BULK_LANE).rows_between(start, stop, held=lane >= BULK_LANE)

    def sequences(self) -> int:
        """Return how many rows and events the server has acknowledged, those held back not counted twice."""
        return sum(place.seq for lane, place in self._places.items() if int(lane) < BULK_LANE)

    def waiting_bytes(self) -> int:
        """Return how many committed bytes the live lanes have not sent."""
        return sum(self._reader(lane).waiting_bytes(self.place(lane)) for lane in reader.lanes(self._directory))

    def kept_from(self, lane: int) -> int:
        """Return the number of the first segment that is still needed: all before it is acknowledged in both ways."""
        held = self._held(lane)
        number = self.place(lane).number
        return number if held is None else min(number, held.begin.number)

    def begun_until(self, lane: int) -> int:
        """Return the number of the last segment of which the server may have something, or whose split is decided.

        A body whose acknowledgement was lost may have come from the segment behind the one that is acknowledged.
        """
        place = self.place(lane)
        decided = self._split(lane).last_segment
        return max(place.number + (place.offset > layout.HEADER_BYTES), decided)

    def go_back(self, lane: int, *, expected: int) -> reader.Place:
        """Return where to read from so that the server's lane goes on at `expected`, or what is kept next after it."""
        if lane >= BULK_LANE:
            return reader.Place(seq=expected)
        with contextlib.suppress(errors.SpoolError):
            return self._reader(lane).place_of(expected)
        return self.place(lane)

    def close(self) -> None:
        """Close all files; calling it twice is harmless."""
        for lane_reader in self._readers.values():
            lane_reader.close()

    def _in_turn(self) -> list[int]:
        lanes = list(reader.lanes(self._directory))
        self._turn += 1
        first = self._turn % max(1, len(lanes))
        return lanes[first:] + lanes[:first]

    def _live_piece(self, lane: int, *, most_bytes: int, thins: bool) -> Piece | None:
        place = self._reader(lane).kept(self.place(lane))
        window = self._split(lane).after(place.seq)
        if window is not None and window.begin.seq <= place.seq:
            piece = self._window_piece(lane, window, place.seq, most_bytes=most_bytes, held=False)
            return piece or self._torn_window(lane, window, place.seq)
        read_bytes = min(pace.READ_MOST_BYTES, thin.REDUCTION * most_bytes) if thins and window is None else most_bytes
        chunk = self._reader(lane).read(place, most_bytes=read_bytes)
        if chunk is not None and window is not None and chunk.after.seq > window.begin.seq:
            before = window.begin.offset - chunk.begin.offset  # what the window covers goes as was decided
            chunk = self._reader(lane).read(chunk.begin, most_bytes=before)
        if chunk is None:
            return None
        window = self._thinned(lane, chunk) if thins and window is None else None
        if window is None:
            if read_bytes > most_bytes:  # it cannot be thinned after all
                chunk = self._reader(lane).read(place, most_bytes=most_bytes) or chunk
            self._mark_whole(lane, until=chunk.after.seq)
            return _whole_piece(lane, chunk)
        return self._window_piece(lane, window, place.seq, most_bytes=most_bytes, held=False)

    def _mark_whole(self, lane: int, *, until: int) -> None:
        try:
            self._split(lane).mark_whole(until)
        except (
            OSError
        ) as error:  # a full disk: nothing of this is split while this process lives, which is enough nearly always
            log.warning("what is sent whole cannot be noted: %s", error)

    def _thinned(self, lane: int, chunk: reader.Chunk) -> split.Window | None:
        """Return a new window over the chunk, written down; None if nothing would be held back, or might have been sent whole.

        The server may have taken rows whose acknowledgement was lost, or may take them yet.
        """
        known = self._confirmed.get(lane) == chunk.begin.seq >= self._split(lane).whole_until
        mask = thinning.mask(chunk.entries)
        if not known or chunk.torn or mask.all():
            return None
        window = split.window(chunk.begin, chunk.after, first=mask)
        try:
            platform.sync_file(layout.segment_path(self._directory, lane=lane, number=chunk.begin.number))
            self._split(lane).add(window)
        except OSError as error:  # a full disk: then all goes in order
            log.warning("what follows later cannot be noted: %s", error)
            return None
        return window

    def _torn_window(self, lane: int, window: split.Window, seq: int) -> Piece | None:
        """Return a skip over what is left of a window that the disk did not keep; None if it is only not there yet (a copy)."""
        found = self._bulk_reader(lane).read(window.begin, most_bytes=window.end.offset - window.begin.offset)
        if found is None or not found.torn or found.begin.number != window.begin.number:
            return None
        rows = self._split(lane).rows_between(seq, window.end.seq, held=False)
        return Piece(lane, -1, seq, (row.Skip(window.end.seq - seq),), window.end, 0, {"torn": rows} if rows else {})

    def _bulk_piece(self, lane: int, window: split.Window, *, gives_up: bool, most_bytes: int) -> Piece:
        """Return rows of a window that are held back, behind a skip over all that went at once before it."""
        known = self.place(lane + BULK_LANE).seq
        rest = None if gives_up else self._window_piece(lane, window, known, most_bytes=most_bytes, held=True)
        if rest is None:
            rows = self._split(lane).rows_between(known, window.end.seq, held=True)
            why = {"thinned" if gives_up else "no_longer_kept": rows}
            return Piece(lane + BULK_LANE, -1, known, (row.Skip(window.end.seq - known),), window.end, 0, why)
        before = (row.Skip(window.begin.seq - known),) if window.begin.seq > known else ()
        return msgspec.structs.replace(
            rest, lane=lane + BULK_LANE, first_seq=known, entries=(*before, *rest.entries), lost={}
        )

    def _window_piece(self, lane: int, window: split.Window, seq: int, *, most_bytes: int, held: bool) -> Piece | None:
        """Return from `seq` on what goes first of a window, or what is held back; as much as one body may hold, None if it is gone."""
        parted = self._parted(lane, window, held=held)
        if parted is None:
            return None
        start = max(0, seq - window.begin.seq)
        rest = parcel.part(parted.entries, start=start, stop=window.sequences)
        covered = parcel.sequences_within(rest, most_bytes=most_bytes)
        sent = parcel.part(rest, start=0, stop=covered)
        after = window.end
        if start + covered < window.sequences:
            after = reader.Place(window.begin.number, window.begin.offset, window.begin.seq + start + covered)
        size_bytes = parcel.size_bytes(sent)
        return Piece(lane, parted.attempt, max(seq, window.begin.seq), sent, after, size_bytes, parted.lost)

    def _parted(self, lane: int, window: split.Window, *, held: bool) -> _Parted | None:
        """Return one part of a window, which is read once for all its bodies."""
        known = self._parts.get((lane, held))
        if known is not None and known.window == window:
            return known
        chunk = self._window_chunk(lane, window)
        if chunk is None:
            return None
        wanted = window.mask()
        entries = tuple(thinning.chosen(chunk.entries, ~wanted if held else wanted))
        self._parts[lane, held] = _Parted(window, chunk.attempt, entries, _torn(chunk))
        return self._parts[lane, held]

    def _window_chunk(self, lane: int, window: split.Window) -> reader.Chunk | None:
        """Return exactly what a window covers, None if it is no longer kept."""
        size = window.end.offset - window.begin.offset
        if not layout.segment_path(self._directory, lane=lane, number=window.begin.number).exists():
            return None
        chunk = self._bulk_reader(lane).read(window.begin, most_bytes=size)
        return chunk if chunk is not None and chunk.after.seq == window.end.seq else None

    def _held(self, lane: int) -> split.Window | None:
        """Return the next window whose rows have not followed; only what went first in full may follow."""
        window = self._split(lane).after(self.place(lane + BULK_LANE).seq)
        return window if window is not None and window.end.seq <= self.place(lane).seq else None

    def _split(self, lane: int) -> split.Split:
        if lane not in self._splits:
            self._splits[lane] = split.Split(self._directory, lane=lane)
        return self._splits[lane]

    def _reader(self, lane: int) -> reader.LaneReader:
        if lane not in self._readers:
            self._readers[lane] = reader.LaneReader(self._directory, lane=lane % BULK_LANE)
        return self._readers[lane]

    def _bulk_reader(self, lane: int) -> reader.LaneReader:
        return self._reader(lane + BULK_LANE)  # a reader of its own: it reads other segments than the live one


def _whole_piece(lane: int, chunk: reader.Chunk) -> Piece:
    return Piece(lane, chunk.attempt, chunk.first_seq, chunk.entries, chunk.after, _size(chunk), _torn(chunk))


def _torn(chunk: reader.Chunk) -> dict[str, int]:
    return {"torn": chunk.torn} if chunk.torn else {}


def _size(chunk: reader.Chunk) -> int:
    return chunk.after.offset - chunk.begin.offset
