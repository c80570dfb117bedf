"""Which points a later attempt took the place of.

Called by `query.series`. A resumed run, or an epoch run again, is a new attempt that starts somewhere; what older attempts
logged from there on is hidden, never deleted. Points of ``system/…`` describe the machine and are never superseded.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.records import row

NEVER_PREFIX = "system/"


class Start(msgspec.Struct, frozen=True):
    """From where on one attempt supersedes the attempts of lower number."""

    number: int
    start_epoch: float | None
    start_step: int | None


def superseded(
    name: str,
    *,
    attempt: NDArray[np.int32],
    step: NDArray[np.int64],
    epoch: NDArray[np.float64],
    starts: Sequence[Start],
) -> NDArray[np.bool_]:
    """Return a mask of the points that a later attempt took the place of.

    The step decides; where point or attempt has none, the epoch does. A point with neither is kept.
    """
    hidden = np.zeros(len(attempt), dtype=np.bool_)
    if name.startswith(NEVER_PREFIX):
        return hidden
    for start in starts:
        hidden |= _replaced_by(start, attempt=attempt, step=step, epoch=epoch)
    return hidden


def _replaced_by(
    start: Start, *, attempt: NDArray[np.int32], step: NDArray[np.int64], epoch: NDArray[np.float64]
) -> NDArray[np.bool_]:
    older = attempt < start.number
    if not older.any():
        return older
    by_epoch = np.zeros(len(attempt), dtype=np.bool_)
    if start.start_epoch is not None:
        by_epoch = epoch >= start.start_epoch  # false where the epoch is NaN
    if start.start_step is None:
        return older & by_epoch
    return older & np.where(step == row.NO_STEP, by_epoch, step >= start.start_step)
