"""The epoch that is open: what its rows add up to until it is complete. The one place that is passed for every value of every row."""

import math
from collections.abc import Mapping

import msgspec

from yoloscope.diagnose.memory import naming, readings, stream


class Slot:
    """What one name gathered since the last epoch was complete."""

    __slots__ = ("bad", "count", "last", "named", "total")

    def __init__(self, named: naming.Named) -> None:
        self.named = named
        self.total = 0.0
        self.count = self.bad = 0
        self.last = 0.0

    @property
    def value(self) -> float:
        """The value of the epoch; NaN if it is a mean and nothing was finite."""
        if self.named.way == "mean":
            return self.total / self.count if self.count else math.nan
        return stream.kept(self.last)

    def clear(self) -> None:
        """Begin a new epoch."""
        self.total = self.last = 0.0
        self.count = self.bad = 0


class Shape(msgspec.Struct, frozen=True):
    """What rows of one set of names are; made at the first of them."""

    slots: tuple[Slot | None, ...]
    readings: tuple[tuple[str, readings.Reading], ...]
    components: tuple[str, ...]
    total: tuple[str, ...]
    """The names whose sum is the loss of a batch; none if the row lacks one of them."""
    is_batch: bool
    is_training: bool
    has_readings: bool


def gather(slots: tuple[Slot | None, ...], values: Mapping[str, float]) -> bool:
    """Add a row; return whether all of it was finite."""
    is_finite = True
    for slot, value in zip(slots, values.values(), strict=True):
        if slot is None:
            continue
        slot.last = value
        if value - value == 0.0:
            slot.total += value
            slot.count += 1
        else:
            slot.bad += 1
            is_finite = False
    return is_finite


def save(slots: Mapping[str, Slot], into: stream.Writer) -> None:
    """Write what `restored` reads."""
    filled = [(name, slot) for name, slot in sorted(slots.items()) if slot.count or slot.bad]
    into.names(name for name, _ in filled)
    for _, slot in filled:
        if slot.named.way == "mean":
            into.doubles.append(slot.total)
            into.integers += (slot.count, slot.bad)
        else:
            into.fine.append(stream.kept(slot.last))
            into.integers.append(min(slot.bad, 1))


def restored(of: stream.Reader) -> dict[str, Slot]:
    """Return the slots that were saved."""
    slots: dict[str, Slot] = {}
    for name in of.names():
        named = naming.named(name)
        assert named is not None
        slot = slots[name] = Slot(named)
        if named.way == "mean":
            slot.total, slot.count, slot.bad = of.double(), of.integer(), of.integer()
        else:
            slot.last, slot.bad = of.fine(), of.integer()
            slot.count = 1
    return slots
