"""What is told of the transforms of a data set: class names and numbers, the same each time, and what is switched off."""

import enum
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.integrations.ultralytics import augmentation, effective
from yoloscope.records import ids, policy, reduction, row


class Compose:
    def __init__(self, *transforms: object) -> None:
        self.transforms = list(transforms)


class Mosaic:
    def __init__(self, p: float) -> None:
        self.p = p
        self.imgsz = 640
        self.border = (-320, -320)
        self.dataset = object()
        self.buffer = np.zeros(3)
        self._random = object()


class MixUp:
    def __init__(self, p: float, pre_transform: object) -> None:
        self.p = p
        self.pre_transform = pre_transform


class CopyPaste:
    def __init__(self, p: float) -> None:
        self.p = p


class RandomFlip:
    def __init__(self, p: float, direction: str) -> None:
        self.p = p
        self.direction = direction


class Albumentations:
    def __init__(self, inner: object) -> None:
        self.p = 1.0
        self.transform = inner


class Method(enum.Enum):
    NEAREST = "nearest"


class AcmeScratches:
    def __init__(self) -> None:
        self.method = Method.NEAREST
        self.note = "n" * 200
        self.strength = [0.1, 0.2]


def pipeline(*, mosaic: float = 1.0, mixup: float = 0.5, paste: float = 0.1, flip: float = 0.5) -> Compose:
    first = Compose(Mosaic(mosaic), CopyPaste(paste))
    return Compose(first, MixUp(mixup, first), RandomFlip(flip, "horizontal"), AcmeScratches())


def trainer(transforms: object, *, segments: object = (), rect: bool = False, **args: float) -> SimpleNamespace:
    dataset = SimpleNamespace(transforms=transforms, rect=rect, labels=[{"segments": segments}, {"segments": []}])
    asked = {"mosaic": 1.0, "mixup": 0.5, "copy_paste": 0.1, "fliplr": 0.5, **args}
    return SimpleNamespace(train_loader=SimpleNamespace(dataset=dataset), args=SimpleNamespace(**asked))


def test_transforms_are_told_by_class_names_and_numbers() -> None:
    told = augmentation.described(trainer(pipeline(), segments=[[1]]))  # type: ignore[arg-type]
    flip = {"kind": "RandomFlip", "direction": "horizontal", "p": 0.5}
    mosaic = {"kind": "Mosaic", "border": [-320, -320], "imgsz": 640, "p": 1.0}
    assert told == {
        "transforms": [
            {
                "kind": "Compose",
                "transforms": [
                    {"kind": "Compose", "transforms": [mosaic, {"kind": "CopyPaste", "p": 0.1}]},
                    {"kind": "MixUp", "p": 0.5, "pre_transform": {"kind": "Compose", "as_above": True}},
                    flip,
                    {"kind": "AcmeScratches", "method": "nearest", "strength": [0.1, 0.2]},
                ],
            }
        ]
    }
    assert told == augmentation.described(trainer(pipeline(), segments=[[1]]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("transforms", "changes", "off"),
    [
        (pipeline(), {}, {"copy_paste": "no_masks"}),
        (pipeline(paste=0.0), {"copy_paste": 0.0}, {}),
        (pipeline(mosaic=0, mixup=0), {"rect": True}, {"mosaic": "rect", "mixup": "rect", "copy_paste": "no_masks"}),
        (
            pipeline(mosaic=0, mixup=0, paste=0),
            {},
            {"mosaic": "close_mosaic", "mixup": "close_mosaic", "copy_paste": "close_mosaic"},
        ),
        (pipeline(flip=0), {}, {"fliplr": "no_flip_idx", "copy_paste": "no_masks"}),
        (None, {}, {}),
    ],
)
def test_what_is_asked_for_and_does_nothing_is_told_with_its_reason(
    transforms: object, changes: dict[str, float], off: dict[str, str]
) -> None:
    told = augmentation.described(trainer(transforms, **changes))  # type: ignore[arg-type]
    assert told.get("switched_off", {}) == off


def test_the_settings_in_effect_are_zero_where_something_is_switched_off() -> None:
    found = effective._augmentation(trainer(pipeline(mosaic=0, mixup=0), rect=True))  # type: ignore[arg-type]
    assert {key: value for key, value in found.items() if key != "augmentation"} == {
        "mosaic": 0.0,
        "mixup": 0.0,
        "copy_paste": 0.0,
    }


def test_a_transform_that_holds_one_other_is_told_with_it() -> None:
    told = augmentation.described(trainer([Albumentations(Compose(CopyPaste(0.2))), Albumentations(None)]))  # type: ignore[arg-type]
    inner = {"kind": "Compose", "transforms": [{"kind": "CopyPaste", "p": 0.2}]}
    assert told["transforms"] == [
        {"kind": "Albumentations", "p": 1.0, "transform": inner},
        {"kind": "Albumentations", "p": 1.0, "transform": None},
    ]


@pytest.mark.slow
def test_a_pipeline_that_holds_itself_ends() -> None:
    ring = Compose()
    ring.transforms = [ring] * 100
    told = augmentation.described(trainer(ring))  # type: ignore[arg-type]
    inner = told["transforms"][0]["transforms"]  # type: ignore[index]
    assert inner == [{"kind": "Compose", "as_above": True}] * augmentation.ITEMS_MOST


def test_functions_and_objects_without_attributes_are_told_by_name() -> None:
    told = augmentation.described(trainer([len, object(), 3]))  # type: ignore[arg-type]
    assert told["transforms"] == [{"kind": "len"}, {"kind": "object"}, {"kind": "int"}]


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text(min_size=1), inner).map(lambda held: SimpleNamespace(**held))
        ),
        max_leaves=50,
    )
)
def test_whatever_a_pipeline_holds_it_is_described(held: object) -> None:
    told = augmentation.described(trainer(Compose(held)))  # type: ignore[arg-type]
    assert isinstance(told["transforms"], list)


def test_own_classes_do_not_leave_by_default() -> None:
    told = augmentation.described(trainer(pipeline()))  # type: ignore[arg-type]
    ref = row.RunRef(ids.RunId("r"), ids.ProjectName("p"), name="n", created_ns=1)
    entry = row.Updated("settings", {"augmentation": told})
    batch = row.Batch(ref, row.AttemptRef(0, 1, 1), ids.WriterId("0" * 32), 0, 0, (entry,))
    [sent] = reduction.reduced(batch, policy=policy.Policy(), index_of=lambda _: 0).entries
    assert isinstance(sent, row.Updated)
    left = sent.values["augmentation"]["transforms"][0]["transforms"]  # type: ignore[index]
    assert [one["kind"] for one in left] == ["Compose", "MixUp", "RandomFlip", "<text>"]
    assert left[2] == {"kind": "RandomFlip", "direction": "horizontal", "p": 0.5}
    assert sent.values["augmentation"]["switched_off"] == {"copy_paste": "no_masks"}  # type: ignore[index]
