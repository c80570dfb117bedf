"""What the labels of the training and the validation set are like, from those that the loaders hold in memory; no file is opened.

Sizes and aspects need the shapes of pictures. A set with ``rect``, as validation sets are by default, has forgotten them when a training begins: a
validation set is shown once its first validation told them; of a training set these are left out. Boxes of pictures of unknown shape are not counted.

``labels/<split>/images``     table: images, images without labels, instances, and how many of these are small, medium, large by COCO's areas
``labels/<split>/classes``    table: instances and images of each class
``labels/<split>/width``      histogram of box widths in pixels at the training's size, and ``…/height``
``labels/<split>/sizes``      matrix: boxes by height (rows) and width (columns), between the edges of these two histograms
``labels/<split>/aspect``     histogram of width by height, in quarter octaves
``labels/<split>/positions``  matrix: box centres, 32x32 over the picture, the top left first
``labels/<split>/crowding``   histogram of instances in an image
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt

from yoloscope.integrations.ultralytics import fingerprint, shapes
from yoloscope.integrations.ultralytics.producers import contract

SIZE_BINS = 32
POSITION_BINS = 32
ASPECT_OCTAVES = 4
_BINS_AN_OCTAVE = 4
_PAIRS_MOST = 20_000_000
"""Images by classes of which a table fits into 20 MB; beyond it pairs are sorted, which takes five times as long."""
CROWDING_MOST = 64
"""The last bin of ``crowding`` holds all images with more instances."""
AREA_EDGES = (32.0**2, 96.0**2)
"""Square pixels at the training's size from which a box is medium and large: those of the COCO evaluation."""

Numbers = npt.NDArray[np.float64]
_Shape = tuple[int, int]
_Shapes = dict[str, _Shape]


class Labels(contract.Producer):
    """Logs the statistics once, and again when a loader has another data set, or when what was logged went with an epoch that is trained again."""

    name: ClassVar[str] = "labels"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._datasets: dict[str, int] = {}
        self._told: dict[str, object] = {}
        self._is_waiting = False
        self._shapes: _Shapes = {}
        self._told_at: dict[str, float] = {}
        self._begun = -1

    def start(self, trainer: shapes.Trainer) -> None:
        """Log both sets."""
        self._look(trainer)

    def begin(self, trainer: shapes.Trainer) -> None:
        """Log a set that is another one by now, or whose statistics an earlier try of this epoch has."""
        index = self.context.moment.index
        if index <= self._begun:
            for split in [split for split, epoch in self._told_at.items() if epoch >= index]:
                self._datasets.pop(split, None)
                self._told.pop(split, None)
        self._begun = index
        self._look(trainer)

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Note the shapes of its pictures if they are wanted."""
        del trainer, validator, preds
        if self._is_waiting:
            files, found = cast("tuple[str, ...]", batch["im_file"]), cast("tuple[_Shape, ...]", batch["ori_shape"])
            self._shapes.update(zip(files, found, strict=True))

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Log the validation set if it waited for shapes."""
        del validator
        self._log_waiting(trainer)

    def end(self, trainer: shapes.Trainer) -> None:
        """Log without sizes what was never validated."""
        self._log_waiting(trainer)

    def _look(self, trainer: shapes.Trainer) -> None:
        for split, dataset in _datasets(trainer).items():
            if self._datasets.get(split) == id(dataset):
                continue
            self._datasets[split] = id(dataset)
            labels = _labels(dataset)
            if not labels or "cls" not in labels[0]:
                self._log_folders(split, dataset)
            elif split == "val" and "shape" not in labels[0]:
                self._is_waiting = True
            else:
                self._log(split, self._statistics(trainer, labels))

    def _log_waiting(self, trainer: shapes.Trainer) -> None:
        if self._is_waiting:
            self._log("val", self._statistics(trainer, _labels(_datasets(trainer)["val"])))
            self._is_waiting, self._shapes = False, {}

    def _statistics(self, trainer: shapes.Trainer, labels: "Sequence[fingerprint.Label]") -> "_Statistics":
        imgsz = shapes.attribute(trainer, "args.imgsz", 640)
        return _Statistics(labels, shapes_by_file=self._shapes, imgsz=imgsz, classes=len(self.context.titles))

    def _is_told(self, split: str, found: object) -> bool:
        """Tell whether a loader was only built anew, as after a lack of memory: images and instances of each class are the same."""
        before, self._told[split] = self._told.get(split), found
        if found == before:
            return True
        self._told_at[split] = self.context.epoch
        return False

    def _log(self, split: str, found: "_Statistics") -> None:
        run, place = self.context.run, self.context.place
        prefix = f"labels/{split}"
        images, classes = found.images(), found.classes()
        if self._is_told(split, (images, classes)):
            return
        run.log_table(f"{prefix}/images", images, **place)
        run.log_table(f"{prefix}/classes", classes, classes=("class",), **place)
        run.log_histogram(f"{prefix}/crowding", counts=found.crowding(), edges=np.arange(CROWDING_MOST + 2.0), **place)
        if len(found.boxes):
            run.log_matrix(f"{prefix}/positions", found.positions(), row_name="y", column_name="x", **place)
        if not len(found.sides):
            return
        sizes = found.sizes()
        run.log_matrix(f"{prefix}/sizes", sizes, row_name="height", column_name="width", **place)
        for side, axis in (("width", 0), ("height", 1)):
            run.log_histogram(f"{prefix}/{side}", counts=sizes.sum(axis=axis), edges=found.edges, **place)
        counts, edges = found.aspects()
        run.log_histogram(f"{prefix}/aspect", counts=counts, edges=edges, **place)

    def _log_folders(self, split: str, dataset: object) -> None:
        """Log the classes of a classification set, whose images are listed with their class."""
        samples = cast("Sequence[Sequence[object]]", shapes.attribute(dataset, "samples", []))
        if samples:
            classes = np.asarray([cast("int", sample[1]) for sample in samples], np.int64)
            table = _by_class(np.bincount(classes, minlength=len(self.context.titles)))
            if self._is_told(split, table):
                return
            self.context.run.log_table(
                f"labels/{split}/classes",
                table,
                classes=("class",),
                **self.context.place,
            )


