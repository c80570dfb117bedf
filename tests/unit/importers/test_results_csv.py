import contextlib
import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.importers import written

from yoloscope import errors
from yoloscope.importers import contract, epochs, results_csv, table
from yoloscope.importers.notices import Notices
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


def _read(
    tmp_path: Path, text: str | bytes, *, name: str = "results.csv", **setting: object
) -> tuple[list, contract.Told]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    source = results_csv.ResultsCsv(path, setting=epochs.Setting(**setting))
    return list(source.entries()), source.told()


def _faults(told: contract.Told) -> list[tuple[str, int | None]]:
    return [(fault.en, fault.line) for fault in told.faults]


def test_a_table_of_today_gives_a_row_an_epoch_under_canonical_names(tmp_path) -> None:
    found, told = _read(tmp_path, written.v8(written.V8, written.epochs(3)), epochs=3, ended_ns=10**18)
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
    found, told = _read(tmp_path, written.v5(written.V5, values))
    rows = written.rows(found)
    assert told.framework == "yolov5"
    assert [row.epoch for row in rows] == [1.0, 2.0, 3.0]
    assert rows[0].values["train/obj_loss"] == 0.1
    assert rows[0].values["metrics/mAP50-95"] == pytest.approx(0.6)
    assert (rows[0].values["lr/bias"], rows[0].values["lr/weight"], rows[0].values["lr/bn"]) == (0.09, 0.001, 0.001)
    assert written.ended(found) == []


def test_a_yolov5_table_that_lacks_its_first_rows_still_counts_from_zero(tmp_path) -> None:
    found, _ = _read(tmp_path, written.v5(written.V5, [[at, *[0.5] * 13] for at in (7, 8)]))
    assert [row.epoch for row in written.rows(found)] == [8.0, 9.0]


def test_the_first_ultralytics_counted_from_zero(tmp_path) -> None:
    columns = [name for name in written.V8 if name != "time"]
    found, told = _read(tmp_path, written.v5(columns, [[at, *[0.5] * 13] for at in (0, 1)], width=23))
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
    found, _ = _read(tmp_path, written.v8(written.V8, rows))
    first = written.rows(found)[0].values
    assert tuple(first[f"lr/{role}"] for role in roles) == rates


@pytest.mark.parametrize(("version", "first"), [("8.3.240", "lr/bias"), ("8.4.0", "lr/weight"), ("", "lr/weight")])
def test_where_all_rates_are_equal_the_version_decides_their_order(tmp_path, version, first) -> None:
    found, _ = _read(tmp_path, written.v8(written.V8, [[1, 9.0, *[0.5] * 10, 0.01, 0.01, 0.01]]), version=version)
    assert next(name for name in written.rows(found)[0].values if name.startswith("lr/")) == first


def test_eight_rates_are_those_of_musgd_each_in_two(tmp_path) -> None:
    columns = [*written.V8[:12], *(f"lr/pg{at}" for at in range(8))]
    found, _ = _read(tmp_path, written.v8(columns, [[1, 9.0, *[0.5] * 10, *(0.01 * at for at in range(8))]]))
    rates = {name: value for name, value in written.rows(found)[0].values.items() if name.startswith("lr/")}
    named = ["weight", "weight.1", "bn", "bn.1", "bias", "bias.1", "muon", "muon.1"]
    assert rates == pytest.approx({f"lr/{name}": 0.01 * at for at, name in enumerate(named)})


def test_one_rate_of_a_classifier_is_the_rate(tmp_path) -> None:
    text = written.v5(["epoch", "train/loss", "test/loss", "metrics/accuracy_top1", "lr/0"], [[0, 2.0, 2.5, 0.3, 0.01]])
    found, told = _read(tmp_path, text)
    assert told.framework == "yolov5"
    assert written.rows(found)[0].values == {
        "train/loss": 2.0,
        "val/loss": 2.5,
        "metrics/accuracy_top1": 0.3,
        "lr": 0.01,
    }


def test_bare_names_are_losses_of_training(tmp_path) -> None:
    found, _ = _read(tmp_path, "epoch,box_loss, obj_loss, cls_loss,precision,mAP_0.5,val_box_loss\n0,1,2,3,0.5,0.4,9\n")
    assert written.rows(found)[0].values == {
        "train/box_loss": 1.0,
        "train/obj_loss": 2.0,
        "train/cls_loss": 3.0,
        "metrics/precision": 0.5,
        "metrics/mAP50": 0.4,
        "val/box_loss": 9.0,
    }


