"""From the columns and tags that frameworks write to the names of `records.names`; which learning rate belongs to which parameters."""

import re
from collections.abc import Mapping, Sequence

from yoloscope.records import names

EPOCH, TIME = "epoch", "time"
_BARE = re.compile(r"(?:(train|val)_)?((?:\w+_)?loss)\Z")
_WITHOUT_LOSS = re.compile(r"(train|val)/(box|cls|dfl|obj|seg|pose|kobj)\Z")
_RATE = re.compile(r"(?:lr/pg|x/lr|lr/)(\d{1,3})\Z")
_LOSS_FIRST = re.compile(r"loss_(\w+)\Z")
_YOLOV5 = re.compile(r"x/lr\d+|metrics/mAP_0\.5.*|lr/0|train/obj_loss")
_ULTRALYTICS = re.compile(r"lr/pg\d+|metrics/mAP50.*|metrics/accuracy_top1|metrics/mIoU")
BIAS_FIRST = ("bias", "weight", "bn")
"""YOLOv5 since 6.1 and Ultralytics before 8.4: the optimizer is made of the biases, the others are added."""
BIAS_LAST = ("weight", "bn", "bias")
"""Ultralytics since 8.4."""
_MUON = (*BIAS_LAST, "muon")


def canonical(name: str) -> str:
    """Return the canonical name of a column or tag; learning rates by number stay as they are, see `rates`."""
    if name.startswith("test/"):
        name = f"val/{name[5:]}"
    if match := _BARE.match(name):
        return f"{match[1] or 'train'}/{match[2]}"
    if match := _LOSS_FIRST.match(name):
        part = "box" if match[1] == "bbox" else match[1]
        return f"train/{part}_loss"
    if _WITHOUT_LOSS.match(name):
        return f"{name}_loss"
    return names.canonical_from_plain(name)


def is_usable(name: str) -> bool:
    """Tell whether a column or tag can name a series: it has 1-250 characters, none of which controls anything."""
    return 0 < len(name) <= names.NAME_MAX_CHARS and name.isprintable()


def framework(columns: Sequence[str]) -> str:
    """Return which framework writes such columns: ``yolov5``, ``ultralytics``, or nothing if that cannot be told."""
    if any(_YOLOV5.fullmatch(name) for name in columns):
        return "yolov5"
    return "ultralytics" if any(_ULTRALYTICS.fullmatch(name) for name in columns) else ""


def is_of_training(columns: Sequence[str]) -> bool:
    """Tell whether a table with such columns can be one of a training: it counts epochs and has a loss or a metric."""
    meanings = (names.meaning(canonical(name)).family for name in columns)
    return any(name.lower() == EPOCH for name in columns) and any(family in {"loss", "metric"} for family in meanings)


def rates(columns: Sequence[str], *, version: str, rows: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Return the canonical names of the learning rates among some columns.

    Warm-up tells the biases where they have a rate of their own: it falls while the others rise together. Where all are always equal it does not matter
    which is which, and ``version`` of Ultralytics decides.
    """
    found = sorted((int(match[1]), name) for name in columns if (match := _RATE.match(name)))
    ordered = [name for _, name in found]
    if len(ordered) == 1:
        return {ordered[0]: "lr"}
    return {
        name: f"lr/{role}" for name, role in zip(ordered, _roles(ordered, version=version, rows=rows), strict=False)
    }


def _roles(ordered: Sequence[str], *, version: str, rows: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    if len(ordered) == 3:
        odd = _odd_one(ordered, rows=rows)
        first = _bias_comes_first(ordered, version=version) if odd is None or odd == 1 else odd == 0
        return BIAS_FIRST if first else BIAS_LAST
    if len(ordered) == len(_MUON):
        return _MUON
    if len(ordered) == 2 * len(_MUON):  # each split in two: parts of the head learn three times as fast
        return tuple(f"{role}{again}" for role in _MUON for again in ("", ".1"))
    return tuple(f"pg{at}" for at in range(len(ordered)))


def _bias_comes_first(ordered: Sequence[str], *, version: str) -> bool:
    if not ordered[0].startswith("lr/pg"):
        return True
    parts = re.findall(r"\d+", version)[:2]
    return len(parts) == 2 and (int(parts[0]), int(parts[1])) < (8, 4)


def _odd_one(ordered: Sequence[str], *, rows: Sequence[Mapping[str, float]]) -> int | None:
    """Return which of three columns differs from the other two, which agree; by the first row in which one does."""
    for row in rows:
        first, second, third = (row.get(name) for name in ordered)
        if first is None or second is None or third is None:
            continue
        if first == second != third:
            return 2
        if second == third != first:
            return 0
        if first == third != second:
            return 1
    return None
