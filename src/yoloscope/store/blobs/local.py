"""Blobs in a directory of this machine; implements `ports_media.BlobStore`, whose methods say what each does.

Made by `store.open`. Small blobs are rows (`index`), large ones files (`files`); every whole blob has a row. Whoever works on a blob, or is
told how far it has come, holds its digest (`turns`): so nothing is removed between being asked for and being told.
"""

import contextlib
import hashlib
import io
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from yoloscope import errors
from yoloscope.records import media
from yoloscope.store import ports_media
from yoloscope.store.blobs import files, index, room, turns, verify

SMALL_MAX_BYTES = 64 * 1024  # docs/decisions/0010: up to here a row is stored two to four times as fast as a file


class LocalBlobStore:
    """The blobs of one directory, made if it does not exist; one process has it open. Safe to call from any thread.

    ``quota_bytes`` is what they may take together; ``disk`` says how full the file system is.
    """

    def __init__(
        self,
        directory: Path,
        *,
        quota_bytes: int | None = None,
        disk: Callable[[Path], room.Disk] = room.disk_of,
        clock_s: Callable[[], float] = time.time,
    ) -> None:
        self._directory = directory
        self._quota_bytes = quota_bytes
        self._disk = disk
        self._clock_s = clock_s
        with files.faults():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._files = files.Files(directory)
        self._index = index.Index(directory / index.NAME)
        self._turns = turns.Turns()
        self._counting = threading.Lock()
        totals = self.totals()
        self._held_bytes = totals.bytes + totals.partial_bytes

    def state(self, digest: str) -> ports_media.BlobState:
        """Return how far a blob has come."""
        with self._turns.of(_checked(digest)):
            whole = self._whole_size(digest)
            if whole is not None:
                return ports_media.BlobState(whole, whole=True)
            return ports_media.BlobState(self._files.offset(digest), whole=False)

    def append(
        self,
        digest: str,
        *,
        offset: int,
        data: bytes,
        size_bytes: int,
        check: Callable[[BinaryIO], None] | None = None,
    ) -> ports_media.BlobState:
        """Add bytes to a blob; with the last ones it is compared with its digest."""
        with self._turns.of(_checked(digest)):
            whole = self._whole_size(digest)
            if whole is not None:
                return ports_media.BlobState(whole, whole=True)
            self._check_place(digest, offset=offset, coming=len(data), size_bytes=size_bytes)
            if data:
                self._check_room(len(data))
            end = offset + len(data)
            if offset == 0 and end == size_bytes <= SMALL_MAX_BYTES:
                self._keep_small(digest, data, check=check)
                return ports_media.BlobState(size_bytes, whole=True)
            if data:
                self._files.append(digest, data, offset=offset)
                self._count(len(data))
            if end == size_bytes:
                self._finish(digest, size_bytes=size_bytes, check=check)
            return ports_media.BlobState(end, whole=end == size_bytes)

    def whole(self, digests: Sequence[str]) -> set[str]:
        """Return those of some digests whose blobs are whole."""
        known = [digest for digest in digests if media.DIGEST.match(digest)]
        return {one.digest for one in self._index.rows(known) if self._files.has_bytes(one)}

    def read(self, digest: str) -> bytes:
        """Return a small blob's bytes."""
        with self.opened(digest) as file:
            return file.read()

    @contextlib.contextmanager
    def opened(self, digest: str) -> Generator[BinaryIO]:
        """Lend a whole blob as a seekable file."""
        with self._opened(digest) as file:
            yield file

    def put(self, data: bytes) -> str:
        """Store bytes whole and return their digest."""
        digest = hashlib.sha256(data).hexdigest()
        while not (standing := self.state(digest)).whole:  # what an upload brought of it already is the same bytes
            with contextlib.suppress(errors.SequenceGap, errors.DigestMismatch):  # or were not, and are gone then
                self.append(digest, offset=standing.offset, data=data[standing.offset :], size_bytes=len(data))
        return digest

    def remove(self, digests: Iterable[str]) -> int:
        """Remove blobs and return how many bytes that gave back."""
        freed_bytes = 0
        for digest in digests:
            with self._turns.of(_checked(digest)):
                freed_bytes += self._remove([digest])
        return freed_bytes

    def collect(self, digests: Sequence[str], *, used: Callable[[Sequence[str]], set[str]]) -> ports_media.Freed:
        """Remove those of some blobs that `used` does not name."""
        with self._turns.of_free(map(_checked, digests)) as mine:
            named = used(mine)
            gone = [digest for digest in mine if digest not in named]
            freed_bytes = self._remove(gone)
        if gone:
            self._index.give_back()
        return ports_media.Freed(len(gone), freed_bytes)

    def collect_begun(self, *, older_s: float) -> ports_media.Freed:
        """Remove what came of blobs that nobody went on with for so long."""
        gone, freed_bytes = 0, 0
        for digest, _ in self._files.begun():
            with self._turns.of_free([digest]) as mine, contextlib.suppress(FileNotFoundError):
                if mine and self._age_s(self._files.partial(digest).stat().st_mtime) > older_s:
                    freed_bytes += self._remove_begun(digest)
                    gone += 1
        return ports_media.Freed(gone, freed_bytes)

    def digests(self) -> Iterator[tuple[str, int, float]]:
        """Yield digest, size and age in seconds of every blob, whole or not."""
        for one in self._index.all_rows():
            yield one.digest, one.size_bytes, self._age_s(one.stored_s)
        for digest, state in self._files.begun():
            if self._index.row(digest) is None:
                yield digest, state.st_size, self._age_s(state.st_mtime)
        for digest, state in self._files.all_whole():
            if self._index.row(digest) is None:  # killed between the two steps of storing or removing it
                yield digest, state.st_size, self._age_s(state.st_mtime)

    def verify(self) -> Iterator[tuple[str, str]]:
        """Read every whole blob and yield those that are damaged."""
        return verify.damaged(self._directory)

    def totals(self) -> ports_media.BlobTotals:
        """Return what is held."""
        blobs, size_bytes = self._index.totals()
        partial_bytes = sum(state.st_size for _, state in self._files.begun())
        return ports_media.BlobTotals(blobs, size_bytes, partial_bytes)

    def close(self) -> None:
        """Release files; calling it twice is harmless."""
        self._index.close()

    def _check_place(self, digest: str, *, offset: int, coming: int, size_bytes: int) -> None:
        at = self._files.offset(digest)
        if at > size_bytes:  # somebody began it with another size; equal digests have one size, so either is wrong
            at -= self._remove_begun(digest)
        if offset != at:
            raise errors.SequenceGap(f"blob {digest[:12]}", expected=at, got=offset)
        if offset + coming > size_bytes:
            raise _mismatch(digest, f"more than the {size_bytes} bytes that were announced came")

    def _check_room(self, coming_bytes: int) -> None:
        room.check(
            self._directory,
            coming_bytes=coming_bytes,
            held_bytes=self._held_bytes,
            quota_bytes=self._quota_bytes,
            disk=self._disk,
        )

    def _keep_small(self, digest: str, data: bytes, *, check: Callable[[BinaryIO], None] | None) -> None:
        if hashlib.sha256(data).hexdigest() != digest:
            raise _mismatch(digest, "the bytes that came have another")
        if check is not None:
            check(io.BytesIO(data))
        self._index.put(digest, data)
        self._count(len(data))

    def _finish(self, digest: str, *, size_bytes: int, check: Callable[[BinaryIO], None] | None) -> None:
        partial = self._files.partial(digest)
        with files.faults():
            found = files.sha256(partial)
        if found != digest:
            self._remove_begun(digest)
            raise _mismatch(digest, "the bytes that came have another")
        self._check_begun(digest, check)
        if size_bytes <= SMALL_MAX_BYTES:
            self._index.put(digest, partial.read_bytes())
            partial.unlink()
            return
        self._files.finish(digest)
        self._index.note(digest, size_bytes=size_bytes)

    def _check_begun(self, digest: str, check: Callable[[BinaryIO], None] | None) -> None:
        """Return if the caller finds nothing wrong with what came, else remove it."""
        if check is None:
            return
        try:
            with self._files.partial(digest).open("rb") as whole:
                check(whole)
        except errors.YoloscopeError:
            self._remove_begun(digest)
            raise

    def _whole_size(self, digest: str) -> int | None:
        """Return a whole blob's size, None if it is not whole; the digest is held."""
        one = self._index.row(digest)
        if one is not None:
            return one.size_bytes if self._files.has_bytes(one) else None
        try:
            size_bytes = self._files.whole(digest).stat().st_size
        except FileNotFoundError:
            return None
        self._index.note(digest, size_bytes=size_bytes)  # killed between the file and its row
        return size_bytes

    def _opened(self, digest: str) -> BinaryIO:
        one = self._index.row(digest) if media.DIGEST.match(digest) else None
        if one is not None and one.content is None:
            with contextlib.suppress(FileNotFoundError):
                return self._files.whole(digest).open("rb")
        data = None if one is None or one.content is None else self._index.data(one.content)
        if data is None:
            raise errors.NotFound(f"the blob {digest[:12]!r} is not here, or not whole yet")
        return io.BytesIO(data)

    def _remove(self, digests: Sequence[str]) -> int:
        """Remove blobs whose digests are held: the row first, because a file without one is found again, while a row without one lies."""
        rows = {one.digest: one for one in self._index.rows(digests)}
        self._index.remove(rows)
        freed_bytes = sum(one.size_bytes for one in rows.values() if one.content is not None)
        freed_bytes += sum(self._files.remove(digest) for digest in digests)
        self._count(-freed_bytes)
        return freed_bytes

    def _remove_begun(self, digest: str) -> int:
        size_bytes = self._files.offset(digest)
        self._files.partial(digest).unlink(missing_ok=True)
        self._count(-size_bytes)
        return size_bytes

    def _count(self, change_bytes: int) -> None:
        with self._counting:
            self._held_bytes += change_bytes

    def _age_s(self, at_s: float) -> float:
        return max(0.0, self._clock_s() - at_s)


def _checked(digest: str) -> str:
    """Return a digest; anything else would be a path.

    Raises:
        NotFound: if it is none.
    """
    if not media.DIGEST.match(digest):
        raise errors.NotFound(f"{digest[:80]!r} is no digest; there is no such blob")
    return digest


def _mismatch(digest: str, why: str) -> errors.DigestMismatch:
    return errors.DigestMismatch(
        f"the blob was announced with the digest {digest}, but {why}; nothing of it was kept",
        field="digest",
        fix="send the bytes whose SHA-256 the item names",
    )
