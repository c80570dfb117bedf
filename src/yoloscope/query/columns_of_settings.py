"""Settings of many runs as columns of codes, which comparisons and shares are made of.

Used by `learnt` and `importance`. Codes count from 0 in the order of the values (numbers ascending, off before on, texts by the alphabet). A run that
does not have a setting has a level of its own, the last one, whose value is `ABSENT`.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.query import outcomes, settings_of_run

LEVELS_MOST = 5
"""Numbers with more values than this are put into ranges: single values would have a run or two each."""
_TEXT_MOST_CHARS = 60
Ints = NDArray[np.int64]


class Absent:
    """The value of a run that does not have a setting."""


ABSENT: Final = Absent()


class Level(msgspec.Struct, frozen=True):
    """One value, or a range of numbers, of a setting: ``text`` as people read it; ``value`` for a single one, ``low`` and ``high`` for a range."""

    text: str
    value: object = None
    low: float | None = None
    high: float | None = None


class Column(msgspec.Struct, frozen=True):
    """One setting: a code for each run, shape (n,), and the value of each code."""

    name: str
    codes: Ints
    values: list[object]

    @property
    def absent(self) -> int:
        """The code of runs without the setting, -1 if all have it."""
        return len(self.values) - 1 if isinstance(self.values[-1], Absent) else -1

    @property
    def is_numeric(self) -> bool:
        """Tell whether all values are numbers (true and false are none)."""
        told = [value for value in self.values if not isinstance(value, Absent)]
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in told)

    @property
    def is_label(self) -> bool:
        """Tell whether it names runs rather than setting something: texts of which most runs have their own."""
        count = len(self.values)
        return not self.is_numeric and count > LEVELS_MOST and count > len(self.codes) / 2


class Levels(msgspec.Struct, frozen=True):
    """A column with few levels: the codes, -1 for runs without the setting, and what each stands for."""

    codes: Ints
    levels: list[Level]


def columns(runs: Sequence[outcomes.Outcome], *, without: Sequence[str] = ()) -> list[Column]:
    """Return a column for each setting that is not the same in all runs, by name."""
    every: dict[str, None] = {key: None for one in runs for key in one.settings}
    found = (_column(name, runs) for name in sorted(every) if name not in without)
    return [column for column in found if len(column.values) > 1]


def levels(column: Column, *, parts: int) -> Levels:
    """Return the values of a column, or up to `parts` ranges of equally many runs where numbers have too many values."""
    codes = np.where(column.codes == column.absent, -1, column.codes)
    told = [value for value in column.values if not isinstance(value, Absent)]
    if not column.is_numeric or len(told) <= LEVELS_MOST:
        return Levels(codes, [level(value) for value in told])
    counts = np.bincount(codes[codes >= 0], minlength=len(told))
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    _, part = np.unique(np.minimum((middle * parts).astype(np.int64), parts - 1), return_inverse=True)
    ranges = [np.flatnonzero(part == at) for at in range(int(part.max()) + 1)]
    numbers = [float(value) for value in told if isinstance(value, int | float)]
    named = [_range(numbers, places.tolist(), of=len(ranges), at=at) for at, places in enumerate(ranges)]
    return Levels(np.where(codes >= 0, part[codes], -1), named)


def level(value: object) -> Level:
    """Return a single value as a level; a dash for runs that do not have the setting."""
    return Level("–") if isinstance(value, Absent) else Level(shown(value), value)


def shown(value: object) -> str:
    """Return a value as people read it: a text as it is, anything else as JSON, cut where it is long."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _TEXT_MOST_CHARS else text[: _TEXT_MOST_CHARS - 1] + "…"


def _range(numbers: Sequence[float], places: Sequence[int], *, of: int, at: int) -> Level:
    low, high = numbers[places[0]], numbers[places[-1]]
    if at == 0:
        text = f"≤ {high:.4g}"
    elif at == of - 1:
        text = f"≥ {low:.4g}"
    else:
        text = f"{low:.4g}…{high:.4g}"
    return Level(text, None, low, high)


def _column(name: str, runs: Sequence[outcomes.Outcome]) -> Column:
    told = [one.settings.get(name, ABSENT) for one in runs]
    objects = {
        id(value): value for value in told
    }  # equal values mostly are one object (see `packed`), so few are looked at
    places: dict[object, int] = {}
    values: list[object] = []
    code_of: dict[int, int] = {}
    for at, value in objects.items():
        mark: object = ABSENT if value is ABSENT else settings_of_run.token(value)
        code_of[at] = places.setdefault(mark, len(places))
        if code_of[at] == len(values):
            values.append(value)
    codes = np.fromiter(map(code_of.__getitem__, map(id, told)), np.int64, len(told))
    order = sorted(range(len(values)), key=lambda at: _order(values[at]))
    return Column(name, np.argsort(order)[codes], [values[at] for at in order])


def _order(value: object) -> tuple[int, float, str]:
    if isinstance(value, Absent):
        return 3, 0.0, ""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return (1, 0.0, "") if value is None else (2, 0.0, shown(value))
