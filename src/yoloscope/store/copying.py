"""Copying runs from one series store into another, whatever kinds they are, verified by their contents.

Called by ``yoloscope store copy``. A run's rows keep their order and all their numbers; attempts and the positions of lanes follow, so
that trainers go on where they were. Copying again goes on where it broke off and changes nothing that is there; rows that differ are
never overwritten.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports

_BATCH_VALUES = 100_000
State = Literal["copied", "there", "refused"]


class Copied(msgspec.Struct, frozen=True):
    """What became of one run: all of its rows are there now, or were, or it was refused for the reason in ``detail``."""

    project: ids.ProjectName
    run: ids.RunId
    name: str
    state: State
    rows: int
    detail: str | None = None


class Stores(msgspec.Struct, frozen=True):
    """From where to where."""

    source: ports.SeriesStore
    target: ports.SeriesStore

    @property
    def keeps_nan_payloads(self) -> bool:
        """Whether the bits of a NaN are the same in both."""
        return self.source.capabilities.keeps_nan_payloads and self.target.capabilities.keeps_nan_payloads


def copy(stores: Stores, runs: Sequence[ports.RunInfo]) -> Iterator[Copied]:
    """Copy runs one after the other, each verified before it is told; one that cannot be read or written is refused."""
    for run in sorted(runs, key=lambda one: (one.ref.project, one.ref.created_ns, one.ref.id)):
        try:
            yield _copied(stores, run)
        except errors.StoreError as error:
            yield Copied(run.ref.project, run.ref.id, run.ref.name, "refused", 0, str(error))


def _copied(stores: Stores, run: ports.RunInfo) -> Copied:
    project, run_id = run.ref.project, run.ref.id

    def told(state: State, rows: int, detail: str | None = None) -> Copied:
        return Copied(project, run_id, run.ref.name, state, rows, detail)

    wanted, there = _rows(stores.source, run), _rows(stores.target, run)
    if _is_thinned(stores.source, run):
        return told("refused", 0, "it was thinned: what is left of its values would count as all of them")
    if there > wanted or not _same_rows(stores, run, rows=there):
        return told("refused", 0, "the target has other rows of this run, which were left as they are")
    if run.attempts:
        stores.target.tell_attempts(project, run_id, [one.start for one in run.attempts])
    _append_rest(stores, run, there=there)
    if there < wanted and not _same_rows(stores, run, rows=wanted):
        return told(
            "refused", wanted - there, "its rows in the target are not those of the source; the source is untouched"
        )
    _copy_positions(stores, run)
    if different := _different_totals(stores, run):
        return told("refused", wanted - there, f"{different} in the target are not those of the source")
    return told("copied" if there < wanted else "there", wanted - there)


def _rows(store: ports.SeriesStore, run: ports.RunInfo) -> int:
    stat = store.run_stats(run.ref.project, [run.ref.id]).get(run.ref.id)
    return 0 if stat is None else stat.rows


def _is_thinned(store: ports.SeriesStore, run: ports.RunInfo) -> bool:
    if not store.capabilities.thins:
        return False
    with store.view(run.ref.project, run.ref.id) as view:
        return not all(view.parts(name).whole.all() for name in view.names())


def _append_rest(stores: Stores, run: ports.RunInfo, *, there: int) -> None:
    """Append the rows behind those that the target has; nobody else writes to it meanwhile."""
    project, run_id = run.ref.project, run.ref.id
    writer = ids.WriterId(hashlib.sha256(f"copy of {run_id}".encode()).hexdigest()[:32])
    lanes: list[ports.LaneRows] = []
    values = 0
    for attempt, matrix in _behind(stores.source.rows(project, run_id), rows=there):
        lanes.append(ports.LaneRows(run_id, attempt, writer, 0, None, (matrix,)))
        values += matrix.rows * (4 + len(matrix.names))
        if values >= _BATCH_VALUES:
            stores.target.append(project, lanes).result()
            lanes, values = [], 0
    if lanes:
        stores.target.append(project, lanes).result()
    stores.target.seal(project, run_id)


def _behind(told: Iterator[tuple[int, row.Matrix]], *, rows: int) -> Iterator[tuple[int, row.Matrix]]:
    for attempt, matrix in told:
        if matrix.rows > rows:
            yield attempt, _cut(matrix, rows, matrix.rows)
        rows = max(0, rows - matrix.rows)


def _copy_positions(stores: Stores, run: ports.RunInfo) -> None:
    """Bring the lanes of the run's writers to where they are in the source, so that what was stored once is not taken again."""
    project = run.ref.project
    for writer in dict.fromkeys(one.writer for one in run.attempts):
        known = stores.target.positions(project, writer)
        behind = {
            lane: next_seq - known.get(lane, 0)
            for lane, next_seq in stores.source.positions(project, writer).items()
            if next_seq > known.get(lane, 0)
        }
        skips = [ports.LaneRows(run.ref.id, 1, writer, lane, None, (row.Skip(by),)) for lane, by in behind.items()]
        if skips:
            stores.target.append(project, skips).result()


