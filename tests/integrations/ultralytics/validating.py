"""Train, then validate the weights of some epochs with the framework's own `val`, and leave what it says. Started by tests, never imported.

``python validating.py DATA OUTPUT TASK…``; media are allowed. A checkpoint holds its weights in half precision while the training validates in
single, so the averaged weights of an epoch are kept as they were. Leaves ``OUTPUT/TASK/items.pickle`` and ``epoch-N.npz``.
"""

import copy
import os
import pickle
import sys
from pathlib import Path

import looked_at
import numpy as np
import other_tasks
import torch
from ultralytics import YOLO
from ultralytics.models.yolo.classify import ClassificationValidator
from ultralytics.models.yolo.detect import DetectionValidator
from ultralytics.models.yolo.pose import PoseValidator
from ultralytics.models.yolo.segment import SegmentationValidator

SMALL = {
    "imgsz": 64,
    "batch": 16,
    "nbs": 16,
    "device": "cpu",
    "workers": 0,
    "optimizer": "AdamW",
    "lr0": 0.005,
    "warmup_epochs": 1,
    "warmup_bias_lr": 0.0,
    "mosaic": 0.0,
    "scale": 0.1,
    "translate": 0.05,
    "fliplr": 0.0,
    "plots": False,
    "verbose": False,
    "seed": 3,
}
VALIDATED = {"imgsz": 64, "batch": 32, "device": "cpu", "workers": 0, "plots": False, "verbose": False}
OWN_CONFIDENCE = 0.1
"""What a user who validates with another confidence than the default has told."""


ITEMS = looked_at.Items()


class Watching:
    """Fills the framework's matrix without its plots, and keeps what was predicted and what was true, image by image.

    A row is the image's number, xyxy without padding, score, class, and whether it is true.
    """

    rows: list[tuple[float, ...]]
    files: list[str]

    def update_metrics(self, preds, batch) -> None:
        first, conf = self.seen, self.args.conf
        self.args.plots, self.args.conf = True, COUNTED.get(conf, conf)
        super().update_metrics(preds, batch)
        self.args.plots, self.args.conf = False, conf
        height, width = batch["img"].shape[2:]
        self.files.extend(batch["im_file"])
        for at, pred in enumerate(preds):
            left, top = batch["ratio_pad"][at][1]
            padding = torch.tensor([left, top, left, top])
            told = zip((pred["bboxes"] - padding).tolist(), pred["conf"].tolist(), pred["cls"].tolist(), strict=True)
            self.rows.extend((first + at, *box, conf, kind, 0.0) for box, conf, kind in told)
            mine = batch["batch_idx"] == at
            kinds = batch["cls"][mine].reshape(-1).tolist()
            for kind, (x, y, w, h) in zip(kinds, batch["bboxes"][mine].tolist(), strict=True):
                low, high = ((x - w / 2) * width, (y - h / 2) * height), ((x + w / 2) * width, (y + h / 2) * height)
                corners = (low[0] - left, low[1] - top, high[0] - left, high[1] - top)
                self.rows.append((first + at, *corners, 1.0, kind, 1.0))


COUNTED = {0.001: 0.25}
"""A matrix at the default confidence of a validation is asked for at 0.25, as ``val(conf=0.25)`` does."""
VALIDATORS = {
    "detect": type("Watched", (Watching, DetectionValidator), {}),
    "segment": type("Watched", (Watching, SegmentationValidator), {}),
    "pose": type("Watched", (Watching, PoseValidator), {}),
    "classify": ClassificationValidator,
}


def train(task: str, data: str, output: Path, *, model: Path, epochs: int, kept: set[int], **changes: object) -> None:
    yolo = YOLO(str(model), task=task)

    def keep(trainer) -> None:
        if trainer.epoch in kept:
            checkpoint = torch.load(trainer.last, weights_only=False)
            checkpoint["ema"] = copy.deepcopy(trainer.ema.ema).float()
            torch.save(checkpoint, trainer.save_dir / f"epoch-{trainer.epoch}.pt")

    ITEMS.calls.clear()
    yolo.add_callback("on_model_save", keep)
    yolo.train(data=data, project=str(output), name=task, epochs=epochs, **{**SMALL, **changes})
    (output / task / "items.pickle").write_bytes(pickle.dumps(ITEMS.calls))


def validate(task: str, epoch: int, data: str, output: Path, **changes: object) -> None:
    """Leave what the framework says of an epoch's weights."""
    path = output / task / f"epoch-{epoch}.pt"
    Watching.rows, Watching.files = [], []
    told = {**VALIDATED, "project": str(output), "name": "val", "exist_ok": True, **changes}
    metrics = YOLO(str(path)).val(validator=VALIDATORS[task], data=data, **told)
    found = {"matrix": metrics.confusion_matrix.matrix}
    found |= {"rows": np.array(Watching.rows), "files": np.array(Watching.files)}
    for kind, ending in (("box", ""), ("seg", "_mask"), ("pose", "_pose")):
        one = getattr(metrics, kind, None)
        if one is not None:
            fields = {"precision": one.p, "recall": one.r, "F1": one.f1, "AP50": one.ap50, "AP": one.ap}
            fields |= {"curves/precision_recall": one.prec_values, "curves/precision": one.p_curve}
            fields |= {"curves/recall": one.r_curve, "curves/F1": one.f1_curve}
            found |= {name + ending: np.asarray(value) for name, value in fields.items()}
            found |= {"x": one.px, "class": one.ap_class_index}
            found |= {"objects": metrics.nt_per_class, "images": metrics.nt_per_image}
    np.savez(path.with_suffix(".npz"), **found)


def detect(data: str, output: Path) -> None:
    """Train until there are hits and misses of all kinds; four epochs are validated again."""
    kept = {3, 6, 8, 9}
    train("detect", data, output, model=other_tasks.MODEL, epochs=10, kept=kept)
    for epoch in kept:
        validate("detect", epoch, data, output)


def with_shapes(task: str, data: str, output: Path) -> None:
    """Segmentation or pose, two epochs that begin with the detector's weights, counted at another confidence."""
    described = other_tasks.with_labels(task, data, output)
    told = {"conf": OWN_CONFIDENCE, "pretrained": str(output / "detect" / "weights" / "last.pt")}
    train(task, described, output, model=other_tasks.with_head(task, output), epochs=2, kept={1}, **told)
    validate(task, 1, described, output, conf=OWN_CONFIDENCE)


def classify(data: str, output: Path) -> None:
    """A classifier of pictures, two epochs."""
    target = other_tasks.pictures_by_class(data, output)
    train("classify", str(target), output, model=other_tasks.classifier(output), epochs=2, kept={1})
    validate("classify", 1, str(target), output)


if __name__ == "__main__":
    os.chdir(sys.argv[2])  # its yoloscope.toml allows media
    for wanted in sys.argv[3:]:
        if wanted in other_tasks.HEADS:
            with_shapes(wanted, sys.argv[1], Path(sys.argv[2]))
        else:
            {"detect": detect, "classify": classify}[wanted](sys.argv[1], Path(sys.argv[2]))
