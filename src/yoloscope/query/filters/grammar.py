"""What a filter can say, and how it is written; reading what is written here gives the same again (see `parser`).

    expression := conjunction ("or" conjunction)*
    conjunction := negation ("and" negation)*
    negation := "not" negation | "(" expression ")" | comparison
    comparison := term "exists" | term operator value | term "in" "[" value ("," value)* "]"
    term := name | function "(" name ")"
    operator := == != < <= > >= contains matches
    value := number | "text" | 'text' | true | false | null | now (("+" | "-") digits ("s" | "m" | "h" | "d" | "w"))?

A name is a word, or anything between backticks. Places are offsets into the text and count for nothing in comparisons.
"""

import dataclasses
from dataclasses import dataclass
from typing import Literal, get_args

from yoloscope import errors

Function = Literal["last", "best", "min", "max", "count"]
Operator = Literal["==", "!=", "<", "<=", ">", ">=", "contains", "matches"]
FUNCTIONS: tuple[Function, ...] = get_args(Function)
OPERATORS: tuple[Operator, ...] = get_args(Operator)
ORDERINGS = frozenset(("<", "<=", ">", ">="))
KEYWORDS = frozenset(("and", "or", "not", "in", "exists", "contains", "matches", "true", "false", "null", "now"))
TEXT_MAX_CHARS = 4_000
"""A longer filter is refused: this one holds two hundred comparisons."""
DEPTH_MAX = 50
"""Parentheses and `not` within each other; Python's own stack takes ten times as many."""
ITEMS_MAX = 500
UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True, slots=True)
class Place:
    """From where to where something stands in the text, in characters."""

    start: int
    end: int


_NOWHERE = Place(0, 0)


@dataclass(frozen=True, slots=True)
class Now:
    """The time of asking, moved by some seconds."""

    offset_s: int = 0


Scalar = bool | int | float | str | Now | None


@dataclass(frozen=True, slots=True)
class Value:
    """What is compared with."""

    value: Scalar
    place: Place = dataclasses.field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """What is asked of a run: a name, or a function of the name of a series."""

    name: str
    function: Function | None = None
    place: Place = dataclasses.field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A term beside a value."""

    term: Term
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    """A term that is one of some values."""

    term: Term
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """A term that has a value."""

    term: Term


@dataclass(frozen=True, slots=True)
class Not:
    """What holds where the other does not."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """What holds where all parts do, two at least."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """What holds where any part does, two at least."""

    parts: "tuple[Expression, ...]"


Expression = And | Or | Not | Comparison | Membership | Exists


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term with the direction to sort by."""

    term: Term
    descending: bool = False


def refusal(
    what: str, *, text: str, place: Place, fix: str, field: str = "where", suggestions: tuple[str, ...] = ()
) -> errors.InvalidFilter:
    """Return the error that shows a place of the text and says what would be right."""
    shown = text[place.start : place.end][:80]
    where = f"column {place.start + 1} ({shown!r})" if shown else f"column {place.start + 1} (the end)"
    return errors.InvalidFilter(
        f"{field}, {where}: {what}",
        field=field,
        fix=fix,
        column=place.start + 1,
        length=max(1, place.end - place.start),
        suggestions=suggestions,
    )
