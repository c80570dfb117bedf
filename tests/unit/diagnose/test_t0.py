"""The regression gate of the diagnosis: every recorded training is told to the whole engine, and what it finds stands here.

A rule that is altered on purpose alters this table on purpose. A finding is its rule, its severity and the epoch in which it first opened; one epoch
earlier or later is the same. `python -m benchmarks.diagnosis t0` prints the table as it is now.
"""

import math
from pathlib import Path

import pytest

from yoloscope.diagnose import engine, facts, replay
from yoloscope.diagnose.rules import liveness
from yoloscope.importers import find

DATA = Path(__file__).parents[2] / "data"
TRAININGS = DATA / "trainings"
STAGES = {("G10", "info"): 13, ("G11", "info"): 10}
EXPECTED: dict[str, dict[tuple[str, str], int]] = {
    "cls_gain0": {**STAGES, ("G10", "info"): 16, ("L04", "warning"): 6},
    "early_stop": {},
    "healthy_s0": {("G10", "info"): 21, ("G11", "info"): 10, ("G12", "info"): 18, ("G13", "info"): 14},
    "healthy_s1": {("G10", "info"): 21, ("G11", "info"): 10, ("G12", "info"): 18, ("G13", "info"): 14},
    "healthy_short": STAGES,
    "imbalance": {**STAGES, ("G10", "info"): 15},
    "labels_shuffled": {**STAGES, ("G10", "info"): 16},
    "lr_high": {
        **STAGES,
        ("G10", "info"): 22,
        ("L02", "warning"): 10,
        ("L07", "warning"): 7,
        ("N10", "warning"): 9,
    },
    "mem_leak": {**STAGES, ("G10", "info"): 9, ("S05", "warning"): 12},
    "mosaic_close": STAGES,
    "nan_batch": {**STAGES, ("G10", "info"): 9, ("N01", "critical"): 6},
    "no_aug": {("G07", "info"): 14, ("G11", "info"): 10, ("G12", "info"): 15},
    "overfit_tiny": {("G01", "warning"): 38, ("G04", "critical"): 20, ("G11", "info"): 21, ("L08", "warning"): 20},
    "resume_kill": {**STAGES, ("G10", "info"): 15},
    "stalled": {},
    "with-items.yoloscope": {**STAGES, ("G10", "info"): 16, ("G13", "info"): 3, ("S03", "warning"): 16},
    "yolo11n": {**STAGES, ("G10", "info"): 7},
    "yolo11n_long": {("G06", "info"): 14, ("G11", "info"): 10, ("G12", "info"): 29},
    "yolov5_classic": {},
    "yolov8n": {**STAGES, ("G10", "info"): 7},
}
HEALTHY = (
    "early_stop",
    "healthy_s0",
    "healthy_s1",
    "healthy_short",
    "mosaic_close",
    "no_aug",
    "resume_kill",
    "yolo11n",
    "yolo11n_long",
    "yolov5_classic",
    "yolov8n",
)


def _replayed(path: Path) -> engine.Engine:
    (source,) = find.sources(path)
    return replay.replay(source.entries(), facts.from_told(source.told()))


def _cases() -> list[Path]:
    kept = [path for path in TRAININGS.iterdir() if path.is_dir() or path.suffix == ".yoloscope"]
    return sorted([*kept, *(DATA / "run_folders").iterdir()])


def test_every_recorded_training_has_its_expected_findings() -> None:
    assert sorted(EXPECTED) == sorted(path.name for path in _cases())


@pytest.mark.parametrize("path", _cases(), ids=lambda path: path.name)
def test_a_recorded_training_is_found_to_have(path: Path) -> None:
    expected = EXPECTED[path.name]
    found = {(one.rule, one.severity): math.floor(one.opened.epoch or 0) for one in _replayed(path).findings()}
    assert set(expected) == set(found)
    assert {key: at for key, at in found.items() if abs(at - expected[key]) > 1} == {}


@pytest.mark.parametrize("case", HEALTHY)
def test_a_healthy_training_is_not_warned_of(case: str) -> None:
    assert [key for key in EXPECTED[case] if key[1] != "info"] == []


def test_no_rule_fails_on_a_recorded_training() -> None:
    failed = [
        (path.name, one.rule, one.fault)
        for path in _cases()
        for one in _replayed(path).unevaluated()
        if one.why == "failed"
    ]
    assert failed == []


def test_a_training_that_hangs_is_warned_of_by_the_clock_alone() -> None:
    hung = _replayed(TRAININGS / "stalled")
    allowed_s = liveness.allowed_s(hung.view.pace)
    assert hung.tick(allowed_s) == []
    assert [(change.kind, change.finding.rule) for change in hung.tick(allowed_s + 1)] == [("opened", "H01")]
