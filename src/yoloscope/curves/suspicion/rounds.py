"""What is kept of many rounds: at most `ROUNDS_MOST`, each row of an older one standing for several looks.

Two neighbouring rounds become one by the mean over their looks, those with the fewest looks first, the oldest of these: so rows stay
spread over the whole training, and a ranking by means stays what it was.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves.suspicion import looks as seeing

ROUNDS_MOST = 16
"""Rows kept a box: 41 bytes each before compression, and as many points of a trajectory as a small picture shows."""
_MEANS = ("epoch", "said", "other", "sure", "iou")


class Kept(NamedTuple):
    """All rows of a record: `looks.VISIT`, `looks.LOOK` and `looks.EXTRA`."""

    visits: seeing.Rows
    looks: seeing.Rows
    extras: seeing.Rows

    @property
    def rounds(self) -> list[int]:
        """The numbers of its rounds, rising."""
        return np.unique(self.visits["round"]).tolist()


def none() -> Kept:
    """Return a record without a row."""
    return Kept(np.zeros(0, seeing.VISIT), np.zeros(0, seeing.LOOK), np.zeros(0, seeing.EXTRA))


def joined(some: Kept, more: Kept) -> Kept:
    """Return the rows of both."""
    return Kept(*(np.concatenate(pair) for pair in zip(some, more, strict=True)))


def where(kept: Kept, images: NDArray[np.int64], *, until: float) -> Kept:
    """Return the rows up to an epoch with new numbers of their pictures; what ``images`` maps to -1 goes."""
    found: list[seeing.Rows] = []
    for rows in kept:
        moved = images[rows["image"]]
        chosen = rows[(moved >= 0) & (rows["epoch"] <= until)]
        chosen["image"] = moved[(moved >= 0) & (rows["epoch"] <= until)]
        found.append(chosen)
    return Kept(*found)


def bounded(kept: Kept) -> Kept:
    """Return the record with neighbouring rounds joined until there are `ROUNDS_MOST`."""
    while len(kept.rounds) > ROUNDS_MOST:
        kept = _halved(kept)
    return kept


def _halved(kept: Kept) -> Kept:
    numbers = kept.rounds
    weight = np.bincount(kept.visits["round"], kept.visits["looks"])[numbers]
    at = int((weight[:-1] + weight[1:]).argmin())
    first, second = numbers[at], numbers[at + 1]
    visits = _split(kept.visits, first, second)
    merged = _mean(visits[0])
    extras = _split(kept.extras, first, second)
    looks = _split(kept.looks, first, second)
    together = Kept(merged, _mean(looks[0]), _mean_extras(extras[0], visits=merged))
    for rows in together:
        rows["round"] = second
    return joined(together, Kept(visits[1], looks[1], extras[1]))


def _split(rows: seeing.Rows, first: int, second: int) -> tuple[seeing.Rows, seeing.Rows]:
    chosen = (rows["round"] == first) | (rows["round"] == second)
    return rows[chosen], rows[~chosen]


def _mean(rows: seeing.Rows) -> seeing.Rows:
    """Return one row for each picture, or box where rows have one: means weighted by looks, all else from the newest."""
    boxes = rows["box"] if "box" in (rows.dtype.names or ()) else np.zeros(len(rows), np.int64)
    rows = rows[np.lexsort((rows["epoch"], boxes, rows["image"]))]
    boxes = rows["box"] if "box" in (rows.dtype.names or ()) else np.zeros(len(rows), np.int64)
    key = rows["image"].astype(np.int64) << 16 | boxes
    _, starts, counts = np.unique(key, return_index=True, return_counts=True)
    found = rows[starts + counts - 1]
    if not len(rows):
        return found
    looks = rows["looks"].astype(np.float64)
    total = np.add.reduceat(looks, starts)
    for name in _MEANS:
        if name in (rows.dtype.names or ()):
            found[name] = np.add.reduceat(rows[name].astype(np.float64) * looks, starts) / total
    found["looks"] = np.minimum(total, np.iinfo(np.uint16).max)
    return found


def _mean_extras(rows: seeing.Rows, *, visits: seeing.Rows) -> seeing.Rows:
    """Return each thing once, as sure as it was in the mean of all looks at its picture; what is hardly seen any more goes."""
    place = dict(
        zip(visits["image"].tolist(), zip(visits["epoch"].tolist(), visits["looks"].tolist(), strict=True), strict=True)
    )
    rows = rows[np.lexsort((-rows["sure"].astype(np.float64), rows["image"]))]
    boxes: list[list[float]] = seeing.unpacked(rows["seen"]).tolist()
    images: list[int] = rows["image"].tolist()
    told: list[float] = (rows["sure"].astype(np.float64) * rows["looks"]).tolist()
    kept: list[int] = []
    sums: list[float] = []
    first_of = 0
    for at, image in enumerate(images):
        if at and image != images[at - 1]:
            first_of = len(kept)
        near = [seeing.overlap(boxes[at], boxes[one]) for one in kept[first_of:]]
        most = max(near, default=0.0)
        if most >= seeing.SAME_IOU:
            sums[first_of + near.index(most)] += told[at]
        else:
            kept.append(at)
            sums.append(told[at])
    found = rows[kept]
    epochs, looks = zip(*(place[images[at]] for at in kept), strict=True) if kept else ((), ())
    found["epoch"], found["looks"], found["sure"] = epochs, looks, np.array(sums) / np.array(looks)
    return found[found["sure"] >= seeing.EXTRA_LEAST]
