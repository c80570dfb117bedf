"""Filters as text, with as few parentheses and backticks as reading the same again needs.

Called by `completion` for names and values, and by `table_page` for the names of columns.
"""

from yoloscope.query.filters import grammar, lexer


def text_from_expression(expression: grammar.Expression) -> str:
    """Return an expression as text."""
    match expression:
        case grammar.Or(parts):
            return " or ".join(_within(part, loose=(grammar.Or,)) for part in parts)
        case grammar.And(parts):
            return " and ".join(_within(part, loose=(grammar.And, grammar.Or)) for part in parts)
        case grammar.Not(inner):
            return f"not {_within(inner, loose=(grammar.And, grammar.Or))}"
        case grammar.Comparison(term, operator, value):
            return f"{text_from_term(term)} {operator} {text_from_value(value.value)}"
        case grammar.Membership(term, values):
            items = ", ".join(text_from_value(value.value) for value in values)
            return f"{text_from_term(term)} in [{items}]"
        case grammar.Exists(term):
            return f"{text_from_term(term)} exists"


def text_from_term(term: grammar.Term) -> str:
    """Return a term as text."""
    name = text_from_name(term.name)
    return name if term.function is None else f"{term.function}({name})"


def text_from_name(name: str) -> str:
    """Return a name as text, between backticks where it is no plain word."""
    return name if lexer.is_word(name) else f"`{name}`"


def text_from_value(value: grammar.Scalar) -> str:
    """Return a value as text."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case grammar.Now(offset_s):
            return "now" if not offset_s else f"now {'-' if offset_s < 0 else '+'} {_span(abs(offset_s))}"


def _span(seconds: int) -> str:
    """Return a span in the largest unit of which it is a whole number."""
    unit = next(unit for unit in "wdhms" if seconds % grammar.UNITS_S[unit] == 0)
    return f"{seconds // grammar.UNITS_S[unit]}{unit}"


def _within(part: grammar.Expression, *, loose: tuple[type[grammar.Expression], ...]) -> str:
    text = text_from_expression(part)
    return f"({text})" if isinstance(part, loose) else text
