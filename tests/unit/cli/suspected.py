"""A spool with looks at pictures that are there, as a training leaves it; for the tests of the list, the page and the browser."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "curves"))

import suspicions

from yoloscope.curves.suspicion import rounds
from yoloscope.sdk import run as runs
from yoloscope.spool import suspects

TITLES = {0: "zero", 1: "one", 2: "two"}


def leave(root: Path, *, kept: rounds.Kept | None, name: str = "first", head: bool = True) -> Path:
    """Leave an offline run with looks, or with the head alone; return its directory. ``YOLOSCOPE_DIR`` says where spools lie."""
    run = runs.init(project="signs", name=name, mode="offline")
    run.log({"loss": 1.0}, step=0)
    run.finish()
    assert run.directory is not None
    if head:
        suspects.create(run.directory, followed(root, run.id), kept)
    return run.directory


def followed(root: Path, run: str) -> suspects.Followed:
    """Return the head for pictures in a folder, which are made."""
    folder = root / "images"
    folder.mkdir(parents=True, exist_ok=True)
    pictures: list[suspects.Labels] = []
    for number, classes in enumerate(suspicions.labels()):
        path = folder / f"{number:03d}.png"
        pixels = np.random.default_rng(number).integers(0, 255, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        pictures.append(suspects.Labels(str(path), classes, suspicions.BOXES))
    return suspects.followed(run, imgsz=64, titles=TITLES, pictures=pictures, pictures_of=len(pictures))
