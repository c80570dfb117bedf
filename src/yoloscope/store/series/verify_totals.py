"""Counting again what is kept beside the points of a run, to tell whether it is right.

Called by `verify`, on a connection that cannot change the file: the count goes into temporary tables of the same names, which SQLite
takes before those of the file.
"""

import sqlite3
from collections.abc import Iterator

from yoloscope.curves import supersede
from yoloscope.store.series import axes, recount, rollup, verify_run

_WITH_ATTEMPTS = 3  # the version of the file that tells attempts apart
_TABLES = ("total", "run_stat")
_OF_RUN = "SELECT * FROM {schema}.run_stat WHERE run = ?"
_STARTS = """
SELECT number, writer, writer_index, wall_ns, start_epoch, start_step, rank FROM attempt WHERE run = ? ORDER BY place
"""
_TOTALS = """
SELECT series.name, attempt, count, nan_count, last, last_step, last_epoch, min, min_step, min_epoch, max, max_step, max_epoch
FROM series JOIN {schema}.total AS total ON total.series = series.id WHERE series.run = ?
ORDER BY series.id, total.attempt
"""  # what decides between rows of equal value or time is not known of files that an older release began


def damage(looking: verify_run.Looking) -> Iterator[verify_run.Damage]:
    """Yield the series whose totals are not those of their points.

    Runs that were thinned keep the totals of all their points, which cannot be counted again, and are left out.
    """
    connection = looking.connection
    if looking.version < _WITH_ATTEMPTS or _is_thinned(looking):
        return
    _make_tables(connection)
    connection.execute("BEGIN")
    try:
        _count(connection, run=looking.run)
        of_series, of_run = (_differences(connection, query, run=looking.run) for query in (_TOTALS, _OF_RUN))
    finally:
        connection.execute("ROLLBACK")
    for name in sorted({str(found[0]) for found in of_series}):
        detail = f"what is kept of series {name!r} of run {looking.name!r} (last, least, greatest, counts) is not that of its points"
        yield verify_run.Damage(detail, looking.name, name)
    if of_run:
        yield verify_run.Damage(
            f"what is kept of run {looking.name!r} (step, epoch, times) is not that of its rows", looking.name
        )


def _differences(connection: sqlite3.Connection, query: str, *, run: int) -> set[tuple[object, ...]]:
    """Return the rows that are in the file and were not counted, or the other way round."""
    told, counted = (set(connection.execute(query.format(schema=schema), (run,))) for schema in ("main", "temp"))
    return told ^ counted


def _is_thinned(looking: verify_run.Looking) -> bool:
    if looking.version < axes.WITH_SPANS:
        return False
    query = "SELECT 1 FROM span WHERE run = ? AND flags & ? LIMIT 1"
    return looking.connection.execute(query, (looking.run, rollup.THINNED)).fetchone() is not None


def _make_tables(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        (made,) = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", (table,)).fetchone()
        connection.execute(made.replace("CREATE TABLE ", "CREATE TEMP TABLE IF NOT EXISTS ", 1))


def _count(connection: sqlite3.Connection, *, run: int) -> None:
    connection.execute("INSERT INTO temp.run_stat SELECT * FROM main.run_stat WHERE run = ?", (run,))
    starts = [supersede.Start(*values) for values in connection.execute(_STARTS, (run,)).fetchall()]
    found = connection.execute("SELECT attempt FROM main.run_stat WHERE run = ?", (run,)).fetchall()
    recount.recount(
        connection, run=run, cuts={number: supersede.later_cuts(starts, number=number) for (number,) in found}
    )
