"""``yoloscope agent [DIR…]``: a service for a machine, so that it is seen when nothing trains, and nothing stays unsent."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.act import restartable
from yoloscope.sidecar import agent as agents
from yoloscope.sidecar import client as senders
from yoloscope.sidecar import starting, starts
from yoloscope.sidecar import sync as syncing
from yoloscope.sidecar.hardware import resting, station
from yoloscope.spool import platform


@click.command()
@click.argument(
    "directories", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[DIR]..."
)
@click.option(
    "--server", metavar="URL", help="Server to report to, and to send to what is left, whatever it was started for."
)
@click.option(
    "--every",
    "every_s",
    metavar="SECONDS",
    type=click.FloatRange(1, 3_600),
    default=10.0,
    show_default=True,
    help="How often the machine is reported.",
)
@click.option(
    "--start",
    "starts_trainings",
    is_flag=True,
    help="Start trainings of this user again that people queue for this machine on the server, once their card is free.",
)
@click.option(
    "--start-after",
    "start_after_s",
    metavar="SECONDS",
    type=click.FloatRange(1, 86_400),
    default=resting.FREE_S,
    show_default=True,
    help="How long a card must be free in a row before something is started on it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def agent(
    directories: Sequence[Path],
    *,
    server: str | None,
    every_s: float,
    starts_trainings: bool,
    start_after_s: float,
    as_json: bool,
) -> None:
    """Report this machine to the server while no training here does, and send what trainings left in each DIR.

    With --start it also starts trainings again that ended or were released here and are queued on the server: each by the record of its
    start that it left on this machine, never by anything that the server says but its id. Runs until it is stopped by Ctrl-C or SIGTERM. It is optional: a training reports its machine by itself, and sends its rows by
    itself. docs/machines.md has a unit for systemd.
    """
    api = client.Client(server)
    if api.given_token:
        os.environ["YOLOSCOPE_TOKEN"] = api.given_token
    stop = _stopped_by_signals()
    teller = agents.Teller(
        api.url,
        every_s=every_s,
        post=senders.Client(api.url).post_machine,
        machine=station.Station(interval_s=agents.LOOK_S),
    )
    target = api.url if server else None
    leftovers = agents.Leftovers(
        directories,
        send=lambda path: syncing.send(path, server=target, progress=lambda _: None, sleep=time.sleep),
    )
    starter = _starter(api.url, after_s=start_after_s) if starts_trainings else None
    voice = _Voice(as_json=as_json)
    voice.begin(api.url, directories, every_s=every_s, starts_after_s=start_after_s if starts_trainings else None)

    def tend(now_s: float) -> None:
        teller.tend(now_s)
        voice.trouble(teller.trouble)
        voice.sent(leftovers.tend(now_s))
        if starter is not None:
            voice.started(starter.tend(now_s, teller.look, lives=teller.lives), trouble=starter.trouble)

    try:
        agents.run(tend, wait=stop.wait)
    finally:
        if starter is not None:
            starter.close()
        leftovers.close()
        teller.close()


def _starter(url: str, *, after_s: float) -> starting.Starter:
    trainer = restartable.Restartable(platform.host_name(), server=url)
    return starting.Starter(starts.Desk(url, platform.host_name()), trainer, needs_s=after_s)


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


class _Voice:
    """What the agent says: a line at its start, and one whenever something is other than before."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._trouble: str | None = None
        self._unasked = ""

    def begin(
        self, url: str, directories: Sequence[Path], *, every_s: float, starts_after_s: float | None = None
    ) -> None:
        """Say what is done from now on; with `starts_after_s` trainings are started, too."""
        if self._as_json:
            folders = [str(path) for path in directories]
            told = {"event": "started", "host": platform.host_name(), "server": url, "directories": folders}
            output.as_json(told if starts_after_s is None else {**told, "start_after_s": starts_after_s})
            return
        named = texts.text("table.between").join(str(path) for path in directories)
        key = "agent.sends" if directories else "agent.reports"
        click.echo(texts.text(key, host=platform.host_name(), url=url, every=every_s, directories=named))
        if starts_after_s is not None:
            click.echo(texts.text("agent.starts", after=starts_after_s))

    def trouble(self, now: str | None) -> None:
        """Say that the server does not take reports, or takes them again."""
        before, self._trouble = self._trouble, now
        if now is None or bool(now) == bool(before):
            return
        if self._as_json:
            output.as_json({"event": "trouble" if now else "taken", "reason": now})
        elif now:
            click.echo(texts.text("agent.trouble", reason=now), err=True)
        elif before:
            click.echo(texts.text("agent.taken"), err=True)

    def sent(self, outcomes: Sequence[syncing.Outcome]) -> None:
        """Say what was sent to its end."""
        for outcome in outcomes:
            if self._as_json:
                output.as_json({"event": "sent", "outcome": outcome})
            elif outcome.state == "complete":
                name = f"{outcome.project}/{outcome.name}"
                said = texts.text(f"sync.{outcome.state}")
                click.echo(texts.text("sync.run", mark="✓", name=name, run=outcome.run, state=said))

    def started(self, news: Sequence[starting.News], *, trouble: str) -> None:
        """Say what became of what was to be started, and that the server cannot be asked, or can again."""
        before, self._unasked = self._unasked, trouble
        if bool(before) != bool(trouble):
            if self._as_json:
                output.as_json({"event": "start_trouble" if trouble else "start_taken", "reason": trouble})
            else:
                click.echo(texts.text("agent.asks" if trouble else "agent.asked", reason=trouble), err=True)
        for one in news:
            if self._as_json:
                output.as_json({"event": "start", "run": one.wish.run, "state": one.state, "reason": one.reason})
            elif one.state != "later":
                why = texts.text_or(f"start.{one.reason}", one.reason)
                click.echo(texts.text(f"agent.{one.state}", run=one.wish.run, why=why))
