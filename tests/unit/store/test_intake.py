"""Jobs for one thread: in order, none behind the end, and none that nobody answers."""

import queue
from concurrent.futures import Future
from typing import NamedTuple

import pytest

from yoloscope import errors
from yoloscope.store import intake


class Job(NamedTuple):
    future: "Future[int]"


@pytest.fixture
def jobs() -> intake.Intake[Job]:
    return intake.Intake()


def _put(jobs: intake.Intake[Job], count: int) -> list[Job]:
    made = [Job(Future()) for _ in range(count)]
    for job in made:
        jobs.put(job)
    return made


def test_what_was_accepted_comes_in_its_order_and_then_the_end(jobs: intake.Intake[Job]) -> None:
    first, second = _put(jobs, 2)
    jobs.end()
    jobs.end()
    assert [jobs.next(), jobs.next_waiting(), jobs.next()] == [first, second, None]
    with pytest.raises(queue.Empty):
        jobs.next_waiting()
    with pytest.raises(queue.Empty):
        jobs.next(timeout_s=0.0)


def test_what_is_put_back_comes_next(jobs: intake.Intake[Job]) -> None:
    first, second = _put(jobs, 2)
    jobs.put_back(jobs.next())
    assert [jobs.next(timeout_s=0.0), jobs.next()] == [first, second]


def test_nothing_is_accepted_behind_the_end(jobs: intake.Intake[Job]) -> None:
    jobs.end()
    with pytest.raises(errors.StoreError, match="is closed; nothing of this batch was stored"):
        _put(jobs, 1)


def test_a_thread_that_ends_refuses_what_waits_and_what_it_put_back(jobs: intake.Intake[Job]) -> None:
    held, waiting, answered = _put(jobs, 3)
    answered.future.set_result(7)
    jobs.put_back(jobs.next())
    jobs.end()
    jobs.refuse_rest()
    for job in (held, waiting):
        with pytest.raises(errors.StoreError, match="was closed; send this batch again"):
            job.future.result(0)
    assert answered.future.result(0) == 7
    with pytest.raises(errors.StoreError, match="is closed"):
        _put(jobs, 1)
