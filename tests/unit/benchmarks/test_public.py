import json
import shutil
from pathlib import Path

import pytest
from benchmarks.diagnosis import public, streams

TRAININGS = Path(__file__).parents[2] / "data" / "trainings"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two trainings as people publish them: one that ended well, one that overfitted."""
    for name, case in (("run-1", "healthy_s0"), ("run-2", "overfit_tiny")):
        shutil.copy(TRAININGS / case / "results.csv", tmp_path / f"{name}.csv")
    told = {
        "run-1": {"args": {"epochs": 24, "start": "pretrained"}},
        "run-2": {"args": {"epochs": 40, "start": "scratch"}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    return tmp_path


def test_a_report_says_how_often_each_rule_spoke(corpus: Path) -> None:
    runs = public.read(corpus)
    lines = public.report(runs)
    overfitting = sum(any(one.rule in public.OVERFITTING for one in run.told.alarms) for run in runs)
    assert any(line.startswith(f"| flagged by G01 or G02 | {overfitting / 2:.2f} ({overfitting}/2") for line in lines)
    assert any(line.startswith("| G11 phase | 1.00 (2/2") for line in lines)


def test_the_budget_of_a_published_training_is_that_of_its_arguments(corpus: Path) -> None:
    assert [run.told.budget for run in public.read(corpus)] == [24, 40]


def test_an_alarm_is_false_if_its_own_curve_says_so() -> None:
    told = streams.Told((), {streams.MAP: [0.1, 0.2, 0.3]}, 3, 3)
    assert public.is_false(told, streams.Alarm("G01", "warning", 2.0, "open"))
    assert not public.is_false(told, streams.Alarm("G01", "warning", 3.0, "open"))


def test_without_a_corpus_the_command_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOLOSCOPE_CORPUS", raising=False)
    with pytest.raises(SystemExit, match="YOLOSCOPE_CORPUS"):
        public.main()
