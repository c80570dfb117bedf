"""Names, roles, class titles, fingerprints and notes, read from stand-ins for a framework's objects."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import yoloscope
from yoloscope import errors
from yoloscope.importers.dataset import labels
from yoloscope.integrations import contract
from yoloscope.integrations.ultralytics import effective, fingerprint, naming, resume, validation, values

NOVEMBER_S = 1_795_262_400.0


class AdamW:
    """An optimizer's name."""


def trainer(**args: object) -> SimpleNamespace:
    given = {"model": "yolo11n.pt", "mosaic": 1.0, "close_mosaic": 10, "data": "signs.yaml", **args}
    return SimpleNamespace(args=SimpleNamespace(**given), epochs=100, optimizer=AdamW(), model=SimpleNamespace())


def test_a_run_is_named_after_date_model_optimizer_and_mosaic() -> None:
    assert naming.run_name(trainer(), now_s=NOVEMBER_S) == "20261121-yolo11n-adamw-mosaic"


@pytest.mark.parametrize("changes", [{"mosaic": 0.0}, {"close_mosaic": 100}])
def test_mosaic_that_is_never_used_is_not_named(changes: dict[str, object]) -> None:
    assert naming.run_name(trainer(**changes), now_s=NOVEMBER_S).endswith("-nomosaic")


def test_a_checkpoint_is_named_after_its_architecture() -> None:
    resumed = trainer(model="runs/x/weights/last.pt")
    resumed.model.yaml = {"yaml_file": "cfg/yolo11s.yaml"}
    assert naming.model_name(resumed) == "yolo11s"


@pytest.mark.parametrize(
    ("data", "project"),
    [
        ("signs.yaml", "signs"),
        ("/sets/交通标志/data.yaml", "交通标志"),
        ("a b?.yaml", "a b"),
        ("???.yaml", "default"),
        (None, "default"),
    ],
)
def test_a_project_is_named_after_its_data_where_names_may_be_told(data: str | None, project: str) -> None:
    assert project == naming.project_name(trainer(data=data), tells_names=True)


@pytest.mark.parametrize(
    ("data", "project"),
    [("signs.yaml", "default"), ("/sets/acme/data.yaml", "default"), ("coco128.yaml", "coco128"), (None, "default")],
)
def test_a_project_is_not_named_after_a_file_that_only_its_owner_has(data: str | None, project: str) -> None:
    assert project == naming.project_name(trainer(data=data), tells_names=False)


def test_a_run_is_not_named_after_a_file_that_only_its_owner_has() -> None:
    own = trainer(model="acme-line7.pt")
    own.optimizer = type("AcmeStep", (), {})()
    assert naming.run_name(own, now_s=NOVEMBER_S) == "20261121-custom-custom-mosaic"


def test_settings_are_shown_without_paths() -> None:
    given = {"data": "/home/x/a.yaml", "list": ["C:\\y\\b.txt", 3], "box": 7.5, "none": None, "on": True}
    expected = {"data": "<path>/a.yaml", "list": ["<path>/b.txt", 3], "box": 7.5, "none": None, "on": True}
    assert expected == naming.shown(given)


def test_what_an_address_has_behind_its_question_mark_is_not_kept() -> None:
    assert naming.shown("https://host/ds/signs?key=secret") == "<path>/signs"
    assert naming.shown("/data/what?.yaml") == "<path>/what?.yaml"
    assert {
        key: value for key, value in effective.arguments(trainer(data="/d/s.yaml")).items() if key in {"model", "data"}
    } == {"model": "yolo11n.pt", "data": "<path>/s.yaml"}


