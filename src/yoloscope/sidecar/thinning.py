"""Entries of a spool parted in two: what a watcher needs at once, and the rest."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import thin
from yoloscope.records import row


def mask(entries: Iterable[row.Entry]) -> NDArray[np.bool_]:
    """Return which sequence numbers go first: every event, and of the rows what a watcher needs.

    Rows of the same names stand for each other also where others come in between.
    """
    of_names: dict[tuple[str, ...], list[tuple[int, row.Matrix]]] = {}
    at = 0
    for entry in entries:
        if isinstance(entry, row.Matrix):
            of_names.setdefault(entry.names, []).append((at, entry))
        at += row.sequences_of(entry)
    wanted = np.ones(at, np.bool_)
    for names, matrices in of_names.items():
        values = np.frombuffer(b"".join(matrix.values for _, matrix in matrices), np.float64)
        places = np.concatenate([np.arange(start, start + matrix.rows) for start, matrix in matrices])
        kept = thin.keep_in_windows(np.reshape(values, (-1, len(names))), rows=thin.window_rows(len(names)))
        wanted[places] = kept
    return wanted


def chosen(entries: Iterable[row.Entry], wanted: NDArray[np.bool_]) -> Iterable[row.Entry]:
    """Yield the entries that are wanted, a flag for each sequence number; a skip behind them takes the sequence numbers of the others."""
    at = skipped = 0
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(wanted)]).tolist()  # a flag at a time would be slow
    for entry in entries:
        count = row.sequences_of(entry)
        kept = before[at + count] - before[at]
        if skipped and kept:
            yield row.Skip(skipped)
            skipped = 0
        if kept == count:
            yield entry
        elif kept and isinstance(entry, row.Matrix):
            yield _taken(entry, wanted[at : at + count])
        skipped += count - kept
        at += count
    if skipped:
        yield row.Skip(skipped)


def _taken(matrix: row.Matrix, wanted: NDArray[np.bool_]) -> row.Matrix:
    width = len(matrix.names)
    return row.Matrix(
        names=matrix.names,
        step=np.frombuffer(matrix.step, np.int64)[wanted].tobytes(),
        epoch=np.frombuffer(matrix.epoch, np.float64)[wanted].tobytes(),
        wall_ns=np.frombuffer(matrix.wall_ns, np.int64)[wanted].tobytes(),
        mono_ns=np.frombuffer(matrix.mono_ns, np.int64)[wanted].tobytes(),
        values=np.reshape(np.frombuffer(matrix.values, np.float64), (-1, width))[wanted].tobytes(),
    )
