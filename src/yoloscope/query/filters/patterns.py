"""Regular expressions that nobody can make slow: RE2 takes time in proportion to the text, whatever the pattern.

Called by `evaluate`.
"""

from collections.abc import Callable
from typing import Protocol, cast

import re2

from yoloscope import errors
from yoloscope.query.filters import grammar

SEARCHED_MAX_CHARS = 1_000
_MEMORY_MAX_BYTES = 1_000_000
_STEPS_MAX = 300  # instructions of a compiled pattern: what takes longest then takes 0.3 ms for a name
_engine = cast("_Engine", re2)


class _Compiled(Protocol):
    """A pattern."""

    programsize: int

    def search(self, text: str) -> object: ...


class _Options(Protocol):
    """How patterns are read."""

    log_errors: bool
    max_mem: int


class _Engine(Protocol):
    """What we use of `re2`."""

    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 - the package's own name

    def compile(self, pattern: str, options: _Options) -> _Compiled: ...


def search(value: grammar.Value, *, text: str) -> Callable[[str], bool]:
    """Return what tells whether the pattern is found anywhere in the first thousand characters of a text.

    Raises:
        InvalidFilter: if the value is no pattern of RE2.
    """
    options = _engine.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_MAX_BYTES
    try:
        compiled = _engine.compile(str(value.value), options)
    except _engine.error as error:
        said: object = error.args[0] if error.args else ""
        raise _refusal(said.decode() if isinstance(said, bytes) else str(said), value=value, text=text) from error
    if compiled.programsize > _STEPS_MAX:
        raise _refusal("it is too large", value=value, text=text)
    return lambda subject: compiled.search(subject[:SEARCHED_MAX_CHARS]) is not None


def _refusal(reason: str, *, value: grammar.Value, text: str) -> errors.InvalidFilter:
    return grammar.refusal(
        f"the pattern cannot be used: {reason}",
        text=text,
        place=value.place,
        fix="use the syntax of RE2 (no look-around, no back-references), short counts of repetition",
    )
