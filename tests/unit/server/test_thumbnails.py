"""Thumbnails of pictures that nobody trusts: whatever a picture is, the server answers, and the next picture finds a process."""

import asyncio
import contextlib
import io
import os
import signal
import struct
import sys
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from yoloscope import errors
from yoloscope.records import media
from yoloscope.server import children, thumbnail_main, thumbnails

pytestmark = pytest.mark.slow  # a process each

HANGS = "import os, time; os.write(1, b'\\1\\0\\0\\0r'); time.sleep(600)"
DIES = "import os; os.write(1, b'\\1\\0\\0\\0r'); os.read(0, 9); os._exit(3)"


class Held:
    """A blob store that holds some bytes."""

    def __init__(self, **blobs: bytes) -> None:
        self.blobs = blobs
        self.asked: list[str] = []

    @contextlib.contextmanager
    def opened(self, digest: str) -> Iterator[io.BytesIO]:
        self.asked.append(digest)
        yield io.BytesIO(self.blobs[digest])


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    written = io.BytesIO()
    image.save(written, form)
    return written.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int = 60_000) -> bytes:
    """Return a PNG of a few MB that says that it is as large as that, and is, for as long as its data go."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 30), 9) if side > 50_000 else zlib.compress(bytes(side * (side + 1)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def size_of(thumbnail: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(thumbnail)) as opened:
        return opened.format, opened.size


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("RGB", (1000, 500), (256, 128)),
        ("RGBA", (30, 20), (30, 20)),
        ("L", (7, 3000), (1, 256)),
        ("P", (300, 300), (256, 256)),
        ("1", (300, 300), (256, 256)),
    ],
)
def test_a_picture_becomes_small_and_keeps_its_shape(form: str, mode: str, size, expected) -> None:
    picture = encoded(Image.new(mode, size), form)
    assert size_of(thumbnail_main.thumbnail(picture)) == ("WEBP", expected)


def test_sixteen_bits_a_pixel_keep_their_brightness() -> None:
    made = thumbnail_main.thumbnail(encoded(Image.new("I;16", (40, 40), 0x8000)))
    with Image.open(io.BytesIO(made)) as opened:
        assert abs(opened.convert("L").getpixel((20, 20)) - 0x80) < 4


def test_nothing_written_into_a_picture_is_in_its_thumbnail() -> None:
    image = Image.new("RGB", (10, 10))
    exif = Image.Exif()
    exif[0x010E] = "acme line 4"
    written = io.BytesIO()
    image.save(written, "WEBP", exif=exif, icc_profile=b"acme profile")
    assert b"acme" in written.getvalue()
    assert b"acme" not in thumbnail_main.thumbnail(written.getvalue())


@pytest.fixture
def process() -> Iterator[thumbnails.Process]:
    process = thumbnails.Process()
    yield process
    process.close()


def test_pictures_that_are_none_are_refused_and_the_process_lives(process: thumbnails.Process) -> None:
    good = encoded(Image.effect_noise((400, 300), 50))
    webp = encoded(Image.effect_noise((400, 300), 50).convert("RGB"), "WEBP")
    process.thumbnail(good)
    pid = process.pid
    bad = [
        good[: len(good) // 2],
        good[:40],
        webp[: len(webp) // 2],
        b"\x89PNG\r\n\x1a\n" + os.urandom(1000),
        os.urandom(1000),
        b"RIFF\xff\xff\xff\x7fWEBPVP8 " + os.urandom(1000),
        encoded(Image.new("RGB", (10, 10)), "GIF"),
        bomb(),
        bomb(7_100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ]
    for picture in bad:
        with pytest.raises(children.RefusedError):
            process.thumbnail(picture)
    assert process.pid == pid
    assert size_of(process.thumbnail(good)) == ("WEBP", (256, 192))


def test_the_largest_picture_has_a_thumbnail(process: thumbnails.Process) -> None:
    side = int(media.PICTURE_MAX_PIXELS**0.5)
    assert size_of(process.thumbnail(bomb(side))) == ("WEBP", (256, 256))


def test_a_process_that_takes_too_long_is_killed_and_replaced() -> None:
    process = thumbnails.Process([sys.executable, "-c", HANGS], picture_s=0.2)
    pids: list[int | None] = []
    for _ in range(2):
        with pytest.raises(children.RefusedError, match="too long"):
            process.thumbnail(b"x")
        pids.append(process.pid)
    process.close()
    assert pids == [None, None]


def test_a_process_that_dies_is_replaced(process: thumbnails.Process) -> None:
    dying = thumbnails.Process([sys.executable, "-c", DIES])
    with pytest.raises(children.RefusedError, match="ended the process"):
        dying.thumbnail(b"x")
    dying.close()
    good = encoded(Image.new("RGB", (10, 10)))
    process.thumbnail(good)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    process.thumbnail(good)
    assert process.pid != first


def test_a_process_that_was_stopped_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = encoded(Image.effect_noise((600, 400), 90))  # more than a pipe holds
    process = thumbnails.Process()
    process.thumbnail(picture)
    stopped = process.pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    with monkeypatch.context() as hurried:
        hurried.setattr(process, "_picture_s", 0.2)
        with pytest.raises(children.RefusedError, match="too long"):
            process.thumbnail(picture)
    assert size_of(process.thumbnail(picture)) == ("WEBP", (256, 171))
    process.close()


def test_a_process_that_cannot_be_started_is_no_fault_of_the_picture() -> None:
    for command in (["/nonexistent"], [sys.executable, "-c", ""]):
        process = thumbnails.Process(command)
        with pytest.raises(errors.StoreError, match="cannot be started"):
            process.thumbnail(b"x")
        process.close()


def test_nothing_is_made_once_it_is_closed(process: thumbnails.Process) -> None:
    process.close()
    process.close()
    with pytest.raises(errors.StoreError, match="stopping"):
        process.thumbnail(b"x")


def test_a_thumbnail_is_made_once_and_a_bad_picture_is_tried_again_later() -> None:
    store = Held(good=encoded(Image.new("RGB", (10, 10))), bad=b"x")
    now_s = 0.0
    made = thumbnails.Thumbnails(store, clock_s=lambda: now_s)

    async def look() -> None:
        nonlocal now_s
        both = await asyncio.gather(made.of("good"), made.of("good"))
        assert both[0] == both[1]
        for at_s in (0.0, 1.0, children.REFUSED_S + 1):
            now_s = at_s
            with pytest.raises(errors.InvalidRecord, match="cannot be decoded"):
                await made.of("bad")

    asyncio.run(look())
    made.close()
    assert store.asked == ["good", "bad", "bad"]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = encoded(Image.new("RGB", (10, 10)))
    store = Held(a=picture, b=picture, c=picture)
    monkeypatch.setattr(thumbnails, "KEPT_BYTES", 2 * len(thumbnail_main.thumbnail(picture)))
    made = thumbnails.Thumbnails(store)

    async def look() -> None:
        for digest in "abcba":
            await made.of(digest)

    asyncio.run(look())
    made.close()
    assert store.asked == ["a", "b", "c", "a"]


def test_a_file_that_stands_under_a_pictures_digest_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PICTURE_MAX_BYTES", 10)
    made = thumbnails.Thumbnails(Held(a=bytes(11)))
    with pytest.raises(errors.InvalidRecord, match="too large"):
        asyncio.run(made.of("a"))
    made.close()
