"""Watches over a trainer's life: whether it goes on, what its stacks are when it does not, and what the kernel did to it.

A training is stalled that lives and has written no row or event for far longer than it ever did; that is taken back with the next one.
One that is paused by a command is not: its pause does not count.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sidecar import notebook, stacks, starvation, watch
from yoloscope.spool import evidence, latest, layout, platform, reader, state

LOOK_S = 1.0
GAPS_LEAST = 20
"""Pauses that have to be known before they say how long one may be."""
UNKNOWN_S = 30 * 60.0
"""Until then: a first epoch may cache a data set and validate for the first time."""
STALLED_LEAST_S = 120.0
TIMES = 10.0
ASLEEP_S = 30.0
"""Longer between two looks, this process did not run: the machine, or a container with both of them in it, was paused."""
SURVIVED_S = 60.0
"""Who lives so long after a kill for lack of memory was not the one that was killed."""
_FAULT_BYTES_MOST = 64 * 1024

log = logging.getLogger("yoloscope.sidecar")


class Pulse:
    """Tells from the pauses between a training's rows whether it is stalled. Pure: it is told when something was written."""

    def __init__(self, *, now_s: float, after_s: float | None) -> None:
        self._after_s = after_s
        self._beat_at_s = now_s
        self._gaps = 0
        self._longest_s = 0.0
        self._first_epoch: float | None = None
        self.knows_epoch = False
        """Whether a whole epoch has passed, its validation included."""

    def beat(self, now_s: float, *, epoch: float | None = None) -> None:
        """Take note that something was written since the last look, and at what epoch the training is, if it tells any."""
        self._longest_s = max(self._longest_s, now_s - self._beat_at_s)
        self._gaps += 1
        self._beat_at_s = now_s
        if epoch is not None:
            self._first_epoch = epoch if self._first_epoch is None else self._first_epoch
            self.knows_epoch = self.knows_epoch or epoch - self._first_epoch > 1.0

    def skip(self, passed_s: float) -> None:
        """Leave out a time in which nobody looked."""
        self._beat_at_s += passed_s

    def patience_s(self) -> float:
        """Return how long nothing may be written."""
        if self._after_s is not None:
            return self._after_s
        is_known = self._gaps >= GAPS_LEAST and (self.knows_epoch or self._first_epoch is None)
        least_s = STALLED_LEAST_S if is_known else UNKNOWN_S
        return max(least_s, TIMES * self._longest_s)

    def is_stalled(self, now_s: float) -> bool:
        """Tell whether nothing was written for too long."""
        return now_s - self._beat_at_s > self.patience_s()


