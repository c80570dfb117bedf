import json
import math
from pathlib import Path

import pytest
from tests.unit.importers import written

from yoloscope import errors
from yoloscope.importers import json_lines, mmengine_json
from yoloscope.importers.notices import Notices


def _training(epoch: int, step: int, **more: float) -> dict[str, object]:
    line = {"lr": 0.01, "data_time": 0.5, "grad_norm": 3.0, "loss": 3.0, "loss_cls": 2.0, "loss_bbox": 1.0, "time": 2.0}
    return {**line, **more, "epoch": epoch, "iter": step, "memory": 100, "step": step}


def _source(
    tmp_path: Path, lines: list[object], *, folder: str = "20260101_000000/vis_data"
) -> mmengine_json.MmengineJson:
    path = tmp_path / folder / "scalars.json"
    path.parent.mkdir(parents=True)
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return mmengine_json.MmengineJson(path)


def test_a_training_by_epoch_is_read(tmp_path) -> None:
    metrics = {"coco/bbox_mAP": 0.2, "coco/bbox_mAP_50": 0.4, "coco/segm_mAP": 0.1, "step": 1}
    source = _source(
        tmp_path, [_training(1, 50), _training(1, 100), metrics, _training(2, 170), {**metrics, "step": 2}]
    )
    found = list(source.entries())
    rows = written.rows(found)
    assert [(row.attempt, row.step, row.epoch) for row in rows] == [
        (0, 49, 50 / 120),
        (0, 99, 100 / 120),
        (0, 119, 1.0),
        (0, 169, 170 / 120),
        (0, 239, 2.0),
    ]
    assert rows[0].values == {
        "lr": 0.01,
        "time/data_s": 0.5,
        "grad/norm": 3.0,
        "train/cls_loss": 2.0,
        "train/box_loss": 1.0,
        "time/batch_s": 1.5,
        "system/gpu.0/memory_bytes": 100.0 * 2**20,
    }
    assert rows[2].values == {"metrics/mAP50-95": 0.2, "metrics/mAP50": 0.4, "metrics/mAP50-95_mask": 0.1}
    assert [rows[at].wall_ns - rows[0].wall_ns for at in range(5)] == [
        0,
        100 * 10**9,
        100 * 10**9,
        240 * 10**9,
        240 * 10**9,
    ]
    told = source.told()
    assert (told.name, told.framework, told.faults) == ("20260101_000000", "mmengine", ())


def test_names_with_hierarchy_are_the_same(tmp_path) -> None:
    train = {"train/loss_cls": 2.0, "train/time": 1.0, "epoch": 1, "iter": 10, "step": 10}
    source = _source(tmp_path, [train, {"val/coco/bbox_mAP": 0.5, "val/loss_cls": 3.0, "val/time": 9.0, "step": 1}])
    rows = written.rows(source.entries())
    assert [row.values for row in rows] == [
        {"train/cls_loss": 2.0, "time/batch_s": 1.0},
        {"metrics/mAP50-95": 0.5, "val/cls_loss": 3.0},
    ]


def test_a_loss_alone_stays(tmp_path) -> None:
    rows = written.rows(_source(tmp_path, [{"loss": 3.0, "epoch": 1, "iter": 1, "step": 1}]).entries())
    assert [(row.epoch, row.values) for row in rows] == [(None, {"train/loss": 3.0})]


def test_a_training_by_iteration_has_no_epochs(tmp_path) -> None:
    lines = [
        {"loss": 3.0, "iter": 50, "step": 50},
        {"coco/bbox_mAP": 0.5, "step": 50},
        {"loss": 2.0, "iter": 100, "step": 100},
    ]
    rows = written.rows(_source(tmp_path, lines).entries())
    assert [(row.step, row.epoch) for row in rows] == [(49, None), (49, None), (99, None)]


def test_steps_that_go_back_begin_another_attempt(tmp_path) -> None:
    lines = [{"loss": 3.0, "iter": at, "step": at} for at in (50, 100, 60, 110)]
    found = list(_source(tmp_path, lines).entries())
    assert [(row.attempt, row.step) for row in written.rows(found)] == [(0, 49), (0, 99), (1, 59), (1, 109)]
    assert [one.start_step for one in written.begun(found)] == [None, 59]


def test_bad_lines_are_left_out_and_told(tmp_path) -> None:
    source = _source(
        tmp_path, [_training(1, 1), "[1]", '{"loss": 2.0}', '{"loss": NaN, "iter": 2, "step": 2}', '{"loss": 1.0, "st']
    )
    rows = written.rows(source.entries())
    assert [row.step for row in rows] == [0, 1]
    assert math.isnan(rows[1].values["train/loss"])
    assert [(fault.en, fault.line) for fault in source.told().faults] == [
        ("is no JSON object; left out (in 2 lines)", 2),
        ("has no step, or no number; left out", 3),
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "words", "\x00" * 99], ids=repr)
def test_what_holds_no_line_of_a_training_is_refused(tmp_path, text) -> None:
    with pytest.raises(errors.ImportFault, match="no line of a training by MMEngine"):
        list(_source(tmp_path, [text]).entries())


def test_of_a_file_with_too_many_lines_only_the_first_are_read_and_it_is_told(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n' * 100)
    notices = Notices(path)
    assert len(list(json_lines.read(path, notices=notices, lines_max=10))) == 10
    assert [fault.en for fault in notices.faults()] == ["has more than 10 lines; only these were read"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (0.5, 0.5),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("abc", None),
        (True, None),
        (None, None),
        (10**400, None),
    ],
)
def test_numbers_also_stand_as_text(value, number) -> None:
    assert json_lines.number(value) == number


def test_bare_numbers_that_json_does_not_know_are_read(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": -Infinity, "b":Infinity, "c": "NaN"}\n')
    assert [found for _, found in json_lines.read(path, notices=Notices(path))] == [
        {"a": "-inf", "b": "inf", "c": "NaN"}
    ]
