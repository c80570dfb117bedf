"""What a report says of a curve."""

import math

import pytest

from yoloscope.cli.doctor import drawing


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("val/total", [0.0, 5.0, 4.0], (3, 4.0)),
        ("val/total", [0.0, 0.0], (1, 0.0)),
        ("val/total", [math.nan, 2.0, math.inf], (2, 2.0)),
        ("metrics/mAP50", [0.0, 0.4, 0.3], (2, 0.4)),
        ("metrics/mAP50", [0.0, 0.0], (1, 0.0)),
        ("train/total", [math.nan], None),
    ],
)
def test_the_best_epoch_is_one_that_measured_something(name, values, best) -> None:
    assert drawing.Curve(name, list(range(1, len(values) + 1)), values).best == best
