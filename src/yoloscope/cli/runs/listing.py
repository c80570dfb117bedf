"""``yoloscope runs ls``: the run table."""

from collections.abc import Mapping

import click

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import finding, words


@click.command("ls")
@click.option("--project", metavar="NAME", help="Only runs of this project.")
@click.option(
    "--where",
    metavar="EXPR",
    help="Only runs that a filter lets through: 'metrics/mAP50 > 0.5 and config.imgsz == 640 and tags contains \"night\"'.",
)
@click.option("--sort", metavar="NAMES", help="Names to sort by, commas between them; - before one: greatest first.")
@click.option(
    "--columns", metavar="NAMES", help="More to show of each run: names of series, config.…, settings.…, fields."
)
@click.option("--archived", "archived", flag_value="true", help="Only runs that were put away.")
@click.option("--all", "archived", flag_value="any", help="Those that were put away too.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Runs to list.")
@finding.server_and_json
def list_runs(limit: int, *, json_wanted: bool, server: str | None, **asked: str | None) -> None:
    """List runs, newest first unless asked otherwise. docs/filters.md describes filters and names."""
    api = client.Client(server)
    wanted = {name: text for name, text in asked.items() if text}
    try:
        items, more = finding.table(api, asked=wanted, limit=limit)
    except errors.FilterRefused as error:
        raise errors.ConfigError(_shown(error, text=wanted.get(error.field, ""))) from error
    if json_wanted:
        output.as_json({"items": items, "more": more})
        return
    if not items:
        click.echo(_none(wanted, url=api.url))
        return
    output.as_table(*_table(items))
    if more:
        click.echo(texts.text("runs.more", limit=limit * 2))


def _none(asked: Mapping[str, str], *, url: str) -> str:
    """Return why nothing is listed."""
    if "where" in asked:
        return texts.text("runs.none_match")
    return texts.text(
        "runs.none_in_project" if "project" in asked else "runs.none", url=url, project=asked.get("project")
    )


def _shown(error: errors.FilterRefused, *, text: str) -> str:
    """Return what is wrong with a text, and under it where."""
    from rich import cells

    line = "".join(letter if letter.isprintable() else " " for letter in text)
    before, wrong = line[: error.column - 1], line[error.column - 1 :][: error.length]
    marks = " " * cells.cell_len(before) + "^" * max(1, cells.cell_len(wrong))
    return texts.text("table.refused", option=f"--{error.field}", text=line, marks=marks, says=str(error))


def _table(items: list[finding.Raw]) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows; a column that is empty for all runs is left out, since terminals are narrow."""
    asked = list(words.raw(items[0].get("values")))
    columns: dict[str, list[str]] = {
        "name": [str(item["name"]) for item in items],
        "state": [words.state(item["state"]) for item in items],
        "epoch": [_epoch(item) for item in items],
        "map50": [output.number(words.raw(item.get("last")).get("metrics/mAP50")) for item in items],
        "attempt": [_attempt(item) for item in items],
        "lost": [_lost(item) for item in items],
        "rows": [output.number(item["rows"]) for item in items],
        "project": [str(item["project"]) for item in items],
        "created": [words.instant(item["created"]) for item in items],
        "id": [str(item["id"]) for item in items],
    }
    told = {
        texts.text(f"runs.{key}"): cells
        for key, cells in columns.items()
        if key not in {"attempt", "lost"} or any(cells)
    }
    beside = {name: [_value(words.raw(item.get("values")).get(name)) for item in items] for name in asked}
    shown = [*list(told.items())[:2], *beside.items(), *list(told.items())[2:]]  # those asked for are never cut first
    return [heading for heading, _ in shown], [list(row) for row in zip(*(cells for _, cells in shown), strict=True)]


def _value(value: object) -> str:
    return output.number(value) if value is None or isinstance(value, (str, float)) else output.compact(value)


def _epoch(item: finding.Raw) -> str:
    return f"{item['epoch']}" + (f"/{item['epochs']}" if item.get("epochs") is not None else "")


def _attempt(item: finding.Raw) -> str:
    """Return which attempt it is in; the first needs no word."""
    number = item.get("attempt")
    return str(number) if isinstance(number, int) and number > 1 else ""


def _lost(item: finding.Raw) -> str:
    rows = sum(words.lost(item).values())
    return f"! {rows}" if rows else ""
