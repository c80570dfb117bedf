"""The spool's promise: what `log` accepted is read back exactly, whatever its names, order and number."""

import math
import struct
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sdk import values
from yoloscope.spool import layout, platform, reader, state, writer

Rows = list[tuple[dict[str, float], int, float]]
NAMES = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FA1D, exclude_categories=("Cs", "Cc", "Cn", "Co", "Z", "Cf")),
    min_size=1,
    max_size=12,
)
NUMBERS = st.floats(width=64)
ROWS = st.lists(
    st.tuples(
        st.dictionaries(NAMES.filter(str.isprintable), NUMBERS, min_size=1, max_size=6),
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.floats(width=64),
    ),
    max_size=40,
)


def _open(directory: Path, **options: int) -> tuple[writer.Writer, state.StatePage]:
    page = state.StatePage(directory / "state")
    opened = writer.Writer(directory, page=page, clean=values.Cleaner(page).row, **options)
    opened.open()
    return opened, page


def _bits(number: float) -> bytes:
    return struct.pack("<d", number)


def _read(directory: Path) -> Rows:
    found: Rows = []
    for lane in reader.lanes(directory):
        for chunk in reader.chunks(directory, lane=lane):
            for entry in chunk.entries:
                assert isinstance(entry, row.Matrix)
                found += _rows(entry)
    return found


def _rows(matrix: row.Matrix) -> Rows:
    width = len(matrix.names)
    steps = struct.unpack(f"<{matrix.rows}q", matrix.step)
    epochs = struct.unpack(f"<{matrix.rows}d", matrix.epoch)
    numbers = struct.unpack(f"<{matrix.rows * width}d", matrix.values)
    return [
        (dict(zip(matrix.names, numbers[at * width : (at + 1) * width], strict=True)), steps[at], epochs[at])
        for at in range(matrix.rows)
    ]


def _exact(rows: Rows) -> list[tuple[dict[str, bytes], int, bytes]]:
    return [
        ({name: _bits(value) for name, value in numbers.items()}, step, _bits(epoch)) for numbers, step, epoch in rows
    ]


@given(rows=ROWS)
def test_every_row_is_read_back_bit_for_bit(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("spool")
    opened, page = _open(directory)
    for numbers, step, epoch in rows:
        opened.log(numbers, step, epoch)
    while_open = _read(directory)
    opened.close()
    page.close()
    assert _exact(while_open) == _exact(rows)
    assert _exact(_read(directory)) == _exact(rows)


def test_rows_roll_over_into_further_segments(tmp_path: Path) -> None:
    opened, page = _open(tmp_path)
    for step in range(20_000):
        opened.log({"a": step / 7, "b": -step}, step, step / 100)
    opened.close()
    page.close()
    assert reader.lanes(tmp_path)[0] == [0, 1]
    assert _read(tmp_path) == [({"a": step / 7, "b": -step}, step, step / 100) for step in range(20_000)]


def test_names_that_alternate_keep_their_values(tmp_path: Path) -> None:
    opened, page = _open(tmp_path)
    expected = [({"a": 1.0, "b": step} if step % 2 else {"b": step, "c": 2.0}, step, 0.0) for step in range(100)]
    for numbers, step, epoch in expected:
        opened.log(dict(reversed(numbers.items())) if step % 3 else numbers, step, epoch)
    opened.close()
    page.close()
    assert _read(tmp_path) == expected


def test_a_lane_in_use_leads_to_another_lane(tmp_path: Path) -> None:
    """A value whose conversion logs itself stands for a signal handler or destructor in the middle of a call."""
    opened, page = _open(tmp_path)

    class Nested:
        def __float__(self) -> float:
            opened.log({"inner": 2.0}, 1, 0.0)
            return 1.0

    opened.log({"outer": 0.0}, 0, 0.0)
    opened.log({"outer": Nested()}, 1, 0.0)  # type: ignore[dict-item]
    opened.close()
    page.close()
    assert sorted(_read(tmp_path), key=lambda item: (item[1], *item[0])) == [
        ({"outer": 0.0}, 0, 0.0),
        ({"inner": 2.0}, 1, 0.0),
        ({"outer": 1.0}, 1, 0.0),
    ]


def test_a_new_attempt_is_written_to_segments_of_its_own(tmp_path: Path) -> None:
    opened, page = _open(tmp_path)
    opened.log({"a": 1.0}, 0, 0.0)
    opened.new_attempt(1)
    opened.log({"a": 2.0}, 0, 0.0)
    opened.close()
    page.close()
    attempts = {
        chunk.attempt: chunk.entries for lane in reader.lanes(tmp_path) for chunk in reader.chunks(tmp_path, lane=lane)
    }
    assert [_rows(entries[0])[0][0] for _, entries in sorted(attempts.items())] == [{"a": 1.0}, {"a": 2.0}]  # type: ignore[arg-type]


def test_a_full_disk_is_counted_and_never_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, page = _open(tmp_path)

    def full(descriptor: int, size_bytes: int) -> None:
        del descriptor, size_bytes
        raise errors.SpoolFull("no room")

    monkeypatch.setattr(platform, "allocate", full)
    for step in range(20_000):
        opened.log({"a": 1.0}, step, 0.0)
    lost = page.lost()
    opened.close()
    kept = _read(tmp_path)
    page.close()
    assert lost == {"disk_full": 20_000 - len(kept)}
    assert [step for _, step, _ in kept] == list(range(len(kept)))
    assert len(kept) > 1000


def test_writing_goes_on_when_the_disk_has_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, page = _open(tmp_path)
    clock_s = iter(range(10_000))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock_s)))
    allocate = platform.allocate

    def full(descriptor: int, size_bytes: int) -> None:
        del descriptor, size_bytes
        raise errors.SpoolFull("no room")

    monkeypatch.setattr(platform, "allocate", full)
    while not page.lost():
        opened.log({"a": 1.0}, 0, 0.0)
    monkeypatch.setattr(platform, "allocate", allocate)
    opened.log({"a": 2.0}, 7, 0.0)
    opened.close()
    page.close()
    assert _read(tmp_path)[-1] == ({"a": 2.0}, 7, 0.0)


