"""Points of a series as they are stored, read for what is asked: chosen, placed on the axis, in the order they were logged.

Called by `series` where every point is wanted and by `bucketing` for those it cannot do without.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.query import selection
from yoloscope.store import ports, ports_view

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Points(msgspec.Struct, frozen=True):
    """The asked points in the window as they were logged, columns of equal length, and how many asked ones have no x.

    ``age`` is the place of a point's attempt among those of the run; this and ``mono_ns`` are empty unless they were asked for.
    """

    x: Floats
    y: Floats
    age: Ints
    mono_ns: Ints
    without_x: int


class Source(msgspec.Struct, frozen=True):
    """Where the points of a series are read, and what of them is asked; ``unknown`` as in `unknown_began_ns`."""

    view: ports.View
    of: selection.Selection
    unknown: dict[int, int]

    @property
    def name(self) -> str:
        """The name of the series."""
        return self.of.name


def turns(parts: ports.Parts, *, of: selection.Selection) -> NDArray[np.intp]:
    """Return the order in which the rows of parts were logged, as far as parts have one."""
    return np.lexsort((parts.mono_ns.low, of.ages(parts.attempt)))


def unknown_began_ns(view: ports.View, parts: ports.Parts, *, of: selection.Selection) -> dict[int, int]:
    """Return the least monotonic time of each attempt that nobody was told of: its rows have to say when it began.

    Empty where the axis does not ask for it.
    """
    if of.window.x != "elapsed":
        return {}
    mixed = parts.id[parts.attempt == ports_view.NO_ATTEMPT].tolist()
    attempt = np.concatenate((parts.attempt, view.ints(of.name, mixed, "attempt")))
    mono_ns = np.concatenate((parts.mono_ns.low, view.ints(of.name, mixed, "mono_ns")))
    unknown = [number for number in np.unique(attempt).tolist() if not of.knows(number)]
    return {number: int(mono_ns[attempt == number].min()) for number in unknown if number != ports_view.NO_ATTEMPT}


def read(
    source: Source, parts: ports.Parts, *, certain: Bools, rows: Bools | None = None, keyed: bool = False
) -> Points:
    """Return the asked points of some parts, which stand in the order of `turns`, with age and monotonic time if they are to be ``keyed``.

    Rows of parts that are ``certain`` (see `selection.Sight`) are asked for, those of others are looked at one by one. ``rows`` is a mask of the rows wanted, of all parts one after the other as they were before they were thinned; by default all.

    Raises:
        StoreError: if something on disk is damaged.
    """
    part_ids = parts.id.tolist()
    lengths = _lengths(source, parts)
    wanted = _asked(source, parts, doubtful=~certain, lengths=lengths)
    if rows is not None:
        wanted &= _of_rows(source, parts, rows=rows)
    y = source.view.values(source.name, part_ids)
    attempt = _attempts(source, parts, lengths=lengths)
    x = source.of.xs(_column(source, part_ids), attempt=attempt, unknown=source.unknown)
    has_x = np.isfinite(x)
    without_x = 0 if has_x.all() else int(np.count_nonzero(wanted & ~has_x))
    wanted &= source.of.inside(x, has_x=has_x)
    which = wanted if not wanted.all() else slice(None)
    is_in_turn = _are_in_turn(parts, of=source.of)
    if is_in_turn and not keyed:
        return Points(x[which], y[which], np.empty(0, np.int64), np.empty(0, np.int64), without_x)
    age, mono_ns = source.of.ages(attempt), source.view.ints(source.name, part_ids, "mono_ns")
    if not is_in_turn:
        order = np.lexsort((source.view.ints(source.name, part_ids, "place"), mono_ns, age))
        which = order[wanted[order]]
    return Points(x[which], y[which], age[which], mono_ns[which], without_x)


def _column(source: Source, part_ids: list[int]) -> Ints | Floats:
    column = selection.COLUMN_OF[source.of.window.x]
    if column == "epoch":
        return source.view.epochs(source.name, part_ids)
    return source.view.ints(source.name, part_ids, column)


def _lengths(source: Source, parts: ports.Parts) -> Ints:
    """Return how many rows the view answers of each part."""
    lengths = np.array(parts.rows)
    for at in np.flatnonzero(~parts.whole).tolist():
        lengths[at] = len(source.view.ints(source.name, [int(parts.id[at])], "row"))
    return lengths


def _attempts(source: Source, parts: ports.Parts, *, lengths: Ints) -> Ints:
    if (parts.attempt == ports_view.NO_ATTEMPT).any():
        return source.view.ints(source.name, parts.id.tolist(), "attempt")
    return np.repeat(parts.attempt, lengths)


def _asked(source: Source, parts: ports.Parts, *, doubtful: Bools, lengths: Ints) -> Bools:
    """Return a mask of the rows asked for; only those of doubtful parts are looked at."""
    asked = np.ones(int(lengths.sum()), np.bool_)
    if not doubtful.any():
        return asked
    part_ids = parts.id[doubtful].tolist()
    asked[np.repeat(doubtful, lengths)] = source.of.asked(
        attempt=source.view.ints(source.name, part_ids, "attempt"),
        step=source.view.ints(source.name, part_ids, "step"),
        epoch=source.view.epochs(source.name, part_ids),
        wall_ns=source.view.ints(source.name, part_ids, "wall_ns"),
    )
    return asked


def _of_rows(source: Source, parts: ports.Parts, *, rows: Bools) -> Bools:
    """Return a mask over the rows that the view answers."""
    if parts.whole.all():
        return rows
    found: list[Bools] = []
    ends = np.cumsum(parts.rows)
    for at, end in enumerate(ends.tolist()):
        of_part = rows[end - int(parts.rows[at]) : end]
        whole = bool(parts.whole[at])
        found.append(of_part if whole else of_part[source.view.ints(source.name, [int(parts.id[at])], "row")])
    return np.concatenate(found)


def _are_in_turn(parts: ports.Parts, *, of: selection.Selection) -> bool:
    """Tell whether the rows of parts, one after the other, stand as they were logged."""
    if (parts.attempt == ports_view.NO_ATTEMPT).any() or not parts.mono_ns.ascends.all():
        return False
    rise = np.diff(of.ages(parts.attempt))
    return bool(((rise > 0) | ((rise == 0) & (parts.mono_ns.high[:-1] < parts.mono_ns.low[1:]))).all())
