"""Arrays read with numpy and without are the same, bit for bit, whatever they came as."""

import struct
import sys
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.sdk import arrays

NAN, INF = float("nan"), float("inf")
GIVEN = [
    [1, 2, 3],
    [[1.5, 2], [NAN, INF]],
    (True, False),
    range(3),
    [],
    [[], []],
    7,
    b"abc",
    bytearray(b"abc"),
    memoryview(b"abcdef").cast("B", (2, 3)),
    memoryview(b"abcdef")[::2],
    array("h", [-1, 2]),
    array("f", [0.5]),
    array("Q", [2**64 - 1]),
]


@pytest.fixture
def without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)


def _plain(found: arrays.Grid) -> tuple[str, tuple[int, ...], bytes]:
    return found.dtype, found.shape, bytes(found.data)


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: type(given).__name__)
@pytest.mark.parametrize("dtype", [None, "f8", "f4"])
def test_both_ways_read_the_same(given: object, dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    with_numpy = _plain(arrays.of(given, field="a", dtype=dtype))
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert _plain(arrays.of(given, field="a", dtype=dtype)) == with_numpy


NUMPY_ONLY = [
    np.arange(6, dtype=">i2").reshape(2, 3)[:, ::-1],
    np.array([0.5, -2], "f2"),
    np.array([0.5], "<f4"),
    np.array([1.5], ">f8"),
    np.array([True]),
    np.array(3, "u1"),
    np.zeros((0, 4)),
]


@pytest.mark.parametrize("given", NUMPY_ONLY, ids=lambda given: f"{given.dtype}{given.shape}")
def test_an_array_with_a_buffer_is_read_without_numpy_too(given: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    with_numpy = _plain(arrays.of(given, field="a"))
    assert with_numpy == (
        f"{given.dtype.kind}{given.itemsize}",
        given.shape,
        given.astype(given.dtype.newbyteorder("<")).tobytes(),
    )
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert _plain(arrays.of(given, field="a")) == with_numpy


def test_a_long_double_becomes_a_double() -> None:
    assert _plain(arrays.of(np.array([0.5], np.longdouble), field="a")) == ("f8", (1,), struct.pack("<d", 0.5))


NOT_ARRAYS = [
    "abc",
    None,
    {},
    [None],
    ["a"],
    [[1], [1, 2]],
    [1, [2]],
    object(),
    {1, 2},
    [1j],
    memoryview(b"a").cast("c"),
]


@pytest.mark.parametrize("given", NOT_ARRAYS, ids=lambda given: type(given).__name__)
@pytest.mark.parametrize("numpy", ["with", "without"])
def test_what_is_no_array_is_refused_both_ways(given: object, numpy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if numpy == "without":
        monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(errors.InvalidRecord) as caught:
        arrays.of(given, field="values")
    assert caught.value.field == "values"


@pytest.mark.usefixtures("without_numpy")
def test_lists_in_themselves_end() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(errors.InvalidRecord, match="nested too deep"):
        arrays.of(endless, field="values")


@pytest.mark.parametrize("numpy", ["with", "without"])
@pytest.mark.parametrize("given", [[1] * 11, array("d", [1] * 11)])
def test_more_than_may_be_is_refused_both_ways(given: object, numpy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if numpy == "without":
        monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(errors.InvalidRecord, match="11 numbers, more than 10"):
        arrays.of(given, field="values", most=10)


@pytest.mark.usefixtures("without_numpy")
def test_a_number_too_large_for_its_place_is_refused_without_numpy() -> None:
    with pytest.raises(errors.InvalidRecord):
        arrays.of([1e300], field="values", dtype="f4")
    with pytest.raises(errors.InvalidRecord):
        arrays.of([2**70], field="values")


@given(
    numbers=st.lists(st.floats(width=16), min_size=1, max_size=6),
    dtype=st.sampled_from(["f2", "f4", "f8"]),
)
def test_both_ways_say_the_same_of_numbers(numbers: list[float], dtype) -> None:
    found = arrays.of(numbers, field="a", dtype=dtype)
    told = _told(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        assert repr(_told(found)) == repr(told)


def _told(found: arrays.Grid) -> tuple[object, ...]:
    try:
        arrays.must_be_finite(found, field="a")
        is_finite = True
    except errors.InvalidRecord:
        is_finite = False
    low, high = arrays.bounds(found)
    if not (is_finite and low >= 0 and high <= 1):
        return is_finite, abs(low), abs(high)  # which zero is the least is nobody's matter
    return is_finite, abs(low), abs(high), bytes(arrays.as_bytes_of_light(found, scale=255))


@pytest.mark.parametrize("numpy", ["with", "without"])
def test_whole_numbers_may_come_as_floats(numpy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if numpy == "without":
        monkeypatch.setitem(sys.modules, "numpy", None)
    found = arrays.classes([3.0, -1.0], field="a", length=2)
    assert _plain(found) == ("i4", (2,), struct.pack("<2i", 3, -1))
    for odd in ([0.5], [NAN], [INF], [-3], [10**9]):
        with pytest.raises(errors.InvalidRecord):
            arrays.classes(odd, field="a", length=1)
