"""A parcel: what one lane sends at once, and how it is cut in two when the server will not take it whole."""

from collections.abc import Sequence

import msgspec

from yoloscope.records import media, row
from yoloscope.spool import layout, packed, reader


class Parcel(msgspec.Struct, frozen=True):
    """A batch and the place in its lane that is reached when all of it is acknowledged, and what is then counted as lost.

    ``items`` are those that the spool holds there, also where policy keeps them back.
    """

    batch: row.Batch
    after: reader.Place
    lost: dict[str, int] = {}
    items: tuple[media.Item, ...] = ()


def items_of(entries: Sequence[row.Entry]) -> tuple[media.Item, ...]:
    """Return the items among some entries."""
    return tuple(entry for entry in entries if isinstance(entry, media.Item))


def halves(batch: row.Batch) -> tuple[row.Batch, row.Batch]:
    """Return two batches that together are `batch`; it must cover at least two sequence numbers."""
    middle, end = batch.sequences // 2, batch.sequences
    first, second = part(batch.entries, start=0, stop=middle), part(batch.entries, start=middle, stop=end)
    return (
        msgspec.structs.replace(batch, entries=first),
        msgspec.structs.replace(batch, entries=second, first_seq=batch.first_seq + middle),
    )


def part(entries: Sequence[row.Entry], *, start: int, stop: int) -> tuple[row.Entry, ...]:
    """Return what covers the sequence numbers from `start` up to `stop`, counted from the first entry."""
    found: list[row.Entry] = []
    at = 0
    for entry in entries:
        size = row.sequences_of(entry)
        lo, hi = max(0, start - at), min(size, stop - at)
        at += size
        if lo < hi:
            found.append(entry if hi - lo == size else _cut(entry, lo, hi))
    return tuple(found)


def sequences_within(entries: Sequence[row.Entry], *, most_bytes: int) -> int:
    """Return how many sequence numbers fit into so many spool bytes; at least one row does, and skips and events count nothing."""
    covered, left = 0, most_bytes
    for entry in entries:
        if isinstance(entry, row.Matrix):
            row_bytes = layout.ROW_OVERHEAD_BYTES + 8 * len(entry.names)
            fits = max(left // row_bytes, 1 if left == most_bytes else 0)
            if fits < entry.rows:
                return covered + fits
            left -= entry.rows * row_bytes
        covered += row.sequences_of(entry)
    return covered


def size_bytes(entries: Sequence[row.Entry]) -> int:
    """Return what the rows among some entries take in a spool."""
    matrices = (entry for entry in entries if isinstance(entry, row.Matrix))
    return sum(matrix.rows * (layout.ROW_OVERHEAD_BYTES + 8 * len(matrix.names)) for matrix in matrices)


def _cut(entry: row.Entry, start: int, stop: int) -> row.Entry:
    if isinstance(entry, row.Skip):
        return row.Skip(stop - start)
    assert isinstance(entry, row.Matrix), "an event covers one sequence number and is never cut"
    return packed.rows_of(entry, start, stop)
