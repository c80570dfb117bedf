"""``yoloscope``: the table of commands, and how errors are told.

A command is one line of `COMMANDS`; its module is imported when the command is used, so that ``yoloscope --help`` loads nothing. An
error of ours is one readable message on stderr and exit code 2, never a traceback.
"""

import io
import sys
from typing import NoReturn

import click

from yoloscope import errors
from yoloscope.cli.lazy import Command, LazyGroup

_OURS = "yoloscope"
COMMANDS: dict[str, Command] = {
    "agent": Command("yoloscope.cli.agent", "agent", "Report this machine, and send what trainings left."),
    "backup": Command("yoloscope.cli.backup", "backup", "Copy all data of a server into one file."),
    "commands": Command("yoloscope.cli.act", "commands", "List what was asked of a run, and what came of it."),
    "demo": Command("yoloscope.cli.demo", "demo", "Train a small YOLO and watch it live."),
    "do": Command("yoloscope.cli.act", "do", "Validate, close mosaic, roll back or note, while a run trains."),
    "doctor": Command("yoloscope.cli.doctor", "doctor", "Judge trainings and data sets, without a server."),
    "env": Command("yoloscope.cli.env", "env", "Check versions, machine and server."),
    "export": Command("yoloscope.cli.export", "export", "Write a run into one file."),
    "import": Command("yoloscope.cli.importing", "import_", "Bring runs from files to a server."),
    "machines": Command("yoloscope.cli.machines", "machines", "List machines, their cards and who uses them."),
    "measures": Command("yoloscope.cli.measures", "measures", "Let the server act on trainings by itself, or not."),
    "pause": Command("yoloscope.cli.act", "pause", "Hold a running training, or release its card."),
    "policy": Command("yoloscope.cli.policy", "policy", "Show and set what a project lets in."),
    "restore": Command("yoloscope.cli.restore", "restore", "Put the data of a backup into a directory."),
    "resume": Command("yoloscope.cli.act", "resume", "Let a held training go on, or start a stopped one again."),
    "retention": Command("yoloscope.cli.retention", "retention", "Show and set how long a project keeps what."),
    "run": Command("yoloscope.cli.run", "run", "Run a training and watch it, with no code change."),
    "runs": Command("yoloscope.cli.runs", "runs", "List, show, compare and delete runs."),
    "save": Command("yoloscope.cli.act", "save", "Write a checkpoint now."),
    "set": Command("yoloscope.cli.act", "set_", "Change lr, epochs, patience … of a running training."),
    "spool": Command("yoloscope.cli.spool", "spool", "Show what trainings have written down."),
    "stop": Command("yoloscope.cli.act", "stop", "End a running training."),
    "store": Command("yoloscope.cli.store", "store", "Verify, compact and count what a server stores."),
    "suspects": Command("yoloscope.cli.suspects", "suspects", "List labels that the model contradicts."),
    "sync": Command("yoloscope.cli.sync", "sync", "Send what trainings left behind."),
    "up": Command("yoloscope.cli.up", "up", "Start the dashboard."),
}


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
    except ModuleNotFoundError as error:
        if (error.name or _OURS).partition(".")[0] == _OURS:
            raise
        _refuse(errors.MissingExtra("this command", extra="server"))
    except errors.YoloscopeError as error:
        _refuse(error)


def _refuse(error: errors.YoloscopeError) -> NoReturn:
    click.echo(f"yoloscope: {error}", err=True)
    sys.exit(2)
