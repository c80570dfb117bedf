import math
from pathlib import Path

import pytest
from benchmarks.diagnosis import streams

from yoloscope.diagnose import facts
from yoloscope.importers import recording
from yoloscope.records import logged

TRAININGS = Path(__file__).parents[2] / "data" / "trainings"


def test_curves_of_a_recording_are_those_of_the_framework() -> None:
    told = streams.of_source(recording.Recording(TRAININGS / "resume_kill"))
    lines = [line.split(",") for line in (TRAININGS / "resume_kill" / "results.csv").read_text().splitlines()]
    at = lines[0].index("metrics/mAP50-95(B)")
    assert told.curves[streams.MAP] == pytest.approx([float(line[at]) for line in lines[1:]], abs=2e-5)
    assert (told.epochs, told.budget) == (24, 24)


def test_totals_are_the_sums_of_the_parts_and_epochs_without_a_value_have_none() -> None:
    curves = streams.Curves()
    for epoch, values in ((1.0, {"val/box_loss": 2.0, "val/cls_loss": 1.0}), (3.0, {"val/box_loss": 1.0})):
        curves.take(logged.Logged(0, None, epoch, 0, values))
    assert curves.by_epoch()["val/total"][0] == 3.0
    assert [math.isnan(value) for value in curves.by_epoch()["val/total"]] == [False, True, True]


def test_means_of_batches_stand_where_the_framework_logs_none() -> None:
    curves = streams.Curves()
    for step, value in enumerate((4.0, 2.0, 1.0, 1.0)):
        curves.take(logged.Logged(0, step, (step + 1) / 2, step, {"train/box_loss": value}))
    assert curves.by_epoch()["train/box_loss"] == [3.0, 1.0]


def test_the_final_map_is_the_mean_of_three_epochs_and_nan_counts_as_nothing() -> None:
    told = streams.Told((), {streams.MAP: [0.9, 0.3, math.nan, 0.6]}, 4, 4)
    assert told.final_map() == pytest.approx(0.3)
    assert streams.Told((), {}, 0, 1).final_map() == 0.0


def test_an_alarm_has_the_epoch_at_which_it_opened_first_and_its_worst_severity() -> None:
    told = streams.of_source(recording.Recording(TRAININGS / "nan_batch"))
    (alarm,) = [one for one in told.alarms if one.rule == "N01"]
    assert (alarm.worst, alarm.status, math.floor(alarm.epoch)) == ("critical", "closed", 6)


def test_a_training_that_falls_silent_is_asked_until_the_clock_speaks() -> None:
    entries = list(recording.Recording(TRAININGS / "stalled").entries())
    source = recording.Recording(TRAININGS / "stalled")
    told = streams.told(entries, facts.from_told(source.told()), falls_silent=True)
    assert [one.rule for one in told.alarms] == ["H01"]
    assert told.seconds_to_silence == 130.0
