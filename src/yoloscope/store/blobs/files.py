"""Large blobs as files, and what has come of those that are not whole yet.

    DIR/ab/<digest>        a whole blob; ab are the first two digits
    DIR/partial/<digest>   the bytes that came so far; its size is the offset at which the rest begins

Used by `local` while it holds the digest. A file becomes whole by a rename once it is on disk and its digest was compared.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

from yoloscope import errors
from yoloscope.records import media
from yoloscope.store.blobs import index

PARTIAL = "partial"
_READ_BYTES = 1024 * 1024


class Files:
    """The files of one blob store."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._partial = directory / PARTIAL
        self._partial.mkdir(mode=0o700, parents=True, exist_ok=True)

    def whole(self, digest: str) -> Path:
        """Return where a whole blob lies, or would."""
        return whole_in(self._directory, digest)

    def has_bytes(self, one: index.Row) -> bool:
        """Tell whether the bytes of a blob that has a row are there."""
        return one.content is not None or self.whole(one.digest).is_file()

    def partial(self, digest: str) -> Path:
        """Return where what came of a blob lies, or would."""
        return self._partial / digest

    def offset(self, digest: str) -> int:
        """Return how many bytes of a blob that is not whole are here."""
        try:
            return self.partial(digest).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, digest: str, data: bytes, *, offset: int) -> None:
        """Add bytes to what came, on disk when this returns; if they do not fit, none of them is there.

        Raises:
            StoreFull: if the disk is full.
            StoreError: if it cannot be written.
        """
        with faults(), open(self.partial(digest), "ab", buffering=0, opener=private) as file:
            try:
                written = 0
                while written < len(data):
                    written += file.write(memoryview(data)[written:])
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(offset)
                raise

    def finish(self, digest: str) -> None:
        """Make what came the whole blob; returns when name and bytes are on disk. Raises as `append`."""
        with faults():
            self._settle(self.partial(digest), digest)

    def take(self, source: Path, digest: str) -> None:
        """Make another store's file a whole blob here too: the same bytes on the same disk, else a copy. Raises as `append`."""
        beside = self.partial(digest)
        with faults():
            beside.unlink(missing_ok=True)
            try:
                os.link(source, beside)
            except OSError:
                shutil.copyfile(source, beside)
                beside.chmod(0o600)
            self._settle(beside, digest)

    def remove(self, digest: str) -> int:
        """Remove all that is here of a blob and return how many bytes it had. Raises as `append`."""
        size_bytes = 0
        with faults():
            for path in (self.whole(digest), self.partial(digest)):
                with contextlib.suppress(FileNotFoundError):
                    size_bytes += path.stat().st_size
                    path.unlink()
        return size_bytes

    def begun(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield digest and state of every blob that is not whole."""
        yield from listed(self._partial)

    def all_whole(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield digest and state of every file of a whole blob."""
        yield from all_whole(self._directory)

    def _settle(self, beside: Path, digest: str) -> None:
        target = self.whole(digest)
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            sync(self._directory)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(target)
        sync(target.parent)


def whole_in(directory: Path, digest: str) -> Path:
    """Return where a whole large blob of a store in a directory lies, or would."""
    return directory / digest[:2] / digest


def sha256(path: Path) -> str:
    """Return the digest of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while data := file.read(_READ_BYTES):
            digest.update(data)
    return digest.hexdigest()


def all_whole(directory: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield digest and state of every file of a whole blob in the directory of a store."""
    for number in range(256):
        yield from listed(directory / f"{number:02x}")


def listed(directory: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield digest and state of each blob's file in a directory; none if there is no such directory."""
    try:
        with os.scandir(directory) as found:
            names = [entry.name for entry in found if media.DIGEST.match(entry.name)]
    except FileNotFoundError:
        return
    for name in names:
        with contextlib.suppress(FileNotFoundError):  # one became whole, or was removed, meanwhile
            yield name, (directory / name).stat()


@contextlib.contextmanager
def faults() -> Generator[None]:
    """Turn what the system says into errors of our tree."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise errors.StoreFull("the disk that holds the blobs is full: what came before is kept") from error
        raise errors.StoreError(f"the blobs cannot be used ({error.strerror}): {error.filename!r}") from error


def private(path: str, flags: int) -> int:
    """Open a file that is for its owner alone."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def sync(directory: Path) -> None:
    """Return when the names in a directory are on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
