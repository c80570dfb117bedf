"""Numbers of an optimizer's step stand where the loop says, or would say."""

import math

import hypothesis
import pytest
from hypothesis import strategies

from yoloscope.integrations.torch import places


def stepped(place: places.Places, count: int = 1) -> int:
    place.done += count
    return place.step(place.done)


def test_before_the_loop_says_anything_steps_count_from_zero() -> None:
    place = places.Places()
    assert [stepped(place) for _ in range(3)] == [0, 1, 2]
    assert not place.is_known


@hypothesis.given(
    start=strategies.integers(0, 10_000), every=strategies.integers(1, 40), accumulate=strategies.integers(1, 8)
)
def test_between_two_rows_of_a_loop_the_steps_go_on_as_before(start: int, every: int, accumulate: int) -> None:
    """The loop counts batches from `start`, steps behind each `accumulate`-th, and logs behind each `every`-th step."""
    place = places.Places()
    for done in range(1, 6 * every + 1):
        predicted = stepped(place)
        at = start + done * accumulate - 1
        if done > 2 * every:
            assert predicted == at
        if done % every == 0:
            place.told(at, None)
            assert place.step(done) == at


def test_of_several_rows_between_two_steps_the_first_counts() -> None:
    place = places.Places()
    place.done = 1
    for step in (3, 4, 5, 6):
        place.told(step, None)
    assert stepped(place) == 4
    place.told(7, None)
    assert stepped(place) == 11


@pytest.mark.parametrize("step", [None, "seven", -(2**63), object()])
def test_what_is_no_step_says_nothing(step: object) -> None:
    place = places.Places()
    place.told(step, None)
    assert not place.is_known


def test_an_epoch_begins_where_a_later_one_is_told() -> None:
    place = places.Places()
    epochs = [0.5, 1.0, 1.0000000001, 1.5, 2.0, 2.1, math.nan, "x", 2.2]
    assert [place.told(0, epoch) for epoch in epochs] == [True, False, False, True, False, True, False, False, False]
    assert place.epoch == 2.2


def test_what_another_optimizer_leaves_stands_at_the_newest_row() -> None:
    """The first steps at batches 0 and 4, the other at those between."""
    place = places.Places()
    place.done = 1
    for step in range(4):
        place.told(step, None)
        assert place.step(1) == step
    assert stepped(place) == 1  # nothing but the first row behind a step says how far apart steps are
    place.told(4, None)
    assert stepped(place) == 8
