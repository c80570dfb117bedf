"""``yoloscope runs ls``: the run table."""

import click

from yoloscope.cli import client, output, texts
from yoloscope.cli.runs import finding, words


@click.command("ls")
@click.option("--project", metavar="NAME", help="Only runs of this project.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Newest runs to list.")
@finding.server_and_json
def list_runs(project: str | None, limit: int, *, json_wanted: bool, server: str | None) -> None:
    """List runs, newest first."""
    api = client.Client(server)
    items, more = finding.newest(api, project=project, limit=limit)
    if json_wanted:
        output.as_json({"items": items, "more": more})
        return
    if not items:
        key = "runs.none_in_project" if project else "runs.none"
        click.echo(texts.text(key, url=api.url, project=project))
        return
    output.as_table(*_table(items))
    if more:
        click.echo(texts.text("runs.more", limit=limit * 2))


def _table(items: list[finding.Raw]) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows; a column that is empty for all runs is left out, since terminals are narrow."""
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
    told = {key: cells for key, cells in columns.items() if key not in {"attempt", "lost"} or any(cells)}
    return [texts.text(f"runs.{key}") for key in told], [list(row) for row in zip(*told.values(), strict=True)]


def _epoch(item: finding.Raw) -> str:
    return f"{item['epoch']}" + (f"/{item['epochs']}" if item.get("epochs") is not None else "")


def _attempt(item: finding.Raw) -> str:
    """Return which attempt it is in; the first needs no word."""
    number = item.get("attempt")
    return str(number) if isinstance(number, int) and number > 1 else ""


def _lost(item: finding.Raw) -> str:
    rows = sum(words.lost(item).values())
    return f"! {rows}" if rows else ""
