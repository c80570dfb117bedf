"""Attempts as tests begin them, and the plainest way to tell what of their rows is left."""

import math
from collections.abc import Sequence

import msgspec

from contracts import rows
from yoloscope.records import ids, row
from yoloscope.store import open as opening

SYSTEM = "system/cpu_percent"


def begin(stores: opening.Stores, attempt: row.AttemptRef, *, writer: ids.WriterId = rows.WRITER, rank: int = 0) -> int:
    """Return the number of a new attempt of the run, of which both stores know."""
    number = stores.catalog.open_attempt(rows.RUN, writer, attempt, rank=rank)
    stores.series.tell_attempts(rows.PROJECT, rows.RUN, [one.start for one in stores.catalog.run(rows.RUN).attempts])
    return number


class Begun(msgspec.Struct, frozen=True):
    """An attempt as a test makes it."""

    writer: ids.WriterId
    index: int
    wall_ns: int
    start_step: int | None
    start_epoch: float | None
    rank: int

    @property
    def ref(self) -> row.AttemptRef:
        """What a batch says of it."""
        return row.AttemptRef(self.index, self.wall_ns, 0, self.start_epoch, self.start_step)


class Logged(msgspec.Struct, frozen=True):
    """A row as it arrived: of which attempt (its place in the list of attempts), and what it says."""

    attempt: int
    names: tuple[str, ...]
    step: int
    epoch: float
    wall_ns: int
    mono_ns: int
    values: tuple[float, ...]


def in_order(attempts: Sequence[Begun]) -> list[int]:
    """Return the places of attempts in a list, oldest first."""

    def began(at: int) -> tuple[int, str, int]:
        mine = attempts[at]
        same = [one for one in attempts if one.writer == mine.writer and one.index <= mine.index]
        return max(one.wall_ns for one in same), mine.writer, mine.index

    return sorted(range(len(attempts)), key=began)


def is_replaced(logged: Logged, *, attempts: Sequence[Begun]) -> bool:
    """Tell whether a later attempt took the place of a row, whatever its name; one by one as the decision pages have it."""
    order = in_order(attempts)
    mine = attempts[logged.attempt]
    for at, later in enumerate(attempts):
        if later.rank or (later.start_step is None and later.start_epoch is None):
            continue
        if mine.rank and logged.wall_ns >= later.wall_ns:
            continue
        if not mine.rank and order.index(at) <= order.index(logged.attempt):
            continue
        if logged.step != row.NO_STEP and later.start_step is not None:
            if logged.step >= later.start_step:
                return True
        elif later.start_epoch is not None and logged.epoch >= later.start_epoch:
            return True
    return False


def kept(arrived: Sequence[Logged], *, name: str, attempts: Sequence[Begun]) -> list[Logged]:
    """Return the rows of a series that count, by attempt in order, within an attempt by arrival."""
    order = in_order(attempts)
    named = [one for one in arrived if name in one.names]
    if not name.startswith("system/"):
        named = [one for one in named if not is_replaced(one, attempts=attempts)]
    return sorted(named, key=lambda one: order.index(one.attempt))


def totals(of: Sequence[Logged], *, name: str, attempts: Sequence[Begun]) -> dict[str, object]:
    """Return what a store must say of a series with these rows, as `kept` has them; NaN as None."""
    order = in_order(attempts)
    values = [one.values[one.names.index(name)] for one in of]
    numbers = [(value, at) for at, value in enumerate(values) if not math.isnan(value)]
    low = min(numbers, default=None)
    high = min(((-value, at) for value, at in numbers), default=None)
    last = max(range(len(of)), key=lambda at: (order.index(of[at].attempt), of[at].mono_ns, at), default=None)

    def placed(at: int | None) -> tuple[object, ...]:
        if at is None:
            return None, None, None
        value, step, epoch = values[at], of[at].step, of[at].epoch
        return (
            None if math.isnan(value) else value,
            None if step == row.NO_STEP else step,
            None if math.isnan(epoch) else epoch,
        )

    return {
        "count": len(values),
        "nan_count": len(values) - len(numbers),
        "last": placed(last),
        "min": placed(None if low is None else low[1]),
        "max": placed(None if high is None else high[1]),
    }


def progress(arrived: Sequence[Logged], *, attempts: Sequence[Begun]) -> list[Logged]:
    """Return the rows that say how far the training came."""
    return [
        one
        for one in arrived
        if not is_replaced(one, attempts=attempts)
        and not (set(one.names) <= {SYSTEM} and one.step == row.NO_STEP and math.isnan(one.epoch))
    ]
