"""Small copies of pictures, made by a process of its own (`thumbnail_main`) when somebody first looks, and kept in memory for the next.

Owned by `services`. One picture is decoded at a time. Thumbnails are not stored: they are made again in tens of milliseconds, and browsers keep theirs.
"""

import importlib.util
import sys
import time
from collections.abc import Callable, Sequence

from yoloscope import errors
from yoloscope.records import media
from yoloscope.server import children
from yoloscope.store import ports_media

COMMAND = (sys.executable, "-m", "yoloscope.server.thumbnail_main")
PICTURE_S = 10.0  # the largest picture takes two on a quiet machine
KEPT_BYTES = 32 * 1024 * 1024
"""Thumbnails in memory: about 4,000."""


class Thumbnails:
    """The thumbnails of a blob store's pictures, by digest. One event loop; what blocks runs in worker threads."""

    def __init__(
        self,
        store: ports_media.BlobStore,
        *,
        command: Sequence[str] = COMMAND,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._process = Process(command)
        self._answers = children.Answers(kept_bytes=KEPT_BYTES, clock_s=clock_s)

    async def of(self, digest: str) -> bytes:
        """Return the thumbnail of a picture as WebP.

        Raises:
            NotFound: if the picture is not whole.
            InvalidRecord: if it cannot be decoded.
            MissingExtra: if nothing is installed that decodes pictures.
        """
        try:
            return await self._answers.of(digest, lambda: self._made(digest))
        except children.RefusedError as error:
            raise errors.InvalidRecord(
                f"the picture cannot be decoded: {error}",
                field="picture",
                fix="fetch the picture itself, and log it again",
            ) from error

    def close(self) -> None:
        """End the process; calling it twice is harmless."""
        self._process.close()

    def _made(self, digest: str) -> bytes:
        if importlib.util.find_spec("PIL") is None:
            raise errors.MissingExtra("a thumbnail", extra="server")
        with self._store.opened(digest) as picture:
            data = picture.read(media.PICTURE_MAX_BYTES + 1)
        if len(data) > media.PICTURE_MAX_BYTES:
            raise children.RefusedError("it is too large")
        return self._process.thumbnail(data)


class Process:
    """The process that makes thumbnails. Safe to call from any thread."""

    def __init__(self, command: Sequence[str] = COMMAND, *, picture_s: float = PICTURE_S) -> None:
        self._child = children.Child(command, does="decodes pictures")
        self._picture_s = picture_s

    @property
    def pid(self) -> int | None:
        """The number of the process, ``None`` while there is none."""
        return self._child.pid

    def thumbnail(self, picture: bytes) -> bytes:
        """Return the thumbnail of a picture; raises as `children.Child.asked`."""
        return self._child.asked(picture, within_s=self._picture_s)

    def close(self) -> None:
        """End the process, in the middle of a picture if it has one; calling it twice is harmless."""
        self._child.close()
