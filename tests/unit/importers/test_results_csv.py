import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.importers import written
from tests.unit.importers.tables import read

from yoloscope.importers import contract
from yoloscope.records import logged

_CANONICAL_V8 = {
    "train/box_loss",
    "train/cls_loss",
    "train/dfl_loss",
    "metrics/precision",
    "metrics/recall",
    "metrics/mAP50",
    "metrics/mAP50-95",
    "val/box_loss",
    "val/cls_loss",
    "val/dfl_loss",
    "lr/weight",
    "lr/bias",
    "lr/bn",
    "time/epoch_s",
}


def test_a_table_of_today_gives_a_row_an_epoch_under_canonical_names(tmp_path) -> None:
    found, told = read(tmp_path, written.v8(written.V8, written.epochs(3)), epochs=3, ended_ns=10**18)
    rows = written.rows(found)
    assert [row.epoch for row in rows] == [1.0, 2.0, 3.0]
    assert set(rows[0].values) == _CANONICAL_V8
    assert [row.values["time/epoch_s"] for row in rows] == [10.0, 10.0, 10.0]
    assert [row.wall_ns for row in rows] == [10**18 - 20 * 10**9, 10**18 - 10 * 10**9, 10**18]
    assert written.begun(found) == [logged.Begun(0, 10**18 - 30 * 10**9, 0.0, None)]
    assert written.ended(found) == [logged.Ended("finished", 10**18)]
    assert told == contract.Told(name=tmp_path.name, framework="ultralytics")


def test_yolov5_counts_from_zero_and_pads(tmp_path) -> None:
    values = [[at, *(0.1 * column for column in range(10)), 0.09, 0.001, 0.001] for at in range(3)]
    found, told = read(tmp_path, written.v5(written.V5, values))
    rows = written.rows(found)
    assert told.framework == "yolov5"
    assert [row.epoch for row in rows] == [1.0, 2.0, 3.0]
    assert rows[0].values["train/obj_loss"] == 0.1
    assert rows[0].values["metrics/mAP50-95"] == pytest.approx(0.6)
    assert (rows[0].values["lr/bias"], rows[0].values["lr/weight"], rows[0].values["lr/bn"]) == (0.09, 0.001, 0.001)
    assert written.ended(found) == []


def test_a_yolov5_table_that_lacks_its_first_rows_still_counts_from_zero(tmp_path) -> None:
    found, _ = read(tmp_path, written.v5(written.V5, [[at, *[0.5] * 13] for at in (7, 8)]))
    assert [row.epoch for row in written.rows(found)] == [8.0, 9.0]


def test_the_first_ultralytics_counted_from_zero(tmp_path) -> None:
    columns = [name for name in written.V8 if name != "time"]
    found, told = read(tmp_path, written.v5(columns, [[at, *[0.5] * 13] for at in (0, 1)], width=23))
    assert told.framework == "ultralytics"
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("rates", "roles"),
    [
        ((0.07, 0.003, 0.003), ("bias", "weight", "bn")),
        ((0.003, 0.003, 0.07), ("weight", "bn", "bias")),
    ],
)
def test_the_rate_that_goes_alone_through_warm_up_is_that_of_the_biases(tmp_path, rates, roles) -> None:
    rows = [[1, 9.0, *[0.5] * 10, *rates], [2, 19.0, *[0.5] * 10, 0.01, 0.01, 0.01]]
    found, _ = read(tmp_path, written.v8(written.V8, rows))
    first = written.rows(found)[0].values
    assert tuple(first[f"lr/{role}"] for role in roles) == rates


@pytest.mark.parametrize(("version", "first"), [("8.3.240", "lr/bias"), ("8.4.0", "lr/weight"), ("", "lr/weight")])
def test_where_all_rates_are_equal_the_version_decides_their_order(tmp_path, version, first) -> None:
    found, _ = read(tmp_path, written.v8(written.V8, [[1, 9.0, *[0.5] * 10, 0.01, 0.01, 0.01]]), version=version)
    assert next(name for name in written.rows(found)[0].values if name.startswith("lr/")) == first


def test_eight_rates_are_those_of_musgd_each_in_two(tmp_path) -> None:
    columns = [*written.V8[:12], *(f"lr/pg{at}" for at in range(8))]
    found, _ = read(tmp_path, written.v8(columns, [[1, 9.0, *[0.5] * 10, *(0.01 * at for at in range(8))]]))
    rates = {name: value for name, value in written.rows(found)[0].values.items() if name.startswith("lr/")}
    named = ["weight", "weight.1", "bn", "bn.1", "bias", "bias.1", "muon", "muon.1"]
    assert rates == pytest.approx({f"lr/{name}": 0.01 * at for at, name in enumerate(named)})


def test_one_rate_of_a_classifier_is_the_rate(tmp_path) -> None:
    text = written.v5(["epoch", "train/loss", "test/loss", "metrics/accuracy_top1", "lr/0"], [[0, 2.0, 2.5, 0.3, 0.01]])
    found, told = read(tmp_path, text)
    assert told.framework == "yolov5"
    assert written.rows(found)[0].values == {
        "train/loss": 2.0,
        "val/loss": 2.5,
        "metrics/accuracy_top1": 0.3,
        "lr": 0.01,
    }


