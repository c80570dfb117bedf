"""Headers of pictures, against those that Pillow writes, cut and altered."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from yoloscope import errors
from yoloscope.ingest import pictures
from yoloscope.records import media


def encoded(mode: str, size: tuple[int, int], form: str, **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size).save(written, form, **options)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (encoded("RGB", (640, 3), "PNG"), media.PNG),
        (encoded("P", (640, 3), "PNG"), media.PNG),
        (encoded("1", (640, 3), "PNG"), media.PNG),
        (encoded("I;16", (640, 3), "PNG"), media.PNG),
        (encoded("RGBA", (640, 3), "PNG"), media.PNG),
        (encoded("RGB", (640, 3), "WEBP"), media.WEBP),
        (encoded("RGB", (640, 3), "WEBP", lossless=True), media.WEBP),
        (encoded("RGBA", (640, 3), "WEBP"), media.WEBP),
        (encoded("RGB", (640, 3), "WEBP", exif=b"Exif\0\0x"), media.WEBP),
    ],
)
def test_width_and_height_are_what_was_encoded(data: bytes, media_type: str) -> None:
    assert pictures.check(data[: pictures.HEAD_BYTES], media_type=media_type) == (640, 3)
    other = media.PNG if media_type == media.WEBP else media.WEBP
    for head in (data[:12], b"", data[1:]):
        with pytest.raises(errors.InvalidRecord, match="no picture"):
            pictures.check(head, media_type=media_type)
    with pytest.raises(errors.InvalidRecord, match="no picture"):
        pictures.check(data[: pictures.HEAD_BYTES], media_type=other)


def png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def vp8x(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (png(60_000, 60_000), media.PNG),
        (png(2**31, 2**31), media.PNG),
        (png(media.PICTURE_MAX_PIXELS + 1, 1), media.PNG),
        (vp8x(2**24, 2**24), media.WEBP),
        (vp8x(16_383, 16_383), media.WEBP),
    ],
)
def test_a_picture_with_too_many_pixels_is_refused_by_its_header(head: bytes, media_type: str) -> None:
    with pytest.raises(errors.InvalidRecord, match="the limit is 50000000"):
        pictures.check(head, media_type=media_type)


@pytest.mark.parametrize("head", [png(0, 5), png(5, 0), png(5, 5, depth=3), png(5, 5, colour=1), png(5, 5, 16, 3)])
def test_a_header_that_no_picture_has_is_refused(head: bytes) -> None:
    with pytest.raises(errors.InvalidRecord, match="no picture"):
        pictures.check(head, media_type=media.PNG)


@given(
    st.sampled_from([b"", png(1, 1)[:16], b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L", b"RIFF\0\0\0\0WEBPVP8X"]),
    st.binary(max_size=20),
    st.sampled_from([media.PNG, media.WEBP]),
)
@settings(max_examples=60)
def test_any_bytes_are_a_picture_of_bearable_size_or_refused(start: bytes, rest: bytes, media_type: str) -> None:
    try:
        width, height = pictures.check(start + rest, media_type=media_type)
    except errors.InvalidRecord:
        return
    assert 0 < width * height <= media.PICTURE_MAX_PIXELS
