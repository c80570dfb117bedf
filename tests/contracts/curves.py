"""Whether buckets tell of their points exactly what those are, counted one by one."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from yoloscope.curves import downsample
from yoloscope.query import series


def check(shown: series.Columns | downsample.Buckets, xs: Sequence[float], ys: Sequence[float]) -> None:
    """Compare buckets with all points they are of, which stand as they were logged."""
    order = np.argsort(np.asarray(xs), kind="stable").tolist()
    at = 0
    for index, size in enumerate(shown.count.tolist()):
        some = order[at : at + size]
        at += size
        values = [ys[one] for one in some]
        numbers = [y for y in values if not math.isnan(y)]
        expected = {
            "x": xs[some[0]],
            "x_end": xs[some[-1]],
            "first": values[0],
            "last": values[-1],
            "min": min(numbers, default=math.nan),
            "max": max(numbers, default=math.nan),
            "count": len(some),
            "nan": len(some) - len(numbers),
        }
        for key, value in expected.items():
            np.testing.assert_array_equal(getattr(shown, key)[index], value, err_msg=f"{key} of bucket {index}")
        check_mean(shown.mean[index], numbers)
    assert at == len(order)
    assert (shown.x[1:] >= shown.x_end[:-1]).all()


def check_mean(mean: float, numbers: Sequence[float]) -> None:
    """Compare a mean with that of numbers, infinities and huge ones among them."""
    if not numbers or {math.inf, -math.inf} <= set(numbers):
        assert math.isnan(mean)
    elif not all(map(math.isfinite, numbers)):
        assert mean == next(number for number in numbers if math.isinf(number))
    else:
        scale = max(abs(number) for number in numbers)
        exact = float(sum(map(Fraction, numbers)) / len(numbers))
        assert mean == pytest.approx(exact, rel=1e-9, abs=scale * 1e-9 + 5e-324)
