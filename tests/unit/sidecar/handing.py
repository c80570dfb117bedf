"""Hands items over to a sidecar as a trainer does, without one."""

from pathlib import Path

import msgspec
import numpy as np

from yoloscope.records import media
from yoloscope.spool import handed, layout


def over(  # noqa: PLR0913 - what can be told of an item
    directory: Path,
    number: int,
    kind: media.Kind,
    arrays: dict[str, np.ndarray] | None = None,
    *,
    name: str = "val/it",
    about: object = None,
    needs: tuple[media.Need, ...] = (),
    attempt: int = 0,
) -> handed.Handed:
    """Hand one item over."""
    arrays = arrays or {}
    codes = {role: "b1" if array.dtype.kind == "b" else array.dtype.str[1:] for role, array in arrays.items()}
    told = handed.Handed(
        number=number,
        kind=kind,
        name=name,
        wall_ns=1_700_000_000_000_000_000 + number,
        attempt=attempt,
        step=number,
        epoch=number / 10,
        about={} if about is None else msgspec.to_builtins(about),
        arrays=tuple(handed.Array(role, codes[role], array.shape) for role, array in arrays.items()),
        needs=needs,
    )
    handed.write(directory, told, [np.ascontiguousarray(array).tobytes() for array in arrays.values()])
    return told


def histogram(directory: Path, number: int, **more: object) -> handed.Handed:
    """Hand a histogram of some values over."""
    values = np.random.default_rng(number).normal(size=100).astype(np.float32)
    return over(directory, number, "histogram", {"values": values}, about=handed.HistogramAbout(bins=8), **more)


def photo(seed: int, *, width: int = 64, height: int = 48) -> np.ndarray:
    """Return pixels that compress like a photograph's: a slope with some noise."""
    noise = np.random.default_rng(seed).integers(0, 40, (height, width, 3))
    return (noise + np.linspace(0, 200, width)[None, :, None]).astype(np.uint8)


def picture(directory: Path, number: int, *, seed: int = 0, size: int = 64, **more: object) -> handed.Handed:
    """Hand a picture with two boxes over."""
    boxes = {
        "xyxy": np.array([[1, 2, 30, 40], [5, 5, 9, 9]], np.float32),
        "classes": np.array([3, -1], np.int32),
        "scores": np.array([0.5, np.nan], np.float32),
        "truth": np.array([0, 1], np.uint8),
    }
    pixels = photo(seed, width=size, height=size)
    return over(directory, number, "image", {"image": pixels, **boxes}, about=handed.ImageAbout(boxes=2), **more)


def file(directory: Path, number: int, size_bytes: int, **more: object) -> handed.Handed:
    """Hand an artifact over."""
    data = np.random.default_rng(number).integers(0, 256, size_bytes, np.uint8)
    return over(directory, number, "artifact", {"file": data}, **more)


def allow(directory: Path, **fields: object) -> None:
    """Have the trainer's own policy allow more, or less."""
    manifest = layout.load_manifest(directory)
    changed = msgspec.structs.replace(manifest.policy, **fields)
    layout.save_manifest(directory, msgspec.structs.replace(manifest, policy=changed))
