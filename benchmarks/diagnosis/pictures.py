"""Generated detection sets: digits or outlined shapes on textures, of as many images, classes and sizes as asked, with the flaws that are asked for.

The same description makes the same bytes.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.diagnosis import jobs, labels

SIZE_PX = 64
_TRIES = 20
_GAP_PX = 3

Pixels = NDArray[np.float64]
Draw = Callable[[int, int, np.random.Generator], Pixels]
"""Takes class, height in pixels and chance; returns how much of each pixel is covered, ``(h, w)`` in [0, 1]."""


class Scene(NamedTuple):
    """A picture ``(64, 64, 3)`` in [0, 1] and its boxes."""

    picture: Pixels
    boxes: tuple[labels.Box, ...]


def make(folder: Path, asked: jobs.Pictures) -> Path:
    """Write a data set and return its ``data.yaml``; one that is there already is taken as it is."""
    if (folder / "data.yaml").is_file():
        return folder / "data.yaml"
    shutil.rmtree(folder, ignore_errors=True)
    chance = np.random.default_rng([asked.seed, asked.look == "shapes"])
    train = [_scene(asked, chance) for _ in range(asked.train)]
    fair = msgspec.structs.replace(asked, flaws=tuple(flaw for flaw in asked.flaws if flaw.kind != "rare"))
    val = [_scene(fair, chance) for _ in range(asked.val)]
    val = _shrunk(asked, val)
    leaked = round(len(val) * _share(asked, "leak"))
    val = train[:leaked] + val[leaked:]
    _write(folder, "train", train, asked)
    _write(folder, "val", val, asked)
    names = "\n".join(f"  {at}: c{at}" for at in range(asked.classes))
    (folder / "data.yaml").write_text(
        f"path: {folder.absolute()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n"
    )
    return folder / "data.yaml"


def _share(asked: jobs.Pictures, kind: str) -> float:
    return next((flaw.share for flaw in asked.flaws if flaw.kind == kind), 0.0)


def _shrunk(asked: jobs.Pictures, val: Sequence[Scene]) -> list[Scene]:
    """Return validation scenes with objects that are smaller by a factor."""
    factor = _share(asked, "shrink")
    if not factor:
        return list(val)
    chance = np.random.default_rng([asked.seed, 2])
    low, high = (max(4, round(height * factor)) for height in asked.height_px)
    return [_scene(asked, chance, height_px=(low, high)) for _ in val]


def _write(folder: Path, split: str, scenes: Sequence[Scene], asked: jobs.Pictures) -> None:
    images, texts = folder / "images" / split, folder / "labels" / split
    images.mkdir(parents=True)
    texts.mkdir(parents=True)
    chance = np.random.default_rng([asked.seed, 3, split == "val"])
    flaws = [flaw for flaw in asked.flaws if flaw.split == split]
    for number, scene in enumerate(scenes):
        boxes = labels.flawed(scene.boxes, flaws, classes=asked.classes, chance=chance)
        picture = np.clip(scene.picture, 0.0, 1.0) * 255
        Image.fromarray(picture.astype(np.uint8)).save(images / f"{number:04d}.png")
        (texts / f"{number:04d}.txt").write_text("".join(box.line() for box in boxes))


def _scene(asked: jobs.Pictures, chance: np.random.Generator, *, height_px: tuple[int, int] | None = None) -> Scene:
    draw = _digit if asked.look == "digits" else _shape
    picture = _background(asked, chance)
    taken: list[tuple[int, int, int, int]] = []
    boxes: list[labels.Box] = []
    count = 0 if chance.uniform() < asked.backgrounds else int(chance.integers(1, asked.objects, endpoint=True))
    for _ in range(count):
        kind = labels.drawn_class(asked, chance)
        cover = draw(kind, int(chance.integers(*(height_px or asked.height_px), endpoint=True)), chance)
        place = _free_place(taken, cover.shape, chance)
        if place is None:
            continue
        left, top = place
        height, width = cover.shape
        taken.append((left, top, width, height))
        colour = chance.uniform(0.75, 1.0, 3) if asked.look == "digits" else _bright(chance)
        region = picture[top : top + height, left : left + width]
        region += cover[..., None] * (colour - region)
        centre = ((left + width / 2) / SIZE_PX, (top + height / 2) / SIZE_PX)
        boxes.append(labels.Box(kind, *centre, width / SIZE_PX, height / SIZE_PX))
    return Scene(picture, tuple(boxes))


def _bright(chance: np.random.Generator) -> Pixels:
    colour = chance.uniform(0.2, 1.0, 3)
    colour[int(chance.integers(3))] = 1.0
    return colour


def _background(asked: jobs.Pictures, chance: np.random.Generator) -> Pixels:
    """Return a dark texture: stripes, slopes and blotches beneath digits; tinted checks, rings and slopes beneath shapes."""
    rows, columns = np.mgrid[0:SIZE_PX, 0:SIZE_PX] / SIZE_PX
    angle, waves = chance.uniform(0, np.pi), chance.uniform(2, 6)
    along = rows * np.sin(angle) + columns * np.cos(angle)
    blotches = Image.fromarray(chance.uniform(0, 1, (6, 6)).astype(np.float32))
    smooth = np.asarray(blotches.resize((SIZE_PX, SIZE_PX), Image.Resampling.BICUBIC), dtype=np.float64)
    checks = ((rows * waves).astype(int) + (columns * waves).astype(int)) % 2
    rings = 0.5 + 0.5 * np.sin(20 * np.hypot(rows - 0.5, columns - 0.5) * waves / 3)
    kinds = (along, 0.5 + 0.5 * np.sin(2 * np.pi * along * waves), smooth)
    kinds = kinds if asked.look == "digits" else (along, checks, rings)
    texture = 0.12 + 0.22 * kinds[int(chance.integers(len(kinds)))]
    tint = np.ones(3) if asked.look == "digits" else chance.uniform(0.5, 1.0, 3)
    return texture[..., None] * tint + chance.normal(0.0, asked.noise, (SIZE_PX, SIZE_PX, 3))


def _free_place(
    taken: Sequence[tuple[int, int, int, int]], shape: tuple[int, ...], chance: np.random.Generator
) -> tuple[int, int] | None:
    height, width = shape
    for _ in range(_TRIES):
        left, top = int(chance.integers(SIZE_PX - width)), int(chance.integers(SIZE_PX - height))
        if not any(
            left < x + w + _GAP_PX
            and x < left + width + _GAP_PX
            and top < y + h + _GAP_PX
            and y < top + height + _GAP_PX
            for x, y, w, h in taken
        ):
            return left, top
    return None


_scans: dict[int, list[Pixels]] = {}


def _digit(kind: int, height_px: int, chance: np.random.Generator) -> Pixels:
    if not _scans:
        from sklearn import datasets  # noqa: PLC0415  # the judged sets need none

        read = datasets.load_digits()
        for image, target in zip(read.images, read.target, strict=True):
            _scans.setdefault(int(target), []).append(image / 16.0)
    scan = _scans[kind][int(chance.integers(len(_scans[kind])))]
    rows, columns = np.nonzero(scan > 0.1)
    cut = scan[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    width_px = max(4, round(height_px * cut.shape[1] / cut.shape[0]))
    enlarged = Image.fromarray(cut.astype(np.float32)).resize((width_px, height_px), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(enlarged, dtype=np.float64), 0.0, 1.0)


def _shape(kind: int, height_px: int, chance: np.random.Generator) -> Pixels:
    """Return a ring, a triangle, a cross, a filled square or two bars, outlined three pixels wide, four times as fine as it is shown."""
    fine = 4
    size = (round(height_px * chance.uniform(0.8, 1.25)) * fine, height_px * fine)
    size = (max(size[0], 4 * fine), max(size[1], 4 * fine))
    canvas = Image.new("L", size)
    pen, (right, bottom), wide = ImageDraw.Draw(canvas), (size[0] - 1, size[1] - 1), max(2, size[1] // 6)
    if kind == 0:
        pen.ellipse((0, 0, right, bottom), outline=255, width=wide)
    elif kind == 1:
        pen.polygon(((right / 2, 0), (right, bottom), (0, bottom)), fill=255)
    elif kind == 2:
        pen.rectangle((right / 2 - wide, 0, right / 2 + wide, bottom), fill=255)
        pen.rectangle((0, bottom / 2 - wide, right, bottom / 2 + wide), fill=255)
    elif kind == 3:
        pen.rectangle((0, 0, right, bottom), fill=255)
    else:
        pen.rectangle((0, 0, wide, bottom), fill=255)
        pen.rectangle((right - wide, 0, right, bottom), fill=255)
    shown = canvas.resize((size[0] // fine, size[1] // fine), Image.Resampling.BOX)
    return np.asarray(shown, dtype=np.float64) / 255
