"""Rows of the run table and the run page, and that the HTTP schemas take them as they are."""

import math

import msgspec
import pytest

from contracts import attempts, rows
from yoloscope import errors
from yoloscope.query import facts, runs, table, table_page
from yoloscope.records import ids, row, state
from yoloscope.server import schemas, table_schemas
from yoloscope.store import open as opening

SECOND = 1_000_000_000
REF = row.RunRef(rows.RUN, rows.PROJECT, "first", 10**18, tags=("a",), group="g", host="h", framework="f")
NAMES = (rows.LOSS, "metrics/mAP50", "lr/weight", "system/cpu_percent")
MAP50 = "metrics/mAP50"
NOW_NS = 10**18


def _trained(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=SECOND))
    progress = {"epochs": 10, "best_epoch": 1, "patience_left": 3}
    stores.catalog.apply(rows.RUN, [row.Updated("progress", progress), row.Updated("config", {"lr0": 0.1})])
    values = [[3.0, 0.2, 0.1, 50.0], [1.0, 0.4, 0.1, 60.0], [2.0, math.nan, math.inf, 70.0]]
    sent = rows.matrix(
        values, names=NAMES, steps=[0, 10, 20], epochs=[0.0, 1.0, 2.5], mono_ns=[SECOND, 2 * SECOND, 6 * SECOND]
    )
    stores.series.append(rows.PROJECT, [rows.lane(sent)]).result()


def _page(stores: opening.Stores, *, now_ns: int = NOW_NS, **asked: object) -> table_page.Page:
    snapshot = table.Table(stores.series, stores.catalog).now()
    return table_page.page(table_page.Question(**asked), snapshot=snapshot, now_ns=now_ns)


def _row(stores: opening.Stores, *, now_ns: int = NOW_NS) -> facts.RunRow:
    detail = _detail(stores, now_ns=now_ns)
    return facts.RunRow(**{name: getattr(detail, name) for name in facts.RunRow.__struct_fields__})


def test_a_row_says_how_far_the_run_is(stores: opening.Stores) -> None:
    _trained(stores)
    found = _row(stores)
    assert (found.epoch, found.epochs, found.step, found.rows, found.attempt) == (2, 10, 20, 3, 1)
    assert (found.elapsed_s, found.eta_s) == (5.0, 15.0)
    assert (found.best_epoch, found.patience_left) == (1, 3)
    assert found.created == "2001-09-09T01:46:40.000Z"
    assert (found.tags, found.group, found.host, found.framework) == (["a"], "g", "h", "f")


def test_last_values_are_those_of_training_and_nothing_is_dropped(stores: opening.Stores) -> None:
    _trained(stores)
    assert _row(stores).last == {rows.LOSS: 2.0, MAP50: "NaN", "lr/weight": "Infinity"}


def test_only_a_running_run_has_time_left(stores: opening.Stores) -> None:
    _trained(stores)
    stores.catalog.apply(rows.RUN, [row.Ended("finished", 10**18)])
    found = _row(stores)
    assert (found.state, found.eta_s, found.ended) == ("finished", None, "2001-09-09T01:46:40.000Z")


def test_a_resumed_run_is_as_far_as_its_newest_attempt(stores: opening.Stores) -> None:
    _trained(stores)
    number = attempts.begin(stores, row.AttemptRef(1, wall_ns=1, mono_ns=0, start_epoch=1.0))
    before = _row(stores)
    assert (before.epoch, before.step, before.elapsed_s, before.eta_s, before.attempt) == (1, 0, 0.0, None, 2)
    assert before.last == {rows.LOSS: 3.0, MAP50: 0.2, "lr/weight": 0.1}
    again = rows.matrix([[1.0]], steps=[11], epochs=[1.5], mono_ns=[SECOND])
    stores.series.append(rows.PROJECT, [rows.lane(again, attempt=number, first_seq=3)]).result()
    after = _row(stores)
    assert (after.epoch, after.step, after.elapsed_s, after.eta_s, after.rows) == (1, 11, 1.0, 17.0, 4)
    loss = runs.series_infos(stores.series, stores.catalog, run=rows.RUN)[0]
    assert (loss.last, loss.count, loss.best, loss.best_step, loss.max) == (1.0, 2, 1.0, 11, 3.0)


def test_a_series_that_was_superseded_as_a_whole_has_no_last_value(stores: opening.Stores) -> None:
    _trained(stores)
    attempts.begin(stores, row.AttemptRef(1, wall_ns=1, mono_ns=0, start_step=0))
    loss, *_, cpu = runs.series_infos(stores.series, stores.catalog, run=rows.RUN)
    assert (loss.name, loss.count, loss.last, loss.min, loss.best) == (rows.LOSS, 0, None, None, None)
    assert (cpu.count, cpu.last) == (3, 70.0)
    assert (_row(stores).last, _row(stores).step, _row(stores).elapsed_s) == ({}, None, None)


