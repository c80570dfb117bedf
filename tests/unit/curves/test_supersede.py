"""What a later attempt hides of an older one."""

import math

import numpy as np
import pytest

from yoloscope.curves import supersede
from yoloscope.records import row

NAN = math.nan


def _hidden(points: list[tuple[int, int, float]], *starts: supersede.Start, name: str = "train/box_loss") -> list[bool]:
    attempt, step, epoch = zip(*points, strict=True)
    return supersede.superseded(
        name,
        attempt=np.array(attempt, np.int32),
        step=np.array(step, np.int64),
        epoch=np.array(epoch, np.float64),
        starts=starts,
    ).tolist()


FIRST = supersede.Start(1, None, None)


@pytest.mark.parametrize(
    ("start", "hidden"),
    [
        (supersede.Start(2, 2.0, None), [False, True, True, False, False]),
        (supersede.Start(2, None, 20), [False, True, True, True, False]),
        (supersede.Start(2, 3.5, 20), [False, True, True, True, False]),
        (supersede.Start(2, 2.0, 25), [False, False, True, True, False]),
        (supersede.Start(2, None, None), [False] * 5),
    ],
)
def test_the_step_decides_and_the_epoch_where_there_is_none(start: supersede.Start, hidden: list[bool]) -> None:
    points = [(1, 10, 1.0), (1, 20, 2.0), (1, 30, 3.0), (1, 40, NAN), (1, row.NO_STEP, NAN)]
    assert hidden == _hidden(points, FIRST, start)


def test_an_attempt_hides_only_older_ones() -> None:
    points = [(1, 5, 5.0), (2, 5, 5.0), (3, 5, 5.0)]
    assert _hidden(points, FIRST, supersede.Start(2, 4.0, None)) == [True, False, False]
    assert _hidden(points, FIRST, supersede.Start(3, 0.0, None)) == [True, True, False]


def test_the_machine_is_never_superseded() -> None:
    assert _hidden([(1, 5, 5.0)], supersede.Start(2, 0.0, None), name="system/cpu_percent") == [False]
    assert _hidden([(1, 5, 5.0)], supersede.Start(2, 0.0, None), name="systematic") == [True]
