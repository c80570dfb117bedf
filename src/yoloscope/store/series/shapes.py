"""The names that stand for a shape: rows of equal names in equal order.

Called by every part of the series store that reads rows.
"""

import sqlite3

import msgspec

_names = msgspec.json.Decoder(list[str])


def names(connection: sqlite3.Connection, shape: int) -> list[str]:
    """Return the names of a shape's columns."""
    return _names.decode(connection.execute("SELECT names FROM shape WHERE id = ?", (shape,)).fetchone()[0])
