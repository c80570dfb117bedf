"""Curves over a window: axes, supersession, buckets and what is counted."""

import math

import numpy as np
import pytest

from contracts import attempts, rows
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
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=100 * SECOND))
    attempts.begin(stores, row.AttemptRef(1, wall_ns=1, mono_ns=5 * SECOND, start_epoch=2.0, start_step=20))
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


def _ask(stores: opening.Stores, *, x: series.XAxis, **window: object) -> list[series.Columns]:
    asked = series.Window(x, **{"buckets": 0, **window})
    return series.series_columns(stores.series, stores.catalog, runs=[rows.RUN], names=NAMES, window=asked)


def test_a_later_attempt_hides_what_it_did_again_but_not_the_machine(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, cpu = _ask(stores, x="step")
    assert (loss.run, loss.name, loss.x_axis) == (rows.RUN, rows.LOSS, "step")
    assert (loss.x.tolist(), _listed(loss.y)) == ([0.0, 10.0, 20.0], [5.0, 4.0, 2.0])
    assert (loss.total, loss.without_x) == (3, 1)
    assert (cpu.x.tolist(), _listed(cpu.y)) == ([0.0, 10.0, 20.0, 20.0], [50.0, 40.0, 30.0, 20.0])


def test_rows_that_follow_later_stand_where_they_were_logged(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    first = rows.matrix([[4.0], [1.0]], steps=[40, 10], mono_ns=[4, 1])
    later = rows.matrix([[2.0], [3.0]], steps=[20, 30], mono_ns=[2, 3])
    stores.series.append(rows.PROJECT, [rows.lane(first), rows.lane(later, lane=1)]).result()
    [loss] = _ask(stores, x="step")
    assert (loss.x.tolist(), _listed(loss.y)) == ([10.0, 20.0, 30.0, 40.0], [1.0, 2.0, 3.0, 4.0])


def test_elapsed_goes_on_where_the_kept_rows_ended_for_all_series_alike(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, cpu = _ask(stores, x="elapsed")
    assert (loss.x.tolist(), _listed(loss.y)) == ([1.0, 2.0, 3.0, 4.0], [5.0, 4.0, 2.0, 1.0])
    assert (cpu.x.tolist(), _listed(cpu.y)) == ([1.0, 2.0, 3.0, 3.0, 4.0], [50.0, 40.0, 30.0, 20.0, 10.0])


def test_superseded_points_can_be_asked_for(stores: opening.Stores) -> None:
    _resumed(stores)
    loss, cpu = _ask(stores, x="step", which="superseded")
    assert (loss.x.tolist(), _listed(loss.y), loss.total) == ([20.0], [3.0], 1)
    assert (cpu.x.tolist(), cpu.total) == ([], 0)
    loss, _ = _ask(stores, x="step", which="all")
    assert (loss.x.tolist(), _listed(loss.y)) == ([0.0, 10.0, 20.0, 20.0], [5.0, 4.0, 3.0, 2.0])
    loss, _ = _ask(stores, x="elapsed", which="superseded")
    assert loss.x.tolist() == [3.0]


@pytest.mark.parametrize(
    ("attempt", "which", "values"),
    [
        (1, "kept", [5.0, 4.0]),
        (1, "superseded", [3.0]),
        (1, "all", [5.0, 4.0, 3.0]),
        (2, "all", [2.0]),
        (2, "superseded", []),
        (3, "all", []),
        (0, "all", []),
    ],
)
def test_one_attempt_can_be_asked_for(
    stores: opening.Stores, attempt: int, which: series.Which, values: list[float]
) -> None:
    _resumed(stores)
    loss, _ = _ask(stores, x="step", attempt=attempt, which=which)
    assert _listed(loss.y) == values


def test_a_killed_attempt_whose_rows_come_last_is_the_older_one(stores: opening.Stores) -> None:
    """Its spool was carried by hand, from another machine, when the resumed one was done."""
    stores.catalog.open_run(REF)
    killed = ids.WriterId("f" * 32)
    resumed = row.AttemptRef(0, wall_ns=20, mono_ns=0, start_epoch=1.0, start_step=10)
    attempts.begin(stores, resumed)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=10, mono_ns=0), writer=killed)
    first = rows.matrix([[3.0], [4.0]], steps=[10, 20], epochs=[1.5, 2.0], mono_ns=[SECOND, 2 * SECOND])
    late = rows.matrix([[1.0], [2.0], [9.0]], steps=[0, 5, 15], epochs=[0.1, 0.5, 1.7], mono_ns=[5 * SECOND] * 3)
    stores.series.append(rows.PROJECT, [rows.lane(first)]).result()
    stores.series.append(rows.PROJECT, [rows.lane(late, attempt=2, writer=killed)]).result()
    [loss] = _ask(stores, x="step")
    assert (loss.x.tolist(), _listed(loss.y)) == ([0.0, 5.0, 10.0, 20.0], [1.0, 2.0, 3.0, 4.0])
    [by_time] = _ask(stores, x="time", attempt=1, which="superseded")
    assert _listed(by_time.y) == [9.0]


def test_another_ranks_attempt_is_no_attempt_and_is_cut_by_the_next_one(stores: opening.Stores) -> None:
    """It began a moment before the main process it belongs to, which must not hide what it logs from then on."""
    stores.catalog.open_run(REF)
    other = ids.WriterId("f" * 32)
    day = 10**18
    for at, (writer, index, wall_ns, start) in enumerate(
        [(rows.WRITER, 0, day, None), (other, 0, day - 1, None), (rows.WRITER, 1, day + 500, 10)], start=1
    ):
        attempt = row.AttemptRef(index, wall_ns=wall_ns, mono_ns=0, start_step=start)
        rank = 1 if writer == other else 0
        assert attempts.begin(stores, attempt, writer=writer, rank=rank) == at
    ticks = rows.matrix([[1.0], [2.0], [3.0]], steps=[5, 10, 10], mono_ns=[100, 200, 600])
    stores.series.append(rows.PROJECT, [rows.lane(ticks, attempt=2, writer=other)]).result()
    [time] = _ask(stores, x="step")
    assert _listed(time.y) == [1.0, 3.0]
    [time] = _ask(stores, x="step", which="superseded")
    assert _listed(time.y) == [2.0]
    [main] = _ask(stores, x="step", attempt=2, which="all")
    assert _listed(main.y) == []


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
    asked = {"runs": [rows.RUN], "names": ["never"], "window": series.Window("step", 10)}
    assert series.series_columns(stores.series, stores.catalog, **asked) == []


def test_an_unknown_run_is_not_found(stores: opening.Stores) -> None:
    with pytest.raises(errors.NotFound):
        series.series_columns(
            *(stores.series, stores.catalog),
            runs=[ids.RunId("never")],
            names=[rows.LOSS],
            window=series.Window("step", 1),
        )


def test_an_empty_window_answers_empty_columns(stores: opening.Stores) -> None:
    _resumed(stores)
    for buckets in (0, 5):
        loss, _ = _ask(stores, x="step", lo=1000, buckets=buckets)
        assert (loss.total, loss.x.tolist()) == (0, [])


def _listed(column: np.ndarray | None) -> list[float]:
    assert column is not None
    return column.tolist()


def test_what_a_process_saw_before_it_resumed_is_of_the_attempt_that_it_then_is(stores: opening.Stores) -> None:
    """So are the rows of another rank, whichever of the two processes began a moment earlier."""
    stores.catalog.open_run(REF)
    resumed, other = ids.WriterId("e" * 32), ids.WriterId("f" * 32)
    day = 10**18
    attempts.begin(stores, row.AttemptRef(0, wall_ns=day, mono_ns=0))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=day + 99 * SECOND, mono_ns=0), writer=other, rank=1)
    stores.catalog.open_attempt(
        rows.RUN, resumed, row.AttemptRef(0, wall_ns=day + 100 * SECOND, mono_ns=0), has_rows=False
    )
    attempts.begin(stores, row.AttemptRef(1, wall_ns=day + 300 * SECOND, mono_ns=0, start_step=10), writer=resumed)
    parts = [
        rows.lane(rows.column([10.0], name=CPU)),
        rows.lane(rows.column([20.0], name=CPU), attempt=2, writer=other),
        rows.lane(rows.column([30.0], name=CPU), attempt=3, writer=resumed),
        rows.lane(rows.column([40.0], name=CPU, first_step=10), attempt=4, writer=resumed, first_seq=1),
    ]
    stores.series.append(rows.PROJECT, parts).result()
    found = [[_listed(one.y) for one in _ask(stores, x="step", attempt=number, which="all")] for number in (1, 2, 3)]
    assert found == [[[10.0]], [[20.0, 30.0, 40.0]], [[]]]
