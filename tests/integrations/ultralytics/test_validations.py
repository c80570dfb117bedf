"""What is shown of a validation equals a separate `val` of that epoch's weights, or what a slow loop over its boxes finds."""

import itertools
import pickle
from pathlib import Path

import harness
import numpy as np
import pytest
from PIL import Image

from yoloscope.boot import hook
from yoloscope.cli.demo import data as demo
from yoloscope.curves import box_sizes, mistakes
from yoloscope.integrations.ultralytics.producers import registry

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("ultralytics-validations"),
]
SCRIPT = Path(__file__).with_name("validating.py")
EPOCHS = (3, 6, 8, 9)
"""Counted from 0; those whose weights were validated apart."""
NEAR = 1e-3
EVERY = {"confusion": 1, "errors": 1, "sizes": 1, "classes": 1, "curves": 1, "predictions": 5, "extremes": 5}
SWITCHES = {**{name: "false" for name, _, _ in registry.KNOWN}, **EVERY}
"""Who is told how often to look is not thinned out, however slow the machine is."""
CURVES = ("precision_recall", "precision", "recall", "F1")
RESULTS = ("precision", "recall", "F1", "AP50", "AP")


class Validated(harness.Trained):
    """Trainings whose epochs were validated a second time."""

    def reference(self, task: str, epoch: int) -> dict[str, np.ndarray]:
        """Return what the framework's own `val` says of an epoch's weights."""
        with np.load(self.output / task / f"epoch-{epoch}.npz") as found:
            return dict(found)

    def items(self, task: str, epoch: int) -> dict[str, dict[str, object]]:
        """Return what was logged of an epoch's validation, by name."""
        calls = pickle.loads((self.output / task / "items.pickle").read_bytes())  # made by our own script
        return {call["name"]: call for call in calls if call["epoch"] == epoch + 1.0}

    def numbers(self, task: str, epoch: int, *, prefix: str) -> dict[str, float]:
        """Return an epoch's numbers whose names begin like that."""
        [run] = self.recorded(task)
        found: dict[str, float] = {}
        for row in run.rows:
            if row.epoch == epoch + 1.0:
                found |= {name: value for name, value in row.values.items() if name.startswith(prefix)}
        return found


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Validated:
    trained = Validated(tmp_path_factory.mktemp("validated"))
    trained.data = demo.make(trained.root / "digits", train=128, val=64)
    trained.output.mkdir()
    switched = "".join(f"{name} = {value}\n" for name, value in SWITCHES.items())
    (trained.output / "yoloscope.toml").write_text(f"[policy]\nmedia = true\n[producers]\n{switched}")
    words = [str(SCRIPT), str(trained.data), str(trained.output), "detect", "segment", "pose", "classify"]
    trained._run(words, environment={"YOLOSCOPE_STRICT": "1"}, path=(hook.PATH_DIR, str(SCRIPT.parent)))
    return trained


def near(found: object, *, of: int | None = None) -> object:
    """Return what compares equal within 1e-3."""
    return pytest.approx(np.asarray(found if of is None else found[of], float), abs=NEAR, nan_ok=True)  # type: ignore[index]


@pytest.mark.parametrize("epoch", EPOCHS)
def test_the_confusion_matrix_of_an_epoch_is_that_of_a_separate_val(validated: Validated, epoch: int) -> None:
    logged = validated.items("detect", epoch)["confusion"]
    assert logged["values"] == near(validated.reference("detect", epoch)["matrix"])
    assert logged["row_classes"] == logged["column_classes"] == (0, 1, 2, -1)


def test_the_matrices_compared_hold_hits_and_every_kind_of_miss(validated: Validated) -> None:
    matrix = validated.reference("detect", EPOCHS[-1])["matrix"]
    assert matrix[:3, :3].trace() > 20
    assert matrix[3, :3].sum() > 0
    assert matrix[:3, 3].sum() > 0
    assert matrix[:3, :3].sum() > matrix[:3, :3].trace()


