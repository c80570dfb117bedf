"""The time as the SDK sees it while a recorded training is told again: that of the recording, moved to end when asked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_real_wall_ns, _real_mono_ns = time.time_ns, time.monotonic_ns

_SPARE_NS = 1000 * 86_400 * 10**9
"""So that no machine was booted too recently to be set back."""


class Clock:
    """Runs at the pace of the real one, set back by as much as it is told."""

    def __init__(self) -> None:
        self._back_ns = 0

    def stand_at(self, wall_s: float) -> None:
        """Make it that time now, in Unix seconds."""
        self._back_ns = _real_wall_ns() - int(wall_s * 1e9)

    def wall_ns(self) -> int:
        """Return Unix nanoseconds."""
        return _real_wall_ns() - self._back_ns

    def mono_ns(self) -> int:
        """Return nanoseconds of the clock that never jumps, set back as well."""
        return _real_mono_ns() - self._back_ns + _SPARE_NS


@contextmanager
def replaced() -> Iterator[Clock]:
    """Put a clock in place of this process's until the block ends."""
    clock = Clock()
    time.time_ns, time.monotonic_ns = clock.wall_ns, clock.mono_ns
    try:
        yield clock
    finally:
        time.time_ns, time.monotonic_ns = _real_wall_ns, _real_mono_ns
