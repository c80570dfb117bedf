"""A table of epochs as text: whatever separates its cells, however it is padded, and whether or not it is whole.

Read line by line; what cannot be used is left out and noted. Nothing here knows what a column means.
"""

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.importers.notices import Notices

ROWS_MAX = 20_000
"""Epochs; ten times what anybody trains. At 15 columns they take some 40 MB."""
LINE_MAX_CHARS = 65_536
"""A row of Ultralytics has some 200."""
STRANGE_MAX = 200
"""Lines that are no text, before the rest is given up: some 13 MB of zeros."""
_SEPARATORS = (",", ";", "\t")
_NOTHING = frozenset({"", "none", "null", "na", "n/a", "-"})


class Row(msgspec.Struct, frozen=True):
    """One line: its number in the file, from 1, and its cells by column, as far as they hold a number. NaN and infinities stay."""

    line: int
    cells: dict[str, float]


class Table(msgspec.Struct, frozen=True):
    """``columns`` in the order of their first appearance, without those that have no name."""

    columns: tuple[str, ...]
    rows: list[Row]


def columns_of(path: Path) -> tuple[str, ...]:
    """Return the names in the first line that is not empty; none if the file is no text.

    Raises:
        ImportFault: if the file cannot be read.
    """
    for _, line in _lines(path):
        return () if "\0" in line or len(line) >= LINE_MAX_CHARS else tuple(filter(None, _names(line)))
    return ()


def read(path: Path, *, notices: Notices, rows_max: int = ROWS_MAX) -> Table:
    """Return the table in a file whose first line names the columns.

    A line that names them again changes them from there on. A line with another number of cells than names is left out, as one that is still
    being written.

    Raises:
        ImportFault: if the file cannot be read, is empty, or is no text.
    """
    columns: dict[str, None] = {}
    rows: list[Row] = []
    names: Sequence[str] = ()
    separator = ","
    for number, line in _lines_of_text(path, notices):
        if not names or _names_again(line, names=names):
            separator, names = _separator(line), _names(line)
            columns |= dict.fromkeys(filter(None, names))
            continue
        if len(rows) >= rows_max:
            notices.add(
                f"has more than {rows_max:,} rows; only these were read",
                zh=f"超过 {rows_max:,} 行，只读取了这些行",
                line=number,
            )
            break
        cells = _cells(line, separator=separator, names=names, notices=notices, number=number)
        if cells is not None:
            rows.append(Row(number, cells))
    if not names:
        raise errors.ImportFault(f"{path} is empty", zh=f"{path} 是空文件")
    return Table(tuple(columns), rows)


def _lines_of_text(path: Path, notices: Notices) -> Iterator[tuple[int, str]]:
    """Yield lines that can be of a table. A crash of the machine leaves zeros amid a file; a file of another kind is given up early."""
    strange = 0
    for number, line in _lines(path):
        if "\0" not in line and len(line) < LINE_MAX_CHARS:
            yield number, line
            continue
        if number == 1:
            raise errors.ImportFault(f"{path} is not text", zh=f"{path} 不是文本文件")
        notices.add("is no line of text; left out", zh="不是文本行，已忽略", line=number)
        strange += 1
        if strange >= STRANGE_MAX:
            return


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield lines that are not empty, with their numbers; of those that are too long only a piece."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        with path.open(encoding="utf-16" if wide else "utf-8-sig", errors="replace") as text:
            number = 0
            while line := text.readline(LINE_MAX_CHARS):
                number += 1
                if not line.isspace():
                    yield number, line
    except (OSError, UnicodeError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        raise errors.ImportFault(f"{path} cannot be read: {why}", zh=f"{path} 无法读取：{why}") from fault


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _names(line: str) -> list[str]:
    return [cell.strip(" \t\r\n\"'") for cell in line.rstrip("\r\n").split(_separator(line))]


def _names_again(line: str, *, names: Sequence[str]) -> bool:
    """Tell whether a line names columns, as the first one: files that were joined, a training that began anew."""
    first = next(filter(None, names), "")
    return bool(first) and first in line and first in _names(line)


def _cells(
    line: str, *, separator: str, names: Sequence[str], notices: Notices, number: int
) -> dict[str, float] | None:
    """Return what a line holds by column; ``None`` for one of another length, but for an end without a name, as some write."""
    texts = [cell.strip(" \t\r\n\"'") for cell in line.split(separator)]
    while len(texts) > len(names) and not texts[-1]:
        texts.pop()
    if len(texts) != len(names):
        ends = "" if line.endswith("\n") else ", is not complete yet"
        notices.add(
            f"has another number of cells than there are columns{ends}; left out",
            zh=f"单元格数与列数不符{'' if not ends else '（可能仍在写入）'}，已忽略",
            line=number,
        )
        return None
    found: dict[str, float] = {}
    for name, text in zip(names, texts, strict=True):
        value = _number(text, separator=separator)
        if value is None and text.lower() not in _NOTHING and name:
            notices.add(
                f"has no number in column {name!r}; left out", zh=f"列 {name!r} 中不是数字，已忽略", line=number
            )
        elif value is not None and name:
            found[name] = value
    return found


def _number(text: str, *, separator: str) -> float | None:
    """Return a cell as a number; where semicolons part the cells, a comma may stand for the point."""
    try:
        return float(text.replace(",", ".") if separator == ";" else text)
    except ValueError:
        return None
