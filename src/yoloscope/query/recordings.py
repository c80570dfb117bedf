"""A run of this server as a recording, made while it is read: one body in memory, whatever the run's length.

Called by the recordings route. What the bodies hold depends on the run alone, not on how its rows lie on disk, so that two recordings of
the same content have the same digest and stand for the same writer (see `wire.recording`).
"""

from collections.abc import Container, Iterator

import msgspec

import yoloscope
from yoloscope.records import row, state
from yoloscope.store import ports
from yoloscope.wire import recording

_AXIS_BYTES = 32
_TOGETHER_MAX = 200  # shapes that take turns row by row, and attempts; a body holds at most 256 batches
_SECTIONS: tuple[row.Section, ...] = ("config", "settings", "provenance", "progress")


def of_run(store: ports.SeriesStore, info: ports.RunInfo, *, now_ns: int) -> Iterator[bytes]:
    """Yield the bytes of a run's recording; what comes while it is made may be left out.

    Raises (while it is read):
        StoreError: if something on disk is damaged; the recording has no end then.
    """
    writer = recording.Writer()
    named = recording.RunName(info.ref.id, info.ref.project, info.ref.name)
    yield writer.head(recording.Header(yoloscope.__version__, now_ns, "server", (named,)))
    lane = _Lane(info)
    for batches in lane.opening():
        yield writer.body(batches)
    for event in _sections(info):
        yield writer.body(lane.batches([(lane.last_attempt, event)]))
    body: list[tuple[int, row.Entry]] = []
    size_bytes = 0
    for attempt, matrix in _even(_of_attempts(store.rows(info.ref.project, info.ref.id), known=lane.attempts)):
        body.append((attempt, matrix))
        size_bytes += len(matrix.values) + matrix.rows * _AXIS_BYTES
        if size_bytes >= recording.BODY_BYTES or len(body) == _TOGETHER_MAX:
            yield writer.body(lane.batches(body))
            body, size_bytes = [], 0
    yield writer.body([*lane.batches(body), lane.closing()])
    yield writer.tail({info.ref.id: info.updated_ns})


class _Lane:
    """The one lane that a run's recording has: batches in the order of their sequence numbers."""

    def __init__(self, info: ports.RunInfo) -> None:
        self._info = info
        self._seq = 0
        self.attempts = {
            one.number: row.AttemptRef(number, one.wall_ns, one.mono_ns, one.start_epoch, one.start_step)
            for number, one in enumerate(info.attempts)
        }
        self.last_attempt = max(self.attempts, default=0)

    def opening(self) -> Iterator[list[row.Batch]]:
        """Yield one empty batch for each attempt: attempts are numbered in the order that they come in."""
        numbers = list(self.attempts)
        for start in range(0, len(numbers), _TOGETHER_MAX):
            yield [self._batch(number, ()) for number in numbers[start : start + _TOGETHER_MAX]]

    def batches(self, entries: list[tuple[int, row.Entry]]) -> list[row.Batch]:
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
        """Return the batch that says how the run ended and what was lost of it."""
        info = self._info
        ended: tuple[row.Entry, ...] = ()
        if info.state in state.ENDED:
            wall_ns = info.updated_ns if info.ended_ns is None else info.ended_ns
            end_state = msgspec.convert(info.state, row.EndState)
            ended = (row.Ended(end_state, wall_ns, reason=info.end_reason, exit_code=info.exit_code),)
        batch = self._batch(self.last_attempt, ended)
        return msgspec.structs.replace(batch, lost=info.lost, deferred=info.deferred)

    def _batch(self, attempt: int, entries: tuple[row.Entry, ...]) -> row.Batch:
        batch = row.Batch(
            run=self._info.ref,
            attempt=self.attempts[attempt],
            writer=recording.PLACEHOLDER,
            lane=0,
            first_seq=self._seq,
            entries=entries,
        )
        self._seq += batch.sequences
        return batch


def _sections(info: ports.RunInfo) -> Iterator[row.Updated]:
    """Yield the sections; a large one in shares, because a body has a limit and a section has none."""
    for section in _SECTIONS:
        values: dict[str, object] = getattr(info, section)
        if not values:
            continue
        if len(msgspec.msgpack.encode(values)) <= recording.BODY_BYTES:
            yield row.Updated(section, values)
            continue
        yield from (row.Updated(section, some) for some in _shares(values))


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
