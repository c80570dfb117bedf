"""Axes with their blocks: how rows become some, how the rows of one come back, and which of them a run has.

Called by `sealer`, `compaction` and `thinning`, which make new ones, and by `rows` and `recount`, which read. An axis made here holds its rows
in the order of attempt, monotonic time and arrival.
"""

import itertools
import sqlite3
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from yoloscope.records import ids
from yoloscope.store.ports_view import GROUP_ROWS
from yoloscope.store.series import grouping, jobs, payload, rollup

_AXIS_POINTS_MAX = (
    1_000_000  # an axis of rows with hundreds of names holds fewer rows: it is read and written in one piece
)
ROUND_POINTS = 600_000  # benchmarks/store.py: more at once and appends feel the writer being held
ROUND_AXES = 16
_ATTEMPTS_MAX = 16  # in one axis' worth of rows that are kept apart
WITH_SPANS = 4
"""The version of the file that brought `span`, `axis_groups` and `groups`."""

_AXES = """
SELECT axis.id, axis.rows, {columns} FROM axis LEFT JOIN span ON span.run = axis.run AND span.axis = axis.id
WHERE axis.run = ? ORDER BY axis.id
""".format(columns=", ".join(f"span.{field}" for field in jobs.Span.__struct_fields__))
_AXES_BEFORE = "SELECT id, rows FROM axis WHERE run = ? ORDER BY id"
_BLOCKS = """
SELECT block.axis, block.series FROM series JOIN block ON block.series = series.id
WHERE series.run = ? ORDER BY block.axis, block.id
"""


class Known(msgspec.Struct, frozen=True):
    """An axis as the file's tables tell of it; ``series`` in the order of their columns, none of one that was thinned.

    ``span`` is missing of one that an older release made.
    """

    axis: int
    rows: int
    series: tuple[int, ...]
    span: jobs.Span | None

    @property
    def is_thinned(self) -> bool:
        """Whether its blocks are gone."""
        return self.span is not None and bool(self.span.flags & rollup.THINNED)


class Owner(msgspec.Struct, frozen=True):
    """The run that axes are of: its row id, its name, and the names of its series by row id."""

    key: int
    run: ids.RunId
    names: Mapping[int, str]


def owner(connection: sqlite3.Connection, *, run: ids.RunId) -> Owner | None:
    """Return the run of that name; ``None`` if the file has none."""
    found = connection.execute("SELECT id FROM run WHERE name = ?", (run,)).fetchone()
    if found is None:
        return None
    names = connection.execute("SELECT id, name FROM series WHERE run = ?", found).fetchall()
    return Owner(found[0], run, dict(names))


def of_run(connection: sqlite3.Connection, *, run: int) -> list[Known]:
    """Return the axes of a run in order of their ids, whatever the version of the file."""
    columns: dict[int, list[int]] = {}
    for axis, series in connection.execute(_BLOCKS, (run,)):
        columns.setdefault(axis, []).append(series)
    sets: dict[tuple[int, ...], tuple[int, ...]] = {}  # as a rule all axes have the same
    has_spans = connection.execute("PRAGMA user_version").fetchone()[0] >= WITH_SPANS
    known: list[Known] = []
    for axis, rows, *span in connection.execute(_AXES if has_spans else _AXES_BEFORE, (run,)):
        series = tuple(columns.get(axis, ()))
        told = jobs.Span(*span) if span and span[0] is not None else None
        known.append(Known(axis, rows, sets.setdefault(series, series), told))
    return known


def rows_of_axis(connection: sqlite3.Connection, axis: int, *, series: Sequence[int], of: Owner) -> payload.Rows:
    """Return the rows of an axis whose blocks are there, in the order of its columns.

    Raises:
        StoreError: if axis or block is damaged; the message names run and series.
    """
    columns = axis_of(connection, axis, of=of)
    values = np.empty((len(columns.place), len(series)))
    for column, one in enumerate(series):
        query = "SELECT payload FROM block WHERE series = ? AND axis = ?"
        (block,) = connection.execute(query, (one, axis)).fetchone()
        what = f"block {axis} of series {of.names[one]!r} of run {of.run!r}"
        values[:, column] = payload.values_from_block(block, what=what)
    return payload.Rows(
        columns.place, columns.attempt, columns.step, columns.epoch, columns.wall_ns, columns.mono_ns, values
    )


def axis_of(connection: sqlite3.Connection, axis: int, *, of: Owner) -> payload.Axis:
    """Return the columns that the blocks of an axis share.

    Raises:
        StoreError: if it is damaged; the message names the run.
    """
    (content,) = connection.execute("SELECT payload FROM axis WHERE id = ?", (axis,)).fetchone()
    return payload.axis_from_payload(content, what=f"axis {axis} of run {of.run!r}")


