"""What is kept of a series, and of a run's rows as a whole, beside the points.

A part of `ports`, where everybody finds it.
"""

import msgspec


class SeriesStat(msgspec.Struct, frozen=True):
    """What is kept of a series beside its points, of those that no later attempt superseded.

    Extremes leave NaN out and are NaN when nothing else came. ``last`` is the newest attempt's, NaN for a series without points.
    """

    name: str
    count: int
    nan_count: int
    last: float
    last_step: int | None
    last_epoch: float | None
    min: float
    min_step: int | None
    min_epoch: float | None
    max: float
    max_step: int | None
    max_epoch: float | None


class RunStat(msgspec.Struct, frozen=True):
    """What is kept of a run's rows as a whole; ``None`` where no row said it.

    ``rows`` and the wall times are of all rows. ``step`` and ``epoch`` are the greatest of the main process's rows that no later attempt
    superseded; ``last_mono_ns`` is the latest monotonic time of such rows by number of the attempt, comparable with that attempt's
    own. Rows of ``system/…`` alone count there only if they have a step or an epoch.
    """

    rows: int
    step: int | None
    epoch: float | None
    first_wall_ns: int | None
    last_wall_ns: int | None
    last_mono_ns: dict[int, int]
