"""Which runs and series are meant: names as written or canonical, patterns, and what none of the runs has.

Called by `answers` and by routes. Knows names only, never a point.
"""

import difflib
import fnmatch
import functools
import re
from collections.abc import Iterable, Sequence

import msgspec

from yoloscope import errors
from yoloscope.query import derived
from yoloscope.records import ids, names
from yoloscope.store import ports

SERIES_MAX = 10_000
"""Runs times names in one answer: far more than somebody can still tell apart in a chart."""
_PATTERN_MAX_CHARS = 2 * names.NAME_MAX_CHARS + 1  # stars around each letter of the longest name; longer ones fit none
_STARS = re.compile(r"\*+")
_NOTHING = re.compile(r"(?!)")
_SUGGESTED_MAX = 20
"""Names that a nearest one is looked for: each is held against all that are known."""
_ALIKE = 0.6  # share of letters in common from which on a name is worth suggesting


class Missing(msgspec.Struct, frozen=True):
    """A name that none of the runs has, and the one most like it that one of them has."""

    name: str
    nearest: str | None


def is_pattern(name: str) -> bool:
    """Tell whether a name stands for others: ``*`` for any letters, ``?`` for one."""
    return "*" in name or "?" in name


def spellings(name: str) -> list[str]:
    """Return a name as asked and as the vocabulary has it; a series is stored under one of them."""
    return list(dict.fromkeys((name, names.canonical(name))))


def matching(asked: Sequence[str], *, stored: Sequence[str]) -> dict[str, list[str]]:
    """Return for each name asked the series of a run that it means, in the order stored; derived ones where they are asked for."""
    there = dict.fromkeys([*stored, *_derived(asked, stored=stored)])
    found: dict[str, list[str]] = {}
    for name in asked:
        exact = [one for one in spellings(name) if one in there]
        found[name] = exact if exact or not is_pattern(name) else _fitting(name, there)
    return found


def missing(asked: Iterable[str], *, known: Iterable[str]) -> list[Missing]:
    """Return each of the names, which none of the runs has, the first of them with the one of `known` that is most like it."""
    among = sorted(set(known))
    return [Missing(name, _nearest(name, among) if at < _SUGGESTED_MAX else None) for at, name in enumerate(asked)]


def check_count(count: int, *, runs: int) -> None:
    """Return if so many series may be asked for at once.

    Raises:
        TooMuch: if they are more than `SERIES_MAX`.
    """
    if count > SERIES_MAX:
        raise errors.TooMuch(
            f"{count:,} series of {runs:,} runs were asked for, more than {SERIES_MAX:,} in one request",
            field="run",
            fix="ask for fewer runs or names at a time",
        )


def infos(catalog: ports.Catalog, runs: Sequence[ids.RunId]) -> list[ports.RunInfo]:
    """Return what is known of some runs, in their order.

    Raises:
        NotFound: if one is unknown.
    """
    found = {info.ref.id: info for info in catalog.some_runs(runs)}
    return [found[run] if run in found else catalog.run(run) for run in dict.fromkeys(runs)]


def of_project(catalog: ports.Catalog, project: ids.ProjectName) -> list[ports.RunInfo]:
    """Return what is known of the runs of a project but those in the trash, oldest first."""
    there = [info for info in catalog.all_runs(project) if info.deleted_ns is None]
    return sorted(there, key=lambda info: (info.created_ns, info.ref.id))


def _derived(asked: Sequence[str], *, stored: Sequence[str]) -> list[str]:
    return derived.names_from_stored(stored) if any(name.startswith(derived.PREFIX) for name in asked) else []


def _fitting(pattern: str, there: Iterable[str]) -> list[str]:
    expression = _expression(pattern)
    of_derived = pattern.startswith(derived.PREFIX)
    return [name for name in there if expression.match(name) and name.startswith(derived.PREFIX) == of_derived]


@functools.lru_cache(maxsize=1_000)
def _expression(pattern: str) -> "re.Pattern[str]":
    """Return a pattern as an expression that never goes back behind a star: many stars would else take for ever, and the server with them."""
    pattern = _STARS.sub("*", pattern)
    if len(pattern) > _PATTERN_MAX_CHARS:
        return _NOTHING
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def _nearest(name: str, among: Sequence[str]) -> str | None:
    too_long = len(name) > 2 * names.NAME_MAX_CHARS
    found = [] if is_pattern(name) or too_long else difflib.get_close_matches(name, among, n=1, cutoff=_ALIKE)
    return found[0] if found else None
