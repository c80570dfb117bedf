"""``yoloscope run -- CMD…``: run a training unchanged, recorded; its exit code is this command's."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import click

from yoloscope.cli import texts
from yoloscope.sdk import launch

_FORWARDED = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")
    if hasattr(signal, name)
)
_FROM_TERMINAL = {"SIGINT", "SIGQUIT", "SIGHUP", "SIGCONT", "SIGWINCH"}
NOT_FOUND = 127
NOT_EXECUTABLE = 126


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
@click.option("--project", help="Project of the runs; default: the data set's name if that may leave.")
@click.option("--server", help="Address of the server, for example http://127.0.0.1:8080.")
def run(command: tuple[str, ...], project: str | None, server: str | None) -> None:
    """Run COMMAND with its trainings recorded: no change to its code, its output and exit code passed on."""
    environment = dict(os.environ)
    if project:
        environment["YOLOSCOPE_PROJECT"] = project
    if server:
        environment["YOLOSCOPE_SERVER"] = server
    with handshake_folder() as handshake:
        code = _recorded(command, environment=environment, handshake=handshake)
        unattached = launch.why_not_attached(handshake, command=command)
    if unattached and code != NOT_FOUND and os.environ.get("YOLOSCOPE_MODE") != "disabled":
        click.echo(f"yoloscope: {not_recorded(unattached)}", err=True)
    sys.exit(code)


def not_recorded(unattached: launch.Unattached) -> str:
    """Return in one sentence that nothing was recorded, why, and what to do."""
    return texts.text(f"run.{unattached.reason}", flag=unattached.flag)


def _recorded(command: Sequence[str], *, environment: Mapping[str, str], handshake: Path) -> int:
    """Run the command, tell its runs how it ended, and wait a little until they are sent; returns its exit code."""
    ended: list[Path] = []

    def tell(pid: int, code: int) -> None:
        ended.extend(launch.tell_end(handshake, pid=pid, exit_code=code))

    code = run_child(command, environment=launch.child_environment(environment, handshake=handshake), on_end=tell)
    with suppress(KeyboardInterrupt):  # who is in a hurry need not wait; all is kept
        for directory in ended:
            if not launch.wait_until_sent(directory):
                click.echo(f"yoloscope: {texts.text('run.unsent', directory=directory)}", err=True)
    return code


@contextmanager
def handshake_folder() -> Generator[Path]:
    """Give a folder in which a child leaves word, removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="yoloscope-run-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_child(
    command: Sequence[str], *, environment: Mapping[str, str], on_end: Callable[[int, int], None] | None = None
) -> int:
    """Run a command to its end with signals passed on; returns its exit code, 128 + n if signal n ended it.

    `on_end` is called at once with the child's pid and that code.
    """
    try:
        child = subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        click.echo(f"yoloscope: {texts.text('run.not_found', command=command[0])}", err=True)
        return NOT_FOUND
    except OSError as error:
        click.echo(f"yoloscope: {texts.text('run.cannot', command=command[0], reason=error.strerror)}", err=True)
        return NOT_EXECUTABLE
    with _signals_forwarded(child):
        code = child.wait()
        code = 128 - code if code < 0 else code
        if on_end is not None:
            on_end(child.pid, code)
    return code


@contextmanager
def _signals_forwarded(child: "subprocess.Popen[bytes]") -> Generator[None]:
    """Pass signals on, but not those that the terminal has sent to the child as well."""

    def forward(number: int, _frame: FrameType | None) -> None:
        if _shares_terminal() and signal.Signals(number).name in _FROM_TERMINAL:
            return
        child.send_signal(number)

    previous = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _shares_terminal() -> bool:
    """Tell whether this is the foreground group of a terminal, whose keys reach every process of the group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
