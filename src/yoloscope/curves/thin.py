"""Which rows of a window a watcher needs at once: the edges, every extreme, and where NaN begins and ends.

Called by the sidecar where a link is too slow for all rows, and by the spool's quota. What it keeps is enough to draw the window's true
range and its gaps; what it leaves follows later or is counted.
"""

import numpy as np
from numpy.typing import NDArray

_KEPT_PER_SERIES = 2
REDUCTION = 8
_WINDOW_LEAST = 256


def window_rows(series: int) -> int:
    """Return how many rows a window needs so that at most about an eighth of them is kept, NaN edges aside."""
    return max(_WINDOW_LEAST, REDUCTION * (2 + _KEPT_PER_SERIES * series))


def keep(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows of one window stand for all of them.

    `values` is ``(n, k)``: n rows of k series in order; the answer is ``(n,)``. Kept are the first and the last row, for each series the
    first row of its least and of its greatest value (infinities are values), and each row where a run of NaN begins or ends.
    """
    rows = len(values)
    kept = np.zeros(rows, np.bool_)
    if rows == 0:
        return kept
    kept[[0, -1]] = True
    is_nan = np.isnan(values)
    kept[np.where(is_nan, np.inf, values).argmin(axis=0)] = True
    kept[np.where(is_nan, -np.inf, values).argmax(axis=0)] = True
    if is_nan.any():
        turns = (is_nan[1:] != is_nan[:-1]).any(axis=1)
        kept[1:] |= turns
        kept[:-1] |= turns
        _keep_hidden_infinities(kept, values, is_nan)
    return kept


def _keep_hidden_infinities(kept: NDArray[np.bool_], values: NDArray[np.float64], is_nan: NDArray[np.bool_]) -> None:
    """Where the least is +Inf or the greatest -Inf itself, a NaN may stand first in its place: keep the real one."""
    first_number = np.where(is_nan.all(axis=0), 0, (~is_nan).argmax(axis=0))
    same = ~np.isfinite(values[first_number, np.arange(values.shape[1])])
    kept[first_number[same]] = True


def keep_in_windows(values: NDArray[np.float64], *, rows: int) -> NDArray[np.bool_]:
    """Return `keep` of each window of so many rows, one behind the other; the last one may be shorter."""
    parts = [keep(values[at : at + rows]) for at in range(0, len(values), rows)]
    return np.concatenate(parts) if parts else np.zeros(0, np.bool_)
