"""What every series store answers to a view, and how runs go; part of `series_store`."""

import math
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports, ports_view

OTHER = ids.RunId("r2")
_INTS = ("step", "wall_ns", "mono_ns", "attempt")
_AXES = ("step", "epoch", "wall_ns", "mono_ns")


class SeriesReadingContract:
    """Views, removal and what is told of changes."""

    @abstractmethod
    def open(self, directory: Path) -> ports.SeriesStore: ...

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ports.SeriesStore]:
        store = self.open(tmp_path)
        yield store
        store.close()

    def test_a_view_has_all_points_sealed_or_not(self, store: ports.SeriesStore) -> None:
        _fill(store)
        for _ in range(2):
            with store.view(rows.PROJECT, rows.RUN) as view:
                assert view.names() == [stat.name for stat in store.series(rows.PROJECT, rows.RUN)]
                for name in view.names():
                    _check_columns(view, name, points=store.points(rows.PROJECT, rows.RUN, name))
            store.seal(rows.PROJECT, rows.RUN)

    def test_parts_and_groups_tell_what_their_rows_do(self, store: ports.SeriesStore) -> None:
        _fill(store)
        with store.view(rows.PROJECT, rows.RUN) as view:
            grouped = [_check_parts(view, name) for name in view.names()]
        assert any(grouped), "what was sealed has groups"

    def test_a_view_is_of_one_moment(self, store: ports.SeriesStore) -> None:
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
        with store.view(rows.PROJECT, rows.RUN) as view:
            before = view.parts(rows.LOSS)
            store.append(rows.PROJECT, [rows.lane(rows.column([3.0]), first_seq=2)]).result()
            store.seal(rows.PROJECT, rows.RUN)
            assert int(before.rows.sum()) == 2
            assert view.values(rows.LOSS, before.id.tolist()).tolist() == [1.0, 2.0]
            assert view.parts(rows.LOSS).rows.tolist() == before.rows.tolist()

    def test_a_view_of_what_never_came_is_empty(self, store: ports.SeriesStore) -> None:
        for project in (rows.PROJECT, ids.ProjectName("never")):
            with store.view(project, ids.RunId("never")) as view:
                assert view.names() == []
                assert len(view.parts(rows.LOSS).id) == 0
                assert len(view.groups(rows.LOSS, []).part) == 0
                assert len(view.values(rows.LOSS, [])) == len(view.ints(rows.LOSS, [], "step")) == 0
            store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()

    def test_a_removed_run_is_gone_and_what_was_stored_once_stays_away(self, store: ports.SeriesStore) -> None:
        sent = rows.lane(rows.column([1.0, 2.0, 3.0]))
        store.append(rows.PROJECT, [sent, rows.lane(rows.column([9.0]), lane=1, run=OTHER)]).result()
        store.seal(rows.PROJECT, rows.RUN)
        store.append(rows.PROJECT, [rows.lane(rows.column([4.0]), first_seq=3)]).result()
        assert store.remove(rows.PROJECT, rows.RUN) == 4
        assert store.remove(rows.PROJECT, rows.RUN) == 0
        _check_gone(store)
        assert store.positions(rows.PROJECT, rows.WRITER) == {0: 4, 1: 1}
        assert store.append(rows.PROJECT, [sent]).result().new_rows == {rows.RUN: 0}
        assert store.points(rows.PROJECT, OTHER, rows.LOSS).value.tolist() == [9.0]

    def test_a_run_that_comes_back_after_its_removal_is_a_new_one(
        self, store: ports.SeriesStore, tmp_path: Path
    ) -> None:
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0, 3.0]))]).result()
        store.seal(rows.PROJECT, rows.RUN)
        store.remove(rows.PROJECT, rows.RUN)
        store.append(rows.PROJECT, [rows.lane(rows.column([7.0], name="b"), rows.column([8.0]), lane=3)]).result()
        assert [stat.name for stat in store.series(rows.PROJECT, rows.RUN)] == ["b", rows.LOSS]
        store.seal(rows.PROJECT, rows.RUN)
        store.close()
        again = self.open(tmp_path)
        assert again.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [8.0]
        assert again.series(rows.PROJECT, rows.RUN)[1].count == 1
        again.close()

    def test_rows_of_one_moment_are_each_kept_also_when_the_store_was_closed_between(
        self, store: ports.SeriesStore, tmp_path: Path
    ) -> None:
        sent = [rows.matrix([[float(2 * n)], [float(2 * n + 1)]], mono_ns=[5, 4 + n % 2]) for n in range(3)]
        for number, matrix in enumerate(sent[:2]):
            store.append(rows.PROJECT, [rows.lane(matrix, first_seq=2 * number)]).result()
        store.close()
        again = self.open(tmp_path)
        again.append(rows.PROJECT, [rows.lane(sent[2], first_seq=4)]).result()
        again.seal(rows.PROJECT, rows.RUN)
        points = again.points(rows.PROJECT, rows.RUN, rows.LOSS)
        assert points.value.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        assert points.mono_ns.tolist() == [5, 4, 5, 5, 5, 4]
        again.close()

    def test_thinning_is_done_or_refused_as_the_capabilities_say(self, store: ports.SeriesStore) -> None:
        store.append(rows.PROJECT, [rows.lane(rows.column([float(n) for n in range(200)]))]).result()
        store.seal(rows.PROJECT, rows.RUN)
        if store.capabilities.thins:
            assert store.thin(rows.PROJECT, rows.RUN) == 200 - 4 * 2  # of a rising curve, two values a group
            assert store.thin(rows.PROJECT, rows.RUN) == 0
            return
        with pytest.raises(errors.StoreError, match=r"cannot thin.*r1"):
            store.thin(rows.PROJECT, rows.RUN)
        assert len(store.points(rows.PROJECT, rows.RUN, rows.LOSS).value) == 200

    def test_changes_name_the_runs_that_got_rows_or_other_totals(self, store: ports.SeriesStore) -> None:
        mark = store.changes.since(0).mark
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
        first = store.changes.since(mark)
        assert rows.RUN in first.runs
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]), lane=1, run=OTHER)]).result()
        second = store.changes.since(first.mark)
        assert (OTHER in second.runs, rows.RUN in second.runs) == (True, False)
        store.remove(rows.PROJECT, rows.RUN)
        assert rows.RUN in store.changes.since(second.mark).runs

    def test_totals_of_some_runs_are_those_of_each(self, store: ports.SeriesStore) -> None:
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 5.0]))]).result()
        store.append(rows.PROJECT, [rows.lane(rows.column([3.0]), lane=1, run=OTHER)]).result()
        found = store.totals(rows.PROJECT, [rows.RUN, OTHER, ids.RunId("never")])
        assert {run: store.series(rows.PROJECT, run) for run in (rows.RUN, OTHER)} == found