@pytest.mark.parametrize(
    ("task", "epoch", "ending"),
    [
        *(("detect", epoch, "") for epoch in EPOCHS),
        *(("segment", 1, ending) for ending in ("", "_mask")),
        *(("pose", 1, ending) for ending in ("", "_pose")),
    ],
)
def test_curves_and_results_by_class_are_those_of_a_separate_val(
    validated: Validated, task: str, epoch: int, ending: str
) -> None:
    items, reference = validated.items(task, epoch), validated.reference(task, epoch)
    table = items["classes"]["columns"]
    assert isinstance(table, dict)
    assert table["class"].tolist() == reference["class"].tolist()
    for column in RESULTS:
        assert table[column + ending] == near(reference[column + ending])
    for column in ("objects", "images"):
        assert table[column].tolist() == reference[column][reference["class"]].tolist()
    for name in CURVES:
        logged, whole = items[f"curves/{name}{ending}"], reference[f"curves/{name}{ending}"]
        places = np.searchsorted(reference["x"], np.asarray(logged["x"]) - 1e-9)
        assert logged["x"] == near(reference["x"][places])
        assert logged["y"] == near(np.vstack([whole, whole.mean(0)])[:, places])
        assert len(places) == 101
        assert logged["classes"] == (*reference["class"].tolist(), -2)


@pytest.mark.parametrize("task", ["segment", "pose", "classify"])
def test_the_confusion_matrix_of_other_tasks_is_that_of_a_separate_val(validated: Validated, task: str) -> None:
    logged, matrix = validated.items(task, 1)["confusion"]["values"], validated.reference(task, 1)["matrix"]
    assert logged == near(matrix)
    assert matrix.sum() > 0


def test_a_classifier_s_results_by_class_follow_from_its_matrix(validated: Validated) -> None:
    matrix = validated.reference("classify", 1)["matrix"]
    right, said, were = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
    table = validated.items("classify", 1)["classes"]["columns"]
    assert isinstance(table, dict)
    assert table["images"].tolist() == were.tolist()
    for column, expected in (("recall", right / were), ("precision", right / np.where(said, said, np.nan))):
        assert table[column] == near(expected)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    wide, high = (max(0.0, min(one[i + 2], other[i + 2]) - max(one[i], other[i])) for i in (0, 1))
    sizes = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return wide * high / (sum(sizes) - wide * high)


class Image_:  # noqa: N801  # Pillow has the better name
    """One image's boxes, matched by a loop: sure predictions from the surest down, each to its best free object of its class."""

    def __init__(self, rows: np.ndarray) -> None:
        self.true = rows[rows[:, 7] == 1]
        sure = rows[(rows[:, 7] == 0) & (rows[:, 5] > 0.25)]
        self.said = sure[np.argsort(-sure[:, 5], kind="stable")]
        self.hits: dict[int, tuple[int, float]] = {}
        free = set(range(len(self.true)))
        for p, box in enumerate(self.said):
            fits = {t: overlap(box[1:5], self.true[t][1:5]) for t in free if self.true[t][6] == box[6]}
            best = max(fits, key=lambda t: fits[t], default=-1)
            if best >= 0 and fits[best] >= 0.5:
                self.hits[p] = (best, fits[best])
                free.discard(best)

    @property
    def quality(self) -> float:
        count = len(self.said) + len(self.true)
        return 2 * sum(iou for _, iou in self.hits.values()) / count if count else float("nan")

    def kind(self, p: int) -> str:
        """Name a prediction's kind by the greatest overlaps with objects of its class and of others."""
        if p in self.hits:
            return "correct"
        box = self.said[p]
        overlaps = [(overlap(box[1:5], true[1:5]), true[6] == box[6]) for true in self.true]
        same = max((iou for iou, is_same in overlaps if is_same), default=0.0)
        other = max((iou for iou, is_same in overlaps if not is_same), default=0.0)
        order = (
            ("duplicate", same >= 0.5),
            ("classification", other >= 0.5),
            ("localisation", same >= 0.1),
            ("both", other >= 0.1),
        )
        return next((name for name, holds in order if holds), "background")

    def missed(self) -> int:
        """Count objects that nothing found, and that are not the best match of a wrong class or a wrong place."""
        explained = {t for t, _ in self.hits.values()}
        for p, box in enumerate(self.said):
            wanted = {"classification": (False, 0.5), "localisation": (True, 0.1)}.get(self.kind(p))
            if wanted:
                fits = {
                    t: overlap(box[1:5], true[1:5])
                    for t, true in enumerate(self.true)
                    if (true[6] == box[6]) == wanted[0]
                }
                explained.add(max(fits, key=lambda t: fits[t]))
        return len(self.true) - len(explained)


