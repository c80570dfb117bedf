"""What waits for the one thread that writes a project, and how that ends: nobody waits for a job that nobody does.

Used by the writers of `series` and `influxdb`. `put` and `end` may be called from any thread, the rest from the writing thread alone. A
job that was accepted is taken by that thread or refused by it; none is accepted behind the end.
"""

import queue
import threading
from typing import Generic, Protocol, TypeVar

from yoloscope import errors


class Promise(Protocol):
    """The part of a future that is used here, whatever it is a future of."""

    def done(self) -> bool:
        """Tell whether somebody has answered or cancelled it."""
        ...

    def set_exception(self, exception: BaseException | None) -> None:
        """Answer with an error."""
        ...


class Job(Protocol):
    """What is done for somebody who waits for its future."""

    @property
    def future(self) -> Promise:
        """What is answered."""
        ...


_JobT = TypeVar("_JobT", bound=Job)


class Intake(Generic[_JobT]):
    """The jobs of one thread in order of their arrival."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_JobT | None] = queue.SimpleQueue()
        self._held: list[_JobT | None] = []
        self._lock = threading.Lock()
        self._closed = False

    def put(self, job: _JobT) -> None:
        """Accept a job.

        Raises:
            StoreError: if the end was asked for, or the thread is gone.
        """
        with self._lock:
            if self._closed:
                raise errors.StoreError("the series store is closed; nothing of this batch was stored")
            self._jobs.put(job)

    def end(self) -> None:
        """Have the thread told to end behind what was accepted; calling it twice is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)

    def next(self, *, timeout_s: float | None = None) -> _JobT | None:
        """Return the next job, ``None`` for the end.

        Raises:
            queue.Empty: if none came in that time.
        """
        if self._held:
            return self._held.pop()
        if timeout_s is not None and timeout_s <= 0:
            return (
                self._jobs.get_nowait()
            )  # `get(timeout=0)` of CPython 3.10 may reckon what is left as negative: for ever
        return self._jobs.get(timeout=timeout_s)

    def next_waiting(self) -> _JobT | None:
        """Return the next job if one waits, ``None`` for the end.

        Raises:
            queue.Empty: if none does.
        """
        return self.next(timeout_s=0)

    def put_back(self, job: _JobT | None) -> None:
        """Have the job that was taken last be the next one."""
        self._held.append(job)

    def refuse_rest(self) -> None:
        """Accept nothing more and refuse what still waits: the last act of the thread, whatever ended it."""
        with self._lock:
            self._closed = True
        while True:
            try:
                job = self.next_waiting()
            except queue.Empty:
                return
            if job is not None and not job.future.done():
                job.future.set_exception(errors.StoreError("the series store was closed; send this batch again"))
