"""Making a sealed, unsent segment smaller: packed first, which loses nothing, then thinned again and again.

Thinning keeps of every window of every series the first and last row, each extreme and each edge of NaN (`curves.thin`), and all events.
Rows left out become skipped sequence numbers and are counted as lost to the quota, with the segment and in the state page. Called by
`sidecar.keeping`, which holds the directory's `sidecar.lock`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.curves import thin
from yoloscope.records import row
from yoloscope.spool import frames, layout, packed, quota, reader, state

_ALL_BYTES = 2**62


class _Whole(msgspec.Struct, frozen=True):
    """All that a segment holds."""

    attempt: int
    first_seq: int
    level: int
    torn: int
    entries: list[row.Entry]


def level_of(path: Path) -> int:
    """Return how often a segment was shrunk.

    Raises:
        OSError: if it cannot be read.
    """
    return packed.head(path).level if packed.is_packed(path) else 0


def shrink(directory: Path, *, lane: int, number: int, page: state.StatePage) -> None:
    """Make a sealed segment that the server has nothing of smaller, in its place.

    Whoever dies in between leaves the old segment or the new one, and counts no row twice (`packed.recover`).

    Raises:
        SpoolError: if the segment or what leads to it cannot be read.
        OSError: if the disk does not hold the new one; the old one stays.
    """
    whole = _read(directory, lane=lane, number=number)
    if whole.level == 0:
        entries, lost, level = whole.entries, 0, 1
    else:
        entries, lost = thinned(whole.entries)
        level = min(whole.level + 1, quota.SPENT - 1) if lost else quota.SPENT
    described = packed.Head(
        lane=lane,
        number=number,
        attempt=whole.attempt,
        first_seq=whole.first_seq,
        sequences=sum(map(row.sequences_of, entries)),
        level=level,
        torn=whole.torn,
        quota_total=page.lost().get("quota", 0) + lost,
    )
    packed.stage(directory, described, entries)
    packed.recover(directory, page)


def thinned(entries: Sequence[row.Entry]) -> tuple[list[row.Entry], int]:
    """Return the entries without the rows that no extreme, edge or end of a window needs, and how many those were.

    They cover the same sequence numbers. A window is one of rows with the same names, whatever was logged between them.
    """
    masks = _masks(entries)
    found: list[row.Entry] = []
    for place, entry in enumerate(entries):
        for part in _kept(entry, masks[place]) if isinstance(entry, row.Matrix) else (entry,):
            last = found[-1] if found else None
            if isinstance(part, row.Skip) and isinstance(last, row.Skip):
                found[-1] = row.Skip(last.sequences + part.sequences)
            else:
                found.append(part)
    return found, sum(int((~mask).sum()) for mask in masks.values())


def _masks(entries: Sequence[row.Entry]) -> dict[int, NDArray[np.bool_]]:
    """Return which rows stay, by the place of their matrix."""
    matrices = {place: entry for place, entry in enumerate(entries) if isinstance(entry, row.Matrix)}
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, matrix in matrices.items():
        alike.setdefault(matrix.names, []).append(place)
    masks: dict[int, NDArray[np.bool_]] = {}
    for names, places in alike.items():
        joined = np.frombuffer(b"".join(matrices[place].values for place in places), np.float64)
        mask = thin.keep_in_windows(np.reshape(joined, (-1, len(names))), rows=thin.window_rows(len(names)))
        ends = np.cumsum([matrices[place].rows for place in places])
        masks.update(zip(places, np.split(mask, ends[:-1]), strict=True))
    return masks


def _kept(matrix: row.Matrix, mask: NDArray[np.bool_]) -> Iterator[row.Entry]:
    turns = (np.flatnonzero(mask[1:] != mask[:-1]) + 1).tolist()
    for start, stop in zip([0, *turns], [*turns, len(mask)], strict=True):
        yield packed.rows_of(matrix, start, stop) if mask[start] else row.Skip(stop - start)


def _read(directory: Path, *, lane: int, number: int) -> _Whole:
    path = layout.segment_path(directory, lane=lane, number=number)
    if packed.is_packed(path):
        before = packed.head(path)
        entries, _, torn = packed.PackedSegment(path).read(before.first_seq, most_bytes=_ALL_BYTES)
        return _Whole(before.attempt, before.first_seq, before.level, torn, entries)
    first_seq = reader.first_seq(directory, lane=lane, number=number)
    opened = frames.SegmentReader(path)
    try:
        entries, _, torn = opened.read(layout.HEADER_BYTES, most_bytes=_ALL_BYTES)
    finally:
        opened.close()
    if not entries:
        raise errors.SpoolError(f"{path} holds no row that can be read")
    return _Whole(opened.attempt, first_seq, 0, torn, entries)
