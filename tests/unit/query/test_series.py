"""Curves over a window: axes, supersession, buckets and what is counted."""

import math

import numpy as np
import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.query import series
from yoloscope.records import ids, row
from yoloscope.store import open as opening

SECOND = 1_000_000_000
REF = row.RunRef(rows.RUN, rows.PROJECT, "first", 1)
CPU = "system/cpu_percent"
NAMES = (rows.LOSS, CPU)


def _resumed(stores: opening.Stores) -> None:
    """Fill a run of three epochs that was resumed at the start of the third, with clocks of another boot."""
    stores.catalog.open_run(REF)
    stores.catalog.open_attempt(rows.RUN, rows.WRITER, row.AttemptRef(0, wall_ns=0, mono_ns=100 * SECOND))
    stores.catalog.open_attempt(
        rows.RUN, rows.WRITER, row.AttemptRef(1, wall_ns=1, mono_ns=5 * SECOND, start_epoch=2.0, start_step=20)
    )
    first = rows.matrix(
        [[5.0, 50.0], [4.0, 40.0], [3.0, 30.0]],
        names=NAMES,
        steps=[0, 10, 20],
        epochs=[0.0, 1.0, 2.0],
        mono_ns=[101 * SECOND, 102 * SECOND, 103 * SECOND],
    )
    second = rows.matrix(
        [[2.0, 20.0], [1.0, 10.0]],
        names=NAMES,
        steps=[20, row.NO_STEP],
        epochs=[2.0, math.nan],
        mono_ns=[6 * SECOND, 7 * SECOND],
    )
    stores.series.append(rows.PROJECT, [rows.lane(first), rows.lane(second, attempt=2, first_seq=3)]).result()


def _ask(stores: opening.Stores, *, x: series.XAxis, **window: float) -> list[series.Columns]:
    asked = {"buckets": 0, **window}
    return series.series_columns(stores.series, stores.catalog, runs=[rows.RUN], names=NAMES, x=x, **asked)


def test_a_later_attempt_hides_what_it_did_again_but_not_the_machine(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, cpu = _ask(stores, x="step")
    assert (loss.run, loss.name, loss.x_axis) == (rows.RUN, rows.LOSS, "step")
    assert (loss.x.tolist(), _listed(loss.y)) == ([0.0, 10.0, 20.0], [5.0, 4.0, 2.0])
    assert (loss.total, loss.without_x) == (3, 1)
    assert (cpu.x.tolist(), _listed(cpu.y)) == ([0.0, 10.0, 20.0, 20.0], [50.0, 40.0, 30.0, 20.0])


def test_rows_that_follow_later_stand_where_they_were_logged(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    stores.catalog.open_attempt(rows.RUN, rows.WRITER, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    first = rows.matrix([[4.0], [1.0]], steps=[40, 10], mono_ns=[4, 1])
    later = rows.matrix([[2.0], [3.0]], steps=[20, 30], mono_ns=[2, 3])
    stores.series.append(rows.PROJECT, [rows.lane(first), rows.lane(later, lane=1)]).result()
    [loss] = _ask(stores, x="step")
    assert (loss.x.tolist(), _listed(loss.y)) == ([10.0, 20.0, 30.0, 40.0], [1.0, 2.0, 3.0, 4.0])


def test_elapsed_goes_on_where_the_kept_points_ended(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, _ = _ask(stores, x="elapsed")
    assert (loss.x.tolist(), _listed(loss.y)) == ([1.0, 2.0, 3.0, 4.0], [5.0, 4.0, 2.0, 1.0])


def test_time_is_unix_seconds_and_epochs_are_as_logged(stores: opening.Stores) -> None:
    _resumed(stores)
    by_time, by_epoch = _ask(stores, x="time")[0], _ask(stores, x="epoch")[0]
    assert by_time.x.tolist() == [1e9 + 101, 1e9 + 102, 1e9 + 6, 1e9 + 7]
    assert (by_epoch.x.tolist(), by_epoch.without_x) == ([0.0, 1.0, 2.0], 1)


def test_a_window_includes_its_ends(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, _ = _ask(stores, x="step", lo=10, hi=20)
    assert (loss.x.tolist(), loss.total, loss.without_x) == ([10.0, 20.0], 2, 1)


def test_buckets_count_every_row_of_the_window(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, _ = _ask(stores, x="step", buckets=2)
    assert (loss.y, loss.total) == (None, 3)
    assert (loss.x.tolist(), _listed(loss.x_end)) == ([0.0, 10.0], [0.0, 20.0])
    assert (_listed(loss.min), _listed(loss.max), _listed(loss.count)) == ([5.0, 2.0], [5.0, 4.0], [1, 2])


def test_series_that_do_not_exist_are_left_out(stores: opening.Stores) -> None:
    _resumed(stores)
    asked = {"runs": [rows.RUN], "names": ["never"], "buckets": 10}
    assert series.series_columns(stores.series, stores.catalog, x="step", **asked) == []


def test_an_unknown_run_is_not_found(stores: opening.Stores) -> None:
    with pytest.raises(errors.NotFound):
        series.series_columns(
            stores.series, stores.catalog, runs=[ids.RunId("never")], names=[rows.LOSS], x="step", buckets=1
        )


def test_an_empty_window_answers_empty_columns(stores: opening.Stores) -> None:
    _resumed(stores)
    for buckets in (0, 5):
        loss, _ = _ask(stores, x="step", lo=1000, buckets=buckets)
        assert (loss.total, loss.x.tolist()) == (0, [])


def _listed(column: np.ndarray | None) -> list[float]:
    assert column is not None
    return column.tolist()
