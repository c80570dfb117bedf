"""A detection data set of which a known share of the labels is wrong, in four ways, and how many of a list of suspects are these.

The pictures are the demo's: scanned digits on textured backgrounds. ``hard`` has ten classes instead of three, half the contrast and strong noise.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from yoloscope.cli.demo import data

SHARE = 0.05
KINDS = ("wrong_class", "badly_placed", "missing_label", "nothing_there")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TRIES = 200
Box = tuple[float, float, float, float]


class Label(NamedTuple):
    """One line of a label file: class, and xyxy in parts of the picture."""

    kind: int
    box: Box


class Wrong(NamedTuple):
    """What was made wrong: on which picture, how, and where the label is, or for a missing one was."""

    picture: str
    kind: str
    box: Box


def make(folder: Path, *, images: int, seed: int, hard: bool = False, share: float = SHARE) -> tuple[Path, list[Wrong]]:
    """Write the data set and return its description and what is wrong; one label at most on each picture."""
    usual = data.CLASSES
    data.CLASSES = classes = _DIGITS if hard else usual
    try:
        description = data.make(folder, train=images, val=64, seed=seed)
    finally:
        data.CLASSES = usual
    chance = np.random.default_rng((seed, 99))
    if hard:
        for path in sorted((folder / "images").glob("*/*.png")):
            _fade(path, chance)
    files = sorted((folder / "labels" / "train").glob("*.txt"))
    labels = {path: _read(path) for path in files}
    wanted = round(share * sum(map(len, labels.values())))
    wrong: list[Wrong] = []
    for at in chance.permutation(len(files)):
        path = files[at]
        if len(wrong) < wanted and labels[path]:
            made = _spoil(labels[path], KINDS[len(wrong) % len(KINDS)], chance, classes=len(classes))
            if made is not None:
                wrong.append(Wrong(path.stem, KINDS[len(wrong) % len(KINDS)], made))
                path.write_text("".join(map(_line, labels[path])))
    (folder / "wrong.json").write_text(json.dumps(wrong))
    return description, wrong


def hits(suspects: Sequence[Wrong], wrong: Sequence[Wrong]) -> list[bool]:
    """Tell of each suspect, in order, whether it names a wrong label that none before it named; how it says that it is wrong does not count."""
    left = list(wrong)
    found: list[bool] = []
    for one in suspects:
        limit = 0.5 if one.kind == "missing_label" else 0.99  # a label is named by its box, a missing one by its place
        same = next((w for w in left if w.picture == one.picture and overlap(w.box, one.box) >= limit), None)
        found.append(same is not None)
        if same is not None:
            left.remove(same)
    return found


def overlap(some: Box, other: Box) -> float:
    """Return the IoU of two boxes."""
    width = min(some[2], other[2]) - max(some[0], other[0])
    height = min(some[3], other[3]) - max(some[1], other[1])
    common = max(0.0, width) * max(0.0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (some, other)]
    return common / (sum(areas) - common)


def _spoil(labels: list[Label], kind: str, chance: np.random.Generator, *, classes: int) -> Box | None:
    """Make one label wrong and return its box; None if this picture has no room for it."""
    at = int(chance.integers(len(labels)))
    label = labels[at]
    if kind == "wrong_class":
        other = (label.kind + 1 + int(chance.integers(classes - 1))) % classes
        labels[at] = Label(other, label.box)
        return label.box
    if kind == "missing_label":
        del labels[at]
        return label.box
    moved = _moved(label.box, chance) if kind == "badly_placed" else _nowhere(labels, chance)
    if moved is None:
        return None
    if kind == "badly_placed":
        labels[at] = Label(label.kind, moved)
    else:
        labels.append(Label(int(chance.integers(classes)), moved))
    return moved


def _moved(box: Box, chance: np.random.Generator) -> Box | None:
    """Return a box that is shifted by a third to two thirds of its size, or half or twice as large; it overlaps the true one by less than half."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    for _ in range(_TRIES):
        if chance.random() < 0.5:
            angle, far = chance.uniform(0, 2 * np.pi), chance.uniform(0.35, 0.7)
            x, y = far * width * np.cos(angle), far * height * np.sin(angle)
            found = (left + x, top + y, right + x, bottom + y)
        else:
            times = chance.uniform(0.45, 0.65) if chance.random() < 0.5 else chance.uniform(1.5, 2.0)
            x, y = (left + right) / 2, (top + bottom) / 2
            found = (x - width * times / 2, y - height * times / 2, x + width * times / 2, y + height * times / 2)
        if min(found) >= 0 and max(found) <= 1 and overlap(found, box) < 0.5:
            return found[0], found[1], found[2], found[3]
    return None


def _nowhere(labels: Sequence[Label], chance: np.random.Generator) -> Box | None:
    for _ in range(_TRIES):
        width, height = chance.uniform(0.2, 0.5, 2)
        left, top = chance.uniform(0, 1 - width), chance.uniform(0, 1 - height)
        found = float(left), float(top), float(left + width), float(top + height)
        if all(overlap(found, label.box) < 0.02 for label in labels):
            return found
    return None


def _fade(path: Path, chance: np.random.Generator) -> None:
    with Image.open(path) as picture:
        pixels = np.asarray(picture, dtype=np.float64)
    noisy = 40 + 0.45 * pixels + chance.normal(0, 18, pixels.shape)
    Image.fromarray(np.minimum(np.maximum(noisy, 0), 255).astype(np.uint8)).save(path)


def _read(path: Path) -> list[Label]:
    found: list[Label] = []
    for line in path.read_text().splitlines():
        kind, x, y, width, height = map(float, line.split())
        found.append(Label(int(kind), (x - width / 2, y - height / 2, x + width / 2, y + height / 2)))
    return found


def _line(label: Label) -> str:
    left, top, right, bottom = label.box
    return f"{label.kind} {(left + right) / 2:.6f} {(top + bottom) / 2:.6f} {right - left:.6f} {bottom - top:.6f}\n"
