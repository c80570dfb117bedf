"""Processes: what one takes, who started it, and which one it is however often its number was given out before.

On Linux one file a process is read, and the children of one process come from that process alone; to ask psutil for them reads every
process of the machine. Elsewhere psutil is asked. A process that is gone, or is another user's, is None.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

_ON_LINUX = sys.platform == "linux"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_PROC = Path("/proc")
_OWN_MARK = b"yoloscope.sidecar"
ANCESTORS_MOST = 32
_FIRST_NAMESPACE = 0xEFFFFFFC
"""The number of a kernel's first pid namespace."""


class Sample(NamedTuple):
    """One look at a process. ``started`` tells it from others that had, or will have, its number: it does not follow the clock."""

    parent: int
    cpu_s: float
    threads: int
    rss_bytes: int
    started: str


def sample(pid: int) -> Sample | None:
    """Return what a process takes now; None if it is gone, or only waits to be collected."""
    return _sample_on_linux(pid) if _ON_LINUX else _sample_elsewhere(pid)


def is_same(pid: int, *, started: str) -> bool:
    """Tell whether the process that was seen with this start still runs."""
    seen = sample(pid)
    return seen is not None and seen.started == started


def descendants(pid: int) -> list[int]:
    """Return the processes below one, its children first; those of sidecars are not counted among them."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = [child for child in _children(waiting.pop()) if child not in found and child != os.getpid()]
        found += children
        waiting += children
    return found


def is_sidecar(pid: int) -> bool:
    """Tell whether a process is one of ours: init starts it below the training."""
    if not _ON_LINUX:
        with contextlib.suppress(psutil.Error, OSError):
            return _OWN_MARK.decode() in " ".join(psutil.Process(pid).cmdline())
        return False
    try:
        with (_PROC / str(pid) / "cmdline").open("rb") as file:
            return _OWN_MARK in file.read(4096)
    except OSError:
        return False


def ancestors(pid: int) -> Iterator[int]:
    """Yield a process and those above it."""
    for _ in range(ANCESTORS_MOST):
        seen = sample(pid)
        if seen is None:
            return
        yield pid
        if seen.parent <= 1:
            return
        pid = seen.parent


def open_files(pid: int) -> int | None:
    """Return how many files, sockets and pipes a process has open."""
    try:
        if _ON_LINUX:
            return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208  # a training may have thousands
        process = psutil.Process(pid)
        return int(process.num_fds() if hasattr(process, "num_fds") else len(process.open_files()))
    except (psutil.Error, OSError):
        return None


def environment(pid: int) -> dict[str, str]:
    """Return the environment that a process was started with; what it changed since is not seen."""
    try:
        return psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return {}


def numbers_are_the_hosts() -> bool:
    """Tell whether the numbers of processes here are those that a driver of the machine knows: not so in most containers."""
    return not _ON_LINUX or namespace() == _FIRST_NAMESPACE


def namespace() -> int:
    """Return the number of the pid namespace, which containers have one of their own of; 0 where there is none to read."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def _sample_on_linux(pid: int) -> Sample | None:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123  # some hundred times a second on a large host
            fields = file.read(1024).rpartition(b")")[2].split()
        if fields[0] in (b"Z", b"X"):
            return None
        cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
        return Sample(int(fields[1]), cpu_s, int(fields[17]), int(fields[21]) * _PAGE_BYTES, fields[19].decode())
    except (OSError, IndexError, ValueError):
        return None


def _sample_elsewhere(pid: int) -> Sample | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            times = process.cpu_times()
            return Sample(
                process.ppid() or 0,
                times.user + times.system,
                process.num_threads(),
                process.memory_info().rss,
                f"{process.create_time():.2f}",
            )
    except (psutil.Error, OSError):
        return None


def _children(pid: int) -> list[int]:
    if not _ON_LINUX:
        return _children_elsewhere(pid)
    if not _KNOWS_CHILDREN:  # a kernel without these files
        return _children_elsewhere(pid)
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  # as above
            found += _children_of_thread(f"/proc/{pid}/task/{thread}/children")
    return found


def _children_of_thread(file: str) -> list[int]:
    """Return the processes that a thread has started; none where it ended meanwhile, which keeps nobody from looking at the others."""
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123  # as above
            return [int(word) for word in opened.read(65536).split()]
    except (OSError, ValueError):
        return []


def _children_elsewhere(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except (psutil.Error, OSError):
        return []


_KNOWS_CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children").exists()
