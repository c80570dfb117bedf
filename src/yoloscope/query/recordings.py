"""A run of this server as a recording, made while it is read: one body in memory, whatever the run's length.

Called by the recordings route. What the bodies hold depends on the run alone, not on how its rows lie on disk, so that two recordings of
the same content have the same digest and stand for the same writer (see `wire.recording`).
"""

import hashlib
import itertools
import logging
from collections.abc import Container, Iterator, Sequence
from typing import TypeVar

import msgspec

import yoloscope
from yoloscope import errors
from yoloscope.records import command, media, row, state
from yoloscope.store import ports, ports_media
from yoloscope.wire import recording

_AXIS_BYTES = 32
_TOGETHER_MAX = 200  # shapes that take turns row by row, and attempts; a body holds at most 256 batches
_LINES_TOGETHER = 1_000  # printed lines read at once
_READ_BYTES = 1024 * 1024
_log = logging.getLogger("yoloscope")
_SECTIONS: tuple[row.Section, ...] = ("config", "settings", "progress")
_OF_ATTEMPT: tuple[row.Section, ...] = ("provenance", "life")

_E = TypeVar("_E", bound=row.Entry)


class Sources(msgspec.Struct, frozen=True):
    """Where what a recording holds is read from."""

    series: ports.SeriesStore
    console: ports.Console
    items: ports_media.Items
    blobs: ports_media.BlobStore
    commands: ports.Commands


def of_run(of: Sources, info: ports.RunInfo, *, now_ns: int) -> Iterator[bytes]:
    """Yield the bytes of a run's recording; what comes while it is made may be left out.

    Parts of items that never came, or were damaged on disk, are left out: the file is whole without them.

    Raises (while it is read):
        StoreError: if something else on disk is damaged; the recording has no end then.
    """
    has_items = bool(of.items.names(info.ref.id))
    writer = recording.Writer(has_items=has_items)
    named = recording.RunName(info.ref.id, info.ref.project, info.ref.name)
    yield writer.head(recording.Header(yoloscope.__version__, now_ns, "server", (named,)))
    lane = _Lane(info)
    digests: dict[str, None] = {}
    for batches in _bodies(of, info, lane, digests if has_items else None):
        yield writer.body(batches)
    for piece in _pieces(of.blobs, list(digests)):
        yield writer.piece(piece)
    said = _said(info)
    yield writer.tail({info.ref.id: info.updated_ns}, said={} if said == recording.Said() else {info.ref.id: said})


def _said(info: ports.RunInfo) -> recording.Said:
    """Return what people said of a run; the bodies hold what its training did."""
    return recording.Said(
        name=None if info.ref.name == info.said.name else info.ref.name,
        tags=None if info.ref.tags == info.said.tags else info.ref.tags,
        group=info.ref.group if info.ref.group != info.said.group else None,
        group_said=info.ref.group != info.said.group,
        note=info.note,
        starred=info.starred,
        archived=info.archived_ns is not None,
    )


def _bodies(
    of: Sources, info: ports.RunInfo, lane: "_Lane", digests: dict[str, None] | None
) -> Iterator[list[row.Batch]]:
    """Yield the batches of each body, and note the digests of the parts of all items; none of the items without a place for them."""
    yield from lane.opening()
    for attempt, event in lane.sections():
        yield lane.batches([(attempt, event)])
    for told in _together(itertools.chain(_printed(of.console, info), _acted(of.commands, info)), most=_TOGETHER_MAX):
        yield lane.batches([(lane.index_of[attempt], event) for attempt, event in told])
    if digests is not None:
        for shown in _together(_items(of.items, info, digests), most=_TOGETHER_MAX):
            yield lane.batches([(lane.index_of[attempt], event) for attempt, event in shown])
    body: list[tuple[int, row.Entry]] = []
    size_bytes = 0
    rows = of.series.rows(info.ref.project, info.ref.id)
    for attempt, matrix in _even(_of_attempts(rows, known=lane.index_of)):
        body.append((lane.index_of[attempt], matrix))
        size_bytes += len(matrix.values) + matrix.rows * _AXIS_BYTES
        if size_bytes >= recording.BODY_BYTES or len(body) == _TOGETHER_MAX:
            yield lane.batches(body)
            body, size_bytes = [], 0
    *others, last = list(_together(iter([*body, *lane.ends()]), most=_TOGETHER_MAX)) or [[]]
    for some in others:
        yield lane.batches(some)
    yield [*lane.batches(last), lane.closing()]


