"""The process that decodes pictures, which nobody trusts: takes one after the other from its standard input, and answers with thumbnails.

Started by `thumbnails` as ``python -m yoloscope.server.thumbnail_main``. It has little memory and knows two formats; whatever a picture does to
it is done to it alone. It ends when its input is closed, and so never outlives the server.
"""

import contextlib
import io
import os
import resource
import signal
import sys

from PIL import Image

from yoloscope.records import media
from yoloscope.store.series import pipe

SIDE_MAX = 256
"""Pixels of a thumbnail's longer side."""
MEMORY_MAX_BYTES = 1024 * 1024 * 1024
"""Of address space: a picture of `media.PICTURE_MAX_PIXELS` with its copy takes half of it."""
READY, MADE, REFUSED = b"r", b"m", b"x"
"""How an answer begins: the process is ready; a thumbnail follows; why there is none follows."""
_NICENESS = 10
_QUALITY = 80


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes our input
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.init()
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not stand among the answers
    with contextlib.suppress(BrokenPipeError):
        pipe.write(answers, READY)
        while (picture := pipe.read(sys.stdin.fileno())) is not None:
            pipe.write(answers, answer(bytes(picture)))


def answer(picture: bytes) -> bytes:
    """Return a thumbnail, or why there is none."""
    try:
        return MADE + thumbnail(picture)
    except MemoryError:
        return REFUSED + b"it takes too much memory"
    except Exception as error:  # noqa: BLE001 - decoders raise what they like
        return REFUSED + str(error)[:200].encode(errors="replace")


def thumbnail(picture: bytes) -> bytes:
    """Return a picture as WebP of at most `SIDE_MAX` pixels a side, without anything that was written into it.

    Raises:
        ValueError: if it has too many pixels.
        Exception: whatever Pillow raises at a picture that is none.
    """
    opened: Image.Image = Image.open(io.BytesIO(picture), formats=("PNG", "WEBP"))
    if opened.width * opened.height > media.PICTURE_MAX_PIXELS:
        raise ValueError(f"{opened.width} x {opened.height} pixels are too many")
    small = _plain(opened)
    small.thumbnail((SIDE_MAX, SIDE_MAX))
    written = io.BytesIO()
    small.save(written, "WEBP", quality=_QUALITY, icc_profile=None, exif=b"", xmp=b"")
    return written.getvalue()


def _plain(opened: Image.Image) -> Image.Image:
    """Return a picture's pixels as three or four bytes each."""
    if opened.mode.startswith("I"):  # 16 bits a pixel, which a plain conversion would clip
        return opened.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    has_alpha = "A" in opened.getbands() or "transparency" in opened.info
    return opened.convert("RGBA" if has_alpha else "RGB")


if __name__ == "__main__":
    main()