def test_elapsed_adds_up_what_is_kept_of_all_attempts(stores: opening.Stores) -> None:
    _trained(stores)
    resumed = row.AttemptRef(1, wall_ns=1, mono_ns=100 * SECOND, start_step=15)
    number = attempts.begin(stores, resumed)
    again = rows.matrix([[1.0]], steps=[15], epochs=[1.5], mono_ns=[103 * SECOND])
    stores.series.append(rows.PROJECT, [rows.lane(again, attempt=number, first_seq=3)]).result()
    assert _row(stores).elapsed_s == 1.0 + 3.0


OTHER = ids.WriterId("f" * 32)


def _detail(stores: opening.Stores, *, now_ns: int = NOW_NS) -> runs.RunDetail:
    return runs.run_detail(stores.series, stores.catalog, run=rows.RUN, now_ns=now_ns)


def test_the_page_of_a_run_lists_its_attempts_in_order_of_time(stores: opening.Stores) -> None:
    _trained(stores)
    day = 10**18
    stores.catalog.apply(rows.RUN, [row.Updated("provenance", {"commit": "a"})])
    stores.catalog.observe(rows.RUN, rows.WRITER, now_ns=day, lost={}, alive=False)
    resumed = row.AttemptRef(0, wall_ns=day + SECOND, mono_ns=0, start_epoch=2.0, start_step=20)
    attempts.begin(stores, resumed, writer=OTHER)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=day + SECOND, mono_ns=0), writer=ids.WriterId("e" * 32), rank=1)
    stores.catalog.apply(rows.RUN, [row.Updated("life", {"oom_kills": 1}), row.Ended("failed", day + 2 * SECOND)])
    found = _detail(stores)
    assert (found.attempt, found.life, found.provenance) == (2, {"oom_kills": 1}, {"commit": "a"})
    first, second = found.attempts
    assert (first.number, first.state, first.end_reason) == (1, "crashed", "ended without finish")
    assert (first.started, first.ended) == ("1970-01-01T00:00:00.000Z", "2001-09-09T01:46:40.000Z")
    assert (first.provenance, first.life) == ({"commit": "a"}, {})
    assert (second.number, second.state, second.started) == (2, "failed", "2001-09-09T01:46:41.000Z")
    assert (second.start_epoch, second.start_step, second.ended) == (2.0, 20, "2001-09-09T01:46:42.000Z")


def test_an_attempt_that_nobody_saw_end_is_over_when_the_next_begins(stores: opening.Stores) -> None:
    _trained(stores)
    stores.catalog.observe(rows.RUN, rows.WRITER, now_ns=NOW_NS, lost={}, alive=True)
    attempts.begin(stores, row.AttemptRef(1, wall_ns=SECOND, mono_ns=0, start_step=0))
    again = _detail(stores).attempts
    assert [(one.state, one.ended) for one in again] == [("stopped", "1970-01-01T00:00:01.000Z"), ("running", None)]
    attempts.begin(stores, row.AttemptRef(0, wall_ns=NOW_NS, mono_ns=0, start_step=9), writer=OTHER)
    stores.catalog.observe(rows.RUN, rows.WRITER, now_ns=NOW_NS + SECOND, lost={}, alive=True)
    assert [one.state for one in _detail(stores).attempts] == ["stopped", "running", "running"]
    later = _detail(stores, now_ns=NOW_NS + 100 * SECOND)
    assert [one.state for one in later.attempts] == ["stopped", "stopped", "unreachable"]
    assert later.state == "unreachable"


def test_a_process_that_resumes_is_one_attempt_from_its_beginning_on(stores: opening.Stores) -> None:
    _trained(stores)
    opened = row.AttemptRef(0, wall_ns=10, mono_ns=0)
    stores.catalog.open_attempt(rows.RUN, OTHER, opened, has_rows=False)
    assert [one.number for one in _detail(stores).attempts] == [1, 2]
    stores.catalog.open_attempt(rows.RUN, OTHER, row.AttemptRef(1, 11, 0, 2.0, 20), has_rows=False)
    stores.catalog.apply(rows.RUN, [row.Updated("provenance", {"commit": "b"})], attempt=2)
    found = _detail(stores).attempts
    assert [(one.number, one.start_step) for one in found] == [(1, None), (2, 20)]
    assert found[1].provenance == {"commit": "b"}


def test_what_is_left_of_a_killed_attempt_keeps_no_silent_run_alive(stores: opening.Stores) -> None:
    _trained(stores)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=NOW_NS, mono_ns=0, start_step=9), writer=OTHER)
    stores.catalog.observe(rows.RUN, OTHER, now_ns=NOW_NS, lost={}, alive=True)
    later_ns = NOW_NS + 100 * SECOND
    stores.catalog.observe(rows.RUN, rows.WRITER, now_ns=later_ns, lost={}, alive=False)
    assert (_detail(stores, now_ns=later_ns).state, _row(stores).state) == ("unreachable", "running")


@pytest.mark.parametrize(("epoch", "completed"), [(3 - 1e-12, 3), (2.999, 2), (0.0, 0)])
def test_an_epoch_summed_up_from_batches_counts_as_completed(
    stores: opening.Stores, epoch: float, completed: int
) -> None:
    stores.catalog.open_run(REF)
    stores.series.append(rows.PROJECT, [rows.lane(rows.matrix([[1.0]], epochs=[epoch]))]).result()
    assert completed == _row(stores).epoch


