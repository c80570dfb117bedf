"""The order of a run's attempts, and which points a later attempt took the place of.

Called by `query` and `store`, which must agree. A resumed run, or an epoch run again, is a new attempt that starts somewhere; what older
attempts logged from there on is hidden, never deleted. Points of ``system/…`` describe the machine and are never superseded.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.records import ids, row

NEVER_PREFIX = "system/"


class Began(Protocol):
    """What tells when an attempt began, and by whom."""

    @property
    def number(self) -> int:
        """Its key in the store."""
        ...

    @property
    def writer(self) -> ids.WriterId:
        """The process it is of."""
        ...

    @property
    def index(self) -> int:
        """Its number within the writer, from 0 on."""
        ...

    @property
    def wall_ns(self) -> int:
        """When it began, Unix nanoseconds by the clock of its machine."""
        ...


class Start(msgspec.Struct, frozen=True):
    """When an attempt began, and from where on it supersedes older ones: nothing if it says neither epoch nor step."""

    number: int
    writer: ids.WriterId
    index: int
    wall_ns: int
    start_epoch: float | None
    start_step: int | None
    rank: int = 0

    @property
    def cuts(self) -> bool:
        """Whether older attempts can lose points to it: only the main process of a distributed training runs epochs again."""
        return self.rank == 0 and (self.start_epoch is not None or self.start_step is not None)


_A = TypeVar("_A", bound=Began)


def in_order(attempts: Iterable[_A]) -> list[_A]:
    """Return a run's attempts, oldest first, whatever the order in which they arrived.

    They are ordered by the time of their beginning, those of one writer by their index even if its clock was set back between them.
    """
    began_ns: dict[int, int] = {}
    latest_ns: dict[str, int] = {}
    given = sorted(attempts, key=lambda one: (one.writer, one.index))
    for one in given:
        latest_ns[one.writer] = began_ns[one.number] = max(one.wall_ns, latest_ns.get(one.writer, one.wall_ns))
    return sorted(given, key=lambda one: began_ns[one.number])  # stable: equal times stay in order of writer and index


def superseded(
    name: str,
    *,
    attempt: NDArray[np.int32],
    step: NDArray[np.int64],
    epoch: NDArray[np.float64],
    wall_ns: NDArray[np.int64],
    starts: Sequence[Start],
) -> NDArray[np.bool_]:
    """Return a mask of the points that a later attempt took the place of; ``starts`` are the run's attempts in order."""
    hidden = np.zeros(len(attempt), dtype=np.bool_)
    if name.startswith(NEVER_PREFIX) or not any(start.cuts for start in starts):
        return hidden
    for number in np.unique(attempt).tolist():
        mine = attempt == number
        cut_by = later_cuts(starts, number=number)
        if cut_by:
            hidden[mine] = cut(step=step[mine], epoch=epoch[mine], wall_ns=wall_ns[mine], by=cut_by)
    return hidden


class Cut(msgspec.Struct, frozen=True):
    """From where on an attempt's points are hidden; those logged at ``before_ns`` or later are not, where it is given."""

    start_epoch: float | None
    start_step: int | None
    before_ns: int | None = None


def later_cuts(starts: Sequence[Start], *, number: int) -> list[Cut]:
    """Return what later attempts cut off one; ``starts`` are the run's attempts in order.

    Processes of other ranks begin within seconds of the main one, so that their order says nothing: from those a
    beginning cuts what was logged before it. An unknown attempt is the oldest.
    """
    place, rank = next(((at, one.rank) for at, one in enumerate(starts) if one.number == number), (-1, 0))
    if rank:
        return _foremost(Cut(one.start_epoch, one.start_step, one.wall_ns) for one in starts if one.cuts)
    return _foremost(Cut(one.start_epoch, one.start_step) for one in starts[place + 1 :] if one.cuts)


def _foremost(cuts: Iterable[Cut]) -> list[Cut]:
    """Leave out the cuts that hide nothing that another does not: a third attempt rarely changes what is left of the first."""
    kept: list[Cut] = []
    for one in cuts:
        if not any(_covers(other, one) for other in kept):
            kept = [other for other in kept if not _covers(one, other)]
            kept.append(one)
    return kept


def _covers(one: Cut, other: Cut) -> bool:
    """Tell whether a cut surely hides all that another does."""
    if one.before_ns is not None and (other.before_ns is None or other.before_ns > one.before_ns):
        return False
    if (one.start_step is None) != (other.start_step is None):
        return False
    return _from_before(one.start_step, other.start_step) and _from_before(one.start_epoch, other.start_epoch)


def _from_before(one: float | None, other: float | None) -> bool:
    return other is None or (one is not None and one <= other)


def cut(
    *, step: NDArray[np.int64], epoch: NDArray[np.float64], wall_ns: NDArray[np.int64], by: Iterable[Cut]
) -> NDArray[np.bool_]:
    """Return a mask of one attempt's points that any of the cuts hides.

    The step decides; where point or cut has none, the epoch does. A point with neither is kept.
    """
    hidden = np.zeros(len(step), dtype=np.bool_)
    for one in by:
        hides = _at_or_after(one, step=step, epoch=epoch)
        hidden |= hides if one.before_ns is None else hides & (wall_ns < one.before_ns)
    return hidden


def _at_or_after(of: Cut, *, step: NDArray[np.int64], epoch: NDArray[np.float64]) -> NDArray[np.bool_]:
    by_epoch = np.zeros(len(step), dtype=np.bool_)
    if of.start_epoch is not None:
        by_epoch = epoch >= of.start_epoch  # false where the epoch is NaN
    if of.start_step is None:
        return by_epoch
    return np.where(step == row.NO_STEP, by_epoch, step >= of.start_step)
