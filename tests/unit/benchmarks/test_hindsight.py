import math

import pytest
from benchmarks.diagnosis import hindsight


@pytest.mark.parametrize(
    ("curve", "epoch", "false"),
    [
        ([0.1, 0.5, 0.505], 2, False),  # 0.005 is within the least gain and within 2 %
        ([0.1, 0.5, 0.5099], 2, False),
        ([0.1, 0.5, 0.5101], 2, True),  # more than 2 % of 0.5
        ([0.0, 0.1, 0.1049], 2, False),  # more than 2 % of 0.1, not more than 0.005
        ([0.0, 0.1, 0.1051], 2, True),
        ([0.3, 0.2, 0.25], 2, False),  # the best so far was 0.3
        ([0.3, math.nan, 0.4], 2, True),
        ([0.3, 0.4], 5, False),
        ([], 3, False),
    ],
)
def test_an_alarm_is_false_if_map_still_rose_by_two_percent_and_half_a_point(curve, epoch, false) -> None:
    assert hindsight.is_false(curve, epoch) is false