def test_groups_are_known_by_role_and_never_by_position() -> None:
    weight, bias, scale = object(), object(), object()
    named = [("a.weight", weight), ("a.bias", bias), ("bn.weight", scale)]
    model = SimpleNamespace(named_parameters=lambda: iter(named))
    groups = [
        {"params": [bias], "weight_decay": 0.0},
        {"params": [weight], "weight_decay": 5e-4},
        {"params": [scale], "weight_decay": 0.0},
        {"params": [weight], "weight_decay": 5e-4, "param_group": "weight"},
        {"params": [weight], "param_group": "muon"},
    ]
    assert values.group_roles(groups, model=model) == ("bias", "weight", "bn", "weight.1", "muon")  # type: ignore[arg-type]


def test_class_titles_are_printable_and_distinct() -> None:
    assert validation.class_titles({0: "cat", 1: "cat", 2: "d\ng", 3: ""}) == {0: "cat", 1: "cat.1", 2: "d?g", 3: ".3"}


def test_class_results_follow_the_class_index() -> None:
    box = SimpleNamespace(ap_class_index=np.array([2, 0]), ap50=np.array([0.5, 0.25]), ap=[], p=[], r=[])
    metrics = SimpleNamespace(box=box, names={0: "a", 1: "b", 2: "c"})
    assert validation.class_results(SimpleNamespace(metrics=metrics)) == {"class/c/AP50": 0.5, "class/a/AP50": 0.25}


def test_class_results_are_empty_before_there_are_any() -> None:
    assert validation.class_results(SimpleNamespace()) == {}


def label(name: str, *boxes: tuple[int, float, float]) -> dict[str, object]:
    classes = np.array([[kind] for kind, _, _ in boxes], dtype=np.float32).reshape(-1, 1)
    sizes = np.array([[0.5, 0.5, w, h] for _, w, h in boxes], dtype=np.float32).reshape(-1, 4)
    return {"im_file": name, "cls": classes, "bboxes": sizes, "normalized": True}


def test_a_data_set_is_told_by_counts_sizes_and_a_digest() -> None:
    labels = [label("/x/a.jpg", (0, 0.1, 0.9), (1, 0.3, 0.3)), label("/x/b.jpg")]
    loader = SimpleNamespace(dataset=SimpleNamespace(labels=labels))
    moved = SimpleNamespace(
        dataset=SimpleNamespace(labels=[label("/y/b.jpg"), label("/y/a.jpg", (0, 0.1, 0.9), (1, 0.3, 0.3))])
    )
    found = fingerprint.data_fingerprint(
        SimpleNamespace(train_loader=loader, test_loader=moved),
        titles={0: "cat", 1: "dog", 2: "owl"},  # type: ignore[arg-type]
    )
    train, val = found["train"], found["val"]
    assert isinstance(train, dict)
    assert val == train | {"shared_with_train": 0.0}
    assert tuple(train[key] for key in ("images", "background_images", "instances", "per_class")) == (
        2,
        1,
        2,
        {"cat": 1, "dog": 1, "owl": 0},
    )
    assert train["box_width_counts"] == [0, 0, 0, 1, 0, 1, 0]


def test_a_data_set_tells_what_is_left_out_shared_and_small() -> None:
    """Pictures of 400 by 200 at a size of 100: a quarter of the side of each box is left."""
    sized = [
        label(name, *boxes) | {"shape": (200, 400)}
        for name, boxes in (
            ("/x/a.jpg", [(0, 0.02, 0.02), (0, 0.1, 0.1)]),
            ("/x/b.jpg", [(0, 0.2, 0.2), (0, 1.0, 1.0), (0, 0.5, 0.02)]),
        )
    ]
    train = SimpleNamespace(dataset=SimpleNamespace(labels=sized, label_files=["a", "b", "broken"]))
    val = SimpleNamespace(dataset=SimpleNamespace(labels=[*sized[1:], label("/x/c.jpg")]))
    trainer = SimpleNamespace(train_loader=train, test_loader=val, args=SimpleNamespace(imgsz=100))
    found = fingerprint.data_fingerprint(trainer, titles={0: "cat"})  # type: ignore[arg-type]
    keys = ("corrupt", "fullest", "area_below_8", "area_below_16", "side_below_2", "covering")
    assert [found["train"][key] for key in keys] == pytest.approx([1, 3, 0.6, 0.8, 0.4, 0.2])  # type: ignore[index]
    assert "shared_with_train" not in found["train"]  # type: ignore[operator]
    assert found["val"]["shared_with_train"] == 0.5  # type: ignore[index]


