"""Groups and spans: what they say is what their rows say, and it comes back bit for bit."""

import math
import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import row
from yoloscope.store import ports
from yoloscope.store.ports_view import GROUP_ROWS, NO_ATTEMPT
from yoloscope.store.series import grouping, payload, rollup

INT64 = st.integers(-(2**63), 2**63 - 1)
STEP = st.sampled_from([row.NO_STEP, -5, 0, 1, 2, 3, 2**40]) | INT64
EPOCH = st.sampled_from([math.nan, 0.0, 0.5, 1.25, 1 / 3, math.inf, -math.inf])
NAN_PAYLOAD = struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\x7f")[0]
VALUE = st.sampled_from([math.nan, NAN_PAYLOAD, 0.0, -0.0, 1.5, 0.1, 1 / 3, 12.5, math.inf, -math.inf, 1e300, -7.0])
KINDS = st.sampled_from([VALUE, st.floats(width=32), st.integers(-999, 999).map(lambda n: n / 10), st.just(math.nan)])


def _what(at: int) -> str:
    return f"payload {at}"


def _axis(data: st.DataObject, *, rows: int, ordinary: bool) -> payload.Axis:
    def column(of: st.SearchStrategy[object], dtype: type) -> np.ndarray:
        return np.array(data.draw(st.lists(of, min_size=rows, max_size=rows)), dtype)

    if ordinary:
        step = np.arange(rows) * data.draw(st.integers(1, 3)) + data.draw(st.integers(0, 9))
        mono = np.cumsum(column(st.integers(0, 10**6), np.int64))
        return payload.Axis(np.arange(rows), np.full(rows, 2), step, step / 10, mono + 10**18, mono)
    return payload.Axis(
        place=column(st.integers(0, 2**40), np.int64),
        attempt=column(st.integers(1, 2), np.int64),
        step=column(STEP, np.int64),
        epoch=column(EPOCH, np.float64),
        wall_ns=column(INT64, np.int64),
        mono_ns=column(st.integers(0, 3) | INT64, np.int64),
    )


def _same(one: msgspec.Struct, other: msgspec.Struct) -> None:
    """Compare columns, those of extents included, by bits and type."""
    for field in one.__struct_fields__:
        mine, theirs = getattr(one, field), getattr(other, field)
        if isinstance(mine, msgspec.Struct):
            _same(mine, theirs)
        else:
            assert (field, mine.dtype, mine.tobytes()) == (field, theirs.dtype, theirs.tobytes())


def _below(parts: list[msgspec.Struct]) -> msgspec.Struct:
    """Return the columns of some structs one below the other."""
    first = parts[0]
    columns = [[getattr(part, field) for part in parts] for field in first.__struct_fields__]
    return type(first)(*(_below(one) if isinstance(one[0], msgspec.Struct) else np.concatenate(one) for one in columns))


ROWS = st.lists(st.sampled_from([1, 2, GROUP_ROWS - 1, GROUP_ROWS, GROUP_ROWS + 1, 200]), min_size=1, max_size=5)


def _check_extent(extent: ports.Extent, at: int, column: np.ndarray, *, has: np.ndarray) -> None:
    present = column[has]
    if len(present):
        assert (present.min(), present.max()) == (extent.low[at], extent.high[at])
    else:
        assert not extent.low[at] <= extent.high[at]
    assert (has.all() and bool((column[1:] >= column[:-1]).all())) == extent.ascends[at]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_groups_of_an_axis_say_what_its_rows_cover(rows: list[int], data: st.DataObject) -> None:
    for count in rows:
        axis = _axis(data, rows=count, ordinary=data.draw(st.booleans()))
        groups = grouping.groups_of_axis(axis)
        for at, start in enumerate(range(0, count, GROUP_ROWS)):
            here = slice(start, start + GROUP_ROWS)
            numbers = set(axis.attempt[here].tolist())
            assert (numbers.pop() if len(numbers) == 1 else NO_ATTEMPT) == groups.attempt[at]
            _check_extent(groups.step, at, axis.step[here], has=axis.step[here] != row.NO_STEP)
            _check_extent(groups.epoch, at, axis.epoch[here], has=~np.isnan(axis.epoch[here]))
            for name in ("wall_ns", "mono_ns"):
                column = getattr(axis, name)[here]
                _check_extent(getattr(groups, name), at, column, has=np.ones(len(column), np.bool_))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_groups_of_axes_come_back(rows: list[int], data: st.DataObject) -> None:
    ordinary = data.draw(st.booleans())
    groups = [grouping.groups_of_axis(_axis(data, rows=count, ordinary=ordinary)) for count in rows]
    payloads = [rollup.payload_from_axis_groups(one) for one in groups]
    _same(_below(groups), rollup.axis_groups_from_payloads(payloads, rows=np.array(rows), what=_what))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(data=st.data(), rows=st.sampled_from([1, 5, GROUP_ROWS, 150]))
