"""Reading lanes whose files are unusual: wide rows, interrupted roll-overs, missing segments, what a power cut leaves."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from yoloscope.records import row
from yoloscope.sdk import values
from yoloscope.spool import layout, platform, reader, state, writer

MOST = 64 * 1024


@pytest.fixture
def page(tmp_path: Path) -> Iterator[state.StatePage]:
    opened = state.StatePage(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def spool(tmp_path: Path, page: state.StatePage) -> Iterator[writer.Writer]:
    opened = writer.Writer(tmp_path, page=page, clean=values.Cleaner(page).row)
    opened.open()
    yield opened
    opened.close()


def _read(directory: Path, *, start: reader.Place = reader.START, most_bytes: int = MOST) -> list[reader.Chunk]:
    """Return what a courier reads of lane 0, a little at a time."""
    lane = reader.LaneReader(directory, lane=0)
    found: list[reader.Chunk] = []
    while (chunk := lane.read(start, most_bytes=most_bytes)) is not None:
        found.append(chunk)
        start = chunk.after
    lane.close()
    return found


def _steps(chunks: list[reader.Chunk]) -> list[int]:
    matrices = [entry for chunk in chunks for entry in chunk.entries if isinstance(entry, row.Matrix)]
    return [
        int.from_bytes(matrix.step[at : at + 8], "little", signed=True)
        for matrix in matrices
        for at in range(0, len(matrix.step), 8)
    ]


def _put(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def test_names_that_take_more_room_than_one_read_cost_no_row(spool: writer.Writer, tmp_path: Path) -> None:
    wide = {f"{number:04}" + "界" * 240: float(number) for number in range(layout.ROW_NAMES_MAX)}
    spool.log({"a": 1.0}, 0)
    spool.log(wide, 1)
    spool.log(dict.fromkeys(wide, 2.0), 2)
    assert _steps(_read(tmp_path)) == [0, 1, 2]


def test_rows_after_a_roll_over_that_was_interrupted_are_read(spool: writer.Writer, tmp_path: Path) -> None:
    for step in range(10_000):
        spool.log({"a": 1.0}, step)
    assert reader.lanes(tmp_path)[0] == [0, 1]
    _put(layout.segment_path(tmp_path, lane=0, number=0), 8 * layout.SEALED_WORD, bytes(8))
    assert _steps(_read(tmp_path)) == list(range(10_000))


def test_reading_goes_on_behind_segments_that_were_removed(spool: writer.Writer, tmp_path: Path) -> None:
    for step in range(10_000):
        spool.log({"a": 1.0}, step)
    whole = _read(tmp_path)
    first = next(chunk.first_seq for chunk in whole if chunk.after.number == 1)
    layout.segment_path(tmp_path, lane=0, number=0).unlink()
    again = _read(tmp_path)
    assert again[0].first_seq == first
    assert _steps(again) == list(range(first, 10_000))


@pytest.mark.parametrize(
    "payload",
    [b"\xff\xff", msgspec.msgpack.encode({"type": "u", "section": "from-a-newer-release", "values": {}})],
)
def test_an_event_that_cannot_be_understood_takes_its_number_and_nothing_else(
    spool: writer.Writer, tmp_path: Path, payload: bytes
) -> None:
    spool.log({"a": 1.0}, 0)
    spool.event(payload)
    spool.log({"a": 1.0}, 1)
    chunks = _read(tmp_path)
    assert _steps(chunks) == [0, 1]
    assert row.Skip(1) in chunks[0].entries
    assert (chunks[-1].after.seq, sum(chunk.torn for chunk in chunks)) == (3, 1)


def test_a_row_without_its_definition_ends_the_segment(spool: writer.Writer, tmp_path: Path) -> None:
    spool.log({"a": 1.0}, 0)
    path = layout.segment_path(tmp_path, lane=0, number=0)
    at = layout.HEADER_BYTES
    size, kind, _, length = layout.BLOB_HEAD.unpack_from(path.read_bytes(), at)
    _put(path, at, layout.BLOB_HEAD.pack(size, kind, 77, length))
    chunks = _read(tmp_path)
    assert (_steps(chunks), sum(chunk.torn for chunk in chunks)) == ([], 1)


@pytest.mark.parametrize("size_bytes", [0, 100, 256 * 1024])
def test_a_segment_that_never_reached_the_disk_holds_nothing(
    spool: writer.Writer, tmp_path: Path, size_bytes: int
) -> None:
    for step in range(10_000):
        spool.log({"a": 1.0}, step)
    spool.close()
    layout.segment_path(tmp_path, lane=0, number=1).write_bytes(bytes(size_bytes))
    steps = _steps(_read(tmp_path))
    assert steps == list(range(len(steps)))
    assert len(steps) > 1000


def test_a_commit_word_that_is_no_frame_border_is_torn(spool: writer.Writer, tmp_path: Path) -> None:
    spool.log({"a": 1.0}, 0)
    path = layout.segment_path(tmp_path, lane=0, number=0)
    _put(path, 8 * layout.COMMIT_WORD, layout.OFFSET.pack(path.stat().st_size + 100))
    chunks = _read(tmp_path)
    assert (_steps(chunks), sum(chunk.torn for chunk in chunks)) == ([0], 1)


@pytest.mark.parametrize("most_bytes", [1, MOST])
def test_a_file_that_ends_between_two_rows_before_its_commit_word_is_torn_there(
    spool: writer.Writer, tmp_path: Path, most_bytes: int
) -> None:
    for step in range(3):
        spool.log({"a": 1.0}, step)
    path = layout.segment_path(tmp_path, lane=0, number=0)
    cut = tmp_path / "cut"
    cut.mkdir()
    shortened = layout.segment_path(cut, lane=0, number=0)
    committed = layout.OFFSET.unpack_from(path.read_bytes(), 8 * layout.COMMIT_WORD)[0]
    shortened.write_bytes(path.read_bytes()[: committed - layout.row_struct(1).size])
    chunks = _read(cut, most_bytes=most_bytes)
    assert (_steps(chunks), sum(chunk.torn for chunk in chunks)) == ([0, 1], 1)


def test_where_stores_may_be_seen_out_of_order_the_bytes_settle_before_they_are_read(
    spool: writer.Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On such a machine the commit word may be seen before the row: rows come only once the reader has waited."""
    seen: list[str] = []
    monkeypatch.setattr(platform, "settle", lambda: seen.append("settled"))
    spool.log({"a": 1.0}, 0)
    lane = reader.LaneReader(tmp_path, lane=0)
    chunk = lane.read(reader.START, most_bytes=MOST)
    assert chunk is not None
    assert seen == ["settled"]
    assert lane.read(chunk.after, most_bytes=MOST) is None
    assert seen == ["settled"]
    lane.close()