class _Lane:
    """The one lane that a run's recording has: batches in the order of their sequence numbers."""

    def __init__(self, info: ports.RunInfo) -> None:
        self._info = info
        self._seq = 0
        self.index_of = {one.number: index for index, one in enumerate(info.attempts)}
        newest = (ports.main_attempts(info.attempts) or info.attempts)[-1]
        self._newest = self.index_of[newest.number]

    def opening(self) -> Iterator[list[row.Batch]]:
        """Yield one empty batch for each attempt: the attempts of one writer stand in the order of their indices."""
        indices = range(len(self._info.attempts))
        for start in range(0, len(indices), _TOGETHER_MAX):
            yield [self._batch(index, ()) for index in indices[start : start + _TOGETHER_MAX]]

    def sections(self) -> Iterator[tuple[int, row.Updated]]:
        """Yield what is known of the run, and of each attempt what is its own."""
        for section in _SECTIONS:
            yield from ((self._newest, event) for event in _updates(section, getattr(self._info, section)))
        for index, attempt in enumerate(self._info.attempts):
            for section in _OF_ATTEMPT:
                yield from ((index, event) for event in _updates(section, getattr(attempt, section)))

    def ends(self) -> Iterator[tuple[int, row.Ended]]:
        """Yield how each attempt ended; an end that only its sidecar saw is told like one that was said.

        One without rows that the next put an end to says so: in a copy, where all have one writer, it would else be taken for the opening of
        the next.
        """
        main = ports.main_attempts(self._info.attempts)
        followed_by = {one.number: after for one, after in itertools.pairwise(main)}
        for index, one in enumerate(self._info.attempts):
            seen = state.of_attempt(said=one.end_state, alive=one.alive, stalled=one.stalled, paused=one.paused)
            if seen in state.ENDED:
                wall_ns = self._info.updated_ns if one.ended_ns is None else one.ended_ns
                end_state = msgspec.convert(seen, row.EndState)
                yield index, row.Ended(end_state, wall_ns, reason=one.end_reason, exit_code=one.exit_code)
            elif not one.has_rows and one.number in followed_by:
                yield index, row.Ended("stopped", followed_by[one.number].wall_ns)

    def batches(self, entries: Sequence[tuple[int, row.Entry]]) -> list[row.Batch]:
        """Return the next entries, those of one attempt that follow each other in one batch."""
        made: list[row.Batch] = []
        together: list[row.Entry] = []
        for at, (attempt, entry) in enumerate(entries):
            together.append(entry)
            if at + 1 == len(entries) or entries[at + 1][0] != attempt:
                made.append(self._batch(attempt, tuple(together)))
                together = []
        return made

    def closing(self) -> row.Batch:
        """Return the batch that says what was lost of the run."""
        batch = self._batch(self._newest, ())
        return msgspec.structs.replace(batch, lost=self._info.lost, deferred=self._info.deferred)

    def _batch(self, index: int, entries: tuple[row.Entry, ...]) -> row.Batch:
        one = self._info.attempts[index]
        batch = row.Batch(
            run=self._info.said,
            attempt=row.AttemptRef(index, one.wall_ns, one.mono_ns, one.start_epoch, one.start_step),
            rank=one.rank,
            writer=recording.PLACEHOLDER,
            lane=0,
            first_seq=self._seq,
            entries=entries,
        )
        self._seq += batch.sequences
        return batch


def _updates(section: row.Section, values: dict[str, object]) -> Iterator[row.Updated]:
    """Yield a section; a large one in shares, because a body has a limit and a section has none."""
    if not values:
        return
    if len(msgspec.msgpack.encode(values)) <= recording.BODY_BYTES:
        yield row.Updated(section, values)
        return
    yield from (row.Updated(section, some) for some in _shares(values))


def _printed(console: ports.Console, info: ports.RunInfo) -> Iterator[tuple[int, row.Printed]]:
    """Yield attempt and lines in the order in which the lines got their last form, of the attempts known."""
    known = [one.number for one in info.attempts]
    after = 0
    while found := console.lines(info.ref.id, after=after, limit=_LINES_TOGETHER, attempts=known).lines:
        after = found[-1].place
        for line in found:
            yield line.attempt, row.Printed(line.stream, line.line, line.wall_ns, (line.text,), line.left_out)


def _acted(commands: ports.Commands, info: ports.RunInfo) -> Iterator[tuple[int, row.Acted]]:
    """Yield attempt and outcome of the commands that the training settled, in their order, of the attempts known."""
    known = {one.number for one in info.attempts}
    found: list[tuple[int, row.Acted]] = []
    cursor = None
    while True:
        page = commands.page(info.ref.id, limit=_LINES_TOGETHER, cursor=cursor)
        for one in page.commands:
            if one.attempt in known and one.wall_ns is not None:
                state_of = msgspec.convert(one.state, command.Settled)
                acted = row.Acted(one.id, one.verb, state_of, one.wall_ns, one.step, one.epoch, one.result or {})
                found.append((one.attempt, acted))
        cursor = page.next_cursor
        if cursor is None:
            break
    yield from reversed(found)


