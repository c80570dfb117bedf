"""What a writer pushes into a file, as bytes to be pulled: for libraries that write whole files, while a response wants its parts.

The writer runs in a thread that stays a few parts ahead. It is never told by an exception that nobody reads any more: what it is fed with
ends, and what it still writes is thrown away.
"""

import io
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import BinaryIO, Generic, TypeVar, cast

_PART_BYTES = 256 * 1024
_AHEAD = 4  # parts
_LOOK_S = 1.0  # how often a writer that waits for its reader looks whether there still is one

_T = TypeVar("_T")


def parts(source: Iterator[_T], *, write: Callable[[Iterator[_T], BinaryIO], None]) -> Iterator[bytes]:
    """Yield what `write` makes of `source`, part by part.

    Raises whatever `source` or `write` does; what was yielded until then is no whole file.
    """
    sink, done = _Sink(), Future[None]()
    fed = _Fed(source, sink)

    def run() -> None:
        try:
            write(fed, cast("BinaryIO", sink))
            done.set_result(None)
        except Exception as error:  # noqa: BLE001 - it is raised where the parts are read
            done.set_exception(fed.error or error)
        finally:
            sink.end()

    threading.Thread(target=run, name="yoloscope-format", daemon=True).start()
    try:
        while part := sink.parts.get():
            yield part
        done.result()
    finally:
        sink.abandoned.set()


class _Sink(io.RawIOBase):
    """A file whose bytes wait until they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: queue.Queue[bytes] = queue.Queue(_AHEAD)
        self.abandoned = threading.Event()
        self._held = bytearray()

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, some: bytes, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - nothing else is written
        """Take bytes; blocks while the reader is behind."""
        self._held += some
        if len(self._held) >= _PART_BYTES:
            self._pass_on()
        return len(some)

    def end(self) -> None:
        """Pass on what is held, and that nothing follows."""
        if self._held:
            self._pass_on()
        self._put(b"")

    def _pass_on(self) -> None:
        self._put(bytes(self._held))
        self._held.clear()

    def _put(self, part: bytes) -> None:
        while not self.abandoned.is_set():
            try:
                return self.parts.put(part, timeout=_LOOK_S)
            except queue.Full:
                continue
        return None


class _Fed(Generic[_T]):
    """A source that ends when nobody reads what becomes of it, and remembers what went wrong with it."""

    def __init__(self, source: Iterator[_T], sink: _Sink) -> None:
        self._source = source
        self._sink = sink
        self.error: Exception | None = None

    def __iter__(self) -> "_Fed[_T]":
        return self

    def __next__(self) -> _T:
        if self._sink.abandoned.is_set():
            raise StopIteration
        try:
            return next(self._source)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error  # the writer hides it behind its own
            raise