def test_a_segment_that_a_power_cut_left_blank_is_one_torn_place_and_what_follows_is_read(
    spool: writer.Writer, tmp_path: Path
) -> None:
    for step in range(60_000):
        spool.log({"a": 1.0}, step)
    spool.close()
    first, blank, *_ = sorted(tmp_path.glob("0-*.sp"))
    before = _steps(_read_of(tmp_path, first))
    lost = len(_steps(_read_of(tmp_path, blank)))
    blank.write_bytes(bytes(blank.stat().st_size))
    chunks = _read(tmp_path, most_bytes=layout.SEGMENT_BYTES[-1])
    assert _steps(chunks) == [*before, *range(len(before) + lost, 60_000)]
    assert sum(chunk.torn for chunk in chunks) == 1
    lane = reader.LaneReader(tmp_path, lane=0)
    assert lane.has_more(reader.Place(1, layout.HEADER_BYTES, len(before)))
    assert not lane.has_more(chunks[-1].after)
    lane.close()


def _read_of(directory: Path, segment: Path) -> list[reader.Chunk]:
    """Return what lies in one segment."""
    number = int(segment.stem.partition("-")[2])
    return [one for one in _read(directory, most_bytes=layout.SEGMENT_BYTES[-1]) if one.begin.number == number]
