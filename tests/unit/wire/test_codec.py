"""Bodies: whatever was encoded is decoded, and whatever else arrives is refused with field and fix."""

import struct
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.wire import codec, frame, protocol

WRITER = ids.WriterId("0123456789abcdef" * 2)
RUN = row.RunRef(id=ids.RunId("r1"), project=ids.ProjectName("标志 signs"), name="first", created_ns=1)
ATTEMPT = row.AttemptRef(index=0, wall_ns=1, mono_ns=1)


def _matrix(names: tuple[str, ...] = ("a",), rows: int = 2) -> row.Matrix:
    column = bytes(8 * rows)
    return row.Matrix(names, column, column, column, column, bytes(8 * rows * len(names)))


def _batch(**changes: object) -> row.Batch:
    batch = row.Batch(RUN, ATTEMPT, WRITER, 0, 0, (_matrix(), row.Skip(3), row.Updated("config", {"lr0": 0.1})))
    return msgspec.structs.replace(batch, **changes)


@given(
    values=st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=20),
    first_seq=st.integers(0, 2**62 - 1),
    lane=st.integers(0, 2**31 - 1),
)
def test_a_batch_survives_the_way(values: list[bytes], first_seq: int, lane: int) -> None:
    column = b"".join(values)
    matrix = row.Matrix(("train/box_loss",), column, column, column, column, column)
    batch = _batch(first_seq=first_seq, lane=lane, entries=(matrix, row.Ended("finished", 5)))
    assert codec.batches_from_body(codec.body_from_batches([batch, batch])) == [batch, batch]


def test_a_batch_counts_its_sequence_numbers() -> None:
    assert _batch().sequences == 2 + 3 + 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", errors.FrameTruncated),
        (b"YSC", errors.FrameTruncated),
        (b"GET / HTTP", errors.FrameCorrupt),
        (struct.pack("<4sHH", protocol.MAGIC, protocol.VERSIONS[-1] + 1, 0), errors.FrameVersion),
        (codec.body_from_batches([_batch()])[:-1], errors.FrameTruncated),
        (codec.body_from_batches([_batch()])[:12], errors.FrameTruncated),
        (codec.body_from_batches([_batch()])[:-1] + b"\1", errors.FrameCorrupt),
        (frame.body_from_payloads([b"\xc1"]), errors.FrameCorrupt),
        (frame.body_from_payloads([b"\x93" * 5000]), errors.FrameCorrupt),
        (frame.body_from_payloads([bytes(protocol.BODY_MAX_BYTES)]), errors.FrameTooLarge),
        (frame.body_from_payloads([b""] * (protocol.BATCHES_MAX + 1)), errors.FrameTooLarge),
    ],
)
def test_a_body_that_breaks_the_protocol_is_refused(body: bytes, kind: type[errors.WireError]) -> None:
    with pytest.raises(kind) as caught:
        codec.batches_from_body(body)
    assert caught.value.field
    assert caught.value.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"writer": "nobody"},
        {"lane": -1},
        {"first_seq": 2**62},
        {"run": msgspec.structs.replace(RUN, id="../../etc")},
        {"run": msgspec.structs.replace(RUN, project="a/b")},
        {"run": msgspec.structs.replace(RUN, project="ends with dot.")},
        {"run": msgspec.structs.replace(RUN, name="a\x00b")},
        {"run": msgspec.structs.replace(RUN, name="n" * 201)},
        {"attempt": msgspec.structs.replace(ATTEMPT, index=-1)},
        {"lost": {"disk_full": -1}},
        {"entries": (_matrix(names=("",)),)},
        {"entries": (_matrix(names=("x" * 10_000,)),)},
        {"entries": (_matrix(names=("tab\there",)),)},
        {"entries": (_matrix(names=("a", "a")),)},
        {"entries": (_matrix(names=()),)},
        {"entries": (msgspec.structs.replace(_matrix(), values=b"1234"),)},
        {"entries": (msgspec.structs.replace(_matrix(), step=b"1"),)},
        {"entries": (msgspec.structs.replace(_matrix(), epoch=b""),)},
        {"entries": (row.Skip(-1),)},
    ],
)
def test_a_batch_that_breaks_a_rule_is_refused_with_field_and_fix(changes: dict[str, object]) -> None:
    with pytest.raises((errors.WireError, errors.InvalidRecord)) as caught:
        codec.batches_from_body(codec.body_from_batches([_batch(**changes)]))
    assert caught.value.field
    assert caught.value.fix


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024))
    with pytest.raises(errors.FrameTooLarge):
        codec.unpacked(bomb, encoding="deflate")


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (zlib.compress(b"x" * 1000)[:-4], "deflate", errors.FrameTruncated),
        (b"not deflate", "deflate", errors.FrameCorrupt),
        (b"", "br", errors.FrameCorrupt),
    ],
)
def test_a_broken_compression_is_refused(body: bytes, encoding: str, kind: type[errors.WireError]) -> None:
    with pytest.raises(kind):
        codec.unpacked(body, encoding=encoding)


@given(body=st.binary(max_size=2000))
def test_noise_is_refused_or_decoded_but_never_breaks(body: bytes) -> None:
    with pytest.raises((errors.WireError, errors.InvalidRecord)):
        codec.batches_from_body(frame.body_from_payloads([body]))
