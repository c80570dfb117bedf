"""Steps and epochs of every batch."""

from hypothesis import given
from hypothesis import strategies as st

from yoloscope.integrations.ultralytics import position


def walk(at: position.Position, *, batches: int) -> list[tuple[int, float]]:
    return [at.end_batch() for _ in range(batches)]


def test_batches_count_from_zero_across_epochs() -> None:
    at = position.Position(start_epoch=0, batches=2)
    at.begin_epoch(0, batches=2)
    first = walk(at, batches=2)
    at.begin_epoch(1, batches=2)
    assert first + walk(at, batches=2) == [(0, 0.5), (1, 1.0), (2, 1.5), (3, 2.0)]


def test_a_repeated_epoch_starts_at_its_first_step_again() -> None:
    at = position.Position(start_epoch=0, batches=2)
    assert not at.begin_epoch(0, batches=2)
    walk(at, batches=2)
    assert not at.begin_epoch(1, batches=2)
    walk(at, batches=2)
    assert at.begin_epoch(1, batches=2)
    assert walk(at, batches=2) == [(2, 1.5), (3, 2.0)]


def test_an_epoch_repeated_with_smaller_batches_has_more_steps() -> None:
    at = position.Position(start_epoch=0, batches=2)
    at.begin_epoch(0, batches=2)
    walk(at, batches=1)
    assert at.begin_epoch(0, batches=4)
    assert walk(at, batches=4) == [(0, 0.25), (1, 0.5), (2, 0.75), (3, 1.0)]


def test_a_resumed_training_continues_the_count() -> None:
    at = position.Position(start_epoch=3, batches=4)
    assert not at.begin_epoch(3, batches=4)
    assert at.end_batch() == (12, 3.25)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_steps_never_go_back_while_epochs_go_on(batches_by_epoch: list[int]) -> None:
    at = position.Position(start_epoch=0, batches=batches_by_epoch[0])
    steps: list[int] = []
    for epoch, batches in enumerate(batches_by_epoch):
        at.begin_epoch(epoch, batches=batches)
        steps += [step for step, _ in walk(at, batches=batches)]
    assert steps == sorted(set(steps))
