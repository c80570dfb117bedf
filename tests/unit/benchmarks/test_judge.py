from benchmarks.diagnosis import jobs, judge
from tests.unit.benchmarks import runs

from yoloscope.diagnose import facts
from yoloscope.records import logged

SECOND_NS = 1_000_000_000


def _rows(count: int) -> list[logged.Logged]:
    return [
        logged.Logged(0, at, (at + 1) / 10, at * SECOND_NS, {"train/box_loss": 1.0}, "w", at) for at in range(count)
    ]


def test_readings_of_a_card_that_is_not_there_come_every_two_seconds_and_change_at_their_onset() -> None:
    job = runs.job("xid", mocks=(jobs.Mock("system/gpu.0/xid", 79.0, from_share=0.5),))
    added = list(judge.mocked(_rows(11), job))
    assert [row.wall_ns // SECOND_NS for row in added] == [0, 2, 4, 6, 8]
    assert [row.values["system/gpu.0/xid"] for row in added] == [0.0, 0.0, 0.0, 79.0, 79.0]


def test_a_clock_that_is_slowed_starts_at_the_same_time() -> None:
    rows = [logged.Begun(0, 5 * SECOND_NS), logged.Ended("finished", 7 * SECOND_NS)]
    assert [entry.wall_ns // SECOND_NS for entry in judge.slowed(rows, 10.0)] == [5, 25]
    assert judge.slowed(rows, 1.0) == rows


def test_what_was_counted_in_the_files_goes_before_what_the_run_told() -> None:
    told = facts.Facts(train=facts.SetFacts(images=160, instances=230), val=facts.SetFacts(images=48))
    known = judge.with_scan(told, {"train": {"images": 161, "corrupt": 1, "mean": None}})
    assert known.train == facts.SetFacts(images=161, instances=230, corrupt=1)
    assert known.val == facts.SetFacts(images=48)
