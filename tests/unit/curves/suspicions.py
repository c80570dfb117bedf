"""Records of looks at labels as tests need them: a model that is right about most, and contradicts some."""

import numpy as np

from yoloscope.curves.suspicion import looks as seeing
from yoloscope.curves.suspicion import rounds

PICTURES = 60
CLASSES = 3
BOXES = np.array([[0.1, 0.1, 0.4, 0.4], [0.6, 0.5, 0.9, 0.9]], np.float32)


def labels() -> list[np.ndarray]:
    """Return the classes of each picture: two boxes on each, classes in turn."""
    return [np.array([number % CLASSES, (number + 1) % CLASSES], np.int64) for number in range(PICTURES)]


def predictions(number: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return what a good model predicts: each box nearly, its class surely, and noise that is hardly anything."""
    boxes = np.concatenate([BOXES + chance.normal(0, 0.008, BOXES.shape), chance.uniform(0, 1, (8, 4))]).astype(
        np.float32
    )
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 0.02)
    chances = chance.uniform(0, 0.03, (10, CLASSES)).astype(np.float32)
    for at, klass in enumerate(labels()[number]):
        chances[at, klass] = chance.uniform(0.7, 0.95)
    return boxes, chances


def spoil(number: int, boxes: np.ndarray, chances: np.ndarray) -> None:
    """Have the model contradict the labels of four pictures: class, place, nothing there, missing."""
    klass = labels()[number][0]
    if number == 7:
        chances[0, klass], chances[0, (klass + 1) % CLASSES] = 0.04, 0.9
    elif number == 17:
        boxes[0] += np.array([0.12, 0.12, 0.2, 0.2], np.float32)
    elif number == 27:
        chances[0, klass] = 0.005
    elif number == 37:
        boxes[2], chances[2, 1] = (0.1, 0.6, 0.3, 0.85), 0.85


WRONG = {(7, 0, "wrong_class"), (17, 0, "badly_placed"), (27, 0, "nothing_there"), (37, -1, "missing_label")}


def record(epochs: int = 4, *, seed: int = 0, spoilt_in: frozenset[int] | None = None) -> rounds.Kept:
    """Return looks at every picture in each epoch; the four are contradicted in all epochs or in those named."""
    chance = np.random.default_rng(seed)
    parts: list[rounds.Kept] = []
    for epoch in range(1, epochs + 1):
        for number in range(PICTURES):
            boxes, chances = predictions(number, chance)
            if spoilt_in is None or epoch in spoilt_in:
                spoil(number, boxes, chances)
            parts.append(one_look(number, boxes, chances, epoch=epoch))
    return rounds.Kept(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def one_look(number: int, boxes: np.ndarray, chances: np.ndarray, *, epoch: float) -> rounds.Kept:
    """Return the rows of a look as the integration makes them."""
    looks, extras = seeing.look(boxes, chances, truth=BOXES, classes=labels()[number])
    rows = rounds.Kept(np.zeros(1, seeing.VISIT), looks, extras)
    for some in rows:
        some["image"], some["round"], some["epoch"], some["looks"] = number, int(epoch), epoch, 1
    return rows
