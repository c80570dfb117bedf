"""One writer's directory on its way to the server: what was read, sent and acknowledged.

A body holds the next entries of some lanes. A lane's place moves only when the server acknowledged all of its parcel, so that
whatever fails in between is simply read and sent again. A parcel that the server refuses is halved until the one row that it will
not take stands alone; that row is skipped and counted, never silently. Which entries come next is `source`'s to say.
"""

import contextlib
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sidecar import client, notes, outgoing, pace, parts, source
from yoloscope.sidecar.parcel import Parcel, halves, items_of
from yoloscope.spool import cursor, ending, evidence, layout, packed, platform, reader, state
from yoloscope.wire import codec

LOW_DISK_BYTES = 64 * 1024 * 1024
log = logging.getLogger("yoloscope.sidecar")
Send = Callable[[bytes], client.Ack]


class Shipment:
    """The unsent rows of one directory. One process at a time holds it (`sidecar.lock`).

    With `afresh` it starts at the beginning, for a server that may have nothing yet. ``went_back`` tells that the server had lost
    what it acknowledged before: it was restored from a backup, or its data are others. Unless `paced`, nothing is held back for a
    slow link: into a file all goes in order. ``stalled`` is told with every batch, ``asked`` is what the server asked for.
    """

    def __init__(
        self, directory: Path, *, afresh: bool = False, terms: outgoing.AskTerms | None = None, paced: bool = True
    ) -> None:
        self.directory = directory
        self.manifest = layout.load_manifest(directory)
        self.flush_ms = 0
        self.ended = False
        self._page = state.StatePage(directory / "state")
        packed.recover(directory, self._page)
        self._outgoing = outgoing.Outgoing(directory, page=self._page, terms=terms)
        known = cursor.load(directory)
        self._cursor = cursor.Cursor(torn_until=known.torn_until, counted=known.counted) if afresh else known
        self.parts = parts.Parts(directory, page=self._page, allowed=lambda: self._outgoing.terms(self.manifest).policy)
        if afresh:
            self.parts.blobs.start_again()
        self._pace = pace.Pace()
        self._paced = paced
        self._deferred_told = 0
        self._lost_told = self._cursor.lost_sent
        self._source = source.Source(directory, places=self._cursor.places)
        self._refused: set[tuple[int, int]] = set()
        self._synced: dict[int, int] = {}
        self._doubted = bool(self._cursor.places)
        self.went_back = False
        self.stalled = False
        self.asked: set[str] = set()

    def ship(self, send: Send, *, alive: bool | None) -> bool:
        """Send one body with what is committed and not yet acknowledged; True if there was something.

        Raises:
            ServerUnavailable: if the server could not take it now; it is read and sent again next time.
        """
        if self._doubted:
            self._ask_all(send, alive=alive)
        return self._ship(self._live_pieces(), send, alive=alive)

    def ship_held(self, send: Send, *, alive: bool | None) -> bool:
        """Send one body of what was held back for a slow link; True if there was something. Raises as `ship`."""
        piece = self._source.bulk(gives_up=self.gives_up_held(), most_bytes=self._pace.most_bytes(lanes=1))
        return self._ship([] if piece is None else [piece], send, alive=alive)

    def beat(self, send: Send, *, alive: bool) -> bool:
        """Tell the server without any row that the trainer lives or has ended, and what was lost.

        False if it turns out to have lost what it acknowledged before: then there is more to send.

        Raises:
            ServerUnavailable: if the server did not answer.
        """
        lane = next(iter(reader.lanes(self.directory)), 0)
        before, self.went_back = self.went_back, False
        self._ask(self._batch(lane, self._source.place(lane).seq, (), attempt=-1, alive=alive), send)
        self._save()
        has_all = not self.went_back
        self.went_back = before or self.went_back
        return has_all

    def note_end(self) -> bool:
        """Write down how the trainer ended if it is known but not yet told; True if there is now something to send."""
        if self._page.get("end_told"):
            return False
        regular = bool(self._page.get("regular_end"))
        seen = ending.load(self.directory)
        starved = evidence.was_starved(self.directory)
        end = ending.event(seen, pid=self.manifest.pid, regular=regular, starved=starved, now_ns=time.time_ns())
        if self._page.get("killed"):
            end = ending.by_command(seen, now_ns=time.time_ns())
        if end is None or not notes.write(self.directory, self._page, end):
            return False
        self._page.put("end_told", 1)
        return True

    def waits_for_parent(self) -> bool:
        """Tell whether the parent of the trainer may still say how it ended."""
        told = self._page.get("end_told") or ending.load(self.directory) is not None
        return self.manifest.launched and not told

    @property
    def backlog(self) -> bool:
        """Whether more was committed than the last body took."""
        return self._source.backlog

    def gives_up_held(self) -> bool:
        """Tell whether, by policy, what is held back never follows.

        Raises:
            ServerUnavailable: if the server has to be asked for its policy and does not answer.
        """
        return self._outgoing.terms(self.manifest).policy.bulk == "never"

    def holds_back(self) -> bool:
        """Tell whether rows wait that are sent behind all others."""
        return self._source.has_bulk()

    def losses_unsent(self) -> bool:
        """Tell whether losses were counted that no body has carried yet, or the last body told of held rows that have followed."""
        return self._page.lost() != self._cursor.lost_sent or self._deferred_told != self._source.deferred()

    def sent_sequences(self) -> int:
        """Return how many rows and events the server has acknowledged."""
        return self._source.sequences()

    def done_before(self, lane: int) -> int:
        """Return the number of a lane's first segment that is not acknowledged as a whole."""
        return self._source.kept_from(lane)

    def begun_until(self, lane: int) -> int:
        """Return the number of a lane's last segment of which the server may have something."""
        return self._source.begun_until(lane)

    def finishing(self) -> bool:
        """Tell whether the trainer waits in `finish`."""
        return bool(self._page.get("finishing"))

    def trainer_lives(self) -> bool:
        """Tell whether the trainer holds its lock."""
        return platform.is_locked(self.directory / "alive.lock")

    def complete(self) -> None:
        """Note that the writer has ended and the server has everything."""
        self._cursor = msgspec.structs.replace(self._cursor, complete=True)
        self._save_cursor()
        self._page.put("complete", 1)

    def sync_to_disk(self) -> None:
        """Have the kernel write committed rows to the disk, so that a power cut costs a second at most.

        So with what tells whose rows they are, and that the files are there at all.
        """
        if not self._synced:
            platform.sync_file(self.directory / "run.json")
            with contextlib.suppress(OSError):  # a system that opens no folders
                platform.sync_file(self.directory)
        for lane, numbers in reader.lanes(self.directory).items():
            for number in numbers:
                if number >= self._synced.get(lane, 0):
                    platform.sync_file(layout.segment_path(self.directory, lane=lane, number=number))
            self._synced[lane] = numbers[-1]

    def make_room(self) -> None:
        """Where the disk is nearly full, remove segments that the server has acknowledged: the training needs the room."""
        if shutil.disk_usage(self.directory).free >= LOW_DISK_BYTES:
            return
        for lane, numbers in reader.lanes(self.directory).items():
            for number in numbers:
                if number < self._source.kept_from(lane):
                    layout.segment_path(self.directory, lane=lane, number=number).unlink()
        for path, _, _ in self.parts.blobs.kept():
            path.unlink()

    def close(self) -> None:
        """Close all files; calling it twice is harmless."""
        self._source.close()
        self._page.close()

    def _ask_all(self, send: Send, *, alive: bool | None) -> None:
        """Ask whether the server still has what it acknowledged of every lane, those too that have nothing new to send."""
        known = {int(lane): place.seq for lane, place in self._source.places.items() if place.seq}
        batches = [self._batch(lane, seq, (), attempt=-1, alive=alive) for lane, seq in known.items()]
        try:
            if batches:
                self._heard(send(codec.body_from_batches(batches)))
        except errors.ServerRefused:  # it names one lane only
            for batch in batches:
                self._ask(batch, send)
        self._doubted = False

    def _ask(self, batch: row.Batch, send: Send) -> None:
        """Send a batch without entries, and go back where the server wants earlier ones."""
        try:
            self._heard(send(codec.body_from_batches([batch])))
        except errors.ServerRefused as error:
            if error.expected is None:
                raise errors.ServerUnavailable(str(error)) from error
            self._go_back(batch, expected=error.expected, send=send)

    def _live_pieces(self) -> list[source.Piece]:
        slow = self._paced and self.backlog and self._pace.is_short_for(self._source.waiting_bytes())
        lanes = min(len(reader.lanes(self.directory)), source.LANES_MOST)
        return self._source.live(most_bytes=self._pace.most_bytes(lanes=lanes), thins=slow or self.gives_up_held())

    def _ship(self, pieces: list[source.Piece], send: Send, *, alive: bool | None) -> bool:
        if not pieces:
            return False
        self.manifest = layout.load_manifest(self.directory)  # read after the rows: an attempt is told before its first
        parcels = [
            Parcel(
                self._batch(piece.lane, piece.first_seq, piece.entries, attempt=piece.attempt, alive=alive),
                piece.after,
                piece.lost,
                items_of(piece.entries),
            )
            for piece in pieces
        ]
        size_bytes = sum(piece.size_bytes for piece in pieces)
        began_s = time.monotonic()
        try:
            self._deliver(parcels, send)
        except errors.ServerUnavailable as error:
            if error.connected:
                self._pace.note_failure(size_bytes, took_s=time.monotonic() - began_s)
            raise
        self._pace.note(size_bytes, took_s=time.monotonic() - began_s)
        self._save()
        return True

    def _deliver(self, parcels: list[Parcel], send: Send) -> None:
        """Send all parcels in one body, or one by one if the server refuses it."""
        try:
            ack = send(codec.body_from_batches(parcel.batch for parcel in parcels))
        except errors.ServerRefused:
            for parcel in parcels:
                self._deliver_alone(parcel, send)
            return
        if self._heard(ack):
            for parcel in parcels:
                self._move(parcel, ack)

    def _deliver_alone(self, parcel: Parcel, send: Send) -> None:
        try:
            ack = self._send_in_pieces(parcel.batch, send)
        except errors.SequenceGap as gap:
            self._go_back(parcel.batch, expected=gap.expected, send=send)
            return
        if self._heard(ack):
            self._move(parcel, ack)

    def _send_in_pieces(self, batch: row.Batch, send: Send) -> client.Ack:
        """Send a batch, halving what is refused; a single refused row is skipped and counted."""
        try:
            return send(codec.body_from_batches([batch]))
        except errors.ServerRefused as error:
            if error.expected is not None:
                raise errors.SequenceGap(str(batch.lane), expected=error.expected, got=batch.first_seq) from error
            if batch.sequences > 1:
                first, second = halves(batch)
                self._send_in_pieces(first, send)
                return self._send_in_pieces(second, send)
            if all(isinstance(entry, row.Skip) for entry in batch.entries):
                raise errors.ServerUnavailable(f"the server refuses this run as a whole: {error}") from error
        ack = self._send_in_pieces(msgspec.structs.replace(batch, entries=(row.Skip(1),)), send)
        self._count_refused(batch)
        return ack

    def _count_refused(self, batch: row.Batch) -> None:
        """Count a refused row once: it may be read and sent again before its lane gets on."""
        place = (batch.lane, batch.first_seq)
        if place not in self._refused:
            self._refused.add(place)
            self._page.count_lost("refused")
        self.parts.refuse(batch)

    def _go_back(self, batch: row.Batch, *, expected: int, send: Send) -> None:
        """Go on from where the server stands: it was restored from a backup, or our cursor ran ahead of it."""
        place = self._source.go_back(batch.lane, expected=expected)
        missing = place.seq - expected
        if missing > 0:  # those rows are no longer kept: say so instead of never getting on
            gap = msgspec.structs.replace(batch, first_seq=expected, entries=(row.Skip(missing),))
            self._send_in_pieces(gap, send)
            self._count_gone(batch.lane, "no_longer_kept", start=expected, stop=place.seq)
        self._source.put(batch.lane, place)
        self._doubted = self.went_back = True
        self.parts.blobs.doubt()

    def _move(self, parcel: Parcel, ack: client.Ack) -> None:
        lane = parcel.batch.lane
        reached = ack.acked.get(f"{parcel.batch.writer}/{lane}", 0)
        if reached < parcel.after.seq:
            raise errors.ServerUnavailable(f"lane {lane} was taken up to {reached} only, sent up to {parcel.after.seq}")
        self._source.put(lane, parcel.after)
        self._refused = {place for place in self._refused if place[0] != lane}
        for reason, rows in parcel.lost.items():
            if reason != "torn":
                self._count_gone(lane, reason, start=parcel.batch.first_seq, stop=parcel.after.seq)
            elif self._is_newly_torn(parcel):
                self._page.count_lost(reason, rows=rows)
        if parcel.items:
            self.parts.settle(parcel)
        self.ended = self.ended or any(isinstance(entry, row.Ended) for entry in parcel.batch.entries)

    def doubt(self) -> None:
        """Have the server asked what it has, before anything else is sent."""
        self._doubted = bool(self._cursor.places)

    def _count_gone(self, lane: int, reason: str, *, start: int, stop: int) -> None:
        """Count what a lane will never carry, once however often a server is restored; what was held back is the bulk lane's to count."""
        self._cursor, fresh = cursor.count(self._cursor, lane=lane, start=start, stop=stop)
        rows = sum(self._source.carried_by(lane, start=begin, stop=end) for begin, end in fresh)
        if rows:
            self._page.count_lost(reason, rows=rows)

    def _is_newly_torn(self, parcel: Parcel) -> bool:
        """Tell whether what is torn in a parcel was not counted before, and take note of it."""
        until, key = self._cursor.torn_until, str(parcel.batch.lane)
        known = until.get(key, reader.START)
        if (parcel.after.number, parcel.after.offset) <= (known.number, known.offset):
            return False
        self._cursor = msgspec.structs.replace(self._cursor, torn_until={**until, key: parcel.after})
        return True

    def _heard(self, ack: client.Ack) -> bool:
        """Take note of an acknowledgement; False if it comes from other data than before, which then get all that is kept."""
        self.flush_ms = ack.flush_ms
        self.asked.update(ack.asks)
        self.parts.progressed()
        for key, seq in ack.acked.items():
            writer, _, lane = key.rpartition("/")
            if writer == self.manifest.writer and lane.isdecimal():
                self._source.confirm(int(lane), seq=seq)
        known = self._cursor
        self._cursor = msgspec.structs.replace(known, instance=ack.instance, instance_epoch=ack.instance_epoch)
        if known.instance in ("", ack.instance) and ack.instance_epoch >= known.instance_epoch:
            if known.instance and ack.instance_epoch > known.instance_epoch:  # restored, though not behind this lane
                self._doubted = self.went_back = True
                self.parts.blobs.doubt()
            return True
        log.warning(
            "the server's data were restored or are others; everything kept in %s is sent again", self.directory
        )
        self._source.start_again()
        self.parts.blobs.start_again()
        self.went_back = True
        return False

    def _save(self) -> None:
        self._cursor = msgspec.structs.replace(
            self._cursor, places=self._source.places, complete=False, lost_sent=self._lost_told
        )
        self._save_cursor()
        self._page.put("acked_sequences", self.sent_sequences())

    def _save_cursor(self) -> None:
        try:
            cursor.save(self.directory, self._cursor)
        except OSError as error:  # a full disk: without a cursor rows are sent twice at worst
            log.warning("the cursor is not saved: %s", error)

    def _batch(
        self, lane: int, first_seq: int, entries: tuple[row.Entry, ...], *, attempt: int, alive: bool | None
    ) -> row.Batch:
        known = {reference.index: reference for reference in self.manifest.attempts}
        batch = row.Batch(
            run=self.manifest.run,
            attempt=known.get(attempt, self.manifest.attempts[-1]),
            writer=self.manifest.writer,
            lane=lane,
            first_seq=first_seq,
            entries=entries,
            lost=self._page.lost(),
            alive=alive,
            deferred=self._source.deferred(),
            rank=self.manifest.rank,
            stalled=self.stalled,
        )
        self._deferred_told = batch.deferred
        sent = self._outgoing.batch(batch, manifest=self.manifest)
        self._lost_told = sent.lost
        return sent
