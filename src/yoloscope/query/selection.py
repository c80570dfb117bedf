"""Which points of a series are asked for, and where they lie: of points one by one, and of parts and groups as far as they tell.

Called by `points`, `bucketing` and `series`. What a part or a group tells is enough where all of its rows fare alike; where it is not,
neither `Sight.certain` nor `Sight.absent` is said, and its rows have to be looked at.
"""

import functools

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import supersede
from yoloscope.query import attempts as attempt_queries
from yoloscope.query import elapsed
from yoloscope.query.window import Window, XAxis
from yoloscope.records import row
from yoloscope.store import ports, ports_view

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COLUMN_OF: dict[XAxis, ports_view.Axis] = {"step": "step", "epoch": "epoch", "time": "wall_ns", "elapsed": "mono_ns"}
"""What of a row says where it lies on an axis."""
_OLDEST = -1


class Sight(msgspec.Struct, frozen=True):
    """What parts or groups tell of their rows, an entry for each.

    ``certain``: all rows are asked for; ``absent``: none is, or none lies in the window and all have an x; ``blank``: none has an x;
    ``within``: all have an x in the window, none less than the one before. ``low`` and ``high`` are the least and greatest x, NaN if
    there is none.
    """

    certain: Bools
    absent: Bools
    blank: Bools
    within: Bools
    low: Floats
    high: Floats


def taken(sight: Sight, which: NDArray[np.intp]) -> Sight:
    """Return what some of the parts or groups tell."""
    return Sight(*(column[which] for column in msgspec.structs.astuple(sight)))


class Selection(msgspec.Struct, frozen=True, dict=True):
    """How the points of one series of a run are chosen; ``attempts`` stand in order."""

    name: str
    window: Window
    attempts: tuple[ports.AttemptInfo, ...]
    stat: ports.RunStat | None

    def ages(self, attempt: Ints) -> Ints:
        """Return the place of each row's attempt among those of the run; one that nobody was told of is the oldest."""
        return _mapped(attempt, self._age_of, default=_OLDEST).astype(np.int64)

    def began_ns(self, attempt: Ints, *, unknown: dict[int, int]) -> Ints:
        """Return when each row's attempt began by its monotonic clock; `unknown` says it of those that nobody was told of."""
        return _mapped(attempt, self._began_ns_of | unknown, default=0).astype(np.int64)

    def knows(self, number: int) -> bool:
        """Tell whether there is an attempt of that key."""
        return number in self._age_of

    def asked(self, *, attempt: Ints, step: Ints, epoch: Floats, wall_ns: Ints) -> Bools:
        """Return a mask of the rows that are asked for, wherever they lie."""
        asked = np.ones(len(attempt), np.bool_)
        if self._numbers is not None:
            asked = np.isin(attempt, self._numbers)
        if self.window.which == "all":
            return asked
        hidden = supersede.superseded(
            self.name,
            attempt=attempt.astype(np.int32),
            step=step,
            epoch=epoch,
            wall_ns=wall_ns,
            starts=self._starts,
        )
        return asked & (hidden if self.window.which == "superseded" else ~hidden)

    def xs(self, column: Ints | Floats, *, attempt: Ints, unknown: dict[int, int]) -> Floats:
        """Return where rows lie by the column that says it (see `COLUMN_OF`), NaN where they do not.

        Steps and epochs as logged; ``time`` in Unix seconds; ``elapsed`` in seconds of training, see `elapsed.offsets_s`.
        """
        if self.window.x == "step":
            found = column.astype(np.float64)
            missing = column == row.NO_STEP
            return np.where(missing, np.nan, found) if missing.any() else found
        if self.window.x == "epoch":
            return column.astype(np.float64, copy=False)
        if self.window.x == "time":
            return column / 1e9
        since = (column - self.began_ns(attempt, unknown=unknown)) / 1e9
        return since + _mapped(attempt, self._offset_s_of, default=0.0)

    def inside(self, xs: Floats, *, has_x: Bools) -> Bools:
        """Return a mask of the x within the window, of those that are any."""
        inside = has_x
        if self.window.lo is not None:
            inside = inside & (xs >= self.window.lo)
        if self.window.hi is not None:
            inside = inside & (xs <= self.window.hi)
        return inside

    def sight(self, of: ports.Parts | ports.Groups, *, unknown: dict[int, int]) -> Sight:
        """Return what parts or groups tell of their rows."""
        certain, absent = self._verdicts(of)
        low, high, blank = self._reach(of, unknown=unknown)
        by_axis: ports.Extent = getattr(of, COLUMN_OF[self.window.x])
        mixed = of.attempt == ports_view.NO_ATTEMPT
        ascends = by_axis.ascends & ~mixed if self.window.x == "elapsed" else by_axis.ascends
        placed = ascends if self.window.x in {"step", "epoch"} else ~mixed | (self.window.x == "time")
        outside = np.zeros(len(low), np.bool_)
        within = ascends & np.isfinite(low) & np.isfinite(high)
        if self.window.lo is not None:
            outside |= high < self.window.lo
            within &= low >= self.window.lo
        if self.window.hi is not None:
            outside |= low > self.window.hi
            within &= high <= self.window.hi
        known = placed & np.isfinite(low) & np.isfinite(high)
        return Sight(certain, absent | (outside & known), blank, within, low, high)

    def _reach(self, of: ports.Parts | ports.Groups, *, unknown: dict[int, int]) -> tuple[Floats, Floats, Bools]:
        """Return the least and greatest x, and where no row has one."""
        by_axis: ports.Extent = getattr(of, COLUMN_OF[self.window.x])
        low = self.xs(by_axis.low, attempt=of.attempt, unknown=unknown)
        high = self.xs(by_axis.high, attempt=of.attempt, unknown=unknown)
        if self.window.x == "elapsed":
            mixed = of.attempt == ports_view.NO_ATTEMPT
            return np.where(mixed, np.nan, low), np.where(mixed, np.nan, high), np.zeros(len(low), np.bool_)
        blank = by_axis.low > by_axis.high if self.window.x == "step" else np.isnan(low)
        return np.where(blank, np.nan, low), np.where(blank, np.nan, high), blank

    def _verdicts(self, of: ports.Parts | ports.Groups) -> tuple[Bools, Bools]:
        """Return which parts or groups hold asked rows only, and which none."""
        certain, absent = np.ones(len(of.attempt), np.bool_), np.zeros(len(of.attempt), np.bool_)
        mixed = of.attempt == ports_view.NO_ATTEMPT
        if self._numbers is not None:
            certain = np.isin(of.attempt, self._numbers) & ~mixed
            absent = ~certain & ~mixed
        if self.window.which == "all":
            return certain, absent
        stays, goes = self._superseded(of)
        if self.window.which == "superseded":
            stays, goes = goes, stays
        return certain & stays, absent | goes

    def _superseded(self, of: ports.Parts | ports.Groups) -> tuple[Bools, Bools]:
        """Return of which parts or groups surely no row was superseded, and of which surely every one."""
        stays, goes = np.ones(len(of.attempt), np.bool_), np.zeros(len(of.attempt), np.bool_)
        if self.name.startswith(supersede.NEVER_PREFIX) or not any(start.cuts for start in self._starts):
            return stays, goes
        for number in _distinct(of.attempt):
            mine = of.attempt == number
            if number == ports_view.NO_ATTEMPT:
                stays[mine] = False
                continue
            for cut in supersede.later_cuts(self._starts, number=number):
                of_cut = _judged(cut, of)
                stays[mine] &= of_cut[0][mine]
                goes[mine] |= of_cut[1][mine]
        return stays, goes

    @functools.cached_property
    def _starts(self) -> list[supersede.Start]:
        return [attempt.start for attempt in self.attempts]

    @functools.cached_property
    def _age_of(self) -> dict[int, int]:
        return {attempt.number: age for age, attempt in enumerate(self.attempts)}

    @functools.cached_property
    def _began_ns_of(self) -> dict[int, int]:
        return {attempt.number: attempt.mono_ns for attempt in self.attempts}

    @functools.cached_property
    def _offset_s_of(self) -> dict[int, float]:
        return elapsed.offsets_s(self.attempts, stat=self.stat)

    @functools.cached_property
    def _numbers(self) -> list[int] | None:
        """The keys of the attempts asked for; ``None`` for all."""
        if self.window.attempt is None:
            return None
        number_of = attempt_queries.number_of(self.attempts)
        return [key for key, number in number_of.items() if number == self.window.attempt]


