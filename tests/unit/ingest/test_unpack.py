import zlib

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.ingest import unpack
from yoloscope.wire import protocol

PACK = {"": bytes, "identity": bytes, "deflate": zlib.compress, "zstd": zstd.compress}


@given(st.binary(max_size=2_000), st.sampled_from(sorted(PACK)))
def test_what_was_packed_comes_back(plain, encoding) -> None:
    assert unpack.unpacked(PACK[encoding](plain), encoding=encoding) == plain


@pytest.mark.parametrize("encoding", ["deflate", "zstd"])
def test_a_bomb_is_refused_without_being_unpacked(encoding) -> None:
    bomb = PACK[encoding](bytes(200 * 1024 * 1024))
    assert len(bomb) < protocol.BODY_MAX_BYTES
    with pytest.raises(errors.FrameTooLarge):
        unpack.unpacked(bomb, encoding=encoding)


@pytest.mark.parametrize("encoding", ["deflate", "zstd"])
def test_a_body_at_the_limit_passes_and_one_more_byte_does_not(encoding) -> None:
    at_limit = bytes(protocol.BODY_MAX_BYTES)
    assert unpack.unpacked(PACK[encoding](at_limit), encoding=encoding) == at_limit
    with pytest.raises(errors.FrameTooLarge):
        unpack.unpacked(PACK[encoding](at_limit + b"x"), encoding=encoding)


def test_a_frame_that_asks_for_a_huge_window_gets_no_memory() -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    with pytest.raises(errors.FrameCorrupt):
        unpack.unpacked(packer.compress(b"x") + packer.flush(), encoding="zstd")


@pytest.mark.parametrize("encoding", ["deflate", "zstd"])
def test_a_body_cut_short_is_told_apart(encoding) -> None:
    with pytest.raises(errors.FrameTruncated):
        unpack.unpacked(PACK[encoding](b"some text that is packed")[:-3], encoding=encoding)


@pytest.mark.parametrize("encoding", ["deflate", "zstd", "br", "gzip, zstd"])
def test_what_is_not_of_the_encoding_is_corrupt(encoding) -> None:
    with pytest.raises(errors.FrameCorrupt):
        unpack.unpacked(b"certainly not packed", encoding=encoding)


def test_bytes_behind_the_packed_body_are_refused() -> None:
    with pytest.raises(errors.FrameCorrupt):
        unpack.unpacked(zstd.compress(b"one") + b"two", encoding="zstd")
