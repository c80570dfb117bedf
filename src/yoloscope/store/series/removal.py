"""Removing runs: gone for readers with one small transaction, their space given back behind it, a little at a time.

Called by `writer`, between appends. What is still to be removed stands in the table `removed`, so that it goes on after a crash.
The run's row id is not given out again before all of it is gone (see `book`).
"""

import sqlite3

from yoloscope.records import ids

_ROUND = 128  # payloads in one transaction: some 2 MB, about 10 ms
_ROUND_PAGES = 128  # 1 MB that moves towards the front of the file in one transaction
_WASTED = 8  # of that many pages one may be free: the next appends fill it
_WASTED_PAGES = 4_096  # 32 MB: what many active runs have in the log at once is soon needed again
_LOG = "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE run = ? LIMIT ?)"
_BLOCKS = "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE series = ? LIMIT ?)"
_GROUPS = "DELETE FROM groups WHERE series = ?1 AND axis IN (SELECT axis FROM groups WHERE series = ?1 LIMIT ?2)"
_AXIS_GROUPS = "DELETE FROM axis_groups WHERE axis IN (SELECT id FROM axis WHERE run = ? ORDER BY id LIMIT ?)"
_AXES = "DELETE FROM axis WHERE id IN (SELECT id FROM axis WHERE run = ? ORDER BY id LIMIT ?)"
_REST = (
    "DELETE FROM span WHERE run = ?",
    "DELETE FROM run_stat WHERE run = ?",
    "DELETE FROM attempt WHERE run = ?",
    "DELETE FROM removed WHERE run = ?",
)


def begin(connection: sqlite3.Connection, run: ids.RunId) -> int:
    """Take a run away from readers, within the open transaction, and return how many rows it had; an unknown run had none."""
    found = connection.execute("SELECT id, rows FROM run WHERE name = ?", (run,)).fetchone()
    if found is None:
        return 0
    key, rows = found
    connection.execute("INSERT INTO removed VALUES (?)", (key,))
    connection.execute("DELETE FROM run WHERE id = ?", (key,))
    return int(rows)


def step(connection: sqlite3.Connection) -> bool:
    """Remove a little of what is to be removed, or give free pages back to the file system; false if there is nothing left to do.

    A transaction of its own, of some 10 ms.
    """
    found = connection.execute("SELECT min(run) FROM removed").fetchone()
    if found[0] is not None:
        connection.execute("BEGIN IMMEDIATE")
        _remove_some(connection, run=int(found[0]))
        connection.execute("COMMIT")
        return True
    free, pages = _pragma(connection, "freelist_count"), _pragma(connection, "page_count")
    if free * _WASTED <= pages:
        return False
    # Each page is a step of the statement, which has no columns: `execute` would leave it after the first.
    connection.executescript(f"PRAGMA incremental_vacuum({_ROUND_PAGES})")
    return _pragma(connection, "freelist_count") < free


def is_wasteful(connection: sqlite3.Connection) -> bool:
    """Tell whether most of the file is free, as after much came faster than it was sealed."""
    free = _pragma(connection, "freelist_count")
    return free > _WASTED_PAGES and 2 * free > _pragma(connection, "page_count")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _remove_some(connection: sqlite3.Connection, *, run: int) -> None:
    left = _ROUND
    left -= connection.execute(_LOG, (run, left)).rowcount
    while left > 0:
        found = connection.execute("SELECT min(id) FROM series WHERE run = ?", (run,)).fetchone()
        if found[0] is None:
            break
        left -= _remove_some_of_series(connection, series=int(found[0]), most=left)
    if left > 0:
        left -= _remove_some_axes(connection, run=run, most=left)
    if left > 0:
        for statement in _REST:
            connection.execute(statement, (run,))


def _remove_some_of_series(connection: sqlite3.Connection, *, series: int, most: int) -> int:
    gone = connection.execute(_BLOCKS, (series, most)).rowcount
    if gone < most:
        gone += connection.execute(_GROUPS, (series, most - gone)).rowcount
    if gone < most:
        connection.execute("DELETE FROM total WHERE series = ?", (series,))
        connection.execute("DELETE FROM series WHERE id = ?", (series,))
        gone += 1
    return gone


def _remove_some_axes(connection: sqlite3.Connection, *, run: int, most: int) -> int:
    connection.execute(_AXIS_GROUPS, (run, most))
    return connection.execute(_AXES, (run, most)).rowcount
