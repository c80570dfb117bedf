"""The process that judges runs, as the server sees it: asked one question after the other, handed rows when it wants them.

Owned by `feed` and `past`, each of which has its own. It starts with the first question and is killed if one takes it too long; who asks opens its runs again
in the next one.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from yoloscope import errors
from yoloscope.server import children
from yoloscope.server.diagnosing import messages
from yoloscope.store.series import pipe, worker

COMMAND = (sys.executable, "-m", "yoloscope.server.diagnosing.main")
WITHIN_S = 600.0
"""A run of ten million rows is judged anew in five minutes; for rows it waits as long as for an answer."""
ROWS_AT_ONCE = 4_096
_Answer = messages.Read | messages.Report | messages.Fault
_answer = msgspec.msgpack.Decoder(_Answer)


class EndedError(Exception):
    """The process ended, or was ended because it took too long; it knows no run any more. ``was_asked``: in the middle of the question."""

    def __init__(self, why: str, *, was_asked: bool) -> None:
        super().__init__(why)
        self.was_asked = was_asked


class Process:
    """One process that judges. Asked from one thread; `close` may be called from any."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._changing = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.starts = 0
        """How many processes there were."""

    @property
    def pid(self) -> int | None:
        """The number of the process, ``None`` while there is none."""
        child = self._child
        return None if child is None else child.pid

    @property
    def is_there(self) -> bool:
        """Whether it has started and not ended."""
        child = self._child
        return child is not None and child.poll() is None

    def asked(
        self, question: messages.Question, *, rows: Iterable[messages.Piece] = ()
    ) -> messages.Report | messages.Fault:
        """Return the answer; `rows` are all of the run, read when the process wants them.

        Raises:
            EndedError: if there is none, as for a question about an open run where the process ended since.
            StoreError: if the rows cannot be read; the process is ended then too, because it waits for them.
        """
        if not isinstance(question, messages.Open) and not self.is_there:
            raise EndedError("the process that judges runs ended", was_asked=False)
        child = self._running()
        try:
            return _talked(child, question, rows=rows)
        except (OSError, msgspec.DecodeError, _SilentError) as error:
            self.leave()
            raise EndedError(
                f"the process that judges runs ended, or took too long: {error}", was_asked=not self._closed
            ) from error
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """End the process; the next question finds a new one."""
        with self._changing:
            child, self._child = self._child, None
        if child is not None:
            children.end(child)

    def close(self) -> None:
        """End the process for good, in the middle of a question if it has one; calling it twice is harmless."""
        with self._changing:
            self._closed = True
            if self._child is not None:
                self._child.kill()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is not None and self._child.poll() is not None:
            self.leave()
        if self._child is not None:
            return self._child
        try:
            child = self._started()
            _await_ready(child)
        except (OSError, errors.StoreError) as error:
            self.leave()
            raise EndedError(f"the process that judges runs cannot be started: {error}", was_asked=False) from error
        return child

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._changing:
            if self._closed:
                raise errors.StoreError("the server is stopping")
            self.starts += 1
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


def _await_ready(child: "subprocess.Popen[bytes]") -> None:
    assert child.stdout is not None
    if not pipe.read(child.stdout.fileno(), within_s=children.READY_S):
        raise errors.StoreError("it ended")


class _SilentError(Exception):
    """The pipe broke or stood still."""


def _talked(
    child: "subprocess.Popen[bytes]", question: messages.Question, *, rows: Iterable[messages.Piece]
) -> messages.Report | messages.Fault:
    _write(child, question)
    while isinstance(said := _said(child), messages.Read):
        for some in _some(rows):
            _write(child, messages.Rows(some))
        _write(child, messages.Rows())
    return said


def _said(child: "subprocess.Popen[bytes]") -> _Answer:
    assert child.stdout is not None
    try:
        came = pipe.read(child.stdout.fileno(), within_s=WITHIN_S)
    except errors.StoreError as error:
        raise _SilentError(str(error)) from error
    if not came:
        raise _SilentError("it closed its end")
    return _answer.decode(came)


def _write(child: "subprocess.Popen[bytes]", message: msgspec.Struct) -> None:
    assert child.stdin is not None
    try:
        pipe.write(child.stdin.fileno(), msgspec.msgpack.encode(message), within_s=WITHIN_S)
    except errors.StoreError as error:
        raise _SilentError(str(error)) from error


def _some(pieces: Iterable[messages.Piece]) -> Iterator[tuple[messages.Piece, ...]]:
    """Yield pieces together, about as many rows at a time as a store reads."""
    held: list[messages.Piece] = []
    rows = 0
    for piece in pieces:
        held.append(piece)
        rows += piece.matrix.rows
        if rows >= ROWS_AT_ONCE:
            yield tuple(held)
            held, rows = [], 0
    if held:
        yield tuple(held)
