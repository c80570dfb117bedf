"""Segments made smaller by the quota still give every row that is kept once, under its own number, whoever dies in between."""

import itertools
import math
import os
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import msgspec
import numpy as np
import pytest
from hypothesis import strategies

from yoloscope import errors
from yoloscope.curves import thin
from yoloscope.records import row
from yoloscope.sdk import values
from yoloscope.spool import layout, packed, quota, reader, shrink, state, writer

Rows = dict[int, tuple[tuple[str, ...], int, tuple[float, ...]] | str]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[state.StatePage]:
    opened = state.StatePage(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_BYTES", (64 * 1024,))


def _writer(directory: Path, page: state.StatePage) -> writer.Writer:
    opened = writer.Writer(directory, page=page, clean=values.Cleaner(page).row)
    opened.open()
    return opened


def _read(directory: Path, *, start: reader.Place = reader.START, most_bytes: int = 64 * 1024) -> Rows:
    """Return what a courier reads of lane 0 from a place on: names, step and values, or the event, by sequence number."""
    found: Rows = {}
    lane = reader.LaneReader(directory, lane=0)
    while (chunk := lane.read(start, most_bytes=most_bytes)) is not None:
        assert chunk.first_seq == start.seq
        found.update(_rows(chunk.first_seq, chunk.entries))
        start = chunk.after
    lane.close()
    return found


def _rows(seq: int, entries: tuple[row.Entry, ...]) -> Rows:
    found: Rows = {}
    for entry in entries:
        if isinstance(entry, row.Matrix):
            width = len(entry.names)
            for at in range(entry.rows):
                step = struct.unpack_from("<q", entry.step, 8 * at)[0]
                found[seq + at] = (entry.names, step, struct.unpack_from(f"<{width}d", entry.values, 8 * width * at))
        elif not isinstance(entry, row.Skip):
            found[seq] = repr(entry)
        seq += row.sequences_of(entry)
    return found


def _same(first: Rows, second: Rows) -> bool:
    return repr(first) == repr(second)  # NaN is NaN


@pytest.mark.usefixtures("small_segments")
def test_packing_loses_nothing_and_thinning_keeps_extremes_ends_nan_edges_and_events(
    tmp_path: Path, page: state.StatePage
) -> None:
    spool = _writer(tmp_path, page)
    curve = np.random.default_rng(1).normal(size=3000)
    curve[500:520] = math.nan
    curve[700] = math.inf
    for step, value in enumerate(curve.tolist()):
        spool.log({"a": value, "b": float(step)}, step)
        if step == 5:
            spool.event(msgspec.msgpack.encode(row.Updated("config", {"lr0": 0.1})))
    whole = _read(tmp_path)
    size = layout.segment_path(tmp_path, lane=0, number=0).stat().st_size

    shrink.shrink(tmp_path, lane=0, number=0, page=page)
    assert _same(_read(tmp_path), whole)
    assert page.lost() == {}
    assert shrink.level_of(layout.segment_path(tmp_path, lane=0, number=0)) == 1

    shrink.shrink(tmp_path, lane=0, number=0, page=page)
    kept = _read(tmp_path)
    in_first = reader.first_seq(tmp_path, lane=0, number=1)
    assert page.lost()["quota"] == len(whole) - len(kept)
    assert _same(kept, {seq: whole[seq] for seq in kept})
    assert [seq for seq in whole if seq >= in_first] == [seq for seq in kept if seq >= in_first]
    assert isinstance(kept[6], str)  # the event
    steps = [entry[1] for entry in kept.values() if not isinstance(entry, str)]
    assert {0, 499, 500, 519, 520, 700} <= set(steps)
    thinned = [step for step in steps if step < in_first - 1]
    for start in range(0, in_first - 1, thin.window_rows(2)):
        window = range(start, min(start + thin.window_rows(2), in_first - 1))
        there = [step for step in thinned if step in window]
        assert np.nanmin(curve[there]) == np.nanmin(curve[window.start : window.stop])
        assert np.nanmax(curve[there]) == np.nanmax(curve[window.start : window.stop])
    assert len(thinned) < (in_first - 1) / 4
    assert layout.segment_path(tmp_path, lane=0, number=0).stat().st_size < size / 4
    spool.close()


@pytest.mark.usefixtures("small_segments")
def test_a_segment_is_thinned_until_only_its_own_extremes_are_left(tmp_path: Path, page: state.StatePage) -> None:
    spool = _writer(tmp_path, page)
    for step in range(3000):
        spool.log({"a": math.sin(step)}, step)
    path = layout.segment_path(tmp_path, lane=0, number=0)
    rows = reader.first_seq(tmp_path, lane=0, number=1)
    while shrink.level_of(path) < quota.SPENT:
        shrink.shrink(tmp_path, lane=0, number=0, page=page)
    kept = {seq: entry for seq, entry in _read(tmp_path).items() if seq < rows}
    sines = [math.sin(step) for step in range(rows)]
    extremes = {0, rows - 1, sines.index(min(sines)), sines.index(max(sines))}
    assert extremes <= set(kept)
    assert len(kept) <= thin.window_rows(1)
    assert page.lost() == {"quota": rows - len(kept)}
    spool.close()


@pytest.mark.usefixtures("small_segments")
def test_rows_of_two_kinds_that_take_turns_are_thinned_as_two_series(tmp_path: Path, page: state.StatePage) -> None:
    spool = _writer(tmp_path, page)
    for step in range(2000):
        spool.log({"a": math.cos(step)} if step % 2 else {"b": math.sin(step)}, step)
    rows = reader.first_seq(tmp_path, lane=0, number=1)
    for _ in range(2):
        shrink.shrink(tmp_path, lane=0, number=0, page=page)
    kept = _read(tmp_path)
    assert page.lost()["quota"] > rows / 2
    for name in ("a", "b"):
        whole = [
            math.cos(step) if name == "a" else math.sin(step)
            for step in range(rows)
            if (step % 2 == 1) == (name == "a")
        ]
        left = [entry[2][0] for seq, entry in kept.items() if seq < rows and entry[0] == (name,)]
        assert (min(left), max(left)) == (min(whole), max(whole))
    spool.close()


def _row() -> strategies.SearchStrategy[dict[str, float]]:
    number = strategies.sampled_from([0.0, -1.5, 2.0, 1e300, math.nan, math.inf, -math.inf, 7.25])
    return strategies.sampled_from([("a",), ("b", "c"), ("c", "b")]).flatmap(
        lambda names: strategies.fixed_dictionaries(dict.fromkeys(names, number))
    )


@pytest.mark.slow
@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(
    rows=strategies.lists(_row(), min_size=1, max_size=30),
    repeats=strategies.integers(40, 120),
    shrinks=strategies.lists(strategies.integers(0, 5), max_size=8),
    most_bytes=strategies.integers(1, 200_000),
    data=strategies.data(),
)
def test_from_any_place_each_row_kept_comes_once_under_its_own_number(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, float]],
    repeats: int,
    shrinks: list[int],
    most_bytes: int,
    data: strategies.DataObject,
) -> None:
    directory = tmp_path_factory.mktemp("spool")
    page = state.StatePage(directory / "state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "SEGMENT_BYTES", (16 * 1024,))
        patch.setattr(layout, "SEGMENT_FLOOR_BYTES", 8 * 1024)
        spool = _writer(directory, page)
        for step, values_ in enumerate(itertools.chain.from_iterable(itertools.repeat(rows, repeats))):
            spool.log(values_, step)
            if step % 97 == 3:
                spool.event(msgspec.msgpack.encode(row.Updated("progress", {"epochs": step})))
    whole = _read(directory)
    places = _places(directory, most_bytes=data.draw(strategies.integers(1, 20_000)))
    sealed = reader.lanes(directory)[0][:-1]
    for number in shrinks:
        if number in sealed:
            shrink.shrink(directory, lane=0, number=number, page=page)
    kept = _read(directory, most_bytes=most_bytes)
    assert _same(kept, {seq: whole[seq] for seq in kept})
    assert len(kept) + page.lost().get("quota", 0) == len(whole)
    assert {seq for seq, entry in whole.items() if isinstance(entry, str)} <= set(kept)
    for name in "abc":
        assert _extremes(kept, name) == _extremes(whole, name)
    acknowledged = data.draw(strategies.sampled_from(places))  # of the time before anything was made smaller
    again = _read(directory, start=acknowledged, most_bytes=most_bytes)
    assert _same(again, {seq: entry for seq, entry in kept.items() if seq >= acknowledged.seq})
    spool.close()
    page.close()


def _places(directory: Path, *, most_bytes: int) -> list[reader.Place]:
    found, lane = [reader.START], reader.LaneReader(directory, lane=0)
    while (chunk := lane.read(found[-1], most_bytes=most_bytes)) is not None:
        found.append(chunk.after)
    lane.close()
    return found


def _extremes(rows: Rows, name: str) -> tuple[float, float, bool] | None:
    found = [
        entry[2][entry[0].index(name)] for entry in rows.values() if not isinstance(entry, str) and name in entry[0]
    ]
    numbers = [value for value in found if not math.isnan(value)]
    return (min(numbers), max(numbers), len(numbers) < len(found)) if numbers else None


@pytest.mark.usefixtures("small_segments")
def test_a_part_of_a_packed_segment_is_read_again_by_its_bytes_alone(tmp_path: Path, page: state.StatePage) -> None:
    """So a window of the split (`spool.split`) finds exactly what it was made of."""
    spool = _writer(tmp_path, page)
    for step in range(3000):
        spool.log({"a": math.sin(step)}, step)
    for _ in range(2):
        shrink.shrink(tmp_path, lane=0, number=0, page=page)
    lane = reader.LaneReader(tmp_path, lane=0)
    place = reader.START
    for most_bytes in (1, 700, 4096, 2**20):
        chunk = lane.read(place, most_bytes=most_bytes)
        assert chunk is not None
        again = lane.read(chunk.begin, most_bytes=chunk.after.offset - chunk.begin.offset)
        assert again == chunk
        place = chunk.after
    lane.close()
    spool.close()


@pytest.mark.usefixtures("small_segments")
def test_a_reader_that_holds_the_old_segment_open_goes_on_in_the_new_one(tmp_path: Path, page: state.StatePage) -> None:
    spool = _writer(tmp_path, page)
    for step in range(3000):
        spool.log({"a": math.sin(step)}, step)
    lane = reader.LaneReader(tmp_path, lane=0)
    first = lane.read(reader.START, most_bytes=48)
    assert first is not None
    for _ in range(2):
        shrink.shrink(tmp_path, lane=0, number=0, page=page)
    rest = lane.read(first.after, most_bytes=2**20)
    assert rest is not None
    assert rest.first_seq == 1
    assert any(isinstance(entry, row.Skip) for entry in rest.entries)
    lane.close()
    spool.close()


@pytest.mark.usefixtures("small_segments")
def test_a_segment_never_read_learns_its_number_from_those_before_it(tmp_path: Path, page: state.StatePage) -> None:
    spool = _writer(tmp_path, page)
    for step in range(6000):
        spool.log({"a": float(step)}, step)
    shrink.shrink(tmp_path, lane=0, number=2, page=page)
    whole = _read(tmp_path)
    assert [entry[1] for entry in whole.values()] == list(range(6000))
    layout.segment_path(tmp_path, lane=0, number=0).unlink()
    assert (
        reader.first_seq(tmp_path, lane=0, number=2)
        == packed.head(layout.segment_path(tmp_path, lane=0, number=2)).first_seq
    )
    spool.close()


@pytest.mark.usefixtures("small_segments")
def test_a_packed_segment_that_the_disk_did_not_keep_is_torn_and_takes_its_numbers(
    tmp_path: Path, page: state.StatePage
) -> None:
    spool = _writer(tmp_path, page)
    for step in range(3000):
        spool.log({"a": float(step)}, step)
    rows = reader.first_seq(tmp_path, lane=0, number=1)
    shrink.shrink(tmp_path, lane=0, number=0, page=page)
    path = layout.segment_path(tmp_path, lane=0, number=0)
    raw = bytearray(path.read_bytes())
    raw[layout.HEADER_BYTES + 100 : layout.HEADER_BYTES + 200] = bytes(100)
    path.write_bytes(raw)
    assert [entry[1] for entry in _read(tmp_path).values()] == list(range(rows, 3000))
    assert sum(chunk.torn for chunk in reader.chunks(tmp_path, lane=0)) == 1
    with pytest.raises(errors.SpoolError, match="nothing of lane 7"):
        reader.first_seq(tmp_path, lane=7, number=0)
    spool.close()


def test_what_was_torn_stays_counted_once_when_it_is_packed(tmp_path: Path, page: state.StatePage) -> None:
    spool = _writer(tmp_path, page)
    spool.log({"a": 1.0}, 0)
    spool.event(b"\xff\xff")
    for step in range(1, 10_000):
        spool.log({"a": 1.0}, step)
    for _ in range(3):
        shrink.shrink(tmp_path, lane=0, number=0, page=page)
        assert sum(chunk.torn for chunk in reader.chunks(tmp_path, lane=0)) == 1
    spool.close()


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("moment", range(6))
def test_whoever_dies_while_a_segment_shrinks_leaves_a_spool_that_counts_nothing_twice(
    tmp_path: Path, page: state.StatePage, moment: int
) -> None:
    """The process is killed before its n-th step that others could see: open, sync, rename, count, age, rename."""
    spool = _writer(tmp_path, page)
    for step in range(3000):
        spool.log({"a": math.sin(step)}, step)
    whole = _read(tmp_path)
    shrink.shrink(tmp_path, lane=0, number=0, page=page)
    child = os.fork()
    if child == 0:
        _die_at(moment)
        shrink.shrink(tmp_path, lane=0, number=0, page=page)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    for _ in range(2):  # a second recovery finds nothing to do
        other = state.StatePage(tmp_path / "state")
        packed.recover(tmp_path, other)
        other.close()
        kept = _read(tmp_path)
        assert _same(kept, {seq: whole[seq] for seq in kept})
        assert len(kept) + page.lost().get("quota", 0) == len(whole)
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".packed", ".tmp")] == []
    spool.close()


def _die_at(moment: int) -> None:
    steps = itertools.count()

    def watched(name: str, owner: object) -> None:
        original = getattr(owner, name)

        def call(*arguments: object, **named: object) -> object:
            if next(steps) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **named)

        setattr(owner, name, call)

    watched("compress", packed.zlib)
    watched("fsync", packed.os)
    watched("replace", Path)
    watched("count_lost", state.StatePage)
    watched("utime", packed.os)


def test_a_disk_that_does_not_hold_the_smaller_segment_keeps_the_old_one(
    tmp_path: Path, page: state.StatePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = _writer(tmp_path, page)
    for step in range(10_000):
        spool.log({"a": 1.0}, step)
    whole = _read(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(packed.os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            shrink.shrink(tmp_path, lane=0, number=0, page=page)
    assert _same(_read(tmp_path), whole)
    assert list(tmp_path.glob("*.tmp")) == []
    spool.close()
