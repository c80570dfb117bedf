"""Models and data sets of the other tasks, made of the detector's: octagons or two key points for boxes, pictures by class. Used by tests."""

import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

MODEL = Path(os.environ["TEST_MODEL"])
HEADS = {
    "segment": "[[9, 12], 1, Segment, [nc, 8, 16]]",
    "pose": "[[9, 12], 1, Pose, [nc, kpt_shape]]",
}


def with_head(task: str, output: Path) -> Path:
    lines = MODEL.read_text().splitlines()
    path = output / f"{task}.yaml"
    kept = [line for line in lines if "Detect" not in line]
    path.write_text("\n".join(["kpt_shape: [2, 3]", *kept, f"  - {HEADS[task]}"]))
    return path


def with_labels(task: str, data: str, output: Path) -> str:
    """Copy the data set with octagons or two key points for boxes; half of the validation images lose rows that hold no label."""
    source, target = Path(data).parent, output / f"{task}-data"
    for path in sorted(source.glob("images/*/*.png")):
        label = source / "labels" / path.parent.name / f"{path.stem}.txt"
        rows = [[float(word) for word in line.split()] for line in label.read_text().splitlines()]
        picture, cut = Image.open(path), 0
        if path.parent.name == "val" and int(path.stem) % 2:
            cut = int(min([(y - h / 2) * 64 for _, _, y, _, h in rows], default=0.0))
            picture = picture.crop((0, cut, 64, 64))
        for place, suffix in (("images", ".png"), ("labels", ".txt")):
            (target / place / path.parent.name).mkdir(parents=True, exist_ok=True)
            written = target / place / path.parent.name / f"{path.stem}{suffix}"
            if suffix == ".png":
                picture.save(written)
                continue
            tall = 64 - cut
            moved = [(k, x, (y * 64 - cut) / tall, w, h * 64 / tall) for k, x, y, w, h in rows]
            written.write_text("".join(_label(task, *row) for row in moved))
    names = "names: {0: zero, 1: one, 2: two}\n" + ("kpt_shape: [2, 3]\n" if task == "pose" else "")
    described = target / "data.yaml"
    described.write_text(f"path: {target.absolute()}\ntrain: images/train\nval: images/val\n{names}")
    return str(described)


def _label(task: str, kind: float, *box: float) -> str:
    x, y, w, h = box
    if task == "pose":
        return f"{int(kind)} {x} {y} {w} {h} {x - w / 4} {y} 2 {x + w / 4} {y} 1\n"
    turns = np.pi / 4 * np.arange(8)
    points = np.stack([x + w / 2 * np.cos(turns), y + h / 2 * np.sin(turns)], axis=1)
    return f"{int(kind)} " + " ".join(str(value) for value in points.ravel()) + "\n"


def pictures_by_class(data: str, output: Path) -> Path:
    """Copy the pictures into a folder for each class, by their first label."""
    source, target = Path(data).parent, output / "classify-data"
    for path in source.glob("images/*/*.png"):
        words = (source / "labels" / path.parent.name / f"{path.stem}.txt").read_text().split()
        folder = target / path.parent.name / ("zero", "one", "two")[int(words[0])]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    return target


def classifier(output: Path) -> Path:
    """Describe a small one."""
    model = output / "classify.yaml"
    model.write_text(
        "nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 1, Conv, [32, 3, 2]]\n  - [-1, 1, Conv, [64, 3, 2]]\n"
        "head:\n  - [-1, 1, Classify, [nc]]\n"
    )
    return model
