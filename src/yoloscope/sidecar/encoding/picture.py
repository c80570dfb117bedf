"""Pictures as WebP, by Pillow where it is installed, else as PNG; label maps as PNG always.

What has few colours, or is small, is encoded without loss too, and the smaller file is kept.
"""

import io
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.records import media
from yoloscope.sidecar.encoding import png

try:
    from PIL import Image, features
except ImportError:
    _image: ModuleType | None = None
else:
    _image = Image if features.check("webp") else None

QUALITY = 80
"""Differences are not seen beside boxes; a 640 x 640 photograph takes some 50 to 100 KB."""
EFFORT = 2
"""Of 0 to 6. On two photographs of 640 x 427 the default, 4, took 23 ms in place of 10 for files that are 2 % smaller."""
SMALL_PIXELS = 64 * 64
COLOURS_MOST = 256
_SAMPLE_MOST = 4_096
_WEBP_SIDE_MOST = 16_383
"""What the format can say."""


def encoded(pixels: NDArray[np.uint8]) -> tuple[bytes, str]:
    """Return the file of ``(height, width, channels)`` pixels, channels 1, 3 or 4, and its media type.

    Raises:
        InvalidRecord: if there are more pixels than `media.PICTURE_MAX_PIXELS`, or none, or their file is larger than anybody takes.
    """
    height, width, channels = pixels.shape
    if not 0 < height * width <= media.PICTURE_MAX_PIXELS:
        raise errors.InvalidRecord(
            f"a picture of {width} x {height} pixels",
            field="image",
            fix=f"log at most {media.PICTURE_MAX_PIXELS} pixels",
        )
    if _image is None or max(height, width) > _WEBP_SIDE_MOST:
        return _takeable(png.encoded(pixels)), media.PNG
    plain = _image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    best = _webp(plain, lossless=False)
    if height * width <= SMALL_PIXELS or _has_few_colours(pixels):
        best = min(best, _webp(plain, lossless=True), key=len)
    return _takeable(best), media.WEBP


def map_encoded(labels: NDArray[np.uint16]) -> bytes:
    """Return the PNG file of a ``(height, width)`` label map, with 8 bits a pixel where the labels fit.

    Raises:
        InvalidRecord: if the file is larger than anybody takes.
    """
    deep = labels[:, :, np.newaxis]
    fits = int(labels.max(initial=0)) <= np.iinfo(np.uint8).max
    return _takeable(png.encoded(deep.astype(np.uint8)) if fits else png.encoded(deep))


def _takeable(file: bytes) -> bytes:
    """Return a file that a server takes: it refuses a whole item for one part that is too large, and cannot say which."""
    if len(file) > media.PICTURE_MAX_BYTES:
        raise errors.InvalidRecord(
            f"a picture that takes {len(file):,} bytes when encoded",
            field="image",
            fix=f"log a smaller one; {media.PICTURE_MAX_BYTES:,} bytes are the most",
        )
    return file


def _webp(plain: "Image.Image", *, lossless: bool) -> bytes:
    file = io.BytesIO()
    plain.save(file, "WEBP", quality=QUALITY, method=EFFORT, lossless=lossless)
    return file.getvalue()


def _has_few_colours(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether a picture has a palette's number of colours, going by a sample of its pixels."""
    flat = np.reshape(pixels, (-1, pixels.shape[2]))
    sample = flat[:: max(1, len(flat) // _SAMPLE_MOST)]
    return len(np.unique(sample, axis=0)) <= COLOURS_MOST
