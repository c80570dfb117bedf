"""The thread that looks after series files: seals what is full or idle, merges small blocks, lets idle files rest.

Owned by `blocks`. It does one step at a time. Sealing comes before merging, which pauses after each step, so that appends find the
writer free. What cannot be done because something is damaged is reported once and left alone for an hour.
"""

import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store.series import project_file, worker

IDLE_S = 600.0  # longer than most epochs, so that a slow training is not cut into tiny blocks
FULL_DISK_S = 60.0  # between two tries to seal while there is no space
LEFT_ALONE_S = 3600.0  # what failed is damaged as a rule, but a system out of descriptors fails too
MERGE_SEALS = 8  # of a run that goes on: some hundred thousand rows at most wait to be merged
_LOOK_S = 60.0
_PAUSE_S = 0.05

_Task = tuple[project_file.ProjectFile, ids.RunId]
_What = Literal["sealed", "merged"]
_log = logging.getLogger(__name__)


class Upkeep:
    """What is to be done, and the thread that does it. Its methods may be called from any thread."""

    def __init__(self, by: worker.Worker, *, look: Callable[[], None]) -> None:
        self._by = by
        self._look = look
        self._changed = threading.Condition()
        self._seals: dict[_Task, int] = {}
        self._merges: dict[_Task, None] = {}
        self._sealed: dict[_Task, tuple[int, float]] = {}
        self._left_alone: dict[tuple[_What, _Task], float] = {}
        self._full_until_s = 0.0
        self._look_at_s = time.monotonic() + _LOOK_S
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="look after series", daemon=True)
        self._thread.start()

    def ask_seal(self, file: project_file.ProjectFile, run: ids.RunId, *, least_rows: int) -> None:
        """Have the shapes of a run sealed that have that many rows in the log; asking again before it is done costs a look."""
        task = (file, run)
        with self._changed:
            if task not in self._seals and time.monotonic() >= self._full_until_s:
                self._seals[task] = least_rows
                self._changed.notify_all()

    def ask_merge(self, file: project_file.ProjectFile, run: ids.RunId) -> None:
        """Have the blocks of a run merged where it is worth it, once nothing is to be sealed."""
        with self._changed:
            self._sealed.pop((file, run), None)
            self._merges[file, run] = None
            self._changed.notify_all()

    def merge_idle(self, *, since_s: float) -> None:
        """Have the runs merged that were sealed since the last time, but not after a moment (monotonic seconds)."""
        with self._changed:
            idle = [task for task, (_, last_s) in self._sealed.items() if last_s <= since_s]
        for file, run in idle:
            self.ask_merge(file, run)

    def settle(self) -> None:
        """Return once all that was asked is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._busy or self._seals or self._merges))

    def close(self) -> None:
        """Give up what is being done, which changes nothing, and what was still to be done; close the worker as well."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._by.close()
        self._thread.join()

    def _work(self) -> None:
        while (step := self._next()) is not None:
            step()

    def _next(self) -> Callable[[], None] | None:
        """Wait for something to do and return it; ``None`` when there will be nothing more."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            while not self._closed:
                step = self._chosen()
                if step is not None:
                    self._busy = True
                    return step
                self._changed.wait(max(0.0, self._look_at_s - time.monotonic()))
        return None

    def _chosen(self) -> Callable[[], None] | None:
        if self._seals:
            task = next(iter(self._seals))
            return functools.partial(self._seal, task, least_rows=self._seals.pop(task))
        if time.monotonic() >= self._look_at_s:
            self._look_at_s = time.monotonic() + _LOOK_S
            return self._look
        if self._merges:
            task = next(iter(self._merges))
            del self._merges[task]
            return functools.partial(self._merge, task)
        return None

    def _seal(self, task: _Task, *, least_rows: int) -> None:
        file, run = task
        if self._is_left_alone("sealed", task):
            return
        try:
            sealed = 0
            for rows in file.seal(run, least_rows=least_rows, by=self._by):
                sealed += rows
                if self._closed:
                    return
        except errors.StoreFull:
            self._full_until_s = time.monotonic() + FULL_DISK_S
            _log.warning("no space to seal run %r; its rows are safe and readable as they are", run)
        except errors.StoreError as error:
            self._leave_alone("sealed", task, error)
        else:
            if sealed:
                self._note_sealed(task, merges_now=least_rows == 1)

    def _note_sealed(self, task: _Task, *, merges_now: bool) -> None:
        count, _ = self._sealed.get(task, (0, 0.0))
        self._sealed[task] = (count + 1, time.monotonic())
        if merges_now or count + 1 >= MERGE_SEALS:
            self.ask_merge(*task)

    def _merge(self, task: _Task) -> None:
        """Take one step; the next comes when all that was asked meanwhile had its turn."""
        file, run = task
        if self._is_left_alone("merged", task):
            return
        try:
            step = next(file.compact(run, by=self._by), None)
        except errors.StoreFull:
            _log.warning("no space to merge blocks of run %r; they are safe and readable as they are", run)
            return
        except errors.StoreError as error:
            self._leave_alone("merged", task, error)
            return
        if step:
            self.ask_merge(file, run)
            self._pause()

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._seals, timeout=_PAUSE_S)

    def _is_left_alone(self, what: _What, task: _Task) -> bool:
        return time.monotonic() < self._left_alone.get((what, task), 0.0)

    def _leave_alone(self, what: _What, task: _Task, error: errors.StoreError) -> None:
        """Try it no more for a while, and report it the first time: what is damaged stays damaged."""
        if self._closed:
            return
        if (what, task) not in self._left_alone:
            _log.error("run %r cannot be %s: %s", task[1], what, error)
        self._left_alone[what, task] = time.monotonic() + LEFT_ALONE_S
