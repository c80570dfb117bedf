"""Who does the encoding: the calling thread, or a process of its own that is started when it is first needed.

Owned by `blocks`. A worker process that dies gets the same job once more; a job that ends two of them is given up with an error, and
the next job finds a new process. Nobody waits for the process but the thread that asks.
"""

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

import msgspec

from yoloscope import errors
from yoloscope.store.series import jobs, pipe, work, worker_main

JOB_S = 300.0  # a job takes a second or two; a machine may be loaded, but a worker that hangs must not stop sealing for ever
_TRIES = 2
_END_S = 5.0
COMMAND = (sys.executable, "-m", "yoloscope.store.series.worker_main")
_FEW_THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}  # a pool of threads for numpy would only take memory

_log = logging.getLogger(__name__)


class Worker(Protocol):
    """Does jobs. Safe to call from any thread."""

    def done(self, job: jobs.Job) -> jobs.Exchange | None:
        """Return the answer to a job.

        Raises:
            StoreError: if something on disk is damaged, or the job cannot be done.
        """
        ...

    def close(self) -> None:
        """Give up what is being done; calling it twice is harmless."""
        ...


class Inline:
    """Does each job in the thread that asks for it."""

    def done(self, job: jobs.Job) -> jobs.Exchange | None:
        """Return the answer to a job (see `Worker`)."""
        return work.done(job)

    def close(self) -> None:
        """There is nothing to release."""


class Process:
    """Has each job done by one child process, that of `COMMAND` unless another is given."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._asking = threading.Lock()
        self._starting = threading.Lock()
        self._child: _Child | None = None
        self._closed = False
        self._decoder = msgspec.msgpack.Decoder(worker_main.Answer)

    @property
    def pid(self) -> int | None:
        """The process number of the worker, ``None`` while there is none."""
        child = self._child
        return None if child is None else child.pid

    def done(self, job: jobs.Job) -> jobs.Exchange | None:
        """Return the answer to a job (see `Worker`)."""
        with self._asking:
            answer = self._answer(job)
        if answer.error is not None:
            raise worker_main.ERRORS.get(answer.error, errors.StoreError)(answer.text)
        return answer.exchange

    def close(self) -> None:
        """End the worker, in the middle of a job if it has one; calling it twice is harmless."""
        with self._starting:
            self._closed = True
            child = self._child
        if child is not None:
            child.kill()
        with self._asking:
            self._leave()

    def _answer(self, job: jobs.Job) -> worker_main.Answer:
        for _ in range(_TRIES):
            try:
                child = self._running()
            except OSError as error:
                _log.warning("no worker process can be started (%s); the server does its work itself for now", error)
                return worker_main.Answer(exchange=work.done(job))
            try:
                answer = self._decoder.decode(child.asked(msgspec.msgpack.encode(job)))
            except (OSError, errors.StoreError, msgspec.DecodeError) as error:
                child.kill()
                self._leave()
                if self._closed:
                    break
                _log.warning("the worker process of the series store ended in the middle of a job: %s", error)
                continue
            if answer.leaves:
                self._leave()
            return answer
        if self._closed:
            raise errors.StoreError("the series store is closed; nothing was changed")
        raise errors.StoreError(f"the worker process ended {_TRIES} times while it worked on this; it is left as it is")

    def _running(self) -> "_Child":
        with self._starting:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing was changed")
            if self._child is not None and self._child.is_gone:  # ended between two jobs: no job's fault
                self._child.end()
                self._child = None
            if self._child is None:
                self._child = _Child(self._command)
            return self._child

    def _leave(self) -> None:
        with self._starting:
            child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """One process, its pipes, and the thread that passes on what it prints."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(os.environ),
            cwd="/",  # -m looks there for modules first; where the server was started may lie anything
            start_new_session=True,  # Ctrl-C and hang-ups of a terminal are for the server
        )
        assert self._process.stderr is not None
        self._printed = threading.Thread(target=_pass_on, args=[self._process.stderr], daemon=True)
        self._printed.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    def asked(self, message: bytes) -> bytearray:
        """Return the answer to a message.

        Raises:
            OSError, StoreError: if none came.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pipe.write(self._process.stdin.fileno(), message)
        answer = pipe.read(self._process.stdout.fileno(), within_s=JOB_S)
        if answer is None:
            raise errors.StoreError("it closed its end")
        return answer

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """Close its input and see it go."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._printed.join()


def _pass_on(printed: IO[bytes]) -> None:
    with printed:
        for line in printed:
            _log.warning("worker process: %s", line.decode(errors="replace").rstrip())


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which the child finds the modules that this process has, wherever it runs."""
    places = [os.path.abspath(place) for place in sys.path if place]  # noqa: PTH100 - some are archives and some do not exist
    return {**environment, **_FEW_THREADS, "PYTHONPATH": os.pathsep.join(places), "PYTHONSAFEPATH": "1"}
