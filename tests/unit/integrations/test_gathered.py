"""What producers read of a validation, in every form that versions have given it, and what they do where there is nothing."""

import importlib
from importlib import util
from types import SimpleNamespace

import numpy as np
import pytest

from yoloscope.integrations.ultralytics.producers import (
    box_metrics,
    classes,
    confusion,
    contract,
    drawn,
    error_kinds,
    extremes,
    gathered,
    pictures,
    predictions,
    reading,
    sizes,
    threshold_curves,
)

pytestmark = [
    pytest.mark.slow,  # loads torch
    pytest.mark.torch,
    pytest.mark.skipif(util.find_spec("torch") is None, reason="torch is not installed"),
]


class Torch:
    """Torch, loaded when a test needs it, not when tests are collected."""

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module("torch"), name)


torch = Torch()
SIZE = (32, 64)
"""Height and width of a batch's pictures."""


class Run:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[object, ...]]] = []

    def __getattr__(self, name: str) -> object:
        return lambda *given, **_: self.calls.append((name, given))

    def named(self, name: str) -> list[tuple[object, ...]]:
        return [given for called, given in self.calls if called == name]


def context(run: Run | None = None) -> contract.Context:
    titles = {0: "a", 1: "b"}
    return contract.Context(run or Run(), moment=contract.Moment(), titles=titles, epochs=10)  # type: ignore[arg-type]


def prediction(*rows: tuple[float, ...], dtype: str = "float32") -> dict[str, object]:
    table = torch.tensor(rows, dtype=getattr(torch, dtype)).reshape(-1, 6)
    return {"bboxes": table[:, :4], "conf": table[:, 4], "cls": table[:, 5]}


def batch(count: int, *labels: tuple[float, ...], dtype: str = "float32") -> dict[str, object]:
    """A batch of so many pictures; a label is image, class, then centre and size as parts of the picture."""
    table = torch.tensor(labels, dtype=torch.float32).reshape(-1, 6)
    return {
        "img": torch.zeros((count, 3, *SIZE), dtype=getattr(torch, dtype)),
        "batch_idx": table[:, 0],
        "cls": table[:, 1:2],
        "bboxes": table[:, 2:],
    }


def validator(images: int = 4, *, conf: float = 0.001, task: str = "detect", number: int = 0) -> SimpleNamespace:
    dataset = range(images)
    return SimpleNamespace(
        args=SimpleNamespace(conf=conf, task=task),
        batch_i=number,
        dataloader=SimpleNamespace(dataset=dataset, sampler=dataset),
    )


ROWS = [[(1, 2, 3, 4, 0.9, 1), (5, 6, 7, 8, 0.2, 0)], [], [(0, 0, 9, 9, 0.5, 0)]]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_predictions_are_read_in_every_form(dtype: str) -> None:
    mappings = [prediction(*rows, dtype=dtype) for rows in ROWS]
    tensors = [torch.tensor(rows, dtype=getattr(torch, dtype)).reshape(-1, 6) for rows in ROWS]
    with_extra = [torch.cat([one, torch.ones((len(one), 2))], 1) for one in tensors]
    for preds in (mappings, tensors, (with_extra, torch.zeros(3, 8, 4, 4))):
        found = reading.predicted(preds, first=10, above=0.3)
        assert found.images.tolist() == [10, 12]
        assert found.xyxy.tolist() == [[1, 2, 3, 4], [0, 0, 9, 9]]
        assert found.classes.tolist() == [1, 0]
        assert found.scores.tolist() == pytest.approx([0.9, 0.5], abs=1e-3)
        assert reading.count(preds) == 3


def test_labels_are_read_in_pixels_of_the_batch() -> None:
    found = reading.true(batch(3, (0, 1, 0.5, 0.5, 0.25, 0.5), (2, 0, 0.25, 0.25, 0.5, 0.5)), first=5)
    assert found.images.tolist() == [5, 7]
    assert found.classes.tolist() == [1, 0]
    assert found.xyxy.tolist() == [[24, 8, 40, 24], [0, 0, 32, 16]]


def test_what_a_diverging_model_says_does_no_harm() -> None:
    nan, inf = float("nan"), float("inf")
    preds = [prediction((nan, 0, inf, -inf, 0.9, 0), (0, 0, 1, 1, nan, 0))]
    found = reading.predicted(preds, first=0, above=0.25)
    assert found.xyxy.tolist() == [[0, 0, reading.FAR_PX, -reading.FAR_PX]]


