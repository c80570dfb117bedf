"""Rows in the order in which a diagnosis takes them, whatever the order in which they arrived."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.diagnose import replay
from yoloscope.records import logged, row
from yoloscope.server.diagnosing import gathered, messages
from yoloscope.server.diagnosing.attempts import Attempts

TWO = (
    messages.Attempt(1, 100, None, None, True, False),
    messages.Attempt(4, 200, 2.0, None, True, False, ("finished", 300, None)),
)


def piece(attempt: int, walls: list[int], *, name: str = "train/loss") -> messages.Piece:
    count = len(walls)
    return messages.Piece(
        attempt,
        row.Matrix(
            names=(name,),
            step=np.array([row.NO_STEP, *range(1, count)], "<i8").tobytes()[: 8 * count],
            epoch=np.array([np.nan] * count, "<f8").tobytes(),
            wall_ns=np.array(walls, "<i8").tobytes(),
            mono_ns=np.array(walls, "<i8").tobytes(),
            values=np.array(walls, "<f8").tobytes(),
        ),
    )


def entries_of(
    pieces: list[messages.Piece], attempts: Any = TWO, *, after: replay.Key | None = None
) -> list[replay.Entry]:
    with gathered.Gathered(Attempts(attempts)) as rows:
        rows.add(pieces)
        return list(rows.entries(after))


def test_attempts_stand_in_order_with_their_rows_and_ends() -> None:
    found = entries_of([piece(4, [210, 250]), piece(1, [110]), piece(9, [120, 230])])
    assert found == [
        logged.Begun(0, 100),
        logged.Logged(0, None, None, 110, {"train/loss": 110.0}, sequence=2),
        logged.Logged(0, None, None, 120, {"train/loss": 120.0}, sequence=3),
        logged.Begun(1, 200, 2.0),
        logged.Logged(1, None, None, 210, {"train/loss": 210.0}, sequence=0),
        logged.Logged(
            1, 1, None, 230, {"train/loss": 230.0}, sequence=4
        ),  # of no attempt of the training: of that of its time
        logged.Logged(1, 1, None, 250, {"train/loss": 250.0}, sequence=1),
        logged.Ended("finished", 300, None),
    ]


@given(
    st.lists(st.tuples(st.sampled_from([1, 4, 9]), st.lists(st.integers(50, 320), min_size=1, max_size=6)), max_size=8),
    st.data(),
)
def test_what_comes_after_a_key_is_the_rest_behind_it(told: list[tuple[int, list[int]]], data: st.DataObject) -> None:
    rows = [piece(attempt, walls) for attempt, walls in told]
    whole = entries_of(rows)
    order = replay.Order(one for one in whole if isinstance(one, logged.Begun))
    keys = [order.key(one) for one in whole]
    assert keys == sorted(keys)
    at = data.draw(st.integers(0, len(keys) - 1))
    assert entries_of(rows, after=keys[at]) == whole[at + 1 :]


def test_many_rows_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "IN_MEMORY_BYTES", 100)
    rows = [piece(1, [300 - at, 300]) for at in range(50)]
    found = [one.wall_ns for one in entries_of(rows, TWO[:1]) if isinstance(one, logged.Logged)]
    assert found == sorted([*range(251, 301), *[300] * 50])


def test_a_run_without_attempts_has_its_rows() -> None:
    found = entries_of([piece(3, [7, 5])], ())
    assert [(one.attempt, one.wall_ns) for one in found if isinstance(one, logged.Logged)] == [(0, 5), (0, 7)]


def test_attempts_go_on_if_all_that_is_new_is_an_end() -> None:
    running = (TWO[0], messages.Attempt(4, 200, 2.0, None, True, False))
    assert Attempts(TWO).goes_on(Attempts(running))
    assert not Attempts(running).goes_on(Attempts(TWO))
    assert not Attempts(TWO).goes_on(Attempts(TWO[:1]))
