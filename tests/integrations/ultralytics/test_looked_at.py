"""What the producers log of real trainings equals what a witness computes from the trainer itself."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import harness
import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("ultralytics"),
]
GROUPS = {
    "backbone.1": ["0"],
    "backbone.2": ["1", "2"],
    "backbone.3": ["3", "4"],
    "backbone.4": ["5", "6"],
    "neck": ["7", "8", "9", "10", "11", "12"],
    "head.box": ["13.cv2"],
    "head.cls": ["13.cv3"],
}
NB = 4
SIZE = 64
PADDING = 16
"""The framework validates pictures of 64 pixels in the middle of 96: whole strides of 32, and half a stride around."""


class Looked:
    """What one training's producers logged and its witness saw."""

    def __init__(self, trained: harness.Trained, task: str) -> None:
        self.seen = pickle.loads((trained.output / f"{task}.pickle").read_bytes())
        self.items = self.seen["items"]
        self.data = trained.data
        found = [harness.recorded(path.parent) for path in (trained.output / ".yoloscope").glob("*/run.json")]
        by_task = [one for one in found if one.sections["settings"].get("task") == task]
        self.run = by_task[0]

    def item(self, name: str, *, step: int | None = None) -> dict:
        found = [one for one in self.items if one["name"] == name and step in (None, one["step"])]
        assert found, sorted({one["name"] for one in self.items})
        return found[0]

    def steps(self, name: str) -> list[int]:
        return [one["step"] for one in self.items if one["name"] == name]


def start(folder: Path, *tasks: str, overlay: Path | None = None) -> harness.Trained:
    trained = harness.Trained(folder, overlay=overlay)
    script = str(Path(harness.__file__).with_name("looked_at.py"))
    trained._run(
        [script, str(trained.data), str(trained.output), *tasks],
        environment={"YOLOSCOPE_STRICT": "1"},
        path=(harness.hook.PATH_DIR,),
    )
    return trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Trained]:
    trained = start(tmp_path_factory.mktemp("looked"), "detect", "pose", "segment", "classify")
    yield trained
    harness.stop_sidecars(trained.root)


@pytest.fixture(scope="module")
def looked(folder: harness.Trained) -> Looked:
    return Looked(folder, "detect")


def rows_of(data: Path, split: str) -> list[np.ndarray]:
    """Return the labels of each picture ``(n, 5)`` as their files hold them."""
    paths = sorted((data.parent / "labels" / split).glob("*.txt"))
    return [np.array([line.split() for line in path.read_text().splitlines()], float).reshape(-1, 5) for path in paths]


def of_group(named: dict[str, np.ndarray], group: str, *, only_weights: bool = True) -> np.ndarray:
    prefixes = tuple(f"model.{layer}." for layer in GROUPS[group])
    found = [one for name, one in named.items() if name.startswith(prefixes) and (one.ndim > 1 or not only_weights)]
    return np.concatenate([one.ravel() for one in found])