class Life:
    """The watcher of one trainer."""

    def __init__(
        self,
        directory: Path,
        notes: notebook.Notebook,
        signs: watch.Signs,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._directory = directory
        self._notes = notes
        self._signs = signs
        self._wall_ns = wall_ns
        self._manifest = layout.load_manifest(directory)
        self._page = state.StatePage(directory / "state")
        self._stacks = stacks.Stacks(directory, self._manifest, self._page)
        self._pulse: Pulse | None = None
        self._written: dict[int, tuple[int, int]] | None = None
        self._look_at_s = self._felt_at_s = 0.0
        self._kills_now, self._killed_at_s = 0, 0.0

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Look once a second, and once more at the end."""
        if not lives:
            self._signs.stalled = False
            self._tell_end()
            return
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + LOOK_S
        if self._pulse is None:
            self._begin()
        self._feel_pulse(now_s)
        self._see_kills(now_s)
        if "stack" in self._signs.asked:
            self._signs.asked.discard("stack")
            self._stacks.ask("asked", now_s=now_s)
        found = self._stacks.poll(now_s)
        if found is not None:
            stack = {"wall_ns": self._wall_ns(), "by": found.by, "why": found.why, "lines": found.lines}
            self._notes.event(row.Updated("life", {"stack": stack}))

    def close(self) -> None:
        """Release what is open; calling it twice is harmless."""
        self._stacks.close()
        self._page.close()

    def _begin(self) -> None:
        """Write down how often the kernel has killed so far, unless an earlier sidecar did."""
        known = evidence.load(self._directory)
        boot_id = platform.boot_id()
        if self._manifest.boot_id != boot_id or (known is not None and known.boot_id == boot_id):
            return
        file = starvation.file_of(self._manifest.pid)
        if file is not None:
            begun = evidence.Life(boot_id, str(file), oom_begun=starvation.kills(file) or 0)
            self._save(begun)

    def _feel_pulse(self, now_s: float) -> None:
        written = self._positions()
        if self._pulse is None:
            self._pulse = Pulse(now_s=now_s, after_s=self._manifest.stalled_after_s)
        elif now_s - self._felt_at_s > ASLEEP_S or self._page.get("paused"):
            self._pulse.skip(now_s - self._felt_at_s)
        if self._written is not None and written != self._written:
            epoch = None if self._pulse.knows_epoch else latest.spot(self._directory).epoch
            self._pulse.beat(now_s, epoch=epoch)
        self._felt_at_s = now_s
        self._written = written
        over = self._manifest.rank or self._page.get("end_told") or self._page.get("regular_end")
        stalled = not over and self._pulse.is_stalled(now_s)
        if stalled and not self._signs.stalled:
            self._stacks.ask("stalled", now_s=now_s)
        self._signs.stalled = stalled

    def _see_kills(self, now_s: float) -> None:
        """Write down which kills for lack of memory the trainer has outlived: they will not be what ended it."""
        known = evidence.load(self._directory)
        if known is None:
            return
        kills = self._kills(known)
        if kills != self._kills_now:
            self._kills_now, self._killed_at_s = kills, now_s
        elif kills > known.oom_survived and now_s - self._killed_at_s >= SURVIVED_S:
            self._save(msgspec.structs.replace(known, oom_survived=kills))

    def _positions(self) -> dict[int, tuple[int, int]]:
        """Return how far each of the training's own lanes is written."""
        found: dict[int, tuple[int, int]] = {}
        try:
            for lane, numbers in reader.lanes(self._directory).items():
                if lane < layout.SIDECAR_LANE:
                    path = layout.segment_path(self._directory, lane=lane, number=numbers[-1])
                    found[lane] = numbers[-1], reader.used_bytes(path)
        except (errors.SpoolError, OSError):  # a segment went while it was looked at
            return self._written or {}
        return found

    def _tell_end(self) -> None:
        """Note once what the trainer's end has left behind."""
        known = evidence.load(self._directory) or evidence.Life()
        found = msgspec.structs.replace(known, oom_kills=self._kills(known), fault_told=True)
        if found.oom_kills > known.oom_kills:
            self._notes.event(row.Updated("life", {"oom_kills": found.oom_kills}))
        lines = [] if known.fault_told else self._fault()
        if lines:
            self._notes.event(row.Updated("life", {"fault": {"lines": lines}}))
        if lines or found.oom_kills > known.oom_kills:
            self._save(found)

    def _kills(self, known: evidence.Life) -> int:
        """Return how often the kernel has killed in the trainer's control group since it began, as far as that can be seen."""
        if known.boot_id != platform.boot_id() or not known.oom_file:
            return known.oom_kills
        return max(known.oom_kills, (starvation.kills(Path(known.oom_file)) or 0) - known.oom_begun)

    def _fault(self) -> list[str]:
        try:
            with (self._directory / evidence.FAULT_FILE).open("rb") as file:
                return stacks.lines_of(file.read(_FAULT_BYTES_MOST).decode("utf-8", "replace"))
        except OSError:
            return []

    def _save(self, life: evidence.Life) -> None:
        try:
            evidence.save(self._directory, life)
        except OSError as error:
            log.warning("what is known of the trainer's life is not saved: %s", error)
