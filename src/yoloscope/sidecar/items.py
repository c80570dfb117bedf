"""Takes what the trainer handed over, in order, has it encoded, and notes each item as an event of the run.

Encoding runs in a thread of its own, so that rows are not kept waiting by a large picture. The steps of an item are: its parts are there whole, the
ledger tells of it (`spool.blobs`), its event is in the spool, its handed file is gone. Whoever is killed in between leaves the file, and the next one
goes through the same steps: by the ledger with the same parts, and with the event at worst twice. A server takes (attempt, number) once.
"""

import concurrent.futures
import errno
import logging
import time
from collections import deque
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import media
from yoloscope.sidecar import encoding, notebook
from yoloscope.spool import blobs, handed, state

AHEAD_MOST = 64
"""Items in the hands of the encoder at a time."""
WAIT_S = 0.02
"""How long a round waits for what the encoder has begun: most summaries are noted in the round that sees them."""
RETRY_S = 5.0
"""After what a full disk kept from being written."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_SET_ASIDE = ".bad"
ASIDE_MOST_BYTES = 32 * 1024 * 1024
"""Of all files set aside together: they count against what may wait for the server."""

log = logging.getLogger("yoloscope.sidecar")


class _Unreadable(errors.SpoolError):
    """What was handed over cannot be made parts of."""


class _Ready(msgspec.Struct, frozen=True):
    """An item whose parts are there, and the attempt of the writer that it belongs to."""

    item: media.Item
    attempt: int


class Items:
    """The watcher of what one writer hands over."""

    def __init__(self, directory: Path, notes: notebook.Notebook | None = None) -> None:
        self._directory = directory
        self._notes = notes or notebook.Notebook(directory)
        self._blobs = blobs.Blobs(directory)
        self._page = state.StatePage(directory / "state")
        self._maker = _Maker(self._blobs)
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        self._begun: deque[tuple[Path, concurrent.futures.Future[_Ready]]] = deque()
        self._retry_at_s = 0.0

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Note what is encoded, and have encoded what was handed over since; a round of it takes some hundredths of a second at most."""
        del lives
        if now_s < self._retry_at_s:
            return
        try:
            self._begin()
            self._note_ready()
        except OSError as error:
            log.warning("items are kept in %s until the disk takes them: %s", self._directory / handed.FOLDER, error)
            self._retry_at_s = now_s + RETRY_S
            self._begun.clear()
        else:
            self._retry_at_s = 0.0

    def is_behind(self) -> bool:
        """Tell whether something was handed over that is not noted yet."""
        return bool(self._begun or handed.waiting(self._directory))

    def is_stuck(self) -> bool:
        """Tell whether the disk takes no more for now."""
        return self._retry_at_s > 0.0

    def close(self) -> None:
        """Leave what is not noted to the next sidecar; calling it twice is harmless."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        self._begun.clear()
        self._notes.close()
        self._page.close()

    def _begin(self) -> None:
        known = {path for path, _ in self._begun}
        for path in handed.waiting(self._directory)[:AHEAD_MOST]:
            if path not in known:
                self._threads = self._threads or concurrent.futures.ThreadPoolExecutor(1, "yoloscope-items")
                self._begun.append((path, self._threads.submit(self._maker.ready, path, known=self._known(path))))

    def _known(self, path: Path) -> media.Item | None:
        """Return the item that a file became before, if its parts are still there."""
        item = self._blobs.item(int(path.stem)) if path.stem.isdecimal() else None
        return item if item and all(self._blobs.path_of(part.digest) for part in item.parts) else None

    def _note_ready(self) -> None:
        """Note the items at the front that are encoded.

        Raises:
            OSError: if the disk is full.
        """
        end_s = time.monotonic() + WAIT_S
        while self._begun:
            path, future = self._begun[0]
            concurrent.futures.wait((future,), timeout=max(0.0, end_s - time.monotonic()))
            if not future.done():
                return
            error = future.exception()
            if isinstance(error, OSError) and error.errno in _FULL:
                raise error
            if error is None:
                self._note(future.result())
                path.unlink(missing_ok=True)
            elif not isinstance(error, FileNotFoundError):
                self._set_aside(path, error)
            self._begun.popleft()

    def _note(self, ready: _Ready) -> None:
        """Note an item; its handed file may go when this returns.

        Raises:
            OSError: if the disk is full.
        """
        self._blobs.note(ready.item)
        if not self._notes.event(ready.item, attempt=ready.attempt):
            raise OSError(errno.ENOSPC, "an item is not noted")

    def _set_aside(self, path: Path, error: BaseException) -> None:
        """Take a file out of the way that nothing can be made of; it stays for whoever wants to know why, if there is room."""
        log.error("%s is set aside, its item is lost: %s: %s", path, type(error).__name__, error)
        kept_bytes = sum(one.stat().st_size for one in path.parent.glob(f"*{_SET_ASIDE}"))
        if kept_bytes + path.stat().st_size > ASIDE_MOST_BYTES:
            path.unlink()
        else:
            path.replace(path.with_suffix(_SET_ASIDE))
        self._page.count_lost("item_unreadable")


class _Maker:
    """Makes the parts of what was handed over, in the worker thread."""

    def __init__(self, parts: blobs.Blobs) -> None:
        self._blobs = parts
        self._pictures = encoding.Pictures(lambda digest: parts.path_of(digest) is not None)

    def ready(self, path: Path, *, known: media.Item | None) -> _Ready:
        """Return the item of a handed file, its parts stored; `known` is what it became before.

        Raises:
            SpoolError: if nothing can be made of it.
            OSError: if it cannot be read, or the disk does not hold its parts.
        """
        fault: errors.SpoolError | OSError | None = None
        with handed.opened(path) as (told, buffers):
            try:
                return _Ready(known or self._item(told, buffers), told.attempt)
            except _Unreadable as error:
                fault = _Unreadable(str(error))  # the views of the mapped file go with the traceback
            except OSError as error:
                fault = OSError(error.errno, error.strerror)
        raise fault

    def _item(self, told: handed.Handed, buffers: dict[str, memoryview]) -> media.Item:
        try:
            made = encoding.made(told, buffers, pictures=self._pictures)
        except (
            *(errors.YoloscopeError, msgspec.MsgspecError, ValueError, TypeError, LookupError),
            *(ArithmeticError, MemoryError, BufferError, OSError),
        ) as error:
            raise _Unreadable(f"{type(error).__name__}: {error}") from error
        return media.Item(
            number=told.number,
            kind=told.kind,
            name=told.name,
            wall_ns=told.wall_ns,
            step=told.step,
            epoch=told.epoch,
            parts=tuple(self._stored(part) for part in made.parts),
            facts=made.facts,
            needs=told.needs,
        )

    def _stored(self, made: encoding.Encoded) -> media.Part:
        if made.known is not None:
            return made.known
        part = self._blobs.put(made.data)
        part = msgspec.structs.replace(part, role=made.role, media_type=made.media_type)
        if made.pixels:
            self._pictures.learn(made.pixels, part)
        return part