def assert_counts(item: dict, values: np.ndarray) -> None:
    """Compare a histogram with numpy's; a value on an edge may stand at either side of it, in single precision."""
    edges = item["edges"]
    assert (edges[0], edges[-1]) == (values.min(), values.max())
    counts = np.asarray(item["counts"])
    assert counts.sum() == values.size
    expected = np.histogram(values.astype(np.float64), edges)[0]
    assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= max(2, values.size // 20_000)


@pytest.mark.parametrize("split", ["train", "val"])
def test_label_tables_are_those_of_the_files(looked: Looked, split: str) -> None:
    rows = rows_of(looked.data, split)
    classes = looked.item(f"labels/{split}/classes")["columns"]
    assert classes["instances"] == [int(sum((one[:, 0] == kind).sum() for one in rows)) for kind in range(3)]
    assert classes["images"] == [sum(1 for one in rows if (one[:, 0] == kind).any()) for kind in range(3)]
    images = {name: column[0] for name, column in looked.item(f"labels/{split}/images")["columns"].items()}
    sides = np.concatenate(rows)[:, 3:] * SIZE
    areas = sides[:, 0] * sides[:, 1]
    assert images == {
        "images": len(rows),
        "without_labels": sum(1 for one in rows if not len(one)),
        "instances": len(areas),
        "small": int((areas < 1024).sum()),
        "medium": int((areas >= 1024).sum()),
        "large": 0,
    }


def test_label_matrices_count_every_box_in_its_place(looked: Looked) -> None:
    boxes = np.concatenate(rows_of(looked.data, "train"))
    sizes, positions = np.zeros((32, 32)), np.zeros((32, 32))
    for _, x, y, width, height in boxes:
        sizes[min(31, int(height * 32)), min(31, int(width * 32))] += 1
        positions[min(31, int(y * 32)), min(31, int(x * 32))] += 1
    told = looked.item("labels/train/sizes")["values"]
    assert np.abs(told - sizes).sum() <= 0.05 * len(
        boxes
    )  # six digits in the files put some on the other side of an edge
    assert np.abs(looked.item("labels/train/positions")["values"] - positions).sum() <= 0.05 * len(boxes)
    assert told.sum() == len(boxes)
    assert np.array_equal(told.sum(axis=0), looked.item("labels/train/width")["counts"])
    assert np.array_equal(told.sum(axis=1), looked.item("labels/train/height")["counts"])


def test_label_histograms_count_crowding_and_aspects(looked: Looked) -> None:
    rows = rows_of(looked.data, "train")
    crowding = looked.item("labels/train/crowding")["counts"]
    assert crowding[:4].tolist() == [sum(1 for one in rows if len(one) == count) for count in range(4)]
    aspects = looked.item("labels/train/aspect")
    sides = np.concatenate(rows)[:, 3:]
    assert aspects["counts"].sum() == len(sides)
    wider = int((sides[:, 0] >= sides[:, 1]).sum())
    assert int(aspects["counts"][np.asarray(aspects["edges"][:-1]) >= 1].sum()) == wider
    assert looked.steps("labels/train/aspect") == [0]


@pytest.mark.parametrize("group", GROUPS)
def test_weights_are_counted_as_each_epoch_leaves_them(looked: Looked, group: str) -> None:
    assert looked.steps(f"weights/{group}") == [NB - 1, 2 * NB - 1, 3 * NB - 1]
    for epoch in range(3):
        item = looked.item(f"weights/{group}", step=(epoch + 1) * NB - 1)
        assert_counts(item, of_group(looked.seen["weights"][epoch], group))
        assert item["epoch"] == epoch + 1.0


def test_gradients_are_those_of_a_step_in_the_middle_of_the_epoch(looked: Looked) -> None:
    for group in set(GROUPS) - {"backbone.1"}:
        assert looked.steps(f"gradients/{group}") == [2, 6, 10]
        for step in (2, 6, 10):
            assert_counts(looked.item(f"gradients/{group}", step=step), of_group(looked.seen["gradients"][step], group))
    assert looked.steps("gradients/backbone.1") == [2, 6]  # frozen from the third epoch on


def test_norms_and_ratios_are_those_of_the_same_step(looked: Looked) -> None:
    for step in (2, 6, 10):
        grads, squares = looked.seen["gradients"][step], looked.seen["updates"][step]
        for group, prefix in ((group, tuple(f"model.{one}." for one in own)) for group, own in GROUPS.items()):
            mine = [name for name in grads if name.startswith(prefix)]
            if group == "backbone.1" and step == 10:
                assert not mine
                continue
            norm = np.sqrt(sum((grads[name].astype(np.float64) ** 2).sum() for name in mine))
            ratio = np.sqrt(sum(squares[name][0] for name in mine) / sum(squares[name][1] for name in mine))
            assert looked.run.series(f"grad/{group}/norm")[step] == pytest.approx(norm, rel=1e-4)
            assert looked.run.series(f"update/{group}/ratio")[step] == pytest.approx(ratio, rel=1e-3)
            weights = np.sqrt(sum(squares[name][1] for name in mine))
            assert looked.run.series(f"weights/{group}/norm")[step] == pytest.approx(weights, rel=1e-4)


def test_activations_are_those_of_the_first_validation_batch(looked: Looked) -> None:
    for epoch in range(3):
        item = looked.item("activations/backbone.3", step=(epoch + 1) * NB - 1)
        assert_counts(item, looked.seen["outputs"][epoch].ravel())


def test_the_graph_is_that_of_the_model(looked: Looked) -> None:
    graph = looked.item("model/graph")
    nodes = graph["nodes"]
    assert [(one["id"], one["kind"], one["parameters"]) for one in nodes[1:]] == looked.seen["modules"]
    shapes = {one["id"]: tuple(one["shape"]) for one in nodes}
    assert (shapes["input"], shapes["0"], shapes["8"]) == ((3, 96, 96), (16, 48, 48), (192, 12, 12))
    assert shapes["13"] == (7, 180)  # four sides and three classes at 12x12 and 6x6 places
    assert {("input", "0"), ("7", "8"), ("4", "8"), ("6", "11"), ("9", "13"), ("12", "13")} < set(graph["edges"])
    assert looked.steps("model/graph") == [NB - 1]


def test_inputs_are_the_pictures_of_the_first_batch(looked: Looked) -> None:
    """Of the first epoch, and of the third, from which mosaics are closed."""
    assert looked.steps("inputs/0") == [0, 2 * NB]
    for step in (0, 2 * NB):
        batch = looked.seen["inputs"][step]
        for place in range(8):
            item = looked.item(f"inputs/{place}", step=step)
            assert np.array_equal(
                item["array"], np.round(batch["img"][place] * 255).astype(np.uint8).transpose(1, 2, 0)
            )
            mine = batch["batch_idx"] == place
            x, y, width, height = batch["bboxes"][mine].T * SIZE
            corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
            assert np.allclose(item["boxes"]["xyxy"], corners, atol=1e-3)
            assert item["boxes"]["classes"].tolist() == batch["cls"][mine].ravel().tolist()


def sampled(plane: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return ``(channels, n)`` of maps ``(channels, height, width)`` between the centres of their cells, clamped at the border."""
    height, width = plane.shape[1:]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = x - left, y - top
    upper = plane[:, top, left] * (1 - across) + plane[:, top, right] * across
    lower = plane[:, bottom, left] * (1 - across) + plane[:, bottom, right] * across
    return upper * (1 - down) + lower * down


def test_embeddings_are_the_means_of_the_features_within_the_boxes(looked: Looked) -> None:
    item = looked.item("embeddings")
    rows = rows_of(looked.data, "val")
    classes = np.concatenate([one[:, 0] for one in rows])
    images = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    order = np.lexsort((item["boxes"][:, 1], item["boxes"][:, 0], item["images"]))
    boxes = np.concatenate(rows)[:, 1:]
    boxes = np.column_stack([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2]) * SIZE + PADDING
    theirs = np.lexsort((boxes[:, 1], boxes[:, 0], images))
    assert np.array_equal(item["images"][order], images[theirs])
    assert np.array_equal(item["classes"][order], classes[theirs])
    assert np.allclose(item["boxes"][order], boxes[theirs], atol=1e-3)
    for number in range(len(images)):
        left, top, right, bottom = item["boxes"][number]
        expected = []
        for maps in looked.seen["features"][0]:
            scale = maps.shape[3] / (SIZE + 2 * PADDING)
            x = (left + np.array([0.25, 0.75, 0.25, 0.75]) * (right - left)) * scale - 0.5
            y = (top + np.array([0.25, 0.25, 0.75, 0.75]) * (bottom - top)) * scale - 0.5
            expected.append(sampled(maps[item["images"][number]], x, y).mean(axis=1))
        assert np.allclose(item["vectors"][number], np.concatenate(expected), atol=1e-4)


def test_heat_maps_are_the_energies_of_the_same_features(looked: Looked) -> None:
    """Of sixteen images the eight in the middle of equal parts: 1, 3, … 15."""
    y, x = np.mgrid[0:12, 0:12]
    for order in range(8):
        levels = []
        for maps in looked.seen["features"][0]:
            energy = np.sqrt((maps[2 * order + 1] ** 2).mean(axis=0))[None]
            scale = energy.shape[1] / 12
            places = ((x.ravel() + 0.5) * scale - 0.5, (y.ravel() + 0.5) * scale - 0.5)
            levels.append(sampled(energy / energy.max(), *places)[0].reshape(12, 12))
        told = looked.item(f"heat_maps/{order}")["array"]
        assert np.abs(told - np.mean(levels, axis=0)[2:10, 2:10] * 255).max() <= 0.51


def test_series_show_gains_augmentation_and_frozen_layers_when_they_change(looked: Looked) -> None:
    run = looked.run
    assert run.series("loss_weight/box") == {0: 7.5, 4: 7.5, 8: 7.5}
    assert run.series("loss_weight/cls") == {0: 0.5, 4: 0.25, 8: 0.25}
    assert run.series("augmentation/mosaic") == {0: 0.5, 4: 0.5, 8: 0.0}
    assert run.series("augmentation/fliplr") == {0: 0.5, 4: 0.5, 8: 0.5}
    assert run.series("frozen/parameters") == {0: 0.0, 4: 0.0, 8: 464.0}
    frozen = run.sections["settings"]["frozen"]
    assert (frozen["groups"], frozen["layers"]) == ({"backbone.1": 464}, {"0": 464})  # type: ignore[index]


def test_every_producer_tells_what_it_costs(looked: Looked) -> None:
    names = "loss_weights augmentation frozen updates nonfinite repeats labels weights gradients activations inputs graph embeddings heat_maps"
    for name in names.split():
        assert all(cost > 0 for cost in looked.run.series(f"overhead/{name}_s").values()), name
    assert list(looked.run.series("overhead/graph_s")) == [NB - 1]


def test_nothing_stays_in_the_training(looked: Looked) -> None:
    assert looked.seen["hooks"] == [2, 2, 2]  # the witness's own
    assert looked.seen["restored"]


def test_segments_are_outlines_and_poses_are_points(folder: harness.Trained) -> None:
    segments, poses = Looked(folder, "segment"), Looked(folder, "pose")
    item, batch = segments.item("inputs/0", step=0), segments.seen["inputs"][0]
    assert len(item["boxes"]["outlines"]) == len(item["boxes"]["xyxy"]) == (batch["batch_idx"] == 0).sum() > 0
    item, batch = poses.item("inputs/0", step=0), poses.seen["inputs"][0]
    points = batch["keypoints"][batch["batch_idx"] == 0] * np.array([SIZE, SIZE, 1])
    assert np.allclose(item["boxes"]["keypoints"], points, atol=1e-3)
    assert {"loss_weight/pose", "loss_weight/kobj"} < set().union(*(row.values for row in poses.run.rows))


def test_a_classifier_is_looked_at_as_far_as_it_applies(folder: harness.Trained) -> None:
    looked = Looked(folder, "classify")
    folders = {
        kind: len(list((folder.output / "classify-data" / "train" / kind).iterdir())) for kind in ("zero", "one", "two")
    }
    classes = looked.item("labels/train/classes")["columns"]
    names = looked.run.manifest.classes
    assert {name: classes["instances"][number] for name, number in names.items()} == folders
    item = looked.item("embeddings")
    assert np.allclose(np.sort(item["vectors"][:, 0]), np.sort(features_of_pictures(looked)), atol=0.05)
    assert {"weights/head", "activations/backbone.3", "model/graph", "heat_maps/0", "inputs/7"} <= {
        one["name"] for one in looked.items
    }


def features_of_pictures(looked: Looked) -> np.ndarray:
    """Return the first channel's value at four points of every picture of the first validation."""
    first = looked.seen["features"][0][0]
    places = np.array([0.25, 0.75, 0.25, 0.75]) * first.shape[3] - 0.5
    rows = np.array([0.25, 0.25, 0.75, 0.75]) * first.shape[2] - 0.5
    return np.array([sampled(maps, places, rows)[0].mean() for maps in first])


@pytest.fixture(scope="module")
def looked_8_3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looked]:
    trained = start(tmp_path_factory.mktemp("looked83"), "detect", overlay=harness.overlay("8.3.200"))
    yield Looked(trained, "detect")
    harness.stop_sidecars(trained.root)


def test_version_8_3_shows_the_same(looked_8_3: Looked) -> None:
    looked = looked_8_3
    assert looked.run.sections["provenance"]["ultralytics"] == "8.3.200"
    test_weights_are_counted_as_each_epoch_leaves_them(looked, "neck")
    test_gradients_are_those_of_a_step_in_the_middle_of_the_epoch(looked)
    test_norms_and_ratios_are_those_of_the_same_step(looked)
    test_activations_are_those_of_the_first_validation_batch(looked)
    test_inputs_are_the_pictures_of_the_first_batch(looked)
    test_embeddings_are_the_means_of_the_features_within_the_boxes(looked)
    test_heat_maps_are_the_energies_of_the_same_features(looked)
    test_series_show_gains_augmentation_and_frozen_layers_when_they_change(looked)
    test_nothing_stays_in_the_training(looked)