def test_parts_that_yoloe_names_without_loss_are_losses(tmp_path) -> None:
    found, _ = _read(tmp_path, "epoch,train/box,val/cls,metrics/mAP50(M)\n1,1,2,0.5\n")
    assert written.rows(found)[0].values == {"train/box_loss": 1.0, "val/cls_loss": 2.0, "metrics/mAP50_mask": 0.5}


def test_a_clock_that_begins_anew_is_a_resumed_training(tmp_path) -> None:
    first, second = written.epochs(4), [[at, 10.0 * (at - 4), *[0.1] * 13] for at in (5, 6)]
    found, _ = _read(tmp_path, written.v8(written.V8, [*first, *second]))
    start = math.nextafter(4.0, math.inf)
    assert [(one.attempt, one.start_epoch, one.is_repeat) for one in written.begun(found)] == [
        (0, 0.0, False),
        (1, start, False),
    ]
    assert [(row.attempt, row.epoch) for row in written.rows(found)] == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (1, 6)]
    walls = [row.wall_ns for row in written.rows(found)]
    assert [after - before for before, after in itertools.pairwise(walls)] == [10 * 10**9] * 5


def test_what_began_after_an_epoch_does_not_take_the_place_of_that_epochs_row(tmp_path) -> None:
    found, _ = _read(tmp_path, written.v8(written.V8, [*written.epochs(4), [5, 1.0, *[0.1] * 13]]))
    kept = [
        row.epoch for row in written.rows(found) if row.attempt == 0 and row.epoch < written.begun(found)[1].start_epoch
    ]
    assert kept == [1.0, 2.0, 3.0, 4.0]


def test_an_epoch_that_is_trained_again_by_the_same_process_is_a_repeat(tmp_path) -> None:
    again = [[3, 55.0, *[0.1] * 13], [4, 65.0, *[0.1] * 13]]
    found, _ = _read(tmp_path, written.v8(written.V8, [*written.epochs(4), *again]))
    assert [(one.attempt, int(one.start_epoch), one.is_repeat) for one in written.begun(found)] == [
        (0, 0, False),
        (1, 2, True),
    ]
    seconds = [row.values.get("time/epoch_s") for row in written.rows(found)]
    assert seconds == [10.0, 10.0, 10.0, 10.0, None, 10.0]


def test_a_training_from_the_start_into_the_same_file_is_another_attempt(tmp_path) -> None:
    found, _ = _read(
        tmp_path, written.v8(written.V8, [*written.epochs(4), *[[at, 5.0 * at, *[0.1] * 13] for at in (1, 2)]])
    )
    assert [(one.attempt, int(one.start_epoch), one.is_repeat) for one in written.begun(found)] == [
        (0, 0, False),
        (1, 0, False),
    ]


def test_steps_are_told_where_the_batches_of_an_epoch_are_known(tmp_path) -> None:
    found, _ = _read(tmp_path, written.v8(written.V8, written.epochs(2)), batches=12)
    assert [row.step for row in written.rows(found)] == [11, 23]
    assert written.begun(found)[0].start_step == 0


def test_without_validation_only_the_last_epoch_has_metrics(tmp_path) -> None:
    found, _ = _read(tmp_path, written.v8(written.V8, written.epochs(3)), validates=False, epochs=3)
    metrics = [sum(name.startswith(("metrics/", "val/")) for name in row.values) for row in written.rows(found)]
    assert metrics == [0, 0, 7]


def test_nan_and_infinities_stay_what_they_are(tmp_path) -> None:
    found, told = _read(tmp_path, "epoch,train/box_loss,val/box_loss\n1,nan,inf\n2,NaN,-inf\n")
    first, second = (row.values for row in written.rows(found))
    assert math.isnan(first["train/box_loss"])
    assert math.isnan(second["train/box_loss"])
    assert (first["val/box_loss"], second["val/box_loss"]) == (math.inf, -math.inf)
    assert told.faults == ()


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"], ids=["nothing", "lines", "mark"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, text) -> None:
    with pytest.raises(errors.ImportFault, match="is empty") as caught:
        _read(tmp_path, text)
    assert "空文件" in caught.value.zh


