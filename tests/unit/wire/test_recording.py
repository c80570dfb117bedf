"""A recording comes back as it was written, and every way to damage it is told."""

import io
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.wire import recording

RUNS = (recording.RunName("r1", "signs", "首次"), recording.RunName("r2", "signs", "b"))
HEADER = recording.Header("0.1.0", 10**18, "spool", RUNS)
_texts = st.text(max_size=5)
_floats = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def matrices(draw: st.DrawFn) -> row.Matrix:
    count = draw(st.integers(1, 4))
    names = draw(st.lists(st.sampled_from(["a", "train/box_loss", "精度", "b c"]), min_size=1, max_size=3, unique=True))
    column = st.binary(min_size=8 * count, max_size=8 * count)
    values = draw(st.binary(min_size=8 * count * len(names), max_size=8 * count * len(names)))
    return row.Matrix(tuple(names), draw(column), draw(column), draw(column), draw(column), values)


entries = st.one_of(
    matrices(),
    st.builds(row.Skip, st.integers(0, 9)),
    st.builds(row.Updated, st.just("config"), st.dictionaries(_texts, st.none() | st.booleans() | _texts)),
    st.builds(
        row.Ended, st.just("crashed"), st.integers(0, 2**62), st.none() | _texts, st.none() | st.integers(0, 255)
    ),
)


@st.composite
def bodies(draw: st.DrawFn) -> list[row.Batch]:
    def batch() -> row.Batch:
        name = draw(st.sampled_from(["r1", "r2"]))
        return row.Batch(
            run=row.RunRef(ids.RunId(name), ids.ProjectName("signs"), name, created_ns=1),
            attempt=row.AttemptRef(draw(st.integers(0, 3)), wall_ns=1, mono_ns=2),
            writer=draw(st.sampled_from([recording.PLACEHOLDER, ids.WriterId("ab" * 16)])),
            lane=draw(st.integers(0, 2**31 - 1)),
            first_seq=draw(st.integers(0, 2**40)),
            entries=tuple(draw(st.lists(entries, max_size=3))),
            lost=draw(st.dictionaries(st.sampled_from(["torn", "quota"]), st.integers(1, 2**40))),
            alive=draw(st.none() | st.booleans()),
            deferred=draw(st.integers(0, 2**40)),
        )

    return [batch() for _ in range(draw(st.integers(0, 3)))]


def _file(*written: list[row.Batch], heard_ns: dict[str, int] | None = None) -> bytes:
    writer = recording.Writer()
    return b"".join((writer.head(HEADER), *map(writer.body, written), writer.tail(heard_ns or {})))


def _read(file: bytes) -> tuple[recording.Reader, list[list[row.Batch]]]:
    reader = recording.Reader(io.BytesIO(file))
    return reader, list(reader.bodies())


def _batch(*held: row.Entry) -> row.Batch:
    ref = row.RunRef(ids.RunId("r1"), ids.ProjectName("signs"), "r1", created_ns=1)
    return row.Batch(ref, row.AttemptRef(0, wall_ns=1, mono_ns=1), recording.PLACEHOLDER, 0, 0, held)


SAMPLE = _file([_batch(row.Updated("config", {"lr0": 0.01}))], [_batch(row.Skip(2))], heard_ns={"r1": 7})


@given(st.lists(bodies(), max_size=4), st.dictionaries(_texts, st.integers(0, 2**62), max_size=2))
def test_what_was_written_comes_back(written: list[list[row.Batch]], heard_ns: dict[str, int]) -> None:
    reader, found = _read(_file(*written, heard_ns=heard_ns))
    assert reader.header == HEADER
    assert written == found
    held = [entry for body in written for batch in body for entry in batch.entries if isinstance(entry, row.Matrix)]
    assert reader.trailer is not None
    assert (len(written), sum(map(len, written)), sum(entry.rows for entry in held), heard_ns) == (
        reader.trailer.bodies,
        reader.trailer.batches,
        reader.trailer.rows,
        reader.trailer.heard_ns,
    )
    assert sum(entry.rows * len(entry.names) for entry in held) == reader.trailer.values


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_file_cut_anywhere_is_told(at: int) -> None:
    with pytest.raises(errors.RecordingTruncated):
        _read(SAMPLE[:at])


