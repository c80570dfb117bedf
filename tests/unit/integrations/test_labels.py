"""Statistics of labels, on a set written out by hand; trainings with them are in tests/integrations/ultralytics."""

from types import SimpleNamespace

import numpy as np
import pytest

from yoloscope.integrations.ultralytics.producers import contract, labels

SHAPES = {"a": (50, 100), "b": (200, 100), "c": (100, 100)}
BOXES = {"a": [(0, 0.5, 0.5, 0.5, 0.5), (2, 0.1, 0.9, 0.1, 0.2)], "b": [(0, 0.5, 0.5, 1.0, 0.5)], "c": []}
IMGSZ = 200


class Items:
    """Takes the place of a run."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, object]] = {}

    def _take(self, name: str, *given: object, **named: object) -> None:
        assert name not in self.calls
        self.calls[name] = {"given": given, **named}

    log_table = log_matrix = log_histogram = _take


def dataset(*, has_shapes: bool) -> SimpleNamespace:
    told = []
    for name, rows in BOXES.items():
        found = np.array(rows, np.float32).reshape(-1, 5)
        shape = {"shape": SHAPES[name]} if has_shapes else {}
        told.append({"im_file": name, "cls": found[:, :1], "bboxes": found[:, 1:], "normalized": True, **shape})
    return SimpleNamespace(labels=told)


def trainer(*, has_shapes: bool) -> SimpleNamespace:
    train, val = (SimpleNamespace(dataset=dataset(has_shapes=known)) for known in (True, has_shapes))
    return SimpleNamespace(train_loader=train, test_loader=val, args=SimpleNamespace(imgsz=IMGSZ))


def producer() -> tuple[labels.Labels, Items]:
    run = Items()
    titles = {0: "zero", 1: "one", 2: "two"}
    context = contract.Context(run, moment=contract.Moment(), titles=titles, epochs=1)  # type: ignore[arg-type]
    return labels.Labels(context), run


def assert_sizes(run: Items, split: str) -> None:
    """Compare with boxes of 100x50, 20x20 and 100x100 pixels."""
    assert run.calls[f"labels/{split}/images"]["given"] == (
        {"images": [3], "without_labels": [1], "instances": [3], "small": [1], "medium": [1], "large": [1]},
    )
    for side, pixels in (("width", (100, 20, 100)), ("height", (50, 20, 100))):
        told = run.calls[f"labels/{split}/{side}"]
        assert np.asarray(told["counts"]).tolist() == np.histogram(pixels, told["edges"])[0].tolist()  # type: ignore[arg-type]
    aspect = run.calls[f"labels/{split}/aspect"]
    assert np.asarray(aspect["counts"]).nonzero()[0].tolist() == [16, 20]  # 1 twice, and 2
    assert np.asarray(aspect["edges"])[[16, 20]].tolist() == [1, 2]


def test_sizes_are_in_pixels_of_the_picture_as_it_is_fed() -> None:
    looking, run = producer()
    looking.start(trainer(has_shapes=True))  # type: ignore[arg-type]
    for split in ("train", "val"):
        assert_sizes(run, split)
        table = {"class": [0, 1, 2], "instances": [2, 0, 1], "images": [2, 0, 1]}
        assert run.calls[f"labels/{split}/classes"]["given"] == (table,)
        assert np.asarray(run.calls[f"labels/{split}/crowding"]["counts"])[:4].tolist() == [1, 1, 1, 0]
        positions = np.asarray(run.calls[f"labels/{split}/positions"]["given"][0])  # type: ignore[index]
        assert {(y, x): n for y, x in np.argwhere(positions).tolist() if (n := positions[y, x])} == {
            (16, 16): 2,
            (28, 3): 1,
        }


def test_a_set_that_forgot_its_shapes_is_shown_behind_the_validation_that_tells_them() -> None:
    looking, run = producer()
    training = trainer(has_shapes=False)
    looking.start(training)  # type: ignore[arg-type]
    assert not [name for name in run.calls if name.startswith("labels/val/")]
    for names in (("b", "a"), ("c",)):
        batch: dict[str, object] = {"im_file": names, "ori_shape": tuple(SHAPES[name] for name in names)}
        looking.val_batch(training, None, batch, None)  # type: ignore[arg-type]
    looking.val_end(training, None)  # type: ignore[arg-type]
    assert_sizes(run, "val")
    looking.val_end(training, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("seen", [(), ("a",)])
def test_boxes_of_unknown_pictures_have_no_size(seen: tuple[str, ...]) -> None:
    looking, run = producer()
    training = trainer(has_shapes=False)
    looking.start(training)  # type: ignore[arg-type]
    shapes = tuple(SHAPES[name] for name in seen)
    looking.val_batch(training, None, {"im_file": seen, "ori_shape": shapes}, None)  # type: ignore[arg-type]
    looking.end(training)  # type: ignore[arg-type]
    counts = {"images": [3], "without_labels": [1], "instances": [3]}
    sizes = {"small": [1], "medium": [1], "large": [0]} if seen else {}
    assert run.calls["labels/val/images"]["given"] == ({**counts, **sizes},)
    assert ("labels/val/width" in run.calls) == bool(seen)
    assert "labels/val/positions" in run.calls
