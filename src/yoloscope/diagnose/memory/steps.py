"""What is remembered of the batches: newest values, medians of four, and which of the last 1,000 bore a mark."""

from collections.abc import Mapping

import numpy as np

from yoloscope.diagnose import thresholds as t
from yoloscope.diagnose import view
from yoloscope.diagnose.memory import blocks, stream

TOTAL, NORM, BATCH, DATA, SCALE = "train/total", "grad/norm", "time/batch_s", "time/data_s", "amp/scale"
BROKEN_WEIGHTS = "weights/nonfinite"
BLOCKED = (TOTAL, NORM, BATCH, DATA)
COMPONENTS = 4
"""Parts of the loss with medians of their own."""
MARKED = 1_000
_MASK = (1 << MARKED) - 1


class Steps:
    """Implements `view.Steps`. A mark is a bit, shifted by one for each batch since."""

    def __init__(self) -> None:
        self.step = -1
        self.seen = 0
        self._newest: Mapping[str, float] = {}
        self._blocks: dict[str, blocks.Medians] = {}
        self._marks: dict[str, tuple[int, int]] = {}
        self._ordinal = 0
        self._scale = 0.0

    def begin(self) -> None:
        """Begin an attempt: its batches are compared with none before, what was marked stays."""
        self.seen = 0
        self._newest = {}
        self._blocks = {}
        self._scale = 0.0

    def take(self, step: int, values: Mapping[str, float], *, total: float | None, components: tuple[str, ...]) -> bool:
        """Take a batch, or more of the same batch; return whether something in it cannot wait to be looked at."""
        if step == self.step and self.seen:
            self._newest = {**self._newest, **values}
        else:
            self.step = step
            self.seen += 1
            self._ordinal += 1
            self._newest = values
        is_urgent = self._mark(values, total)
        if total is not None:
            self._add(TOTAL, total)
        for name in (NORM, BATCH, DATA, *components):
            value = values.get(name)
            if value is not None:
                self._add(name, value)
        return is_urgent

    def _add(self, name: str, value: float) -> None:
        found = self._blocks.get(name)
        if found is None:
            found = self._blocks[name] = blocks.Medians()
        found.add(value)

    def _mark(self, values: Mapping[str, float], total: float | None) -> bool:
        """Mark what this batch was, against the batches before it."""
        is_urgent = bool(values.get(BROKEN_WEIGHTS))
        if total is not None and self._is_far(TOTAL, total, t.N14_RATIO, t.N14_Z, after=t.N14_FROM_STEP):
            self._set("spike")
            is_urgent = True
        norm = values.get(NORM)
        if norm is not None:
            if not norm <= t.N06_NORM:
                self._set("clipped")
            if self._is_far(NORM, norm, t.N05_RATIO, t.N05_Z, after=t.N05_FROM_STEP):
                self._set("explosion")
                is_urgent = True
        batch, data = values.get(BATCH), values.get(DATA)
        if batch is not None:
            self._mark_times(batch, data)
        scale = values.get(SCALE)
        if scale is not None:
            if scale < self._scale:
                self._set("overflow")
                is_urgent = True
            self._scale = scale
        return is_urgent

    def _mark_times(self, batch: float, data: float | None) -> None:
        if data is not None and data > t.S01_SHARE * (data + batch):
            self._set("data_wait")
        usual = self.median(BATCH)
        if usual is not None and batch > t.S03_OUTLIER * usual:
            self._set("slow_step")

    def _is_far(self, name: str, value: float, ratio: float, z: float, *, after: int) -> bool:
        """Tell whether a value is far above its median in both ways; NaN and infinities are another rule's."""
        found = self._blocks.get(name)
        if found is None or self.seen <= after or value - value != 0.0:
            return False
        usual = found.median()
        return usual is not None and value > ratio * usual and found.z_log(value) > z

    def _set(self, key: str) -> None:
        bits, at = self._marks.get(key, (0, 0))
        self._marks[key] = (bits << (self._ordinal - at) & _MASK | 1, self._ordinal)

    def now(self, name: str, /) -> float | None:
        """Return the value of the newest batch."""
        value = self._newest.get(name)
        return None if value is None else stream.kept(value)

    def blocks(self, name: str, /) -> view.Floats:
        """Return the medians of blocks of 4 batches, oldest first."""
        found = self._blocks.get(name)
        return np.zeros(0) if found is None else blocks.floats(found.values)

    def median(self, name: str, /) -> float | None:
        """Return the median of the blocks."""
        found = self._blocks.get(name)
        return None if found is None else found.median()

    def sigma_log(self, name: str, /) -> float | None:
        """Return the robust deviation of the blocks' logarithms."""
        found = self._blocks.get(name)
        return None if found is None else found.sigma_log()

    def count(self, key: str, /) -> int:
        """Return how many of the last 1,000 batches bear a mark."""
        bits, at = self._marks.get(key, (0, 0))
        return (bits << min(self._ordinal - at, MARKED) & _MASK).bit_count()

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads."""
        into.integers += (self.step, self.seen, self._ordinal)
        into.doubles.append(self._scale)
        into.names(self._newest)
        into.fine.extend(map(stream.kept, self._newest.values()))
        into.names(self._blocks)
        for found in self._blocks.values():
            found.save(into)
        into.names(self._marks)
        for bits, at in self._marks.values():
            into.integers.append(at)
            into.texts.append(f"{bits:x}")

    @classmethod
    def restored(cls, of: stream.Reader) -> "Steps":
        """Return the steps that were saved."""
        steps = cls()
        steps.step, steps.seen, steps._ordinal = (of.integer() for _ in range(3))
        steps._scale = of.double()
        steps._newest = {name: of.fine() for name in of.names()}
        steps._blocks = {name: blocks.Medians.restored(of) for name in of.names()}
        steps._marks = {key: _mark(of) for key in of.names()}
        return steps


def _mark(of: stream.Reader) -> tuple[int, int]:
    at = of.integer()
    return int(of.text(), 16), at
