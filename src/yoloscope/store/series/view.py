"""One moment of one run of a series file, as `ports_view.View` has it.

Called by `blocks`. Sealed parts are called by the id of their axis, what is in the log by its shape, below zero. Only what is asked for is
read and decoded.
"""

import contextlib
import sqlite3
from collections.abc import Generator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from yoloscope.records import ids
from yoloscope.store import ports, ports_view
from yoloscope.store.series import axis_columns, layout, payload, reader, rollup, tail

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_Number = TypeVar("_Number", np.int64, np.float64)

_NO_INTS = np.empty(0, np.int64)
_WORTH_KEEPING = 64  # parts: fewer are read in a millisecond or two
_BYTES_A_GROUP = 160
_VARIABLES = 500  # per statement; SQLite allows at least 999
_NAMES = "SELECT name FROM series WHERE run = ? ORDER BY id"
_SERIES = "SELECT id FROM series WHERE run = ? AND name = ?"
_BLOCKS = "SELECT axis, payload FROM block WHERE series = ? AND axis IN ({marks})"
_GROUPS = "SELECT axis, payload FROM groups WHERE series = ? AND axis IN ({marks})"
_AXIS_GROUPS = "SELECT axis, payload FROM axis_groups WHERE axis IN ({marks})"
_AXES = "SELECT id, payload FROM axis WHERE id IN ({marks})"


@contextlib.contextmanager
def of_run(readers: reader.Readers, *, run: ids.RunId) -> Generator[ports.View]:
    """Return a context for reading the points of a run (see `ports.SeriesStore.view`)."""
    with readers.transaction() as connection:
        found = connection.execute("SELECT id FROM run WHERE name = ?", (run,)).fetchone()
        yield NoView() if found is None else RunView(connection, readers, run=run, key=found[0])