def _items(items: ports_media.Items, info: ports.RunInfo, digests: dict[str, None]) -> Iterator[tuple[int, media.Item]]:
    """Yield attempt and item in the order in which the items came, of the attempts known, and note the digests of their parts."""
    known = {one.number for one in info.attempts}
    wanted = ports_media.Wanted(runs=(info.ref.id,))
    while found := items.find(wanted):
        for one in found:
            if one.attempt in known:
                digests.update((part.digest, None) for part in one.item.parts)
                yield one.attempt, one.item
        wanted = msgspec.structs.replace(wanted, after=(info.ref.id, found[-1].place))


def _pieces(blobs: ports_media.BlobStore, digests: Sequence[str]) -> Iterator[recording.Piece]:
    """Yield the pieces of each blob that is whole and is what its digest says, one blob after the other."""
    for start in range(0, len(digests), _TOGETHER_MAX):
        some = digests[start : start + _TOGETHER_MAX]
        whole = blobs.whole(some)
        for digest in (one for one in some if one in whole):
            try:
                yield from _pieces_of(blobs, digest)
            except errors.NotFound:
                continue  # removed meanwhile


def _pieces_of(blobs: ports_media.BlobStore, digest: str) -> Iterator[recording.Piece]:
    with blobs.opened(digest) as file:
        found = hashlib.sha256()
        while data := file.read(_READ_BYTES):
            found.update(data)
        if found.hexdigest() != digest:
            _log.error("The blob %s is damaged on disk, so it is left out of an exported run", digest)
            return
        size_bytes = file.seek(0, 1)
        file.seek(0)
        for offset in range(0, max(size_bytes, 1), recording.PIECE_BYTES):
            yield recording.Piece(digest, offset, size_bytes, file.read(recording.PIECE_BYTES))


def _together(entries: Iterator[tuple[int, _E]], *, most: int) -> Iterator[list[tuple[int, _E]]]:
    """Yield the entries in lists of at most `most`."""
    while some := list(itertools.islice(entries, most)):
        yield some


def _shares(values: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the keys in shares of about a body: one for each key would take the square of them to import."""
    share: dict[str, object] = {}
    size_bytes = 0
    for key, value in values.items():
        coming_bytes = len(msgspec.msgpack.encode({key: value}))
        if share and size_bytes + coming_bytes > recording.BODY_BYTES:
            yield share
            share, size_bytes = {}, 0
        share[key] = value
        size_bytes += coming_bytes
    yield share


def _of_attempts(told: Iterator[tuple[int, row.Matrix]], *, known: Container[int]) -> Iterator[tuple[int, row.Matrix]]:
    """Leave out rows of an attempt that began after the run was looked at."""
    return ((attempt, matrix) for attempt, matrix in told if attempt in known)


def _even(told: Iterator[tuple[int, row.Matrix]]) -> Iterator[tuple[int, row.Matrix]]:
    """Yield the same rows in pieces whose size depends on the rows alone, however the store had cut them."""
    held = _Held(0, ())
    for attempt, matrix in told:
        if (attempt, matrix.names) != (held.attempt, held.names):
            yield from held.rest()
            held = _Held(attempt, matrix.names)
        yield from held.pieces(matrix)
    yield from held.rest()


class _Held:
    """Rows of one attempt with equal names that wait until they make a piece."""

    def __init__(self, attempt: int, names: tuple[str, ...]) -> None:
        self.attempt = attempt
        self.names = names
        self._parts: list[row.Matrix] = []
        self._rows = 0
        self._rows_max = max(1, recording.BODY_BYTES // (_AXIS_BYTES + 8 * len(names)))

    def pieces(self, matrix: row.Matrix) -> Iterator[tuple[int, row.Matrix]]:
        """Take rows, and yield what is whole."""
        self._parts.append(matrix)
        self._rows += matrix.rows
        while self._rows >= self._rows_max:
            joined = _joined(self._parts)
            yield self.attempt, _part(joined, 0, self._rows_max)
            self._rows -= self._rows_max
            self._parts = [_part(joined, self._rows_max, joined.rows)]

    def rest(self) -> Iterator[tuple[int, row.Matrix]]:
        """Yield what is left."""
        if self._rows:
            yield self.attempt, _joined(self._parts)


def _joined(parts: list[row.Matrix]) -> row.Matrix:
    if len(parts) == 1:
        return parts[0]
    return row.Matrix(
        names=parts[0].names,
        step=b"".join(part.step for part in parts),
        epoch=b"".join(part.epoch for part in parts),
        wall_ns=b"".join(part.wall_ns for part in parts),
        mono_ns=b"".join(part.mono_ns for part in parts),
        values=b"".join(part.values for part in parts),
    )


def _part(matrix: row.Matrix, start: int, end: int) -> row.Matrix:
    axis, values = slice(8 * start, 8 * end), slice(8 * len(matrix.names) * start, 8 * len(matrix.names) * end)
    return row.Matrix(
        names=matrix.names,
        step=matrix.step[axis],
        epoch=matrix.epoch[axis],
        wall_ns=matrix.wall_ns[axis],
        mono_ns=matrix.mono_ns[axis],
        values=matrix.values[values],
    )
