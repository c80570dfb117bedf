"""The clock by which recorded trainings are told again."""

import time

from tools.seeding import clock


def test_rows_are_told_in_the_order_of_the_recording_however_long_telling_takes() -> None:
    with clock.replaced() as replaced:
        replaced.stand_at(1000.0)
        busy_until_s = time.perf_counter() + 0.02
        while time.perf_counter() < busy_until_s:
            pass
        first = time.time_ns(), time.monotonic_ns()
        replaced.stand_at(1000.01)
        second = time.time_ns(), time.monotonic_ns()
    assert 1_000_000_000_000 < first[0] < 1_000_010_000_000 < second[0] < 1_000_011_000_000
    assert first[1] < second[1]


def test_no_two_looks_are_of_one_moment() -> None:
    with clock.replaced() as replaced:
        replaced.stand_at(1000.0)
        seen = [time.time_ns() for _ in range(3)]
    assert seen == [1_000_000_001_000, 1_000_000_002_000, 1_000_000_003_000]
