"""Work that may hang, done in a thread of its own: drivers that do not answer, servers that take long.

Whoever asks never waits. One piece of work runs at a time; while it does, nothing further is taken on. The thread ends with the
process, whatever it is doing.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger("yoloscope.sidecar")
T = TypeVar("T")


class Aside(Generic[T]):
    """Runs one function at a time beside its owner, who is the only one to call it."""

    def __init__(self, name: str, work: Callable[[], T]) -> None:
        self._name = name
        self._work = work
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._since_s: float | None = None
        self._told = ""

    def ask(self) -> bool:
        """Have the work done once; False if it still runs."""
        if self._since_s is not None:
            return False
        if self._thread is None:
            queues = (self._asked, self._done)
            self._thread = threading.Thread(target=self._run, args=queues, name=self._name, daemon=True)
            self._thread.start()
        self._since_s = time.monotonic()
        self._asked.put(True)
        return True

    def busy_s(self) -> float | None:
        """Return for how long the work runs, or has been done and not been taken; None if nothing was asked for."""
        return None if self._since_s is None else time.monotonic() - self._since_s

    def take(self) -> T | None:
        """Return what came out, once; None while it runs, and if it failed, which is logged."""
        try:
            result = self._done.get_nowait()
        except queue.Empty:
            return None
        self._since_s = None
        return result

    def close(self) -> None:
        """Have the thread end after what it does now, which nobody waits for; it may be asked again, in another thread."""
        self._asked.put(False)
        self._asked, self._done = queue.SimpleQueue(), queue.SimpleQueue()
        self._thread, self._since_s, self._told = None, None, ""

    def _run(self, asked: "queue.SimpleQueue[bool]", done: "queue.SimpleQueue[T | None]") -> None:
        while asked.get():
            try:
                result = self._work()
            except Exception as error:
                result = None
                if self._told != repr(error):  # what fails each time is said once
                    self._told = repr(error)
                    log.exception("%s failed; rows are carried as ever", self._name)
            done.put(result)
