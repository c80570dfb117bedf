"""How regularly rows come, by the trainer's clock, in forty numbers."""

from array import array

import numpy as np

from yoloscope.diagnose.memory import stream

BATCHES = 10
MAXIMA = 20
MAXIMA_LEAST = 2
OF_MAXIMA = 0.6
"""Of ten intervals all lie below the 95 % quantile with a probability of 0.95 ** 10, that is 0.6: it is the 60 % quantile of their maxima."""
PAUSES = 20


class Pace:
    """Implements `view.Pace` from the rows of the training itself; telemetry goes on while a training hangs."""

    __slots__ = (
        "_epoch",
        "_longest",
        "_maxima",
        "_newest_ns",
        "_pause",
        "_pauses",
        "_pending",
        "batches",
        "is_between_epochs",
    )

    def __init__(self) -> None:
        self._maxima, self._pauses = array("d"), array("d")
        self.begin()

    def begin(self) -> None:
        """Begin an attempt: what passed between two processes is no pace."""
        self.batches = 0
        self.is_between_epochs = False
        self._newest_ns = self._pending = self._epoch = 0
        self._longest = self._pause = 0.0

    def batch(self, wall_ns: int, *, epoch: int, ends: bool) -> None:
        """Take note of a batch; `ends` tells that it is the last of its epoch."""
        if self.batches:
            self._interval(self._passed(wall_ns), is_new=self._epoch != epoch or self.is_between_epochs)
        self._newest_ns, self._epoch, self.is_between_epochs = wall_ns, epoch, ends
        self.batches += 1

    def row(self, wall_ns: int) -> None:
        """Take note of a row between two epochs, such as that of a validation."""
        self._pause = max(self._pause, self._passed(wall_ns)) if self._newest_ns else 0.0
        self._newest_ns, self.is_between_epochs = wall_ns, True

    def _passed(self, wall_ns: int) -> float:
        return max(0.0, (wall_ns - self._newest_ns) / 1e9)

    def _interval(self, seconds: float, *, is_new: bool) -> None:
        if is_new:
            self._pauses.append(stream.coarse(max(seconds, self._pause)))
            del self._pauses[:-PAUSES]
            self._pause = 0.0
            return
        self._longest = max(self._longest, seconds)
        self._pending += 1
        if self._pending == BATCHES:
            self._maxima.append(stream.coarse(self._longest))
            del self._maxima[:-MAXIMA]
            self._longest, self._pending = 0.0, 0

    @property
    def batch_p95_s(self) -> float | None:
        """Within how many seconds of the one before 95 % of the last 200 batches came."""
        return float(np.quantile(self._maxima, OF_MAXIMA)) if len(self._maxima) >= MAXIMA_LEAST else None

    @property
    def between_p95_s(self) -> float | None:
        """The same of pauses between epochs: the longest stretch without a row in each."""
        return float(np.quantile(self._pauses, 0.95)) if self._pauses else None

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.coarse_run(self._maxima)
        into.coarse_run(self._pauses)
        into.integers += (self.batches, int(self.is_between_epochs), self._newest_ns, self._pending, self._epoch)
        into.doubles.extend((self._longest, self._pause))

    @classmethod
    def restored(cls, of: stream.Reader) -> "Pace":
        """Return the pace that was saved."""
        pace = cls()
        pace._maxima, pace._pauses = of.coarse_run(), of.coarse_run()
        pace.batches, pace.is_between_epochs = of.integer(), bool(of.integer())
        pace._newest_ns, pace._pending, pace._epoch = (of.integer() for _ in range(3))
        pace._longest, pace._pause = of.double(), of.double()
        return pace
