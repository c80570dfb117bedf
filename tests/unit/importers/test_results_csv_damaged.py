import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.importers import written
from tests.unit.importers.tables import faults, read

from yoloscope import errors
from yoloscope.importers import results_csv, table
from yoloscope.importers.notices import Notices


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"], ids=["nothing", "lines", "mark"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, text) -> None:
    with pytest.raises(errors.ImportFault, match="is empty") as caught:
        read(tmp_path, text)
    assert "空文件" in caught.value.zh


def test_a_header_alone_is_a_training_without_an_epoch(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="holds no epoch yet"):
        read(tmp_path, ",".join(written.V8) + "\n")


def test_one_row_is_a_training(tmp_path) -> None:
    found, told = read(tmp_path, written.v8(written.V8, written.epochs(1)))
    assert [row.epoch for row in written.rows(found)] == [1.0]
    assert told.faults == ()


def test_a_repeated_header_may_change_the_columns(tmp_path) -> None:
    text = "epoch,train/box_loss,metrics/mAP50(B)\n1,3,0.1\nepoch,train/box_loss,train/l1_loss,metrics/mAP50(B)\n2,2,7,0.2\n"
    found, told = read(tmp_path, text)
    assert [row.values for row in written.rows(found)] == [
        {"train/box_loss": 3.0, "metrics/mAP50": 0.1},
        {"train/box_loss": 2.0, "train/l1_loss": 7.0, "metrics/mAP50": 0.2},
    ]
    assert told.faults == ()


def test_a_last_row_that_is_still_being_written_is_left_out_and_told(tmp_path) -> None:
    whole = written.v8(written.V8, written.epochs(3))
    found, told = read(tmp_path, whole[:-60])
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0]
    assert faults(told) == [("has another number of cells than there are columns, is not complete yet; left out", 4)]


def test_the_shorter_row_at_the_end_of_a_yolov5_segmentation_is_left_out(tmp_path) -> None:
    text = written.v5(written.V5, [[at, *[0.5] * 13] for at in (0, 1)]) + ",".join(["2", *["0.9"] * 12]) + "\n"
    found, told = read(tmp_path, text)
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0]
    assert faults(told) == [("has another number of cells than there are columns; left out", 4)]


def test_shuffled_epochs_are_sorted_and_told(tmp_path) -> None:
    rows = written.epochs(4)
    found, told = read(tmp_path, written.v8(written.V8, [rows[2], rows[0], rows[3], rows[1]]))
    assert [(row.epoch, row.sequence) for row in written.rows(found)] == [(1.0, 0), (2.0, 1), (3.0, 2), (4.0, 3)]
    assert len(written.begun(found)) == 1
    assert faults(told) == [("stands after a later epoch; rows were sorted", 3)]


def test_a_row_that_tells_the_same_epoch_again_is_left_out_and_told(tmp_path) -> None:
    rows = written.epochs(3)
    evaluated = [*rows[2][:5], *[0.99] * 10]
    found, told = read(tmp_path, written.v8(written.V8, [*rows[:2], rows[1], rows[2], evaluated]))
    assert [row.epoch for row in written.rows(found)] == [1.0, 2.0, 3.0]
    assert written.rows(found)[2].values["metrics/mAP50"] != 0.99
    assert faults(told) == [("tells the same epoch again; left out (in 2 lines)", 4)]


def test_cells_without_a_number_are_left_out_and_told(tmp_path) -> None:
    found, told = read(tmp_path, "epoch,train/box_loss,val/box_loss\n1,oops,3\n2,,None\nx,1,1\n")
    assert [row.values for row in written.rows(found)] == [{"val/box_loss": 3.0}, {}]
    assert faults(told) == [
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
        read(tmp_path, text)
    assert "results.csv" in str(caught.value)
    assert "不是训练结果表" in caught.value.zh


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 300, b"\x00" * 5000, b"PK\x03\x04\x00\x00" * 99], ids=["bytes", "zeros", "zip"]
)
def test_what_is_no_text_is_refused(tmp_path, data) -> None:
    with pytest.raises(errors.ImportFault):
        read(tmp_path, data)


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
    plain, _ = read(tmp_path, text, ended_ns=1)
    found, told = read(tmp_path, change(text), ended_ns=1)
    values = [(row.epoch, row.values) for row in written.rows(found)]
    assert values == [(row.epoch, row.values) for row in written.rows(plain)]
    assert told.faults == ()


def test_bytes_that_are_no_utf8_harm_only_their_cell(tmp_path) -> None:
    found, told = read(tmp_path, b"epoch,train/box_loss,val/box_loss\n1,caf\xe9,2\n")
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


def test_rows_of_which_none_tells_its_epoch_are_no_training(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="no row that tells its epoch"):
        read(tmp_path, "epoch,train/box_loss\nnan,1\n-1,1\ninf,1\n")


def test_a_row_of_nothing_but_nan_is_a_row(tmp_path) -> None:
    found, told = read(tmp_path, written.v8(written.V8, [[1, *[math.nan] * 14]]))
    assert all(math.isnan(value) for value in written.rows(found)[0].values.values())
    assert told.faults == ()


def test_columns_whose_names_no_series_can_bear_are_left_out(tmp_path) -> None:
    found, _ = read(tmp_path, f"epoch,train/box_loss,{'x' * 251},a\x07b\n1,2,3,4\n")
    assert written.rows(found)[0].values == {"train/box_loss": 2.0}


def test_zeros_that_a_crash_left_amid_a_table_cost_only_their_line(tmp_path) -> None:
    found, told = read(tmp_path, b"epoch,train/box_loss\n1,3\n" + b"\0" * 4000 + b"\n3,1\n")
    assert [row.epoch for row in written.rows(found)] == [1.0, 3.0]
    assert faults(told) == [("is no line of text; left out", 3)]


def test_a_file_that_grew_is_read_anew_with_itsfaults(tmp_path) -> None:
    path = tmp_path / "results.csv"
    whole = written.v8(written.V8, written.epochs(3))
    path.write_text(whole[:-60])
    source = results_csv.ResultsCsv(path)
    assert len(written.rows(source.entries())) == 2
    path.write_text(whole)
    assert len(written.rows(source.entries())) == 3
    assert source.told().faults == ()


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_a_clear_word(tmp_path_factory, data) -> None:
    for text in (data, b"epoch,train/box_loss,time\n1,2,3\n" + data):
        with contextlib.suppress(errors.ImportFault):
            read(tmp_path_factory.mktemp("bytes"), text)
