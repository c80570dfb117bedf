"""What producers cost, and which one is looked at less often when they cost too much."""

import time
from collections.abc import Mapping, MutableMapping
from types import TracebackType

from yoloscope.integrations.ultralytics.producers import sampling

SHARE_MOST = 0.05
"""Of the validation's own time, for all producers of an epoch together: what nobody would switch them off for."""
FLOOR_S = 0.25
"""Seconds an epoch that are always allowed: nobody waits for them, and a validation of a few pictures is no measure."""
BACK_BELOW = 0.8
"""A producer is looked at more often again if all would then take less than this part of what is allowed."""
STRETCH_MOST = 16


class Meter:
    """Wall seconds by producer since the last `take`; waiting for the GPU counts for whoever waits."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def of(self, name: str) -> "Lap":
        """Measure a block for a producer."""
        return Lap(self.seconds, name)

    @property
    def total_s(self) -> float:
        """What all took together since the last `take`."""
        return sum(self.seconds.values())

    def take(self) -> dict[str, float]:
        """Return the seconds by producer and begin again."""
        taken, self.seconds = self.seconds, {}
        return taken


class Lap:
    """One measured block; a class, because a generator costs five times as much."""

    def __init__(self, seconds: MutableMapping[str, float], name: str) -> None:
        self._seconds = seconds
        self._name = name
        self._from = time.perf_counter()

    def __enter__(self) -> None:
        self._from = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = time.perf_counter() - self._from
        self._seconds[self._name] = self._seconds.get(self._name, 0.0) + took


class Budget:
    """Keeps all producers together within `SHARE_MOST` of a validation's time, averaged over the epochs between two looks.

    A first look is not judged: it pays for imports. Nor is one epoch alone: somebody else may have used the machine.
    """

    def __init__(self) -> None:
        self._looks: dict[str, int] = {}
        self.cost_s: dict[str, float] = {}
        """What the last look of each took."""
        self._was_too_much = False

    def judge(
        self, spent: Mapping[str, float], *, validation_s: float, clocks: Mapping[str, sampling.Clock]
    ) -> str | None:
        """Take what an epoch's producers took; returns the one that is looked at half as often from here on, if any."""
        for name, seconds in spent.items():
            self._looks[name] = self._looks.get(name, 0) + 1
            if self._looks[name] > 1 and name in clocks:
                self.cost_s[name] = seconds
        an_epoch = {name: cost / clocks[name].spacing for name, cost in self.cost_s.items() if name in clocks}
        allowed_s, total_s = max(FLOOR_S, SHARE_MOST * validation_s), sum(an_epoch.values())
        was_too_much, self._was_too_much = self._was_too_much, total_s > allowed_s
        if total_s > allowed_s:
            return _thin(an_epoch, clocks=clocks) if was_too_much else None
        _bring_back(an_epoch, clocks=clocks, room_s=allowed_s * BACK_BELOW - total_s)
        return None


def _thin(an_epoch: Mapping[str, float], *, clocks: Mapping[str, sampling.Clock]) -> str | None:
    can = [name for name in an_epoch if clocks[name].stretch < STRETCH_MOST]
    if not can:
        return None
    costliest = max(can, key=lambda name: an_epoch[name])
    clocks[costliest].stretch *= 2
    return costliest


def _bring_back(an_epoch: Mapping[str, float], *, clocks: Mapping[str, sampling.Clock], room_s: float) -> None:
    """Halve the stretch of the cheapest that has one, if there is room for what it then costs more: as much again."""
    stretched = [name for name in an_epoch if clocks[name].stretch > 1]
    cheapest = min(stretched, key=lambda name: an_epoch[name], default=None)
    if cheapest is not None and an_epoch[cheapest] <= room_s:
        clocks[cheapest].stretch //= 2
