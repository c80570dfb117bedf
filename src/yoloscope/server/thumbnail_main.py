"""The process that decodes pictures, which nobody trusts.

Started by `thumbnails` as ``python -m yoloscope.server.thumbnail_main``. It knows two formats.
"""

import io

from PIL import Image

from yoloscope.records import media
from yoloscope.server import child_main

SIDE_MAX = 256
"""Pixels of a thumbnail's longer side."""
MEMORY_MAX_BYTES = 1024 * 1024 * 1024
"""Of address space: a picture of `media.PICTURE_MAX_PIXELS` with its copy takes half of it."""
_QUALITY = 80


def main() -> None:
    """Serve until the input ends."""
    Image.init()
    child_main.serve(thumbnail, memory_max_bytes=MEMORY_MAX_BYTES)


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
