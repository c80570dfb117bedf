"""Curves over a window: axes, supersession, buckets and what is counted."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from contracts import attempts, curves, rows, views
from yoloscope import errors
from yoloscope.query import bucketing, series
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports, ports_view

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


class _Held:
    """A store and a catalogue of runs that each have the same parts of one series."""

    def __init__(self, *parts: views.Part, starts: Sequence[int | None] = (None, None)) -> None:
        self.of_run = views.HeldView(rows.LOSS, parts)
        self.asked: list[str] = []
        self._attempts = tuple(
            ports.AttemptInfo(number, rows.WRITER, number - 1, 0, 0, None, step)
            for number, step in enumerate(starts, 1)
        )

    def some_runs(self, runs: Sequence[ids.RunId]) -> list[ports.RunInfo]:
        self.asked.append("some_runs")
        ended = dict.fromkeys(("ended_ns", "end_reason", "exit_code"))
        sections = {name: {} for name in ("config", "settings", "provenance", "progress", "life", "lost")}
        return [
            ports.RunInfo(
                row.RunRef(run, rows.PROJECT, "r", 1),
                "running",
                1,
                1,
                **ended,
                **sections,
                deferred=0,
                attempts=self._attempts,
            )
            for run in reversed(runs)
        ]

    def run_stats(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, ports.RunStat]:
        self.asked.append("run_stats")
        return {}

    def view(self, project: ids.ProjectName, run: ids.RunId) -> ports_view.ViewContext:
        return self.of_run.opened()

    def ask(self, *runs: str, **window: object) -> list[series.Columns]:
        asked = series.Window(**{"x": "step", "buckets": 0, **window})
        return series.series_columns(self, self, runs=runs or (rows.RUN,), names=[rows.LOSS], window=asked)


def test_a_group_whose_rows_do_not_stand_as_they_were_logged_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0)
    rest = (7, math.nan, 0)
    held = _Held(views.Part((views.Held(0, 1, *rest, 5, 1.0), views.Held(1, 1, *rest, 4, 2.0)), group_rows=2))
    (loss,) = held.ask(buckets=1)
    assert (_listed(loss.first), _listed(loss.last)) == ([2.0], [1.0])


@pytest.mark.parametrize("cut", [3, 2])
def test_an_attempt_that_nobody_told_of_began_with_its_first_row(cut: int) -> None:
    some = [views.Held(at, 1 if at < 3 else 7, at, math.nan, 0, 100 * SECOND + at * SECOND, 1.0) for at in range(6)]
    held = _Held(views.part(some[:cut], group_rows=2), views.part(some[cut:], group_rows=2), starts=[None])
    (loss,) = held.ask(x="elapsed")
    assert loss.x.tolist() == [0.0, 1.0, 2.0, 100.0, 101.0, 102.0]  # the oldest first, whenever it was


def _part(*steps: int, attempt: int = 1, group_rows: int = 4) -> views.Part:
    some = [views.Held(step, attempt, step, step / 10, step, step, float(step % 7)) for step in steps]
    return views.part(some, group_rows=group_rows)


def test_many_runs_are_asked_for_at_once_and_answered_in_order() -> None:
    held = _Held(_part(*range(5)))
    found = held.ask(*(f"r{at}" for at in range(100)), x="elapsed")
    assert [one.run for one in found] == [f"r{at}" for at in range(100)]
    assert held.asked == ["some_runs", "run_stats"]


@pytest.mark.parametrize("buckets", [0, 3])
def test_parts_outside_of_the_window_are_not_read(buckets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0)
    held = _Held(*(_part(*range(10 * at, 10 * at + 10)) for at in range(6)))
    (loss,) = held.ask(lo=25, hi=34, buckets=buckets)
    assert (loss.total, loss.without_x) == (10, 0)
    assert set(held.of_run.read) == {2, 3}


@pytest.mark.parametrize(("which", "total", "read"), [("kept", 35, {2}), ("superseded", 15, {2}), ("all", 50, set())])
def test_parts_that_tell_by_themselves_what_is_hidden_are_not_read(
    monkeypatch: pytest.MonkeyPatch, which: str, total: int, read: set[int]
) -> None:
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0)
    first = [_part(*range(10 * at, 10 * at + 10)) for at in range(4)]
    again = _part(*range(100, 110), attempt=2)
    held = _Held(*first, again, starts=[None, 25])
    (loss,) = held.ask(buckets=3, which=which)
    assert (loss.total, set(held.of_run.read)) == (total, read)


def test_buckets_of_a_smooth_series_are_as_many_as_asked_and_read_no_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0.1)
    held = _Held(*(_part(*range(500 * at, 500 * at + 500)) for at in range(4)))
    (loss,) = held.ask(buckets=100)
    assert (len(loss.x), loss.total, held.of_run.read) == (100, 2_000, [])
    assert _listed(loss.count) == [20] * 100


def test_around_a_pause_buckets_are_as_fine_as_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0)
    held = _Held(_part(*range(10), *range(1_000, 1_010)))
    (loss,) = held.ask(buckets=10)
    assert (loss.x.tolist(), _listed(loss.x_end)) == ([0.0, 1_000.0], [9.0, 1_009.0])


def test_what_was_thinned_is_told(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    values = [float(at % 50) for at in range(200)]
    stores.series.append(rows.PROJECT, [rows.lane(rows.column(values))]).result()
    stores.series.seal(rows.PROJECT, rows.RUN)
    assert [_ask(stores, x="step", buckets=buckets)[0].thinned for buckets in (0, 1)] == [False, False]
    stores.series.thin(rows.PROJECT, rows.RUN)
    raw, bucket = (_ask(stores, x="step", buckets=buckets)[0] for buckets in (0, 1))
    assert (raw.thinned, raw.total) == (True, len(raw.x))
    assert raw.x.tolist() == [0, 49, 63, 64, 99, 100, 127, 128, 149, 150, 191, 192, 199]
    assert _listed(raw.y) == [values[int(x)] for x in raw.x]
    assert (bucket.thinned, bucket.total, _listed(bucket.mean)) == (True, 200, [sum(values) / 200])
    (edge,) = _ask(stores, x="step", buckets=1, lo=10, hi=191)
    assert (edge.total, edge.x.tolist(), _listed(edge.x_end)) == (2 + 128, [49.0], [191.0])


@pytest.mark.slow
@pytest.mark.parametrize("axis", ["step", "epoch", "time", "elapsed"])
def test_groups_of_real_size_tell_what_all_points_do(stores: opening.Stores, axis: series.XAxis) -> None:
    """Two attempts, the second of which goes back; out of order at times, with NaN, in blocks, in the log and on its way."""
    stores.catalog.open_run(REF)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    attempts.begin(stores, row.AttemptRef(1, wall_ns=1, mono_ns=0, start_step=20_000))
    random = np.random.default_rng(5)
    for attempt, first, count in ((1, 0, 12_500), (1, 12_500, 12_500), (2, 20_000, 30_000), (2, 50_000, 3_000)):
        step = first + np.arange(count)
        step[random.random(count) < 0.001] -= 40
        values = np.where(random.random(count) < 0.01, np.nan, random.normal(size=count))
        ticks = ((attempt * 100_000 + first + np.arange(count)) * SECOND).tolist()
        sent = rows.matrix(values[:, None].tolist(), steps=step.tolist(), epochs=(step // 100).tolist(), mono_ns=ticks)
        stores.series.append(rows.PROJECT, [rows.lane(sent, attempt=attempt, first_seq=None)]).result()
        if first != 50_000:
            stores.series.seal(rows.PROJECT, rows.RUN)
    for edges in ({}, {"lo": 10_000.5, "hi": 45_678.0} if axis == "step" else {}):
        (every,) = _ask(stores, x=axis, **edges)
        (shown,) = _ask(stores, x=axis, buckets=100, **edges)
        assert (every.total, every.total) == (len(every.x), shown.total)
        assert (80 if axis in {"step", "epoch"} else 20) <= len(shown.x) <= 100  # the clock stands between the attempts
        assert every.y is not None
        curves.check(shown, every.x.tolist(), every.y.tolist())
