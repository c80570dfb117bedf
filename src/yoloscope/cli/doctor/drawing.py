"""The few curves that a report shows, gathered while rows go by, and how they are drawn with letters."""

import math
from collections.abc import Sequence

import msgspec

from yoloscope.diagnose import view

SHOWN = ("metrics/mAP50-95", "metrics/mAP50", "train/total", "val/total")
MOST_POINTS = 5_000
"""Epochs of a curve; of a longer training the first."""
_LEVELS = "▁▂▃▄▅▆▇█"
_PLAIN_LEVELS = "_.-~=+*#"
"""For consoles that lack blocks."""


class Curve(msgspec.Struct):
    """A series by epoch; values may be NaN."""

    name: str
    epochs: list[int]
    values: list[float]

    @property
    def best(self) -> tuple[int, float] | None:
        """The epoch and the value of the best epoch: the highest metric, the lowest loss; ``None`` if no value is a number.

        A loss of 0 is that of an epoch in which nothing was found to measure it by, unless there is no other.
        """
        numbers = [
            (epoch, value) for epoch, value in zip(self.epochs, self.values, strict=True) if math.isfinite(value)
        ]
        if not numbers:
            return None
        if self.name.startswith("metrics/"):
            return max(numbers, key=lambda pair: pair[1])
        return min([pair for pair in numbers if pair[1] > 0] or numbers, key=lambda pair: pair[1])


class Gathering:
    """Looks at a view after each row and keeps what the newest epoch was."""

    def __init__(self) -> None:
        self._curves = {name: Curve(name, [], []) for name in SHOWN}
        self._epoch = 0

    def look(self, at: view.View) -> None:
        """Take the values of the newest complete epoch, if it is a new one; an epoch that is trained again takes the place of the older."""
        if at.epoch == self._epoch:
            return
        self._epoch = at.epoch
        for name, curve in self._curves.items():
            series = at.series(name)
            if series is not None and len(curve.epochs) < MOST_POINTS:
                while curve.epochs and curve.epochs[-1] >= at.epoch:
                    curve.epochs.pop()
                    curve.values.pop()
                curve.epochs.append(at.epoch)
                curve.values.append(series.last)

    def all(self) -> list[Curve]:
        """Return the curves that have values."""
        return [curve for curve in self._curves.values() if curve.epochs]


def spark(values: Sequence[float], *, width: int, can_blocks: bool) -> str:
    """Return a curve as one line of at most `width` letters, each the mean of its stretch; what is no number is an ×."""
    letters = _LEVELS if can_blocks else _PLAIN_LEVELS
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    count = min(width, len(values))
    drawn: list[str] = []
    for place in range(count):
        part = [
            value
            for value in values[place * len(values) // count : max((place + 1) * len(values) // count, 1)]
            if math.isfinite(value)
        ]
        if not part:
            drawn.append("×" if can_blocks else "x")
            continue
        share = (sum(part) / len(part) - low) / (high - low) if high > low else 0.0
        drawn.append(letters[min(int(share * len(letters)), len(letters) - 1)])
    return "".join(drawn)