def test_bare_names_are_losses_of_training(tmp_path) -> None:
    found, _ = read(tmp_path, "epoch,box_loss, obj_loss, cls_loss,precision,mAP_0.5,val_box_loss\n0,1,2,3,0.5,0.4,9\n")
    assert written.rows(found)[0].values == {
        "train/box_loss": 1.0,
        "train/obj_loss": 2.0,
        "train/cls_loss": 3.0,
        "metrics/precision": 0.5,
        "metrics/mAP50": 0.4,
        "val/box_loss": 9.0,
    }


def test_parts_that_yoloe_names_without_loss_are_losses(tmp_path) -> None:
    found, _ = read(tmp_path, "epoch,train/box,val/cls,metrics/mAP50(M)\n1,1,2,0.5\n")
    assert written.rows(found)[0].values == {"train/box_loss": 1.0, "val/cls_loss": 2.0, "metrics/mAP50_mask": 0.5}


def test_a_clock_that_begins_anew_is_a_resumed_training(tmp_path) -> None:
    first, second = written.epochs(4), [[at, 10.0 * (at - 4), *[0.1] * 13] for at in (5, 6)]
    found, _ = read(tmp_path, written.v8(written.V8, [*first, *second]))
    start = math.nextafter(4.0, math.inf)
    assert [(one.attempt, one.start_epoch, one.is_repeat) for one in written.begun(found)] == [
        (0, 0.0, False),
        (1, start, False),
    ]
    assert [(row.attempt, row.epoch) for row in written.rows(found)] == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (1, 6)]
    walls = [row.wall_ns for row in written.rows(found)]
    assert [after - before for before, after in itertools.pairwise(walls)] == [10 * 10**9] * 5


def test_what_began_after_an_epoch_does_not_take_the_place_of_that_epochs_row(tmp_path) -> None:
    found, _ = read(tmp_path, written.v8(written.V8, [*written.epochs(4), [5, 1.0, *[0.1] * 13]]))
    kept = [
        row.epoch for row in written.rows(found) if row.attempt == 0 and row.epoch < written.begun(found)[1].start_epoch
    ]
    assert kept == [1.0, 2.0, 3.0, 4.0]


def test_an_epoch_that_is_trained_again_by_the_same_process_is_a_repeat(tmp_path) -> None:
    again = [[3, 55.0, *[0.1] * 13], [4, 65.0, *[0.1] * 13]]
    found, _ = read(tmp_path, written.v8(written.V8, [*written.epochs(4), *again]))
    assert [(one.attempt, int(one.start_epoch), one.is_repeat) for one in written.begun(found)] == [
        (0, 0, False),
        (1, 2, True),
    ]
    seconds = [row.values.get("time/epoch_s") for row in written.rows(found)]
    assert seconds == [10.0, 10.0, 10.0, 10.0, None, 10.0]


def test_a_training_from_the_start_into_the_same_file_is_another_attempt(tmp_path) -> None:
    found, _ = read(
        tmp_path, written.v8(written.V8, [*written.epochs(4), *[[at, 5.0 * at, *[0.1] * 13] for at in (1, 2)]])
    )
    assert [(one.attempt, int(one.start_epoch), one.is_repeat) for one in written.begun(found)] == [
        (0, 0, False),
        (1, 0, False),
    ]


def test_without_validation_only_the_last_epoch_has_metrics(tmp_path) -> None:
    found, _ = read(tmp_path, written.v8(written.V8, written.epochs(3)), validates=False, epochs=3)
    metrics = [sum(name.startswith(("metrics/", "val/")) for name in row.values) for row in written.rows(found)]
    assert metrics == [0, 0, 7]


def test_nan_and_infinities_stay_what_they_are(tmp_path) -> None:
    found, told = read(tmp_path, "epoch,train/box_loss,val/box_loss\n1,nan,inf\n2,NaN,-inf\n")
    first, second = (row.values for row in written.rows(found))
    assert math.isnan(first["train/box_loss"])
    assert math.isnan(second["train/box_loss"])
    assert (first["val/box_loss"], second["val/box_loss"]) == (math.inf, -math.inf)
    assert told.faults == ()


_numbers = st.floats(allow_nan=True, width=32)
_tables = st.integers(1, 30).flatmap(
    lambda count: st.lists(st.lists(_numbers, min_size=10, max_size=10), min_size=count, max_size=count)
)


@given(_tables, st.booleans())
def test_random_rows_are_read_back_as_they_were_written(tmp_path_factory, values, padded) -> None:
    columns = written.V5[:11] if padded else [written.V8[0], *written.V8[2:12]]
    rows = [[at + (not padded), *cells] for at, cells in enumerate(values)]
    text = written.v5(columns, rows) if padded else written.v8(columns, rows)
    found, told = read(tmp_path_factory.mktemp("table"), text)
    form = "{:.5g}" if padded else "{:.6g}"
    expected = [[float(form.format(value)) for value in cells] for cells in values]
    assert [row.epoch for row in written.rows(found)] == [at + 1.0 for at in range(len(values))]
    for row, cells in zip(written.rows(found), expected, strict=True):
        assert list(row.values.values()) == pytest.approx(cells, rel=0, abs=0, nan_ok=True)
    assert told.faults == ()
