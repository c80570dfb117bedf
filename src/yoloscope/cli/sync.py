"""`yoloscope sync DIR`: send what trainings left behind, offline runs included."""

import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from yoloscope import errors
from yoloscope.cli import texts
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import inventory

_NOT_DONE = 1
_MARKS = {"complete": "✓", "running": "…", "busy": "…", "waiting": "✗", "unreadable": "✗"}


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--server", help="Send to this server, not to the one the run was started for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sync(directory: Path, *, server: str | None, as_json: bool) -> None:
    """Send every run found in and below DIRECTORY.

    It is safe to repeat and to interrupt, and beside a training that still writes. Exits with 0 if everything is sent, 1 if
    something is left; what is left stays where it is.
    """
    found = inventory.find(directory)
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn(texts.text("sync.sent", count="{task.completed}")),
        console=console,
    ) as bar:
        outcomes = [_send(path, bar=bar, server=server.rstrip("/") if server else None) for path in found]
    if as_json:
        click.echo(msgspec.json.encode({"items": outcomes}).decode())
    else:
        for outcome in outcomes:
            click.echo(_line(outcome))
            if outcome.detail:
                click.echo(f"  {outcome.detail}", err=True)
            if outcome.read_only:
                click.echo("  " + texts.text("sync.read_only"), err=True)
        if not outcomes:
            click.echo(texts.text("sync.none", directory=directory), err=True)
    if any(outcome.state in ("waiting", "unreadable") for outcome in outcomes):
        raise SystemExit(_NOT_DONE)


def _line(outcome: syncing.Outcome) -> str:
    said = texts.text(f"sync.{outcome.state}")
    return f"{_MARKS[outcome.state]} {outcome.project}/{outcome.name} ({outcome.run}): {said}"


def _send(path: Path, *, bar: Progress, server: str | None) -> syncing.Outcome:
    task = bar.add_task(path.name, total=None)

    def progress(sent: int) -> None:
        bar.update(task, completed=sent)

    try:
        outcome = syncing.send(path, server=server, progress=progress, sleep=time.sleep)
    except (errors.YoloscopeError, OSError) as error:
        return syncing.Outcome(str(path), "", path.name, "", "", "unreadable", 0, str(error))
    bar.update(task, completed=outcome.sequences, description=outcome.name)
    return outcome
