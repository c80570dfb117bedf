"""What the parts of a run cover, as tables of a view: of blocks with groups from `span`, of older ones from their axes.

Called by `view`, inside its transaction. Blocks never change and their ids are never given again, so that what was read of a run holds
until it has other blocks.
"""

import sqlite3
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.records import ids
from yoloscope.store import ports, ports_view
from yoloscope.store.series import axes, grouping, jobs, memory, payload, rollup, schema

Ints = NDArray[np.int64]
_STATE = "SELECT count(*), max(id) FROM axis WHERE run = ?"
_AXES = "SELECT id FROM axis WHERE run = ?"
_SPANS = """
SELECT axis, rows, attempt, flags, step_min, step_max, epoch_min, epoch_max, wall_min, wall_max, mono_min, mono_max,
    place_min, place_max FROM span WHERE run = ? ORDER BY axis
"""
_AXIS = "SELECT payload FROM axis WHERE id = ?"
_BLOCKS_OF = "SELECT axis FROM block WHERE series = ? ORDER BY axis"
_GROUPS_OF = "SELECT axis FROM groups WHERE series = ? ORDER BY axis"
_BYTES_A_PART = 250
_LEAST, _GREATEST = -(2**63), 2**63 - 1
_SpanRow = tuple[float | None, ...]


class Layout(msgspec.Struct, frozen=True):
    """The sealed parts of a run in order of their ids, and the state of the file's axes that they are of.

    ``members`` are the places of the parts of a series, by the row id of the series, as far as somebody asked for them.
    """

    state: tuple[int, int | None]
    parts: ports.Parts
    any_thinned: bool
    members: dict[int, NDArray[np.intp]]


Layouts = memory.OfFile[Layout]


def of_run(connection: sqlite3.Connection, *, run: int, run_id: ids.RunId, known: Layouts) -> Layout:
    """Return the sealed parts of a run.

    Raises:
        StoreError: if an axis without a span is damaged; the message names it.
    """
    # Whatever takes axes away puts newer ones in their place, or takes all: so count and newest id tell one state from another.
    state: tuple[int, int | None] = connection.execute(_STATE, (run,)).fetchone()
    found = known.get(run)
    if found is None or found.state != state:
        found = _read(connection, run=run, run_id=run_id, state=state)
        known.put(run, found, size_bytes=_BYTES_A_PART * len(found.parts.id))
    return found


def members(connection: sqlite3.Connection, of: Layout, *, series: int) -> NDArray[np.intp]:
    """Return the places of the parts of a run that a series has values in."""
    found = of.members.get(series)
    if found is None:
        found = _members(connection, of, series=series)
        alike = (one for one in list(of.members.values()) if np.array_equal(one, found))
        found = of.members[series] = next(alike, found)  # most series have the same parts as another
    return found


def joined(some: Sequence[ports.Parts]) -> ports.Parts:
    """Return parts one after the other."""
    if len(some) == 1:
        return some[0]
    extents = (
        ports.Extent(
            np.concatenate([of.low for of in column]),
            np.concatenate([of.high for of in column]),
            np.concatenate([of.ascends for of in column]),
        )
        for column in zip(*((one.step, one.epoch, one.wall_ns, one.mono_ns) for one in some), strict=True)
    )
    return ports.Parts(
        np.concatenate([one.id for one in some]),
        np.concatenate([one.rows for one in some]),
        np.concatenate([one.attempt for one in some]),
        np.concatenate([one.grouped for one in some]),
        np.concatenate([one.whole for one in some]),
        *extents,
    )


def of_rows(part: int, rows: payload.Axis | payload.Rows) -> ports.Parts:
    """Return rows without groups as one part; there is at least one."""
    columns = (getattr(rows, field) for field in payload.Axis.__struct_fields__)
    span = grouping.span_of(payload.Axis(*columns))
    return msgspec.structs.replace(_from_spans([(part, *msgspec.structs.astuple(span))]), grouped=np.zeros(1, np.bool_))


def _read(connection: sqlite3.Connection, *, run: int, run_id: ids.RunId, state: tuple[int, int | None]) -> Layout:
    spans: list[_SpanRow] = []
    if schema.version(connection) >= axes.WITH_SPANS:
        spans = connection.execute(_SPANS, (run,)).fetchall()
    parts = _from_spans(spans)
    if len(spans) < state[0]:
        covered = set(parts.id.tolist())
        plain = [
            _plain(connection, axis, run_id=run_id)
            for (axis,) in connection.execute(_AXES, (run,))
            if axis not in covered
        ]
        parts = joined([parts, *plain])
        parts = ports_view.taken(parts, np.argsort(parts.id))
    return Layout(state, parts, any_thinned=not bool(parts.whole.all()), members={})


def _members(connection: sqlite3.Connection, of: Layout, *, series: int) -> NDArray[np.intp]:
    if not len(of.parts.id):
        return np.empty(0, np.intp)
    axes_of = [one for (one,) in connection.execute(_BLOCKS_OF, (series,))]
    if of.any_thinned:
        axes_of = sorted({*axes_of, *(one for (one,) in connection.execute(_GROUPS_OF, (series,)))})
    return np.searchsorted(of.parts.id, np.array(axes_of, np.int64))


def _plain(connection: sqlite3.Connection, axis: int, *, run_id: ids.RunId) -> ports.Parts:
    (content,) = connection.execute(_AXIS, (axis,)).fetchone()
    return of_rows(axis, payload.axis_from_payload(content, what=f"axis {axis} of run {run_id!r}"))


def _from_spans(spans: list[_SpanRow]) -> ports.Parts:
    part, rows, attempt, flags, *extents = (
        zip(*spans, strict=True) if spans else ((),) * (1 + len(jobs.Span.__struct_fields__))
    )
    flag_of = np.array(flags, np.int64)

    def extent(low: Sequence[float | None], high: Sequence[float | None], flag: int) -> ports.Extent:
        return ports.Extent(_ints(low, none=_GREATEST), _ints(high, none=_LEAST), (flag_of & flag) != 0)

    step_min, step_max, epoch_min, epoch_max, wall_min, wall_max, mono_min, mono_max, *_ = extents
    epoch = ports.Extent(
        np.array(epoch_min, np.float64), np.array(epoch_max, np.float64), (flag_of & rollup.EPOCH_ASCENDS) != 0
    )
    return ports.Parts(
        _ints(part),
        _ints(rows),
        _ints(attempt),
        np.ones(len(spans), np.bool_),
        (flag_of & rollup.THINNED) == 0,
        extent(step_min, step_max, rollup.STEP_ASCENDS),
        epoch,
        extent(wall_min, wall_max, rollup.WALL_ASCENDS),
        extent(mono_min, mono_max, rollup.MONO_ASCENDS),
    )


def _ints(column: Sequence[float | None], *, none: int = 0) -> Ints:
    return np.array([none if one is None else one for one in column] if None in column else column, np.int64)
