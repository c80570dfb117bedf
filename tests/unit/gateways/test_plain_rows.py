import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.gateways import plain_rows
from yoloscope.records import row

NOW_NS = 1_800_000_000_000_000_000


def rows_of(said) -> list[plain_rows.PlainRow]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return plain_rows.rows_from_json(body, now_ns=NOW_NS)


def test_the_fields_of_the_mission_become_one_row() -> None:
    said = {
        "step": 10,
        "epoch": 1,
        "timestamp": 1_700_000_000,
        "loss_box": 1.5,
        "loss_obj": 0.5,
        "loss_cls": 0.25,
        "lr": 0.01,
        "gpu_memory_mb": 4096,
    }
    assert rows_of(said) == [
        plain_rows.PlainRow(
            step=10,
            epoch=1.0,
            wall_ns=1_700_000_000_000_000_000,
            names=("train/box_loss", "train/obj_loss", "train/cls_loss", "lr", "system/gpu.0/memory_bytes"),
            values=(1.5, 0.5, 0.25, 0.01, 4_096_000_000.0),
        )
    ]


def test_a_row_without_place_or_time_is_of_now() -> None:
    assert rows_of({"x": 1}) == [plain_rows.PlainRow(None, None, NOW_NS, ("x",), (1.0,))]


def test_null_place_or_time_is_as_if_left_out() -> None:
    assert rows_of({"x": 1, "step": None, "epoch": None, "timestamp": None}) == rows_of({"x": 1})


@pytest.mark.parametrize(
    ("written", "wall_ns"),
    [
        (1_700_000_000, 1_700_000_000 * 10**9),
        (1_700_000_000_000, 1_700_000_000 * 10**9),
        ("2023-11-14T22:13:20Z", 1_700_000_000 * 10**9),
        ("2023-11-14T22:13:20+00:00", 1_700_000_000 * 10**9),
        ("2023-11-15T06:13:20.500000+08:00", 1_700_000_000 * 10**9 + 500_000_000),
    ],
)
def test_a_time_may_be_seconds_milliseconds_or_iso(written, wall_ns) -> None:
    assert rows_of({"x": 1, "timestamp": written})[0].wall_ns == wall_ns


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_non_finite_literals_are_values(literal) -> None:
    value = rows_of(f'{{"x": {literal}}}'.encode())[0].values[0]
    assert repr(value) == repr(float(literal))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 100_000, "body"),
        (b"3", "body"),
        (b"null", "body"),
        (b"[]", "body"),
        (b"{}", "body"),
        (b'{"step": 1}', "body"),
        (b"[1]", "[0]"),
        (b'[{"x": 1}, {"y": "a"}]', "[1].y"),
        (b'{"x": 1e400}', "x"),
        (b'{"x": -1e400}', "x"),
        (b'{"x": 1' + b"0" * 400 + b"}", "x"),
        (b'{"x": 1' + b"0" * 100_000 + b"}", "x"),
        (b'{"x": true}', "x"),
        (b'{"x": "1.5"}', "x"),
        (b'{"x": null}', "x"),
        (b'{"x": [1]}', "x"),
        (b'{"x": {"y": 1}}', "x"),
        (b'{"x": 1, "x": 2}', "x"),
        (b'{"": 1}', "''"),
        (b'{"a\\u0000b": 1}', r"'a\x00b'"),
        (b'{"a\\nb": 1}', r"'a\nb'"),
        (b'{"\\ud800": 1}', r"'\ud800'"),
        (b'{"x": 1, "step": 1.5}', "step"),
        (b'{"x": 1, "step": "1"}', "step"),
        (b'{"x": 1, "step": true}', "step"),
        (b'{"x": 1, "step": NaN}', "step"),
        (b'{"x": 1, "step": 9223372036854775808}', "step"),
        (b'{"x": 1, "step": -9223372036854775808}', "step"),
        (b'{"x": 1, "epoch": Infinity}', "epoch"),
        (b'{"x": 1, "epoch": "one"}', "epoch"),
        (b'{"x": 1, "timestamp": "yesterday"}', "timestamp"),
        (b'{"x": 1, "timestamp": -5}', "timestamp"),
        (b'{"x": 1, "timestamp": NaN}', "timestamp"),
        (b'{"x": 1, "timestamp": 1e300}', "timestamp"),
        (b'{"x": 1, "timestamp": "9999-12-31T23:59:59Z"}', "timestamp"),
        (b'{"gpu_memory_mb": 1e305}', "gpu_memory_mb"),
        (b'{"run": "mine", "x": 1}', "run"),
    ],
)
def test_what_cannot_be_used_names_the_field_and_a_fix(said, field) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        rows_of(said)
    assert caught.value.field == field
    assert caught.value.fix
    assert "nothing was stored" in str(caught.value)
    assert len(str(caught.value)) < 400
    str(caught.value).encode()


def test_a_name_of_ten_thousand_characters_is_refused_in_few_words() -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        rows_of({"n" * 10_000: 1})
    assert caught.value.field == "n" * 80 + "…"


def test_more_fields_than_a_row_may_have_are_refused() -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        rows_of({f"x{number}": 1 for number in range(4_097)})
    assert caught.value.field == "body"


def test_two_fields_of_one_meaning_are_both_kept() -> None:
    assert rows_of({"train/box_loss": 1, "loss_box": 2})[0].names == ("train/box_loss", "loss_box")


def test_rows_of_one_shape_share_a_matrix() -> None:
    rows = rows_of([{"x": 1, "step": 1}, {"x": 2, "step": 0}, {"y": 3}])
    first, second = plain_rows.matrices_from_rows(rows)
    assert (first.names, first.step, first.values) == (("x",), struct.pack("<2q", 1, 0), struct.pack("<2d", 1, 2))
    assert (second.names, second.step) == (("y",), struct.pack("<q", row.NO_STEP))
    assert math.isnan(struct.unpack("<d", second.epoch)[0])


@given(st.dictionaries(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20), st.floats(), min_size=1))
def test_every_number_that_json_can_write_is_kept_bit_for_bit(fields) -> None:
    fields = {f"v/{name}": value for name, value in fields.items()}
    read = rows_of(fields)[0]
    assert [repr(value) for value in read.values] == [repr(value) for value in fields.values()]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_either_rows_or_refused(body) -> None:
    try:
        rows = rows_of(body)
    except errors.InvalidRecord:
        return
    assert rows
