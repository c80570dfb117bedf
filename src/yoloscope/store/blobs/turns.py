"""Turns of threads: whoever works on a blob holds its digest, all others go on at once."""

import contextlib
import threading
from collections.abc import Generator, Iterable


class Turns:
    """A lock for each digest that exists only while somebody holds or awaits it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextlib.contextmanager
    def of(self, digest: str) -> Generator[None]:
        """Hold a digest; waits until it is free."""
        with self._known(digest) as lock, lock:
            yield

    @contextlib.contextmanager
    def of_free(self, digests: Iterable[str]) -> Generator[list[str]]:
        """Hold those of some digests that nobody holds, and lend their list; never waits, so that nobody waits for each other."""
        with contextlib.ExitStack() as held:
            mine: list[str] = []
            for digest in dict.fromkeys(digests):
                lock = held.enter_context(self._known(digest))
                if lock.acquire(blocking=False):
                    held.callback(lock.release)
                    mine.append(digest)
            yield mine

    @contextlib.contextmanager
    def _known(self, digest: str) -> Generator[threading.Lock]:
        with self._lock:
            lock, users = self._locks.get(digest, (threading.Lock(), 0))
            self._locks[digest] = (lock, users + 1)
        try:
            yield lock
        finally:
            with self._lock:
                lock, users = self._locks.pop(digest)
                if users > 1:
                    self._locks[digest] = (lock, users - 1)
