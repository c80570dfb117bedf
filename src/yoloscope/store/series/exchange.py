"""Putting new rows of the file in the place of old ones, within the writer's transaction.

Called by `writer`. What was worked out beside the writer holds only while the file still has all that it was made of.
"""

import sqlite3

import msgspec

from yoloscope.store.series import jobs

_SPAN = """
INSERT INTO span (run, axis, rows, attempt, flags, step_min, step_max, epoch_min, epoch_max, wall_min, wall_max, mono_min, mono_max,
    place_min, place_max) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def exchanged(connection: sqlite3.Connection, exchange: jobs.Exchange) -> bool:
    """Do it; false if something of what goes is gone already, and then the transaction is to be rolled back."""
    found = connection.execute("SELECT id FROM run WHERE name = ?", (exchange.run,)).fetchone()
    if found is None:
        return False
    run = int(found[0])
    if not _log_rows_go(connection, exchange, run=run) or not _axes_go(connection, exchange, run=run):
        return False
    for new in exchange.axes:
        _comes(connection, new, run=run)
    return True


def _log_rows_go(connection: sqlite3.Connection, exchange: jobs.Exchange, *, run: int) -> bool:
    keys = [(key, run) for key in exchange.log_ids]
    gone = connection.executemany("DELETE FROM log WHERE id = ? AND run = ?", keys).rowcount if keys else 0
    return gone == len(keys)


def _axes_go(connection: sqlite3.Connection, exchange: jobs.Exchange, *, run: int) -> bool:
    keys = [(key, run) for key in exchange.old_axes]
    gone = connection.executemany("DELETE FROM axis WHERE id = ? AND run = ?", keys).rowcount if keys else 0
    if gone != len(keys):
        return False
    connection.executemany("DELETE FROM span WHERE axis = ? AND run = ?", keys)
    connection.executemany("DELETE FROM axis_groups WHERE axis = ?", [(key,) for key in exchange.old_axes])
    for axis in exchange.old_axes:
        parts = [(series, axis) for series in exchange.axes[0].series]
        connection.executemany("DELETE FROM block WHERE series = ? AND axis = ?", parts)
        connection.executemany("DELETE FROM groups WHERE series = ? AND axis = ?", parts)
    return True


def _comes(connection: sqlite3.Connection, new: jobs.NewAxis, *, run: int) -> None:
    axis = connection.execute(
        "INSERT INTO axis (run, rows, payload) VALUES (?, ?, ?)", (run, new.span.rows, new.axis)
    ).lastrowid
    connection.execute(_SPAN, (run, axis, *msgspec.structs.astuple(new.span)))
    connection.execute("INSERT INTO axis_groups VALUES (?, ?)", (axis, new.axis_groups))
    blocks = zip(new.series, new.blocks, strict=True)
    connection.executemany(
        "INSERT INTO block (series, axis, payload) VALUES (?, ?, ?)",
        [(series, axis, block) for series, block in blocks if block is not None],
    )
    groups = zip(new.series, new.groups, strict=True)
    connection.executemany(
        "INSERT INTO groups (series, axis, payload) VALUES (?, ?, ?)", [(series, axis, one) for series, one in groups]
    )