class _Statistics:
    """The statistics of one set; a pass over all labels for each array, about 2 µs an image altogether."""

    def __init__(
        self, labels: Sequence[Mapping[str, object]], *, shapes_by_file: "_Shapes", imgsz: int, classes: int
    ) -> None:
        self._labels = labels
        self._per_image = np.asarray([len(cast("Sequence[object]", label["cls"])) for label in labels], np.int64)
        self._classes = fingerprint.joined(labels, key="cls", width=1)[:, 0].astype(np.int64)
        self._titles = classes
        self.boxes = self._usable_boxes()
        self.sides = self._sides(shapes_by_file, imgsz=imgsz)
        self.edges = np.linspace(0.0, float(imgsz), SIZE_BINS + 1)

    def images(self) -> dict[str, list[int]]:
        """Return the table of one row; without sizes where none is known."""
        counts = {
            "images": [len(self._labels)],
            "without_labels": [int((self._per_image == 0).sum())],
            "instances": [len(self._classes)],
        }
        if len(self._classes) and not len(self.sides):
            return counts
        areas = self.sides[:, 0] * self.sides[:, 1]
        most = [int((areas < edge).sum()) for edge in AREA_EDGES]
        return {**counts, "small": [most[0]], "medium": [most[1] - most[0]], "large": [len(areas) - most[1]]}

    def classes(self) -> dict[str, list[int]]:
        """Return instances and images by class."""
        kinds = max(self._titles, int(self._classes.max(initial=-1)) + 1)
        instances = np.bincount(self._classes, minlength=kinds)
        image = np.repeat(np.arange(len(self._labels)), self._per_image)
        if len(self._labels) * kinds <= _PAIRS_MOST:
            met = np.zeros((len(self._labels), kinds), np.bool_)
            met[image, self._classes] = True
            return _by_class(instances, images=met.sum(axis=0))
        pairs = np.unique(image * kinds + self._classes)
        return _by_class(instances, images=np.bincount(pairs % kinds, minlength=kinds))

    def crowding(self) -> npt.NDArray[np.int64]:
        """Return how many images have 0, 1, … instances."""
        return np.bincount(np.minimum(self._per_image, CROWDING_MOST), minlength=CROWDING_MOST + 1)

    def sizes(self) -> Numbers:
        """Return boxes by height (rows) and width; a box larger than the picture counts as one that fills it."""
        return _counted(self.sides[:, 1], self.sides[:, 0], bins=SIZE_BINS, most=self.edges[-1])

    def aspects(self) -> tuple[npt.NDArray[np.int64], Numbers]:
        """Return counts and edges of width by height, from 1/16 to 16; what lies beyond is in the outermost bins."""
        known = self.sides[(self.sides[:, 0] > 0) & (self.sides[:, 1] > 0)]
        bins = 2 * ASPECT_OCTAVES * _BINS_AN_OCTAVE
        octaves = np.log2(known[:, 0] / known[:, 1]) + ASPECT_OCTAVES
        counts = np.bincount(_bins(octaves, bins=bins, most=2 * ASPECT_OCTAVES), minlength=bins)
        return counts, 2.0 ** (np.arange(bins + 1) / _BINS_AN_OCTAVE - ASPECT_OCTAVES)

    def positions(self) -> Numbers:
        """Return box centres over the picture."""
        return _counted(self.boxes[:, 1], self.boxes[:, 0], bins=POSITION_BINS, most=1.0)

    def _usable_boxes(self) -> Numbers:
        """Return centre x, centre y, width and height by the picture's; none if they are not by the picture's or not one a class."""
        boxes = fingerprint.joined(self._labels, key="bboxes", width=4)
        fits = len(boxes) == len(self._classes) and self._labels[0].get("normalized", True)
        return boxes if fits else np.zeros((0, 4))

    def _sides(self, shapes_by_file: "_Shapes", *, imgsz: int) -> Numbers:
        """Return width and height ``(n, 2)`` in pixels once the longer side of a box's picture is `imgsz`, of pictures whose shape is known."""
        if not len(self.boxes):
            return self.boxes[:, 2:]
        nothing = (0, 0)
        shape = np.asarray(
            [label.get("shape") or shapes_by_file.get(str(label.get("im_file")), nothing) for label in self._labels],
            np.float64,
        )
        longer = shape.max(axis=1)
        pixels = shape[:, ::-1] * (imgsz / np.maximum(longer, 1.0))[:, None]
        is_known = np.repeat(longer > 0, self._per_image)
        return (self.boxes[:, 2:] * np.repeat(pixels, self._per_image, axis=0))[is_known]