def test_nothing_at_all_is_shown_as_nothing_found() -> None:
    run = Run()
    shared = context(run)
    for kind in (confusion.Confusion, error_kinds.ErrorKinds, sizes.Sizes, extremes.Extremes, predictions.Predictions):
        producer = kind(shared)
        producer.val_start(SimpleNamespace(), validator(2))  # type: ignore[arg-type]
        producer.val_batch(SimpleNamespace(), validator(2), batch(2), [prediction(), prediction()])  # type: ignore[arg-type]
        producer.val_end(SimpleNamespace(), validator(2))  # type: ignore[arg-type]
    [(_, matrix)] = run.named("log_matrix")
    assert np.asarray(matrix).tolist() == np.zeros((3, 3)).tolist()
    [counts] = run.named("log")
    assert set(counts[0].values()) == {0.0}  # type: ignore[attr-defined]
    assert [name for name, *_ in run.named("log_image")] == ["predictions/0", "predictions/1"]


def test_a_batch_is_read_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    shared, watched = context(), validator(2)
    read: list[object] = []
    original = reading.predicted
    monkeypatch.setattr(reading, "predicted", lambda *given, **named: read.append(1) or original(*given, **named))
    producers = [confusion.Confusion(shared), error_kinds.ErrorKinds(shared)]
    for producer in producers:
        producer.val_start(SimpleNamespace(), watched)  # type: ignore[arg-type]
    for number in range(2):
        watched.batch_i = number
        for producer in producers:
            producer.val_batch(SimpleNamespace(), watched, batch(1), [prediction()])  # type: ignore[arg-type]
    assert len(read) == 2
    assert producers[1].gathered.images == 2


def test_of_a_large_validation_an_even_part_is_gathered_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "IMAGES_MOST", 4)
    run = Run()
    shared, watched = context(run), validator(10)
    found, kept = gathered.of(shared), []
    found.begin(watched)
    for number in range(5):
        watched.batch_i = number
        labels = batch(2, (0, 0, 0.5, 0.5, 1, 1), (1, 1, 0.5, 0.5, 1, 1))
        seen = found.see(watched, labels, [prediction((0, 0, 64, 32, 0.9, 0)), prediction((0, 0, 64, 32, 0.9, 0))])
        assert seen.predicted.images.tolist() == seen.true.images.tolist() == seen.images.tolist()
        assert (seen.images - 2 * number).tolist() == seen.places.tolist()
        kept += seen.images.tolist()
    assert kept == [0, 3, 5, 8]
    found.tell(shared)
    found.tell(shared)
    assert run.named("update") == [
        ("settings", {"validation_views": {"images": 4, "of_images": 10, "confidence": 0.25}})
    ]
    assert set(predictions.spread(10)) <= set(kept)


def test_a_process_of_a_distributed_validation_says_which_part_it_saw() -> None:
    run = Run()
    shared, watched = context(run), validator(10)
    watched.dataloader.sampler = range(2)
    found = gathered.of(shared)
    found.begin(watched)
    found.see(watched, batch(2), [prediction(), prediction()])
    found.tell(shared)
    [(_, told)] = run.named("update")
    assert told == {"validation_views": {"images": 2, "of_images": 10, "confidence": 0.25}}


@pytest.mark.parametrize(("told", "counted"), [(0.001, 0.25), (0.01, 0.25), (None, 0.25), (0.4, 0.4), (0.05, 0.05)])
def test_predictions_count_from_the_confidence_that_a_user_told(told: float | None, counted: float) -> None:
    assert gathered.confidence(SimpleNamespace(args=SimpleNamespace(conf=told))) == counted


def test_the_fixed_images_are_spread_evenly() -> None:
    assert predictions.spread(80) == [5, 15, 25, 35, 45, 55, 65, 75]
    assert predictions.spread(3) == [0, 1, 2]
    assert predictions.spread(0) == []


@pytest.mark.parametrize("kind", [predictions.Predictions, extremes.Extremes])
def test_pictures_are_looked_at_each_fifth_epoch_and_each_tenth_of_a_long_training(
    kind: type[contract.Producer],
) -> None:
    assert (kind.spacing(100), kind.spacing(101)) == (5, 10)
    assert kind.policy == "media"


