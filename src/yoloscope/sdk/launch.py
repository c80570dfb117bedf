"""What `yoloscope run` needs: the environment that lets a child meet the hook, and why no run came of it.

A child and everything it starts leave word in one folder: that the hook is in, that Ultralytics was imported, which runs began.
Stdlib and msgspec only; the child itself needs nothing of ours installed to train as ever.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import msgspec

from yoloscope.boot import hook

_DEAF_FLAGS = {"I": "-I", "E": "-E", "S": "-S"}
_LAUNCHERS = {"env", "nice", "nohup", "taskset", "time", "stdbuf", "numactl", "setsid"}


class Word(msgspec.Struct, frozen=True):
    """What a training said of its run when it began."""

    run: str
    project: str
    name: str
    directory: str
    pid: int


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


def why_not_attached(handshake: Path, *, command: Sequence[str]) -> str | None:
    """Return in one sentence why no run began and what to do; None if one did or the training has said it itself."""
    if (handshake / "failed").exists() or any(handshake.glob("run-*")):
        return None
    flag = _deaf_flag(command)
    if (handshake / "tapped").exists():
        return "Ultralytics was imported, but no training came to its first batch"
    if (handshake / "hooked").exists():
        return "Python was started, but nothing imported ultralytics (8.0 or newer)"
    if flag:
        return (
            f"Python was started with {flag}, which ignores PYTHONPATH; leave it out, or put "
            "`import yoloscope; yoloscope.attach(model)` into the script"
        )
    return (
        "no Python that reads PYTHONPATH was started: sudo, ssh and `env -i` drop it, and so does -I; "
        "put `import yoloscope; yoloscope.attach(model)` into the script instead"
    )


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
