"""Evidence for the time when the training itself can say nothing: the stacks of all threads, written by Python's faulthandler in C.

Of a crash they go to ``fault.log``, on a signal of the sidecar's to ``stack.log``, both in the writer's directory. A faulthandler that the user
switched on, and a signal that anybody uses, are left alone; so are crashes where somebody catches them: a Java or Julia machine in the
process takes one for its own work, and goes on. The files stay open as long as the process, because handlers keep their numbers:
for a later run they are pointed at its directory.
"""

import contextlib
import faulthandler
import os
import signal
import sys
from pathlib import Path

from yoloscope.spool import platform, state
from yoloscope.spool.evidence import FAULT_FILE, STACK_FILE

_DISTANCE = 3  # from the last real-time signal: NCCL, profilers and thread libraries use the first ones, if any
_open: dict[str, tuple[int, os.stat_result]] = {}


def watch(directory: Path, page: state.StatePage) -> None:
    """Have a crash leave its stacks, and let the sidecar ask for them; what the system has not is left out.

    Raises:
        OSError: if the files cannot be made.
    """
    if FAULT_FILE in _open or not (faulthandler.is_enabled() or platform.catches("self", signal.SIGSEGV)):
        descriptor = _pointed(FAULT_FILE, directory=directory)
        if descriptor is not None and not faulthandler.is_enabled():
            faulthandler.enable(file=descriptor, all_threads=True)
    number = _free_signal()
    if number is not None:
        is_registered = STACK_FILE in _open
        descriptor = _pointed(STACK_FILE, directory=directory)
        if descriptor is not None:
            if not is_registered:
                faulthandler.register(number, file=descriptor, all_threads=True, chain=False)
            page.put("stack_signal", number)


def _free_signal() -> int | None:
    """Return the signal for stacks, which nobody handles; None where there is none."""
    if sys.platform != "linux":
        return None
    number = signal.SIGRTMAX - _DISTANCE
    is_free = STACK_FILE in _open or platform.catches("self", number) is False
    return number if is_free and signal.getsignal(number) == signal.SIG_DFL else None


def _pointed(name: str, *, directory: Path) -> int | None:
    """Return the descriptor of a file in the directory, the same one for every run of this process; None if somebody closed it."""
    if name in _open and not _is_ours(name):
        return None
    fresh = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
    known = _open[name][0] if name in _open else fresh
    if known != fresh:
        os.dup2(fresh, known, inheritable=False)
        os.close(fresh)
    _open[name] = known, os.fstat(known)
    return known


def _is_ours(name: str) -> bool:
    """Tell whether the descriptor is still that of our file: whoever closes all of a process's may have opened another under its number."""
    descriptor, known = _open[name]
    try:
        return os.path.samestat(os.fstat(descriptor), known)
    except OSError:
        return False


def _silence_in_child() -> None:
    """In a forked child stacks are nobody's: a worker that crashes, or a whole group that is signalled, must not be taken for the training."""
    for name in (FAULT_FILE, STACK_FILE):
        with contextlib.suppress(OSError):
            if name in _open and _is_ours(name):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, _open[name][0], inheritable=False)
                os.close(nowhere)
                _open[name] = _open[name][0], os.fstat(_open[name][0])


platform.after_fork_in_child(_silence_in_child)
