"""Files that the trainer hands over: whole or not there, and told apart from what is torn or somebody else's."""

import io
import struct
import zlib
from pathlib import Path

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.spool import handed

ITEM = handed.Handed(
    number=3,
    kind="matrix",
    name="a",
    wall_ns=5,
    attempt=1,
    step=7,
    epoch=0.5,
    about={"rows": {"name": "r"}},
    arrays=(handed.Array("values", "u1", (3,)), handed.Array("more", "f8", (1, 2)), handed.Array("none", "i4", (0,))),
    needs=("text",),
)
DATA = [b"abc", memoryview(struct.pack("<2d", 1, 2)), b""]


def _written(directory: Path) -> Path:
    handed.write(directory, ITEM, DATA)
    return handed.path(directory, 3)


def test_an_item_is_lent_as_it_was_written(tmp_path: Path) -> None:
    item = _written(tmp_path)
    assert handed.waiting(tmp_path) == [item]
    with handed.opened(item) as (found, parts):
        assert {role: bytes(data) for role, data in parts.items()} == {
            "values": b"abc",
            "more": struct.pack("<2d", 1, 2),
            "none": b"",
        }
        places = [(one.offset, one.size_bytes) for one in found.arrays]
        assert places == [(0, 3), (8, 16), (24, 0)]
        plain = tuple(msgspec.structs.replace(one, offset=0, size_bytes=0) for one in found.arrays)
        assert msgspec.structs.replace(found, arrays=plain) == ITEM


@hypothesis.settings(max_examples=20)
@given(
    data=st.lists(st.binary(max_size=40), max_size=4),
    name=st.text(min_size=1, max_size=5),
    number=st.integers(0, 10**11),
)
def test_whatever_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, data, name: str, number: int) -> None:
    directory = tmp_path_factory.mktemp("handed")
    arrays = tuple(handed.Array(str(at), "u1", (len(one),)) for at, one in enumerate(data))
    item = handed.Handed(number=number, kind="table", name=name, wall_ns=1, attempt=0, arrays=arrays)
    handed.write(directory, item, data)
    [path] = handed.waiting(directory)
    with handed.opened(path) as (found, parts):
        assert (found.name, found.number) == (name, number)
        assert [bytes(parts[str(at)]) for at in range(len(data))] == data


def test_an_error_is_told_though_it_holds_an_array(tmp_path: Path) -> None:
    held: list[memoryview] = []

    def fail() -> None:
        with handed.opened(_written(tmp_path)) as (_, parts):
            held.append(memoryview(parts["values"]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert bytes(held[0]) == b"abc"


def test_nothing_waits_where_nothing_was_logged(tmp_path: Path) -> None:
    assert handed.waiting(tmp_path) == []


def test_an_item_that_is_cut_anywhere_is_told(tmp_path: Path) -> None:
    item = _written(tmp_path)
    whole = item.read_bytes()
    for size in (*range(0, len(whole), 13), len(whole) - 1):
        item.write_bytes(whole[:size])
        with pytest.raises(errors.SpoolError), handed.opened(item):
            pass


def test_an_item_with_another_bit_in_its_head_is_told(tmp_path: Path) -> None:
    item = _written(tmp_path)
    whole = item.read_bytes()
    head_ends = 16 + struct.unpack_from("<I", whole, 8)[0]
    for at in (*range(12), *range(12, head_ends, 17), head_ends - 1):
        item.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(errors.SpoolError), handed.opened(item):
            pass


def test_an_item_of_another_release_is_left_alone(tmp_path: Path) -> None:
    item = _written(tmp_path)
    item.write_bytes(item.read_bytes().replace(b"YSITEM\x00\x01", b"YSITEM\x00\x02"))
    with pytest.raises(errors.SpoolVersion, match="another release"), handed.opened(item):
        pass


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xc1",
        b"\x80",
        msgspec.msgpack.encode(ITEM).replace(b"matrix", b"matri\xff"),
        msgspec.msgpack.encode({**msgspec.to_builtins(ITEM), "kind": "video"}),
        msgspec.msgpack.encode({**msgspec.to_builtins(ITEM), "arrays": [{"role": "a", "dtype": "O8", "shape": [1]}]}),
        msgspec.msgpack.encode(
            {**msgspec.to_builtins(ITEM), "arrays": [{"role": "a", "dtype": "u1", "shape": [9], "size_bytes": 1}]}
        ),
        msgspec.msgpack.encode(
            {**msgspec.to_builtins(ITEM), "arrays": [{"role": "a", "dtype": "u1", "shape": [-1], "size_bytes": -1}]}
        ),
    ],
)
def test_a_head_of_something_else_is_told(tmp_path: Path, head: bytes) -> None:
    item = tmp_path / "1.item"
    item.write_bytes(handed._HEAD.pack(handed.MAGIC, len(head), zlib.crc32(head)) + head.ljust(4096, b"\0"))
    with pytest.raises(errors.SpoolError), handed.opened(item):
        pass


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        handed.write(tmp_path, ITEM, DATA)
    assert list((tmp_path / "handed").iterdir()) == []


def test_texts_without_end_are_refused(tmp_path: Path) -> None:
    item = msgspec.structs.replace(ITEM, about={"a": "a" * 17_000_000})
    with pytest.raises(errors.InvalidRecord, match="16 MiB"):
        handed.write(tmp_path, item, DATA)
    assert handed.waiting(tmp_path) == []


def test_a_file_is_copied_to_the_size_it_had(tmp_path: Path) -> None:
    item = handed.Handed(
        number=0, kind="artifact", name="a", wall_ns=1, attempt=0, arrays=(handed.Array("file", "u1", (3,)),)
    )
    handed.write(tmp_path, item, [handed.Copied(io.BytesIO(b"abc that grew"), 3)])
    with handed.opened(handed.path(tmp_path, 0)) as (_, parts):
        assert bytes(parts["file"]) == b"abc"
    with pytest.raises(errors.InvalidRecord, match="shorter"):
        handed.write(tmp_path, item, [handed.Copied(io.BytesIO(b"ab"), 3)])
    assert [path.name for path in (tmp_path / "handed").iterdir()] == ["0000000000.item"]
