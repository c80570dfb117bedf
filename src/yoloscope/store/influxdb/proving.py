"""Whether InfluxDB holds the rows that are to leave the log, and writing those again that it lacks.

Called by `project` before a part takes the place of its rows in the log: until then the ledger could give each row back. A write that was
not answered in time may be carried out behind the one that followed it, and put a row of an older term in the place of one that
counts; so may a removal; and a database may have been dropped and made again.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np

from yoloscope import errors
from yoloscope.records import row
from yoloscope.store.influxdb import fetch, ledger, lines, sealing, tail, writer
from yoloscope.store.series import payload

_log = logging.getLogger(__name__)


def have_held(of: fetch.Of, one: tail.Tail, cuts: Sequence[sealing.Cut], *, written: Sequence[ledger.Written]) -> None:
    """Return when InfluxDB holds every row of some cuts of a tail; what it lacks is written again.

    Raises:
        StoreError: if InfluxDB cannot be reached, or still lacks rows.
    """
    if all(_is_held(of, one, cut) for cut in cuts):
        return
    _log.warning("InfluxDB lacks rows of run %r that it had taken; they are written again from the ledger", of.run)
    for body in writer.bodies(list(_lines(of, one, written))):
        of.client.write(body)
    if not all(_is_held(of, one, cut) for cut in cuts):
        raise errors.StoreError(
            f"InfluxDB takes rows of run {of.run!r} and does not have them afterwards; they stay in the ledger. Does something remove them?"
        )


def written(connection: sqlite3.Connection, one: tail.Tail) -> list[ledger.Written]:
    """Return how the rows of a tail were written, as the transaction sees it."""
    return [ledger.written_of(connection, log_id) for log_id in one.log_ids]


def _is_held(of: fetch.Of, one: tail.Tail, cut: sealing.Cut) -> bool:
    held = fetch.places(of, shape=one.shape, time_min=cut.part.time_min, time_max=cut.part.time_max)
    return bool(np.isin(cut.rows.place, held).all())


def _lines(of: fetch.Of, one: tail.Tail, written: Sequence[ledger.Written]) -> Iterator[str]:
    """Yield the lines that the rows had when they were written first."""
    for entry in written:
        start = int(np.searchsorted(one.rows.place, entry.place))
        matrix = _matrix(fetch.taken_in(one.rows, np.arange(start, start + entry.rows)), names=one.names)
        (term,) = of.terms.of(np.array([entry.place])).tolist()
        head = lines.Head(of.project, of.store, of.run, entry.lane, entry.attempt, one.shape)
        yield from lines.of_matrix(
            matrix,
            head=head.text(),
            place=entry.place | (term << lines.PLACE_BITS),
            at=lines.times(lines.wall_ns(matrix), after=entry.time_min - 1),
        )


def _matrix(rows: payload.Rows, *, names: Sequence[str]) -> row.Matrix:
    return row.Matrix(
        names=tuple(names),
        step=rows.step.tobytes(),
        epoch=rows.epoch.tobytes(),
        wall_ns=rows.wall_ns.tobytes(),
        mono_ns=rows.mono_ns.tobytes(),
        values=rows.values.tobytes(),
    )
