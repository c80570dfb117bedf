"""Output: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence

import click
import msgspec

COMPACT_CHARS = 400


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
    """Print rows under their headings, as wide as the terminal allows; full width when piped."""
    from rich import box, console, table, text

    drawn = table.Table(*columns, box=box.SIMPLE_HEAD, header_style="bold")
    for row in rows:
        drawn.add_row(*(text.Text(cell) for cell in row))
    width = None if sys.stdout.isatty() else 200
    console.Console(width=width, highlight=False, file=sys.stdout).print(drawn)


def number(value: object) -> str:
    """Return a number as a table shows it: four significant digits, a dash for none."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
