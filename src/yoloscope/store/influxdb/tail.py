"""The rows of a run that are not sealed yet: they are in the ledger's log too, and read from there.

Called by everything that reads. Decoded once for as long as no row comes: a run that is watched is asked for again and again.
"""

import sqlite3
import threading
from collections import OrderedDict

import msgspec

from yoloscope.records import ids
from yoloscope.store.influxdb import fetch
from yoloscope.store.series import payload, shapes

_RUNS_MAX = 16  # of at most some 10 MB each; those that are watched
_SHAPES = """
SELECT shape, min(log.id), max(log.id), count(*) FROM log JOIN run ON run.id = log.run WHERE run.name = ? GROUP BY shape
"""
_LOG = """
SELECT log.id, payload, log.rows, place, attempt FROM log JOIN run ON run.id = log.run
WHERE run.name = ? AND shape = ? ORDER BY log.id
"""


class Tail(msgspec.Struct, frozen=True):
    """Rows of one shape in order of arrival, the ids of the log rows they are of, and the names of their columns."""

    shape: int
    names: list[str]
    log_ids: list[int]
    rows: payload.Rows
    in_part_order: payload.Rows


_Stamp = tuple[tuple[int, int, int, int], ...]


class Tails:
    """The tails of the runs asked for last. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[ids.RunId, tuple[_Stamp, list[Tail]]] = OrderedDict()

    def of(self, connection: sqlite3.Connection, run: ids.RunId) -> list[Tail]:
        """Return the tail of each shape that has one, as the transaction sees it.

        Raises:
            StoreError: if a row of the log is damaged; the message names it.
        """
        stamp: _Stamp = tuple(connection.execute(_SHAPES, (run,)).fetchall())
        with self._lock:
            known = self._known.get(run)
        if known is not None and known[0] == stamp:
            return known[1]
        tails = [of_shape(connection, run=run, shape=shape) for shape, *_ in stamp]
        with self._lock:
            self._known[run] = (stamp, tails)
            self._known.move_to_end(run)
            while len(self._known) > _RUNS_MAX:
                self._known.popitem(last=False)
        return tails


def of_shape(connection: sqlite3.Connection, *, run: ids.RunId, shape: int) -> Tail:
    """Return what the log holds of a shape; there is something."""
    log: list[payload.LogRow] = connection.execute(_LOG, (run, shape)).fetchall()
    rows = payload.rows_from_logs(log, what=f"run {run!r}")
    return Tail(shape, shapes.names(connection, shape), [log_id for log_id, *_ in log], rows, fetch.in_part_order(rows))
