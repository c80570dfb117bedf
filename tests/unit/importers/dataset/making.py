"""Small data sets made by hand: images with a form of their own, labels as texts."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

YAML = "path: .\ntrain: images/train\nval: images/val\nnames: [car, bus]\n"


def picture(seed: int, *, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """A picture of soft patches: another one for each seed."""
    patches = np.random.default_rng(seed).integers(0, 255, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


def data_set(root: Path, *, train: Mapping[str, str | None], val: Mapping[str, str | None], yaml: str = YAML) -> Path:
    """Write images and, of those whose text is not `None`, labels; return ``data.yaml``."""
    seed = 0
    for split, labels in (("train", train), ("val", val)):
        for name, text in labels.items():
            seed += 1
            write(root, split, name, picture(seed), text)
    (root / "data.yaml").write_text(yaml)
    return root / "data.yaml"


def write(root: Path, split: str, name: str, image: Image.Image, text: str | None) -> Path:
    images, labels = root / "images" / split, root / "labels" / split
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    image.save(images / f"{name}.jpg", quality=90)
    if text is not None:
        (labels / f"{name}.txt").write_text(text)
    return images / f"{name}.jpg"
