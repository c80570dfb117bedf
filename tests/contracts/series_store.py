"""What every series store keeps to. A back end inherits `SeriesStoreContract` and says how it is opened."""

import math
import struct
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contracts import rows, series_keeping, series_views
from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.store import ports

OTHER = ids.RunId("r2")
_AXIS = ("step", "epoch", "wall_ns", "mono_ns")


def start(number: int, *, wall_ns: int, step: int | None = None, epoch: float | None = None) -> supersede.Start:
    """Return the beginning of an attempt of a process of its own."""
    return supersede.Start(number, ids.WriterId(f"{number:032x}"), 0, wall_ns, epoch, step)


class SeriesStoreContract(series_keeping.SeriesKeepingContract, series_views.SeriesViewsContract):
    """The suite; `open` returns a store whose data outlive it."""

    def test_points_come_back_as_they_went(self, store: ports.SeriesStore) -> None:
        sent = rows.matrix([[1.5], [math.nan], [-math.inf]], steps=[7, row.NO_STEP, 9], epochs=[0.5, math.nan, 1.0])
        store.append(rows.PROJECT, [rows.lane(sent, attempt=3)]).result()
        points = store.points(rows.PROJECT, rows.RUN, rows.LOSS)
        assert sent.step == points.step.tobytes()
        assert sent.epoch == points.epoch.tobytes()
        assert sent.wall_ns == points.wall_ns.tobytes()
        assert sent.mono_ns == points.mono_ns.tobytes()
        assert sent.values == points.value.tobytes()
        assert points.attempt.tolist() == [3, 3, 3]

    def test_columns_have_the_promised_types(self, store: ports.SeriesStore) -> None:
        empty = store.points(rows.PROJECT, rows.RUN, rows.LOSS)
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
        for points in (empty, store.points(rows.PROJECT, rows.RUN, rows.LOSS)):
            dtypes = [points.step.dtype, points.epoch.dtype, points.attempt.dtype, points.value.dtype]
            assert [np.int64, np.float64, np.int32, np.float64] == dtypes

    def test_an_append_says_where_its_lanes_stand_and_what_is_new(self, store: ports.SeriesStore) -> None:
        lanes = [
            rows.lane(rows.column([1.0, 2.0]), row.Skip(5), row.Updated("config", {})),
            rows.lane(rows.column([3.0]), lane=7, run=OTHER),
        ]
        appended = store.append(rows.PROJECT, lanes).result()
        assert appended.next_seq == {(rows.WRITER, 0): 8, (rows.WRITER, 7): 1}
        assert appended.new_rows == {rows.RUN: 2, OTHER: 1}
        assert store.positions(rows.PROJECT, rows.WRITER) == {0: 8, 7: 1}

    def test_what_is_sent_again_is_stored_once(self, store: ports.SeriesStore) -> None:
        sent = rows.lane(rows.column([1.0, 2.0]))
        store.append(rows.PROJECT, [sent]).result()
        again = store.append(rows.PROJECT, [sent]).result()
        assert again.new_rows == {rows.RUN: 0}
        assert again.next_seq == {(rows.WRITER, 0): 2}
        assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0]

    def test_an_overlap_is_cut_inside_a_matrix(self, store: ports.SeriesStore) -> None:
        both = ("a", "b")
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[1, 10], [2, 20]], names=both))]).result()
        overlap = rows.matrix([[2, 20], [3, 30]], names=both, steps=[1, 2])
        appended = store.append(rows.PROJECT, [rows.lane(overlap, first_seq=1)]).result()
        assert appended.new_rows == {rows.RUN: 1}
        assert store.points(rows.PROJECT, rows.RUN, "b").value.tolist() == [10, 20, 30]
        assert store.points(rows.PROJECT, rows.RUN, "b").step.tolist() == [0, 1, 2]

    def test_the_same_lane_twice_in_one_append_is_one_lane(self, store: ports.SeriesStore) -> None:
        lanes = [rows.lane(rows.column([1.0, 2.0])), rows.lane(rows.column([2.0, 3.0]), first_seq=1)]
        assert store.append(rows.PROJECT, lanes).result().new_rows == {rows.RUN: 3}
        assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0, 3.0]

    def test_a_gap_stores_nothing_of_its_append(self, store: ports.SeriesStore) -> None:
        lanes = [rows.lane(rows.column([1.0])), rows.lane(rows.column([2.0]), lane=1, first_seq=4)]
        with pytest.raises(errors.SequenceGap) as gap:
            store.append(rows.PROJECT, lanes).result()
        assert (f"{rows.WRITER}/1", 0, 4) == (gap.value.lane, gap.value.expected, gap.value.got)
        assert store.positions(rows.PROJECT, rows.WRITER) == {}
        assert store.series(rows.PROJECT, rows.RUN) == []

    def test_no_first_sequence_means_wherever_the_lane_stands(self, store: ports.SeriesStore) -> None:
        for value in (1.0, 2.0):
            store.append(rows.PROJECT, [rows.lane(rows.column([value]), first_seq=None)]).result()
        assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0]
        assert store.positions(rows.PROJECT, rows.WRITER) == {0: 2}

    def test_appends_in_flight_at_once_are_each_stored(self, store: ports.SeriesStore) -> None:
        futures = [
            store.append(rows.PROJECT, [rows.lane(rows.column([float(n)]), first_seq=n)]) for n in (0, 1, 5, 2, 1, 3)
        ]
        gaps = [type(future.exception()) for future in futures]
        assert [type(None), type(None), errors.SequenceGap, *[type(None)] * 3] == gaps
        assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [0.0, 1.0, 2.0, 3.0]

    def test_sealing_changes_no_answer(self, store: ports.SeriesStore) -> None:
        sent = [rows.matrix([[0.1, 5], [math.nan, 6]], names=("a", "b")), rows.column([7, 8], name="b", first_step=9)]
        store.append(rows.PROJECT, [rows.lane(*sent)]).result()
        before = _answers(store)
        assert store.seal(rows.PROJECT, rows.RUN) == 4
        assert before == _answers(store)
        assert store.seal(rows.PROJECT, rows.RUN) == 0

    def test_order_of_arrival_survives_sealing_between_shapes(self, store: ports.SeriesStore) -> None:
        sent = [rows.column([1, 2], name="b"), rows.matrix([[0, 3]], names=("a", "b")), rows.column([4], name="b")]
        store.append(rows.PROJECT, [rows.lane(*sent)]).result()
        store.seal(rows.PROJECT, rows.RUN)
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[0, 5]], names=("a", "b")), first_seq=4)]).result()
        store.append(rows.PROJECT, [rows.lane(rows.column([6], name="b"), first_seq=5)]).result()
        assert store.points(rows.PROJECT, rows.RUN, "b").value.tolist() == [1, 2, 3, 4, 5, 6]

    def test_a_series_keeps_last_extremes_and_counts(self, store: ports.SeriesStore) -> None:
        values = [math.nan, 3.0, 1.0, 1.0, 9.0, 9.0, math.nan]
        sent = rows.matrix([[v] for v in values], epochs=[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
        store.append(rows.PROJECT, [rows.lane(sent)]).result()
        (stat,) = store.series(rows.PROJECT, rows.RUN)
        assert (stat.name, stat.count, stat.nan_count) == (rows.LOSS, 7, 2)
        assert (math.isnan(stat.last), stat.last_step, stat.last_epoch) == (True, 6, 3.0)
        assert (stat.min, stat.min_step, stat.min_epoch) == (1.0, 2, 1.0)
        assert (stat.max, stat.max_step, stat.max_epoch) == (9.0, 4, 2.0)

    def test_the_first_to_reach_an_extreme_keeps_it_across_appends(self, store: ports.SeriesStore) -> None:
        for seq, value in enumerate([2.0, 1.0, 1.0, 3.0, 3.0]):
            sent = rows.lane(rows.column([value], first_step=10 * seq), first_seq=seq)
            store.append(rows.PROJECT, [sent]).result()
        (stat,) = store.series(rows.PROJECT, rows.RUN)
        assert (stat.min, stat.min_step, stat.max, stat.max_step) == (1.0, 10, 3.0, 30)
        assert (stat.last, stat.last_step) == (3.0, 40)

    def test_infinities_are_extremes_and_nan_is_none(self, store: ports.SeriesStore) -> None:
        sent = rows.matrix([[math.nan, math.nan], [math.inf, math.nan]], names=("a", "b"))
        store.append(rows.PROJECT, [rows.lane(sent)]).result()
        of_inf, of_nan = store.series(rows.PROJECT, rows.RUN)
        assert (math.inf, 1, math.inf, 1) == (of_inf.min, of_inf.min_step, of_inf.max, of_inf.max_step)
        assert math.isnan(of_nan.min)
        assert math.isnan(of_nan.max)
        assert (of_nan.min_step, of_nan.max_step, of_nan.nan_count) == (None, None, 2)

    def test_a_run_keeps_its_totals(self, store: ports.SeriesStore) -> None:
        first = rows.matrix([[1], [2]], steps=[5, row.NO_STEP], epochs=[2.5, math.nan], mono_ns=[100, 900])
        second = rows.matrix([[3]], steps=[3], epochs=[1.5], mono_ns=[400])
        store.append(rows.PROJECT, [rows.lane(first)]).result()
        store.append(rows.PROJECT, [rows.lane(second, attempt=2, first_seq=2)]).result()
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[4]], steps=[row.NO_STEP]), run=OTHER, lane=1)]).result()
        unknown = ids.RunId("never")
        stats = store.run_stats(rows.PROJECT, [rows.RUN, OTHER, unknown])
        day = 10**18
        assert {
            rows.RUN: ports.RunStat(3, 5, 2.5, day + 100, day + 900, {1: 900, 2: 400}),
            OTHER: ports.RunStat(1, None, None, day + 1000, day + 1000, {1: 1000}),
        } == stats

    def test_totals_of_many_runs_are_those_of_each(self, store: ports.SeriesStore) -> None:
        first = rows.matrix([[1.5, math.nan], [0.5, -math.inf]], names=("b", "a"), epochs=[0.5, 1.0])
        store.append(rows.PROJECT, [rows.lane(first), rows.lane(rows.column([3.0]), lane=7, run=OTHER)]).result()
        store.append(rows.PROJECT, [rows.lane(rows.column([2.0], name="c"), first_seq=2)]).result()
        asked = [OTHER, rows.RUN, ids.RunId("none")]
        told = store.totals(rows.PROJECT, asked)
        assert repr(told[rows.RUN]) == repr(store.series(rows.PROJECT, rows.RUN))
        assert repr(told[OTHER]) == repr(store.series(rows.PROJECT, OTHER))
        assert {run: [stat.name for stat in stats] for run, stats in told.items()} == {
            rows.RUN: ["b", "a", "c"],
            OTHER: [rows.LOSS],
        }
        assert store.totals(rows.PROJECT, []) == {}
        assert store.totals(ids.ProjectName("nothing"), asked) == {}

    def test_last_values_are_of_the_last_row_to_arrive(self, store: ports.SeriesStore) -> None:
        sent = rows.lane(rows.matrix([[1, 2]], names=("a", "b")), rows.column([3], name="b"))
        store.append(rows.PROJECT, [sent]).result()
        unknown = ids.RunId("never")
        assert store.last_values(rows.PROJECT, [rows.RUN, unknown]) == {rows.RUN: {"a": 1.0, "b": 3.0}}

    def test_the_last_value_is_the_latest_logged_not_the_last_to_arrive(self, store: ports.SeriesStore) -> None:
        newer = rows.matrix([[7.0]], steps=[90], mono_ns=[900])
        older = rows.matrix([[1.0], [2.0]], steps=[10, 20], mono_ns=[100, 200])
        store.append(rows.PROJECT, [rows.lane(newer)]).result()
        store.append(rows.PROJECT, [rows.lane(older, lane=1)]).result()
        [stat] = store.series(rows.PROJECT, rows.RUN)
        assert (stat.last, stat.last_step, stat.count) == (7.0, 90, 3)
        resumed = rows.matrix([[5.0]], steps=[50], mono_ns=[50])
        store.append(rows.PROJECT, [rows.lane(resumed, lane=2, attempt=2)]).result()
        assert store.last_values(rows.PROJECT, [rows.RUN]) == {rows.RUN: {rows.LOSS: 5.0}}

    def test_totals_leave_out_what_a_later_attempt_superseded(self, store: ports.SeriesStore) -> None:
        names = (rows.LOSS, "system/cpu_percent")
        values = [[5.0, 50], [4.0, 40], [0.5, 99], [math.nan, 10]]
        first = rows.matrix(values, names=names, steps=[0, 1, 2, 3], epochs=[0.5, 1.0, 1.5, 2.0])
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(1, wall_ns=1)])
        store.append(rows.PROJECT, [rows.lane(first)]).result()
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(2, wall_ns=2, step=2, epoch=1.0)])
        loss, cpu = store.series(rows.PROJECT, rows.RUN)
        assert (loss.count, loss.nan_count, loss.last, loss.last_step) == (2, 0, 4.0, 1)
        assert (loss.min, loss.min_step, loss.max, loss.max_step) == (4.0, 1, 5.0, 0)
        assert (cpu.count, cpu.last, cpu.min, cpu.max) == (4, 10.0, 10.0, 99.0)
        stat = store.run_stats(rows.PROJECT, [rows.RUN])[rows.RUN]
        assert (stat.rows, stat.step, stat.epoch, stat.last_mono_ns) == (4, 1, 1.0, {1: 2000})
        late = rows.matrix([[0.1, 1.0], [3.0, 2.0]], names=names, steps=[7, 0], epochs=[9.0, 0.0], mono_ns=[9000, 500])
        again = rows.matrix([[6.0, 60]], names=names, steps=[2], epochs=[1.5], mono_ns=[100])
        store.append(rows.PROJECT, [rows.lane(again, attempt=2, lane=1), rows.lane(late, lane=2)]).result()
        loss, cpu = store.series(rows.PROJECT, rows.RUN)
        assert (loss.count, loss.last, loss.min, loss.min_step, loss.max, loss.max_step) == (4, 6.0, 3.0, 0, 6.0, 2)
        assert (cpu.count, cpu.last, cpu.min) == (7, 60.0, 1.0)
        assert store.last_values(rows.PROJECT, [rows.RUN])[rows.RUN] == {names[0]: 6.0, names[1]: 60.0}
        assert len(store.points(rows.PROJECT, rows.RUN, rows.LOSS).value) == 7

    def test_the_order_of_attempts_is_that_of_their_beginnings(self, store: ports.SeriesStore) -> None:
        """The resumed attempt arrived first, and is the newest; another one is told of before it has rows."""
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(1, wall_ns=20, step=2)])
        store.append(rows.PROJECT, [rows.lane(rows.column([3.0, 4.0], first_step=2))]).result()
        killed = rows.lane(rows.column([1.0, 2.0, 9.0, 9.0]), attempt=2, lane=1)
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(2, wall_ns=10)])
        store.append(rows.PROJECT, [killed]).result()
        [loss] = store.series(rows.PROJECT, rows.RUN)
        assert (loss.count, loss.last, loss.last_step, loss.max) == (4, 4.0, 3, 4.0)
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(3, wall_ns=15, step=0)])
        [loss] = store.series(rows.PROJECT, rows.RUN)
        assert (loss.count, loss.last, loss.min) == (2, 4.0, 3.0)

    def test_a_third_attempt_cuts_what_the_second_left(self, store: ports.SeriesStore) -> None:
        told = [
            start(1, wall_ns=1),
            start(2, wall_ns=2, step=5),
            start(3, wall_ns=3, step=2),
            start(4, wall_ns=4, epoch=0.0),
        ]
        for number in (1, 2, 3):
            sent = rows.column([float(10 * number + step) for step in range(8)])
            store.tell_attempts(rows.PROJECT, rows.RUN, told[:number])
            store.append(rows.PROJECT, [rows.lane(sent, attempt=number, lane=number)]).result()
            store.seal(rows.PROJECT, rows.RUN)
        [loss] = store.series(rows.PROJECT, rows.RUN)
        assert (loss.count, loss.min, loss.last) == (2 + 2 + 8, 10.0, 37.0)
        store.tell_attempts(rows.PROJECT, rows.RUN, told)
        assert [loss] == store.series(rows.PROJECT, rows.RUN), "rows without an epoch stand at no epoch"

    def test_what_is_counted_again_keeps_the_first_to_reach_an_extreme(self, store: ports.SeriesStore) -> None:
        """Rows of two shapes take turns; those of one are in a block, those of the other are not."""
        both = (rows.LOSS, "b")
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(1, wall_ns=1)])
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0], first_step=3))]).result()
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[1.0, 2]], names=both, steps=[4]), first_seq=1)]).result()
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 7.0], first_step=5), first_seq=2)]).result()
        before = store.series(rows.PROJECT, rows.RUN)[0]
        store.seal(rows.PROJECT, rows.RUN)
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[1.0, 2]], names=both, steps=[2]), first_seq=4)]).result()
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(2, wall_ns=2, step=6)])
        after = store.series(rows.PROJECT, rows.RUN)[0]
        assert (before.min, before.min_step, before.max_step) == (1.0, 3, 6)
        assert (after.min, after.min_step, after.max, after.max_step, after.count) == (1.0, 3, 1.0, 3, 4)

    def test_telling_again_changes_nothing_and_outlives_the_store(
        self, store: ports.SeriesStore, tmp_path: Path
    ) -> None:
        told = [start(1, wall_ns=1), start(2, wall_ns=2, step=1)]
        store.tell_attempts(rows.PROJECT, rows.RUN, told)
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
        before = _answers(store)
        store.tell_attempts(rows.PROJECT, rows.RUN, told[:1])
        assert before == _answers(store)
        store.close()
        again = self.open(tmp_path)
        again.tell_attempts(rows.PROJECT, rows.RUN, told)
        again.append(rows.PROJECT, [rows.lane(rows.column([9.0], first_step=1), first_seq=2)]).result()
        [loss] = again.series(rows.PROJECT, rows.RUN)
        assert (loss.count, loss.last) == (1, 1.0)
        again.close()

    def test_other_ranks_lose_what_they_logged_before_an_attempt_began(self, store: ports.SeriesStore) -> None:
        of_rank = msgspec.structs.replace(start(2, wall_ns=10**18 - 1), rank=1, start_step=0)
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(1, wall_ns=10**18), of_rank])
        ticks = rows.matrix([[1.0], [2.0], [3.0]], names=("time/rank.1/batch_s",), steps=[5, 10, 10], mono_ns=[1, 2, 9])
        main = rows.matrix([[7.0]], steps=[3])
        store.append(rows.PROJECT, [rows.lane(ticks, attempt=2, lane=1), rows.lane(main)]).result()
        store.tell_attempts(rows.PROJECT, rows.RUN, [start(3, wall_ns=10**18 + 5, step=10)])
        time, loss = store.series(rows.PROJECT, rows.RUN)
        assert (time.count, time.last, time.max, loss.count) == (2, 3.0, 3.0, 1)
        assert store.run_stats(rows.PROJECT, [rows.RUN])[rows.RUN].step == 3

    def test_projects_do_not_see_each_other(self, store: ports.SeriesStore) -> None:
        projects = [ids.ProjectName(name) for name in ("Signs", "signs", "标志 signs", "con", "a.b", "标" * 64)]
        for number, project in enumerate(projects):
            store.append(project, [rows.lane(rows.column([float(number)]))]).result()
        stored = [store.points(project, rows.RUN, rows.LOSS).value.tolist() for project in projects]
        assert stored == [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]

    def test_rows_come_back_whole_in_order_of_arrival_sealed_or_not(self, store: ports.SeriesStore) -> None:
        nan_bits = 0x7FF8_0000_0000_1234 if store.capabilities.keeps_nan_payloads else 0x7FF8_0000_0000_0000
        nan = struct.unpack("<d", struct.pack("<Q", nan_bits))[0]
        both = rows.matrix([[-0.0, 5], [nan, 6]], names=("b", "a"), steps=[7, row.NO_STEP])
        sent = [(1, rows.column([1, 2], name="b")), (1, both), (2, rows.column([math.inf], name="b")), (2, both)]
        sent += [(1, rows.matrix([[8, 9]], names=("a", "b"), epochs=[0.25]))]
        for number, (attempt, matrix) in enumerate(sent):
            seq = sum(one.rows for _, one in sent[:number])
            store.append(rows.PROJECT, [rows.lane(matrix, attempt=attempt, first_seq=seq)]).result()
            if number == 2:
                store.seal(rows.PROJECT, rows.RUN)
        assert _rows_one_by_one(sent) == _rows_one_by_one(store.rows(rows.PROJECT, rows.RUN))
        store.seal(rows.PROJECT, rows.RUN)
        assert _rows_one_by_one(sent) == _rows_one_by_one(store.rows(rows.PROJECT, rows.RUN))

    @pytest.mark.parametrize("sealed", [0, 2, 4])
    def test_rows_from_a_place_on_are_those_behind_it(self, store: ports.SeriesStore, sealed: int) -> None:
        both = rows.matrix([[1, 2], [3, 4], [5, 6]], names=("b", "a"))
        sent = [(1, rows.column([1, 2, 3])), (1, both), (2, rows.column([7, 8])), (2, both)]
        for number, (attempt, matrix) in enumerate(sent):
            seq = sum(one.rows for _, one in sent[:number])
            store.append(rows.PROJECT, [rows.lane(matrix, attempt=attempt, first_seq=seq)]).result()
            if number + 1 == sealed:
                store.seal(rows.PROJECT, rows.RUN)
        whole = _rows_one_by_one(sent)
        for start in range(len(whole) + 2):
            assert whole[start:] == _rows_one_by_one(store.rows(rows.PROJECT, rows.RUN, start=start))

    def test_rows_read_while_others_come_and_are_sealed_are_each_told_once(self, store: ports.SeriesStore) -> None:
        for seq in range(0, 200, 2):
            lane = rows.lane(rows.column([seq]), rows.column([seq], name="b"), first_seq=seq)
            store.append(rows.PROJECT, [lane]).result()
        told = store.rows(rows.PROJECT, rows.RUN)
        first = [next(told) for _ in range(70)]
        store.append(rows.PROJECT, [rows.lane(rows.column([200]), first_seq=200)]).result()
        store.seal(rows.PROJECT, rows.RUN)
        second = [next(told) for _ in range(70)]
        store.append(rows.PROJECT, [rows.lane(rows.column([201]), first_seq=201)]).result()
        found = _rows_one_by_one([*first, *second, *told])
        names = (rows.LOSS, "b")
        expected = [(names[number % 2], struct.pack("<d", number - number % 2)) for number in range(200)]
        assert expected == [(name, values) for _, (name,), *_, values in found]

    def test_asking_for_what_never_came_answers_nothing(self, store: ports.SeriesStore) -> None:
        project = ids.ProjectName("never")
        assert len(store.points(project, rows.RUN, rows.LOSS).value) == 0
        assert store.series(project, rows.RUN) == []
        assert list(store.rows(project, rows.RUN)) == []
        assert store.run_stats(project, [rows.RUN]) == {}
        assert store.last_values(project, [rows.RUN]) == {}
        assert store.positions(project, rows.WRITER) == {}
        assert store.seal(project, rows.RUN) == 0

    def test_everything_outlives_the_store(self, store: ports.SeriesStore, tmp_path: Path) -> None:
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[1, 2]], names=("a", "b")))]).result()
        store.seal(rows.PROJECT, rows.RUN)
        store.append(rows.PROJECT, [rows.lane(rows.column([3], name="b"), first_seq=1)]).result()
        before = _answers(store)
        store.close()
        again = self.open(tmp_path)
        assert before == _answers(again)
        again.append(rows.PROJECT, [rows.lane(rows.column([4], name="b"), first_seq=2)]).result()
        assert again.points(rows.PROJECT, rows.RUN, "b").value.tolist() == [2, 3, 4]
        again.close()

    def test_closing_finishes_what_was_accepted_and_refuses_the_rest(
        self, store: ports.SeriesStore, tmp_path: Path
    ) -> None:
        futures = [store.append(rows.PROJECT, [rows.lane(rows.column([1.0]), first_seq=n)]) for n in range(20)]
        store.close()
        store.close()
        assert [future.result().next_seq[rows.WRITER, 0] for future in futures][-1] == 20
        with pytest.raises(errors.StoreError):
            store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
        again = self.open(tmp_path)
        assert len(again.points(rows.PROJECT, rows.RUN, rows.LOSS).value) == 20
        again.close()


def _rows_one_by_one(told: Iterable[tuple[int, row.Matrix]]) -> list[tuple[object, ...]]:
    """Return attempt, names and bytes of each row, however they came together."""
    return [
        (attempt, matrix.names, *(getattr(matrix, column)[8 * at : 8 * at + 8] for column in _AXIS), values)
        for attempt, matrix in told
        for at in range(matrix.rows)
        for values in [matrix.values[8 * len(matrix.names) * at : 8 * len(matrix.names) * (at + 1)]]
    ]


def _answers(store: ports.SeriesStore) -> list[object]:
    """Return everything the store says of the run, comparable even where it is NaN."""
    stats = store.series(rows.PROJECT, rows.RUN)
    columns = [store.points(rows.PROJECT, rows.RUN, stat.name) for stat in stats]
    return [
        repr(stats),
        [[getattr(points, field).tobytes() for field in points.__struct_fields__] for points in columns],
        repr(store.run_stats(rows.PROJECT, [rows.RUN])),
        repr(store.last_values(rows.PROJECT, [rows.RUN])),
        store.positions(rows.PROJECT, rows.WRITER),
    ]