def test_a_header_alone_is_a_training_without_an_epoch(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="holds no epoch yet"):
        _read(tmp_path, ",".join(written.V8) + "\n")


def test_one_row_is_a_training(tmp_path) -> None:
    found, told = _read(tmp_path, written.v8(written.V8, written.epochs(1)))
    assert [row.epoch for row in written.rows(found)] == [1.0]
    assert told.faults == ()


def test_a_repeated_header_may_change_the_columns(tmp_path) -> None:
    text = "epoch,train/box_loss,metrics/mAP50(B)\n1,3,0.1\nepoch,train/box_loss,train/l1_loss,metrics/mAP50(B)\n2,2,7,0.2\n"
    found, told = _read(tmp_path, text)
    assert [row.values for row in written.rows(found)] == [
        {"train/box_loss": 3.0, "metrics/mAP50": 0.1},
        {"train/box_loss": 2.0, "train/l1_loss": 7.0, "metrics/mAP50": 0.2},
    ]
    assert told.faults == ()


def test_a_last_row_that_is_still_being_written_is_left_out_and_told(tmp_path) -> None:
    whole = written.v8(written.V8, written.epochs(3))
    found, told = _read(tmp_path, whole[:-60])
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0]
    assert _faults(told) == [("has another number of cells than there are columns, is not complete yet; left out", 4)]


def test_the_shorter_row_at_the_end_of_a_yolov5_segmentation_is_left_out(tmp_path) -> None:
    text = written.v5(written.V5, [[at, *[0.5] * 13] for at in (0, 1)]) + ",".join(["2", *["0.9"] * 12]) + "\n"
    found, told = _read(tmp_path, text)
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0]
    assert _faults(told) == [("has another number of cells than there are columns; left out", 4)]


def test_shuffled_epochs_are_sorted_and_told(tmp_path) -> None:
    rows = written.epochs(4)
    found, told = _read(tmp_path, written.v8(written.V8, [rows[2], rows[0], rows[3], rows[1]]))
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0, 3.0, 4.0]
    assert len(written.begun(found)) == 1
    assert _faults(told) == [("stands after a later epoch; rows were sorted", 3)]


def test_a_row_that_tells_the_same_epoch_again_is_left_out_and_told(tmp_path) -> None:
    rows = written.epochs(3)
    evaluated = [*rows[2][:5], *[0.99] * 10]
    found, told = _read(tmp_path, written.v8(written.V8, [*rows[:2], rows[1], rows[2], evaluated]))
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0, 3.0]
    assert written.rows(found)[2].values["metrics/mAP50"] != 0.99
    assert _faults(told) == [("tells the same epoch again; left out (in 2 lines)", 4)]


def test_cells_without_a_number_are_left_out_and_told(tmp_path) -> None:
    found, told = _read(tmp_path, "epoch,train/box_loss,val/box_loss\n1,oops,3\n2,,None\nx,1,1\n")
    assert [row.values for row in written.rows(found)] == [{"val/box_loss": 3.0}, {}]
    assert _faults(told) == [
        ("has no number in column 'train/box_loss'; left out", 2),
        ("has no number in column 'epoch'; left out", 4),
        ("has no epoch; left out", 4),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3\n",
        "epoch,temperature\n1,2\n",
        "date,price,train/loss\n1,2,3\n",
        "1,2,3\n4,5,6\n",
        "just words\n",
        "\u4e2d\u6587,\u8868\u683c\n1,2\n",
    ],
)
def test_a_table_of_something_else_is_refused_by_name(tmp_path, text) -> None:
    with pytest.raises(errors.ImportFault, match="is no table of a training") as caught:
        _read(tmp_path, text)
    assert "results.csv" in str(caught.value)
    assert "不是训练结果表" in caught.value.zh


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 300, b"\x00" * 5000, b"PK\x03\x04\x00\x00" * 99], ids=["bytes", "zeros", "zip"]
)
def test_what_is_no_text_is_refused(tmp_path, data) -> None:
    with pytest.raises(errors.ImportFault):
        _read(tmp_path, data)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace(",", ";").replace(".", ",").replace("mAP_0,5", "mAP_0.5").encode(),
        lambda text: text.replace("\n", ",\n").encode(),
        lambda text: text.replace("\n", "\n\n").encode(),
        lambda text: ('"' + text.replace(",", '","').replace("\n", '"\n"').removesuffix('"')).encode(),
        lambda text: text.removesuffix("\n").encode(),
        lambda text: text.replace("epoch", "Epoch").encode(),
    ],
    ids=[
        "crlf",
        "cr",
        "mark",
        "utf16",
        "semicolons",
        "tabs",
        "decimal-commas",
        "trailing-comma",
        "blank-lines",
        "quotes",
        "no-last-end",
        "capital",
    ],
)
def test_every_dialect_reads_the_same(tmp_path, change) -> None:
    text = written.v8(written.V8, written.epochs(3))
    plain, _ = _read(tmp_path, text, ended_ns=1)
    found, told = _read(tmp_path, change(text), ended_ns=1)
    values = [(row.epoch, row.values) for row in written.rows(found)]
    assert values == [(row.epoch, row.values) for row in written.rows(plain)]
    assert told.faults == ()


