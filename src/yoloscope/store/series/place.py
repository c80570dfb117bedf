"""Where series files lie, which file systems they may lie on, and whose they are to write.

Called by `blocks` and `store.open`. Two projects never share a file, on any file system, whatever their names; and no two processes write
the files of one directory.
"""

import fcntl
import hashlib
import os
import re
import threading
from pathlib import Path

from yoloscope import errors
from yoloscope.records import ids

MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs"))
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\Z")
_OTHER = re.compile(r"[^a-z0-9_-]+")
_OCTAL = re.compile(r"\\([0-7]{3})")


def file_name(project: ids.ProjectName) -> str:
    """Return the project's file name, ASCII and shorter than any limit.

    Plain lower-case names stand as they are; others are shortened to what is readable and told apart by a digest, because
    file systems differ in which letters, cases and lengths they tell apart.
    """
    if _PLAIN.match(project) and not _RESERVED.match(project):
        return f"{project}.db"
    readable = _OTHER.sub("-", project.lower()).strip("-")[:40] or "project"
    digest = hashlib.sha256(project.encode()).hexdigest()[:16]
    return f"{readable}.{digest}.db"


class Claim:
    """The right to write the series files of a directory; the system takes it back when the process dies, however it dies.

    The lock of a data directory keeps a second server out; this one also two servers with stores at one place (``--store blocks:///DIR``).
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._held: int | None = None

    def take(self) -> None:
        """Take it unless it is ours already.

        Raises:
            StoreError: if another process has it.
        """
        with self._lock:
            if self._held is not None:
                return
            descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(descriptor)
                raise errors.StoreError(
                    f"another process writes the series here; nothing was stored. Stop it first, or give another directory: "
                    f"{str(self._directory)!r}"
                ) from error
            self._held = descriptor

    def release(self) -> None:
        """Let go of it; calling it twice is harmless."""
        with self._lock:
            if self._held is not None:
                os.close(self._held)
                self._held = None


def refuse_network(directory: Path, *, mounts: str | None = None) -> None:
    """Return if `directory` lies on a local file system, as the system's table of mounts tells.

    Raises:
        StoreError: if it lies on a network file system, where locks and shared memory cannot be trusted.
    """
    kind = file_system(directory.resolve(), mounts=_mounts() if mounts is None else mounts)
    if kind in _NETWORK:
        raise errors.StoreError(
            f"the data directory lies on a network file system ({kind}), where locks are no promise and points could be "
            f"lost. Nothing was written. Give a directory on a local disk with --data: {str(directory)!r}"
        )


def file_system(directory: Path, *, mounts: str) -> str | None:
    """Return the type of the file system that holds `directory`; ``None`` if the table does not say."""
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        depth = len(point.parts)
        if directory.is_relative_to(point) and (best is None or depth >= best[0]):
            best = (depth, fields[2])
    return best[1] if best else None


def _mounts() -> str:
    try:
        return MOUNTS.read_text(errors="replace")
    except OSError:
        return ""
