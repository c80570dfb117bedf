import math
import zlib

import numpy as np
import pytest
from benchmarks import diagnosing
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.diagnose import hand

from yoloscope import errors
from yoloscope.curves import robust
from yoloscope.diagnose import engine, facts, thresholds
from yoloscope.diagnose.memory import blocks, course, stream, track, words
from yoloscope.records import logged

NAN, INF = math.nan, math.inf
RULELESS = ()


def tracked(values, *, first=1, cut=0) -> track.Track:
    place = track.Place()
    made = track.Track(place, has_course=True)
    for epoch, value in enumerate(values, first):
        made.add(value, epoch=epoch)
        place.epoch = epoch
    place.cut = cut
    return made


def test_a_track_keeps_the_newest_32_and_the_first_12() -> None:
    made = tracked([float(at) for at in range(1, 101)])
    assert list(map(float, range(69, 101))) == made.window().tolist()
    assert made.window(2).tolist() == [99.0, 100.0]
    assert list(map(float, range(1, 13))) == made.early().tolist()
    assert (
        made.first,
        made.last,
        made.count,
        made.least,
        made.least_epoch,
        made.most,
        made.most_epoch,
    ) == (1.0, 100.0, 100, 1.0, 1, 100.0, 100)


def test_nothing_infinite_reaches_extremes_or_means() -> None:
    made = tracked([2.0, NAN, INF, 1.0, -INF])
    assert (made.least, made.least_epoch, made.most, made.most_epoch) == (1.0, 4, 2.0, 1)
    assert pytest.approx(made.ema) == 1.7
    assert (made.count, made.nonfinite, made.nonfinite_run) == (5, 3, 1)
    assert made.last == -INF
    np.testing.assert_array_equal([2.0, NAN, INF, 1.0, -INF], made.window())


def test_a_window_does_not_reach_across_a_cut() -> None:
    assert tracked([1.0, 2.0, 3.0, 4.0, 5.0], cut=3).window().tolist() == [4.0, 5.0]
    assert tracked([1.0, 2.0, 3.0, 4.0, 5.0], cut=3).window(1).tolist() == [5.0]
    assert tracked([1.0, 2.0], cut=2).window().tolist() == []


def test_level_and_noise_before_a_cut_are_remembered() -> None:
    values = [3.0, 1.0, 2.0, 1.5, 1.2, 9.0]
    made = tracked(values)
    made.freeze(5)
    assert (
        pytest.approx((2.0 + 1.5 + 1.2) / 3, rel=1e-5),
        pytest.approx(robust.noise(np.array(values[:5])), rel=1e-5),
    ) == made.before


def test_stale_counts_from_the_last_rise_that_is_worth_it() -> None:
    made = tracked([0.1, 0.5, *[0.5] * 40])
    slow, fast = thresholds.GAINS
    rising = [0.1]
    for value in [0.5] * 41:
        rising.append(rising[-1] + 0.3 * (value - rising[-1]))
    for gain in (slow, fast):
        best, at = rising[0], 1
        for epoch, value in enumerate(rising, 1):
            if value > best + gain:
                best, at = value, epoch
        assert 42 - at == made.stale(gain)


@given(st.lists(st.one_of(st.floats(-100, 100), st.just(NAN)), min_size=1, max_size=60), st.integers(0, 60))
def test_going_back_forgets_what_came_after(values, epoch) -> None:
    made, kept = tracked(values), tracked(values[:epoch])
    is_left = made.rewind(epoch)
    if len(values) <= 32:
        assert bool(values[:epoch]) == is_left
        np.testing.assert_array_equal(kept.window(), made.window())
        assert (kept.count, len(kept.early())) == (made.count, len(made.early()))
        assert (kept.least_epoch, kept.most_epoch) == (made.least_epoch, made.most_epoch)
        np.testing.assert_array_equal([kept.ema, kept.least, kept.most], [made.ema, made.least, made.most])


@given(st.lists(st.floats(0, 10), min_size=1, max_size=400))
def test_a_course_is_the_whole_curve_in_at_most_40_points(values) -> None:
    made = course.Course()
    for epoch, value in enumerate(values, 1):
        made.add(value, epoch=epoch)
    middles, means = made.points()
    assert len(means) <= thresholds.COURSE_POINTS
    span = 1
    while len(values) > span * thresholds.COURSE_POINTS:
        span *= 2
    expected = [np.mean(values[at : at + span]) for at in range(0, len(values), span)]
    np.testing.assert_allclose(expected, means, rtol=1e-3, atol=1e-9)
    assert [(at + 1 + min(at + span, len(values))) / 2 for at in range(0, len(values), span)] == middles.tolist()


