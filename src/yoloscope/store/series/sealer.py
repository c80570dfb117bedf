"""Turning a run's log into blocks.

Called by `work`, in a process or thread beside the writer, which only exchanges rows for blocks in one transaction: killed at any moment,
every row is either in the log or in a block.
"""

import itertools
import sqlite3

import msgspec

from yoloscope.store.series import axes, jobs, payload, shapes

_LOG_ROWS = (
    4_096  # a log row often holds one row of the training, and each takes the writer some microseconds to remove
)
_LOG = "SELECT id, payload, rows, place, attempt FROM log WHERE run = ? AND shape = ? AND id <= ? ORDER BY id LIMIT ?"


class _Found(msgspec.Struct, frozen=True):
    """Log rows of one shape, and the row ids of its series in column order."""

    series: list[int]
    log: list[payload.LogRow]


def sealed(connection: sqlite3.Connection, job: jobs.SealJob) -> jobs.Exchange | None:
    """Return the oldest log rows of a shape as axes; ``None`` if there are none.

    Raises:
        StoreError: if a row is damaged; the message names it.
    """
    found = _oldest(connection, job)
    if found is None:
        return None
    rows = payload.rows_from_logs(found.log, what=f"run {job.run!r}")
    count = len(rows.place)
    return jobs.Exchange(
        run=job.run,
        log_ids=[log_id for log_id, *_ in found.log],
        old_axes=[],
        axes=axes.from_arrivals(rows, series=found.series),
        log_rows={job.shape: count},
        count=count,
    )


def _oldest(connection: sqlite3.Connection, job: jobs.SealJob) -> _Found | None:
    """Return as many log rows as one exchange should take."""
    of = axes.owner(connection, run=job.run)
    if of is None:
        return None
    names = shapes.names(connection, job.shape)
    most_rows = axes.round_axes(len(names)) * axes.full_rows(len(names))
    log: list[payload.LogRow] = []
    rows = 0
    for found in connection.execute(_LOG, (of.key, job.shape, job.up_to, _LOG_ROWS)):
        log.append(found)
        rows += found[2]
        if rows >= most_rows:
            break
    if rows < max(1, job.least_rows):
        return None
    id_of = {name: series for series, name in of.names.items()}
    return _Found([id_of[name] for name in names], _filling(log, full=axes.full_rows(len(names))))


def _filling(log: list[payload.LogRow], *, full: int) -> list[payload.LogRow]:
    """Return as many of some log rows as fill blocks, or all if they fill none: what is over is of the next block."""
    ends = list(itertools.accumulate(rows for _, _, rows, _, _ in log))
    most_rows = ends[-1] // full * full
    fitting = sum(end <= most_rows for end in ends)
    return log[: max(1, fitting)] if most_rows else log
