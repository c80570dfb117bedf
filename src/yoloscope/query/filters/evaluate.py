"""What a filter answers of a run.

Called by `table_page`. `predicate` first checks what can be checked without looking at a single run: that names are known and that what
is compared can be compared. A run without a value answers false to every comparison, and with that true to its `not`.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Literal, NamedTuple, cast

from yoloscope import errors
from yoloscope.query.filters import fields, grammar, patterns
from yoloscope.records import state

Predicate = Callable[[fields.Facts], bool]
Test = Callable[[object], bool]
Class = Literal["number", "text", "true or false", "null", "list"]
_ORDER: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_KINDS: dict[fields.Kind, str] = {
    "number": "a number",
    "text": "text",
    "list": "a list",
    "time": "a time",
    "true or false": "true or false",
    "any": "a value",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME_EXAMPLES = 'write "2026-11-20", "2026-11-20T08:00Z" or now - 2d'


class Asked(NamedTuple):
    """A filter as it was written, the runs it is asked of, and when."""

    text: str
    scope: fields.Scope
    now_ns: int


def predicate(expression: grammar.Expression, *, asked: Asked) -> Predicate:
    """Return what tells whether a run passes.

    Raises:
        InvalidFilter: if a name is unknown or a comparison can never hold.
    """
    match expression:
        case grammar.And(parts):
            return _all([predicate(part, asked=asked) for part in parts])
        case grammar.Or(parts):
            no_part = _all([_not(predicate(part, asked=asked)) for part in parts])
            return _not(no_part)
        case grammar.Not(inner):
            return _not(predicate(inner, asked=asked))
        case grammar.Exists(term):
            get = _field(term, asked=asked).get
            return lambda run: get(run) is not fields.MISSING
        case grammar.Membership(term, values):
            field = _field(term, asked=asked)
            tests = [_test(field, term, "==", value, asked=asked) for value in values]
            return _of_value(field, lambda found: any(test(found) for test in tests))
        case grammar.Comparison(term, symbol, value):
            field = _field(term, asked=asked)
            return _of_value(field, _test(field, term, symbol, value, asked=asked))


def _all(parts: Sequence[Predicate]) -> Predicate:
    def passes(run: fields.Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a generator takes twice as long, and this is asked of every run
            if not part(run):
                return False
        return True

    return passes


def _not(other: Predicate) -> Predicate:
    return lambda run: not other(run)


def class_of(value: object) -> Class:
    """Return of which class a JSON value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "list"


def _field(term: grammar.Term, *, asked: Asked) -> fields.Field:
    return fields.field(term, scope=asked.scope, text=asked.text, named="where", now_ns=asked.now_ns)


def _of_value(field: fields.Field, test: Test) -> Predicate:
    get = field.get

    def passes(run: fields.Facts) -> bool:
        found = get(run)
        return found is not fields.MISSING and test(found)

    return passes


def _test(
    field: fields.Field, term: grammar.Term, symbol: grammar.Operator, value: grammar.Value, *, asked: Asked
) -> Test:
    """Return what tells whether a value that is not missing passes."""
    if field.kind == "time":
        return _time_test(symbol, value, asked=asked)
    if isinstance(value.value, grammar.Now):
        raise _refusal("now is a time, and this is none", value, asked, fix="compare created, updated or ended with it")
    _check(field, term, symbol, value, asked=asked)
    wanted = value.value
    match symbol:
        case "==":
            return _equals(wanted)
        case "!=":
            equals = _equals(wanted)
            return lambda found: not equals(found)
        case "contains":
            return _contains(wanted)
        case "matches":
            search = patterns.search(value, text=asked.text)
            return lambda found: any(isinstance(item, str) and search(item) for item in _items(found))
        case _:
            return _ordered(field, symbol, wanted)


def _ordered(field: fields.Field, symbol: grammar.Operator, wanted: object) -> Test:
    order, of_class = _ORDER[symbol], class_of(wanted)
    if field.kind == "any":
        return lambda found: class_of(found) == of_class and order(found, wanted)
    return lambda found: order(found, wanted)


def _equals(wanted: object) -> Test:
    if isinstance(wanted, bool):
        return lambda found: found is wanted
    return lambda found: found == wanted and not isinstance(found, bool)


