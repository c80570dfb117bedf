"""The matching of boxes, and what follows from it, equal what going through images and boxes one by one gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope.curves import box_sizes, confusions, detection, image_scores, mistakes

CLASSES = 3
IMAGES = 4
CORNERS = st.integers(0, 6)
FEW = settings(max_examples=40)


@st.composite
def boxes(draw: st.DrawFn, *, most: int = 12) -> detection.Boxes:
    """Boxes on a coarse grid, so that equal overlaps, equal scores and boxes without area are frequent."""
    count = draw(st.integers(0, most))
    rows = [
        (
            draw(CORNERS),
            draw(CORNERS),
            draw(st.integers(0, 4)),
            draw(st.integers(0, 4)),
            draw(st.integers(0, CLASSES - 1)),
        )
        for _ in range(count)
    ]
    images = [draw(st.integers(0, IMAGES - 1)) for _ in range(count)]
    scores = [draw(st.sampled_from([0.3, 0.5, 0.7, 0.9])) for _ in range(count)]
    xyxy = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in rows], np.float32).reshape(-1, 4)
    kinds = np.array([kind for *_, kind in rows], np.int64)
    return detection.Boxes(np.array(images, np.int64), xyxy, kinds, np.array(scores, np.float32))


def iou(a: np.ndarray, b: np.ndarray) -> np.float32:
    """Return the overlap in single precision, which is what is compared with thresholds."""
    wide = max(0.0, float(min(a[2], b[2]) - max(a[0], b[0])))
    high = max(0.0, float(min(a[3], b[3]) - max(a[1], b[1])))
    union = float((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])) - wide * high
    return np.float32(wide * high) / np.float32(union) if union > 0 else np.float32(0)


def one_by_one(compared: detection.Compared, *, fits) -> list[int]:
    """Go through predictions from the surest down; each takes the free object it overlaps most, the first of equal ones."""
    predicted, true, _ = compared
    free, taken = set(range(len(true.images))), []
    for p in range(len(predicted.images)):
        best, found = 0.0, -1
        for t in sorted(free):
            overlap = iou(predicted.xyxy[p], true.xyxy[t])
            if predicted.images[p] == true.images[t] and fits(p, t, overlap) and overlap > best:
                best, found = overlap, t
        free.discard(found)
        taken.append(found)
    return taken


@FEW
@given(boxes(), boxes())
def test_pairs_are_those_of_one_image_that_overlap(predicted: detection.Boxes, true: detection.Boxes) -> None:
    predicted, true, near = detection.compare(predicted, true)
    expected = {
        (p, t): iou(predicted.xyxy[p], true.xyxy[t])
        for p in range(len(predicted.images))
        for t in range(len(true.images))
        if predicted.images[p] == true.images[t]
    }
    expected = {pair: overlap for pair, overlap in expected.items() if overlap >= np.float32(detection.NEAR_IOU)}
    found = {(int(p), int(t)): float(overlap) for p, t, overlap in zip(*near, strict=True)}
    assert expected == pytest.approx(found, abs=1e-6)


@FEW
@given(boxes(most=20), boxes(most=20), st.integers(1, 9))
def test_pairs_are_the_same_in_pieces(predicted: detection.Boxes, true: detection.Boxes, size: int) -> None:
    predicted, true = detection.sort(predicted), detection.sort(true)
    whole = detection.pairs(predicted, true, least=0.1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection, "PAIRS_AT_ONCE", size)
        pieces = detection.pairs(predicted, true, least=0.1)
    assert [column.tolist() for column in whole] == [column.tolist() for column in pieces]


@FEW
@given(boxes(most=20), boxes(most=20))
def test_a_matching_is_the_one_of_going_one_by_one(predicted: detection.Boxes, true: detection.Boxes) -> None:
    compared = detection.compare(predicted, true)
    found = detection.match(compared, compared.near.taken(compared.near.iou > 0.3))
    assert one_by_one(compared, fits=lambda _p, _t, overlap: overlap > np.float32(0.3)) == found.tolist()


def test_predictions_that_all_want_the_same_get_what_is_left_in_order() -> None:
    true = boxes_of((0, 0, 0, 10, 10), (0, 1, 0, 11, 10), (0, 2, 0, 12, 10))
    predicted = boxes_of(
        (0, 0, 0, 10, 10), (0, 0, 0, 10, 10), (0, 0, 0, 10, 10), (0, 0, 0, 10, 10), scores=[0.9, 0.8, 0.7, 0.6]
    )
    compared = detection.compare(predicted, true)
    assert detection.match(compared, compared.near).tolist() == [0, 1, 2, -1]


def test_a_prediction_whose_object_goes_to_a_surer_one_asks_for_its_next() -> None:
    """The second loses its first choice to the first, and then takes what the third had been given."""
    true = boxes_of((0, 0, 0, 10, 1), (0, 4, 0, 14, 1), (0, 8, 0, 18, 1))
    predicted = boxes_of((0, 0, 0, 10, 1), (0, 1, 0, 11, 1), (0, 4, 0, 14, 1), scores=[0.9, 0.8, 0.7])
    compared = detection.compare(predicted, true)
    assert detection.match(compared, compared.near).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("height", "is_matched"), [(4.4, False), (4.6, True)])
def test_a_matrix_s_overlap_is_more_than_45_percent(height: float, *, is_matched: bool) -> None:
    compared = detection.compare(boxes_of((0, 0, 0, 10, height)), boxes_of((0, 0, 0, 10, 10)))
    assert confusions.of_boxes(compared, classes=1).counts[0, 0] == int(is_matched)


def test_boxes_are_sorted_by_image_then_from_the_surest_down() -> None:
    given_ = boxes_of((1, 0, 0, 1, 1), (0, 0, 0, 2, 2), (1, 0, 0, 3, 3), (1, 0, 0, 4, 4), scores=[0.1, 0.2, 0.9, 0.1])
    assert detection.sort(given_).xyxy[:, 2].tolist() == [2, 3, 1, 4]


@FEW
@given(boxes(), boxes())
def test_a_confusion_matrix_counts_every_box_once(predicted: detection.Boxes, true: detection.Boxes) -> None:
    compared = detection.compare(predicted, true)
    expected = np.zeros((CLASSES + 1, CLASSES + 1))
    taken = one_by_one(compared, fits=lambda _p, _t, overlap: overlap > np.float32(confusions.IOU))
    for p, t in enumerate(taken):
        expected[compared.predicted.classes[p], compared.true.classes[t] if t >= 0 else CLASSES] += 1
    for t in set(range(len(true.images))) - set(taken):
        expected[CLASSES, compared.true.classes[t]] += 1
    found = confusions.of_boxes(compared, classes=CLASSES)
    assert expected.tolist() == found.counts.tolist()
    assert found.classes == (0, 1, 2, confusions.BACKGROUND)


def test_answers_make_a_matrix_without_background() -> None:
    found = confusions.of_labels(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2]), classes=3)
    assert found.counts.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert found.classes == (0, 1, 2)


def test_of_too_many_classes_the_frequent_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confusions, "CLASSES_MAX", 2)
    found = confusions.of_labels(np.array([5, 5, 1, -1, 3]), np.array([5, 1, 1, 5, -1]), classes=7, has_background=True)
    assert found.classes == (1, 5, -1)
    assert found.counts.tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 0]]


def test_a_class_that_is_not_known_is_left_out() -> None:
    assert confusions.of_labels(np.array([0, 9]), np.array([0, 0]), classes=1).counts.tolist() == [[1]]


def kind_of(compared: detection.Compared, p: int) -> str:
    """Name a wrong prediction by the paper's words, what overlaps more first."""
    predicted, true, _ = compared
    same = other = np.float32(0)
    for t in np.flatnonzero(true.images == predicted.images[p]):
        overlap = iou(predicted.xyxy[p], true.xyxy[t])
        if predicted.classes[p] == true.classes[t]:
            same = max(same, overlap)
        else:
            other = max(other, overlap)
    if same >= 0.5:
        return "duplicate"
    if other >= 0.5:
        return "classification"
    if same >= np.float32(0.1):
        return "localisation"
    return "both" if other >= np.float32(0.1) else "background"


