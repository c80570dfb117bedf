"""``yoloscope``: the table of commands, and how errors are told.

A command is one line of `COMMANDS`; its module is imported when the command is used, so that ``yoloscope --help`` loads nothing. An
error of ours is one readable message on stderr and exit code 2, never a traceback.
"""

import importlib
import io
import sys
from typing import NamedTuple

import click

from yoloscope import errors


class Command(NamedTuple):
    """Where a command lives and what the overview says of it."""

    module: str
    attribute: str
    help: str


COMMANDS: dict[str, Command] = {
    "agent": Command("yoloscope.cli.agent", "agent", "Report this machine, and send what trainings left."),
    "demo": Command("yoloscope.cli.demo", "demo", "Train a small YOLO and watch it live."),
    "env": Command("yoloscope.cli.env", "env", "Check versions, machine and server."),
    "export": Command("yoloscope.cli.export", "export", "Write a run into one file."),
    "import": Command("yoloscope.cli.importing", "import_", "Bring runs from files to a server."),
    "machines": Command("yoloscope.cli.machines", "machines", "List machines, their cards and who uses them."),
    "policy": Command("yoloscope.cli.policy", "policy", "Show and set what a project lets in."),
    "run": Command("yoloscope.cli.run", "run", "Run a training and watch it, with no code change."),
    "runs": Command("yoloscope.cli.runs", "runs", "List, show and compare runs."),
    "spool": Command("yoloscope.cli.spool", "spool", "Show what trainings have written down."),
    "sync": Command("yoloscope.cli.sync", "sync", "Send what trainings left behind."),
    "up": Command("yoloscope.cli.up", "up", "Start the dashboard."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the table."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now."""
        del ctx
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(importlib.import_module(entry.module), entry.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yoloscope")
def cli() -> None:
    """See every training of a vision model while it runs, understand what is wrong, act on it."""


def _escape_what_the_console_lacks() -> None:
    """Have letters that a console in GBK or ASCII lacks written as escapes: no command may end for the name of a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line; the entry point of the package."""
    _escape_what_the_console_lacks()
    try:
        cli(standalone_mode=True)
    except errors.YoloscopeError as error:
        click.echo(f"yoloscope: {error}", err=True)
        sys.exit(2)