def images(validated: Validated, epoch: int) -> list[Image_]:
    reference = validated.reference("detect", epoch)
    rows = reference["rows"]
    return [Image_(rows[rows[:, 0] == number]) for number in range(len(reference["files"]))]


@pytest.mark.parametrize("epoch", EPOCHS)
def test_mistakes_are_those_that_a_loop_finds(validated: Validated, epoch: int) -> None:
    found = images(validated, epoch)
    kinds = [(one.kind(p), int(one.said[p][6])) for one in found for p in range(len(one.said))]
    expected = {f"errors/{kind}": float(sum(kind == name for name, _ in kinds)) for kind in mistakes.KINDS}
    expected["errors/missed"] = float(sum(one.missed() for one in found))
    assert expected == validated.numbers("detect", epoch, prefix="errors/")
    table = validated.items("detect", epoch)["errors"]["columns"]
    assert isinstance(table, dict)
    for kind in mistakes.KINDS:
        assert table[kind].tolist() == [sum(one == (kind, index) for one in kinds) for index in range(3)]
    were = [int(one.true[t][6]) for one in found for t, _ in one.hits.values()]
    assert table["found"].tolist() == [were.count(index) for index in range(3)]


@pytest.mark.parametrize("epoch", EPOCHS)
def test_recall_by_size_is_what_a_loop_finds(validated: Validated, epoch: int) -> None:
    sides: list[tuple[float, bool]] = []
    for one in images(validated, epoch):
        taken = {t for t, _ in one.hits.values()}
        corners = [true[1:5] for true in one.true]
        sides += [(float(np.sqrt((x2 - x1) * (y2 - y1))), t in taken) for t, (x1, y1, x2, y2) in enumerate(corners)]
    steps = {"small": (0, 32), "medium": (32, 96), "large": (96, np.inf)}
    within = {name: [was for side, was in sides if low <= side < high] for name, (low, high) in steps.items()}
    expected = {f"metrics/recall_{name}": sum(was) / len(was) for name, was in within.items() if was}
    assert expected == pytest.approx(validated.numbers("detect", epoch, prefix="metrics/recall_"))
    table = validated.items("detect", epoch)["sizes"]["columns"]
    assert isinstance(table, dict)
    borders = (0, *box_sizes.OCTAVES_PX, np.inf)
    for at, (low, high) in enumerate(itertools.pairwise(borders)):
        inside = [was for side, was in sides if low <= side < high]
        assert [len(inside), sum(inside)] == [table["objects"][at], table["found"][at]]


def boxes_of(item: dict[str, object], *, truth: bool) -> np.ndarray:
    """Return ``(n, 6)``: xyxy, class, score, in a fixed order."""
    columns = item["boxes"]
    assert isinstance(columns, dict)
    rows = np.column_stack([columns["xyxy"], columns["classes"], columns["scores"]])[columns["truth"] == truth]
    return rows[np.lexsort(rows[:, :4].T)]


def test_the_same_images_are_shown_with_their_labels_and_what_was_predicted(validated: Validated) -> None:
    """The digits' files have the size the model sees, so labels are the files' own."""
    reference, items = validated.reference("detect", 9), validated.items("detect", 9)
    assert [name for name in items if name.startswith("predictions/")] == [f"predictions/{at}" for at in range(8)]
    for at, number in enumerate(range(4, 64, 8)):
        shown = items[f"predictions/{at}"]
        with Image.open(reference["files"][number]) as file:
            assert np.array_equal(np.asarray(file.convert("RGB")), np.asarray(shown["array"]))
        rows = reference["rows"][reference["rows"][:, 0] == number]
        for truth in (False, True):
            mine = rows[(rows[:, 7] == truth) & (rows[:, 5] > 0.25)]
            expected = np.column_stack([mine[:, 1:5], mine[:, 6], np.where(truth, np.nan, mine[:, 5])])
            assert boxes_of(shown, truth=truth) == near(expected[np.lexsort(expected[:, :4].T)])
        label = Path(str(reference["files"][number]).replace("images", "labels")).with_suffix(".txt")
        kind, x, y, w, h = 64 * np.loadtxt(label, ndmin=2).T
        corners = np.column_stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2, kind / 64, np.full(len(x), np.nan)])
        assert boxes_of(shown, truth=True) == near(corners[np.lexsort(corners[:, :4].T)])


