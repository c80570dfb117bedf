"""From the text of a filter to what it says, by recursive descent; see `grammar` for the rules.

Called by `table_page`. Every refusal shows its place, what was expected there, and how it is written right.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from yoloscope import errors
from yoloscope.query.filters import grammar, lexer

_INSTEAD = {"=": "==", "&": "and", "|": "or", "!": "not", "~": "matches", "{": "(", "}": ")"}
_VALUE = 'a number, "text", true, false, null or now'
_COMPARED = "==, !=, <, <=, >, >=, contains, matches, in [..] or exists"
_EXAMPLE = 'write it as in: metrics/mAP50 > 0.5 and (config.imgsz in [640, 1280] or tags contains "night")'
_TEXTS = {"true": True, "false": False, "null": None}
TERMS_MAX = 50
_T = TypeVar("_T")


def expression(text: str, *, field: str = "where") -> grammar.Expression:
    """Return what a filter says.

    Raises:
        InvalidFilter: if it is no filter, is too long or nested too deeply.
    """
    parser = _Parser(text, field=field)
    found = parser.disjunction(0)
    parser.expect_end("and, or, or the end of the filter")
    return found


def terms(text: str, *, field: str) -> list[grammar.Term]:
    """Return the terms of a list, separated by commas.

    Raises:
        InvalidFilter: as `expression`, and if there are more than fifty.
    """
    parser = _Parser(text, field=field)
    return parser.listed(parser.term)


def order(text: str, *, field: str = "sort") -> list[grammar.Wanted]:
    """Return the terms to sort by, separated by commas; a ``-`` before one means descending.

    Raises:
        InvalidFilter: as `terms`.
    """
    parser = _Parser(text, field=field)
    return parser.listed(parser.wanted)


class _Parser:
    """The words of one text, and which one is next."""

    def __init__(self, text: str, *, field: str) -> None:
        self._text = text
        self._field = field
        self._at = 0
        if len(text) > grammar.TEXT_MAX_CHARS:
            raise self._refusal(
                f"the text has {len(text)} characters",
                place=grammar.Place(grammar.TEXT_MAX_CHARS, grammar.TEXT_MAX_CHARS + 1),
                fix=f"use at most {grammar.TEXT_MAX_CHARS}",
            )
        self._tokens = lexer.tokens(text)

    def disjunction(self, depth: int) -> grammar.Expression:
        parts = [self._conjunction(depth)]
        while self.take("or"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else grammar.Or(tuple(parts))

    def _conjunction(self, depth: int) -> grammar.Expression:
        parts = [self._negation(depth)]
        while self.take("and"):
            parts.append(self._negation(depth))
        return parts[0] if len(parts) == 1 else grammar.And(tuple(parts))

    def _negation(self, depth: int) -> grammar.Expression:
        if depth > grammar.DEPTH_MAX:
            raise self._refusal(
                "the filter is nested too deeply",
                place=self._place(),
                fix=f"use at most {grammar.DEPTH_MAX} levels of parentheses and not",
            )
        if self.take("not"):
            return grammar.Not(self._negation(depth + 1))
        if self.take("("):
            inner = self.disjunction(depth + 1)
            self._need(")", "and, or, or ')'")
            return inner
        return self._comparison()

    def _comparison(self) -> grammar.Expression:
        term = self.term()
        if self.take("exists"):
            return grammar.Exists(term)
        if self.take("in"):
            return grammar.Membership(term, self._values())
        found = self._peek()
        if found is not None and found.text in grammar.OPERATORS and found.kind in ("operator", "keyword"):
            self._at += 1
            return grammar.Comparison(term, found.text, self._value())
        raise self._unexpected(_COMPARED, after=f"the name {term.name[:80]!r}")

    def term(self) -> grammar.Term:
        """Return the term that is next."""
        found = self._peek()
        if found is None or found.kind not in ("name", "quoted", "function"):
            raise self._unexpected("a name such as metrics/mAP50, config.imgsz, state or tags")
        self._at += 1
        if found.kind != "function":
            return grammar.Term(self._name(found), place=found.place)
        self._need("(", "'('")
        inner = self._peek()
        if inner is None or inner.kind not in ("name", "quoted"):
            raise self._unexpected("the name of a series", after=f"{found.text}(")
        self._at += 1
        closed = self._need(")", "')'")
        place = grammar.Place(found.place.start, closed.place.end)
        return grammar.Term(self._name(inner), cast("grammar.Function", found.text), place)

    def _name(self, token: lexer.Token) -> str:
        name = token.unquoted
        if token.is_open or not name:
            raise self._refusal(
                "the name has no end" if name else "the name is empty", place=token.place, fix="write `name`"
            )
        return name

    def _values(self) -> tuple[grammar.Value, ...]:
        opened = self._need("[", "'['")
        values = [self._value()]
        while self.take(","):
            values.append(self._value())
        closed = self._need("]", "',' or ']'")
        if len(values) > grammar.ITEMS_MAX:
            raise self._refusal(
                f"there are {len(values)} values in the list",
                place=grammar.Place(opened.place.start, closed.place.end),
                fix=f"use at most {grammar.ITEMS_MAX}",
            )
        return tuple(values)

    def _value(self) -> grammar.Value:
        found = self._peek()
        if found is None:
            raise self._unexpected(_VALUE)
        self._at += 1
        match found.kind:
            case "text" if found.is_open:
                raise self._refusal(
                    "the text has no end", place=found.place, fix="end it with the quote that it begins with"
                )
            case "text":
                return grammar.Value(found.unquoted, found.place)
            case "number":
                return grammar.Value(self._number(found), found.place)
            case "now":
                return grammar.Value(grammar.Now(found.offset_s), found.place)
            case "keyword" if found.text in _TEXTS:
                return grammar.Value(_TEXTS[found.text], found.place)
            case _:
                self._at -= 1
                raise self._unexpected(_VALUE)

    def _number(self, token: lexer.Token) -> int | float:
        if token.text.lstrip("+-").isdecimal():
            return int(token.text)
        number = float(token.text)
        if number in (float("inf"), float("-inf")):
            raise self._refusal("the number is too large", place=token.place, fix="use at most 1.7e308")
        return number

    def wanted(self) -> grammar.Wanted:
        """Return the term to sort by that is next."""
        descending = self.take("-") is not None
        return grammar.Wanted(self.term(), descending)

    def listed(self, one: Callable[[], _T]) -> list[_T]:
        """Return all that stands between commas up to the end."""
        found = [one()]
        while self.take(","):
            found.append(one())
        self.expect_end("',' or the end")
        if len(found) > TERMS_MAX:
            place = grammar.Place(0, len(self._text))
            raise self._refusal(f"{len(found)} names are listed", place=place, fix=f"use at most {TERMS_MAX}")
        return found

    def take(self, text: str) -> lexer.Token | None:
        """Return the next word if it is this one, which is then behind."""
        found = self._peek()
        if found is None or found.text != text or found.kind in ("text", "quoted", "name"):
            return None
        self._at += 1
        return found

    def expect_end(self, expected: str) -> None:
        """Return if nothing is left."""
        if self._peek() is not None:
            raise self._unexpected(expected)

    def _peek(self) -> lexer.Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _need(self, text: str, expected: str) -> lexer.Token:
        found = self.take(text)
        if found is None:
            raise self._unexpected(expected)
        return found

    def _place(self) -> grammar.Place:
        found = self._peek()
        return grammar.Place(len(self._text), len(self._text)) if found is None else found.place

    def _unexpected(self, expected: str, *, after: str = "") -> errors.InvalidFilter:
        found = self._peek()
        behind = f" after {after}" if after else ""
        fix = _EXAMPLE
        if found is not None and found.kind == "unknown" and found.text in _INSTEAD:
            fix = f"write {_INSTEAD[found.text]} for {found.text}"
        return self._refusal(f"expected {expected}{behind}", place=self._place(), fix=fix)

    def _refusal(self, what: str, *, place: grammar.Place, fix: str) -> errors.InvalidFilter:
        return grammar.refusal(what, text=self._text, place=place, fix=fix, field=self._field)
