"""What a rule may look at: the run's facts and what is remembered of its epochs, steps and classes. All of it is read-only."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from yoloscope.diagnose import facts, history

Floats = NDArray[np.float64]


class Series(Protocol):
    """What is remembered of one series by epoch. The value of an epoch is its last (metrics, val) or the mean of its finite values (train, time, grad)."""

    first: float
    last: float
    """Of the newest complete epoch; may be NaN or infinite."""
    ema: float
    """Exponential mean, alpha 0.3, of the finite values."""
    least: float
    """The least finite value, and in which epoch it was."""
    least_epoch: int
    most: float
    most_epoch: int
    ema_least: float
    ema_most: float
    ema_most_epoch: int
    count: int
    """Epochs that had a value."""
    nonfinite: int
    """Epochs in which a value was NaN or infinite, in all, and in a row up to now."""
    nonfinite_run: int
    before: tuple[float, float] | None
    """What `window` held when the last cut came: the mean of its last three values and their noise (`robust.noise`); ``None`` without a cut."""

    def window(self, epochs: int | None = None, /) -> Floats:
        """Return the newest values since the last cut, oldest first, at most 32; ``None`` takes all there are."""
        ...

    def across(self) -> Floats:
        """Return the newest values as `window` does, but across cuts: of what a machine takes, which no stage of a training changes."""
        ...

    def early(self) -> Floats:
        """Return the values of the first 12 epochs, as far as there are any, across cuts."""
        ...

    def course(self) -> tuple[Floats, Floats]:
        """Return the whole curve across cuts in at most 40 points: the middles of blocks of epochs, and the means of their finite values.

        Blocks are of 1, 2, 4 … epochs, oldest first; the first epoch is 1.0, the newest block need not be full. Kept for `thresholds.COURSES`
        alone; both are empty for other series.
        """
        ...

    def stale(self, gain: float, /) -> int:
        """Return for how many epochs the exponential mean has not risen by more than `gain` (one of `thresholds.GAINS`) above its best."""
        ...


class Steps(Protocol):
    """What is remembered of the batches: the newest value of each series, and medians over the last 200."""

    step: int
    """Global iteration of the newest batch."""
    seen: int
    """Batches of this attempt, up to now."""

    def now(self, name: str, /) -> float | None:
        """Return the value of the newest batch; ``None`` if it had none."""
        ...

    def blocks(self, name: str, /) -> Floats:
        """Return the medians of up to 50 blocks of 4 batches each, oldest first, without the newest block that is not full."""
        ...

    def median(self, name: str, /) -> float | None:
        """Return the median of `blocks`; ``None`` before there are five."""
        ...

    def sigma_log(self, name: str, /) -> float | None:
        """Return the robust deviation of the logarithms of `blocks`, at least 0.05; ``None`` before there are five."""
        ...

    def count(self, key: str, /) -> int:
        """Return how many batches among the last 1,000 were marked `key` (see `thresholds.MARKS`): a spike, an overflow, a clipped gradient."""
        ...


class Readings(Protocol):
    """What is remembered of a series that is read by the clock, ``system/*``, every two seconds or so."""

    @property
    def first(self) -> float:
        """The first reading."""
        ...

    @property
    def last(self) -> float:
        """The newest reading."""
        ...

    @property
    def most(self) -> float:
        """The highest reading."""
        ...

    @property
    def seconds(self) -> float:
        """From the first reading to the newest."""
        ...

    def recent(self) -> Floats:
        """Return the means of up to 10 full stretches of 30 s each, oldest first: the last five minutes."""
        ...


class Pace(Protocol):
    """How regularly rows come, by the trainer's clock; ``None`` where too little was seen."""

    batches: int
    """Batches of this attempt."""
    is_between_epochs: bool
    """The newest row ended an epoch, or belongs to its validation."""

    @property
    def batch_p95_s(self) -> float | None:
        """95 % of the last 200 batches came within so many seconds of the one before, those of one epoch."""
        ...

    @property
    def between_p95_s(self) -> float | None:
        """The same of the pauses between epochs, for validation and checkpoints: the longest time without a row in each."""
        ...


class ClassSeries(Protocol):
    """What is remembered of one class's AP50."""

    name: str
    last: float
    best: float
    best_epoch: int
    noise: float
    """Exponential mean of the absolute change from epoch to epoch."""
    count: int


class View(Protocol):
    """One run as a rule sees it, at the moment of the question."""

    facts: facts.Facts
    peers: history.Peers
    """Earlier runs of the same project and data, as they were told from outside; none by default."""
    repeats: int
    """How often an epoch was begun again without a new process: after NaN, or a lack of memory."""
    attempt: int
    silent_s: float | None
    """Seconds since a row came, by the clock of who asks; ``None`` in a replay, and once the run has ended."""

    @property
    def steps(self) -> Steps:
        """What is remembered of the batches."""
        ...

    @property
    def pace(self) -> Pace:
        """How regularly rows come."""
        ...

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        ...

    @property
    def since_cut(self) -> int:
        """Epochs since the last cut (resume, repeated epoch, halved batch, closed mosaic, lr step)."""
        ...

    @property
    def wall_s(self) -> float:
        """Seconds from the first row to the newest, by the trainer's clock."""
        ...

    def readings(self, name: str, /) -> Readings | None:
        """Return what is remembered of a series that is read by the clock; ``None`` if the run has none."""
        ...

    def read(self, suffix: str, /) -> tuple[str, ...]:
        """Return the names among those series that end so, in order: ``read("util_percent")`` are those of all cards."""
        ...

    def series(self, name: str, /) -> Series | None:
        """Return a series by epoch, ``None`` if the run has none; ``train/total`` and ``val/total`` are the sums of the components."""
        ...

    def names(self, prefix: str, /) -> tuple[str, ...]:
        """Return the names of the epoch series that begin so, in order."""
        ...

    def components(self, split: str = "train", /) -> tuple[str, ...]:
        """Return the parts of the loss, as ``("box", "cls", "dfl")``."""
        ...

    def classes(self) -> tuple[ClassSeries, ...]:
        """Return what is remembered of the classes; of more than 64 those with the lowest AP."""
        ...