def test_images_come_in_the_first_epoch_each_fifth_and_the_last(validated: Validated) -> None:
    with_images = [epoch for epoch in range(10) if "predictions/0" in validated.items("detect", epoch)]
    assert with_images == [epoch for epoch in range(10) if "extremes/worst/0" in validated.items("detect", epoch)]
    assert with_images == [0, 5, 9]
    first, last = (np.asarray(validated.items("detect", epoch)["predictions/3"]["array"]) for epoch in (0, 9))
    assert np.array_equal(first, last)


def test_the_worst_and_the_best_images_are_those_that_a_loop_ranks_so(validated: Validated) -> None:
    qualities = np.array([one.quality for one in images(validated, 9)])
    reference, items = validated.reference("detect", 9), validated.items("detect", 9)
    scores = items["extremes"]["columns"]
    assert isinstance(scores, dict)
    for side, title, order in (
        (-1, "worst", np.argsort(qualities, kind="stable")),
        (1, "best", np.argsort(-qualities, kind="stable")),
    ):
        mine = [score for score, of in zip(scores["score"], scores["side"], strict=True) if of == side]
        assert mine == near(qualities[order[:4]])
        for rank in range(4):
            with Image.open(reference["files"][order[rank]]) as file:
                shown = np.asarray(items[f"extremes/{title}/{rank}"]["array"])
                assert np.array_equal(np.asarray(file.convert("RGB")), shown)


def test_pictures_come_without_padding_and_boxes_move_along(validated: Validated) -> None:
    items = validated.items("segment", 1)
    heights = {np.asarray(items[f"predictions/{at}"]["array"]).shape[0] for at in range(8)}
    assert 64 in heights
    assert len(heights) > 2
    for at in range(8):
        shown = items[f"predictions/{at}"]
        height = np.asarray(shown["array"]).shape[0]
        truth = boxes_of(shown, truth=True)
        assert truth[:, 1].min() > -0.5
        assert truth[:, 3].max() < height + 0.5


def test_masks_are_shown_as_outlines_that_fill_their_boxes(validated: Validated) -> None:
    items = validated.items("segment", 1)
    counted = [0, 0]
    for at in range(8):
        columns = items[f"predictions/{at}"]["boxes"]
        assert isinstance(columns, dict)
        assert len(columns["outlines"]) == len(columns["xyxy"])
        for outline, box, is_true in zip(columns["outlines"], columns["xyxy"], columns["truth"], strict=True):
            around = np.concatenate([outline.min(0), outline.max(0)]) if len(outline) else box
            # the framework's masks have a quarter of the resolution; a prediction's is cut at its box
            assert np.abs(around - box).max() < 6 if is_true else ((around - box) * (1, 1, -1, -1)).min() > -6
            counted[bool(is_true)] += bool(len(outline))
    assert min(counted) >= 8


def test_key_points_are_shown_where_the_labels_have_them(validated: Validated) -> None:
    items = validated.items("pose", 1)
    said = 0
    for at in range(8):
        columns = items[f"predictions/{at}"]["boxes"]
        assert isinstance(columns, dict)
        assert columns["keypoints"].shape == (len(columns["xyxy"]), 2, 3)
        said += int((~columns["truth"]).sum())
        x1, y1, x2, y2 = columns["xyxy"][columns["truth"]].T
        left, right = columns["keypoints"][columns["truth"]].transpose(1, 0, 2)
        quarter, middle = (x2 - x1) / 4, (y1 + y2) / 2
        assert left == near(np.stack([x1 + quarter, middle, np.full(len(x1), 2)], axis=1))
        assert right == near(np.stack([x2 - quarter, middle, np.ones(len(x1))], axis=1))
    assert said > 0


def test_a_classifier_s_pictures_carry_its_answer_and_the_truth(validated: Validated) -> None:
    items = validated.items("classify", 1)
    shown = [boxes_of(items[f"predictions/{at}"], truth=truth) for at in range(8) for truth in (False, True)]
    assert all(box.shape == (1, 6) and box[0, :4].tolist() == [0, 0, 64, 64] for box in shown)
    assert all(0.3 < box[0, 5] <= 1 for box in shown[::2])


def test_how_many_images_were_looked_at_and_how_is_told(validated: Validated) -> None:
    for task, confidence in (("detect", 0.25), ("segment", 0.1)):
        [run] = validated.recorded(task)
        assert run.sections["settings"]["validation_views"] == {"images": 64, "of_images": 64, "confidence": confidence}
