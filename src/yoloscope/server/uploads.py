"""Files that come in: streamed to a nameless file in the data directory, which is gone with the request however it ends."""

import contextlib
import errno
import shutil
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO

import anyio
import anyio.to_thread
from fastapi import HTTPException
from starlette.requests import Request

from yoloscope import errors
from yoloscope.server import bodies, problems

PART_BYTES = 1024 * 1024
FREE_LEAST_BYTES = 256 * 1024 * 1024
"""Room that an upload leaves on the disk: the rows of trainings that run now come first."""
_DROPPED_MAX_BYTES = 64 * 1024 * 1024


async def receive(request: Request, file: IO[bytes], *, directory: Path, content_type: str, limit_bytes: int) -> None:
    """Write the whole body of a request into `file`, which lies in `directory`; the memory of one part is used.

    A client that sends too much can still read why it was refused, because some of the rest is read and dropped.

    Raises:
        HTTPException: a problem "content-type" or "body-too-large".
        StoreFull: if the disk has no room for it.
    """
    bodies.check_content_type(request, expected=content_type)
    taken = _Taken(file, directory=directory, limit_bytes=limit_bytes)
    refused: Exception | None = None
    dropped_bytes = 0
    try:
        taken.announce(request.headers.get("content-length", ""))
    except (errors.StoreError, HTTPException) as error:
        refused = error
    async for some in request.stream():
        if refused is None:
            try:
                await taken.take(some)
            except (errors.StoreError, HTTPException) as error:
                refused = error
        dropped_bytes += len(some) if refused else 0
        if dropped_bytes > _DROPPED_MAX_BYTES:
            break
    if refused:
        raise refused
    await taken.finish()


class _Taken:
    """What has come of a file: parts are written when they are worth a thread's while."""

    def __init__(self, file: IO[bytes], *, directory: Path, limit_bytes: int) -> None:
        self._file = file
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._part = bytearray()

    def announce(self, content_length: str) -> None:
        """Refuse at once what is known to be too much."""
        if content_length.isascii() and content_length.isdigit():
            self._check_size(int(content_length))
            _check_room(self._directory, wanted_bytes=int(content_length))

    async def take(self, some: bytes) -> None:
        """Keep some bytes."""
        self._size_bytes += len(some)
        self._check_size(self._size_bytes)
        self._part += some
        if len(self._part) >= PART_BYTES:
            await self.finish()

    async def finish(self) -> None:
        """Write what waits."""
        part, self._part = bytes(self._part), bytearray()
        await anyio.to_thread.run_sync(_write, self._file, part, self._directory)

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._limit_bytes:
            raise problems.refusal(
                "body-too-large",
                f"the file is larger than {self._limit_bytes} bytes; nothing was stored",
                field="body",
                fix="import the runs in several files",
            )


@contextlib.asynccontextmanager
async def temporary(directory: Path) -> AsyncGenerator[IO[bytes], None]:
    """Lend a file without a name in `directory`: the system removes it when it is closed, also by a crash.

    Raises:
        StoreFull: if the disk is full.
        StoreError: if the directory cannot be written.
    """
    file = await anyio.to_thread.run_sync(_made, directory)
    try:
        yield file
    finally:
        with anyio.CancelScope(shield=True):  # giving gigabytes back to the disk takes seconds
            await anyio.to_thread.run_sync(file.close)


def _made(directory: Path) -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(dir=directory)
    except OSError as error:
        raise _store_error(error) from error


def _write(file: IO[bytes], part: bytes, directory: Path) -> None:
    _check_room(directory, wanted_bytes=len(part))
    try:
        file.write(part)
        file.flush()
    except OSError as error:
        raise _store_error(error) from error


def _check_room(directory: Path, *, wanted_bytes: int) -> None:
    if shutil.disk_usage(directory).free - wanted_bytes < FREE_LEAST_BYTES:
        raise _full()


def _store_error(error: OSError) -> errors.StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _full()
    return errors.StoreError(f"the file cannot be kept in the data directory ({error.strerror}); nothing was stored")


def _full() -> errors.StoreFull:
    return errors.StoreFull(
        "the server's disk has no room for the file; nothing was stored. Free some space and send it again"
    )
