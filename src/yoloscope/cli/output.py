"""Output: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from yoloscope.cli import texts

if TYPE_CHECKING:
    from rich import table

COMPACT_CHARS = 400
_PIPED_CHARS = 4000
_FIRST_CHARS = 24
_COLUMNS_MIN = 2
_GAP_CHARS = 3


def as_json(value: object) -> None:
    """Print a value as one line of JSON; letters that the console lacks, and paths that are no text, are escaped."""
    try:
        line = msgspec.json.encode(value).decode()
        line.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        line = json.dumps(msgspec.to_builtins(value))
    click.echo(line)


def compact(value: object) -> str:
    """Return a value as JSON on one line, cut where a terminal would have enough of it."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= COMPACT_CHARS else text[: COMPACT_CHARS - 1] + "…"


def as_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their headings; what a terminal has no room for is left out from the right, and named below.

    The first column folds, the others stay whole. Piped, everything is written.
    """
    from rich import console

    kept = list(rows)
    screen = console.Console(width=None if sys.stdout.isatty() else _PIPED_CHARS, highlight=False, file=sys.stdout)
    count = len(columns)
    widths = _widths(columns, kept)
    while count > _COLUMNS_MIN and sum(widths[:count]) + _GAP_CHARS * count + 1 > screen.width:
        count -= 1
    screen.print(_table(columns[:count], kept, widths=widths))
    if count < len(columns):
        click.echo(texts.text("table.hidden", columns=texts.text("table.between").join(columns[count:])))


def as_folded_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their headings with every column kept: in a narrow terminal all of them fold."""
    from rich import box, console, table, text

    width = None if sys.stdout.isatty() else _PIPED_CHARS
    drawn = table.Table(box=box.SIMPLE_HEAD, header_style="bold")
    for title in columns:
        drawn.add_column(text.Text(title), overflow="fold")
    for row in rows:
        drawn.add_row(*(text.Text(cell) for cell in row))
    console.Console(width=width, highlight=False, file=sys.stdout).print(drawn)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how many places each column needs; the first can do with fewer than its longest cell."""
    from rich import cells

    longest = [max(map(cells.cell_len, column)) for column in zip(columns, *rows, strict=True)]
    return [min(longest[0], _FIRST_CHARS), *longest[1:]]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Sequence[int]) -> "table.Table":
    from rich import box, table, text

    drawn = table.Table(box=box.SIMPLE_HEAD, header_style="bold")
    for at, title in enumerate(columns):
        drawn.add_column(text.Text(title), overflow="fold", no_wrap=at > 0, min_width=widths[at])
    for row in rows:
        drawn.add_row(*(text.Text(cell) for cell in row[: len(columns)]))
    return drawn


def as_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print what is known of one thing: its name, right-aligned, and its value on each line."""
    from rich import cells

    known = list(facts)
    width = max(cells.cell_len(name) for name, _ in known)
    for name, value in known:
        click.echo(f"{' ' * (width - cells.cell_len(name))}{name}  {value}")


def number(value: object) -> str:
    """Return a number as a table shows it: four significant digits, a dash for none."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
