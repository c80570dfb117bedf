"""Which pictures are looked at, with what labels, and in which order."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves.suspicion import rounds
from yoloscope.integrations.ultralytics import shapes
from yoloscope.spool import suspects

_SEED = 20261122
_BOXES_A_PICTURE_MOST = 65_535  # a row numbers them in 16 bits


def of_dataset(dataset: object) -> list[suspects.Labels]:
    """Return the labels that a training set holds in memory; empty for a set of another kind, such as one of classes only."""
    parts = cast("Sequence[object]", shapes.attribute(dataset, "datasets", None) or [dataset])
    found: list[suspects.Labels] = []
    for part in parts:
        labels = cast("Sequence[Mapping[str, object]]", shapes.attribute(part, "labels", None) or [])
        found += [_labels(one) for one in labels if _is_usable(one)]
    return found


def _is_usable(label: Mapping[str, object]) -> bool:
    return (
        "im_file" in label
        and "cls" in label
        and label.get("normalized") is True
        and label.get("bbox_format") == "xywh"
        and len(cast("Sequence[object]", label["cls"])) <= _BOXES_A_PICTURE_MOST
    )


def _labels(label: Mapping[str, object]) -> suspects.Labels:
    classes = np.ravel(cast("NDArray[np.float32]", label["cls"])).astype(np.int64)
    box_cxcywh = np.reshape(np.ravel(cast("NDArray[np.float32]", label["bboxes"])), (-1, 4)).astype(np.float32)
    centre, half = box_cxcywh[:, :2], box_cxcywh[:, 2:] / 2
    return suspects.Labels(
        str(label["im_file"]), classes, np.concatenate([centre - half, centre + half], 1).astype(np.float32)
    )


def order(known: Sequence[suspects.Labels], *, boxes_most: int = suspects.BOXES_MOST) -> list[suspects.Labels]:
    """Return the pictures in the order in which they are looked at: mixed, the same each time, as many as hold `boxes_most` boxes."""
    turn: list[int] = np.random.default_rng(_SEED).permutation(len(known)).tolist()
    mixed = [known[at] for at in turn]
    total = np.cumsum([len(one.classes) for one in mixed])
    return mixed[: int(np.searchsorted(total, boxes_most, side="right"))]


def continued(
    earlier: suspects.Record, now: Sequence[suspects.Labels], *, until: float
) -> tuple[list[suspects.Labels], rounds.Kept]:
    """Return the pictures with those least looked at first, and what an earlier record says of those whose labels are still the same.

    ``until`` is the epoch at which the training goes on; what was seen after it belongs to weights that are given up.
    """
    places = {one.path: at for at, one in enumerate(now)}
    new_numbers = np.full(len(earlier.pictures), -1, np.int64)
    for at, one in enumerate(earlier.pictures):
        place = places.get(one.path, -1)
        if place >= 0 and _same(one, now[place]):
            new_numbers[at] = place
    kept = rounds.where(earlier.kept, new_numbers, until=until)
    looked = np.bincount(kept.visits["image"], kept.visits["looks"], minlength=len(now))
    turn = np.argsort(looked, kind="stable")
    back = np.empty(len(now), np.int64)
    back[turn] = np.arange(len(now))
    return [now[at] for at in turn.tolist()], rounds.where(kept, back, until=until)


def _same(some: suspects.Labels, others: suspects.Labels) -> bool:
    return np.array_equal(some.classes, others.classes) and np.array_equal(some.boxes, others.boxes)
