"""The only place for what differs between operating systems: locks, allocation, fork, detached processes.

Used by the writer (trainer side) and the sidecar. Where the platform has no file locks or no allocation, the functions say so
through their result and the callers take a slower way.
"""

import errno
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen
from typing import Literal, NamedTuple

from yoloscope import errors

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_started: list[int] = []
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HELD = {errno.EACCES, errno.EAGAIN}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
"""What opening a file to write says in a directory that can only be read: a CD, a read-only mount, another user's."""
_ORDERED_MACHINES = ("x86_64", "amd64", "i386", "i486", "i586", "i686")
_SETTLE_S = 0.001  # store buffers drain in nanoseconds
_NO_PROMISE = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


def boot_id() -> str:
    """Return an id of this boot of the machine, empty where the system tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def host_name() -> str:
    """Return the name of this machine."""
    return socket.gethostname()


def settle() -> None:
    """Wait until bytes that another process stored before a commit word are seen as well.

    Costs nothing where stores are seen in their order (x86); elsewhere (ARM) the writer has no barrier, so the reader waits.
    """
    if _machine() not in _ORDERED_MACHINES:
        time.sleep(_SETTLE_S)


def _machine() -> str:
    return os.uname().machine.lower() if hasattr(os, "uname") else "amd64"


def allocate(descriptor: int, size_bytes: int) -> None:
    """Make sure that `size_bytes` of the file can be written through a map without a fault.

    Raises:
        SpoolFull: if the disk or quota does not hold them.
    """
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size_bytes)
            return
    except OSError as error:
        if error.errno in _FULL:
            raise errors.SpoolFull(f"no room for {size_bytes} bytes of spool; rows are counted as lost") from error
        if error.errno not in _NO_PROMISE:
            raise
    _write_zeroes(descriptor, size_bytes)


def _write_zeroes(descriptor: int, size_bytes: int) -> None:
    """Allocate by writing: slower, but a full disk shows here and not as a fault in the training."""
    try:
        done = 0
        block = bytes(64 * 1024)
        while done < size_bytes:
            done += os.write(descriptor, block[: size_bytes - done])
    except OSError as error:
        if error.errno in _FULL:
            raise errors.SpoolFull(f"no room for {size_bytes} bytes of spool; rows are counted as lost") from error
        raise


def sync_file(path: Path) -> None:
    """Have the kernel write a file, or the names in a folder, to the disk.

    Raises:
        OSError: if it cannot be opened or written.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FileLock:
    """An advisory lock on a file that ends with this process, and is not inherited over fork.

    Linux locks belong to the open file, so that a training that copies its output folder, and thereby opens and closes this file,
    keeps its lock; a forked child shares the open file and lets go by `release`, which does not end the parent's lock. Elsewhere
    POSIX record locks are used, which a child never has; where there are none, the file names the process that holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False if another process holds it."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let the lock go; harmless when it is not held."""
        if self._descriptor is not None:
            if fcntl is None:
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> bool:
    if fcntl is None:
        return _mark(descriptor)
    try:
        if not _lock_open_file(descriptor):
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True


def _lock_open_file(descriptor: int) -> bool:
    """Take the kind of lock that belongs to the open file; False where there is none (other systems, some sandboxes)."""
    if sys.platform != "linux" or fcntl is None:
        return False
    whole_file = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, whole_file)
    except OSError as error:
        if error.errno in _NO_PROMISE:
            return False
        raise
    return True


def is_locked(path: Path) -> bool:
    """Tell whether another process holds the lock; never call it from the process that holds it."""
    if not path.exists():
        return False
    if fcntl is None:
        return _is_process(path.read_bytes())
    probe = FileLock(path)
    try:
        if not probe.acquire():
            return True
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        return _is_locked_for_readers(path)
    probe.release()
    return False


def _is_locked_for_readers(path: Path) -> bool:
    """Tell the same of a file that can only be read: a shared lock is refused while somebody holds it."""
    assert fcntl is not None
    with path.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _HELD
    return False


