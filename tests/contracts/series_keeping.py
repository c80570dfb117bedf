"""What every series store keeps of a run that is thinned, and of one that is removed; part of `series_store`."""

import itertools
import math
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports

OTHER = ids.RunId("r2")
_NAMES = ("a", "b")
_COUNT = 300


class SeriesKeepingContract:
    """Thinning, removal, and what is told of changes."""

    @abstractmethod
    def open(self, directory: Path) -> ports.SeriesStore: ...

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ports.SeriesStore]:
        store = self.open(tmp_path)
        yield store
        store.close()

    def test_of_a_thinned_run_the_ends_and_extremes_of_each_group_are_left(self, store: ports.SeriesStore) -> None:
        _fill(store, sealed_in_between=False)
        store.seal(rows.PROJECT, rows.RUN)
        expected = {name: _kept(store, name) for name in _NAMES}
        groups = {name: _groups(store, name) for name in _NAMES}
        if not _thinned(store):
            return
        for name in _NAMES:
            assert expected[name] == _left(store, name)
            assert groups[name] == _groups(store, name)
            points = store.points(rows.PROJECT, rows.RUN, name)
            assert expected[name] == dict(zip(points.step.tolist(), map(repr, points.value.tolist()), strict=True))

    def test_totals_go_on_counting_what_was_thinned(self, store: ports.SeriesStore) -> None:
        _fill(store)
        before = (repr(store.series(rows.PROJECT, rows.RUN)), store.run_stats(rows.PROJECT, [rows.RUN]))
        if not _thinned(store):
            return
        assert before == (repr(store.series(rows.PROJECT, rows.RUN)), store.run_stats(rows.PROJECT, [rows.RUN]))

    def test_rows_of_a_thinned_run_are_its_kept_points(self, store: ports.SeriesStore) -> None:
        _fill(store)
        if not _thinned(store):
            return
        kept = {name: _left(store, name) for name in _NAMES}
        told: dict[str, dict[int, str]] = {name: {} for name in _NAMES}
        steps: list[int] = []
        for _, matrix in store.rows(rows.PROJECT, rows.RUN):
            (name,) = matrix.names
            found = np.frombuffer(matrix.step, np.int64).tolist()
            steps += found
            told[name] |= dict(zip(found, map(repr, np.frombuffer(matrix.values).tolist()), strict=True))
        assert kept == told
        assert sorted(steps) == steps

    def test_rows_that_come_after_thinning_are_whole(self, store: ports.SeriesStore, tmp_path: Path) -> None:
        _fill(store)
        if not _thinned(store):
            return
        before = _left(store, "a")
        late = rows.matrix([[1.5, 2.5], [3.5, 4.5]], names=_NAMES, steps=[_COUNT, _COUNT + 1])
        store.append(rows.PROJECT, [rows.lane(late, first_seq=None)]).result()
        store.seal(rows.PROJECT, rows.RUN)
        store.close()
        again = self.open(tmp_path)
        assert before | {_COUNT: "1.5", _COUNT + 1: "3.5"} == _left(again, "a")
        assert again.series(rows.PROJECT, rows.RUN)[0].count == _COUNT + 2
        again.close()

    def test_other_runs_are_not_thinned(self, store: ports.SeriesStore) -> None:
        _fill(store)
        store.append(rows.PROJECT, [rows.lane(rows.column([0.5] * 200), lane=1, run=OTHER)]).result()
        if not _thinned(store):
            return
        assert len(store.points(rows.PROJECT, OTHER, rows.LOSS).value) == 200
        assert store.thin(rows.PROJECT, ids.RunId("never")) == 0

    def test_removing_a_thinned_run_leaves_nothing(self, store: ports.SeriesStore) -> None:
        _fill(store)
        if not _thinned(store):
            return
        assert store.remove(rows.PROJECT, rows.RUN) == _COUNT
        assert (store.series(rows.PROJECT, rows.RUN), list(store.rows(rows.PROJECT, rows.RUN))) == ([], [])
        store.append(rows.PROJECT, [rows.lane(rows.column([7.0]), first_seq=None)]).result()
        assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [7.0]

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


