"""What the parent of a training saw of its end: `exit.json` in the writer's directory, written by `yoloscope run`.

The sidecar reads it when the trainer is gone and said nothing, or reached a regular end whose exit code it could not know.
"""

import signal
from pathlib import Path

import msgspec

from yoloscope.records import row

VERSION = 1
FILE_NAME = "exit.json"
STARVED = "killed for lack of memory"
ASKED = "killed by a command"
_SIGNAL_BASE = 128


class Exit(msgspec.Struct, frozen=True):
    """How the process `pid` ended: a signal ends it with ``128 + n``, as in a shell."""

    pid: int
    exit_code: int
    wall_ns: int
    version: int = VERSION


def save(directory: Path, seen: Exit) -> None:
    """Write the file whole or not at all."""
    temporary = directory / f"{FILE_NAME}.tmp"
    temporary.write_bytes(msgspec.json.encode(seen))
    temporary.replace(directory / FILE_NAME)


def load(directory: Path) -> Exit | None:
    """Return what was written, None if nothing that can be read."""
    try:
        seen = msgspec.json.decode((directory / FILE_NAME).read_bytes(), type=Exit)
    except (OSError, msgspec.DecodeError):
        return None
    return seen if seen.version == VERSION else None


def by_command(seen: Exit | None, *, now_ns: int) -> row.Ended:
    """Return the end of a trainer that its sidecar has killed because a command asked for it: somebody stopped it, it did not crash."""
    return row.Ended("stopped", now_ns, reason=ASKED, exit_code=None if seen is None else seen.exit_code)


def event(seen: Exit | None, *, pid: int, regular: bool, now_ns: int, starved: bool = False) -> row.Ended | None:
    """Return how the trainer `pid` ended, None if that is not known.

    `regular` tells that it came to the end of its interpreter without an exception. If another process was watched (a shell, a
    launcher), its code speaks for the trainer only where it says that something went wrong. `starved` tells that the kernel killed in
    its control group for lack of memory and that nothing else is known to have ended it.
    """
    if seen is None or (seen.exit_code == 0 and seen.pid != pid):
        if regular:
            return row.Ended("finished", wall_ns=now_ns)
        return row.Ended("crashed", wall_ns=now_ns, reason=STARVED) if starved else None
    if seen.exit_code == 0:
        return row.Ended("finished", wall_ns=seen.wall_ns, exit_code=0)
    killer = _signal_name(seen.exit_code)
    reason = f"killed by {killer}" if killer else f"exit code {seen.exit_code}"
    if starved and killer == "SIGKILL":
        reason = STARVED
    crashed = killer is not None or (seen.pid != pid and not regular)
    return row.Ended("crashed" if crashed else "failed", seen.wall_ns, reason=reason, exit_code=seen.exit_code)


def _signal_name(exit_code: int) -> str | None:
    try:
        return signal.Signals(exit_code - _SIGNAL_BASE).name
    except ValueError:
        return None