def test_a_run_without_rows_has_a_row(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    found = _row(stores)
    assert (
        found.state,
        found.epoch,
        found.step,
        found.elapsed_s,
        found.rows,
        found.attempt,
        found.last,
    ) == ("queued", 0, None, None, 0, 0, {})


def test_pages_hold_runs_of_all_projects(stores: opening.Stores) -> None:
    _trained(stores)
    other = row.RunRef(ids.RunId("r2"), ids.ProjectName("other"), "n", 10**18 + 1)
    stores.catalog.open_run(other)
    first = _page(stores, limit=1)
    second = _page(stores, limit=1, cursor=first.next)
    assert (
        [item.id for item in first.items],
        [item.id for item in second.items],
        second.next,
    ) == (["r2"], [rows.RUN], None)
    assert second.items[0].rows == 3


def test_the_best_value_is_by_the_direction_of_the_name(stores: opening.Stores) -> None:
    _trained(stores)
    loss, map50, lr, cpu = runs.series_infos(stores.series, stores.catalog, run=rows.RUN)
    assert (loss.best, loss.best_step, loss.best_epoch) == (1.0, 10, 1.0)
    assert (map50.best, map50.best_step, map50.nan_count, map50.last) == (0.4, 10, 1, "NaN")
    assert (lr.best, lr.min, lr.max) == (None, 0.1, "Infinity")
    assert (cpu.family, cpu.unit, cpu.direction) == ("system", "%", "none")
    assert (loss.title.en, loss.title.zh) == ("Box loss (train)", "边框损失（训练）")


def test_a_series_of_nan_alone_has_no_extremes(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    stores.series.append(rows.PROJECT, [rows.lane(rows.column([math.nan]))]).result()
    (info,) = runs.series_infos(stores.series, stores.catalog, run=rows.RUN)
    assert (info.last, info.min, info.max, info.best) == ("NaN", None, None, None)


def test_the_schemas_take_the_records_as_they_are(stores: opening.Stores) -> None:
    _trained(stores)
    detail = msgspec.to_builtins(runs.run_detail(stores.series, stores.catalog, run=rows.RUN, now_ns=NOW_NS))
    assert detail == schemas.RunDetail(**detail).model_dump()
    page = msgspec.to_builtins(_page(stores, columns="config.lr0", aggregates="lr/weight"))
    assert page == table_schemas.RunPage(**page).model_dump()


def test_unknown_runs_are_not_found(stores: opening.Stores) -> None:
    with pytest.raises(errors.NotFound):
        runs.run_detail(stores.series, stores.catalog, run=rows.RUN, now_ns=NOW_NS)
    with pytest.raises(errors.NotFound):
        runs.series_infos(stores.series, stores.catalog, run=rows.RUN)


def test_a_run_that_fell_silent_is_unreachable_until_it_is_heard_of_again(stores: opening.Stores) -> None:
    _trained(stores)

    def told(now_ns: int) -> tuple[str, float | None]:
        found = _row(stores, now_ns=now_ns)
        [row_of_table] = msgspec.to_builtins(_page(stores, now_ns=now_ns).items)
        assert row_of_table == msgspec.to_builtins(found) | {"values": {}}
        return found.state, found.eta_s

    later_ns = NOW_NS + 60 * SECOND + 1
    assert [told(NOW_NS + 60 * SECOND), told(later_ns)] == [("running", 15.0), ("unreachable", None)]
    stores.catalog.observe(rows.RUN, rows.WRITER, now_ns=later_ns, lost={}, alive=True)
    assert told(later_ns) == ("running", 15.0)


def test_an_infinite_epoch_hides_no_later_one(stores: opening.Stores) -> None:
    stores.catalog.open_run(REF)
    stores.series.append(rows.PROJECT, [rows.lane(rows.matrix([[1.0], [2.0]], epochs=[math.inf, 3.0]))]).result()
    assert _row(stores).epoch == 3


def test_a_plain_client_that_sends_rows_of_long_ago_is_heard_of_now(stores: opening.Stores) -> None:
    """Each start of the server is an attempt of such a run, which begins when the first of its rows says."""
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "first", 1, framework=state.PLAIN_LOG))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=NOW_NS, mono_ns=0))
    stores.catalog.observe(rows.RUN, rows.WRITER, now_ns=NOW_NS, lost={}, alive=None)
    attempts.begin(stores, row.AttemptRef(0, wall_ns=NOW_NS - SECOND, mono_ns=0), writer=OTHER)
    later_ns = NOW_NS + 2 * state.STALLED_NS
    stores.catalog.observe(rows.RUN, OTHER, now_ns=later_ns, lost={}, alive=None)
    found = _detail(stores, now_ns=later_ns)
    assert (found.state, found.attempts[-1].state) == ("running", "running")
    assert _detail(stores, now_ns=later_ns + 2 * state.STALLED_NS).state == "stalled"
