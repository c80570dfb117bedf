"""Named values of many runs in little memory: runs whose values have the same names share one tuple of names, equal values are one object.

Used by `facts`. Ten thousand runs of one project mostly differ in a few values of a configuration, and log the same series.
"""

import sys
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, cast

import msgspec

from yoloscope.query import compare
from yoloscope.store import ports

Total = Literal["last", "min", "max", "count"]
TEXT_MAX_CHARS = 4_096
"""Longer texts are kept to here; a filter has fewer characters, so that what it compares with is compared in full."""
ITEMS_MAX = 1_000
_POOL_MAX = 200_000  # names and values remembered for sharing: some 20 MB; beyond that sharing begins anew
_TOTALS: tuple[Total, ...] = ("last", "min", "max", "count")
_COUNT = _TOTALS.index("count")


class Names(msgspec.Struct, frozen=True, eq=False):
    """Names in order, and the place of each. Compared and hashed by identity: equal ones are one object, but for those of two pools."""

    all: tuple[str, ...]
    place: dict[str, int]


class Values(msgspec.Struct, frozen=True):
    """A value of any JSON type for each name."""

    names: Names
    values: tuple[object, ...]

    def get(self, name: str, otherwise: object) -> object:
        """Return the value of a name, `otherwise` if it has none."""
        at = self.names.place.get(name)
        return otherwise if at is None else self.values[at]


class Totals(msgspec.Struct, frozen=True):
    """Last, least and greatest value of each series, and how many points it has; one float64 each, one total behind the other."""

    names: Names
    numbers: "array[float]"

    def get(self, name: str, total: Total) -> float | None:
        """Return a total of a series; ``None`` if there is none. Series without points that count have a count alone."""
        return getter(name, total)(self)

    def last(self) -> Iterator[tuple[str, float]]:
        """Yield name and last value of each series that has points which count, in order of first arrival."""
        width = len(self.names.all)
        for at, name in enumerate(self.names.all):
            if self.numbers[_COUNT * width + at]:
                yield name, self.numbers[at]


def getter(name: str, total: Total) -> Callable[[Totals], float | None]:
    """Return what gets a total of a series, fast enough to be asked of every run."""
    row = _TOTALS.index(total)

    def get(totals: Totals) -> float | None:
        names = totals.names
        at = names.place.get(name)
        if at is None:
            return None
        numbers, width = totals.numbers, len(names.all)
        return numbers[row * width + at] if row == _COUNT or numbers[_COUNT * width + at] else None

    return get


class Pool:
    """Makes packed values and remembers what can be shared. Not safe for several threads at a time."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], Names] = {}
        self._values: dict[tuple[type, object], object] = {}

    def values(self, section: Mapping[str, object]) -> Values:
        """Return a section flattened: nested keys with dots, long texts and lists cut."""
        flat = compare.flat(section)
        return Values(self._shared_names(tuple(flat)), tuple(self._shared(_cut(value)) for value in flat.values()))

    def totals(self, stats: Sequence[ports.SeriesStat]) -> Totals:
        """Return the totals of some series."""
        numbers = array("d", [stat.last for stat in stats])
        numbers.extend(stat.min for stat in stats)
        numbers.extend(stat.max for stat in stats)
        numbers.extend(stat.count for stat in stats)
        return Totals(self._shared_names(tuple(stat.name for stat in stats)), numbers)

    def _shared_names(self, names: tuple[str, ...]) -> Names:
        found = self._names.get(names)
        if found is None:
            if len(self._names) * (len(names) + 1) > _POOL_MAX:
                self._names.clear()
            whole = tuple(sys.intern(name) for name in names)
            found = self._names[whole] = Names(whole, {name: at for at, name in enumerate(whole)})
        return found

    def _shared(self, value: object) -> object:
        if isinstance(value, list):
            return cast("list[object]", value)
        if len(self._values) > _POOL_MAX:
            self._values.clear()
        return self._values.setdefault((type(value), value), value)


def _cut(value: object) -> object:
    if isinstance(value, str):
        return value[:TEXT_MAX_CHARS]
    if isinstance(value, list):
        return [_cut(item) for item in cast("list[object]", value)[:ITEMS_MAX]]
    return value
