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
        self._tapped: list[tuple[_Tap, console.Ring]] = []

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
        """Copy nothing more, and give the streams their own ``write`` back if no other run copies; calling it twice is harmless."""
        while self._tapped:
            tap, ring = self._tapped.pop()
            tap.remove(ring)
            ring.forget()

    def forget(self) -> None:
        """In a forked child: what it prints is not the training's."""
        for _, ring in self._tapped:
            ring.forget()

    def _tap(self, stream: _Stream, ring: console.Ring) -> None:
        try:
            tap = next((known for known in _taps if known.stands_in(stream)), None) or _Tap(stream)
        except (AttributeError, TypeError):  # a stream without room for attributes
            ring.forget()
            return
        tap.add(ring)
        self._tapped.append((tap, ring))


class _Tap:
    """What stands in front of one stream's ``write`` for all runs that are open: of runs that overlap for ever, none may leave a layer behind."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self._rings: list[console.Ring] = []
        theirs: object = getattr(stream, "__dict__", {}).get("write")
        self._theirs = cast("Callable[..., object] | None", theirs)  # put there by somebody before us
        self._write = _copying(stream.write, self._rings)
        stream.write = self._write
        _taps.append(self)

    def stands_in(self, stream: _Stream) -> bool:
        return stream is self._stream and stream.write is self._write

    def add(self, ring: console.Ring) -> None:
        self._rings.append(ring)

    def remove(self, ring: console.Ring) -> None:
        self._rings.remove(ring)
        if self._rings:
            return
        _taps.remove(self)
        with contextlib.suppress(AttributeError):
            if not self.stands_in(self._stream):  # somebody put one in front of ours, which now only passes on
                return
            if self._theirs is None:
                del self._stream.write
            else:
                self._stream.write = self._theirs


_taps: list[_Tap] = []


def _copying(own: Callable[..., object], rings: list[console.Ring]) -> Callable[..., object]:
    def write(*text: object, **named: object) -> object:
        done = own(*text, **named)
        try:
            if text and isinstance(text[0], str):
                data = str.encode(text[0], "utf-8", "replace")  # a subclass may have an `encode` of its own
                for ring in tuple(rings):
                    ring.put(data)
        except Exception:  # noqa: BLE001, S110  # no memory or no stack left: the text is printed, only the copy is not
            pass
        return done

    return write
