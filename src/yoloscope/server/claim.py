"""One server a data directory: a lock that ends with its process, and a note of who holds it.

Called by ``yoloscope up``. The lock, not a process number, says whether a server lives; the note beside it says where.
"""

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

import msgspec

from yoloscope import errors

_NAME = "server.lock"


class Holder(msgspec.Struct, frozen=True):
    """The server that has the data directory."""

    url: str
    pid: int


class Claim:
    """The data directory is ours."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def announce(self, holder: Holder) -> None:
        """Say where the server listens, once it does."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, msgspec.json.encode(holder), 0)


@contextlib.contextmanager
def of(data: Path) -> Generator[Claim | None, None, None]:
    """Hold a data directory, made if there is none; ``None`` if another server has it.

    Raises:
        ConfigError: if it cannot be made or written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(data / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise errors.ConfigError(
            f"the data directory cannot be written ({error.strerror}). Choose another with --data DIR; this one was {data}"
        ) from error
    try:
        yield Claim(descriptor) if _locked(descriptor) else None
    finally:
        os.close(descriptor)


def holder(data: Path) -> Holder | None:
    """Return who holds the directory, as far as it has been announced."""
    try:
        return msgspec.json.decode((data / _NAME).read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.ftruncate(descriptor, 0)
    return True
