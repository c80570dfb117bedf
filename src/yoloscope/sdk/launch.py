"""What `yoloscope run` needs: the environment that lets a child meet the hook, why no run came of it, and how the child ended.

A child and everything it starts leave word in one folder: that the hook is in, that Ultralytics was imported, which runs began.
Stdlib and msgspec only; the child itself needs nothing of ours installed to train as ever.
"""

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Literal
from urllib import parse

import msgspec

from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.sdk import delivery
from yoloscope.spool import ending, layout, platform, state

_DEAF_FLAGS = {"I": "-I", "E": "-E", "S": "-S"}
_LAUNCHERS = {"env", "nice", "nohup", "taskset", "time", "stdbuf", "numactl", "setsid"}


class Unattached(msgspec.Struct, frozen=True):
    """Why a command recorded no run; ``flag`` is Python's that made it deaf."""

    reason: Literal["no_batch", "no_ultralytics", "deaf_python", "no_python"]
    flag: str = ""


class Word(msgspec.Struct, frozen=True):
    """What a training said of its run when it began; ``directory`` is a path as `path_text` writes it."""

    run: str
    project: str
    name: str
    directory: str
    pid: int

    @property
    def path(self) -> Path:
        """The writer's directory."""
        return Path(os.fsdecode(parse.unquote_to_bytes(self.directory)))


def path_text(path: Path | None) -> str:
    """Return a path as text that JSON can hold, whatever bytes it is made of."""
    return parse.quote(os.fsencode(path or ""))


def is_launched(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this process runs under `yoloscope run`, whose folder is there as long as it waits."""
    folder = environment.get(hook.HANDSHAKE)
    return bool(folder) and Path(folder).is_dir()


def child_environment(environment: Mapping[str, str], *, handshake: Path) -> dict[str, str]:
    """Return the environment for a child: the hook's folder leads ``PYTHONPATH``, `handshake` is where it leaves word."""
    older = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry and entry != hook.PATH_DIR]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join((hook.PATH_DIR, *older)),
        hook.HANDSHAKE: str(handshake),
    }


def runs_begun(handshake: Path) -> list[Word]:
    """Return the runs that began under this handshake, in the order of their beginning."""
    found = sorted(handshake.glob("run-*"), key=lambda path: path.stat().st_mtime_ns)
    return [msgspec.json.decode(path.read_bytes(), type=Word) for path in found]


def tell_end(handshake: Path, *, pid: int, exit_code: int) -> list[Path]:
    """Leave word in the spool of every run that ended with the child how it did; return their directories."""
    seen = ending.Exit(pid=pid, exit_code=exit_code, wall_ns=time.time_ns())
    directories = [word.path for word in runs_begun(handshake)]
    ended = [directory for directory in directories if directory.is_dir() and not _lives(directory)]
    for directory in ended:
        with contextlib.suppress(OSError):  # a full or read-only disk costs the exit code alone
            ending.save(directory, seen)
    return ended


def wait_until_sent(directory: Path) -> bool:
    """Return whether a run is sent to its end, after waiting for it as `Run.finish` does.

    Where this process is all that keeps a container alive, the sidecar needs that time.
    """
    try:
        if layout.load_manifest(directory).mode == "offline":
            return True
        page = state.StatePage(directory / "state")
    except (errors.YoloscopeError, OSError):
        return False
    try:
        never_heard = not page.get("last_ack_ns")  # a training that ends at once leaves a sidecar that has just begun
        return delivery.wait(page, dead_s=delivery.START_S if never_heard else delivery.DEAD_S)
    finally:
        page.close()


def _lives(directory: Path) -> bool:
    try:
        return platform.is_locked(directory / "alive.lock")
    except OSError:
        return False


def why_not_attached(handshake: Path, *, command: Sequence[str]) -> Unattached | None:
    """Return why no run began; None if one did or the training has said it itself."""
    if (handshake / "failed").exists() or any(handshake.glob("run-*")):
        return None
    flag = _deaf_flag(command)
    if (handshake / "tapped").exists():
        return Unattached("no_batch")
    if (handshake / "hooked").exists():
        return Unattached("no_ultralytics")
    return Unattached("deaf_python", flag) if flag else Unattached("no_python")


def _deaf_flag(command: Sequence[str]) -> str | None:
    """Return the flag with which the command's Python ignores its environment, if it has one."""
    words = list(command)
    while words and PurePath(words[0]).name in _LAUNCHERS:
        words = words[1:]
    if not words or not PurePath(words[0]).name.startswith(("python", "pypy")):
        return None
    for word in words[1:]:
        if not word.startswith("-") or word in {"-", "-c", "-m"}:
            return None
        if not word.startswith("--"):
            flag = next((flag for letter, flag in _DEAF_FLAGS.items() if letter in word[1:]), None)
            if flag:
                return flag
    return None