def _same_rows(stores: Stores, run: ports.RunInfo, *, rows: int) -> bool:
    """Tell whether the first rows of a run are the same in both, bit for bit but for what one of them cannot keep."""
    if not rows:
        return True
    project, run_id = run.ref.project, run.ref.id
    source = _pieces(stores.source.rows(project, run_id), rows=rows)
    target = _pieces(stores.target.rows(project, run_id), rows=rows)
    left = _Piece.none()
    right = _Piece.none()
    while True:
        left = next(source, None) if left.is_empty else left
        right = next(target, None) if right.is_empty else right
        if left is None or right is None:
            return left is right
        count = min(left.rows, right.rows)
        if left.first(count, exactly=stores.keeps_nan_payloads) != right.first(
            count, exactly=stores.keeps_nan_payloads
        ):
            return False
        left, right = left.behind(count), right.behind(count)


class _Piece(msgspec.Struct, frozen=True):
    """Rows of one attempt and shape, some of which are compared already."""

    attempt: int
    matrix: row.Matrix

    @classmethod
    def none(cls) -> "_Piece":
        return cls(0, row.Matrix((), b"", b"", b"", b"", b""))

    @property
    def rows(self) -> int:
        return self.matrix.rows

    @property
    def is_empty(self) -> bool:
        return self.matrix.rows == 0

    def behind(self, count: int) -> "_Piece":
        return _Piece(self.attempt, _cut(self.matrix, count, self.rows))

    def first(self, count: int, *, exactly: bool) -> tuple[object, ...]:
        """Return the first rows as something to compare."""
        some = _cut(self.matrix, 0, count)
        floats = [some.epoch, some.values] if exactly else [_one_nan(some.epoch), _one_nan(some.values)]
        return (self.attempt, some.names, some.step, some.wall_ns, some.mono_ns, *floats)


def _pieces(told: Iterator[tuple[int, row.Matrix]], *, rows: int) -> Iterator[_Piece]:
    for attempt, matrix in told:
        if not rows:
            return
        count = min(rows, matrix.rows)
        yield _Piece(attempt, _cut(matrix, 0, count))
        rows -= count


def _cut(matrix: row.Matrix, start: int, end: int) -> row.Matrix:
    width = 8 * len(matrix.names)
    return row.Matrix(
        names=matrix.names,
        step=matrix.step[8 * start : 8 * end],
        epoch=matrix.epoch[8 * start : 8 * end],
        wall_ns=matrix.wall_ns[8 * start : 8 * end],
        mono_ns=matrix.mono_ns[8 * start : 8 * end],
        values=matrix.values[width * start : width * end],
    )


def _one_nan(content: bytes) -> bytes:
    values = np.frombuffer(content, np.float64)
    return np.where(np.isnan(values), np.nan, values).tobytes()


def _different_totals(stores: Stores, run: ports.RunInfo) -> str | None:
    """Return what of the totals differs; texts are compared, in which NaN is equal to itself."""
    project, run_id = run.ref.project, run.ref.id
    if repr(stores.source.series(project, run_id)) != repr(stores.target.series(project, run_id)):
        return "totals of series"
    if repr(stores.source.run_stats(project, [run_id])) != repr(stores.target.run_stats(project, [run_id])):
        return "totals of the run"
    return None


def refuse_same(source_url: str, target_url: str) -> None:
    """Return unless both URLs are the same.

    Raises:
        ConfigError: if they are.
    """
    if source_url.rstrip("/") == target_url.rstrip("/"):
        raise errors.ConfigError("FROM and TO are the same store; nothing was copied")