def boxed(*boxes: tuple[float, float, float, float]) -> dict[str, object]:
    """A label of boxes as they were read: centre, width, height."""
    return label("/x/a.jpg", *[(0, 0.1, 0.1)] * len(boxes)) | {"bboxes": np.array(boxes, np.float32)}


def overhanging(*labels: dict[str, object]) -> object:
    loader = SimpleNamespace(dataset=SimpleNamespace(labels=list(labels)))
    trainer = SimpleNamespace(train_loader=loader, test_loader=loader)
    found = fingerprint.data_fingerprint(trainer, titles={0: "cat"})["train"]  # type: ignore[arg-type]
    return found.get("overhanging")  # type: ignore[union-attr]


def test_boxes_over_the_edge_of_their_picture_are_a_share_of_all() -> None:
    inside, slip, far = (0.5, 0.5, 1.0, 1.0), (0.9, 0.5, 0.28, 0.2), (0.2, 0.2, 0.8, 0.6)
    assert overhanging(boxed(inside, slip), boxed(far, inside)) == 0.25
    assert overhanging(boxed()) is None


@pytest.mark.parametrize(("x", "y"), [(0.149, 0.5), (0.851, 0.5), (0.5, 0.149), (0.5, 0.851)])
def test_any_edge_counts_from_a_twentieth_of_the_picture_on(x, y) -> None:
    assert overhanging(boxed((x, y, 0.4, 0.4))) == 1.0
    near = [0.002 * np.sign(0.5 - value) + value for value in (x, y)]
    assert overhanging(boxed((*near, 0.4, 0.4))) == 0.0


SPAN = st.tuples(st.floats(0.0, 1.0, width=32), st.floats(0.0, 1.0, width=32)).map(sorted)


@given(st.lists(st.tuples(SPAN, SPAN), min_size=1, max_size=20))
def test_boxes_within_their_picture_never_overhang_and_their_corners_do_as_in_label_files(corners) -> None:
    """What a training says of itself and what is counted in files are one rule."""
    inside = [((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0) for (x0, x1), (y0, y1) in corners]
    assert overhanging(boxed(*inside)) == 0.0
    swapped = [(x0, y0, x1, y1) for (x0, x1), (y0, y1) in corners]
    text = "\n".join(" ".join(map(repr, (0, *box))) for box in swapped)
    counted = labels.parse(text.encode(), path="a.txt", classes=1).overhanging
    assert overhanging(boxed(*swapped)) == pytest.approx(counted / len(swapped))


def test_a_data_set_without_boxes_is_counted() -> None:
    loader = SimpleNamespace(dataset=["a", "b", "c"])
    described = SimpleNamespace(train_loader=loader, test_loader=loader)
    assert fingerprint.data_fingerprint(described, titles={}) == {"train": {"images": 3}, "val": {"images": 3}}  # type: ignore[arg-type]


def test_a_note_is_found_again(tmp_path: Path) -> None:
    note = resume.Note(version=resume.VERSION, run="abc", project="signs", name="first")
    resume.leave(tmp_path, note)
    assert note == resume.find(tmp_path)
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"version":1}',
        '{"version":9,"run":"a","project":"p","name":"n"}',
        '{"version":1,"run":"../x","project":"p","name":"n"}',
    ],
)
def test_a_note_that_cannot_be_used_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / resume.FILE_NAME).write_text(text)
    assert resume.find(tmp_path) is None


def test_attach_is_public_and_refuses_what_it_does_not_know() -> None:
    assert yoloscope.attach is contract.attach
    with pytest.raises(errors.ConfigError, match=r"yoloscope\.init"):
        yoloscope.attach(object())