def test_blocks_are_medians_of_four_finite_batches() -> None:
    made = blocks.Medians()
    for value in [4.0, 1.0, NAN, 2.0, 3.0, 8.0, 8.0, INF, 8.0]:
        made.add(value)
    assert list(made.values) == [2.5]
    assert made.median() is None


def test_a_median_needs_five_blocks_and_a_deviation_is_at_least_5_percent() -> None:
    made = blocks.Medians()
    for _ in range(20):
        made.add(3.0)
    assert (made.median(), made.sigma_log()) == (3.0, 0.05)
    assert math.log(2) / 0.05 == pytest.approx(made.z_log(6.0))


@given(
    st.lists(
        st.one_of(
            st.floats(-1e299, 1e299),
            st.sampled_from([NAN, INF, -INF]),
            st.floats(0, 1),
            st.integers(-9, 10**12).map(float),
        ),
        max_size=50,
    )
)
def test_what_is_kept_comes_back_to_the_last_bit(values) -> None:
    fine, coarse = [stream.kept(one) for one in values], [stream.coarse(one) for one in values]
    writer = stream.Writer()
    writer.fine.extend(fine)
    writer.coarse.extend(coarse)
    writer.doubles.extend(values)
    reader = stream.Reader(writer.packed(version=3), version=3)
    np.testing.assert_array_equal(fine, [reader.fine() for _ in values])
    np.testing.assert_array_equal(coarse, [reader.coarse() for _ in values])
    np.testing.assert_array_equal(values, [reader.double() for _ in values])
    assert fine == pytest.approx(values, rel=5.1e-6, abs=1e-299, nan_ok=True)


@given(st.integers(0, 999_999), st.integers(-12, 12))
def test_six_digits_are_kept_as_they_are_written(whole, power) -> None:
    value = float(f"{whole}e{power}")
    assert value == stream.kept(value)


@pytest.mark.parametrize("damage", [b"", b"nonsense", stream.Writer().packed(version=9)])
def test_a_damaged_or_foreign_state_is_named(damage) -> None:
    with pytest.raises(errors.InvalidRecord, match=r"damaged|version 9"):
        engine.Engine.restore(damage, hand.NOTHING)


def test_batches_and_files_give_the_same_epochs() -> None:
    batches = hand.view(steps={"train/box_loss": [1.0, 3.0, 2.0, 4.0]}, per_epoch=2)
    files = hand.view(epochs={"train/box_loss": [2.0, 3.0]})
    means = hand.view(epochs={"train/box_loss": [2.0, 3.0]}, steps={"train/box_loss": [9.0, 9.0, 9.0, 9.0]})
    for one in (batches, files, means):
        assert one.series("train/box_loss").window().tolist() == [2.0, 3.0]
        assert one.series("train/total").window().tolist() == [2.0, 3.0]
    assert (batches.steps.seen, files.steps.seen, means.steps.seen) == (4, 0, 4)


def test_a_batch_of_nan_is_left_out_of_the_mean_and_counted() -> None:
    made = hand.view(steps={"train/box_loss": [1.0, NAN, 3.0, 2.0]}, per_epoch=2)
    series = made.series("train/box_loss")
    assert series.window().tolist() == [1.0, 2.5]
    assert (series.nonfinite, series.nonfinite_run) == (1, 0)


def test_a_total_needs_every_part() -> None:
    made = hand.view(epochs={"val/box_loss": [1.0, 2.0, 3.0], "val/cls_loss": [0.5, None, 0.25]})
    assert made.series("val/total").window().tolist() == [1.5, 3.25]
    assert made.components("val") == ("box", "cls")


def test_an_epoch_is_complete_when_a_later_one_begins_or_at_its_end() -> None:
    entries = hand.entries(steps={"train/box_loss": [1.0] * 25}, per_epoch=10)
    epochs = []
    made = engine.Engine(hand.NOTHING, RULELESS)
    for entry in entries:
        made.take(entry)
        epochs.append(made.view.epoch)
    assert epochs == [0] * 11 + [1] * 10 + [2] * 6


