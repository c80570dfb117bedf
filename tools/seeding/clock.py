"""The time as the SDK sees it while a recorded training is told again: that of the recording, moved to end when asked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_real_wall_ns, _real_mono_ns = time.time_ns, time.monotonic_ns

_SPARE_NS = 1000 * 86_400 * 10**9
"""So that no machine was booted too recently to be set back."""
_LOOK_NS = 1_000
"""What a look at it takes: no two rows are of one moment."""


class Clock:
    """Stands still but for a microsecond a look: however busy the machine is, rows are told in the order of the recording."""

    def __init__(self) -> None:
        self._now_ns = _real_wall_ns()

    def stand_at(self, wall_s: float) -> None:
        """Make it that time now, in Unix seconds; another training may lie before the last one."""
        self._now_ns = int(wall_s * 1e9)

    def wall_ns(self) -> int:
        """Return Unix nanoseconds."""
        self._now_ns += _LOOK_NS
        return self._now_ns

    def mono_ns(self) -> int:
        """Return nanoseconds of the clock that never jumps, set as well."""
        return self.wall_ns() + _SPARE_NS


@contextmanager
def replaced() -> Iterator[Clock]:
    """Put a clock in place of this process's until the block ends."""
    clock = Clock()
    time.time_ns, time.monotonic_ns = clock.wall_ns, clock.mono_ns
    try:
        yield clock
    finally:
        time.time_ns, time.monotonic_ns = _real_wall_ns, _real_mono_ns