def test_a_picture_loses_its_padding_and_keeps_its_colours() -> None:
    labels = batch(1, (0, 1, 0.5, 0.5, 0.25, 0.5), dtype="float16")
    labels["img"][0, :, 4:28, 8:56] = torch.tensor([10, 100, 250]).reshape(3, 1, 1) / 255  # type: ignore[index]
    labels |= {"ratio_pad": [((0.5, 0.5), (8, 4))], "ori_shape": [(48, 96)]}
    shared, watched = context(), validator(1)
    found = gathered.of(shared)
    found.begin(watched)
    preds = [prediction((20, 10, 40, 20, 0.75, 0), (0, 0, 9, 9, 0.1, 0))]
    picture = pictures.taken(labels, preds, seen=found.see(watched, labels, preds), place=0, above=0.25)
    assert picture.pixels.shape == (24, 48, 3)
    assert np.unique(picture.pixels.reshape(-1, 3), axis=0).tolist() == [[10, 100, 250]]
    assert np.asarray(picture.boxes["xyxy"]).tolist() == [[12, 6, 32, 16], [16, 4, 32, 20]]
    assert np.asarray(picture.boxes["classes"]).tolist() == [0, 1]
    assert np.asarray(picture.boxes["truth"]).tolist() == [False, True]
    assert np.asarray(picture.boxes["scores"]).tolist() == pytest.approx([0.75, np.nan], nan_ok=True)


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_pictures_of_any_channels_have_three(channels: int) -> None:
    labels = {**batch(1), "img": torch.full((1, channels, *SIZE), 0.5)}
    found = gathered.of(shared := context())
    found.begin(validator(1))
    assert shared is not None
    seen = found.see(validator(1), labels, [prediction()])
    picture = pictures.taken(labels, [prediction()], seen=seen, place=0, above=0.25)
    assert picture.pixels.shape == (*SIZE, 3)
    assert np.unique(picture.pixels).tolist() == [128]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, (0, 0, 64, 32)),
        ({"ratio_pad": [None], "ori_shape": [(1, 1)]}, (0, 0, 64, 32)),
        ({"ratio_pad": [((0.5, 0.5), (0.5, 8.5))], "ori_shape": [(30, 126)]}, (0, 8, 63, 23)),
        ({"ratio_pad": [((1.0, 1.0), (0.0, 0.0))], "ori_shape": [(999, 999)]}, (0, 0, 64, 32)),
    ],
)
def test_a_window_is_what_is_not_padding(told: dict[str, object], expected: tuple[int, ...]) -> None:
    assert pictures.window(told, place=0, width=64, height=32) == expected


@pytest.mark.parametrize("masks", ["numbered", "apart"])
def test_masks_of_labels_are_read_in_both_forms(masks: str) -> None:
    one, two = np.zeros((8, 16)), np.zeros((8, 16))
    one[1:4, 2:6], two[5:7, 8:15] = 1, 1
    told = np.stack([np.zeros((8, 16)), one + 2 * two]) if masks == "numbered" else np.stack([one, one, two])
    labels = batch(2, (0, 0, 0.5, 0.5, 1, 1), (1, 0, 0.5, 0.5, 1, 1), (1, 0, 0.5, 0.5, 1, 1))
    labels["masks"] = torch.tensor(told)
    said = {**prediction((0, 0, 64, 32, 0.9, 0)), "masks": torch.zeros((1, 8, 16))}
    found = drawn.shapes_of(labels, [said, said], place=1, above=0.25, corner=(4, 2))["outlines"]
    corners = [None if not len(outline) else [*outline.min(0), *outline.max(0)] for outline in found]  # type: ignore[attr-defined]
    assert corners == [None, [4.5, 2.5, 19.5, 13.5], [28.5, 18.5, 55.5, 25.5]]