@FEW
@given(boxes(), boxes())
def test_a_mistake_has_the_kind_that_its_overlaps_say(predicted: detection.Boxes, true: detection.Boxes) -> None:
    compared = detection.compare(predicted, true)
    same = compared.predicted.classes[:, None] == compared.true.classes[None, :]
    taken = one_by_one(compared, fits=lambda p, t, overlap: same[p, t] and overlap >= 0.5)
    expected = ["correct" if t >= 0 else kind_of(compared, p) for p, t in enumerate(taken)]
    found = mistakes.of_boxes(compared)
    assert expected == [mistakes.KINDS[kind] for kind in found.kinds]
    assert {t for t in taken if t >= 0} == set(np.flatnonzero(found.found).tolist())
    assert not (found.found & found.missed).any()


@pytest.mark.parametrize(
    ("predicted", "kind", "missed"),
    [
        ((0, 0, 0, 10, 10), "correct", False),
        ((0, 0, 0, 10, 4), "localisation", False),
        ((0, 20, 20, 30, 30), "background", True),
        ((1, 0, 0, 10, 9), "classification", False),
        ((1, 0, 0, 10, 4), "both", True),
    ],
)
def test_the_paper_s_kinds(predicted: tuple[float, ...], kind: str, *, missed: bool) -> None:
    """Table 1 of the paper: an object is missed unless it was found, or explained by a wrong class or place."""
    of_class = boxes_of((0, *predicted[1:]))._replace(classes=np.array([predicted[0]]))
    found = mistakes.of_boxes(detection.compare(of_class, boxes_of((0, 0, 0, 10, 10))))
    assert [mistakes.KINDS[index] for index in found.kinds] == [kind]
    assert found.missed.tolist() == [missed]