def test_groups_of_values_say_what_their_rows_hold(data: st.DataObject, rows: int) -> None:
    kind = data.draw(KINDS)
    columns = np.array(data.draw(st.lists(st.lists(kind, min_size=rows, max_size=rows), min_size=1, max_size=3)))
    for values, groups in zip(columns, grouping.groups_of_values(columns), strict=True):
        for at, start in enumerate(range(0, rows, GROUP_ROWS)):
            _check_group(values[start : start + GROUP_ROWS], groups, at)


def _check_group(values: np.ndarray, groups: rollup.ValueColumns, at: int) -> None:
    numbers = values[~np.isnan(values)]
    assert len(values) - len(numbers) == groups.nan[at]
    assert (values[:1].tobytes(), values[-1:].tobytes()) == (
        groups.first[at : at + 1].tobytes(),
        groups.last[at : at + 1].tobytes(),
    )
    if not len(numbers):
        assert (groups.argmin[at], groups.argmax[at], groups.sum[at]) == (rollup.NONE_AT, rollup.NONE_AT, 0)
        assert np.isnan([groups.min[at], groups.max[at]]).all()
        return
    lowest = next(place for place, value in enumerate(values) if value == numbers.min())
    highest = next(place for place, value in enumerate(values) if value == numbers.max())
    assert (lowest, highest) == (groups.argmin[at], groups.argmax[at])
    assert values[[lowest, highest]].tobytes() == np.array([groups.min[at], groups.max[at]]).tobytes()
    if np.isfinite(numbers).all():
        assert groups.sum[at] == pytest.approx(math.fsum(numbers), rel=1e-12, abs=1e-12 * np.abs(numbers).max())
    else:
        assert repr(sum(numbers.tolist())) == repr(float(groups.sum[at]))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data())
def test_groups_of_values_come_back(rows: list[int], data: st.DataObject) -> None:
    groups: list[msgspec.Struct] = []
    for count in rows:
        kind = data.draw(KINDS)
        values = np.array(data.draw(st.lists(kind, min_size=count, max_size=count)))
        groups += grouping.groups_of_values((np.sort(values) if data.draw(st.booleans()) else values)[None])
    payloads = [rollup.payload_from_groups(one) for one in groups]  # pyright: ignore[reportArgumentType]
    _same(_below(groups), rollup.groups_from_payloads(payloads, rows=np.array(rows), what=_what))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_of_thinned_blocks_the_first_last_least_and_greatest_of_each_group_are_kept(
    rows: list[int], data: st.DataObject
) -> None:
    expected: list[tuple[int, int, bytes]] = []
    groups: list[msgspec.Struct] = []
    for part, count in enumerate(rows):
        values = np.array(data.draw(st.lists(VALUE, min_size=count, max_size=count)))
        groups += grouping.groups_of_values(values[None])
        for start in range(0, count, GROUP_ROWS):
            here = values[start : start + GROUP_ROWS]
            some = [0, len(here) - 1]
            if not np.isnan(here).all():
                some += [int(np.nanargmin(here)), int(np.nanargmax(here))]
            expected += [(part, start + at, here[at : at + 1].tobytes()) for at in sorted(set(some))]
    kept = rollup.kept_rows(_below(groups), rows=np.array(rows))  # pyright: ignore[reportArgumentType]
    values = [kept.value[at : at + 1].tobytes() for at in range(len(kept.value))]
    assert expected == list(zip(kept.part.tolist(), kept.row.tolist(), values, strict=True))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(data=st.data(), rows=st.sampled_from([1, 3, 100]))