def series_of_thinned(connection: sqlite3.Connection, axis: int, *, of: Owner) -> list[int]:
    """Return the series of an axis whose blocks are gone."""
    query = "SELECT groups.series FROM series JOIN groups ON groups.series = series.id AND groups.axis = ? WHERE series.run = ?"
    return [series for (series,) in connection.execute(query, (axis, of.key)).fetchall()]


def groups_of(
    connection: sqlite3.Connection, axis: int, *, rows: int, series: Sequence[int], of: Owner
) -> rollup.ValueColumns:
    """Return the groups of some series on an axis of that many rows, one series after the other.

    Raises:
        StoreError: if one is damaged; the message names run and series.
    """
    query = "SELECT payload FROM groups WHERE series = ? AND axis = ?"
    contents = [connection.execute(query, (one, axis)).fetchone()[0] for one in series]
    return rollup.groups_from_payloads(
        contents,
        rows=np.full(len(series), rows),
        what=lambda at: f"the groups {axis} of series {of.names[series[at]]!r} of run {of.run!r}",
    )


def below_each_other(parts: Sequence[payload.Rows]) -> payload.Rows:
    """Return the rows of several parts with the same columns."""
    if len(parts) == 1:
        return parts[0]
    columns = ([getattr(part, field) for part in parts] for field in payload.Rows.__struct_fields__)
    return payload.Rows(*(np.concatenate(column) for column in columns))


def full_rows(series: int) -> int:
    """Return how many rows of that many names an axis holds at most."""
    return max(GROUP_ROWS, min(payload.BLOCK_ROWS, _AXIS_POINTS_MAX // (series + payload.AXIS_COLUMNS)))


def round_axes(series: int) -> int:
    """Return how many full axes of that many names one exchange should take at most."""
    points = full_rows(series) * (series + payload.AXIS_COLUMNS)
    return max(1, min(ROUND_AXES, ROUND_POINTS // points))


def from_rows(rows: payload.Rows, *, series: Sequence[int]) -> list[jobs.NewAxis]:
    """Return the fewest axes that hold some rows, about equally full; there is at least one row."""
    return _cut(_in_order(rows), series=series)


def from_arrivals(rows: payload.Rows, *, series: Sequence[int]) -> list[jobs.NewAxis]:
    """Return axes that hold some rows, attempts apart if they have more than a few.

    Processes of a distributed training log side by side, each as an attempt: an axis across them would have to be merged with all that
    comes of any of them later.
    """
    rows = _in_order(rows)
    least = full_rows(len(series)) // _ATTEMPTS_MAX
    edges = [0]
    for turn in (np.flatnonzero(np.diff(rows.attempt)) + 1).tolist():
        if turn - edges[-1] >= least and len(rows.place) - turn >= least:
            edges.append(turn)
    edges.append(len(rows.place))
    return [new for start, end in itertools.pairwise(edges) for new in _cut(_slice(rows, start, end), series=series)]


def _cut(rows: payload.Rows, *, series: Sequence[int]) -> list[jobs.NewAxis]:
    count = len(rows.place)
    parts = -(-count // full_rows(len(series)))
    edges = [count * number // parts for number in range(parts + 1)]
    return [_encoded(_slice(rows, start, end), series=series) for start, end in itertools.pairwise(edges)]


def _in_order(rows: payload.Rows) -> payload.Rows:
    order = np.lexsort((rows.place, rows.mono_ns, rows.attempt))
    if (np.diff(order) == 1).all():
        return rows
    return payload.Rows(*(getattr(rows, field)[order] for field in payload.Rows.__struct_fields__))


def _slice(rows: payload.Rows, start: int, end: int) -> payload.Rows:
    return payload.Rows(*(getattr(rows, field)[start:end] for field in payload.Rows.__struct_fields__))


def _encoded(rows: payload.Rows, *, series: Sequence[int]) -> jobs.NewAxis:
    axis = payload.Axis(*(getattr(rows, field) for field in payload.Axis.__struct_fields__))
    columns = np.ascontiguousarray(np.transpose(rows.values))
    return jobs.NewAxis(
        span=grouping.span_of(axis),
        axis=payload.payload_from_axis(axis),
        axis_groups=rollup.payload_from_axis_groups(grouping.groups_of_axis(axis)),
        series=list(series),
        blocks=[payload.block_from_values(column) for column in columns],
        groups=[rollup.payload_from_groups(one) for one in grouping.groups_of_values(columns)],
    )
