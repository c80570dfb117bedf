"""What all commands that act on a training share: their options, the way of one command, and the exit code.

Exit codes: 0 applied (with ``--no-wait``: sent), 1 refused, expired or still open, 2 wrong usage, an unknown run or a server that refuses to listen,
3 no server.
"""

import functools
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, NoReturn

import click

from yoloscope import errors
from yoloscope.api import client, commands
from yoloscope.api.finding import Raw, find
from yoloscope.cli import output
from yoloscope.cli.act import asking, telling
from yoloscope.records import command

NOT_DONE = 1
NO_SERVER = 3


class How(NamedTuple):
    """How a command is sent, and what is told of it."""

    server: str | None
    json_wanted: bool
    wait: bool
    deadline_s: float | None
    cause: str = ""

    def within_s(self, verb: command.Verb, args: Mapping[str, object]) -> float:
        """Return how long the outcome of a command is waited for."""
        return (self.deadline_s or command.deadline_s(verb, args)) + commands.GRACE_S


def options(function: Callable[..., object]) -> Callable[..., object]:
    """Give a command the options that all of them have; it takes them as `how`."""

    @click.option(
        "--deadline",
        "deadline_s",
        metavar="SECONDS",
        type=click.FloatRange(1, command.DEADLINE_MAX_S),
        help=f"Give up when the training reached no safe point by then; default: {command.DEADLINE_S:g}, {command.LONG_DEADLINE_S:g} for what waits for the end of an epoch.",
    )
    @click.option(
        "--cause",
        metavar="RULE",
        default="",
        help="The rule whose finding this answers, as N05: its effect is measured, see `yoloscope commands`.",
    )
    @click.option("--wait/--no-wait", default=True, help="Wait until it is settled; the default.")
    @click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
    @click.option(
        "--server",
        metavar="URL",
        help="Server to ask; default: YOLOSCOPE_SERVER, yoloscope.toml, or the one running here.",
    )
    @functools.wraps(function)
    def collected(
        *, server: str | None, json_wanted: bool, wait: bool, deadline_s: float | None, cause: str, **own: object
    ) -> object:
        with server_needed():
            return function(how=How(server, json_wanted, wait, deadline_s, cause), **own)

    return collected


@contextmanager
def server_needed() -> Generator[None]:
    """Exit with `NO_SERVER` where no server answers."""
    try:
        yield
    except errors.ServerUnavailable as error:
        click.echo(f"yoloscope: {error}", err=True)
        sys.exit(NO_SERVER)


def act(asked: str, *, verb: command.Verb, args: Mapping[str, object], how: How) -> NoReturn:
    """Send a command to the run that is meant, tell what became of it, and exit."""
    checked = asking.checked(verb, args)
    api = client.Client(how.server)
    send(api, find(api, asked), verb=verb, args=checked, how=how)


def send(api: client.Client, run: Raw, *, verb: command.Verb, args: Mapping[str, object], how: How) -> NoReturn:
    """Send a command to a run, tell what became of it, and exit."""
    run_id = str(run["id"])
    latest = commands.send(api, run_id, verb=verb, args=args, deadline_s=how.deadline_s, cause=how.cause)
    if how.wait:
        with telling.Progress(silent=how.json_wanted) as progress:
            latest = commands.follow(api, run_id, latest, within_s=how.within_s(verb, args), seen=progress)
    if how.json_wanted:
        output.as_json(latest)
    else:
        click.echo(telling.line(latest, run=run_id, deadline_s=how.deadline_s))
    sent_is_enough = not how.wait and not latest.is_settled
    sys.exit(0 if latest.state == "applied" or sent_is_enough else NOT_DONE)