def test_a_span_is_the_one_group_of_all_rows(data: st.DataObject, rows: int) -> None:
    axis = _axis(data, rows=rows, ordinary=data.draw(st.booleans()))
    span = grouping.span_of(axis, flags=rollup.THINNED)
    steps = axis.step[axis.step != row.NO_STEP].tolist()
    epochs = axis.epoch[~np.isnan(axis.epoch)].tolist()
    numbers = set(axis.attempt.tolist())
    assert (rows, numbers.pop() if len(numbers) == 1 else NO_ATTEMPT) == (span.rows, span.attempt)
    assert (min(steps, default=None), max(steps, default=None)) == (span.step_min, span.step_max)
    assert (min(epochs, default=None), max(epochs, default=None)) == (span.epoch_min, span.epoch_max)
    assert (axis.wall_ns.min(), axis.wall_ns.max()) == (span.wall_min, span.wall_max)
    assert (axis.mono_ns.min(), axis.mono_ns.max()) == (span.mono_min, span.mono_max)
    assert (axis.place.min(), axis.place.max()) == (span.place_min, span.place_max)
    ascend = [
        len(steps) == rows and steps == sorted(steps),
        len(epochs) == rows and epochs == sorted(epochs),
        bool((np.sort(axis.wall_ns) == axis.wall_ns).all()),
        bool((np.sort(axis.mono_ns) == axis.mono_ns).all()),
    ]
    assert sum(flag for flag, does in zip(rollup.FLAGS, ascend, strict=True) if does) + rollup.THINNED == span.flags


def test_groups_of_ordinary_rows_come_back() -> None:
    step = np.arange(1000)
    axis = payload.Axis(step, np.repeat([1, 2], 500), step, step / 10, step * 10**8 + 10**18, step * 10**8)
    axis_groups, rows = grouping.groups_of_axis(axis), np.array([1000])
    back = rollup.axis_groups_from_payloads([rollup.payload_from_axis_groups(axis_groups)], rows=rows, what=_what)
    _same(axis_groups, back)
    assert back.attempt.tolist() == [1] * 7 + [NO_ATTEMPT] + [2] * 8
    (groups,) = grouping.groups_of_values(np.sin(step)[None])
    _same(groups, rollup.groups_from_payloads([rollup.payload_from_groups(groups)], rows=rows, what=_what))


def test_without_payloads_there_are_no_groups() -> None:
    none = np.empty(0, np.int64)
    assert len(rollup.axis_groups_from_payloads([], rows=none, what=_what).epoch.low) == 0
    assert len(rollup.groups_from_payloads([], rows=none, what=_what).sum) == 0


def test_damage_is_noticed_and_named() -> None:
    groups = grouping.groups_of_values(np.arange(300.0)[None])[0]
    whole = rollup.payload_from_groups(groups)
    flipped = bytearray(whole)
    flipped[60] ^= 4
    rows = np.array([300, 300])
    with pytest.raises(errors.StoreError, match="payload 1 is damaged"):
        rollup.groups_from_payloads([whole, bytes(flipped)], rows=rows, what=_what)
    with pytest.raises(errors.StoreError, match="payload 0 is damaged"):
        rollup.groups_from_payloads([whole, whole], rows=np.array([400, 300]), what=_what)


def test_tables_of_a_later_release_are_refused() -> None:
    content = payload.unwrapped(rollup.payload_from_groups(grouping.groups_of_values(np.ones((1, 3)))[0]), what="")
    for odd in (b"\x63" + content[1:], content[:-1]):
        with pytest.raises(errors.StoreError, match="upgrade yoloscope"):
            rollup.groups_from_payloads([payload.wrapped(odd)], rows=np.array([3]), what=_what)


def test_groups_of_a_curve_take_little_room() -> None:
    noise = np.random.default_rng(0).normal(1, 0.1, 4096).astype(np.float32).astype(np.float64)
    rises = np.arange(4096) / 10
    for values, most_bytes in ((noise, 1_350), (rises, 800), (np.full(4096, 0.01), 200)):
        assert len(rollup.payload_from_groups(grouping.groups_of_values(values[None])[0])) <= most_bytes