def _bins(values: Numbers, *, bins: int, most: float) -> npt.NDArray[np.int64]:
    """Return in which of so many equal bins from 0 to `most` each value lies; the outermost take what lies beyond."""
    return np.minimum(np.maximum(values * (bins / most), 0), bins - 1).astype(np.int64)


def _counted(rows: Numbers, columns: Numbers, *, bins: int, most: float) -> Numbers:
    """Return ``(bins, bins)`` counts; some twenty times as fast as `numpy.histogram2d`, which searches for each value."""
    at = _bins(rows, bins=bins, most=most) * bins + _bins(columns, bins=bins, most=most)
    return np.reshape(np.bincount(at, minlength=bins * bins).astype(np.float64), (bins, bins))


def _by_class(instances: npt.NDArray[np.int64], **more: npt.NDArray[np.int64]) -> dict[str, list[int]]:
    columns = {name: counts.tolist() for name, counts in more.items()}
    return {"class": list(range(len(instances))), "instances": instances.tolist(), **columns}


def _labels(dataset: object) -> "Sequence[fingerprint.Label]":
    return cast("Sequence[fingerprint.Label]", shapes.attribute(dataset, "labels", []))


def _datasets(trainer: shapes.Trainer) -> dict[str, object]:
    validation = trainer.test_loader or shapes.attribute(trainer, "validator.dataloader", None)
    found = {"train": trainer.train_loader.dataset}
    return found if validation is None else {**found, "val": validation.dataset}