def _fill(store: ports.SeriesStore, *, sealed_in_between: bool = True) -> None:
    """Store rows of two series, the last of them in the log."""
    values = np.random.default_rng(3).normal(size=(_COUNT, 2))
    values[[5, 64, 130], 0] = math.nan
    values[192:256, 1] = math.nan
    for start, end in itertools.pairwise((0, 200, 280, _COUNT)):
        sent = rows.matrix(values[start:end].tolist(), names=_NAMES, steps=range(start, end))
        store.append(rows.PROJECT, [rows.lane(sent, first_seq=start)]).result()
        if end == 200 and sealed_in_between:
            store.seal(rows.PROJECT, rows.RUN)


def _thinned(store: ports.SeriesStore) -> bool:
    """Thin the run if the store can, and see that it refuses if not."""
    if not store.capabilities.thins:
        with pytest.raises(errors.StoreError, match="thin"):
            store.thin(rows.PROJECT, rows.RUN)
        return False
    assert store.thin(rows.PROJECT, rows.RUN) > 0
    assert store.thin(rows.PROJECT, rows.RUN) == 0
    return True


def _kept(store: ports.SeriesStore, name: str) -> dict[int, str]:
    """Return what thinning has to keep of a series whose groups are all there: values by step."""
    kept: dict[int, str] = {}
    with store.view(rows.PROJECT, rows.RUN) as view:
        parts = [part for part, grouped in zip(*_parts(view, name), strict=True) if grouped]
        for part in parts:
            groups = view.groups(name, [part])
            values, steps = view.values(name, [part]), view.ints(name, [part], "step")
            for at, count in zip(groups.at.tolist(), groups.count.tolist(), strict=True):
                here = values[at : at + count]
                some = {0, count - 1}
                if not np.isnan(here).all():
                    some |= {int(np.nanargmin(here)), int(np.nanargmax(here))}
                kept |= {int(steps[at + row]): repr(float(here[row])) for row in sorted(some)}
    return kept


def _parts(view: ports.View, name: str) -> tuple[list[int], list[bool]]:
    parts = view.parts(name)
    return parts.id.tolist(), parts.grouped.tolist()


def _left(store: ports.SeriesStore, name: str) -> dict[int, str]:
    """Return the values by step that a view answers."""
    with store.view(rows.PROJECT, rows.RUN) as view:
        parts, _ = _parts(view, name)
        steps = view.ints(name, parts, "step").tolist()
        found = sorted(zip(steps, map(repr, view.values(name, parts).tolist()), strict=True))
    return dict(found)


def _groups(store: ports.SeriesStore, name: str) -> list[tuple[object, ...]]:
    """Return what groups say, in order of their steps."""
    with store.view(rows.PROJECT, rows.RUN) as view:
        parts = [part for part, grouped in zip(*_parts(view, name), strict=True) if grouped]
        groups = view.groups(name, parts)
    columns = (groups.step.low, groups.count, groups.nan, groups.first, groups.last, groups.min, groups.max, groups.sum)
    return sorted(zip(*(map(repr, column.tolist()) for column in columns), strict=True))


def _check_gone(store: ports.SeriesStore) -> None:
    assert len(store.points(rows.PROJECT, rows.RUN, rows.LOSS).value) == 0
    assert store.series(rows.PROJECT, rows.RUN) == []
    assert list(store.rows(rows.PROJECT, rows.RUN)) == []
    assert store.run_stats(rows.PROJECT, [rows.RUN]) == {}
    assert store.last_values(rows.PROJECT, [rows.RUN]) == {}
    assert store.seal(rows.PROJECT, rows.RUN) == 0
    with store.view(rows.PROJECT, rows.RUN) as view:
        assert view.names() == []
