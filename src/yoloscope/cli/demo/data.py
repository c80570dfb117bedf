"""A real, small detection data set, made in under a second: scanned digits on textured backgrounds, with YOLO labels.

The digits are those that scikit-learn carries (8x8 scans of handwriting); no scan is in both halves, so the validation tells the
truth. The same seed gives the same bytes.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn import datasets

CLASSES = ("zero", "one", "two")
SIZE_PX = 64
SEED = 7
_DIGIT_PX = (16, 34)
_DIGITS_PER_IMAGE = (1, 3)
_TRIES = 20
_GAP_PX = 2

Split = Literal["train", "val"]
Pixels = npt.NDArray[np.float64]
"""Grey pictures ``(height, width)`` with values from 0 to 1."""


class Box(msgspec.Struct, frozen=True):
    """Where a digit stands: class, left, top and width and height in pixels."""

    kind: int
    left: int
    top: int
    width: int
    height: int


def make(folder: Path, *, train: int, val: int, seed: int = SEED) -> Path:
    """Write images, labels and ``data.yaml`` under `folder` and return the path of the latter; existing files are replaced."""
    pools = _digit_pools(seed=seed)
    counts: tuple[tuple[Split, int], ...] = (("train", train), ("val", val))
    for stream, (split, count) in enumerate(counts):
        _write_split(folder, split=split, count=count, pools=pools[split], chance=np.random.default_rng((seed, stream)))
    names = "".join(f"  {index}: {name}\n" for index, name in enumerate(CLASSES))
    description = folder / "data.yaml"
    description.write_text(f"path: {folder.absolute()}\ntrain: images/train\nval: images/val\nnames:\n{names}")
    return description


def _digit_pools(*, seed: int) -> dict[Split, list[list[Pixels]]]:
    """Return the scans of each class, split between training and validation."""
    load = cast("Callable[[], Mapping[str, object]]", datasets.load_digits)
    loaded = load()
    images, targets = cast("Pixels", loaded["images"]), cast("npt.NDArray[np.int64]", loaded["target"])
    order = np.random.default_rng(seed).permutation(len(images))
    pools: dict[Split, list[list[Pixels]]] = {"train": [], "val": []}
    for kind in range(len(CLASSES)):
        members = [images[index] / 16.0 for index in order if targets[index] == kind]
        cut = len(members) * 3 // 4
        pools["train"].append(members[:cut])
        pools["val"].append(members[cut:])
    return pools


def _write_split(
    folder: Path, *, split: Split, count: int, pools: list[list[Pixels]], chance: np.random.Generator
) -> None:
    images, labels = folder / "images" / split, folder / "labels" / split
    for place in (images, labels):
        place.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture, boxes = _scene(pools, chance=chance)
        Image.fromarray((picture * 255).astype(np.uint8)).save(images / f"{number:04d}.png")
        (labels / f"{number:04d}.txt").write_text("".join(_label_line(box) for box in boxes))


def _scene(pools: list[list[Pixels]], *, chance: np.random.Generator) -> tuple[Pixels, list[Box]]:
    """Return a picture with one to three digits that do not overlap, and where they stand."""
    picture = _background(chance=chance)
    boxes: list[Box] = []
    for _ in range(int(chance.integers(*_DIGITS_PER_IMAGE, endpoint=True))):
        kind = int(chance.integers(len(CLASSES)))
        scan = pools[kind][int(chance.integers(len(pools[kind])))]
        ink = _ink(scan, height_px=int(chance.integers(*_DIGIT_PX, endpoint=True)))
        box = _free_place(boxes, kind=kind, ink=ink, chance=chance)
        if box is not None:
            _paste(picture, ink, box=box, brightness=float(chance.uniform(0.8, 1.0)))
            boxes.append(box)
    return np.minimum(np.maximum(picture, 0.0), 1.0), boxes


def _background(*, chance: np.random.Generator) -> Pixels:
    """Return one of four dark textures: noise, stripes, a slope of light, or blotches."""
    rows, columns = np.mgrid[0:SIZE_PX, 0:SIZE_PX] / SIZE_PX
    angle = chance.uniform(0, np.pi)
    along = rows * np.sin(angle) + columns * np.cos(angle)
    noise = chance.normal(0.0, 0.03, (SIZE_PX, SIZE_PX))
    base = chance.uniform(0.1, 0.3)
    textures = (
        noise * 2,
        0.08 * np.sin(2 * np.pi * along * chance.uniform(3, 8)) + noise,
        0.25 * along + noise,
        _blotches(chance=chance) + noise,
    )
    return base + textures[int(chance.integers(len(textures)))]


def _blotches(*, chance: np.random.Generator) -> Pixels:
    coarse = Image.fromarray(chance.uniform(0, 0.25, (6, 6)).astype(np.float32))
    return np.asarray(coarse.resize((SIZE_PX, SIZE_PX), Image.Resampling.BICUBIC), dtype=np.float64)


def _ink(scan: Pixels, *, height_px: int) -> Pixels:
    """Return the scan cut to its ink and enlarged to a height."""
    rows, columns = np.nonzero(scan > 0.1)
    cut = scan[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    width_px = max(6, round(height_px * cut.shape[1] / cut.shape[0]))
    enlarged = Image.fromarray(cut.astype(np.float32)).resize((width_px, height_px), Image.Resampling.BILINEAR)
    return np.asarray(enlarged, dtype=np.float64)


def _free_place(taken: list[Box], *, kind: int, ink: Pixels, chance: np.random.Generator) -> Box | None:
    height, width = (int(size) for size in ink.shape)
    for _ in range(_TRIES):
        left, top = int(chance.integers(SIZE_PX - width)), int(chance.integers(SIZE_PX - height))
        box = Box(kind=kind, left=left, top=top, width=width, height=height)
        if not any(_touch(box, other) for other in taken):
            return box
    return None


def _touch(one: Box, other: Box) -> bool:
    return (
        one.left < other.left + other.width + _GAP_PX
        and other.left < one.left + one.width + _GAP_PX
        and one.top < other.top + other.height + _GAP_PX
        and other.top < one.top + one.height + _GAP_PX
    )


def _paste(picture: Pixels, ink: Pixels, *, box: Box, brightness: float) -> None:
    region = picture[box.top : box.top + box.height, box.left : box.left + box.width]
    region += ink * (brightness - region)


def _label_line(box: Box) -> str:
    centre_x, centre_y = (box.left + box.width / 2) / SIZE_PX, (box.top + box.height / 2) / SIZE_PX
    return f"{box.kind} {centre_x:.6f} {centre_y:.6f} {box.width / SIZE_PX:.6f} {box.height / SIZE_PX:.6f}\n"
