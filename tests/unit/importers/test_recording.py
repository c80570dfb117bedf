import json
import math
from pathlib import Path

import pytest
from tests.unit.importers import written

from yoloscope import errors
from yoloscope.importers import recording
from yoloscope.records import logged

TRAININGS = Path(__file__).resolve().parents[2] / "data" / "trainings"
FOLDERS = sorted(path for path in TRAININGS.iterdir() if path.is_dir())


def _told_by_the_framework(folder: Path) -> list[dict[str, float]]:
    lines = [line.split(",") for line in (folder / "results.csv").read_text().splitlines()]
    return [dict(zip(lines[0], map(float, line), strict=True)) for line in lines[1:]]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_recording_says_of_each_epoch_what_the_framework_wrote(folder) -> None:
    source = recording.Recording(folder)
    entries = list(source.entries())
    kept = {row.epoch: row.values for row in written.rows(entries) if "train/epoch/box_loss" in row.values}
    expected = _told_by_the_framework(folder)
    assert list(kept) == [row["epoch"] for row in expected]
    for told in expected:
        values = kept[told["epoch"]]
        assert values["train/epoch/box_loss"] == pytest.approx(told["train/box_loss"], abs=2e-5, nan_ok=True)
        assert values["val/cls_loss"] == pytest.approx(told["val/cls_loss"], abs=2e-5, nan_ok=True)
        assert values["metrics/mAP50-95"] == pytest.approx(told["metrics/mAP50-95(B)"], abs=2e-5)
    is_hung = (folder / "stall.json").exists()  # nobody wrote an end
    assert [end.state for end in written.ended(entries)] == ([] if is_hung else ["finished"])
    assert source.told().faults == ()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_batch_of_a_recording_is_a_row(folder) -> None:
    lines = [json.loads(line) for line in (folder / "batch.jsonl").read_text().splitlines()]
    rows = [row for row in written.rows(recording.Recording(folder).entries()) if "train/box_loss" in row.values]
    assert [row.step for row in rows] == [line["ni"] for line in lines]
    assert [row.values["train/box_loss"] for row in rows] == pytest.approx(
        [float(line["box_loss"]) for line in lines], nan_ok=True
    )
    norms = [row.values.get("grad/norm") for row in rows]
    assert [norm is None for norm in norms] == [line["gn"] is None for line in lines]


def test_a_killed_and_resumed_recording_has_two_attempts() -> None:
    begun = written.begun(recording.Recording(TRAININGS / "resume_kill").entries())
    assert [(one.attempt, one.start_epoch, one.start_step, one.is_repeat) for one in begun] == [
        (0, 0.0, 0, False),
        (1, 10.0, 120, False),
    ]


def test_an_epoch_that_was_trained_again_after_nan_is_a_repeat() -> None:
    entries = list(recording.Recording(TRAININGS / "nan_batch").entries())
    assert [(one.start_epoch, one.start_step, one.is_repeat) for one in written.begun(entries)] == [
        (0.0, 0, False),
        (6.0, 72, True),
    ]
    lost = [row for row in written.rows(entries) if math.isnan(row.values.get("train/box_loss", 0.0))]
    assert {row.attempt for row in lost} == {0}


def test_what_was_in_effect_is_told() -> None:
    told = recording.Recording(TRAININGS / "healthy_s0").told()
    assert (told.name, told.framework, told.version) == ("healthy_s0", "ultralytics", "8.4.190")
    assert told.settings == {
        "epochs": 24,
        "batches": 12,
        "parameters": 623878,
        "optimizer": "AdamW",
        "workers": 0,
        "lr0": 0.005,
    }
    assert told.given["warmup_epochs"] == 1
    assert told.data == {"train": {"images": 192}, "val": {"images": 48}}


def _folder(tmp_path: Path, **files: object) -> Path:
    for name, contents in files.items():
        lines = contents if isinstance(contents, list) else [contents]
        (tmp_path / name.replace("_", ".")).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def test_a_training_that_failed_says_why(tmp_path) -> None:
    batch = {"t": 5.0, "a": 0, "ep": 0, "i": 0, "ni": 0, "box_loss": "inf", "lr": [0.1, 0.2, 0.3], "gn": None}
    folder = _folder(tmp_path, batch_jsonl=[batch], manifest_json={"error": "out of memory"})
    assert list(recording.Recording(folder).entries()) == [
        logged.Begun(0, 5 * 10**9, 0.0, 0),
        logged.Logged(
            0, 0, 1.0, 5 * 10**9, {"train/box_loss": math.inf, "lr/weight": 0.1, "lr/bn": 0.2, "lr/bias": 0.3}
        ),
        logged.Ended("failed", 5 * 10**9, "out of memory"),
    ]


def test_a_recording_of_nothing_is_refused(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="no batch and no epoch"):
        list(recording.Recording(_folder(tmp_path, batch_jsonl=[], epoch_jsonl=[{"a": "x"}])).entries())


def test_lines_that_cannot_be_read_are_told(tmp_path) -> None:
    folder = _folder(tmp_path, epoch_jsonl=[{"t": 1.0, "a": 0, "ep": 0, "tloss": {"box_loss": 1.0}}])
    with (folder / "epoch.jsonl").open("a") as file:
        file.write('{"t": 2.0, "a": 0, "e')
    source = recording.Recording(folder)
    assert [row.values for row in written.rows(source.entries())] == [{"train/epoch/box_loss": 1.0}]
    assert [(fault.en, fault.line) for fault in source.told().faults] == [("is no JSON object; left out", 2)]