def test_a_second_prediction_of_the_same_object_is_a_duplicate() -> None:
    """Also where something of another class lies there too: large overlaps with its own class say more."""
    twice = boxes_of((0, 0, 0, 10, 10), (0, 0, 0, 10, 9), scores=[0.5, 0.9])
    true = boxes_of((0, 0, 0, 10, 10), (0, 0, 0, 10, 10))._replace(classes=np.array([0, 1]))
    found = mistakes.of_boxes(detection.compare(twice, true))
    assert [mistakes.KINDS[index] for index in found.kinds] == ["correct", "duplicate"]


@FEW
@given(boxes(), boxes())
def test_an_image_s_score_is_its_panoptic_quality(predicted: detection.Boxes, true: detection.Boxes) -> None:
    compared = detection.compare(predicted, true)
    same = compared.predicted.classes[:, None] == compared.true.classes[None, :]
    taken = one_by_one(compared, fits=lambda p, t, overlap: same[p, t] and overlap > 0.5)
    expected: list[float] = []
    for image in range(IMAGES):
        mine = [(p, t) for p, t in enumerate(taken) if compared.predicted.images[p] == image]
        hits = [iou(compared.predicted.xyxy[p], compared.true.xyxy[t]) for p, t in mine if t >= 0]
        wrong, missed = len(mine) - len(hits), int((true.images == image).sum()) - len(hits)
        below = len(hits) + wrong / 2 + missed / 2
        expected.append(sum(hits) / below if below else float("nan"))
    found = image_scores.of_boxes(compared, images=np.arange(IMAGES))
    assert expected == pytest.approx(found.tolist(), nan_ok=True, abs=1e-6)


@pytest.mark.parametrize(("height", "score"), [(5.5, 0.55), (4.5, 0.0)])
def test_half_an_overlap_makes_a_true_positive(height: float, score: float) -> None:
    compared = detection.compare(boxes_of((0, 0, 0, 10, height)), boxes_of((0, 0, 0, 10, 10)))
    assert image_scores.of_boxes(compared, images=np.arange(1)).tolist() == pytest.approx([score])


def test_recall_is_told_by_coco_s_sizes_and_by_octaves() -> None:
    xyxy = np.array([[0, 0, side, side] for side in (5.0, 31.9, 32.0, 95.9, 96.0, 700.0)], np.float32)
    found = np.array([True, False, True, True, False, False])
    sizes, octaves = box_sizes.by_size(xyxy, found), box_sizes.by_octave(xyxy, found)
    assert sizes.objects.tolist() == [2, 2, 2]
    assert sizes.found.tolist() == [1, 2, 0]
    assert sizes.recall.tolist() == [0.5, 1.0, 0.0]
    assert octaves.low_px.tolist() == [0, 8, 16, 32, 64, 128, 256, 512]
    assert octaves.high_px.tolist() == [8, 16, 32, 64, 128, 256, 512, np.inf]
    assert octaves.objects.tolist() == [1, 0, 1, 1, 2, 0, 0, 1]
    assert octaves.found.tolist() == [1, 0, 0, 1, 1, 0, 0, 0]
    assert np.isnan(octaves.recall[1])


def boxes_of(*rows: tuple[float, ...], scores: list[float] | None = None) -> detection.Boxes:
    """Boxes of class 0, each by its image and corners."""
    table = np.array(rows, np.float32)
    told = np.array(scores if scores is not None else [1.0] * len(rows), np.float32)
    return detection.Boxes(table[:, 0].astype(np.int64), table[:, 1:], np.zeros(len(rows), np.int64), told)
