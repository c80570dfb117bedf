"""Whole runs as tables: every row of the store, superseded ones included and marked, in the memory of some thousand rows.

Called by the export routes. Long form has a row for each value, wide form one for each row that was logged. What comes while a table is made
may be left out.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import supersede
from yoloscope.query import attempts, elapsed, tables
from yoloscope.records import ids, row
from yoloscope.store import ports

CELLS = 2**20
"""Cells of a piece: 8 MB, and a row group of a Parquet file."""
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]
_AXES = (
    tables.Field("step", "int"),
    tables.Field("epoch", "float"),
    tables.Field("time", "time"),
    tables.Field("elapsed_s", "float"),
    tables.Field("attempt", "int"),
    tables.Field("superseded", "bool"),
)


class _Axes(msgspec.Struct, frozen=True):
    """Where some rows of one attempt lie, and which of them a later attempt took the place of."""

    run: int
    number: int
    step: _Ints
    epoch: _Floats
    wall_ns: _Ints
    elapsed_s: _Floats
    hidden: _Bools
    names: tuple[str, ...]
    values: _Floats

    def cut(self, some: slice) -> "_Axes":
        """Return some of the rows."""
        columns = ("step", "epoch", "wall_ns", "elapsed_s", "hidden", "values")
        return msgspec.structs.replace(self, **{key: getattr(self, key)[some] for key in columns})


class _Run:
    """What it takes to place the rows of one run."""

    def __init__(self, store: ports.SeriesStore, info: ports.RunInfo, *, place: int) -> None:
        self._place = place
        self._info = info
        self._number_of = attempts.number_of(info.attempts)
        stat = store.run_stats(info.ref.project, [info.ref.id]).get(info.ref.id)
        offsets = elapsed.offsets_s(info.attempts, stat=stat)
        self._began = {one.number: (one.mono_ns, offsets.get(one.number, 0.0)) for one in info.attempts}
        self._starts = [one.start for one in info.attempts]

    def rows(self, store: ports.SeriesStore) -> Iterator[_Axes]:
        """Yield the rows of attempts that were known when the run was looked at."""
        for attempt, matrix in store.rows(self._info.ref.project, self._info.ref.id):
            if attempt in self._began:
                yield self._axes(attempt, matrix)

    def _axes(self, attempt: int, matrix: row.Matrix) -> _Axes:
        step, wall_ns, mono_ns = (
            np.frombuffer(column, "<i8") for column in (matrix.step, matrix.wall_ns, matrix.mono_ns)
        )
        epoch = np.frombuffer(matrix.epoch, "<f8")
        values: _Floats = np.frombuffer(matrix.values, "<f8")
        began_ns, offset_s = self._began[attempt]
        key = np.full(len(step), attempt, np.int32)
        hidden = supersede.superseded("", attempt=key, step=step, epoch=epoch, wall_ns=wall_ns, starts=self._starts)
        return _Axes(
            run=self._place,
            number=self._number_of[attempt],
            step=step,
            epoch=epoch,
            wall_ns=wall_ns,
            elapsed_s=(mono_ns - began_ns) / 1e9 + offset_s,
            hidden=hidden,
            names=matrix.names,
            values=np.reshape(values, (len(step), len(matrix.names))),
        )


def long(store: ports.SeriesStore, infos: Sequence[ports.RunInfo]) -> tables.Table:
    """Return a row for each value of some runs: ``run run_name name`` where and when it was logged, ``value``.

    Raises (while it is read):
        StoreError: if something on disk is damaged.
    """
    names = _names(store, infos)
    fields = (*_which(infos), tables.Field("name", "label", names), *_AXES, tables.Field("value", "float"))
    return tables.Table(fields, _long(store, infos, names=names))


def wide(store: ports.SeriesStore, infos: Sequence[ports.RunInfo]) -> tables.Table:
    """Return a row for each row that was logged, with a column for each series, which has nothing where the row did not.

    ``superseded`` is of the training's values; what is said of the machine (``system/…``) is never superseded. A series that is called as
    one of the other columns is has ``series/`` before it.

    Raises (while it is read):
        StoreError: if something on disk is damaged.
    """
    names = _names(store, infos)
    before = (*_which(infos), *_AXES)
    taken = {field.name for field in before} | set(names)
    columns = (tables.Field(_free(name, taken, before=before), "float") for name in names)
    return tables.Table((*before, *columns), _wide(store, infos, names=names))


def _which(infos: Sequence[ports.RunInfo]) -> tuple[tables.Field, tables.Field]:
    return (
        tables.Field("run", "label", tuple(info.ref.id for info in infos)),
        tables.Field("run_name", "label", tuple(info.ref.name for info in infos)),
    )


def _names(store: ports.SeriesStore, infos: Sequence[ports.RunInfo]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    by_project: dict[ids.ProjectName, list[ids.RunId]] = {}
    for info in infos:
        by_project.setdefault(info.ref.project, []).append(info.ref.id)
    for project, runs in by_project.items():
        totals = store.totals(project, runs)
        for run in runs:
            found |= dict.fromkeys(stat.name for stat in totals.get(run, ()))
    return tuple(found)


def _free(name: str, taken: set[str], *, before: Sequence[tables.Field]) -> str:
    if all(field.name != name for field in before):
        return name
    while name in taken:
        name = f"series/{name}"
    taken.add(name)
    return name


def _rows(store: ports.SeriesStore, infos: Sequence[ports.RunInfo], *, rows_max: int) -> Iterator[list[_Axes]]:
    """Yield the rows of all runs in lists of about `rows_max` rows."""
    held: list[_Axes] = []
    count = 0
    for place, info in enumerate(infos):
        for axes in _Run(store, info, place=place).rows(store):
            for start in range(0, len(axes.step), rows_max):
                held.append(axes.cut(slice(start, start + rows_max)))
                count += len(held[-1].step)
                if count >= rows_max:
                    yield held
                    held, count = [], 0
    if held:
        yield held


def _long(store: ports.SeriesStore, infos: Sequence[ports.RunInfo], *, names: Sequence[str]) -> Iterator[tables.Piece]:
    place_of = {name: place for place, name in enumerate(names)}
    rows_max = max(1, CELLS // 10 // max(1, len(names)))
    for held in _rows(store, infos, rows_max=rows_max):
        parts = [part for axes in held for part in _by_name(axes, place_of=place_of)]
        if parts:
            yield tuple(map(_joined, zip(*parts, strict=True)))


def _by_name(axes: _Axes, *, place_of: Mapping[str, int]) -> Iterator[tables.Piece]:
    """Yield the values of one name after the other; a name that came only now is left out."""
    which, where = _cells(axes)
    shown = tables.Cells(np.zeros(len(axes.step), np.bool_))
    for column, name in enumerate(axes.names):
        if name in place_of:
            rows = len(axes.step)
            hidden = shown if name.startswith(supersede.NEVER_PREFIX) else where[-1]
            value = tables.Cells(axes.values[:, column])
            yield (*which, tables.labels(place_of[name], rows=rows), *where[:-1], hidden, value)


def _cells(axes: _Axes) -> tuple[tables.Piece, tables.Piece]:
    """Return which run some rows are of, and the cells of `_AXES`."""
    rows = len(axes.step)
    run = tables.labels(axes.run, rows=rows)
    return (run, run), (
        tables.Cells(axes.step, axes.step == row.NO_STEP),
        tables.Cells(axes.epoch, np.isnan(axes.epoch)),
        tables.Cells(axes.wall_ns),
        tables.Cells(axes.elapsed_s),
        tables.Cells(np.full(rows, axes.number, np.int64)),
        tables.Cells(axes.hidden),
    )


def _joined(parts: Sequence[tables.Cells]) -> tables.Cells:
    values = np.concatenate([part.values for part in parts])
    if all(part.missing is None for part in parts):
        return tables.Cells(values)
    blank = [np.zeros(len(part.values), np.bool_) if part.missing is None else part.missing for part in parts]
    return tables.Cells(values, np.concatenate(blank))


def _wide(store: ports.SeriesStore, infos: Sequence[ports.RunInfo], *, names: Sequence[str]) -> Iterator[tables.Piece]:
    rows_max = max(1, CELLS // (len(names) + len(_AXES) + 2))
    for held in _rows(store, infos, rows_max=rows_max):
        ends = np.cumsum([len(axes.step) for axes in held])
        values = {name: _Column(int(ends[-1])) for name in names}
        for axes, end in zip(held, ends.tolist(), strict=True):
            for at, name in enumerate(axes.names):
                if name in values:
                    values[name].fill(slice(end - len(axes.step), end), axes.values[:, at])
        before = [(*which, *where) for which, where in map(_cells, held)]
        yield (*map(_joined, zip(*before, strict=True)), *(column.cells for column in values.values()))


class _Column:
    """One series over some rows, most of which may have nothing of it."""

    def __init__(self, rows: int) -> None:
        self.cells = tables.Cells(np.full(rows, np.nan), np.ones(rows, np.bool_))

    def fill(self, where: slice, values: _Floats) -> None:
        """Put values where rows have them."""
        self.cells.values[where] = values
        assert self.cells.missing is not None
        self.cells.missing[where] = False
