"""Gaps between validation and training: which there are, what they hold, and what they leave out."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import attempts, rows
from yoloscope.query import derived, series
from yoloscope.records import row
from yoloscope.store import open as opening

SECOND = 1_000_000_000
TRAIN = ("train/box_loss", "train/cls_loss")
VAL = ("val/box_loss", "val/cls_loss")


def _trained(stores: opening.Stores) -> None:
    """Fill a run of two epochs of two batches, resumed in the second, which was then trained and validated again."""
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "first", 1))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    attempts.begin(stores, row.AttemptRef(1, wall_ns=1, mono_ns=0, start_epoch=1.0, start_step=2))
    first = [
        _rows(TRAIN, [[4.0, 40.0], [2.0, 20.0]], steps=[0, 1], epochs=[0.5, 1.0], clock=1),
        _rows(VAL, [[5.0, 33.0]], steps=[1], epochs=[1.0], clock=3),
        _rows(TRAIN, [[100.0, 100.0], [100.0, 100.0]], steps=[2, 3], epochs=[1.5, 2.0], clock=4),
        _rows(VAL, [[100.0, 100.0]], steps=[3], epochs=[2.0], clock=6),
    ]
    again = [
        _rows(TRAIN, [[1.0, 10.0], [math.nan, 20.0]], steps=[2, 3], epochs=[1.5, 2.0], clock=1),
        _rows(VAL, [[4.0, 10.0]], steps=[3], epochs=[2.0], clock=3),
        _rows(VAL, [[9.0, 9.0]], steps=[4], epochs=[9.0], clock=4),
        _rows(VAL, [[9.0, 9.0]], steps=[4], epochs=[math.nan], clock=5),
    ]
    lanes = [rows.lane(*first), rows.lane(*again, attempt=2, first_seq=6)]
    stores.series.append(rows.PROJECT, lanes).result()


def _rows(names, values, *, steps, epochs, clock) -> row.Matrix:
    mono_ns = [(clock + at) * SECOND for at in range(len(values))]
    return rows.matrix(values, names=names, steps=steps, epochs=epochs, mono_ns=mono_ns)


def _ask(stores: opening.Stores, name: str, *, x: series.XAxis = "epoch", **window: object) -> series.Columns:
    asked = series.Window(x, **{"buckets": 0, **window})
    info = stores.catalog.run(rows.RUN)
    return derived.series_columns(stores.series, info, name=name, window=asked)


def test_a_gap_is_validation_minus_the_mean_of_its_epoch_without_what_was_superseded(stores: opening.Stores) -> None:
    _trained(stores)
    box, classes, total = (_ask(stores, f"derived/gap/{part}") for part in ("box", "cls", "total"))
    assert (box.x.tolist(), box.y.tolist()) == ([1.0, 2.0], [5.0 - 3.0, 4.0 - 1.0])
    assert (classes.x.tolist(), classes.y.tolist()) == ([1.0, 2.0], [33.0 - 30.0, 10.0 - 15.0])
    assert (total.x.tolist(), total.y.tolist()) == ([1.0, 2.0], [2.0 + 3.0, 3.0 - 5.0])


@pytest.mark.parametrize(
    ("x", "expected"),
    [("step", [1.0, 3.0]), ("epoch", [1.0, 2.0]), ("time", [1e9 + 3, 1e9 + 3]), ("elapsed", [3.0, 6.0])],
)
def test_a_gap_lies_where_its_validation_does(stores: opening.Stores, x, expected) -> None:
    _trained(stores)
    assert _ask(stores, "derived/gap/box", x=x).x.tolist() == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"lo": 1.5}, [3.0]),
        ({"hi": 1.0}, [2.0]),
        ({"attempt": 2}, [3.0]),
        ({"which": "superseded"}, []),
        ({"attempt": 9}, []),
    ],
)
def test_a_gap_is_asked_for_as_any_series_is(stores: opening.Stores, window, expected) -> None:
    _trained(stores)
    found = _ask(stores, "derived/gap/box", **window)
    assert (found.y.tolist(), found.total, found.without_x) == (expected, len(expected), 0)
    buckets = _ask(stores, "derived/gap/box", **window, buckets=1)
    assert buckets.count.tolist() == ([len(expected)] if expected else [])


def test_gaps_exist_where_training_and_validation_log_the_same_loss() -> None:
    stored = ["train/box_loss", "val/box_loss", "train/loss", "val/loss", "val/dfl_loss", "val/mAP50", "train/mAP50"]
    assert derived.names_from_stored(stored) == ["derived/gap/box", "derived/gap/loss", "derived/gap/total"]
    assert derived.names_from_stored(stored[:2]) == ["derived/gap/box"]
    assert derived.names_from_stored(["train/box_loss"]) == []
    total = ["train/total_loss", "val/total_loss", *stored[:2]]
    assert derived.names_from_stored(total) == ["derived/gap/total", "derived/gap/box"]


def test_gaps_have_titles_in_both_languages() -> None:
    box, other, total = (derived.meaning(f"derived/gap/{part}") for part in ("box", "iou_loss_2", "total"))
    assert (box.title_en, box.title_zh) == ("Generalisation gap: Box loss", "泛化差距：边框损失")
    assert (other.title_en, other.title_zh) == ("Generalisation gap: iou_loss_2", "泛化差距：iou_loss_2")
    assert (total.title_en, total.title_zh) == ("Generalisation gap: total", "泛化差距：合计")
    assert (box.family, box.unit, box.direction) == ("loss", "", "none")


@given(
    points=st.lists(st.tuples(st.integers(0, 20).map(lambda part: part / 4), st.floats(-1e3, 1e3) | st.just(math.nan))),
    ends=st.lists(st.integers(0, 12).map(lambda half: half / 2), unique=True),
)
@settings(max_examples=50, deadline=None)
def test_the_mean_of_an_epoch_is_that_of_the_points_in_it(points, ends) -> None:
    epochs, values = (np.array(column, np.float64) for column in zip(*points, strict=True)) if points else ([], [])
    found = derived.epoch_means(np.array(epochs), np.array(values), ends=np.array(sorted(ends)))
    within = {end: [value for epoch, value in points if end - 1 < epoch <= end] for end in ends}
    assert found.keys() == {end for end, some in within.items() if some}
    for end, mean in found.items():
        numbers = [Fraction(value) for value in within[end] if not math.isnan(value)]
        expected = float(sum(numbers) / len(numbers)) if numbers else math.nan
        assert mean == pytest.approx(expected, rel=1e-12, abs=1e-9, nan_ok=True)


def test_the_last_batch_of_an_epoch_belongs_to_it_however_its_share_was_rounded() -> None:
    share = sum([1 / 49] * 49)
    assert share != 1.0
    assert derived.epoch_means(np.array([share]), np.array([3.0]), ends=np.array([1.0])) == {1.0: 3.0}
    assert derived.epoch_means(np.array([share]), np.array([3.0]), ends=np.array([2.0])) == {}
