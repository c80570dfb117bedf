"""Lines of a width in both languages: Chinese breaks between any two letters but before what closes, other words stay whole."""

import re
from collections.abc import Iterator

from rich import cells

_PIECES = re.compile(r"[⺀-鿿豈-﫿]|[、-〿＀-￯]|[^\s⺀-鿿豈-﫿、-〿＀-￯]+|\s+")
_CLOSING = frozenset("，。、；：！？）」』》〉】”’%,.;:!?)]}")
_OPENING = frozenset("（「『《〈【“‘([{")


def wrapped(text: str, *, width: int) -> Iterator[str]:
    """Yield the lines of a text; a word that is longer than a line is cut."""
    line = ""
    for piece in _unbroken(text):
        if line and cells.cell_len(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        *full, rest = _cut(piece if line else piece.lstrip(), width=width)
        yield from full
        line += rest
    if line.strip():
        yield line.rstrip()


def _cut(word: str, *, width: int) -> list[str]:
    """Return a word in parts that fit, most often one."""
    parts: list[str] = []
    while cells.cell_len(word) > width:
        parts.append(cells.set_cell_size(word, width).rstrip())
        word = word[len(parts[-1]) :]
    return [*parts, word]


def _unbroken(text: str) -> Iterator[str]:
    """Yield pieces between which a line may end."""
    held = ""
    for piece in _PIECES.findall(text):
        if held and (piece[0] in _CLOSING or held[-1] in _OPENING):
            held += piece
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held
