"""Labels as YOLO writes them, and what is done to them on purpose."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.diagnosis import jobs

NEAR_ONE = 0.999


class Box(NamedTuple):
    """One labelled object; centre and size are shares of the picture."""

    kind: int
    x: float
    y: float
    width: float
    height: float

    def line(self) -> str:
        """Return its line of a label file, within the picture."""
        numbers = [min(max(value, 1e-4), NEAR_ONE) for value in self[1:]]
        return f"{self.kind} " + " ".join(f"{value:.6f}" for value in numbers) + "\n"


def drawn_class(asked: jobs.Pictures, chance: np.random.Generator) -> int:
    """Return a class by chance; where one is to be rare, the last has so small a share of the most frequent."""
    rare = next((flaw.share for flaw in asked.flaws if flaw.kind == "rare"), 1.0)
    weights = np.ones(asked.classes)
    weights[-1] = rare
    return int(chance.choice(asked.classes, p=weights / weights.sum()))


def flawed(boxes: Sequence[Box], flaws: Sequence[jobs.Flaw], *, classes: int, chance: np.random.Generator) -> list[Box]:
    """Return the boxes of an image as they are written down."""
    found = list(boxes)
    for flaw in flaws:
        change = _CHANGES.get(flaw.kind)
        if change is not None:
            found = [new for box in found if (new := change(box, flaw.share, classes, chance)) is not None]
    return found


def _shift(box: Box, share: float, _classes: int, _chance: np.random.Generator) -> Box:
    """Move a box right and down by a share of its size."""
    return box._replace(x=box.x + share * box.width, y=box.y + share * box.height)


def _swap(box: Box, share: float, _classes: int, chance: np.random.Generator) -> Box:
    """Write the corners of a box where its centre and size belong."""
    if chance.uniform() >= share:
        return box
    half_width, half_height = box.width / 2, box.height / 2
    return Box(box.kind, box.x - half_width, box.y - half_height, box.x + half_width, box.y + half_height)


def _permute(box: Box, share: float, classes: int, chance: np.random.Generator) -> Box:
    """Give a box another class by chance."""
    return (
        box if chance.uniform() >= share else box._replace(kind=(box.kind + int(chance.integers(1, classes))) % classes)
    )


def _drop(box: Box, share: float, _classes: int, chance: np.random.Generator) -> Box | None:
    return None if chance.uniform() < share else box


_CHANGES: Mapping[str, Callable[[Box, float, int, np.random.Generator], Box | None]] = {
    "shift": _shift,
    "swap": _swap,
    "permute": _permute,
    "drop": _drop,
}
