"""What a later attempt hides of an older one."""

import math

import numpy as np
import pytest

from yoloscope.curves import supersede
from yoloscope.records import ids, row

NAN = math.nan


def _hidden(points: list[tuple[int, int, float]], *starts: supersede.Start, name: str = "train/box_loss") -> list[bool]:
    attempt, step, epoch = zip(*points, strict=True)
    return supersede.superseded(
        name,
        attempt=np.array(attempt, np.int32),
        step=np.array(step, np.int64),
        epoch=np.array(epoch, np.float64),
        wall_ns=np.zeros(len(points), np.int64),
        starts=starts,
    ).tolist()


def _start(number: int, epoch: float | None, step: int | None) -> supersede.Start:
    return supersede.Start(number, ids.WriterId("a" * 32), number, number, epoch, step)


FIRST = _start(1, None, None)


@pytest.mark.parametrize(
    ("start", "hidden"),
    [
        (_start(2, 2.0, None), [False, True, True, False, False]),
        (_start(2, None, 20), [False, True, True, True, False]),
        (_start(2, 3.5, 20), [False, True, True, True, False]),
        (_start(2, 2.0, 25), [False, False, True, True, False]),
        (_start(2, None, None), [False] * 5),
    ],
)
def test_the_step_decides_and_the_epoch_where_there_is_none(start: supersede.Start, hidden: list[bool]) -> None:
    points = [(1, 10, 1.0), (1, 20, 2.0), (1, 30, 3.0), (1, 40, NAN), (1, row.NO_STEP, NAN)]
    assert hidden == _hidden(points, FIRST, start)


def test_an_attempt_hides_only_older_ones() -> None:
    points = [(1, 5, 5.0), (2, 5, 5.0), (3, 5, 5.0)]
    assert _hidden(points, FIRST, _start(2, 4.0, None), _start(3, None, None)) == [True, False, False]
    assert _hidden(points, FIRST, _start(3, 0.0, None)) == [True, True, False]


def test_the_machine_is_never_superseded() -> None:
    assert _hidden([(1, 5, 5.0)], _start(2, 0.0, None), name="system/cpu_percent") == [False]
    assert _hidden([(1, 5, 5.0)], _start(2, 0.0, None), name="systematic") == [True]


def test_attempts_are_ordered_by_their_beginning_and_those_of_a_writer_by_index() -> None:
    a, b = ids.WriterId("a" * 32), ids.WriterId("b" * 32)
    first = supersede.Start(4, b, 0, 10, None, None)
    clock_set_back = supersede.Start(1, b, 1, 3, None, None)
    between = supersede.Start(2, a, 0, 9, None, None)
    as_old_as_the_first = supersede.Start(3, a, 1, 10, None, None)
    given = [clock_set_back, as_old_as_the_first, first, between]
    assert supersede.in_order(given) == [between, as_old_as_the_first, first, clock_set_back]


def test_of_several_cuts_only_those_that_hide_something_more_are_told() -> None:
    starts = [FIRST, _start(2, 1.0, 10), _start(3, 3.0, 30), _start(4, 0.5, None), _start(5, 0.0, 5)]
    told = supersede.later_cuts(starts, number=1)
    assert told == [supersede.Cut(0.5, None), supersede.Cut(0.0, 5)]
    assert supersede.later_cuts(starts, number=5) == []
    assert supersede.later_cuts(starts, number=99) == told
