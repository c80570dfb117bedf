"""What a training prints, copied as it is printed: `Console` puts a function of ours in front of ``write`` of its two streams.

The stream objects stay what they are, so handlers and progress bars that hold them are met as well, and ``isatty``, encoding and buffering
are the user's. The stream's own ``write`` comes first: what it raises is raised as ever, and nothing is copied then. What goes past it is
not seen: C code that writes to the descriptor, ``stream.buffer``, child processes, and streams that come in the place of these later.
"""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from yoloscope import errors
from yoloscope.sdk import guard
from yoloscope.spool import console


class _Stream(Protocol):
    write: Callable[..., object]


class Console:
    """The copy of one run, from `open` to `close`."""

    def __init__(self) -> None:
        self._tapped: list[tuple[_Stream, Callable[..., object], console.Ring]] = []

    def open(self, directory: Path) -> None:
        """Begin to copy both streams; one that there is none of, or that takes no other ``write``, is left out, as on a full disk."""
        taken: list[object] = []
        streams = cast("tuple[_Stream | None, ...]", (sys.stdout, sys.stderr))
        for name, stream in zip(console.STREAMS, streams, strict=True):
            if stream is None or any(
                stream is known for known in taken
            ):  # none in a process without a console; one for both
                continue
            taken.append(stream)
            try:
                self._tap(stream, console.Ring(console.path(directory, name)))
            except (errors.SpoolError, OSError) as error:
                guard.note("console", f"what is printed is not recorded: {error}")

    def close(self) -> None:
        """Give the streams their own ``write`` back; calling it twice is harmless."""
        while self._tapped:
            stream, write, ring = self._tapped.pop()
            ring.forget()
            with contextlib.suppress(AttributeError):
                if stream.write is write:  # else somebody put one in front of ours, which now only passes on
                    del stream.write

    def forget(self) -> None:
        """In a forked child: what it prints is not the training's."""
        for _, _, ring in self._tapped:
            ring.forget()

    def _tap(self, stream: _Stream, ring: console.Ring) -> None:
        write = _copying(stream.write, ring.put)
        try:
            stream.write = write
        except (AttributeError, TypeError):  # a stream without room for attributes
            ring.forget()
            return
        self._tapped.append((stream, write, ring))


def _copying(own: Callable[..., object], put: Callable[[bytes], None]) -> Callable[..., object]:
    def write(*text: object, **named: object) -> object:
        done = own(*text, **named)
        if text and isinstance(text[0], str):
            put(text[0].encode("utf-8", "replace"))
        return done

    return write
