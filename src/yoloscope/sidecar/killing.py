"""Ends a training at once, which it cannot do itself when it hangs: the one command that a sidecar carries out.

It is sure of the process before: the same boot, the lock that the trainer holds is open in that very process, and the process was there before its spool.
"""

import os
import signal
import time
from pathlib import Path

from yoloscope import errors
from yoloscope.spool import layout, platform


def kill(directory: Path) -> None:
    """Kill the trainer of a directory.

    Raises:
        CommandRefused: if it does not run, or it is not sure which process it is.
    """
    manifest = layout.load_manifest(directory)
    lock = directory / "alive.lock"
    if manifest.boot_id != platform.boot_id() or not platform.is_locked(lock):
        raise errors.CommandRefused("the training does not run on this machine", reason="not_running")
    if not _is_trainer(manifest, lock):
        raise errors.CommandRefused("it is not sure which process the training is", reason="failed")
    try:
        os.kill(manifest.pid, signal.SIGKILL)
    except OSError as error:
        raise errors.CommandRefused(f"the process cannot be killed: {error}", reason="failed") from error


def _is_trainer(manifest: layout.Manifest, lock: Path) -> bool:
    """Tell whether the process of a number is still the one that wrote the manifest; where the system does not tell it is not."""
    born = platform.birth(manifest.pid)
    if born is None or not platform.has_open(manifest.pid, lock):
        return False
    age_ns = max(0, time.monotonic_ns() - manifest.mono_ns)
    return born.since_boot_ns <= platform.since_boot_ns() - age_ns