@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_byte_altered_anywhere_is_told(at: int, by: int) -> None:
    with pytest.raises(errors.RecordingError):
        _read(SAMPLE[:at] + bytes([SAMPLE[at] ^ by]) + SAMPLE[at + 1 :])


@given(st.binary(max_size=200))
def test_any_other_file_is_told(file: bytes) -> None:
    with pytest.raises(errors.RecordingError):
        _read(file)


def _blocks(file: bytes) -> list[bytes]:
    at, found = 12, []
    while at < len(file):
        _, length, _ = struct.unpack_from("<cII", file, at)
        found.append(file[at : at + 9 + length])
        at += 9 + length
    return found


@pytest.mark.parametrize("order", [(0, 1, 3), (0, 2, 1, 3), (0, 1, 1, 2, 3), (1, 2, 3), (0, 0, 1, 2, 3)])
def test_blocks_left_out_doubled_or_in_another_order_are_told(order: tuple[int, ...]) -> None:
    blocks = _blocks(SAMPLE)
    assert SAMPLE[:12] + b"".join(blocks) == SAMPLE
    with pytest.raises(errors.RecordingCorrupt):
        _read(SAMPLE[:12] + b"".join(blocks[number] for number in order))


def test_a_newer_version_is_named() -> None:
    with pytest.raises(errors.RecordingVersion, match="format 3; this release reads up to 2"):
        _read(SAMPLE[:8] + b"\x03\0" + SAMPLE[10:])


def test_a_copy_as_text_is_named() -> None:
    with pytest.raises(errors.RecordingCorrupt, match="copied as text"):
        _read(SAMPLE.replace(b"\r\n", b"\n"))


def test_a_block_that_says_it_is_huge_is_not_read() -> None:
    class Counted(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            Counted.most = max(Counted.most, size or 0)
            return super().read(size)

    head = _blocks(SAMPLE)[0]
    huge = struct.pack("<cII", b"B", 2**32 - 1, 0)
    with pytest.raises(errors.RecordingCorrupt, match="more than any may have"):
        list(recording.Reader(Counted(SAMPLE[:12] + head + huge)).bodies())
    assert Counted.most < 2**20


def test_a_body_that_inflates_beyond_the_limit_is_refused() -> None:
    bomb = _file([_batch(row.Updated("config", {"a": "0" * (9 * 1024 * 1024)}))])
    assert len(bomb) < 100_000
    with pytest.raises(errors.RecordingCorrupt, match="unpacks to more"):
        _read(bomb)


def test_equal_content_has_one_writer_and_other_content_another() -> None:
    later = recording.Writer()
    header = msgspec.structs.replace(HEADER, created_ns=1, product="9")
    body = [_batch(row.Skip(2))]
    other_file = later.head(header) + later.body(body) + later.tail({"r1": 5})
    contents = []
    for file in (_file(body), other_file, _file([_batch(row.Skip(3))])):
        reader, _ = _read(file)
        assert reader.trailer is not None
        contents.append(reader.trailer.content)
    assert contents[0] == contents[1] != contents[2]
    (named,) = recording.with_writers(body, content=contents[0])
    writer = recording.derived_writer(ids.RunId("r1"), content=contents[0])
    assert writer == named.writer
    assert ids.writer_id_from_text(writer) == writer
    assert recording.is_derived(writer)
    assert writer != recording.derived_writer(ids.RunId("r2"), content=contents[0])
    assert not recording.is_derived(ids.new_writer_id())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20261121-yolo11n", "20261121-yolo11n"),
        ("../../etc/passwd", "etc-passwd"),
        ("标志 a/b", "标志-a-b"),
        ("...", "run"),
        ("x" * 200, "x" * 60),
    ],
)
def test_file_names_are_safe(name: str, expected: str) -> None:
    assert recording.file_name(name) == expected + ".yoloscope"
