"""Copying between stores: what is there stays, what differs is refused, and what broke off goes on."""

import math
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from contracts import influxd as servers
from contracts import rows
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import copying, ports
from yoloscope.store import open as opening
from yoloscope.store.influxdb import store as influxdb
from yoloscope.store.series import blocks

pytestmark = pytest.mark.slow
NAMES = (rows.LOSS, "val/x")


@pytest.fixture
def filled(tmp_path: Path) -> Generator[opening.Stores, None, None]:
    """A run of two attempts, NaN and late rows among it, most of it sealed."""
    with opening.open_stores(tmp_path / "source") as stores:
        stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "night", 1))
        for index, start_step in ((0, None), (1, 20)):
            ref = row.AttemptRef(index, 10**18 + index, 0, start_step=start_step)
            number = stores.catalog.open_attempt(rows.RUN, rows.WRITER, ref)
            _tell(stores)
            values = [[math.nan if n % 9 == 0 else n / 7, -0.0] for n in range(40)]
            sent = rows.matrix(values, names=NAMES, epochs=[n / 10 for n in range(40)])
            late = rows.column([5.0, math.inf], name="val/x")
            lane = rows.lane(sent, row.Skip(3), late, attempt=number, lane=index)
            stores.series.append(rows.PROJECT, [lane]).result()
            if index == 0:
                stores.series.seal(rows.PROJECT, rows.RUN)
        yield stores


@pytest.fixture
def target(tmp_path: Path) -> Generator[ports.SeriesStore, None, None]:
    store = blocks.BlockStore(tmp_path / "target")
    yield store
    store.close()


def test_a_copy_has_rows_totals_attempts_and_positions(filled: opening.Stores, target: ports.SeriesStore) -> None:
    assert _copied(filled, target) == ("copied", 84)
    source = filled.series
    assert _content(source) == _content(target)
    assert repr(source.series(rows.PROJECT, rows.RUN)) == repr(target.series(rows.PROJECT, rows.RUN))
    assert source.positions(rows.PROJECT, rows.WRITER) == target.positions(rows.PROJECT, rows.WRITER) == {0: 45, 1: 45}
    assert _copied(filled, target) == ("there", 0)


def test_what_broke_off_goes_on(
    filled: opening.Stores, target: ports.SeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_BATCH_VALUES", 1)
    real, count = target.append, iter(range(10))

    def fails(project: ids.ProjectName, lanes: list[ports.LaneRows]) -> object:
        if next(count) == 2:
            raise errors.StoreError("it is gone")
        return real(project, lanes)

    monkeypatch.setattr(target, "append", fails)
    [broken] = copying.copy(copying.Stores(filled.series, target), filled.catalog.all_runs(None))
    assert (broken.state, broken.detail) == ("refused", "it is gone")
    monkeypatch.undo()
    state, appended = _copied(filled, target)
    assert state == "copied"
    assert 0 < appended < 84
    assert _content(filled.series) == _content(target)


def test_other_rows_are_neither_overwritten_nor_added_to(filled: opening.Stores, target: ports.SeriesStore) -> None:
    theirs = rows.lane(rows.column([1.0, 2.0]), lane=9)
    target.append(rows.PROJECT, [theirs]).result()
    [refused] = copying.copy(copying.Stores(filled.series, target), filled.catalog.all_runs(None))
    assert refused.state == "refused"
    assert "left as they are" in str(refused.detail)
    assert target.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0]
    assert target.positions(rows.PROJECT, rows.WRITER) == {9: 2}


def test_a_target_that_changes_numbers_is_found_out(
    filled: opening.Stores, target: ports.SeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = target.append

    def rounds(project: ids.ProjectName, lanes: list[ports.LaneRows]) -> object:
        [first, *rest] = lanes
        [matrix] = first.entries
        assert isinstance(matrix, row.Matrix)
        altered = msgspec.structs.replace(matrix, values=bytes(8) + matrix.values[8:])
        return real(project, [msgspec.structs.replace(first, entries=(altered,)), *rest])

    monkeypatch.setattr(target, "append", rounds)
    [refused] = copying.copy(copying.Stores(filled.series, target), filled.catalog.all_runs(None))
    assert refused.state == "refused"
    assert "not those of the source" in str(refused.detail)


def test_to_influxdb_and_back(
    filled: opening.Stores, target: ports.SeriesStore, tmp_path: Path, influxd: servers.Influxd
) -> None:
    between = influxdb.InfluxStore(tmp_path, to=influxd.address("between"), patience=servers.PATIENCE)
    assert _copied(filled, between) == ("copied", 84)
    runs = filled.catalog.all_runs(None)
    [back] = copying.copy(copying.Stores(between, target), runs)
    assert (back.state, back.rows) == ("copied", 84)
    assert _content(filled.series) == _content(target)
    between.close()
    influxd.execute('DROP DATABASE "between"')


def test_a_thinned_run_is_refused(filled: opening.Stores, target: ports.SeriesStore) -> None:
    filled.series.seal(rows.PROJECT, rows.RUN)
    filled.series.thin(rows.PROJECT, rows.RUN)
    [refused] = copying.copy(copying.Stores(filled.series, target), filled.catalog.all_runs(None))
    assert (refused.state, target.run_stats(rows.PROJECT, [rows.RUN])) == ("refused", {})
    assert "thinned" in str(refused.detail)


def test_a_store_is_not_copied_into_itself() -> None:
    with pytest.raises(errors.ConfigError, match="the same store"):
        copying.refuse_same("blocks:///srv/x", "blocks:///srv/x/")


def _copied(stores: opening.Stores, target: ports.SeriesStore) -> tuple[str, int]:
    [done] = copying.copy(copying.Stores(stores.series, target), stores.catalog.all_runs(None))
    assert done.detail is None
    return done.state, done.rows


def _tell(stores: opening.Stores) -> None:
    [run] = stores.catalog.all_runs(None)
    stores.series.tell_attempts(rows.PROJECT, rows.RUN, [one.start for one in run.attempts])


def _content(store: ports.SeriesStore) -> list[tuple[object, ...]]:
    """Return each row's bytes, however rows came together."""
    found: list[tuple[object, ...]] = []
    for attempt, matrix in store.rows(rows.PROJECT, rows.RUN):
        width = 8 * len(matrix.names)
        for at in range(matrix.rows):
            axes = [column[8 * at : 8 * at + 8] for column in (matrix.step, matrix.epoch, matrix.wall_ns)]
            found.append((attempt, matrix.names, *axes, matrix.values[width * at : width * (at + 1)]))
    return found
