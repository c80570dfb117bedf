"""What a training trains on, in aggregated numbers: counts, class counts, box sizes, and a digest of the file list.

Read from the labels that the loaders hold in memory anyway; no file is opened and no name leaves, file names are hashed.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from yoloscope.importers.dataset import labels as label_files
from yoloscope.integrations.ultralytics import shapes

IMAGES_MAX = 200_000
"""Of larger sets every k-th image is read, so that no start waits long: 100,000 images with 8 boxes take 0.3 s."""
SIZE_EDGES = (0.0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of box width and height relative to the picture: octaves, as detectors' strides are."""

Label = Mapping[str, object]


def data_fingerprint(trainer: shapes.Trainer, *, titles: Mapping[int, str]) -> dict[str, object]:
    """Return the fingerprints of the training and the validation set."""
    size = shapes.attribute(trainer, "args.imgsz", 0)
    trained: object = trainer.train_loader.dataset
    found: dict[str, object] = {"train": _of_dataset(trained, titles=titles, imgsz=size)}
    loader = trainer.test_loader or shapes.attribute(trainer, "validator.dataloader", None)
    if loader is not None:
        found["val"] = _of_dataset(loader.dataset, titles=titles, imgsz=size) | _shared(loader.dataset, trained)
    return found


def _labels(dataset: object) -> Sequence[Label]:
    return cast("Sequence[Label]", shapes.attribute(dataset, "labels", []))


def _of_dataset(dataset: object, *, titles: Mapping[int, str], imgsz: int) -> dict[str, object]:
    labels = _labels(dataset)
    if not labels or "cls" not in labels[0]:
        return {"images": len(cast("Sequence[object]", dataset))}
    every = -(-len(labels) // IMAGES_MAX)
    read = labels[::every]
    classes = joined(read, key="cls", width=1)[:, 0].astype(np.int64)
    counts = np.bincount(classes, minlength=len(titles)) if len(classes) else np.zeros(len(titles), np.int64)
    found: dict[str, object] = {
        "images": len(labels),
        "background_images": sum(1 for label in read if not len(cast("Sequence[object]", label["cls"]))),
        "instances": len(classes),
        "fullest": max(len(cast("Sequence[object]", label["cls"])) for label in read),
        "per_class": {titles.get(index, str(index)): int(count) for index, count in enumerate(counts)},
        "box_size_edges": list(SIZE_EDGES),
        "file_list_sha256": _digest(read),
    }
    if every > 1:
        found["every"] = every
    return found | _left_out(dataset) | _box_sizes(read, imgsz=imgsz)


def _left_out(dataset: object) -> dict[str, object]:
    """Return how many images the framework leaves out because they, or their labels, cannot be used: it keeps the list of all label files."""
    files = cast("Sequence[object]", shapes.attribute(dataset, "label_files", []))
    return {"corrupt": len(files) - len(_labels(dataset))} if len(files) >= len(_labels(dataset)) > 0 else {}


def _shared(dataset: object, trained: object) -> dict[str, object]:
    """Return which share of a set's files are files of the training set as well."""
    here, there = ({str(label.get("im_file", "")) for label in _labels(one)} for one in (dataset, trained))
    return {"shared_with_train": len(here & there) / len(here)} if here and there else {}


def _box_sizes(labels: Sequence[Label], *, imgsz: int) -> dict[str, object]:
    boxes = joined(labels, key="bboxes", width=4)
    if not len(boxes) or not labels[0].get("normalized", True):
        return {}
    found: dict[str, object] = {
        "box_width_counts": np.histogram(boxes[:, 2], SIZE_EDGES)[0].tolist(),
        "box_height_counts": np.histogram(boxes[:, 3], SIZE_EDGES)[0].tolist(),
        "overhanging": float(np.mean(_overhang(boxes) > label_files.OVERHANG)),
    }
    return found | _small_boxes(labels, boxes[:, 2:], imgsz=imgsz)


def _overhang(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how far each box, ``(n, 4)`` as centre, width, height, reaches beyond its picture at the worst edge, ``(n,)``."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return np.max(np.maximum(half - centre, centre + half - 1), axis=1)


def _small_boxes(labels: Sequence[Label], sides: npt.NDArray[np.float64], *, imgsz: int) -> dict[str, object]:
    """Return the shares of small and of covering boxes, ``(n, 2)`` sides relative to their pictures, whose longer side is scaled to `imgsz`."""
    shapes_hw = [cast("tuple[int, int]", label.get("shape", (0, 0))) for label in labels]
    counts = [len(cast("Sequence[object]", label["cls"])) for label in labels]
    pictures = np.repeat(np.asarray(shapes_hw, np.float64)[:, ::-1], counts, axis=0)
    if not imgsz or len(pictures) != len(sides) or not np.all(pictures > 0):
        return {}
    scaled = sides * pictures * (imgsz / np.max(pictures, axis=1, keepdims=True))
    areas: npt.NDArray[np.float64] = scaled[:, 0] * scaled[:, 1]
    shorter: npt.NDArray[np.float64] = np.minimum(scaled[:, 0], scaled[:, 1])
    return {
        "area_below_8": float(np.mean(areas < 8**2)),
        "area_below_16": float(np.mean(areas < 16**2)),
        "side_below_2": float(np.mean(shorter < 2)),
        "covering": float(np.mean(sides[:, 0] * sides[:, 1] > 0.98)),
    }


def joined(labels: Sequence[Label], *, key: str, width: int) -> npt.NDArray[np.float64]:
    """Return the arrays of all labels as one of `width` columns; flattened first, at twice the time, only where they are of another form."""
    arrays = [label[key] for label in cast("Sequence[Mapping[str, npt.NDArray[np.float64]]]", labels) if key in label]
    try:
        whole = np.concatenate(arrays) if arrays else np.zeros(0)
    except ValueError:
        whole = np.concatenate([np.ravel(array) for array in arrays])
    return np.reshape(whole.astype(np.float64), (-1, width))


def _digest(labels: Sequence[Label]) -> str:
    """Return the same digest for the same file names wherever they lie and in whatever order."""
    file_names = sorted(os.path.basename(str(label.get("im_file", ""))) for label in labels)  # noqa: PTH119  # a Path each costs ten times as much
    return hashlib.sha256("\n".join(file_names).encode("utf-8", "surrogateescape")).hexdigest()
