"""What a spool's or a recording's batches amount to as one training."""

from yoloscope.importers import batches as importers_batches
from yoloscope.records import row

STARTED = {"epochs": 100, "close_mosaic": 10, "best_epoch": 7}


def test_the_plan_counts_more_than_the_settings_of_the_start_and_those_more_than_other_progress(batches) -> None:
    told = row.Updated("progress", {"epochs": 62, "close_mosaic": -1, "best_epoch": 5, "patience_left": 3})
    [run] = importers_batches.runs_of([batches(told, row.Updated("settings", STARTED))])
    assert run.told().settings == {"epochs": 62, "close_mosaic": 10, "best_epoch": 7, "patience_left": 3}
