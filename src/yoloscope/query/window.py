"""What is asked of each series: along which axis, from where to where, how fine, of which attempts.

Called by whatever shapes curves.
"""

from typing import Literal

import msgspec

XAxis = Literal["step", "epoch", "elapsed", "time"]
Which = Literal["kept", "superseded", "all"]
"""Whether points are asked for that no later attempt took the place of, or those that one did, or both."""


class Window(msgspec.Struct, frozen=True):
    """What is asked of each series: along which axis, from where to where (both included), how fine, of which attempts.

    ``buckets=0`` gives raw points in the order they were logged. ``attempt`` is a number as `attempts.Attempt` has it.
    """

    x: XAxis
    buckets: int
    lo: float | None = None
    hi: float | None = None
    which: Which = "kept"
    attempt: int | None = None
