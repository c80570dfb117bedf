"""Which labels are followed, in what order, how a resumed training goes on, and how long looking may take."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "curves"))

import suspicions

from yoloscope.curves.suspicion import rounds
from yoloscope.integrations.ultralytics.suspects import allowance, pictures
from yoloscope.spool import suspects


def label(path: str, *boxes: tuple[float, ...], **more: object) -> dict[str, object]:
    """Return a label as Ultralytics holds it."""
    classes = np.array([[box[0]] for box in boxes], np.float32).reshape(-1, 1)
    places = np.array([box[1:] for box in boxes], np.float32).reshape(-1, 4)
    return {"im_file": path, "cls": classes, "bboxes": places, "normalized": True, "bbox_format": "xywh", **more}


def test_labels_become_edges() -> None:
    [found] = pictures.of_dataset(
        SimpleNamespace(labels=[label("a.png", (2, 0.5, 0.4, 0.2, 0.4), (0, 0.1, 0.1, 0.2, 0.2))])
    )
    assert (found.path, found.classes.tolist()) == ("a.png", [2, 0])
    assert found.boxes == pytest.approx(np.array([[0.4, 0.2, 0.6, 0.6], [0.0, 0.0, 0.2, 0.2]]), abs=1e-6)


def test_a_set_of_sets_is_all_of_them_and_what_cannot_be_read_is_left_out() -> None:
    some = SimpleNamespace(
        labels=[label("a.png"), label("b.png", normalized=False), label("c.png", bbox_format="ltwh")]
    )
    more = SimpleNamespace(labels=[{"im_file": "d.png"}, label("e.png", (1, 0.5, 0.5, 1, 1))])
    found = pictures.of_dataset(SimpleNamespace(datasets=[some, more]))
    assert [(one.path, len(one.classes)) for one in found] == [("a.png", 0), ("e.png", 1)]


@pytest.mark.parametrize("dataset", [SimpleNamespace(), SimpleNamespace(labels=[]), SimpleNamespace(samples=[1]), None])
def test_a_set_without_boxes_is_followed_by_nothing(dataset: object) -> None:
    assert pictures.of_dataset(dataset) == []


def labels(count: int) -> list[suspects.Labels]:
    return [
        suspects.Labels(f"{number}.png", np.zeros(2, np.int64), np.full((2, 4), number / 100, np.float32))
        for number in range(count)
    ]


def test_the_order_is_mixed_and_always_the_same() -> None:
    found = [one.path for one in pictures.order(labels(40))]
    assert found == [one.path for one in pictures.order(labels(40))]
    assert sorted(found) == sorted(f"{number}.png" for number in range(40))
    assert found != sorted(found)


@pytest.mark.parametrize(("most", "count"), [(0, 0), (1, 0), (2, 1), (9, 4), (10, 5), (100, 5)])
def test_so_many_boxes_are_followed_and_no_more(most: int, count: int) -> None:
    assert len(pictures.order(labels(5), boxes_most=most)) == count


def record(known: list[suspects.Labels], *, pictures_seen: dict[int, list[float]]) -> suspects.Record:
    """Return a record in which pictures were looked at, at these epochs."""
    all_rows = suspicions.record(4)
    parts: list[rounds.Kept] = []
    for number, epochs in pictures_seen.items():
        rows = rounds.Kept(*(some[(some["image"] == 37) & np.isin(some["epoch"], epochs)].copy() for some in all_rows))
        for some in rows:
            some["image"] = number
        parts.append(rows)
    kept = rounds.Kept(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    head = suspects.followed("r", imgsz=64, titles={}, pictures=known, pictures_of=len(known))
    return suspects.Record(head, known, kept)


def test_a_resumed_training_looks_first_at_what_was_looked_at_least() -> None:
    known = labels(4)
    earlier = record(known, pictures_seen={0: [1.0, 2.0], 1: [1.0], 3: [1.0, 2.0, 3.0]})
    turn, kept = pictures.continued(earlier, known, until=2.0)
    assert [one.path for one in turn] == ["2.png", "1.png", "0.png", "3.png"]
    looked = {(turn[row["image"]].path, float(row["epoch"])) for row in kept.visits}
    assert looked == {("0.png", 1.0), ("0.png", 2.0), ("1.png", 1.0), ("3.png", 1.0), ("3.png", 2.0)}
    assert len(kept.looks) == 2 * len(kept.visits)


def test_what_was_said_of_labels_that_were_mended_is_forgotten() -> None:
    earlier = record(labels(4), pictures_seen={0: [1.0], 1: [1.0], 2: [1.0]})
    now = [one for one in labels(4) if one.path != "1.png"]
    now[0] = suspects.Labels(now[0].path, np.ones(2, np.int64), now[0].boxes)
    turn, kept = pictures.continued(earlier, now, until=9.0)
    assert {turn[number].path for number in kept.visits["image"]} == {"2.png"}
    assert sorted(one.path for one in turn) == ["0.png", "2.png", "3.png"]


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def perf_counter(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(allowance, "time", clock)
    return clock


def test_looking_never_takes_more_than_its_share(clock: Clock) -> None:
    budget, chance = allowance.Allowance(), np.random.default_rng(1)
    trained_s = looked_s = 0.0
    for epoch in range(50):
        budget.begin_training()
        step_s = float(chance.uniform(5, 15))
        clock.now_s += step_s
        trained_s += step_s
        budget.end_training()
        clock.now_s += 3.0  # a validation earns nothing
        budget.end_training()
        if epoch < 10:
            continue  # saved
        budget.begin_looking()
        while budget.has(0.1):
            clock.now_s += 0.1
            looked_s += 0.1
            budget.end_looking()
    assert looked_s <= allowance.SHARE * trained_s
    assert looked_s > allowance.SHARE * trained_s - 0.2
    assert budget.spent_s == pytest.approx(looked_s)


def test_what_was_overspent_is_paid_back(clock: Clock) -> None:
    budget = allowance.Allowance()
    budget.begin_looking()
    clock.now_s += 1.0
    budget.end_looking()
    for _ in range(4):
        assert not budget.has(0.0)
        budget.begin_training()
        clock.now_s += 0.3 / allowance.SHARE
        budget.end_training()
    assert budget.has(0.1)
