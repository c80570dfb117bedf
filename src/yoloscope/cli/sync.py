"""`yoloscope sync DIR…`: send what trainings left behind, offline runs included."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from yoloscope import errors
from yoloscope.cli import output, texts, transfer
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import inventory

_WAITS = 1
_UNREADABLE = 2
_MARKS = {"complete": "✓", "running": "…", "busy": "…", "waiting": "✗", "unreadable": "✗"}
_LINE_EVERY_S = 5.0
"""How often a log file is told how far it is."""


class _Shown(Protocol):
    def begin(self, name: str, *, total: int) -> Callable[[int], None]:
        """Return what is to be told how much of `total` is sent."""
        ...


@click.command()
@click.argument(
    "directories",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR...",
)
@click.option("--server", help="Send to this server, not to the one the run was started for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sync(directories: Sequence[Path], *, server: str | None, as_json: bool) -> None:
    """Send every run found in and below each DIR.

    It is safe to repeat and to interrupt, and beside a training that still writes: each time what is new is sent. Exits with 0 if
    everything is sent, or all so far of a training that still runs; with 1 if something waits, with 2 if something cannot be read.
    What is left stays where it is.
    """
    found = list(dict.fromkeys(path.resolve() for root in directories for path in inventory.find(root)))
    console = Console(stderr=True)
    if console.is_terminal:
        with _bars(console) as bars:
            outcomes = _send_all(found, server=server, shown=_Bars(bars))
    else:
        outcomes = _send_all(found, server=server, shown=_Lines(time.monotonic))
    _say(outcomes, as_json=as_json)
    if not outcomes:
        for root in directories:
            click.echo(texts.text("sync.none", directory=root), err=True)
    states = {outcome.state for outcome in outcomes}
    if "unreadable" in states:
        sys.exit(_UNREADABLE)
    if "waiting" in states:
        sys.exit(_WAITS)


def _say(outcomes: Sequence[syncing.Outcome], *, as_json: bool) -> None:
    if as_json:
        output.as_json({"items": outcomes})
        return
    for outcome in outcomes:
        said = texts.text(f"sync.{outcome.state}")
        name = f"{outcome.project}/{outcome.name}"
        click.echo(texts.text("sync.run", mark=_MARKS[outcome.state], name=name, run=outcome.run, state=said))
        if outcome.detail:
            click.echo(f"  {outcome.detail}", err=True)
        if outcome.parts:
            size = transfer.size(outcome.parts_bytes)
            click.echo("  " + texts.text("sync.parts", parts=outcome.parts, size=size))
        if outcome.read_only:
            click.echo("  " + texts.text("sync.read_only"), err=True)
    if len(outcomes) > 1:
        click.echo(_summary(outcomes))


def _summary(outcomes: Sequence[syncing.Outcome]) -> str:
    counts = {state: sum(outcome.state == state for outcome in outcomes) for state in _MARKS}
    parts = [f"{texts.text(f'sync.{state}')} {count}" for state, count in counts.items() if count]
    return texts.text("sync.summary", count=len(outcomes), parts=" · ".join(parts))


def _send_all(found: Sequence[Path], *, server: str | None, shown: _Shown) -> list[syncing.Outcome]:
    return [_send(path, shown=shown, server=server.rstrip("/") if server else None) for path in found]


def _send(path: Path, *, shown: _Shown, server: str | None) -> syncing.Outcome:
    try:
        progress = shown.begin(inventory.title(path), total=inventory.committed(path))
        outcome = syncing.send(path, server=server, progress=progress, sleep=time.sleep)
    except (errors.YoloscopeError, OSError) as error:
        return syncing.Outcome(str(path), "", path.name, "", "", "unreadable", 0, str(error))
    if outcome.state in ("complete", "running"):
        progress(outcome.sequences)
    return outcome


def _bars(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(texts.text("sync.sent", count="{task.completed:,.0f}")),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console)


class _Bars:
    """A bar a run, on a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def begin(self, name: str, *, total: int) -> Callable[[int], None]:
        """Return what moves a new bar; one of a training that still writes grows."""
        task = self._bars.add_task(name, total=total)

        def progress(sent: int) -> None:
            self._bars.update(task, completed=sent, total=max(total, sent))

        return progress


class _Lines:
    """A line now and then, for a log file."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s

    def begin(self, name: str, *, total: int) -> Callable[[int], None]:
        """Return what writes a line if the last one is some seconds old."""
        told_s = self._now_s()

        def progress(sent: int) -> None:
            nonlocal told_s
            if self._now_s() - told_s >= _LINE_EVERY_S:
                told_s = self._now_s()
                click.echo(
                    texts.text("sync.so_far", name=name, count=f"{sent:,}", total=f"{max(total, sent):,}"), err=True
                )

        return progress
