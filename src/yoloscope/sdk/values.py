"""Odd arguments of `log` turned into a row: which values are numbers, which names are usable.

Called only from the slow path of the spool's writer. A value that is not a number is left out, counted, and named once;
the rest of the row is kept.
"""

import contextlib
import math
from collections.abc import Mapping
from typing import Protocol, SupportsFloat, SupportsIndex, cast

from yoloscope import errors
from yoloscope.records import names, row
from yoloscope.sdk import guard

_KNOWN_MOST = 100_000  # names remembered as usable; a training that makes ever new ones must not grow by them


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
        numbers: dict[str, float] | None = None
        with guard.attempt("log"):  # a mapping of the user's own may do anything
            numbers = self._numbers(cast("Mapping[object, object]", values))
        if numbers is None:
            self._losses.count_lost("wrong_type")
        return (numbers, self._step(step), self._epoch(epoch)) if numbers else None

    def moment(self, step: object, epoch: object) -> tuple[int | None, float | None]:
        """Return step and epoch as an item has them, None for what is none or unusable."""
        found_step, found_epoch = self._step(step), self._epoch(epoch)
        return None if found_step == row.NO_STEP else found_step, found_epoch if math.isfinite(found_epoch) else None

    def _numbers(self, values: Mapping[object, object]) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for name, value in values.items():
            number = self._number(name, value)
            if number is not None and isinstance(name, str):
                numbers[name] = number
        return numbers

    def _number(self, name: object, value: object) -> float | None:
        if not self._usable(name):
            return None
        if isinstance(value, str | bytes) or not isinstance(value, SupportsFloat | SupportsIndex):
            self._refuse(f"log({name!r})", f"{name!r} is a {type(value).__name__}, not a number; it is left out")
            return None
        with guard.attempt(f"log({name!r})"):
            try:
                return float(value)
            except OverflowError:
                return math.inf if value > 0 else -math.inf  # pyright: ignore[reportOperatorIssue]  # only an int overflows
            except (TypeError, ValueError, RuntimeError) as error:
                guard.note(f"log({name!r})", f"{name!r} is no single number ({error}); it is left out")
        self._losses.count_lost("wrong_type")
        return None

    def _usable(self, name: object) -> bool:
        if name in self._known:
            return True
        if not isinstance(name, str):
            self._refuse("log", f"a name is a {type(name).__name__}, not a str; its value is left out")
            return False
        if len(self._known) >= _KNOWN_MOST:
            self._known.clear()
        try:
            self._known.add(names.check(name))
        except errors.InvalidRecord as error:
            self._losses.count_lost("invalid_name")
            guard.note("log", f"{error}; {error.fix}. Its values are left out.")
            return False
        return True

    def _step(self, step: object) -> int:
        if step is None or (isinstance(step, int) and step == row.NO_STEP):
            return row.NO_STEP
        with guard.attempt("log(step)"):
            try:
                number = int(step)  # pyright: ignore[reportArgumentType]  # tried, not trusted
            except (TypeError, ValueError, OverflowError, RuntimeError):
                number = row.NO_STEP
            if -(2**63) < number < 2**63:
                return number
        self._refuse("log(step)", f"a {type(step).__name__} is no step of 64 bits; the row is kept without one")
        return row.NO_STEP

    def _epoch(self, epoch: object) -> float:
        if epoch is None:
            return math.nan
        with guard.attempt("log(epoch)"), contextlib.suppress(TypeError, ValueError, OverflowError, RuntimeError):
            return float(epoch)  # pyright: ignore[reportArgumentType]  # tried, not trusted
        self._refuse("log(epoch)", f"a {type(epoch).__name__} is no epoch; the row is kept without one")
        return math.nan

    def _refuse(self, what: str, message: str) -> None:
        self._losses.count_lost("wrong_type")
        guard.note(what, message)
