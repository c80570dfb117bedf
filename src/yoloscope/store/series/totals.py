"""What is kept beside the points: totals of each series and of the run's rows, by attempt, of what no later attempt superseded.

Called inside the writer's transactions: by `book` with rows as they come, by `recount` with rows that are stored. The order in which rows
are added changes nothing. NaN is counted and left out of extremes; infinities are values. The first row to arrive with an extreme
keeps it. The last value is the latest by the monotonic clock, not the last to arrive: over a slow link older rows follow newer ones.
"""

import sqlite3
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import supersede
from yoloscope.records import row
from yoloscope.store.series import payload

Bools = NDArray[np.bool_]
Extreme = tuple[float | None, int | None, float | None, int | None]

_ADD_TO_SERIES = """
INSERT INTO total VALUES (?1, ?17, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
ON CONFLICT (series, attempt) DO UPDATE SET
    count = count + ?2, nan_count = nan_count + ?3,
    last = CASE WHEN {newer} THEN ?4 ELSE last END,
    last_step = CASE WHEN {newer} THEN ?5 ELSE last_step END,
    last_epoch = CASE WHEN {newer} THEN ?6 ELSE last_epoch END,
    last_mono_ns = CASE WHEN {newer} THEN ?7 ELSE last_mono_ns END,
    last_place = CASE WHEN {newer} THEN ?8 ELSE last_place END,
    min = CASE WHEN {lower} THEN ?9 ELSE min END,
    min_step = CASE WHEN {lower} THEN ?10 ELSE min_step END,
    min_epoch = CASE WHEN {lower} THEN ?11 ELSE min_epoch END,
    min_place = CASE WHEN {lower} THEN ?12 ELSE min_place END,
    max = CASE WHEN {higher} THEN ?13 ELSE max END,
    max_step = CASE WHEN {higher} THEN ?14 ELSE max_step END,
    max_epoch = CASE WHEN {higher} THEN ?15 ELSE max_epoch END,
    max_place = CASE WHEN {higher} THEN ?16 ELSE max_place END
""".format(
    newer="last_mono_ns IS NULL OR ?7 > last_mono_ns OR (?7 = last_mono_ns AND ?8 >= last_place)",
    lower="?9 IS NOT NULL AND (min IS NULL OR ?9 < min OR (?9 = min AND ?12 < min_place))",
    higher="?13 IS NOT NULL AND (max IS NULL OR ?13 > max OR (?13 = max AND ?16 < max_place))",
)
_ADD_TO_RUN = """
INSERT INTO run_stat VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (run, attempt) DO UPDATE SET
    rows = rows + ?3,
    step = coalesce(max(step, ?4), step, ?4), epoch = coalesce(max(epoch, ?5), epoch, ?5),
    first_wall_ns = min(first_wall_ns, ?6), last_wall_ns = max(last_wall_ns, ?7),
    last_mono_ns = coalesce(max(last_mono_ns, ?8), last_mono_ns, ?8)
"""


class Shape(msgspec.Struct, frozen=True):
    """The columns of some rows: row ids of their series, and which of those describe the machine: these are never superseded."""

    series: list[int]
    of_machine: Bools

    @classmethod
    def of(cls, series: list[int], *, names: Sequence[str]) -> "Shape":
        """Return the shape of columns with these names."""
        return cls(series, np.array([name.startswith(supersede.NEVER_PREFIX) for name in names], np.bool_))


def add(  # noqa: PLR0913 - rows, whose they are, and what of them counts
    connection: sqlite3.Connection,
    rows: payload.Rows,
    *,
    run: int,
    attempt: int,
    shape: Shape,
    cuts: Sequence[supersede.Cut],
    are_new: bool,
) -> None:
    """Add rows of one attempt, without what the cuts hide, to the totals of their series and their run.

    ``are_new`` tells rows that are counted for the first time from those that are counted again after `clear`.
    """
    hidden = supersede.cut(step=rows.step, epoch=rows.epoch, wall_ns=rows.wall_ns, by=cuts) if cuts else None
    if hidden is not None and hidden.any():
        kept = payload.taken(rows, ~hidden)
        _add_to_series(connection, kept, attempt=attempt, shape=shape, columns=~shape.of_machine)
        _add_to_series(connection, rows, attempt=attempt, shape=shape, columns=shape.of_machine)
    else:
        _add_to_series(connection, rows, attempt=attempt, shape=shape, columns=None)
    add_to_run(connection, rows, run=run, attempt=attempt, shape=shape, hidden=hidden, are_new=are_new)


