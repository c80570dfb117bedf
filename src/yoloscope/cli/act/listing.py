"""``yoloscope commands``: what was asked of a run, by whom, and what came of it."""

from itertools import islice

import click

from yoloscope.api import client
from yoloscope.api import commands as told_commands
from yoloscope.api.finding import find
from yoloscope.cli import output, texts
from yoloscope.cli.act import sending, telling
from yoloscope.cli.runs import finding, words

_COLUMNS = ("created", "what", "state", "where", "result", "who")


@click.command("commands")
@click.argument("run")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Commands to list.")
@finding.server_and_json
def commands(run: str, *, limit: int, server: str | None, json_wanted: bool) -> None:
    """List what was asked of a run, newest first, and what came of it.

    RUN is an id, a name, or the start of an id.
    """
    with sending.server_needed():
        api = client.Client(server)
        found = find(api, run)
        items = list(islice(told_commands.every(api, str(found["id"])), limit + 1))
    more, items = len(items) > limit, items[:limit]
    if json_wanted:
        output.as_json({"items": items, "more": more})
        return
    if not items:
        click.echo(texts.text("act.none", name=found["name"]))
        return
    output.as_folded_table([texts.text(f"act.col.{key}") for key in _COLUMNS], [_cells(one) for one in items])
    if more:
        click.echo(texts.text("act.more", limit=limit * 2))


def _cells(one: told_commands.Command) -> tuple[str, ...]:
    outcome = telling.why(one) if one.reason else telling.changes(one.result or {})
    told = " · ".join(part for part in (outcome, telling.effect(one)) if part)
    asked = f"{telling.asked(one)} ({one.cause})" if one.cause else telling.asked(one)
    state = texts.text(f"act.state.{one.state}")
    return words.instant(one.created), asked, state, telling.where(one) or "–", told or "–", one.who
