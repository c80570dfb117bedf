"""Columns: every bit comes back, and what is regular takes little room."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.store.series import codec, payload

INT64 = st.integers(-(2**63), 2**63 - 1)
ANY_BITS = st.binary(min_size=8, max_size=8).map(lambda bits: struct.unpack("<d", bits)[0])
DECIMAL = st.integers(-(10**7), 10**7).map(lambda whole: whole / 1000)
SINGLE = st.floats(width=32)


@given(st.lists(INT64, max_size=50) | st.lists(st.integers(-300, 300), max_size=300))
def test_integers_come_back(values: list[int]) -> None:
    column = np.array(values, np.int64)
    assert values == codec.ints_from_bytes(codec.bytes_from_ints(column)).tolist()


@given(start=INT64, stride=INT64, count=st.integers(0, 100))
def test_sequences_come_back_in_constant_space(start: int, stride: int, count: int) -> None:
    column = np.array([start % 2**64], np.uint64) + np.arange(count, dtype=np.uint64) * np.uint64(stride % 2**64)
    data = codec.bytes_from_ints(column.astype(np.int64))
    assert len(data) == 21
    assert column.astype(np.int64).tolist() == codec.ints_from_bytes(data).tolist()


@given(st.lists(ANY_BITS, max_size=50) | st.lists(DECIMAL, max_size=50) | st.lists(SINGLE, max_size=50))
def test_floats_come_back_bit_for_bit(values: list[float]) -> None:
    column = np.array(values, np.float64)
    assert column.tobytes() == codec.floats_from_bytes(codec.bytes_from_floats(column)).tobytes()


@pytest.mark.parametrize(
    "bits", [b"\x01\0\0\0\0\0\xf8\x7f", b"\x01\0\0\0\0\0\xf0\x7f", b"\0\0\0\0\0\0\0\x80", b"\0\0\0\0\0\0\xf0\xff"]
)
def test_odd_values_come_back_among_ordinary_ones(bits: bytes) -> None:
    column = np.concatenate([np.arange(20) / 10, np.frombuffer(bits, np.float64)])
    assert column.tobytes() == codec.floats_from_bytes(codec.bytes_from_floats(column)).tobytes()


@pytest.mark.parametrize(
    ("column", "most_bytes"),
    [
        (np.round(np.linspace(0, 100, 4096), 1), 3_000),
        (np.full(4096, 0.01), 40),
        (np.random.default_rng(0).normal(size=4096).astype(np.float32).astype(np.float64), 16_400),
        (np.random.default_rng(0).normal(size=4096), 33_000),
    ],
)
def test_each_kind_of_values_takes_its_narrowest_form(column: np.ndarray, most_bytes: int) -> None:
    assert len(codec.bytes_from_floats(column)) <= most_bytes


def test_an_unknown_form_is_refused() -> None:
    for decode in (codec.ints_from_bytes, codec.floats_from_bytes):
        with pytest.raises(errors.StoreError, match="form 99"):
            decode(b"\x63\x01\0\0\0\0\0")


@given(count=st.integers(0, 40), data=st.data())
def test_an_axis_comes_back(count: int, data: st.DataObject) -> None:
    ints = [np.array(data.draw(st.lists(INT64, min_size=count, max_size=count)), np.int64) for _ in range(5)]
    epoch = np.array(data.draw(st.lists(ANY_BITS, min_size=count, max_size=count)), np.float64)
    axis = payload.Axis(ints[0], ints[1], ints[2], epoch, ints[3], ints[4])
    back = payload.axis_from_payload(payload.payload_from_axis(axis), what="axis")
    for field in payload.Axis.__struct_fields__:
        assert getattr(axis, field).tobytes() == getattr(back, field).tobytes()


@given(content=st.binary(min_size=1, max_size=50), at=st.integers(0, 49), flip=st.integers(1, 255))
def test_an_altered_payload_is_noticed(content: bytes, at: int, flip: int) -> None:
    whole = bytearray(payload.wrapped(content))
    whole[5 + at % len(content)] ^= flip
    with pytest.raises(errors.StoreError, match="damaged"):
        payload.unwrapped(bytes(whole), what="block")
