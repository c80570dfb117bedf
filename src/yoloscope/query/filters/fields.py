"""What the names of a filter stand for: fields of a run, keys of its sections, totals of its series.

Called by `evaluate`, `completion` and `table_page`. A name is looked for in this order; what is none of these is unknown, and
the nearest that are known are suggested:
1. a field of the run, such as ``state`` or ``elapsed_s``; the series of that name is ``last(epoch)``
2. ``config.``, ``settings.``, ``provenance.`` and a key, dots between nested ones
3. a series, as it is stored or in the spelling of a framework
"""

import dataclasses
import difflib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, cast

from yoloscope import errors
from yoloscope.query import facts as run_facts
from yoloscope.query import packed, texts
from yoloscope.query.filters import grammar
from yoloscope.records import names as vocabulary
from yoloscope.records import state

Facts = run_facts.Facts
Kind = Literal["number", "text", "list", "time", "true or false", "any"]
Section = Literal["config", "settings", "provenance"]
SECTIONS: tuple[Section, ...] = ("config", "settings", "provenance")
_SUGGESTED = 3
_LAST_PART = re.compile(r"[/.]")


class Missing:
    """The type of `MISSING`."""


MISSING = Missing()
"""What a run has that has no value of a name; null, as a configuration may hold it, is a value."""
Get = Callable[[Facts], object]


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """What a term stands for: of which kind its values are, and how to get that of a run, `MISSING` if there is none. Times are Unix nanoseconds."""

    kind: Kind
    get: Get


class Scope:
    """The runs that are asked, and which names occur in them. Makes its lists of names when they are first asked for."""

    def __init__(self, runs: Sequence[Facts]) -> None:
        self.runs = runs
        self._unended: list[Facts] | None = None
        self._series: Counter[str] | None = None
        self._keys: dict[Section, Counter[str]] = {}

    def unended(self) -> Sequence[Facts]:
        """Return the runs that were not said to have ended."""
        if self._unended is None:
            self._unended = [run for run in self.runs if run.state not in state.ENDED]
        return self._unended

    def series(self) -> Counter[str]:
        """Return in how many runs each series occurs."""
        if self._series is None:
            self._series = _counted(run.totals.names for run in self.runs)
        return self._series

    def keys(self, section: Section) -> Counter[str]:
        """Return in how many runs each key of a section occurs."""
        if section not in self._keys:
            self._keys[section] = _counted(of_section(run, section).names for run in self.runs)
        return self._keys[section]

    def names(self) -> Iterable[str]:
        """Yield every name that can be asked for."""
        yield from RUN_FIELDS
        yield from self.series()
        for section in SECTIONS:
            for key in self.keys(section):
                yield f"{section}.{key}"


def field(term: grammar.Term, *, scope: Scope, text: str, named: str, now_ns: int) -> Field:
    """Return what a term stands for; ``named`` is the parameter that holds `text`.

    Raises:
        InvalidFilter: if no run of the scope has such a name, and there are runs.
    """
    if term.function is None:
        if term.name in RUN_FIELDS:
            kind, get = RUN_FIELDS[term.name]
            return Field(kind, lambda run: _or_missing(get(run, now_ns)))
        section = _section(term.name)
        if section is not None and term.name not in scope.series():
            return _of_section(term, section, scope=scope, text=text, named=named)
    series = next((name for name in spellings(term.name) if name in scope.series()), term.name)
    if scope.runs and series not in scope.series():
        known = scope.series() if term.function else scope.names()
        raise _unknown(term, known, text=text, named=named)
    return Field("number", _total(term, series=series, text=text, named=named))


def ordering(term: grammar.Term, found: Field) -> Field:
    """Return what runs are sorted by under a term: its values, but health by how grave it is."""
    if term.function is not None or term.name != "health":
        return found
    return Field("number", lambda run: _or_missing(_GRAVITY.get(run.health or "")))


def spellings(name: str) -> tuple[str, ...]:
    """Return a name as written and as the vocabulary has it."""
    return name, vocabulary.canonical(name)


def shown(value: object, kind: Kind) -> object:
    """Return a value as JSON holds it; ``None`` for a missing one."""
    if isinstance(value, Missing):
        return None
    if kind == "time":
        return texts.iso_from_ns(cast("int", value))
    return texts.number(value) if isinstance(value, float) else value


def of_section(run: Facts, section: Section) -> packed.Values:
    """Return a section of a run."""
    match section:
        case "config":
            return run.config
        case "settings":
            return run.settings
        case "provenance":
            return run.provenance


def _section(name: str) -> Section | None:
    for section in SECTIONS:
        if name.startswith(f"{section}."):
            return section
    return None


def _of_section(term: grammar.Term, section: Section, *, scope: Scope, text: str, named: str) -> Field:
    key = term.name.removeprefix(f"{section}.")
    if scope.runs and key not in scope.keys(section):
        raise _unknown(term, scope.keys(section), under=f"{section}.", text=text, named=named)
    return Field("any", _getters(key)[section])