class RunView:
    """What a file holds of a run, within one transaction."""

    def __init__(self, connection: sqlite3.Connection, readers: reader.Readers, *, run: ids.RunId, key: int) -> None:
        self._connection = connection
        self._readers = readers
        self._run = run
        self._key = key
        self._series_ids: dict[str, int | None] = {}
        self._layout = layout.of_run(connection, run=key, run_id=run, known=readers.layouts)
        self._tails = {-1 - one.shape: one for one in tail.of_run(connection, run=key, run_id=run, known=readers.tails)}
        self._last_axes: tuple[tuple[int, ...], rollup.AxisColumns] | None = None
        self._axes = axis_columns.Axes(run=run, read=lambda parts: self._among(_AXES, parts))

    def names(self) -> list[str]:
        """Return the names of the run's series in order of first arrival."""
        return [name for (name,) in self._connection.execute(_NAMES, (self._key,))]

    def parts(self, name: str) -> ports.Parts:
        """Return the parts that hold rows of a series."""
        series = self._series(name)
        if series is None:
            return no_parts()
        which = layout.members(self._connection, self._layout, series=series)
        logged = [one.part for one in self._tails.values() if name in one.names]
        return layout.joined([ports_view.taken(self._layout.parts, which), *logged])

    def groups(self, name: str, parts: Sequence[int]) -> ports.Groups:
        """Return the groups of a series in some parts, all of which are ``grouped``."""
        if len(parts) < _WORTH_KEEPING:
            return self._groups(name, parts)
        key = (self._series(name), np.array(parts, np.int64).tobytes())
        found = self._readers.groups.get(key)
        if found is None:
            found = self._groups(name, parts)
            self._readers.groups.put(key, found, size_bytes=_BYTES_A_GROUP * len(found.part))
        return found

    def _groups(self, name: str, parts: Sequence[int]) -> ports.Groups:
        values, of_axis = self._values_of_groups(name, parts), self._groups_of_axes(parts)
        where = rollup.places(self._rows(parts))
        return ports.Groups(
            np.array(parts, np.int64)[where.part],
            where.at,
            where.count,
            of_axis.attempt,
            of_axis.step,
            of_axis.epoch,
            of_axis.wall_ns,
            of_axis.mono_ns,
            values.nan,
            values.first,
            values.last,
            values.min,
            values.max,
            values.sum,
        )

    def values(self, name: str, parts: Sequence[int]) -> Floats:
        """Return all values of a series in some parts."""
        whole = [part for part in parts if part >= 0 and self._is_whole(part)]
        blocks = dict(self._of_series(_BLOCKS, name, whole))
        found: list[Floats] = []
        for part in parts:
            if part < 0:
                of = self._tails[part]
                found.append(of.rows.values[:, of.names.index(name)])
            elif part in blocks:
                found.append(payload.values_from_block(blocks.pop(part), what=self._block(name, part)))
            else:
                found.append(self._kept(name, part).value)
        return np.concatenate(found) if found else np.empty(0)

    def ints(self, name: str, parts: Sequence[int], column: ports_view.IntColumn) -> Ints:
        """Return a column of the rows that `values` answers."""
        if column == "row":
            return self._joined(name, parts, [np.arange(count) for count in self._rows(parts).tolist()] or [_NO_INTS])

        def of_part(part: int) -> Ints:
            if part < 0:
                return getattr(self._tails[part].rows, column)
            return self._axes.ints(part, column)

        self._axes.fetch(part for part in parts if part >= 0)
        return self._joined(name, parts, [of_part(part) for part in parts] or [_NO_INTS])

    def epochs(self, name: str, parts: Sequence[int]) -> Floats:
        """Return the epochs of the rows that `values` answers."""
        self._axes.fetch(part for part in parts if part >= 0)
        found = [self._tails[part].rows.epoch if part < 0 else self._axes.epochs(part) for part in parts]
        return self._joined(name, parts, found or [np.empty(0)])

    def _joined(self, name: str, parts: Sequence[int], columns: list[NDArray[_Number]]) -> NDArray[_Number]:
        """Return the columns of parts as one, without the rows that were thinned away."""
        if self._layout.any_thinned:
            for at, part in enumerate(parts):
                if not self._is_whole(part):
                    columns[at] = columns[at][self._kept(name, part).row]
        return np.concatenate(columns)

    def _series(self, name: str) -> int | None:
        if name not in self._series_ids:
            found = self._connection.execute(_SERIES, (self._key, name)).fetchone()
            self._series_ids[name] = None if found is None else int(found[0])
        return self._series_ids[name]

    def _at(self, parts: Sequence[int]) -> NDArray[np.intp]:
        return np.searchsorted(self._layout.parts.id, np.array(parts, np.int64))

    def _rows(self, parts: Sequence[int]) -> Ints:
        sealed = [part for part in parts if part >= 0]
        rows = dict(zip(sealed, self._layout.parts.rows[self._at(sealed)].tolist(), strict=True))
        return np.array([rows[part] if part >= 0 else len(self._tails[part].log_id) for part in parts], np.int64)

    def _is_whole(self, part: int) -> bool:
        return part < 0 or not self._layout.any_thinned or bool(self._layout.parts.whole[self._at([part])[0]])

    def _values_of_groups(self, name: str, parts: Sequence[int]) -> rollup.ValueColumns:
        found = dict(self._of_series(_GROUPS, name, parts))
        return rollup.groups_from_payloads(
            [found[part] for part in parts],
            rows=self._rows(parts),
            what=lambda at: f"groups of {self._block(name, parts[at])}",
        )

    def _groups_of_axes(self, parts: Sequence[int]) -> rollup.AxisColumns:
        """Return the groups of some axes; the last are kept, because series that were logged together lie on the same."""
        asked = tuple(parts)
        if self._last_axes is None or self._last_axes[0] != asked:
            found = dict(self._among(_AXIS_GROUPS, parts))
            groups = rollup.axis_groups_from_payloads(
                [found[part] for part in parts],
                rows=self._rows(parts),
                what=lambda at: f"groups of axis {parts[at]} of run {self._run!r}",
            )
            self._last_axes = (asked, groups)
        return self._last_axes[1]

    def _kept(self, name: str, part: int) -> rollup.Kept:
        return rollup.kept_rows(self._values_of_groups(name, [part]), rows=self._rows([part]))

    def _of_series(self, query: str, name: str, parts: Sequence[int]) -> Generator[tuple[int, bytes]]:
        series = self._series(name)
        assert series is not None or not parts
        return self._among(query, parts, first=(series,))

    def _among(
        self, query: str, parts: Sequence[int], *, first: tuple[int | None, ...] = ()
    ) -> Generator[tuple[int, bytes]]:
        for start in range(0, len(parts), _VARIABLES):
            some = parts[start : start + _VARIABLES]
            yield from self._connection.execute(query.format(marks=", ".join("?" * len(some))), (*first, *some))

    def _block(self, name: str, part: int) -> str:
        return f"block {part} of series {name!r} of run {self._run!r}"


class NoView:
    """The view of a run of which nothing is known."""

    def names(self) -> list[str]:
        """Return no name."""
        return []

    def parts(self, *_: object, **__: object) -> ports.Parts:
        """Return no part."""
        return no_parts()

    def groups(self, *_: object, **__: object) -> ports.Groups:
        """Return no group."""
        return no_groups()

    def values(self, *_: object, **__: object) -> Floats:
        """Return no value."""
        return np.empty(0)

    def ints(self, *_: object, **__: object) -> Ints:
        """Return no row."""
        return np.empty(0, np.int64)

    def epochs(self, *_: object, **__: object) -> Floats:
        """Return no row."""
        return np.empty(0)


def no_parts() -> ports.Parts:
    """Return empty columns."""
    ints, floats, bools = np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_)
    whole = ports.Extent(ints, ints, bools)
    return ports.Parts(ints, ints, ints, bools, bools, whole, ports.Extent(floats, floats, bools), whole, whole)


def no_groups() -> ports.Groups:
    """Return empty columns."""
    of, floats = no_parts(), np.empty(0)
    return ports.Groups(
        part=of.id,
        at=of.id,
        count=of.id,
        attempt=of.id,
        step=of.step,
        epoch=of.epoch,
        wall_ns=of.wall_ns,
        mono_ns=of.mono_ns,
        nan=of.id,
        first=floats,
        last=floats,
        min=floats,
        max=floats,
        sum=floats,
    )