def _fill(store: ports.SeriesStore) -> None:
    """Store rows of two shapes and three attempts, late ones and repeated steps among them; most are sealed."""
    random = np.random.default_rng(7)
    seq = 0
    for attempt, count in ((1, 300), (2, 130), (1, 70), (3, 5)):
        values = random.normal(size=(count, 2))
        values[::17, 0] = math.nan
        values[3, 1] = -math.inf
        steps = [row.NO_STEP if at % 50 == 49 else at // 2 for at in range(count)]
        epochs = [math.nan if at % 90 == 0 else at / 8 for at in range(count)]
        mono_ns = [1_000 * (at - 40 * (at % 31 == 0)) + 50_000 for at in range(count)]
        both = rows.matrix(values.tolist(), names=(rows.LOSS, "b"), steps=steps, epochs=epochs, mono_ns=mono_ns)
        alone = rows.column(values[:, 1].tolist(), name="b", first_step=10)
        store.append(rows.PROJECT, [rows.lane(both, alone, attempt=attempt, first_seq=seq)]).result()
        seq += 2 * count
        if attempt == 2:
            store.seal(rows.PROJECT, rows.RUN)


def _check_columns(view: ports.View, name: str, *, points: ports.Points) -> None:
    parts = view.parts(name).id.tolist()
    order = np.argsort(view.ints(name, parts, "place"))
    assert points.value.tobytes() == view.values(name, parts)[order].tobytes()
    assert points.epoch.tobytes() == view.epochs(name, parts)[order].tobytes()
    for column in _INTS:
        found = view.ints(name, parts, column)[order]
        assert getattr(points, column).tolist() == found.tolist(), column


def _check_parts(view: ports.View, name: str) -> int:
    """Compare what parts and groups say with their rows; return how many groups there were."""
    parts = view.parts(name)
    assert parts.whole.all()
    groups = 0
    for at, part in enumerate(parts.id.tolist()):
        columns = {axis: _axis(view, name, part, axis) for axis in _AXES}
        attempt = view.ints(name, [part], "attempt")
        values = view.values(name, [part])
        assert len(values) == parts.rows[at]
        assert view.ints(name, [part], "row").tolist() == list(range(len(values)))
        _check_extents(columns, parts, at=at, attempt=attempt, rows_of=slice(None))
        if parts.grouped[at]:
            groups += _check_groups(view.groups(name, [part]), columns, attempt=attempt, values=values)
    return groups


def _check_groups(
    groups: ports_view.Groups, columns: dict[str, np.ndarray], *, attempt: np.ndarray, values: np.ndarray
) -> int:
    starts = list(range(0, len(values), ports_view.GROUP_ROWS))
    assert starts == groups.at.tolist()
    for at, start in enumerate(starts):
        own = values[start : start + ports_view.GROUP_ROWS]
        numbers = own[~np.isnan(own)]
        assert (len(own), len(own) - len(numbers)) == (groups.count[at], groups.nan[at])
        assert repr((own[0], own[-1])) == repr((groups.first[at], groups.last[at]))
        assert (numbers.min(), numbers.max()) == (groups.min[at], groups.max[at])
        assert groups.sum[at] == pytest.approx(numbers.sum())
        _check_extents(columns, groups, at=at, attempt=attempt, rows_of=slice(start, start + len(own)))
    return len(starts)


def _check_extents(
    columns: dict[str, np.ndarray],
    told: ports_view.Parts | ports_view.Groups,
    *,
    at: int,
    attempt: np.ndarray,
    rows_of: slice,
) -> None:
    attempts = set(attempt[rows_of].tolist())
    assert (attempts.pop() if len(attempts) == 1 else ports_view.NO_ATTEMPT) == told.attempt[at]
    for axis, column in columns.items():
        own = column[rows_of]
        has = ~np.isnan(own) if axis == "epoch" else own != row.NO_STEP
        extent: ports_view.Extent = getattr(told, axis)
        if has.any():
            assert (own[has].min(), own[has].max()) == (extent.low[at], extent.high[at])
        else:
            assert not extent.low[at] <= extent.high[at]
        assert bool(has.all() and (np.diff(own) >= 0).all()) == extent.ascends[at], axis


def _axis(view: ports.View, name: str, part: int, axis: str) -> np.ndarray:
    return view.epochs(name, [part]) if axis == "epoch" else view.ints(name, [part], axis)


def _check_gone(store: ports.SeriesStore) -> None:
    assert len(store.points(rows.PROJECT, rows.RUN, rows.LOSS).value) == 0
    assert store.series(rows.PROJECT, rows.RUN) == []
    assert list(store.rows(rows.PROJECT, rows.RUN)) == []
    assert store.run_stats(rows.PROJECT, [rows.RUN]) == {}
    assert store.last_values(rows.PROJECT, [rows.RUN]) == {}
    assert store.seal(rows.PROJECT, rows.RUN) == 0
    with store.view(rows.PROJECT, rows.RUN) as view:
        assert view.names() == []