def test_an_outline_is_the_largest_piece_s_and_keeps_its_shape_with_few_corners() -> None:
    angles = 2 * np.pi * np.arange(400) / 400
    wavy, rows, columns = 14 + 2 * np.sin(20 * angles), *np.mgrid[:128, :256]
    at = np.round((np.arctan2(rows - 30, columns - 200) % (2 * np.pi)) / (2 * np.pi) * 400).astype(int) % 400
    mask = (np.hypot(rows - 30, columns - 200) < wavy[at]).astype(np.float64)
    mask[40:120, 10:150] = 1  # four corners, many times as large
    labels = batch(1, (0, 0, 0.5, 0.5, 1, 1))
    labels["img"], labels["masks"] = torch.zeros((1, 3, 128, 256)), torch.tensor(mask)[None]
    [box] = drawn.truth_of(labels, place=0)["outlines"]  # type: ignore[misc]
    assert sorted(box.tolist()) == [[10.5, 40.5], [10.5, 119.5], [149.5, 40.5], [149.5, 119.5]]
    labels["masks"][0, 40:120, 10:150] = 0
    [star] = drawn.truth_of(labels, place=0)["outlines"]  # type: ignore[misc]
    assert 20 <= len(star) <= drawn.POINTS_MOST
    x, y = star.T
    area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
    assert area == pytest.approx(float(labels["masks"].sum()), rel=0.15)  # it runs through the middles of pixels


def test_key_points_without_visibility_are_visible() -> None:
    labels = batch(1, (0, 0, 0.5, 0.5, 1, 1))
    labels["keypoints"] = torch.tensor([[[0.5, 0.25]]])
    said = {**prediction((0, 0, 64, 32, 0.9, 0)), "keypoints": torch.tensor([[[8.0, float("nan")]]])}
    found = drawn.shapes_of(labels, [said], place=0, above=0.25, corner=(4, 2))["keypoints"]
    assert np.asarray(found).tolist() == [[[4, -2, 1]], [[28, 6, 1]]]


def measured(**arrays: object) -> SimpleNamespace:
    return SimpleNamespace(metrics=SimpleNamespace(box=SimpleNamespace(**arrays)))


def test_tables_and_curves_are_absent_where_a_version_has_none() -> None:
    empty = measured(ap_class_index=[], p=[], r=[])
    for found in (SimpleNamespace(), empty):
        assert classes.of(found) == {}
        assert box_metrics.of(found) == []
    old = measured(
        ap_class_index=np.array([1]),
        p=np.array([0.5]),
        ap50=np.array([0.25]),
        px=np.linspace(0, 1, 1000),
        prec_values=[],
    )
    assert {name: np.asarray(values).tolist() for name, values in classes.of(old).items()} == {
        "class": [1],
        "precision": [0.5],
        "AP50": [0.25],
    }
    [one] = box_metrics.of(old)
    assert threshold_curves.thinned(one, "prec_values") is None
    assert threshold_curves.thinned(one, "p_curve") is None


def test_counts_are_those_of_the_classes_that_have_results() -> None:
    found = measured(ap_class_index=np.array([2, 0]), p=np.array([0.5, 0.25]))
    found.nt_per_class, found.nt_per_image = np.array([5, 6, 7]), np.array([1, 2, 3])
    table = classes.of(found)
    assert np.asarray(table["objects"]).tolist() == [7, 5]
    assert np.asarray(table["images"]).tolist() == [3, 1]


def test_a_curve_keeps_101_of_the_framework_s_own_points_and_ends_with_the_mean() -> None:
    x, y = np.linspace(0, 1, 1000), np.random.default_rng(0).random((2, 1000))
    [one] = box_metrics.of(measured(ap_class_index=np.array([0, 3]), px=x, f1_curve=y))
    kept = threshold_curves.thinned(one, "f1_curve")
    assert kept is not None
    places = [round(at * 9.99) for at in range(101)]
    assert kept[0].tolist() == x[places].tolist()
    assert kept[1][:2].tolist() == y[:, places].tolist()
    assert kept[1][2] == pytest.approx(y[:, places].mean(0))


def test_the_best_of_a_ranking_stay_and_of_equal_ones_the_earlier() -> None:
    ranking = extremes.Ranking()
    picture = pictures.Picture(np.zeros((1, 1, 3), np.uint8), {})
    for first, keys in ((0, [0.5, np.nan, 0.9, 0.1, 0.5]), (5, [0.5, 0.7, np.nan, 0.2, 0.8])):
        for at in ranking.leading(np.array(keys)):
            ranking.enter(keys[at], first + at, picture)
    assert [(entry.key, -entry.earlier) for entry in ranking.in_order()] == [(0.9, 2), (0.8, 9), (0.7, 6), (0.5, 0)]
