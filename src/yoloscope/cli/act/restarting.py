"""Starting a training again on the machine that trained it: from the record that it left here (`spool.launched`), never from what a server says.

It runs under `yoloscope run`, so that it is recorded as before, as a new attempt of its run. An Ultralytics training goes on from its last
checkpoint (`integrations.ultralytics.relaunch`); any other script is run again and told by ``YOLOSCOPE_RESUME`` which run it goes on with.
"""

import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.cli import texts
from yoloscope.importers import checkpoint
from yoloscope.spool import launched, platform

_BEGIN = (
    "import sys; sys.path[:] = [entry for entry in sys.path if entry]; sys.argv[0] = 'yoloscope'; "
    "from yoloscope.cli.main import main; main()"
)
"""As the command ``yoloscope``, wherever it lies; the training's folder may hold files named like modules that we need."""
_ONLY_THIS = "import sys; from ultralytics import YOLO; YOLO(sys.argv[1]).train(resume=True)"
_LOOK_S = 0.2


class CannotRestart(errors.YoloscopeError):
    """A training cannot be started again here; the message says why in the user's language."""


class Plan(NamedTuple):
    """What is started, where, with which variables, and what the user should know of it."""

    command: list[str]
    folder: Path
    environment: dict[str, str]
    word: str = ""


class Started(NamedTuple):
    """A training that was started again; ``begun`` is None while it prepares, else whether it trains."""

    pid: int
    log: Path
    begun: bool | None


def plan(record: launched.Launch, *, environment: Mapping[str, str]) -> Plan:
    """Return how to start a training again.

    Raises:
        CannotRestart: if it cannot be.
    """
    if not record.restarts:
        raise _cannot("by_hand", record)
    if not record.folder.is_dir():
        raise _cannot("no_folder", record, folder=record.folder)
    kept = {name: launched.decoded(value) for name, value in record.environment.items()}
    variables = {**kept, **environment, hook.RESUME: record.run}
    if record.framework != "ultralytics":
        return Plan(record.words, record.folder, variables, texts.text("resume.own_script", run=record.run))
    last = _checkpoint(record)
    if record.number:
        del variables[hook.RESUME]
        command = [record.words[0], "-c", _ONLY_THIS, str(last)]
        return Plan(command, record.folder, variables, texts.text("resume.alone", number=record.number + 1))
    return Plan(record.words, record.folder, {**variables, hook.RESUME_FROM: str(last)})


def replace(chosen: Plan) -> NoReturn:
    """Become the training, in the foreground.

    Raises:
        OSError: if it cannot be started.
    """
    os.chdir(chosen.folder)
    command = _recorded(chosen.command)
    os.execve(command[0], command, {**os.environ, **chosen.environment})  # noqa: S606  # this user's own, from this machine


def start(chosen: Plan, record: launched.Launch, directory: Path, *, within_s: float) -> Started:
    """Start a training in the background and return once it trains, has ended, or the time is over.

    Raises:
        CannotRestart: if somebody else is about to.
        OSError: if it cannot be started.
    """
    log = directory.parent / f"resume-{record.run}.log"
    lock = platform.FileLock(directory / "resume.lock")
    if not lock.acquire():
        raise _cannot("starting", record, pid="?")
    try:
        _check_nobody_starts(record)
        os.chdir(chosen.folder)
        pid = platform.start_detached(
            _recorded(chosen.command), environment={**os.environ, **chosen.environment}, output=log
        )
        launched.starting(record.run, pid=pid)
    finally:
        lock.release()
    return Started(pid, log, _begun(pid, lambda: _is_new(record, directory), within_s=within_s))


def _recorded(command: list[str]) -> list[str]:
    return [sys.executable, "-c", _BEGIN, "run", "--", *command]


def _check_nobody_starts(record: launched.Launch) -> None:
    known = launched.place(record.run)
    if known is not None and known.is_starting(time.time()):
        raise _cannot("starting", record, pid=known.starting_pid)


def _is_new(record: launched.Launch, directory: Path) -> bool:
    known = launched.place(record.run)
    return known is not None and known.path != directory and launched.is_alive(known.path)


def _begun(pid: int, has_begun: Callable[[], bool], *, within_s: float) -> bool | None:
    until_s = time.monotonic() + within_s
    while not has_begun():
        if _has_ended(pid):
            return False
        if time.monotonic() >= until_s:
            return None
        time.sleep(_LOOK_S)
    return True


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def _checkpoint(record: launched.Launch) -> Path:
    """Return the checkpoint of an Ultralytics training, looked at without running anything of it.

    Raises:
        CannotRestart: if there is none that it could go on from.
    """
    last = record.checkpoint_path
    if last is None or not last.is_file():
        raise _cannot("no_checkpoint", record)
    try:
        over = checkpoint.read(last).is_over
    except errors.ImportFault as fault:
        raise _cannot("damaged", record, why=fault.zh if texts.is_chinese() else fault) from fault
    if over:
        raise _cannot("stripped", record, checkpoint=last)
    return last


def _cannot(key: str, record: launched.Launch, **values: object) -> CannotRestart:
    shown = {"name": record.name, "command": shlex.join(record.words), **values}
    return CannotRestart(texts.text(f"resume.{key}", **shown))
