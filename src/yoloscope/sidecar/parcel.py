"""A parcel: what one lane sends at once, and how it is cut in two when the server will not take it whole."""

import msgspec

from yoloscope.records import row
from yoloscope.spool import reader


class Parcel(msgspec.Struct, frozen=True):
    """A batch and the place in its lane that is reached when all of it is acknowledged, and what is then counted as lost."""

    batch: row.Batch
    after: reader.Place
    lost: dict[str, int] = {}


def halves(batch: row.Batch) -> tuple[row.Batch, row.Batch]:
    """Return two batches that together are `batch`; it must cover at least two sequence numbers."""
    middle = batch.sequences // 2
    first: list[row.Entry] = []
    second: list[row.Entry] = []
    room = middle
    for entry in batch.entries:
        size = row.sequences_of(entry)
        if size <= room:
            first.append(entry)
        elif room == 0:
            second.append(entry)
        else:
            head, tail = _cut(entry, room)
            first.append(head)
            second.append(tail)
        room = max(0, room - size)
    return (
        msgspec.structs.replace(batch, entries=tuple(first)),
        msgspec.structs.replace(batch, entries=tuple(second), first_seq=batch.first_seq + middle),
    )


def _cut(entry: row.Entry, at: int) -> tuple[row.Entry, row.Entry]:
    if isinstance(entry, row.Skip):
        return row.Skip(at), row.Skip(entry.sequences - at)
    assert isinstance(entry, row.Matrix), "an event covers one sequence number and is never cut"
    return _rows(entry, 0, at), _rows(entry, at, entry.rows)


def _rows(matrix: row.Matrix, start: int, stop: int) -> row.Matrix:
    width = len(matrix.names)
    return row.Matrix(
        names=matrix.names,
        step=matrix.step[8 * start : 8 * stop],
        epoch=matrix.epoch[8 * start : 8 * stop],
        wall_ns=matrix.wall_ns[8 * start : 8 * stop],
        mono_ns=matrix.mono_ns[8 * start : 8 * stop],
        values=matrix.values[8 * width * start : 8 * width * stop],
    )
