"""Numbers and times as JSON holds them.

Called by `runs` and `attempts`.
"""

import datetime as dt
import math

Number = float | str
"""A float, or ``"NaN"``, ``"Infinity"``, ``"-Infinity"``, which JSON has no number for."""


def number(value: float) -> Number:
    """Return `value` as JSON can hold it: non-finite numbers as their names."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def iso_from_ns(time_ns: int) -> str:
    """Return a Unix time in nanoseconds as ISO 8601 in UTC with milliseconds and a ``Z``."""
    moment = dt.datetime.fromtimestamp(time_ns // 1_000_000 / 1000, tz=dt.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
