"""Small copies of pictures, made by a process of its own (`thumbnail_main`) when somebody first looks, and kept in memory for the next.

Owned by `services`. One picture is decoded at a time. The process starts with the first picture, has little memory, and is killed if a
picture takes it too long; the next picture finds a new one. Thumbnails are not stored: they are made again in tens of milliseconds, and
browsers keep theirs.
"""

import contextlib
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import anyio
import anyio.to_thread

from yoloscope import errors
from yoloscope.ingest import turns
from yoloscope.records import media
from yoloscope.server import thumbnail_main
from yoloscope.store import ports_media
from yoloscope.store.series import pipe, worker

COMMAND = (sys.executable, "-m", "yoloscope.server.thumbnail_main")
PICTURE_S = 10.0  # the largest picture takes two on a quiet machine
READY_S = 60.0  # until a process has started, on a machine that is loaded
KEPT_BYTES = 32 * 1024 * 1024
"""Thumbnails in memory: about 4,000."""
REFUSED_S = 60.0
"""How long a picture that has no thumbnail is not tried again."""
_REFUSED_MAX = 1_000
_END_S = 5.0


class Thumbnails:
    """The thumbnails of a blob store's pictures, by digest. One event loop; what blocks runs in worker threads."""

    def __init__(
        self,
        store: ports_media.BlobStore,
        *,
        command: Sequence[str] = COMMAND,
        picture_s: float = PICTURE_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock_s = clock_s
        self._process = Process(command, picture_s=picture_s)
        self._turns = turns.Turns()
        self._one = anyio.CapacityLimiter(1)  # who waits holds no thread
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._refused: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def of(self, digest: str) -> bytes:
        """Return the thumbnail of a picture as WebP.

        Raises:
            NotFound: if the picture is not whole.
            InvalidRecord: if it cannot be decoded.
            MissingExtra: if nothing is installed that decodes pictures.
        """
        async with self._turns.of([digest]):
            kept = self._kept.get(digest)
            if kept is not None:
                self._kept.move_to_end(digest)
                return kept
            refused = self._refused.get(digest)
            if refused is not None and self._clock_s() < refused[0] + REFUSED_S:
                raise _refusal(refused[1])
            try:
                made = await anyio.to_thread.run_sync(self._made, digest, limiter=self._one)
            except _UndecodableError as error:
                self._refuse(digest, str(error))
                raise _refusal(str(error)) from error
            self._keep(digest, made)
            return made

    def close(self) -> None:
        """End the process; calling it twice is harmless."""
        self._process.close()

    def _made(self, digest: str) -> bytes:
        if importlib.util.find_spec("PIL") is None:
            raise errors.MissingExtra("a thumbnail", extra="server")
        with self._store.opened(digest) as picture:
            data = picture.read(media.PICTURE_MAX_BYTES + 1)
        if len(data) > media.PICTURE_MAX_BYTES:
            raise _UndecodableError("it is too large")
        return self._process.thumbnail(data)

    def _keep(self, digest: str, made: bytes) -> None:
        self._kept[digest] = made
        self._kept_bytes += len(made)
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)

    def _refuse(self, digest: str, why: str) -> None:
        self._refused[digest] = self._clock_s(), why
        self._refused.move_to_end(digest)
        if len(self._refused) > _REFUSED_MAX:
            self._refused.popitem(last=False)


class Process:
    """One child process that makes thumbnails; started when it is needed. Safe to call from any thread."""

    def __init__(self, command: Sequence[str] = COMMAND, *, picture_s: float = PICTURE_S) -> None:
        self._command = command
        self._picture_s = picture_s
        self._asking = threading.Lock()
        self._changing = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The number of the process, ``None`` while there is none."""
        child = self._child
        return None if child is None else child.pid

    def thumbnail(self, picture: bytes) -> bytes:
        """Return the thumbnail of a picture.

        Raises:
            InvalidRecord: of a kind of its own, if it cannot be decoded.
            StoreError: if no process can be started, or this was closed.
        """
        with self._asking:
            child = self._running()
            try:
                answer = _asked(child, picture, within_s=self._picture_s)
            except (OSError, errors.StoreError) as error:
                self._leave()
                if self._closed:
                    raise _closed() from error
                raise _UndecodableError("it ended the process that decodes pictures, or took it too long") from error
        if answer.startswith(thumbnail_main.MADE):
            return answer[1:]
        raise _UndecodableError(answer[1:].decode(errors="replace"))

    def close(self) -> None:
        """End the process, in the middle of a picture if it has one; calling it twice is harmless."""
        with self._changing:
            self._closed = True
            if self._child is not None:
                self._child.kill()
        with self._asking:
            self._leave()

    def _running(self) -> "subprocess.Popen[bytes]":
        """Return a process that is ready; one that ended between two pictures is replaced."""
        if self._child is not None and self._child.poll() is not None:
            self._leave()
        if self._child is not None:
            return self._child
        try:
            child = self._started()
            _await_ready(child)
        except (OSError, errors.StoreError) as error:
            self._leave()
            raise errors.StoreError(f"the process that decodes pictures cannot be started: {error}") from error
        return child

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._changing:
            if self._closed:
                raise _closed()
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=worker.child_environment(os.environ),
                cwd="/",  # -m looks there for modules first; where the server was started may lie anything
                start_new_session=True,  # Ctrl-C and hang-ups of a terminal are for the server
            )
            return self._child

    def _leave(self) -> None:
        with self._changing:
            child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_S)


class _UndecodableError(errors.InvalidRecord):
    """A picture has no thumbnail."""

    def __init__(self, why: str) -> None:
        super().__init__(why, field="picture", fix="fetch the picture itself")


def _await_ready(child: "subprocess.Popen[bytes]") -> None:
    assert child.stdout is not None
    if not pipe.read(child.stdout.fileno(), within_s=READY_S):
        raise errors.StoreError("it ended")


def _asked(child: "subprocess.Popen[bytes]", picture: bytes, *, within_s: float) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    pipe.write(child.stdin.fileno(), picture, within_s=within_s)  # who was stopped reads nothing, and never ends
    answer = pipe.read(child.stdout.fileno(), within_s=within_s)
    if not answer:
        raise errors.StoreError("it closed its end")
    return bytes(answer)


def _closed() -> errors.StoreError:
    return errors.StoreError("the server is stopping; no thumbnail is made")


def _refusal(why: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(
        f"the picture cannot be decoded: {why}", field="picture", fix="fetch the picture itself, and log it again"
    )
