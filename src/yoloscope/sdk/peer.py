"""What stands in the place of the spool's writer in a process of rank above 0: it adds its times to the run of rank 0.

Which run that is shows some time after the training began (`job`). Until then rows wait in memory, a thousand at most, and once a
second a `log` call looks whether rank 0 has left word; nothing waits for it. If no word ever comes nothing is written.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

from yoloscope.records import names
from yoloscope.sdk import guard, values
from yoloscope.spool import state, writer

HELD_MOST = 1_000
LOOK_S = 1.0
_SHAPES_MOST = 10_000  # sets of names remembered; a training that makes ever new ones must not grow by them


class Joined(NamedTuple):
    """The writer of a run that was found, and the page on which its losses are counted."""

    opened: writer.Writer
    page: state.StatePage


class _Held(NamedTuple):
    values: dict[str, float]
    step: int
    epoch: float
    mono_ns: int


class _Losses:
    """Counts what is lost before there is a page to count it on."""

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}

    def count_lost(self, reason: str) -> int:
        """Count one and return the total."""
        self.counted[reason] = self.counted.get(reason, 0) + 1
        return self.counted[reason]


class Peer:
    """Takes the rows of one process; `find` returns the writer of the run once that is known, and is asked again until then."""

    def __init__(self, rank: int, *, find: Callable[[], Joined | None]) -> None:
        self._rank = rank
        self._find: Callable[[], Joined | None] | None = find
        self._turn = [True]  # whoever has taken it looks; a nested or a second caller goes on without
        self._look_at_s = 0.0
        self._writer: writer.Writer | None = None
        self._held: deque[_Held] = deque()
        self._losses = _Losses()
        self._clean = values.Cleaner(self._losses).row
        self._shapes: dict[tuple[object, ...], tuple[tuple[str, str], ...]] = {}

    def log(self, given: object, step: object, epoch: object) -> None:
        """Store what of a row is this rank's to tell: times and the state of its machine, under names with its rank."""
        if self._find is None and self._writer is None:
            return
        mine: dict[str, float] = {}
        with guard.attempt("log"):  # a mapping of the user's own may do anything
            mine = self._mine(given)
        if not mine:
            return
        if self._writer is not None:
            self._writer.log(mine, step, epoch)  # pyright: ignore[reportArgumentType]  # odd arguments are the slow path's work
            return
        self._hold(mine, step, epoch)
        if time.monotonic() >= self._look_at_s:
            self.join()

    def join(self) -> bool:
        """Look for the run now, and hand over what was held; returns whether it is found."""
        try:
            turn = self._turn.pop()
        except IndexError:
            return False
        try:
            if self._find is not None:
                self._look_at_s = time.monotonic() + LOOK_S
                self._look(self._find)
            if self._writer is not None:
                self._hand_over(self._writer)
        finally:
            self._turn.append(turn)
        return self._writer is not None

    @property
    def is_waiting(self) -> bool:
        """Whether rows are held for a run that is not found."""
        return self._writer is None and bool(self._held)

    def event(self, payload: bytes) -> bool:
        """Store one event; False if the run is not known or the disk is full."""
        return self._writer is not None and self._writer.event(payload)

    def forget(self) -> None:
        """In a forked child: write nothing more to the files of its parent."""
        if self._writer is not None:
            self._writer.forget()

    def close(self) -> None:
        """Close the writer; calling it twice is harmless. Later rows are not stored."""
        self._find = None
        self._held.clear()
        if self._writer is not None:
            self._writer.close()

    def _look(self, find: Callable[[], Joined | None]) -> None:
        found: Joined | None = None
        gone = True
        with guard.attempt("rank"):
            found = find()
            gone = False
        if gone:  # its fault was said; to try it every second would cost the training
            self.close()
        if found is None:
            return
        self._find = None
        for reason, rows in self._losses.counted.items():
            found.page.count_lost(reason, rows=rows)
        self._writer = found.opened

    def _mine(self, given: object) -> dict[str, float]:
        if not isinstance(given, Mapping):
            return {}
        row = cast("Mapping[str, float]", given)
        shape = tuple(row)
        pairs = self._shapes.get(shape)
        if pairs is None:
            pairs = self._remember(shape)
        return {own: row[name] for name, own in pairs}

    def _remember(self, shape: tuple[object, ...]) -> tuple[tuple[str, str], ...]:
        if len(self._shapes) >= _SHAPES_MOST:
            self._shapes.clear()
        named = ((name, names.of_rank(name, self._rank)) for name in shape if isinstance(name, str))
        pairs = self._shapes[shape] = tuple((name, own) for name, own in named if own is not None)
        return pairs

    def _hold(self, mine: dict[str, float], step: object, epoch: object) -> None:
        if len(self._held) >= HELD_MOST:
            self._losses.count_lost("quota")
            return
        clean = self._clean(mine, step, epoch)  # now: a tensor must not be kept, nor change before it is stored
        if clean is None:
            return
        self._held.append(_Held(*clean, mono_ns=time.monotonic_ns()))
        if self._writer is not None:  # another thread has found the run meanwhile
            self._hand_over(self._writer)

    def _hand_over(self, opened: writer.Writer) -> None:
        while True:
            try:
                held = self._held.popleft()
            except IndexError:
                return
            opened.log_at(held.values, held.step, held.epoch, mono_ns=held.mono_ns)