def _mark(descriptor: int) -> bool:
    """Where there are no locks: write into the file which process holds it, unless one does that still runs."""
    import psutil  # noqa: PLC0415  # trainings on systems with locks do without

    if _is_process(os.read(descriptor, 100)):
        return False
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, f"{os.getpid()} {psutil.Process().create_time()!r}".encode())
    return True


def _is_process(mark: bytes) -> bool:
    """Tell whether the process of a mark still runs; its number alone may have been given to another."""
    import psutil  # noqa: PLC0415  # as above

    pid, _, created_s = mark.decode(errors="replace").partition(" ")
    try:
        return psutil.Process(int(pid)).create_time() == float(created_s)
    except (ValueError, OverflowError, psutil.Error):
        return False


def pid_space() -> str:
    """Return where a process's number means the same process as here: this boot of this machine, and this container."""
    try:
        return f"{boot_id()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return boot_id()


class Birth(NamedTuple):
    """Who started a process of this machine, and when: nanoseconds since the boot, to a hundredth of a second."""

    parent: int
    since_boot_ns: int


def birth(pid: int) -> Birth | None:
    """Return where a process comes from, None where the system does not tell or there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = text.rpartition(")")[2].split()  # a name may hold blanks and brackets
        return Birth(int(fields[1]), int(fields[19]) * (10**9 // os.sysconf("SC_CLK_TCK")))
    except (OSError, ValueError, IndexError):
        return None


def is_running(pid: int, *, born_ns: int) -> bool:
    """Tell whether the very process that began at `born_ns` (as in `birth`) has not ended; one that nobody has waited for has."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    state = text.rpartition(")")[2].split()[:1]
    found = birth(pid)
    return state not in (["Z"], ["X"]) and found is not None and found.since_boot_ns == born_ns


def since_boot_ns() -> int:
    """Return the clock of `birth`, 0 where the system has none."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0 if clock is None else time.clock_gettime_ns(clock)


def was_started_with(pid: int, entry: str) -> bool:
    """Tell whether a process of ours was started with an environment that holds ``NAME=value``; False where that cannot be read."""
    try:
        return entry.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def catches(pid: int | Literal["self"], signal_number: int) -> bool | None:
    """Tell whether a process has a handler for a signal, in C or in Python; None where the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    masks = [int(line.partition(":")[2], 16) for line in text.splitlines() if line.startswith("SigCgt:")]
    return bool(masks[0] >> (signal_number - 1) & 1) if masks else None


def has_open(pid: int, path: Path) -> bool:
    """Tell whether a process has this very file open; False where the system does not tell."""
    try:
        wanted = path.stat()
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    return any(_is_file(descriptor, wanted) for descriptor in descriptors)


def _is_file(descriptor: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(descriptor.stat(), wanted)
    except OSError:
        return False


def after_fork_in_child(reset: Callable[[], None]) -> None:
    """Have `reset` called in every forked child."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=reset)


def start_detached(command: Sequence[str], *, environment: Mapping[str, str], output: Path) -> int:
    """Start a process in a session of its own that outlives this one, its output in a file; return its pid."""
    try:
        pid = _spawn(command, environment=environment, output=output)
    except (AttributeError, NotImplementedError):  # no posix_spawn, or one that cannot make a session
        with output.open("ab") as log:
            process = Popen(
                list(command), env=dict(environment), stdin=DEVNULL, stdout=log, stderr=STDOUT, start_new_session=True
            )
        process.returncode = 0  # nobody waits for it: it is meant to stay
        pid = process.pid
    _started.append(pid)
    return pid


def _spawn(command: Sequence[str], *, environment: Mapping[str, str], output: Path) -> int:
    """Start a process without the fork of a training that may hold much memory and many threads."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(command[0], list(command), dict(environment), file_actions=actions, setsid=True)


def reap() -> None:
    """Collect the detached processes that have ended, so that no zombies stay beside the training; never waits."""
    for pid in list(_started):
        try:
            ended = not hasattr(os, "WNOHANG") or os.waitpid(pid, os.WNOHANG)[0] != 0
        except ChildProcessError:  # somebody else collected it, or this is a forked child
            ended = True
        if ended and pid in _started:
            _started.remove(pid)
