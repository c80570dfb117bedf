import pytest

from yoloscope.records import row
from yoloscope.server.diagnosing import known

STARTED = {"epochs": 100, "close_mosaic": 10, "mosaic": 1.0, "patience": 50}


def said(stores, told: dict[str, object]) -> tuple[object, object]:
    """Return the budget and where mosaics close, of a run that began with `STARTED` and then told its progress."""
    stores.catalog.open_run(row.RunRef("r1", "p", "run", 0))
    stores.catalog.open_attempt("r1", "a" * 32, row.AttemptRef(0, 0, 0))
    stores.catalog.apply("r1", [row.Updated("settings", STARTED), row.Updated("progress", told)])
    found = known.said(stores.catalog.run("r1")).facts()
    return found.epochs, found.closes_mosaic_at


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, (100, 90)),
        ({"epochs": 62}, (62, 52)),
        ({"epochs": 120, "close_mosaic": 30}, (120, 90)),
        ({"close_mosaic": 0}, (100, None)),
        ({"close_mosaic": 60}, (100, 40)),
        ({"epochs": 0, "close_mosaic": -1}, (100, 90)),
        ({"epochs": True, "close_mosaic": "many"}, (100, 90)),
        ({"epochs": float("inf"), "close_mosaic": float("nan")}, (100, 90)),
    ],
)
def test_what_is_planned_now_counts_for_more_than_what_it_began_with(stores, told, expected) -> None:
    assert said(stores, told) == expected