def test_bytes_that_are_no_utf8_harm_only_their_cell(tmp_path) -> None:
    found, told = _read(tmp_path, b"epoch,train/box_loss,val/box_loss\n1,caf\xe9,2\n")
    assert written.rows(found)[0].values == {"val/box_loss": 2.0}
    assert len(told.faults) == 1


def test_of_a_file_with_too_many_rows_only_the_first_are_read_and_it_is_told(tmp_path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("epoch,train/box_loss\n" + "".join(f"{at},1\n" for at in range(1, 1000)))
    notices = Notices(path)
    found = table.read(path, notices=notices, rows_max=10)
    assert [row.line for row in found.rows] == list(range(2, 12))
    assert [(fault.en, fault.line) for fault in notices.faults()] == [
        ("has more than 10 rows; only these were read", 12)
    ]


def test_a_gigabyte_behind_a_table_is_not_kept(tmp_path) -> None:
    path = tmp_path / "results.csv"
    with path.open("wb") as file:
        file.write(b"epoch,train/box_loss\n1,2\n2,1\n")
        file.truncate(2**26)
    source = results_csv.ResultsCsv(path)
    assert [row.values for row in written.rows(source.entries())] == [{"train/box_loss": 2.0}, {"train/box_loss": 1.0}]
    assert [fault.line for fault in source.told().faults] == [4]


def test_a_file_that_grew_is_read_anew_with_its_faults(tmp_path) -> None:
    path = tmp_path / "results.csv"
    whole = written.v8(written.V8, written.epochs(3))
    path.write_text(whole[:-60])
    source = results_csv.ResultsCsv(path)
    assert len(written.rows(source.entries())) == 2
    path.write_text(whole)
    assert len(written.rows(source.entries())) == 3
    assert source.told().faults == ()


_numbers = st.floats(allow_nan=True, width=32)
_tables = st.integers(1, 30).flatmap(
    lambda count: st.lists(st.lists(_numbers, min_size=10, max_size=10), min_size=count, max_size=count)
)


@given(_tables, st.booleans())
def test_random_rows_are_read_back_as_they_were_written(tmp_path_factory, values, padded) -> None:
    columns = written.V5[:11] if padded else [written.V8[0], *written.V8[2:12]]
    rows = [[at + (not padded), *cells] for at, cells in enumerate(values)]
    text = written.v5(columns, rows) if padded else written.v8(columns, rows)
    found, told = _read(tmp_path_factory.mktemp("table"), text)
    form = "{:.5g}" if padded else "{:.6g}"
    expected = [[float(form.format(value)) for value in cells] for cells in values]
    assert [row.epoch for row in written.rows(found)] == [at + 1.0 for at in range(len(values))]
    for row, cells in zip(written.rows(found), expected, strict=True):
        assert list(row.values.values()) == pytest.approx(cells, rel=0, abs=0, nan_ok=True)
    assert told.faults == ()


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_a_clear_word(tmp_path_factory, data) -> None:
    for text in (data, b"epoch,train/box_loss,time\n1,2,3\n" + data):
        with contextlib.suppress(errors.ImportFault):
            _read(tmp_path_factory.mktemp("bytes"), text)
