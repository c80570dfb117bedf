"""Packing gives back every bit, is small for what trainings log, and refuses parts that do not fit."""

import math
import struct
import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.wire import codec, packing, protocol

BITS = st.binary(min_size=8, max_size=8)
FLOATS = st.one_of(BITS, st.floats(width=32).map(lambda value: struct.pack("<d", value)))


def _matrix(rows: list[list[bytes]], *, columns: list[bytes]) -> row.Matrix:
    names = tuple(f"m{index}" for index in range(len(rows[0])))
    values = b"".join(value for of_row in rows for value in of_row)
    return row.Matrix(names, columns[0], columns[1], columns[2], columns[3], values)


@st.composite
def matrices(draw: st.DrawFn) -> row.Matrix:
    count, width = draw(st.integers(1, 40)), draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(FLOATS, min_size=width, max_size=width), min_size=count, max_size=count))
    columns = [b"".join(draw(st.lists(BITS, min_size=count, max_size=count))) for _ in range(4)]
    return _matrix(rows, columns=columns)


@given(matrices())
def test_every_bit_comes_back(matrix: row.Matrix) -> None:
    assert packing.unpacked(packing.packed(matrix), place="here") == matrix


def _training(rows: int, *, exact32: bool) -> row.Matrix:
    steps = np.arange(rows)
    noise = np.random.default_rng(0).normal(size=(rows, 10))
    curves = 2.0 * np.exp(-steps / 500)[:, None] + 0.05 * noise
    values = curves.astype(np.float32).astype(np.float64) if exact32 else curves
    mono = (steps * 10_000_000 + np.random.default_rng(1).integers(0, 90_000, rows)).astype(np.int64)
    return row.Matrix(
        tuple(f"train/m{index}" for index in range(10)),
        steps.astype(np.int64).tobytes(),
        (steps / 100).tobytes(),
        (mono + 1_700_000_000_000_000_000).tobytes(),
        mono.tobytes(),
        values.tobytes(),
    )


@pytest.mark.parametrize(("exact32", "most"), [(True, 4.5), (False, 9.0)])
def test_a_curve_takes_few_bytes_a_value_on_the_way(exact32: bool, most: float) -> None:
    matrix = _training(2_000, exact32=exact32)
    batch = row.Batch(
        row.RunRef(ids.RunId("r1"), ids.ProjectName("p"), "r", 1),
        row.AttemptRef(0, 1, 1),
        ids.WriterId("01" * 16),
        0,
        0,
        (matrix,),
    )
    body = codec.body_from_batches([batch])
    assert len(zlib.compress(body, 1)) / 20_000 < most
    assert codec.batches_from_body(body) == [batch]
    assert struct.unpack_from("<4sH", body)[1] == protocol.PACKED_VERSION


def test_a_few_rows_travel_as_they_are() -> None:
    assert packing.ROWS_LEAST > 2
    matrix = _training(2, exact32=True)
    batch = row.Batch(
        row.RunRef(ids.RunId("r1"), ids.ProjectName("p"), "r", 1),
        row.AttemptRef(0, 1, 1),
        ids.WriterId("01" * 16),
        0,
        0,
        (matrix,),
    )
    assert struct.unpack_from("<4sH", codec.body_from_batches([batch]))[1] == protocol.VERSION


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rows": -1}, "here.widths"),
        ({"rows": 21}, "here.columns"),
        ({"widths": b"\x04"}, "here.widths"),
        ({"widths": b"\x05" * 10}, "here.widths"),
        ({"columns": b""}, "here.columns"),
        ({"names": ("",) * 1_000_000, "widths": b"\x04" * 1_000_000, "rows": 0, "columns": b""}, "here.names"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change: dict[str, object], field: str) -> None:
    sent = msgspec.structs.replace(packing.packed(_training(20, exact32=True)), **change)
    with pytest.raises(errors.FrameCorrupt) as refused:
        packing.unpacked(sent, place="here")
    assert refused.value.field == field


def test_a_nan_of_another_kind_is_not_made_a_plain_one() -> None:
    odd = struct.pack("<Q", 0x7FF0_0000_0000_0001)
    matrix = _matrix([[odd]] * 20, columns=[bytes(160)] * 4)
    back = packing.unpacked(packing.packed(matrix), place="here")
    assert back.values == odd * 20
    assert math.isnan(np.frombuffer(back.values, np.float64)[0])
