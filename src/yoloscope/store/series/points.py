"""The points of one series in the order in which they arrived, from blocks and from what is still in the log.

Called by `blocks`. ``place``, the row's number in its run, gives them back in that order, wherever they are stored.
"""

import numpy as np

from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import payload, reader, view

_PARTS = 64  # decoded at a time


def none() -> ports.Points:
    """Return empty columns."""
    return _empty(0)


def of_series(readers: reader.Readers, *, run: ids.RunId, name: str) -> ports.Points:
    """Return all points of a series in arrival order; of thinned blocks those that were kept.

    Cost: about 100 ns a point, of which most is the system's for fresh memory; a few blocks are decoded at a time.

    Raises:
        StoreError: if a block or a row of the log is damaged; the message names it.
    """
    with view.of_run(readers, run=run) as of_run:
        parts = of_run.parts(name)
        found = _empty(int(parts.rows.sum()))
        place = np.empty(len(found.value), np.int64)
        end = _fill(found, place, of_run, name=name, parts=parts.id.tolist())
    if end < len(place) or not (place[1:] >= place[:-1]).all():
        return _taken(found, np.argsort(place[:end], kind="stable"))
    return found


def _fill(found: ports.Points, place: payload.Ints, of: ports.View, *, name: str, parts: list[int]) -> int:
    """Write the points of all parts, one behind the other; return how many there are."""
    at = 0
    for start in range(0, len(parts), _PARTS):
        some = parts[start : start + _PARTS]
        values = of.values(name, some)
        end = at + len(values)
        found.value[at:end] = values
        found.epoch[at:end] = of.epochs(name, some)
        found.step[at:end] = of.ints(name, some, "step")
        found.wall_ns[at:end] = of.ints(name, some, "wall_ns")
        found.mono_ns[at:end] = of.ints(name, some, "mono_ns")
        found.attempt[at:end] = of.ints(name, some, "attempt")
        place[at:end] = of.ints(name, some, "place")
        at = end
    return at


def _taken(found: ports.Points, order: payload.Ints) -> ports.Points:
    return ports.Points(
        step=found.step[order],
        epoch=found.epoch[order],
        wall_ns=found.wall_ns[order],
        mono_ns=found.mono_ns[order],
        attempt=found.attempt[order],
        value=found.value[order],
    )


def _empty(rows: int) -> ports.Points:
    return ports.Points(
        step=np.empty(rows, np.int64),
        epoch=np.empty(rows),
        wall_ns=np.empty(rows, np.int64),
        mono_ns=np.empty(rows, np.int64),
        attempt=np.empty(rows, np.int32),
        value=np.empty(rows),
    )
