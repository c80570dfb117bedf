"""What a look's measures are compared with: those of all labels that were looked at about the same time; and what a suspect is."""

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves.suspicion import looks as seeing

Kind = Literal["wrong_class", "badly_placed", "nothing_there", "missing_label"]
Doubles = NDArray[np.float64]
KINDS: tuple[Kind, ...] = ("wrong_class", "badly_placed", "nothing_there", "missing_label")
LEAST = -3.0
MOST = 8.0
"""Deviations that one look may count: a label is suspected for many looks, not for one."""
FLOORS: dict[Kind, float] = {"wrong_class": 1.0, "badly_placed": 0.5, "nothing_there": 1.0, "missing_label": 1.0}
"""Least spread by measure: where a model is sure of everything, tiny differences are none."""
FEW = 0.5
"""Looks of usual weight that are added without any suspicion: one bad look is little."""
_WINDOW = 300  # looks that are compared with each other; more where an epoch has more
_NORMAL_90 = 1.2816  # the upper tenth of a normal distribution, in deviations
_TINY = 0.01


class Suspect(msgspec.Struct, frozen=True):
    """A label, or the place of a missing one, that stands out.

    ``box`` is its number on the picture, -1 for a missing one; ``seen`` what the model sees, xyxy in parts of the picture, None for nothing;
    ``sure`` its mean chance; ``trajectory`` holds the epoch and the deviation of each look, within `LEAST` and `MOST`.
    """

    image: int
    box: int
    kind: Kind
    score: float
    looks: int
    seen_class: int
    seen: tuple[float, float, float, float] | None
    sure: float
    trajectory: tuple[tuple[float, float], ...]


class Times(NamedTuple):
    """Rows in the order of their epochs: each stretch of one epoch, and the window of rows that it is compared with."""

    stretches: list[tuple[slice, slice]]

    @classmethod
    def of(cls, epochs: NDArray[np.float32]) -> "Times":
        """Return the stretches of rising epochs."""
        _, starts = np.unique(epochs, return_index=True)
        edges = [*starts.tolist(), len(epochs)]
        return cls([(slice(edges[at], edges[at + 1]), _window(edges, at)) for at in range(len(edges) - 1)])

    def medians(self, values: Doubles) -> Doubles:
        """Return for each row the median of its window."""
        found = np.empty(len(values))
        for own, window in self.stretches:
            found[own] = np.median(values[window])
        return found

    def spreads(self, values: Doubles, *, floor: float) -> tuple[Doubles, Doubles]:
        """Return for each row the median of its window and the spread above it, at least `floor`; the spread is that of a normal distribution's upper half."""
        usual, spread = np.empty(len(values)), np.empty(len(values))
        for own, window in self.stretches:
            middle, high = np.quantile(values[window], (0.5, 0.9))
            usual[own], spread[own] = middle, max((high - middle) / _NORMAL_90, floor)
        return usual, spread


def _window(edges: list[int], at: int) -> slice:
    """Return the stretch with as many neighbours as make up a window, the nearer end first."""
    low, high = at, at + 1
    while edges[high] - edges[low] < _WINDOW and (low > 0 or high < len(edges) - 1):
        before, after = at - low, high - 1 - at
        if low > 0 and (before <= after or high == len(edges) - 1):
            low -= 1
        else:
            high += 1
    return slice(edges[low], edges[high])


def limited(deviations: Doubles) -> Doubles:
    """Return deviations within `LEAST` and `MOST`."""
    return np.minimum(np.maximum(deviations, LEAST), MOST)


def logit(chances: Doubles) -> Doubles:
    """Return the log odds; 0 and 1 are finite."""
    return np.log((chances + _TINY) / (1.0 - chances + _TINY))


def commonest(numbers: NDArray[np.int16]) -> int:
    """Return the number that is there most often, -1 if none is 0 or more."""
    found, counts = np.unique(numbers[numbers >= 0], return_counts=True)
    return int(found[counts.argmax()]) if len(found) else -1


def seen_box(seen: NDArray[np.uint16]) -> tuple[float, float, float, float]:
    """Return a box of a row in parts of the picture."""
    left, top, right, bottom = (round(float(edge), 5) for edge in seeing.unpacked(seen))
    return left, top, right, bottom
