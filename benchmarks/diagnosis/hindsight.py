"""Whether an alarm of overfitting or saturation was right, as far as the same curve can say it afterwards."""

import math
from collections.abc import Sequence

GAIN_LEAST = 0.005
GAIN_SHARE = 0.02


def gain_after(curve: Sequence[float], epoch: int) -> float:
    """Return by how much a curve still rose above its best after so many complete epochs; 0 if it did not, or nothing came."""
    before = max((value for value in curve[:epoch] if math.isfinite(value)), default=0.0)
    after = max((value for value in curve[epoch:] if math.isfinite(value)), default=before)
    return max(0.0, after - before)


def is_false(curve: Sequence[float], epoch: int) -> bool:
    """Tell whether mAP50-95 rose after an alarm by more than 0.005 and by more than 2 % of its best until then."""
    best = max((value for value in curve[:epoch] if math.isfinite(value)), default=0.0)
    return gain_after(curve, epoch) > max(GAIN_LEAST, GAIN_SHARE * best)
