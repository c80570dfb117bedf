"""Odd arguments of `log` turned into a row: which values are numbers, which names are usable.

Called only from the slow path of the spool's writer. A value that is not a number is left out, counted, and named once;
the rest of the row is kept.
"""

import math
from collections.abc import Mapping
from typing import Protocol, SupportsFloat, SupportsIndex, cast

from yoloscope import errors
from yoloscope.records import names, row
from yoloscope.sdk import guard


class Losses(Protocol):
    """Where lost rows and values are counted."""

    def count_lost(self, reason: str) -> int:
        """Count one and return the total."""
        ...


class Cleaner:
    """Turns arguments into a row and counts what cannot be part of one."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._known: set[str] = set()

    def row(self, values: object, step: object, epoch: object) -> tuple[dict[str, float], int, float] | None:
        """Return names, step and epoch as the spool stores them, None if nothing of it can be stored."""
        if not isinstance(values, Mapping):
            self._refuse("log", f"log() takes a dict of numbers, got {type(values).__name__}")
            return None
        numbers: dict[str, float] = {}
        for name, value in cast("Mapping[object, object]", values).items():
            number = self._number(name, value)
            if number is not None and isinstance(name, str):
                numbers[name] = number
        if not numbers:
            return None
        return numbers, self._step(step), self._epoch(epoch)

    def _number(self, name: object, value: object) -> float | None:
        if not self._usable(name):
            return None
        if isinstance(value, str | bytes) or not isinstance(value, SupportsFloat | SupportsIndex):
            self._refuse(f"log({name!r})", f"{name!r} is a {type(value).__name__}, not a number; it is left out")
            return None
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf  # pyright: ignore[reportOperatorIssue]  # only an int overflows
        except (TypeError, ValueError, RuntimeError) as error:
            self._refuse(f"log({name!r})", f"{name!r} is no single number ({error}); it is left out")
            return None

    def _usable(self, name: object) -> bool:
        if name in self._known:
            return True
        if not isinstance(name, str):
            self._refuse("log", f"a name is a {type(name).__name__}, not a str; its value is left out")
            return False
        try:
            self._known.add(names.check(name))
        except errors.InvalidRecord as error:
            self._losses.count_lost("invalid_name")
            guard.note("log", f"{error}; {error.fix}. Its values are left out.")
            return False
        return True

    def _step(self, step: object) -> int:
        if step is None:
            return row.NO_STEP
        try:
            number = int(step)  # pyright: ignore[reportArgumentType]  # tried, not trusted
        except (TypeError, ValueError, OverflowError):
            self._refuse("log(step)", f"step={step!r} is no whole number; the row is kept without a step")
            return row.NO_STEP
        if not -(2**63) < number < 2**63:
            self._refuse("log(step)", f"step={number} does not fit 64 bits; the row is kept without a step")
            return row.NO_STEP
        return number

    def _epoch(self, epoch: object) -> float:
        if epoch is None:
            return math.nan
        try:
            return float(epoch)  # pyright: ignore[reportArgumentType]  # tried, not trusted
        except (TypeError, ValueError, OverflowError):
            self._refuse("log(epoch)", f"epoch={epoch!r} is no number; the row is kept without an epoch")
            return math.nan

    def _refuse(self, what: str, message: str) -> None:
        self._losses.count_lost("wrong_type")
        guard.note(what, message)
