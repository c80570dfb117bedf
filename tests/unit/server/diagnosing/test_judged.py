"""When a run is judged anew, and when it is gone on with."""

from collections.abc import Iterator

import pytest
from tests.unit.server.diagnosing.conftest import BEGAN_NS, batches_of

from yoloscope.server.diagnosing import judged, messages

STARTED = {"epochs": 100, "close_mosaic": 10, "mosaic": 1.0}
ATTEMPTS = (messages.Attempt(1, BEGAN_NS, None, None, True, False),)
PIECE = messages.Piece(1, batches_of([1.0] * 40))


def known(epochs: int | None = None, closing: int = 10, **settings: object) -> messages.Known:
    plan = {} if epochs is None else {"epochs": epochs, "close_mosaic": closing}
    return messages.Known(settings=STARTED | settings, plan=plan)


class Reading:
    """The rows of a run, and how often they were asked for."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Iterator[messages.Piece]:
        self.count += 1
        return iter([PIECE])


def facts(run: judged.Judged) -> tuple[object, object]:
    of = run._running.engine._memory.facts
    return of.epochs, of.closes_mosaic_at


@pytest.mark.parametrize(
    ("began", "then", "expected", "anew"),
    [
        (known(100), known(62), (62, 52), 0),
        (known(100), known(62, 30), (62, 32), 0),
        (known(100), known(100), (100, 90), 0),
        (known(), known(62), (62, 52), 1),  # what it plans was not known before
        (known(62), known(62, mosaic=0.0), (62, None), 1),
        (known(62), known(70, mosaic=0.0), (70, None), 1),
    ],
)
def test_a_plan_that_moves_holds_from_now_on_and_all_else_from_the_beginning(began, then, expected, anew) -> None:
    """Trainings with a budget of time move theirs with every epoch."""
    read = Reading()
    run = judged.Judged(messages.Open(run="r1", known=began, attempts=ATTEMPTS), read)
    assert read.count == 1
    run.told(messages.Told(run="r1", known=then, attempts=ATTEMPTS))
    assert (facts(run), read.count - 1) == (expected, anew)


def test_other_attempts_are_judged_anew_whatever_moves() -> None:
    read = Reading()
    run = judged.Judged(messages.Open(run="r1", known=known(100), attempts=ATTEMPTS), read)
    resumed = (*ATTEMPTS, messages.Attempt(0, BEGAN_NS - 1, None, None, True, False))
    run.told(messages.Told(run="r1", known=known(62), attempts=resumed))
    assert (facts(run), read.count) == ((62, 52), 2)
