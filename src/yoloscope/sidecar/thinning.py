"""Entries of a spool parted in two: what a watcher needs at once, and the rest."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import thin
from yoloscope.records import row


def mask(entries: Iterable[row.Entry]) -> NDArray[np.bool_]:
    """Return which sequence numbers go first: every event, and of the rows what a watcher needs."""
    parts: list[NDArray[np.bool_]] = []
    for entry in entries:
        if isinstance(entry, row.Matrix):
            values = np.reshape(np.frombuffer(entry.values, np.float64), (entry.rows, len(entry.names)))
            parts.append(thin.keep_in_windows(values, rows=thin.window_rows(len(entry.names))))
        else:
            parts.append(np.ones(row.sequences_of(entry), np.bool_))
    return np.concatenate(parts) if parts else np.zeros(0, np.bool_)


def chosen(entries: Iterable[row.Entry], wanted: NDArray[np.bool_]) -> Iterable[row.Entry]:
    """Yield the entries that are wanted, a flag for each sequence number; a skip behind them takes the sequence numbers of the others."""
    at = 0
    for entry in entries:
        count = row.sequences_of(entry)
        here = wanted[at : at + count]
        at += count
        if here.all():
            yield entry
            continue
        if isinstance(entry, row.Matrix) and here.any():
            yield _taken(entry, here)
        yield row.Skip(count - int(here.sum()) if isinstance(entry, row.Matrix) else count)


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
