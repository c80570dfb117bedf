"""Which epochs a producer looks at, and what too much cost changes."""

import math

import pytest

from yoloscope.integrations.ultralytics.producers import costs, sampling


def due(clock: sampling.Clock, *, epochs: int) -> list[int]:
    found = []
    for index in range(epochs):
        if clock.is_due(index, epochs=epochs):
            found.append(index)
            clock.has_looked()
    return found


def test_the_first_each_and_the_last_epoch_are_due() -> None:
    assert due(sampling.Clock(every=10, early=0), epochs=25) == [0, 10, 20, 24]
    assert due(sampling.Clock(every=5, early=3), epochs=12) == [0, 1, 2, 5, 10, 11]


def test_a_session_that_resumes_looks_at_its_first_epoch() -> None:
    assert sampling.Clock(every=10, early=0).is_due(13, epochs=50)


def test_a_stretched_clock_has_no_early_epochs() -> None:
    clock = sampling.Clock(every=5, early=3)
    clock.stretch = 2
    assert due(clock, epochs=22) == [0, 10, 20, 21]


def test_a_loss_that_is_not_finite_is_an_anomaly_for_two_epochs() -> None:
    alarm = sampling.Alarm()
    assert not alarm.see([1.0, 2.0], norm=3.0)
    assert alarm.see([1.0, math.nan], norm=None)
    assert not alarm.see([math.inf], norm=None)  # it is the first that is told
    assert alarm.is_on
    alarm.end_epoch()
    assert alarm.is_on
    alarm.end_epoch()
    assert not alarm.is_on


def test_a_norm_is_an_anomaly_once_it_is_known_what_is_usual() -> None:
    alarm = sampling.Alarm()
    assert not any(alarm.see([], norm=norm) for norm in [1000.0, 1.0, 1.0])
    assert not any(alarm.see([], norm=1.0 + step % 3) for step in range(200))
    assert not alarm.see([], norm=9 * 2.0)
    assert alarm.see([], norm=60.0)


def test_one_norm_that_is_not_finite_is_how_mixed_precision_works() -> None:
    alarm = sampling.Alarm()
    assert [alarm.see([], norm=norm) for norm in (math.inf, 1.0, math.nan, math.inf)] == [False, False, False, True]


def clocks(**every: int) -> dict[str, sampling.Clock]:
    return {name: sampling.Clock(every=one, early=0) for name, one in every.items()}


def test_the_costliest_is_halved_until_all_together_are_cheap() -> None:
    budget, known = costs.Budget(), clocks(dear=1, cheap=1)
    spent = {"dear": 4.0, "cheap": 0.1}
    thinned = [budget.judge(spent, validation_s=20.0, clocks=known) for _ in range(6)]
    assert thinned == [
        None,
        None,
        "dear",
        "dear",
        "dear",
        None,
    ]  # the first look pays for imports, one epoch tells nothing
    assert (known["dear"].stretch, known["cheap"].stretch) == (8, 1)


def test_what_is_seldom_looked_at_may_cost_more_at_a_time() -> None:
    budget, known = costs.Budget(), clocks(pictures=10)
    for _ in range(3):
        assert budget.judge({"pictures": 9.0}, validation_s=20.0, clocks=known) is None


def test_a_sixteenth_is_the_least() -> None:
    budget, known = costs.Budget(), clocks(dear=1)
    for _ in range(9):
        budget.judge({"dear": 1000.0}, validation_s=1.0, clocks=known)
    assert known["dear"].stretch == costs.STRETCH_MOST == 16


def test_one_that_became_cheap_comes_back_and_stays() -> None:
    budget, known = costs.Budget(), clocks(one=1)
    for cost in (4.0, 4.0, 4.0, 4.0, 4.0):
        budget.judge({"one": cost}, validation_s=20.0, clocks=known)
    assert known["one"].stretch == 4
    stretches = []
    for _ in range(4):
        budget.judge({"one": 0.5}, validation_s=20.0, clocks=known)
        stretches.append(known["one"].stretch)
    assert stretches == [2, 1, 1, 1]


def test_a_quarter_of_a_second_is_always_allowed() -> None:
    budget, known = costs.Budget(), clocks(one=1)
    for _ in range(3):
        assert budget.judge({"one": 0.2}, validation_s=0.01, clocks=known) is None


def test_a_block_that_fails_is_measured_as_well() -> None:
    meter = costs.Meter()
    with pytest.raises(ZeroDivisionError), meter.of("one"):
        raise ZeroDivisionError
    assert set(meter.take()) == {"one"}
    assert meter.total_s == 0.0
