"""What telemetry reads by the clock: the newest values, and means of stretches of half a minute over the last five minutes."""

import math
from array import array

from yoloscope.diagnose import view
from yoloscope.diagnose.memory import blocks, stream

STRETCH_MS = 30_000
"""Telemetry comes every two seconds: half a minute of it, whatever else the machine does."""
STRETCHES = 10


class Reading:
    """Implements `view.Readings`; times are ms since the run's first row."""

    __slots__ = ("_first", "_last", "_most", "_of_stretch", "_recent", "_since_ms", "_stretch", "_total", "_until_ms")

    def __init__(self) -> None:
        self._first = self._last = self._most = math.nan
        self._since_ms = self._until_ms = -1
        self._recent = array("d")
        self._stretch = self._of_stretch = 0
        self._total = 0.0

    @property
    def first(self) -> float:
        """The first reading."""
        return stream.kept(self._first)

    @property
    def last(self) -> float:
        """The newest reading."""
        return stream.kept(self._last)

    @property
    def most(self) -> float:
        """The highest reading."""
        return stream.kept(self._most)

    @property
    def is_there(self) -> bool:
        """Whether anything was read yet."""
        return self._since_ms >= 0

    @property
    def seconds(self) -> float:
        """From the first reading to the newest."""
        return (self._until_ms - self._since_ms) / 1e3

    def recent(self) -> view.Floats:
        """Return the means of full stretches of 30 s each, oldest first."""
        return blocks.floats(self._recent)

    def add(self, value: float, at_ms: int) -> None:
        """Take a reading; what is not finite is none."""
        if value - value != 0.0:
            return
        if self._since_ms < 0:
            self._first, self._since_ms = value, at_ms
        stretch = at_ms // STRETCH_MS
        if stretch != self._stretch:
            self._close(stretch)
        self._last, self._until_ms = value, at_ms
        if not value <= self._most:
            self._most = value
        self._total += value
        self._of_stretch += 1

    def _close(self, stretch: int) -> None:
        if self._of_stretch:
            self._recent.append(stream.coarse(self._total / self._of_stretch))
            if len(self._recent) > STRETCHES:
                del self._recent[0]
        self._stretch, self._total, self._of_stretch = stretch, 0.0, 0

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.fine.extend((self.first, self.last, self.most))
        into.doubles.append(self._total)
        into.integers += (self._since_ms, self._until_ms, self._stretch, self._of_stretch)
        into.coarse_run(self._recent)

    @classmethod
    def restored(cls, of: stream.Reader) -> "Reading":
        """Return the reading that was saved."""
        reading = cls()
        reading._first, reading._last, reading._most = (of.fine() for _ in range(3))
        reading._total = of.double()
        reading._since_ms, reading._until_ms, reading._stretch, reading._of_stretch = (of.integer() for _ in range(4))
        reading._recent = of.coarse_run()
        return reading
