"""What a training says of an attempt, made sure of."""

import math
import time

from yoloscope.records import row
from yoloscope.sdk import guard


def starting(index: int, *, start_epoch: float | None, start_step: int | None) -> row.AttemptRef:
    """Return the attempt that starts now; a start that is no finite number, or no step of 64 bits, is none."""
    return row.AttemptRef(
        index=index,
        wall_ns=time.time_ns(),
        mono_ns=time.monotonic_ns(),
        start_epoch=_finite(start_epoch),
        start_step=_whole(start_step),
    )


def _finite(number: object) -> float | None:
    with guard.attempt("new_attempt(start_epoch)"):
        found = None if number is None else float(number)  # pyright: ignore[reportArgumentType]  # tried, not trusted
        return found if found is not None and math.isfinite(found) else None
    return None


def _whole(number: object) -> int | None:
    with guard.attempt("new_attempt(start_step)"):
        found = None if number is None else int(number)  # pyright: ignore[reportArgumentType]  # as above
        return found if found is not None and -(2**63) < found < 2**63 else None
    return None
