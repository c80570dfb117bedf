"""What is kept beside the points: totals of a run and of each series, merged with what the file holds.

Called by `book` inside its transaction. NaN is counted and left out of extremes; infinities are values. The first row to
reach an extreme keeps it. The last value is the newest attempt's latest by its monotonic clock, not the last to arrive: over a slow link
older rows follow newer ones.
"""

import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yoloscope.records import row

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Extreme = tuple[float | None, int | None, float | None]

_UPDATE_SERIES = """
UPDATE series SET
    count = count + ?2, nan_count = nan_count + ?3,
    last = CASE WHEN {newer} THEN ?4 ELSE last END,
    last_step = CASE WHEN {newer} THEN ?5 ELSE last_step END,
    last_epoch = CASE WHEN {newer} THEN ?6 ELSE last_epoch END,
    last_attempt = CASE WHEN {newer} THEN ?13 ELSE last_attempt END,
    last_mono_ns = CASE WHEN {newer} THEN ?14 ELSE last_mono_ns END,
    min = CASE WHEN ?7 IS NOT NULL AND (min IS NULL OR ?7 < min) THEN ?7 ELSE min END,
    min_step = CASE WHEN ?7 IS NOT NULL AND (min IS NULL OR ?7 < min) THEN ?8 ELSE min_step END,
    min_epoch = CASE WHEN ?7 IS NOT NULL AND (min IS NULL OR ?7 < min) THEN ?9 ELSE min_epoch END,
    max = CASE WHEN ?10 IS NOT NULL AND (max IS NULL OR ?10 > max) THEN ?10 ELSE max END,
    max_step = CASE WHEN ?10 IS NOT NULL AND (max IS NULL OR ?10 > max) THEN ?11 ELSE max_step END,
    max_epoch = CASE WHEN ?10 IS NOT NULL AND (max IS NULL OR ?10 > max) THEN ?12 ELSE max_epoch END
WHERE id = ?1
""".format(newer="(last_mono_ns IS NULL OR ?13 > last_attempt OR (?13 = last_attempt AND ?14 >= last_mono_ns))")
_UPSERT_RUN = """
INSERT INTO run_stat VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (run, attempt) DO UPDATE SET
    rows = rows + ?3,
    step = coalesce(max(step, ?4), step, ?4), epoch = coalesce(max(epoch, ?5), epoch, ?5),
    first_wall_ns = min(first_wall_ns, ?6), last_wall_ns = max(last_wall_ns, ?7), last_mono_ns = max(last_mono_ns, ?8)
"""


def add_to_series(  # noqa: PLR0913 - the columns of a row
    connection: sqlite3.Connection,
    *,
    series: Sequence[int],
    attempt: int,
    step: Ints,
    epoch: Floats,
    mono_ns: Ints,
    values: Floats,
) -> None:
    """Merge rows of one attempt into the series of their columns: ``series`` are row ids, ``values`` is ``(n, len(series))``."""
    is_nan = np.isnan(values)
    nan_count = np.count_nonzero(is_nan, axis=0).tolist()
    low, high = _least(values, is_nan=is_nan), _least(-values, is_nan=is_nan)
    steps, epochs = step.tolist(), epoch.tolist()
    newest = len(values) - 1 - int(mono_ns[::-1].argmax())
    last = values[newest].tolist()
    last_step, last_epoch = _step(steps[newest]), epochs[newest]

    def reached(at: int | None, *, column: int) -> Extreme:
        return (None, None, None) if at is None else (float(values[at, column]), _step(steps[at]), epochs[at])

    connection.executemany(
        _UPDATE_SERIES,
        [
            (
                *(series_id, len(values), nan_count[column], last[column], last_step, last_epoch),
                *reached(low[column], column=column),
                *reached(high[column], column=column),
                *(attempt, int(mono_ns[newest])),
            )
            for column, series_id in enumerate(series)
        ],
    )


def add_to_run(  # noqa: PLR0913 - the columns of a row
    connection: sqlite3.Connection,
    *,
    run: int,
    attempt: int,
    step: Ints,
    epoch: Floats,
    wall_ns: Ints,
    mono_ns: Ints,
) -> None:
    """Merge rows of one attempt into the totals of their run."""
    finite = epoch[np.isfinite(epoch)]  # an epoch of +Inf would hide every later one
    top_epoch = float(finite.max()) if len(finite) else None
    times = int(wall_ns.min()), int(wall_ns.max()), int(mono_ns.max())
    connection.execute(_UPSERT_RUN, (run, attempt, len(step), _step(int(step.max())), top_epoch, *times))


def _least(values: Floats, *, is_nan: NDArray[np.bool_]) -> list[int | None]:
    """Return the row where each column first reaches its least value; ``None`` for a column of NaN only."""
    found: list[int | None] = np.where(is_nan, np.inf, values).argmin(axis=0).tolist()
    for column in np.flatnonzero(is_nan.any(axis=0)).tolist():
        # Where the least is +Inf itself, a NaN stands first in its place.
        if is_nan[found[column], column]:
            others = np.flatnonzero(~is_nan[:, column])
            found[column] = int(others[0]) if len(others) else None
    return found


def _step(step: int) -> int | None:
    return None if step == row.NO_STEP else step
