"""Which steps of an optimizer are looked at, and what looks may cost."""

import pytest

from yoloscope.integrations.torch import schedule

FREE = 1e9


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def looked(plan: schedule.Schedule, steps: int) -> tuple[list[int], list[int]]:
    norms, full = [], []
    for step in range(steps):
        plan.begin_step()
        if plan.wants_norm:
            norms.append(step)
        if plan.wants_all:
            full.append(step)
            plan.has_looked()
    return norms, full


def test_looks_are_dense_early_and_sparse_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "FLOOR_S", FREE)
    norms, full = looked(schedule.Schedule(schedule.Budget(Clock())), 1000)
    assert full == [*range(10), 13, 19, 28, 42, 63, 94, 141, 211, 316, 474, 674, 874]
    assert norms == sorted({*full, *range(0, 1000, 10)})


def test_a_reason_brings_the_next_look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "FLOOR_S", FREE)
    plan = schedule.Schedule(schedule.Budget(Clock()))
    looked(plan, 900)
    plan.begin_step()
    assert not plan.wants_all
    plan.look_soon()
    assert plan.wants_all


def test_beyond_the_first_quarter_of_a_second_looks_wait_for_their_share() -> None:
    clock = Clock()
    budget = schedule.Budget(clock)
    plan = schedule.Schedule(budget)
    looked(plan, 20)
    with budget.spend():
        clock.now_s += 1.0
    plan.look_soon()
    assert not budget.has_room
    assert not plan.wants_all
    clock.now_s += 36.4  # 2 % of 37.4 s and the 0.25 s that are always allowed are just less than what was spent
    assert not plan.wants_all
    clock.now_s += 0.2
    assert plan.wants_all


def test_the_first_steps_are_looked_at_whatever_they_cost() -> None:
    clock = Clock()
    budget = schedule.Budget(clock)
    with budget.spend():
        clock.now_s += 60.0
    assert looked(schedule.Schedule(budget), 30) == ([*range(10)], [*range(10)])
