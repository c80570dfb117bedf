"""Starting a training again on the machine that trained it: from the record that it left here (`spool.launched`), never from what a server says.

It runs under `yoloscope run`, so that it is recorded as before, as a new attempt of its run. An Ultralytics training goes on from its last
checkpoint (`integrations.ultralytics.relaunch`); any other script is run again and told by ``YOLOSCOPE_RESUME`` which run it goes on with.
"""

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Callable, Generator, Mapping
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
_OTHERS = ("best.pt", "epoch*.pt", "yoloscope-*.pt")
"""What lies beside ``last.pt``: the framework's own, and what the command `save` wrote."""
_LOOK_S = 0.2


class CannotRestart(errors.YoloscopeError):
    """A training cannot be started again here; the message says why in the user's language, ``reason`` in a word for programs."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


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
    chosen, word = _checkpoint(record)
    if record.number:
        del variables[hook.RESUME]
        command = [record.words[0], "-c", _ONLY_THIS, str(chosen)]
        alone = texts.text("resume.alone", number=record.number + 1)
        return Plan(command, record.folder, variables, f"{word}\n{alone}".strip())
    return Plan(record.words, record.folder, {**variables, hook.RESUME_FROM: str(chosen)}, word)


def replace(chosen: Plan, record: launched.Launch, directory: Path) -> NoReturn:
    """Become the training, in the foreground.

    Raises:
        CannotRestart: if somebody else is about to start it.
        OSError: if it cannot be started.
    """
    command = _recorded(chosen.command)
    environment = {**os.environ, **chosen.environment}
    with _alone(record, directory):  # ends with this program, and by then the note is there
        os.chdir(chosen.folder)
        launched.starting(record.run, directory, pid=os.getpid())
        try:
            os.execve(command[0], command, environment)  # noqa: S606  # this user's own, from this machine
        finally:  # this program goes on only where it failed
            launched.not_starting(record.run, pid=os.getpid())


def start(chosen: Plan, record: launched.Launch, directory: Path, *, within_s: float) -> Started:
    """Start a training in the background and return once it trains, has ended, or the time is over.

    Raises:
        CannotRestart: if somebody else is about to.
        OSError: if it cannot be started.
    """
    log = directory.parent / f"resume-{record.run}.log"
    with _alone(record, directory):
        os.chdir(chosen.folder)
        pid = platform.start_detached(
            _recorded(chosen.command), environment={**os.environ, **chosen.environment}, output=log
        )
        launched.starting(record.run, directory, pid=pid)
    return Started(pid, log, _begun(pid, lambda: _is_new(record, directory), within_s=within_s))


def _recorded(command: list[str]) -> list[str]:
    return [sys.executable, "-c", _BEGIN, "run", "--", *command]


@contextlib.contextmanager
def _alone(record: launched.Launch, directory: Path) -> Generator[None]:
    """Let nobody else of this machine start a run, in whatever way, until this one has said that it does.

    Raises:
        CannotRestart: if somebody is about to, or has.
    """
    lock = platform.FileLock(directory / "resume.lock")
    if not lock.acquire():
        raise _cannot("starting", record, pid="?")
    try:
        _check_nobody_starts(record, directory)
        yield
    finally:
        lock.release()


def _check_nobody_starts(record: launched.Launch, directory: Path) -> None:
    """Return if nobody starts a run, or has since it was last looked at.

    Raises:
        CannotRestart: if somebody does, or has.
    """
    known = launched.place(record.run)
    if known is not None and known.is_starting(time.time()):
        raise _cannot("starting", record, pid=known.starting_pid)
    if _is_new(record, directory):
        raise _cannot("starting", record, pid="?")


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


class _Chosen(NamedTuple):
    """A checkpoint to go on from, and what the user should know of that."""

    file: Path
    word: str = ""


def _checkpoint(record: launched.Launch) -> _Chosen:
    """Return the checkpoint of an Ultralytics training, looked at without running anything of it: where the last is lost, the newest other that is good.

    Raises:
        CannotRestart: if there is none that it could go on from.
    """
    last = record.checkpoint_path
    if last is None:
        raise _cannot("no_checkpoint", record)
    try:
        over = last.is_file() and checkpoint.read(last).is_over
    except errors.ImportFault as fault:
        other = _other(last)
        if other is None:
            raise _cannot("damaged", record, why=fault.zh if texts.is_chinese() else fault) from fault
        return _instead(last, other)
    if over:
        raise _cannot("stripped", record, checkpoint=last)
    if last.is_file():
        return _Chosen(last)
    other = _other(last)
    if other is None:
        raise _cannot("no_checkpoint", record)
    return _instead(last, other)


def _other(last: Path) -> Path | None:
    """Return the newest checkpoint beside the last one that a training can go on from."""
    beside = [file for pattern in _OTHERS for file in last.parent.glob(pattern) if file != last and file.is_file()]
    for file in sorted(beside, key=lambda one: one.stat().st_mtime_ns, reverse=True):
        with contextlib.suppress(errors.ImportFault):
            if not checkpoint.read(file).is_over:
                return file
    return None


def _instead(last: Path, other: Path) -> _Chosen:
    written = time.strftime("%Y-%m-%d %H:%M", time.localtime(other.stat().st_mtime))
    return _Chosen(other, texts.text("resume.instead", last=last, other=other.name, written=written))


def _cannot(key: str, record: launched.Launch, **values: object) -> CannotRestart:
    shown = {"name": record.name, "command": shlex.join(record.words), **values}
    return CannotRestart(texts.text(f"resume.{key}", **shown), reason=key)
