"""What may come next where somebody types a filter: names, operators behind a name, known values behind an operator.

Called by the server's completions route. A filter that is being typed is rarely whole: its words are followed from the left, and what makes
no sense is passed over.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, cast

import msgspec

from yoloscope import errors
from yoloscope.query.filters import evaluate, fields, grammar, lexer, printing
from yoloscope.records import names as vocabulary
from yoloscope.records import state

ItemKind = Literal["field", "series", "config", "operator", "value"]
Expected = Literal["name", "series", "operator", "value", "list", "separator", "connective"]
ITEMS_MAX = 50
_COMPARED: dict[str, tuple[str, ...]] = {
    "number": ("==", "!=", "<", "<=", ">", ">=", "in ["),
    "text": ("==", "!=", "contains", "matches", "in ["),
    "true or false": ("==", "!="),
    "null": ("==", "!="),
    "list": ("contains", "matches"),
    "time": (">", ">=", "<", "<="),
}
_BEHIND: dict[str, Expected] = {"in": "list", "[": "list", ",": "list", "]": "connective", "exists": "connective"}
_KNOWN: dict[fields.Kind, tuple[bool, ...]] = {"true or false": (True, False)}
_TIMES = ("now - 1h", "now - 1d", "now - 1w", "now - 30d")


class Item(msgspec.Struct, frozen=True):
    """One thing that may come next, and in how many runs it occurs, if that was counted.

    ``detail`` is a word: of a field and of a key of which class its values are, of a series its family, of a value its class.
    """

    text: str
    kind: ItemKind
    detail: str
    count: int | None = None


class Completion(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """What may take the place of the characters from ``from`` to ``to``, the likeliest first."""

    items: list[Item]
    start: int
    end: int


class _Typed(msgspec.Struct):
    """How far the words before the caret came; ``part`` is the word that is being typed."""

    expected: Expected = "name"
    term: grammar.Term | None = None
    function: str | None = None
    symbol: str = ""
    depth: int = 0
    part: lexer.Token | None = None


def complete(text: str, caret: int, *, scope: fields.Scope, now_ns: int) -> Completion:
    """Return what may come next at a caret, which stands behind so many characters."""
    text, caret = text[: grammar.TEXT_MAX_CHARS], max(0, min(caret, len(text), grammar.TEXT_MAX_CHARS))
    typed = _typed(text, caret)
    found = _items(typed, scope=scope, text=text, now_ns=now_ns)
    start, end = (caret, caret) if typed.part is None else (typed.part.place.start, typed.part.place.end)
    return Completion(_matching(found, prefix=text[start:caret].strip("\"'`")), start, end)


def _typed(text: str, caret: int) -> _Typed:
    typed = _Typed()
    for token in lexer.tokens(text):
        if token.place.start >= caret:
            break
        if _is_being_typed(token, caret):
            typed.part = token
            break
        _follow(typed, token)
    return typed


def _is_being_typed(token: lexer.Token, caret: int) -> bool:
    if token.kind in ("text", "quoted"):
        return token.is_open or caret < token.place.end
    return token.kind not in ("operator", "mark", "unknown") and caret <= token.place.end


def _follow(typed: _Typed, token: lexer.Token) -> None:
    """Note what is expected behind a word."""
    written = token.text if token.kind not in ("text", "quoted", "name") else ""
    typed.depth += (written == "(") - (written == ")")
    if written in ("and", "or", "not"):
        typed.expected, typed.function = "name", None
    elif typed.expected in ("name", "series"):
        _follow_term(typed, token, written=written)
    elif typed.expected == "operator":
        typed.symbol, typed.expected = written, _BEHIND.get(written, "value")
    elif typed.expected in ("list", "separator"):
        typed.expected = _BEHIND.get(written, "separator")
    else:
        typed.expected = "connective"


def _follow_term(typed: _Typed, token: lexer.Token, *, written: str) -> None:
    if token.kind == "function":
        typed.expected, typed.function = "series", token.text
    elif token.kind in ("name", "quoted"):
        typed.term = grammar.Term(token.unquoted, cast("grammar.Function | None", typed.function), token.place)
        typed.expected = "operator" if typed.function is None else "series"
    elif written == ")" and typed.function is not None:
        typed.expected, typed.function = "operator", None


def _items(typed: _Typed, *, scope: fields.Scope, text: str, now_ns: int) -> Iterable[Item]:
    match typed.expected:
        case "name":
            return _names(scope)
        case "series":
            return _series(scope)
        case "connective":
            return _words("and", "or", *((")",) if typed.depth > 0 else ()))
        case "separator":
            return _words(",", "]")
        case "operator" | "value" | "list":
            assert typed.term is not None
            try:
                field = fields.field(typed.term, scope=scope, text=text, named="where", now_ns=now_ns)
            except errors.InvalidFilter:
                return ()
            return (
                _operators(field, scope=scope) if typed.expected == "operator" else _values(typed, field, scope=scope)
            )


def _names(scope: fields.Scope) -> Iterable[Item]:
    for name, (kind, _) in fields.RUN_FIELDS.items():
        yield Item(name, "field", kind)
    yield from _series(scope)
    for section in fields.SECTIONS:
        for key, count in scope.keys(section).most_common():
            yield Item(printing.text_from_name(f"{section}.{key}"), "config", section, count)
    yield from _words("not", *(f"{function}(" for function in grammar.FUNCTIONS))


def _series(scope: fields.Scope) -> Iterable[Item]:
    for name, count in scope.series().most_common():
        yield Item(printing.text_from_name(name), "series", vocabulary.meaning(name).family, count)


def _operators(field: fields.Field, *, scope: fields.Scope) -> Iterable[Item]:
    classes = [field.kind] if field.kind != "any" else [found for found, _ in _classes(field, scope).most_common()]
    symbols = [symbol for found in classes for symbol in _COMPARED.get(found, ())]
    return _words(*dict.fromkeys(symbols), "exists")


def _classes(field: fields.Field, scope: fields.Scope) -> Counter[str]:
    found = (field.get(run) for run in scope.runs)
    return Counter(evaluate.class_of(value) for value in found if value is not fields.MISSING)


def _values(typed: _Typed, field: fields.Field, *, scope: fields.Scope) -> Iterable[Item]:
    if field.kind == "time":
        return [Item(text, "value", "time") for text in _TIMES]
    if typed.symbol == "matches" or typed.term is None or typed.term.function is not None:
        return ()
    counted: Counter[tuple[str, grammar.Scalar]] = Counter()
    for run in scope.runs:
        for item in _items_of(field.get(run)):
            counted[evaluate.class_of(item), item] += 1
    known = state.STATES if typed.term.name == "state" else _KNOWN.get(field.kind, ())
    for one in known:
        counted.setdefault((evaluate.class_of(one), one), 0)
    return [Item(printing.text_from_value(value), "value", of, count) for (of, value), count in counted.most_common()]


def _items_of(value: object) -> Iterator[grammar.Scalar]:
    """Yield what a filter can compare a value with: itself, or each item of a list once."""
    items = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (value,)
    seen: set[tuple[str, object]] = set()
    for item in items:
        if isinstance(item, float) and not math.isfinite(item):
            continue  # a filter has no word for it
        if (isinstance(item, (str, int, float)) or item is None) and (evaluate.class_of(item), item) not in seen:
            seen.add((evaluate.class_of(item), item))
            yield item


def _words(*words: str) -> list[Item]:
    return [Item(word, "operator", "") for word in words]


def _matching(items: Iterable[Item], *, prefix: str) -> list[Item]:
    """Return the items that hold what was typed, those that begin with it first; else in their order."""
    typed = prefix.lower()
    found = [item for item in items if typed in item.text.lower()]
    return sorted(found, key=lambda item: not item.text.lower().lstrip('"`').startswith(typed))[:ITEMS_MAX]
