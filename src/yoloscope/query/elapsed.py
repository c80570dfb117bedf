"""Seconds of training over all attempts of a run: the elapsed axis, and how long a run took.

Called by `series` and `runs`, which must agree. Time in which nothing ran does not count, and neither does what was trained in vain:
each attempt goes on where the kept rows of the one before it ended.
"""

from collections.abc import Sequence

from yoloscope.store import ports


def offsets_s(attempts: Sequence[ports.AttemptInfo], *, stat: ports.RunStat | None) -> dict[int, float]:
    """Return when each attempt began, in seconds of training, by its number in the store; ``attempts`` stand in order.

    The attempts of other ranks begin with the one of the main process whose beginning is nearest.
    """
    main = [attempt for attempt in attempts if attempt.rank == 0]
    offsets: dict[int, float] = {}
    so_far_s = 0.0
    for attempt in main:
        offsets[attempt.number] = so_far_s
        so_far_s += length_s(attempt, stat=stat) or 0.0
    for attempt in attempts:
        if attempt.rank and main:
            nearest = min(main, key=lambda one: abs(one.wall_ns - attempt.wall_ns))
            offsets[attempt.number] = offsets[nearest.number]
    return offsets


def length_s(attempt: ports.AttemptInfo, *, stat: ports.RunStat | None) -> float | None:
    """Return the seconds from the attempt's beginning to the last of its kept rows; ``None`` if it has none."""
    last_mono_ns = None if stat is None else stat.last_mono_ns.get(attempt.number)
    return None if last_mono_ns is None else max(0.0, (last_mono_ns - attempt.mono_ns) / 1e9)


def total_s(attempts: Sequence[ports.AttemptInfo], *, stat: ports.RunStat | None) -> float | None:
    """Return the seconds of training of a run; ``None`` while no attempt has rows."""
    lengths = [length_s(attempt, stat=stat) for attempt in attempts if attempt.rank == 0]
    counted = [length for length in lengths if length is not None]
    return sum(counted) if counted else None
