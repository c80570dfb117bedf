import math

from hypothesis import given
from hypothesis import strategies as st

from yoloscope.diagnose import thresholds
from yoloscope.diagnose.memory import course, stream

FINITE = st.floats(-1e6, 1e6, width=32)


def made(values: list[float], first: int = 1) -> course.Course:
    one = course.Course()
    for epoch, value in enumerate(values, start=first):
        one.add(value, epoch=epoch)
    return one


def told(one: course.Course) -> tuple[list[float], ...]:
    return tuple(part.tolist() for part in one.points())


def test_a_short_curve_is_kept_as_it_is() -> None:
    assert told(made([0.5, 0.25, 0.125])) == ([1.0, 2.0, 3.0], [0.5, 0.25, 0.125])


def test_a_long_curve_is_means_of_blocks_and_the_newest_need_not_be_full() -> None:
    epochs, values = told(made([float(epoch) for epoch in range(1, 163)]))
    assert len(epochs) <= thresholds.COURSE_POINTS
    assert epochs == values
    assert (epochs[0], epochs[-1]) == (4.5, 161.5)


def test_nan_and_infinity_leave_a_gap() -> None:
    assert told(made([1.0, math.nan, math.inf, 4.0])) == ([1.0, 4.0], [1.0, 4.0])


@given(st.lists(FINITE, max_size=thresholds.COURSE_POINTS), st.integers(0, thresholds.COURSE_POINTS))
def test_what_is_trained_again_replaces_what_was(values, epoch) -> None:
    one = made(values)
    one.rewind(min(epoch, len(values)))
    for at, value in enumerate(values[epoch:], start=epoch + 1):
        one.add(value, epoch=at)
    assert told(one) == told(made(values))


def test_a_block_in_which_a_training_goes_back_is_begun_again() -> None:
    one = made([1.0] * 100)
    one.rewind(90)
    for epoch in range(91, 101):
        one.add(5.0, epoch=epoch)
    epochs, values = told(one)
    assert epochs == told(made([1.0] * 100))[0]
    assert values == [1.0] * 22 + [5.0] * 3


@given(st.lists(FINITE | st.just(math.nan), max_size=200))
def test_a_course_comes_back_from_its_state(values) -> None:
    one = made(values)
    writer = stream.Writer()
    one.save(writer)
    again = course.Course.restored(stream.Reader(writer.packed(version=1), version=1))
    assert told(again) == told(one)
    for curve in (one, again):
        curve.add(1.0, epoch=len(values) + 1)
    assert told(again) == told(one)