def test_an_epoch_that_goes_back_is_trained_again() -> None:
    first = hand.entries(epochs={"train/box_loss": [3.0, 2.0, 1.0]}, ends=False)
    again = [
        logged.Logged(0, None, 3.0, 10**12, {"train/box_loss": 1.5}, "hand", 9),
        logged.Logged(0, None, 4.0, 10**12 + 1, {"train/box_loss": 1.2}, "hand", 10),
        logged.Ended("finished", 10**12 + 2),
    ]
    fourth = logged.Logged(0, None, 4.0, 10**11, {"train/box_loss": 7.0}, "hand", 8)
    made = hand.fed([*first, fourth, *again], rules=RULELESS).view
    assert (made.epoch, made.repeats, made.since_cut) == (4, 1, 2)
    assert made.series("train/box_loss").window().tolist() == [1.5, 1.2]
    assert made.series("train/box_loss").early().tolist() == [3.0, 2.0, 1.5, 1.2]


def test_a_killed_epoch_is_not_complete_and_a_resumed_one_is_no_repeat() -> None:
    killed = hand.entries(steps={"train/box_loss": [3.0] * 10 + [2.0] * 10 + [9.0] * 5}, per_epoch=10, ends=False)
    resumed = hand.entries(steps={"train/box_loss": [1.0] * 10}, per_epoch=10, attempt=1, start=2)
    made = hand.fed([*killed, *resumed], rules=RULELESS).view
    assert (made.epoch, made.attempt, made.repeats, made.since_cut, made.steps.seen) == (3, 1, 0, 1, 10)
    assert made.series("train/box_loss").early().tolist() == [3.0, 2.0, 1.0]
    assert made.series("train/box_loss").window().tolist() == [1.0]


def test_times_of_another_process_that_lag_repeat_nothing() -> None:
    rows = [
        logged.Logged(0, 0, 1.0, 1, {"train/box_loss": 1.0}),
        logged.Logged(0, 1, 1.5, 2, {"train/box_loss": 1.0}),
        logged.Logged(0, 0, 1.0, 3, {"time/rank.1/batch_s": 1.0}),
    ]
    made = hand.fed(rows, rules=RULELESS).view
    assert (made.epoch, made.repeats) == (1, 0)


def test_marks_are_counted_over_the_last_1000_batches() -> None:
    usual = [1.0 + 0.01 * (at % 7) for at in range(2_000)]
    usual[900] = usual[1_500] = usual[1_501] = 50.0
    made = hand.view(
        steps={
            "train/box_loss": usual,
            "grad/norm": [11.0] * 2_000,
            "amp/scale": [65536.0] * 1_600 + [32768.0] * 400,
            "time/batch_s": [0.2] * 1_990 + [0.7] * 10,
            "time/data_s": [0.05] * 1_990 + [0.65] * 10,
        }
    ).steps
    assert tuple(
        made.count(key) for key in ("spike", "clipped", "overflow", "slow_step", "data_wait", "explosion")
    ) == (2, 1_000, 1, 10, 10, 0)


def test_an_exploding_norm_is_marked_after_a_hundred_batches() -> None:
    norms = [5.0, 5.2, 4.9, 5.1] * 60
    norms[50] = norms[150] = 500.0
    norms[200] = 40.0
    assert hand.view(steps={"train/box_loss": [1.0] * 240, "grad/norm": norms}).steps.count("explosion") == 1


def test_broken_weights_cannot_wait_for_the_tenth_batch() -> None:
    counts = [0.0, None, None, 3.0, None]
    curves = {"train/box_loss": [1.0] * 5, "weights/nonfinite": counts}
    [broken] = [one for one in hand.findings(steps=curves) if one.rule == "N03"]
    assert (broken.values["count"], broken.values["step"]) == (3.0, 3)


def test_names_that_no_rule_asks_for_take_no_room() -> None:
    unasked = ("overhead/updates_s", "final/val/box_loss", "augmentation/mosaic", "metrics/fitness")
    made = hand.view(epochs={name: [1.0, 2.0] for name in (*unasked, "weights/neck/norm", "grad/noise_scale")})
    assert made.names("") == ("grad/noise_scale", "weights/neck/norm")


