"""``yoloscope retention``: how long a project keeps what, shown and changed."""

import math

import click
import msgspec

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs.finding import server_and_json

PATH = "/api/v1/projects/{project}/retention"
_NEVER = "never"


class Retention(msgspec.Struct, frozen=True):
    """What the server says of a project."""

    thin_after_days: float | None
    delete_after_days: float | None
    trash_days: float


def _days(ctx: click.Context, param: click.Parameter, value: str | None) -> float | str | None:
    """Return a number of days, the word `never`, or nothing if nothing was said."""
    if value is None or value == _NEVER:
        return value
    try:
        days = float(value)
    except ValueError:
        days = math.nan
    if not math.isfinite(days):
        raise click.BadParameter(f"{value!r} is neither a number of days nor `{_NEVER}`", ctx=ctx, param=param)
    return days


@click.group()
def retention() -> None:
    """Show and set how long a project keeps what."""


@retention.command("show")
@click.argument("project")
@server_and_json
def show(project: str, *, server: str | None, json_wanted: bool) -> None:
    """Show how long PROJECT keeps what."""
    _tell(client.Client(server).get(client.project_path(PATH, project), answer=Retention), json_wanted=json_wanted)


@retention.command("set")
@click.argument("project")
@click.option(
    "--thin-after", callback=_days, metavar="DAYS|never", help="Then old runs keep the outline of each curve."
)
@click.option("--delete-after", callback=_days, metavar="DAYS|never", help="Then old runs are moved to the trash.")
@click.option("--trash", callback=_days, metavar="DAYS", help="So long a run stays in the trash.")
@server_and_json
def set_(
    project: str,
    *,
    thin_after: float | str | None,
    delete_after: float | str | None,
    trash: float | str | None,
    server: str | None,
    json_wanted: bool,
) -> None:
    """Change how long PROJECT keeps what, in days after a run ended."""
    given = {"thin_after_days": thin_after, "delete_after_days": delete_after, "trash_days": trash}
    body = {field: None if days == _NEVER else days for field, days in given.items() if days is not None}
    if not body:
        raise click.UsageError("say what to change: --thin-after, --delete-after or --trash")
    holds = client.Client(server).put(client.project_path(PATH, project), body=body, answer=Retention)
    _tell(holds, json_wanted=json_wanted)


def _tell(holds: Retention, *, json_wanted: bool) -> None:
    if json_wanted:
        output.as_json(holds)
        return
    for key, days in (
        ("thin", holds.thin_after_days),
        ("delete", holds.delete_after_days),
        ("trash", holds.trash_days),
    ):
        when = texts.text("retention.never") if days is None else texts.text("retention.days", days=days)
        click.echo(texts.text("fact", name=when, value=texts.text(f"retention.{key}")))
    click.echo(texts.text("retention.spared"))
