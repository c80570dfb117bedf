"""A process beside the server that does what must not be done in it, because it takes long or may go wrong: asked one thing after the other.

Owned by `thumbnails` and `projections`. It starts with the first question, has little memory (`child_main`), and is killed if a question takes it
too long; the next question finds a new one. Answers are kept in memory, refusals for a while.
"""

import contextlib
import os
import subprocess
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import anyio
import anyio.to_thread

from yoloscope import errors
from yoloscope.ingest import turns
from yoloscope.server import child_main
from yoloscope.store.series import pipe, worker

READY_S = 60.0  # until a process has started, on a machine that is loaded
REFUSED_S = 60.0
"""How long what was refused is not tried again."""
_REFUSED_MAX = 1_000
_END_S = 5.0


class RefusedError(Exception):
    """A question has no answer; the text says why."""


class Answers:
    """Answers by key, made once and kept up to a number of bytes. One event loop; what blocks runs in worker threads, one at a time."""

    def __init__(self, *, kept_bytes: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._most_bytes = kept_bytes
        self._turns = turns.Turns()
        self._one = anyio.CapacityLimiter(1)  # who waits holds no thread
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._refused: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def of(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return the answer to a key, by `make` if it is not kept.

        Raises:
            RefusedError: as `make` did, also where it did so a moment ago.
        """
        async with self._turns.of([key]):
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
            refused = self._refused.get(key)
            if refused is not None and self._clock_s() < refused[0] + REFUSED_S:
                raise RefusedError(refused[1])
            try:
                made = await anyio.to_thread.run_sync(make, limiter=self._one)
            except RefusedError as error:
                self._refuse(key, str(error))
                raise
            self._keep(key, made)
            return made

    def _keep(self, key: str, made: bytes) -> None:
        self._kept[key] = made
        self._kept_bytes += len(made)
        while self._kept_bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)

    def _refuse(self, key: str, why: str) -> None:
        self._refused[key] = self._clock_s(), why
        self._refused.move_to_end(key)
        if len(self._refused) > _REFUSED_MAX:
            self._refused.popitem(last=False)


class Child:
    """One child process that answers messages; started when it is needed. Safe to call from any thread.

    ``does`` says in messages what the process does, such as "decodes pictures".
    """

    def __init__(self, command: Sequence[str], *, does: str) -> None:
        self._command = command
        self._does = does
        self._asking = threading.Lock()
        self._changing = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The number of the process, ``None`` while there is none."""
        child = self._child
        return None if child is None else child.pid

    def asked(self, question: bytes, *, within_s: float) -> bytes:
        """Return the answer to a question.

        Raises:
            RefusedError: if it has none, ended the process, or took it too long.
            StoreError: if no process can be started, or this was closed.
        """
        with self._asking:
            child = self._running()
            try:
                answer = _asked(child, question, within_s=within_s)
            except (OSError, errors.StoreError) as error:
                self._leave()
                if self._closed:
                    raise self._closing() from error
                raise RefusedError(f"it ended the process that {self._does}, or took it too long") from error
        if answer.startswith(child_main.MADE):
            return answer[1:]
        raise RefusedError(answer[1:].decode(errors="replace"))

    def close(self) -> None:
        """End the process, in the middle of a question if it has one; calling it twice is harmless."""
        with self._changing:
            self._closed = True
            if self._child is not None:
                self._child.kill()
        with self._asking:
            self._leave()

    def _running(self) -> "subprocess.Popen[bytes]":
        """Return a process that is ready; one that ended between two questions is replaced."""
        if self._child is not None and self._child.poll() is not None:
            self._leave()
        if self._child is not None:
            return self._child
        try:
            child = self._started()
            _await_ready(child)
        except (OSError, errors.StoreError) as error:
            self._leave()
            if self._closed:
                raise self._closing() from error
            raise errors.StoreError(f"the process that {self._does} cannot be started: {error}") from error
        return child

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._changing:
            if self._closed:
                raise self._closing()
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
        if child is not None:
            end(child)

    def _closing(self) -> errors.StoreError:
        return errors.StoreError(f"the server is stopping; the process that {self._does} is not asked any more")


def end(child: "subprocess.Popen[bytes]") -> None:
    """Kill a process and let go of its pipes; one that is gone already is left alone."""
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_END_S)


def _await_ready(child: "subprocess.Popen[bytes]") -> None:
    assert child.stdout is not None
    if not pipe.read(child.stdout.fileno(), within_s=READY_S):
        raise errors.StoreError("it ended")


def _asked(child: "subprocess.Popen[bytes]", question: bytes, *, within_s: float) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    pipe.write(child.stdin.fileno(), question, within_s=within_s)  # who was stopped reads nothing, and never ends
    answer = pipe.read(child.stdout.fileno(), within_s=within_s)
    if not answer:
        raise errors.StoreError("it closed its end")
    return bytes(answer)