def test_reading_stops_at_a_torn_frame_and_counts_it(tmp_path: Path) -> None:
    opened, page = _open(tmp_path)
    for step in range(10):
        opened.log({"a": float(step)}, step, 0.0)
    opened.close()
    page.close()
    path = layout.segment_path(tmp_path, lane=0, number=0)
    raw = bytearray(path.read_bytes())
    end = layout.OFFSET.unpack_from(raw, 8 * layout.COMMIT_WORD)[0]
    raw[end - 140 : end] = bytes(140)  # what a power cut leaves: the header's page was written, this one was not
    path.write_bytes(raw)
    chunks = list(reader.chunks(tmp_path, lane=0))
    assert [step for entry in chunks[0].entries for _, step, _ in _rows(entry)] == list(range(7))  # type: ignore[arg-type]
    assert sum(chunk.torn for chunk in chunks) == 1


def test_odd_arguments_are_named_and_the_rest_of_the_row_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    opened, page = _open(tmp_path)
    odd = {"good": 1, "text": "3.0", "none": None, "list": [1], "huge": 2**2000, "": 1.0, "a\nb": 2.0, 5: 1.0}
    opened.log(odd, None, None)  # type: ignore[arg-type]
    opened.log([1, 2], 0, 0.0)  # type: ignore[arg-type]
    opened.close()
    said = capsys.readouterr().err
    assert [(numbers, step, math.isnan(epoch)) for numbers, step, epoch in _read(tmp_path)] == [
        ({"good": 1.0, "huge": math.inf}, row.NO_STEP, True)
    ]
    assert page.lost() == {"wrong_type": 5, "invalid_name": 2}
    assert "'text' is a str, not a number" in said
    page.close()


def test_numpy_scalars_are_taken_as_they_are(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    opened, page = _open(tmp_path)
    opened.log(
        {"f4": np.float32(0.1), "i8": np.int64(-3), "zero_d": np.array(2.5), "bool": True}, np.int64(4), np.float32(0.5)
    )
    opened.close()
    page.close()
    assert _read(tmp_path) == [({"f4": float(np.float32(0.1)), "i8": -3.0, "zero_d": 2.5, "bool": 1.0}, 4, 0.5)]


def test_a_spool_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"version": 2}')
    with pytest.raises(errors.SpoolVersion, match="nothing was changed"):
        layout.load_manifest(tmp_path)
    assert path.read_text() == '{"version": 2}'


class Raced(list):  # type: ignore[type-arg]
    """A pool that another thread gets at between two bytecodes of a call."""

    def __init__(self, lanes, *, meanwhile) -> None:
        super().__init__(lanes)
        self.meanwhile = meanwhile

    def pop(self, *at: int) -> object:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().pop(*at)


def test_a_row_that_meets_a_new_attempt_in_another_thread_overwrites_nothing(tmp_path: Path) -> None:
    opened, page = _open(tmp_path)
    opened.log({"a": 1.0}, 0, 0.0)
    opened._pool = Raced(opened._pool, meanwhile=lambda: opened.new_attempt(1))
    opened.log({"a": 2.0}, 1, 0.0)
    opened.close()
    page.close()
    assert sorted(_read(tmp_path), key=lambda item: item[1]) == [({"a": 1.0}, 0, 0.0), ({"a": 2.0}, 1, 0.0)]


def test_an_event_that_meets_another_call_finds_another_lane(tmp_path: Path) -> None:
    opened, page = _open(tmp_path)
    pool = Raced(opened._pool, meanwhile=lambda: None)
    pool.meanwhile = pool.clear
    opened._pool = pool
    assert opened.event(msgspec.msgpack.encode(row.Updated("config", {"a": 1})))
    opened.close()
    page.close()
    assert list(reader.lanes(tmp_path)) == [0, 1]


def test_a_nearly_full_disk_is_not_filled_by_segments_too_small_for_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, page = _open(tmp_path)
    allocate = platform.allocate

    def nearly_full(descriptor: int, size_bytes: int) -> None:
        if size_bytes > 200_000:
            raise errors.SpoolFull("no room")
        allocate(descriptor, size_bytes)

    monkeypatch.setattr(platform, "allocate", nearly_full)
    clock_s = iter(range(10_000))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock_s)))
    wide = {f"{number:0200}": 1.0 for number in range(2000)}
    for step in range(10):
        opened.log(wide, step)
    opened.log({"a": 1.0}, 10, 0.0)
    opened.close()
    assert page.lost() == {"disk_full": 10}
    page.close()
    assert len(list(tmp_path.glob("*.sp"))) == 1
    assert _read(tmp_path) == [({"a": 1.0}, 10, 0.0)]


@pytest.mark.parametrize("part", ["pathlib.Path.rename", "mmap.mmap", "yoloscope.spool.platform.allocate"])
def test_an_interrupt_while_a_segment_is_made_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    opened, page = _open(tmp_path)

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(part, interrupt)
        with pytest.raises(KeyboardInterrupt):
            opened.event(bytes(layout.SEGMENT_BYTES[0]))
    assert list(tmp_path.glob("*.tmp")) == []
    opened.log({"a": 1.0}, 1, 0.0)
    opened.close()
    page.close()
    assert _read(tmp_path) == [({"a": 1.0}, 1, 0.0)]