def _getters(key: str) -> dict[Section, Get]:
    """Return what gets the value of a key from each section: asked of every run, so nothing is looked up that need not be."""
    return {
        "config": lambda run: run.config.get(key, MISSING),
        "settings": lambda run: run.settings.get(key, MISSING),
        "provenance": lambda run: run.provenance.get(key, MISSING),
    }


def _total(term: grammar.Term, *, series: str, text: str, named: str) -> Get:
    total: packed.Total
    match term.function:
        case None:
            total = "last"
        case "best":
            direction = vocabulary.meaning(series).direction
            if direction == "none":
                raise grammar.refusal(
                    f"it is not known whether more or less of {series!r} is better",
                    text=text,
                    place=term.place,
                    fix="use min(...) or max(...)",
                    field=named,
                )
            total = "min" if direction == "lower" else "max"
        case _:
            total = term.function
    got = packed.getter(series, total)

    def get(run: Facts) -> object:
        value = got(run.totals)
        return MISSING if value is None else value

    def get_extreme(run: Facts) -> object:
        value = got(run.totals)
        return MISSING if value is None or math.isnan(value) else value  # a series of NaN alone has no extremes

    return get_extreme if total in ("min", "max") else get


_GRAVITY = {"healthy": 0, "unknown": 1, "warning": 2, "critical": 3}


def _or_missing(value: object) -> object:
    return MISSING if value is None else value


def _unknown(
    term: grammar.Term, known: Iterable[str], *, text: str, named: str, under: str = ""
) -> errors.InvalidFilter:
    """Return the error that suggests the nearest of the known names, which all stand `under` the same beginning."""
    names, asked = list(known), term.name.removeprefix(under)
    close = difflib.get_close_matches(asked, names, n=_SUGGESTED, cutoff=0.6)
    ending = [name for name in names if _LAST_PART.split(name)[-1].lower() == asked.lower() and name not in close]
    close = [*ending, *close]  # imgsz for config.imgsz, map50 for metrics/mAP50
    suggestions = tuple(f"{under}{name}" for name in close[:_SUGGESTED])
    told = ", ".join(suggestions)
    return grammar.refusal(
        f"no run asked for has a field, a setting or a series {term.name[:80]!r}",
        text=text,
        place=term.place,
        fix=f"did you mean {told}?" if told else "use a name that the runs have; /api/v1/runs/completions lists them",
        field=named,
        suggestions=suggestions,
    )


def _counted(names: Iterable[packed.Names]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one, runs in Counter(names).items():
        for name in one.all:
            counted[name] += runs
    return counted


RUN_FIELDS: dict[str, tuple[Kind, Callable[[Facts, int], object]]] = {
    "id": ("text", lambda run, _: run.ref.id),
    "name": ("text", lambda run, _: run.ref.name),
    "project": ("text", lambda run, _: run.ref.project),
    "state": ("text", lambda run, now_ns: run_facts.state_at(run, now_ns=now_ns)),
    "tags": ("list", lambda run, _: run.ref.tags),
    "group": ("text", lambda run, _: run.ref.group),
    "host": ("text", lambda run, _: run.ref.host),
    "framework": ("text", lambda run, _: run.ref.framework),
    "created": ("time", lambda run, _: run.ref.created_ns),
    "updated": ("time", lambda run, _: run.updated_ns),
    "ended": ("time", lambda run, _: run.ended_ns),
    "deleted": ("time", lambda run, _: run.deleted_ns),
    "epoch": ("number", lambda run, _: run.epoch),
    "epochs": ("number", lambda run, _: run.epochs),
    "step": ("number", lambda run, _: run.step),
    "elapsed_s": ("number", lambda run, _: run.elapsed_s),
    "eta_s": ("number", lambda run, now_ns: run_facts.eta_s(run, now_ns=now_ns)),
    "rows": ("number", lambda run, _: run.rows),
    "attempt": ("number", lambda run, _: run.attempt),
    "best_epoch": ("number", lambda run, _: run.best_epoch),
    "patience_left": ("number", lambda run, _: run.patience_left),
    "lost": ("number", lambda run, _: sum(run.lost.values())),
    "deferred": ("number", lambda run, _: run.deferred),
    "end_reason": ("text", lambda run, _: run.end_reason),
    "exit_code": ("number", lambda run, _: run.exit_code),
    "note": ("text", lambda run, _: run.note or None),
    "starred": ("true or false", lambda run, _: run.starred),
    "archived": ("true or false", lambda run, _: run.archived),
    "health": ("text", lambda run, _: run.health),
    "findings": ("number", lambda run, _: run.findings),
}
"""The fields of a run: their kind, and how to get them at a time in Unix nanoseconds."""