def _judged(cut: supersede.Cut, of: ports.Parts | ports.Groups) -> tuple[Bools, Bools]:
    """Return where a cut surely hides no row, and where surely every one; it says of extents what `supersede.cut` says of rows."""
    stays, goes = np.ones(len(of.attempt), np.bool_), np.zeros(len(of.attempt), np.bool_)
    if cut.start_epoch is not None:
        stays = ~(of.epoch.high >= cut.start_epoch)  # true where no row has an epoch
        goes = of.epoch.ascends & (of.epoch.low >= cut.start_epoch)
    if cut.start_step is not None:
        none, every = of.step.low > of.step.high, of.step.ascends
        before, after = of.step.high < cut.start_step, of.step.low >= cut.start_step
        stays = np.where(none, stays, before & (stays | every))
        goes = np.where(none, goes, after & (goes | every))
    if cut.before_ns is not None:
        stays = stays | (of.wall_ns.low >= cut.before_ns)
        goes = goes & (of.wall_ns.high < cut.before_ns)
    return stays, goes


def _distinct(attempt: Ints) -> list[int]:
    if len(attempt) and (attempt == attempt[0]).all():
        return [int(attempt[0])]
    return np.unique(attempt).tolist()


def _mapped(attempt: Ints, to: "dict[int, int] | dict[int, float]", *, default: float) -> Ints | Floats:
    """Return what each number stands for."""
    if not len(attempt) or (attempt == attempt[0]).all():
        return np.full(len(attempt), to.get(int(attempt[0]), default) if len(attempt) else default)
    numbers, which = np.unique(attempt, return_inverse=True)
    return np.array([to.get(number, default) for number in numbers.tolist()])[which]