def test_telemetry_is_remembered_by_the_clock() -> None:
    util = "system/gpu.0/util_percent"
    made = hand.view(readings={util: [float(at // 15) for at in range(15 * 12 + 1)], "system/gpu.0/xid": [0.0, 79.0]})
    reading = made.readings(util)
    assert reading.recent().tolist() == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
    assert (reading.first, reading.last, reading.most, reading.seconds) == (0.0, 12.0, 12.0, 360.0)
    assert (util,) == made.read("util_percent")
    assert made.readings("system/gpu.1/util_percent") is None


def test_pace_tells_batches_from_pauses_between_epochs() -> None:
    rows = []
    wall_s = 0.0
    for at in range(60):
        wall_s += 31.0 if at and at % 20 == 0 else 0.5
        rows.append(logged.Logged(0, at, (at + 1) / 20, int(wall_s * 1e9), {"train/box_loss": 1.0}))
    made = hand.fed(rows, rules=RULELESS).view.pace
    assert (made.batches, made.batch_p95_s, made.between_p95_s, made.is_between_epochs) == (60, 0.5, 31.0, True)


def test_of_many_classes_the_weakest_64_are_remembered() -> None:
    curves = {f"c{at:03}": [at / 100, at / 100 + 0.01] for at in range(80)}
    made = {one.name: one for one in hand.view(classes=curves).classes()}
    assert [f"c{at:03}" for at in range(64)] == list(made)
    assert (
        made["c030"].last,
        made["c030"].best,
        made["c030"].best_epoch,
        made["c030"].noise,
        made["c030"].count,
    ) == (0.31, 0.31, 2, 0.01, 2)


LARGEST = (*(f"backbone.{at}-{at + 1}" for at in range(0, 12, 2)), *(f"neck.{at}" for at in range(12, 17)), "head.23")


@pytest.mark.parametrize("groups", [diagnosing.GROUPS, LARGEST], ids=["7 groups", "12 groups"])
def test_a_run_of_80_classes_and_all_series_is_8_kilobytes_at_any_moment(groups, monkeypatch) -> None:
    monkeypatch.setattr(diagnosing, "GROUPS", groups)
    made = engine.Engine(diagnosing.FACTS)
    sizes = []
    for at, row in enumerate(diagnosing.rows(2_400, per_epoch=30)):
        made.take(row)
        if at > 3_000 and at % 7 == 0:
            sizes.append(len(made.save()))
    assert made.view.epoch > 70
    assert {f"weights/{group}/norm" for group in groups} <= set(made.view.names("weights/"))
    assert max(sizes) <= 8 * 1024


def test_a_state_that_an_older_release_saved_is_read() -> None:
    made = engine.Engine(diagnosing.FACTS)
    for row in diagnosing.rows(100, per_epoch=20):
        made.take(row)
    saved = made.save()
    without_words = zlib.compress(zlib.decompressobj(zdict=words.DICTIONARY).decompress(saved), 6)
    assert engine.Engine.restore(without_words, diagnosing.FACTS).save() == saved


def test_a_state_saved_with_other_words_or_cut_off_is_refused() -> None:
    state = stream.Writer().packed(version=3)
    other = zlib.compressobj(6, zdict=b"other words")
    for damaged in (state[:-3], other.compress(b"\x97") + other.flush()):
        with pytest.raises(errors.InvalidRecord, match="damaged"):
            stream.Reader(damaged, version=3)


def test_a_restored_engine_goes_on_as_the_one_that_was_saved() -> None:
    rows = list(diagnosing.rows(300, per_epoch=20))
    whole = engine.Engine(diagnosing.FACTS)
    for row in rows:
        whole.take(row)
    for at in (1, 57, 150, 333):
        made = engine.Engine(diagnosing.FACTS)
        for row in rows[:at]:
            made.take(row)
        saved = made.save()
        made = engine.Engine.restore(saved, diagnosing.FACTS)
        assert saved == made.save()
        for row in rows[at:]:
            made.take(row)
        assert whole.save() == made.save()


def test_facts_that_nobody_told_are_no_obstacle() -> None:
    assert hand.view(facts=facts.Facts(), epochs={"metrics/mAP50-95": [0.1, 0.2, 0.3]}).epoch == 3