def add_to_run(  # noqa: PLR0913 - as `add`
    connection: sqlite3.Connection,
    rows: payload.Rows,
    *,
    run: int,
    attempt: int,
    shape: Shape,
    hidden: Bools | None,
    are_new: bool,
) -> None:
    """Add rows of one attempt, without those that are hidden, to the totals of their run; values are not looked at."""
    times = len(rows.place) if are_new else 0, int(rows.wall_ns.min()), int(rows.wall_ns.max())
    told = _of_training(rows, shape=shape) if hidden is None else _of_training(rows, shape=shape) & ~hidden
    step, epoch, mono_ns = _reached(rows if told.all() else payload.taken(rows, told))
    connection.execute(_ADD_TO_RUN, (run, attempt, times[0], step, epoch, *times[1:], mono_ns))


def add_points(connection: sqlite3.Connection, points: payload.Rows, *, series: int, attempt: int) -> None:
    """Add points of one series and attempt to its totals, with values ``(n, 1)``."""
    of = Shape([series], np.zeros(1, np.bool_))
    _add_to_series(connection, points, attempt=attempt, shape=of, columns=None)


def add_counts(connection: sqlite3.Connection, *, series: int, attempt: int, count: int, nan_count: int) -> None:
    """Add points of which only the number is known to the totals of a series that has others."""
    connection.execute(
        "UPDATE total SET count = count + ?, nan_count = nan_count + ? WHERE series = ? AND attempt = ?",
        (count, nan_count, series, attempt),
    )


def clear(connection: sqlite3.Connection, *, run: int, attempt: int) -> None:
    """Forget what was counted of an attempt's values, but not how many rows it has."""
    connection.execute(
        "DELETE FROM total WHERE attempt = ? AND series IN (SELECT id FROM series WHERE run = ?)", (attempt, run)
    )
    connection.execute(
        "UPDATE run_stat SET step = NULL, epoch = NULL, last_mono_ns = NULL WHERE run = ? AND attempt = ?",
        (run, attempt),
    )


def _add_to_series(
    connection: sqlite3.Connection, rows: payload.Rows, *, attempt: int, shape: Shape, columns: Bools | None
) -> None:
    """Add the values of some columns; ``None`` for all."""
    values = rows.values if columns is None else rows.values[:, columns]
    if not values.size:
        return
    series = shape.series if columns is None else np.array(shape.series)[columns].tolist()
    is_nan = np.isnan(values)
    nan_count = np.count_nonzero(is_nan, axis=0).tolist()
    low, high = _least(values, is_nan=is_nan), _least(-values, is_nan=is_nan)
    steps, epochs, places = rows.step.tolist(), rows.epoch.tolist(), rows.place.tolist()
    newest = len(values) - 1 - int(rows.mono_ns[::-1].argmax())
    last = values[newest].tolist()
    at_last = _step(steps[newest]), epochs[newest], int(rows.mono_ns[newest]), places[newest]

    def reached(at: int | None, *, column: int) -> Extreme:
        if at is None:
            return None, None, None, None
        return float(values[at, column]), _step(steps[at]), epochs[at], places[at]

    connection.executemany(
        _ADD_TO_SERIES,
        [
            (
                *(series_id, len(values), nan_count[column], last[column], *at_last),
                *reached(low[column], column=column),
                *reached(high[column], column=column),
                attempt,
            )
            for column, series_id in enumerate(series)
        ],
    )


def _of_training(rows: payload.Rows, *, shape: Shape) -> Bools:
    """Return a mask of the rows that tell how far the training came; what is seen of the machine alone, at no step, does not."""
    if not shape.of_machine.all():
        return np.ones(len(rows.place), np.bool_)
    return (rows.step != row.NO_STEP) | ~np.isnan(rows.epoch)


def _reached(rows: payload.Rows) -> tuple[int | None, float | None, int | None]:
    """Return the greatest step, finite epoch and monotonic time of rows, if there are any."""
    if not len(rows.step):
        return None, None, None
    epoch = rows.epoch[np.isfinite(rows.epoch)]  # an epoch of +Inf would hide every later one
    top_epoch = float(epoch.max()) if len(epoch) else None
    return _step(int(rows.step.max())), top_epoch, int(rows.mono_ns.max())


def _least(values: payload.Floats, *, is_nan: Bools) -> list[int | None]:
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