def _contains(wanted: object) -> Test:
    equals = _equals(wanted)

    def contains(found: object) -> bool:
        if isinstance(found, str):
            return isinstance(wanted, str) and wanted in found
        return isinstance(found, (list, tuple)) and any(map(equals, cast("Sequence[object]", found)))

    return contains


def _items(found: object) -> Sequence[object]:
    return cast("Sequence[object]", found) if isinstance(found, (list, tuple)) else (found,)


def _time_test(symbol: grammar.Operator, value: grammar.Value, *, asked: Asked) -> Test:
    if symbol in ("contains", "matches"):
        raise _refusal(f"a time cannot be asked with {symbol}", value, asked, fix="use ==, !=, <, <=, > or >=")
    wanted_ns = _ns_from_value(value, asked=asked)
    if symbol in ("==", "!="):
        equal = symbol == "=="
        return lambda found: (found == wanted_ns) == equal
    order = _ORDER[symbol]
    return lambda found: order(found, wanted_ns)


def _ns_from_value(value: grammar.Value, *, asked: Asked) -> int:
    told = value.value
    if isinstance(told, grammar.Now):
        return asked.now_ns + told.offset_s * 10**9
    if not isinstance(told, str):
        raise _refusal("this is no time", value, asked, fix=_TIME_EXAMPLES)
    try:
        moment = datetime.fromisoformat(told.strip().replace("Z", "+00:00"))
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
        return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    except (ValueError, OverflowError) as error:
        raise _refusal(f"{told[:40]!r} is no time", value, asked, fix=_TIME_EXAMPLES) from error


def _check(
    field: fields.Field, term: grammar.Term, symbol: grammar.Operator, value: grammar.Value, *, asked: Asked
) -> None:
    """Return if the comparison can hold for some value of the field.

    Raises:
        InvalidFilter: if it cannot.
    """
    of_class = class_of(value.value)
    if symbol in grammar.ORDERINGS and of_class not in ("number", "text"):
        raise _refusal(f"{of_class} is neither more nor less than anything", value, asked, fix="use == or !=")
    if symbol == "matches" and of_class != "text":
        raise _refusal(
            "a pattern is text", value, asked, fix='write the pattern in quotes, as in name matches "night.*"'
        )
    fitting = _fitting(symbol, of_class)
    if asked.scope.runs and not any(found in fitting for found in _classes(field, asked.scope)):
        raise _misfit(term, symbol, value, found=sorted(set(_classes(field, asked.scope))), asked=asked)
    if term.name == "state" and term.function is None and symbol in ("==", "!=") and value.value not in state.STATES:
        raise _refusal("there is no such state", value, asked, fix=f"use one of {', '.join(state.STATES)}")


def _classes(field: fields.Field, scope: fields.Scope) -> Iterator[str]:
    """Yield the class of each value of a field."""
    if field.kind != "any":
        yield field.kind
        return
    for run in scope.runs:
        value = field.get(run)
        if value is not fields.MISSING:
            yield class_of(value)


def _fitting(symbol: grammar.Operator, of_class: Class) -> set[str]:
    """Return the classes of values with which the comparison makes sense."""
    if symbol == "matches":
        return {"text", "list"}
    if symbol == "contains":
        return {"text", "list"} if of_class == "text" else {"list"}
    return {of_class}


def _misfit(
    term: grammar.Term, symbol: grammar.Operator, value: grammar.Value, *, found: Sequence[str], asked: Asked
) -> errors.InvalidFilter:
    name = term.name[:80]
    said = " or ".join(_KINDS.get(cast("fields.Kind", one), one) for one in found)
    if value.value is None:
        fix = f"write not {name} exists for the runs that have none"
    elif found == ["list"]:
        fix = f'write {name} contains "..."'
    elif symbol in ("contains", "matches"):
        fix = "use ==, !=, <, <=, > or >=" if "number" in found else "use == or !="
    else:
        fix = f"compare it with {said}"
    return _refusal(f"{name!r} is {said}, which is never {symbol} {_said(value)}", value, asked, fix=fix)


def _said(value: grammar.Value) -> str:
    of_class = class_of(value.value)
    return _KINDS.get(cast("fields.Kind", of_class), of_class)


def _refusal(what: str, value: grammar.Value, asked: Asked, *, fix: str) -> errors.InvalidFilter:
    return grammar.refusal(what, text=asked.text, place=value.place, fix=fix)
