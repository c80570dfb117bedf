"""The words of a filter. Called by `parser`, which refuses what is not whole, and by `completion`, which meets it while somebody types."""

import re
from typing import Literal, NamedTuple

from yoloscope.query.filters import grammar

Kind = Literal["number", "text", "name", "quoted", "keyword", "now", "function", "operator", "mark", "unknown"]

_WORD = r"[^\W\d][\w./:%@#+-]*(?:\([BMP]\))?"
_IS_WORD = re.compile(_WORD + r"\Z")
_FUNCTION = "|".join(grammar.FUNCTIONS)
_KEYWORD = "|".join(sorted(grammar.KEYWORDS))
_END = r"(?![\w./:%@#+-])"
_TOKEN = re.compile(
    rf"""
      (?P<text>"(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'?)
    | (?P<quoted>`[^`]*`?)
    | (?P<now>now(?:\s*(?P<sign>[+-])\s*(?P<amount>\d{{1,9}})\s*(?P<unit>[smhdw]))?){_END}
    | (?P<keyword>(?:{_KEYWORD}|AND|OR|NOT|IN)){_END}
    | (?P<function>(?:{_FUNCTION}))(?=\s*\()
    | (?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?){_END}
    | (?P<name>{_WORD})
    | (?P<operator>==|!=|<=|>=|<|>)
    | (?P<mark>[()\[\],])
    | (?P<unknown>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([\\\"'])")
_KINDS: tuple[Kind, ...] = ("text", "quoted", "now", "keyword", "function", "number", "name", "operator", "mark")
_QUOTES = {"text": "\"'", "quoted": "`"}


class Token(NamedTuple):
    """A word: its kind, how it is written, where, and for ``now`` what it says."""

    kind: Kind
    text: str
    place: grammar.Place
    offset_s: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether a text or a name in backticks never ends."""
        return self.kind in _QUOTES and (len(self.text) < 2 or self.text[-1] != self.text[0] or self._ends_escaped)

    @property
    def _ends_escaped(self) -> bool:
        inner = self.text[1:-1]
        return self.kind == "text" and (len(inner) - len(inner.rstrip("\\"))) % 2 == 1

    @property
    def unquoted(self) -> str:
        """What stands between the quotes, or the whole word; a backslash before a quote or a backslash goes."""
        if self.kind not in _QUOTES:
            return self.text
        inner = self.text[1:] if self.is_open else self.text[1:-1]
        return _ESCAPE.sub(r"\1", inner) if self.kind == "text" else inner


def tokens(text: str) -> list[Token]:
    """Return the words of a text in order; what is none is of the kind ``unknown``."""
    return [_token(found) for found in _TOKEN.finditer(text)]


def is_word(name: str) -> bool:
    """Tell whether a name is read as one without backticks."""
    return bool(_IS_WORD.match(name)) and [token.kind for token in tokens(name)] == ["name"]


def _kind(found: "re.Match[str]") -> Kind:
    for kind in _KINDS:
        if found[kind] is not None:
            return kind
    return "unknown"


def _token(found: "re.Match[str]") -> Token:
    place = grammar.Place(*found.span())
    kind = _kind(found)
    offset_s = 0
    if found["amount"]:
        offset_s = int(found["amount"]) * grammar.UNITS_S[found["unit"]] * (-1 if found["sign"] == "-" else 1)
    written = found[0].lower() if kind == "keyword" else found[0]
    return Token(kind, written, place, offset_s)
