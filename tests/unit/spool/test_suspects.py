"""The file of looks: everything comes back, a torn end costs the last pass alone, and what others wrote is left alone."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "curves"))

import suspicions

from yoloscope import errors
from yoloscope.curves.suspicion import rounds
from yoloscope.spool import cursor, removal, suspects

PATHS = ("/data/a.png", os.fsdecode(b"/data/\xff b.png"), "/data/图.png")


def head(paths: tuple[str, ...] = PATHS) -> suspects.Followed:
    pictures = [
        suspects.Labels(path, np.arange(at, dtype=np.int64), np.full((at, 4), at / 8, np.float32))
        for at, path in enumerate(paths)
    ]
    return suspects.followed("r1", imgsz=64, titles={0: "one", 1: "two"}, pictures=pictures, pictures_of=9)


@pytest.fixture(scope="module")
def passes() -> list[rounds.Kept]:
    """Three passes over a picture with two boxes, whose number is 2."""
    kept = suspicions.record(3)
    found: list[rounds.Kept] = []
    for epoch in (1, 2, 3):
        rows = rounds.Kept(*(some[(some["image"] == 37) & (some["epoch"] == epoch)].copy() for some in kept))
        for some in rows:
            some["image"] = 2
        found.append(rows)
    return found


def same(some: rounds.Kept, others: rounds.Kept) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))


def joined(parts: list[rounds.Kept]) -> rounds.Kept:
    return rounds.Kept(*(np.concatenate(columns) for columns in zip(rounds.none(), *parts, strict=True)))


def written(directory: Path, passes: list[rounds.Kept]) -> Path:
    suspects.create(directory, head())
    for one in passes:
        suspects.append(directory, one)
    return directory / suspects.FILE_NAME


def test_what_is_written_comes_back(tmp_path: Path, passes: list[rounds.Kept]) -> None:
    written(tmp_path, passes)
    found = suspects.load(tmp_path)
    assert found is not None
    assert found.followed == head()
    assert [one.path for one in found.pictures] == list(PATHS)
    assert [one.classes.tolist() for one in found.pictures] == [[], [0], [0, 1]]
    assert found.pictures[2].boxes.tolist() == [[0.25] * 4] * 2
    assert same(joined(passes), found.kept)


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert suspects.load(tmp_path) is None


@settings(max_examples=40)
@given(st.data())
def test_a_file_cut_anywhere_holds_the_passes_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, passes: list[rounds.Kept], data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("cut")
    ends: list[int] = []
    suspects.create(directory, head())
    path = directory / suspects.FILE_NAME
    for one in passes:
        ends.append(path.stat().st_size)
        suspects.append(directory, one)
    cut = data.draw(st.integers(ends[0], path.stat().st_size - 1))
    os.truncate(path, cut)
    found = suspects.load(directory)
    assert found is not None
    whole = sum(end <= cut for end in ends[1:])
    assert same(joined(passes[:whole]), found.kept)


@settings(max_examples=40)
@given(st.data())
def test_a_changed_byte_is_never_taken_for_a_look(
    tmp_path_factory: pytest.TempPathFactory, passes: list[rounds.Kept], data: st.DataObject
) -> None:
    path = written(tmp_path_factory.mktemp("byte"), passes)
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw)
    try:
        found = suspects.load(path.parent)
    except errors.SpoolError:
        return
    assert found is not None
    assert found.followed == head()
    assert any(same(joined(passes[:count]), found.kept) for count in range(4))


def test_another_releases_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / suspects.FILE_NAME
    path.write_bytes(b"YSSUSP\x00\x02" + b"x" * 99)
    with pytest.raises(errors.SpoolVersion, match="another release"):
        suspects.load(tmp_path)
    assert path.read_bytes() == b"YSSUSP\x00\x02" + b"x" * 99


def test_a_file_torn_at_its_head_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, [])
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(errors.SpoolError, match="torn"):
        suspects.load(tmp_path)


def test_rows_of_pictures_and_boxes_that_the_head_does_not_name_are_left_out(
    tmp_path: Path, passes: list[rounds.Kept]
) -> None:
    suspects.create(tmp_path, head(PATHS[:2]))  # a picture without boxes, one with one
    for number in (1, 2):
        rows = rounds.Kept(*(some.copy() for some in passes[0]))
        for some in rows:
            some["image"] = number
        suspects.append(tmp_path, rows)
    found = suspects.load(tmp_path)
    assert found is not None
    assert found.kept.looks[["image", "box"]].tolist() == [(1, 0)]
    assert found.kept.visits["image"].tolist() == [1]


def test_a_bomb_is_not_unpacked(tmp_path: Path, passes: list[rounds.Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, passes[:1])
    suspects.append(tmp_path, joined(passes * 100))
    monkeypatch.setattr(suspects, "_FRAME_MOST_BYTES", 1000)
    found = suspects.load(tmp_path)
    assert found is not None
    assert same(passes[0], found.kept)


def test_a_frame_whose_checksum_is_another_is_not_taken(tmp_path: Path, passes: list[rounds.Kept]) -> None:
    path = written(tmp_path, passes[:1])
    frame = bytearray(suspects._frame(suspects._pass(passes[1])))
    frame[4] ^= 1
    path.write_bytes(path.read_bytes() + frame)
    found = suspects.load(tmp_path)
    assert found is not None
    assert same(passes[0], found.kept)


def test_a_pass_that_finds_no_room_leaves_the_file_as_it_was(
    tmp_path: Path, passes: list[rounds.Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, passes[:1])
    before = path.read_bytes()

    def half(file: io.FileIO, frame: bytes) -> None:
        file.write(frame[: len(frame) // 2])
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(suspects, "_write_whole", half)
    with pytest.raises(OSError, match="full"):
        suspects.append(tmp_path, passes[1])
    assert path.read_bytes() == before


def test_writing_anew_keeps_the_old_file_until_the_new_one_is_whole(
    tmp_path: Path, passes: list[rounds.Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, passes)
    before = path.read_bytes()

    def fail(content: object) -> bytes:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(suspects, "_frame", fail)
        with pytest.raises(OSError, match="full"):
            suspects.create(tmp_path, head(), joined(passes))
    assert path.read_bytes() == before
    suspects.create(tmp_path, head(), joined(passes))
    found = suspects.load(tmp_path)
    assert found is not None
    assert same(joined(passes), found.kept)


_WRITER = """
import sys
sys.path[:0] = {paths!r}
import test_suspects
from pathlib import Path
from yoloscope.spool import suspects
import suspicions
kept = suspicions.record(1)
for some in kept:
    some["image"] = 2
directory = Path(sys.argv[1])
suspects.create(directory, test_suspects.head())
print("begun", flush=True)
while True:
    suspects.append(directory, kept)
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    paths = [str(Path(__file__).parent), str(Path(suspicions.__file__).parent)]
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER.format(paths=paths), str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        while (tmp_path / suspects.FILE_NAME).stat().st_size < 200_000:
            assert process.poll() is None
        process.kill()
    found = suspects.load(tmp_path)
    assert found is not None
    assert len(found.kept.visits) % suspicions.PICTURES == 0
    assert len(found.kept.visits) > suspicions.PICTURES


def test_an_ended_directory_is_removed_with_its_looks(tmp_path: Path) -> None:
    directory = tmp_path / ("0" * 32)
    directory.mkdir()
    written(directory, [])
    (directory / f"{suspects.FILE_NAME}.tmp").touch()
    cursor.save(directory, cursor.Cursor(complete=True))
    assert removal.remove(directory)
    assert not directory.exists()
