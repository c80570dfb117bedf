import pytest

from yoloscope.records import plan


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ({}, {}),
        ({"epochs": 62, "close_mosaic": 0, "best_epoch": 3}, {"epochs": 62, "close_mosaic": 0}),
        ({"epochs": 62.0, "close_mosaic": -1}, {"epochs": 62}),
        ({"epochs": 0, "close_mosaic": True}, {}),
        ({"epochs": "62", "close_mosaic": float("nan")}, {}),
        ({"epochs": float("inf"), "close_mosaic": None}, {}),
    ],
)
def test_only_numbers_of_epochs_that_are_possible_are_a_plan(progress, expected) -> None:
    assert plan.planned(progress) == expected
