"""A series held in memory as parts and groups of any size, told the plainest way: what a store's view says of rows, for tests of queries."""

import contextlib
import math
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from yoloscope.records import row
from yoloscope.store import ports, ports_view


class Held(msgspec.Struct, frozen=True):
    """One row of the series; ``place`` is its number by arrival."""

    place: int
    attempt: int
    step: int
    epoch: float
    wall_ns: int
    mono_ns: int
    value: float


class Part(msgspec.Struct, frozen=True):
    """Rows in the order stored; in groups of so many, or without groups if that is 0."""

    rows: tuple[Held, ...]
    group_rows: int


def part(rows: Sequence[Held], *, group_rows: int) -> Part:
    """Return a part; one with groups stores its rows by attempt and clock, as stores do."""
    if group_rows:
        rows = sorted(rows, key=lambda one: (one.attempt, one.mono_ns, one.place))
    return Part(tuple(rows), group_rows)


class HeldView:
    """The view of a run that has one series."""

    def __init__(self, name: str, parts: Sequence[Part]) -> None:
        self._name = name
        self._parts = dict(enumerate(parts))
        self.read: list[int] = []
        """The parts of which values were asked for."""

    @contextlib.contextmanager
    def opened(self) -> Iterator[ports.View]:
        """Return a context, as a store's `view` does."""
        yield self

    def names(self) -> list[str]:
        return [self._name] if self._parts else []

    def parts(self, name: str) -> ports.Parts:
        parts = self._parts if name == self._name else {}
        return ports.Parts(
            _ints(parts),
            _ints(len(one.rows) for one in parts.values()),
            _ints(_attempt(one.rows) for one in parts.values()),
            np.array([one.group_rows > 0 for one in parts.values()], np.bool_),
            np.ones(len(parts), np.bool_),
            *_extents([one.rows for one in parts.values()]),
        )

    def groups(self, name: str, parts: Sequence[int]) -> ports.Groups:
        groups = [
            (number, at, self._parts[number].rows[at : at + self._parts[number].group_rows])
            for number in parts
            for at in range(0, len(self._parts[number].rows), self._parts[number].group_rows)
        ]
        numbers = [[one.value for one in rows if not math.isnan(one.value)] for _, _, rows in groups]
        return ports.Groups(
            _ints(number for number, _, _ in groups),
            _ints(at for _, at, _ in groups),
            _ints(len(rows) for _, _, rows in groups),
            _ints(_attempt(rows) for _, _, rows in groups),
            *_extents([rows for _, _, rows in groups]),
            nan=_ints(len(rows) - len(some) for (_, _, rows), some in zip(groups, numbers, strict=True)),
            first=_floats(rows[0].value for _, _, rows in groups),
            last=_floats(rows[-1].value for _, _, rows in groups),
            min=_floats(min(some, default=math.nan) for some in numbers),
            max=_floats(max(some, default=math.nan) for some in numbers),
            sum=_floats(sum(some) for some in numbers),
        )

    def values(self, name: str, parts: Sequence[int]) -> ports_view.Floats:
        self.read += parts
        return _floats(one.value for one in self._rows(parts))

    def ints(self, name: str, parts: Sequence[int], column: ports_view.IntColumn) -> ports_view.Ints:
        if column == "row":
            return _ints(at for number in parts for at in range(len(self._parts[number].rows)))
        return _ints(getattr(one, column) for one in self._rows(parts))

    def epochs(self, name: str, parts: Sequence[int]) -> ports_view.Floats:
        return _floats(one.epoch for one in self._rows(parts))

    def _rows(self, parts: Sequence[int]) -> list[Held]:
        return [one for number in parts for one in self._parts[number].rows]


def _attempt(rows: Sequence[Held]) -> int:
    numbers = {one.attempt for one in rows}
    return numbers.pop() if len(numbers) == 1 else ports_view.NO_ATTEMPT


def _extents(groups: Sequence[Sequence[Held]]) -> list[ports.Extent]:
    steps = [[one.step for one in rows if one.step != row.NO_STEP] for rows in groups]
    epochs = [[one.epoch for one in rows if not math.isnan(one.epoch)] for rows in groups]
    counts = [len(rows) for rows in groups]
    extents = [
        ports.Extent(
            _ints(min(some, default=2**63 - 1) for some in steps),
            _ints(max(some, default=-(2**63)) for some in steps),
            _ascend(steps, counts),
        ),
        ports.Extent(
            _floats(min(some, default=math.nan) for some in epochs),
            _floats(max(some, default=math.nan) for some in epochs),
            _ascend(epochs, counts),
        ),
    ]
    for column in ("wall_ns", "mono_ns"):
        times = [[getattr(one, column) for one in rows] for rows in groups]
        extents.append(ports.Extent(_ints(map(min, times)), _ints(map(max, times)), _ascend(times, counts)))
    return extents


def _ascend(columns: Sequence[Sequence[float]], counts: Sequence[int]) -> ports_view.Bools:
    return np.array(
        [list(some) == sorted(some) and len(some) == count for some, count in zip(columns, counts, strict=True)],
        np.bool_,
    )


def _ints(some) -> ports_view.Ints:
    return np.array(list(some), np.int64)


def _floats(some) -> ports_view.Floats:
    return np.array(list(some), np.float64)
