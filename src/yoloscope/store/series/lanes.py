"""Which of a lane's entries are new: pure arithmetic on sequence numbers.

Called by `book`. After it, nothing of an append is stored twice and nothing is left out in between.
"""

from collections.abc import Sequence

from yoloscope import errors
from yoloscope.records import row
from yoloscope.store import ports


def key(lane: ports.LaneRows) -> tuple[str, int]:
    """Return what identifies the lane in the store."""
    return lane.writer, lane.lane


def span(lane: ports.LaneRows, *, expected: int) -> tuple[int, int]:
    """Return the first sequence number of an append and the one after its last.

    Raises:
        SequenceGap: if it starts after the one expected.
    """
    first = expected if lane.first_seq is None else lane.first_seq
    if first > expected:
        raise errors.SequenceGap(f"{lane.writer}/{lane.lane}", expected=expected, got=first)
    return first, first + sum(row.sequences_of(entry) for entry in lane.entries)


def fresh_matrices(entries: Sequence[row.Entry], *, known: int) -> list[row.Matrix]:
    """Return the rows behind the first `known` sequence numbers; skips and events hold none."""
    matrices: list[row.Matrix] = []
    for entry in entries:
        count = row.sequences_of(entry)
        if isinstance(entry, row.Matrix) and known < count:
            matrices.append(entry if known <= 0 else _without_first(entry, rows=known))
        known -= count
    return matrices


def _without_first(matrix: row.Matrix, *, rows: int) -> row.Matrix:
    cut = 8 * rows
    return row.Matrix(
        names=matrix.names,
        step=matrix.step[cut:],
        epoch=matrix.epoch[cut:],
        wall_ns=matrix.wall_ns[cut:],
        mono_ns=matrix.mono_ns[cut:],
        values=matrix.values[cut * len(matrix.names) :],
    )
