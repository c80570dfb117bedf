"""A data set counted: heads of all images, all labels, and a sample of pictures as they look.

Images are read by their heads first. Files of equal size in both splits are compared by digest, and of each split up to `LOOKED_MOST` pictures, evenly
spread, are decoded small, which is the only part whose cost grows with pixels.
"""

import os
from collections.abc import Sequence
from concurrent import futures
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from yoloscope.importers.contract import Fault
from yoloscope.importers.dataset import counted, labels, layout, likeness

IMGSZ = 640
LOOKED_MOST = 2_000
THREADS = 2
FAULTS_MOST = 10_000
WORST_MOST = 8


def scan(path: Path, *, imgsz: int = IMGSZ) -> counted.Counted:
    """Return what the files of a data set hold, its boxes as they are at an input of `imgsz` pixels.

    Raises:
        ImportFault: if ``data.yaml`` cannot be used, or Pillow is not installed.
    """
    likeness.require_pillow()
    found = layout.read(path)
    read = {split: _read(images, found) for split, images in found.images.items()}
    train, val = read.get("train"), read.get("val")
    looked = {split: _looked(one) for split, one in read.items()}
    shared = None
    if train is not None and val is not None:
        shared = _shared(train, val, looked["train"], looked["val"])
    faults = [fault for one in read.values() for fault in one.faults]
    return counted.Counted(
        name=found.path.name,
        imgsz=imgsz,
        titles=found.titles,
        train=None if train is None else _split(train, found, looked["train"], imgsz=imgsz, shared=None),
        val=None if val is None else _split(val, found, looked["val"], imgsz=imgsz, shared=shared),
        looked_at=sum(len(one.places) for one in looked.values()),
        faults=(*found.faults, *faults[:FAULTS_MOST]),
    )


class _Read(msgspec.Struct):
    """What heads and labels of one split say; columns of the boxes side by side, ``owner`` being the image of each."""

    images: Sequence[str]
    headers: list[likeness.Header] = []
    classes: list[int] = []
    widths: list[float] = []
    heights: list[float] = []
    owner: list[int] = []
    missing: int = 0
    empty: int = 0
    corrupt: int = 0
    duplicates: int = 0
    outside_image: int = 0
    overhanging: int = 0
    outside_classes: int = 0
    faults: list[Fault] = []
    without: list[str] = []
    doubled: list[str] = []


def _read(images: Sequence[str], found: layout.Layout) -> _Read:
    read = _Read(images=images)
    for place, image in enumerate(images):
        head = likeness.header(image)
        read.headers.append(head)
        if head.fault is not None:
            read.corrupt += 1
            read.faults.append(Fault(image, *head.fault))
            continue
        _read_label(read, place, image, found)
    return read


def _read_label(read: _Read, place: int, image: str, found: layout.Layout) -> None:
    path = layout.label_of(image)
    try:
        with open(path, "rb", opener=_without_waiting) as file:  # a Path each costs ten times as much
            data = file.read(labels.BYTES_MAX + 1)
    except FileNotFoundError:
        read.missing += 1
        read.without.append(image)
        return
    except OSError as error:
        read.corrupt += 1
        read.faults.append(Fault(path, f"it cannot be read: {error.strerror}", f"无法读取：{error.strerror}"))
        return
    _take(read, place, labels.parse(data, path=path, classes=len(found.titles), keypoints=found.keypoints), image)


def _without_waiting(path: str, flags: int) -> int:
    """Open so that a pipe under a label's name does not keep us waiting for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _take(read: _Read, place: int, label: labels.Label, image: str) -> None:
    read.outside_image += label.outside_image
    read.overhanging += label.overhanging
    read.outside_classes += label.outside_classes
    if label.fault is not None:
        read.corrupt += 1
        read.faults.append(label.fault)
        read.owner += [place] * len(label.classes)
    elif not label.classes:
        read.empty += 1
        read.without.append(image)
    else:
        read.owner += [place] * len(label.classes)
    read.duplicates += label.duplicates
    if label.duplicates:
        read.doubled.append(image)
    read.classes += label.classes
    read.widths += label.widths
    read.heights += label.heights


class _Looked(msgspec.Struct, frozen=True):
    """Which images of a split were looked at, their brightness and their bits."""

    places: Sequence[int]
    means: Sequence[float]
    bits: Sequence[bytes]


def _looked(read: _Read) -> _Looked:
    usable = [place for place, head in enumerate(read.headers) if head.fault is None]
    every = -(-len(usable) // LOOKED_MOST)
    places = usable[::every] if every else []
    with futures.ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(likeness.look, [read.images[place] for place in places], chunksize=64))
    return _Looked(places, [mean for mean, _ in found], [bits for _, bits in found])


class _Shared(NamedTuple):
    """Which shares of the validation images the training split holds too, as the same file and as nearly the same picture, and some of them."""

    same: float
    alike: float
    files: list[str]


def _shared(train: _Read, val: _Read, of_train: _Looked, of_val: _Looked) -> _Shared:
    """Return what two splits share; of the pictures alike, what the sample tells."""
    same = _same_files(train, val)
    alike = likeness.near(of_val.bits, of_train.bits)
    near = [place for place, is_near in zip(of_val.places, alike, strict=True) if is_near and place not in same]
    others = len(val.images) - len(same)
    looked = sum(place not in same for place in of_val.places)
    share = others * len(near) / looked / len(val.images) if looked else 0.0
    return _Shared(len(same) / len(val.images), share, [val.images[place] for place in [*sorted(same), *near]])


def _same_files(train: _Read, val: _Read) -> set[int]:
    by_size: dict[int, list[int]] = {}
    for place, head in enumerate(train.headers):
        by_size.setdefault(head.size_bytes, []).append(place)
    known: dict[int, set[bytes]] = {}
    found: set[int] = set()
    for place, head in enumerate(val.headers):
        others = by_size.get(head.size_bytes) if head.size_bytes else None
        if not others:
            continue
        if head.size_bytes not in known:
            known[head.size_bytes] = {likeness.digest(train.images[other]) for other in others} - {b""}
        if likeness.digest(val.images[place]) in known[head.size_bytes]:
            found.add(place)
    return found


def _split(
    read: _Read, found: layout.Layout, looked: _Looked, *, imgsz: int, shared: "_Shared | None"
) -> counted.Split:
    counts = np.bincount(
        [number for number in read.classes if 0 <= number < len(found.titles)], minlength=len(found.titles)
    )
    means = np.array(looked.means)
    fullest = int(np.bincount(read.owner).max()) if read.owner else 0
    worst = [fault.path for fault in read.faults] or (shared.files if shared else []) or read.doubled or read.without
    return counted.Split(
        images=len(read.images),
        missing=read.missing,
        empty=read.empty,
        corrupt=read.corrupt,
        duplicates=read.duplicates,
        backgrounds=read.missing + read.empty,
        instances=len(read.classes),
        fullest=fullest,
        per_class={title: int(count) for title, count in zip(found.titles, counts, strict=True)},
        outside_classes=read.outside_classes,
        outside_image=read.outside_image,
        overhanging=read.overhanging / len(read.classes) if read.classes else None,
        shared_with_train=None if shared is None else shared.same,
        alike_in_train=None if shared is None else shared.alike,
        mean=float(np.nanmean(means)) if np.isfinite(means).any() else None,
        worst_files=tuple(_short(path, found.path) for path in worst[:WORST_MOST]),
        **_sizes(read, imgsz=imgsz),
    )


def _sizes(read: _Read, *, imgsz: int) -> dict[str, float | None]:
    """Return the shares of small and covering boxes after the longer side of each picture was scaled to `imgsz`."""
    if not read.widths:
        return dict.fromkeys(("area_below_8", "area_below_16", "side_below_2", "covering"))
    sizes = np.array([(head.width, head.height) for head in read.headers], np.float64)[read.owner]
    relative = np.stack([np.array(read.widths), np.array(read.heights)], axis=1)
    sides = relative * sizes * (imgsz / np.maximum(sizes.max(axis=1, keepdims=True), 1))
    inside = np.all(relative <= 1 + labels.TOLERANCE, axis=1)
    areas = np.sqrt(np.maximum(sides[:, 0] * sides[:, 1], 0))
    found = {
        "area_below_8": areas < 8,
        "area_below_16": areas < 16,
        "side_below_2": np.minimum(sides[:, 0], sides[:, 1]) < 2,
        "covering": relative[:, 0] * relative[:, 1] > 0.98,
    }
    return {key: float(np.mean(np.logical_and(is_so, inside))) for key, is_so in found.items()}


def _short(path: str, file: Path) -> str:
    return os.path.relpath(path, file.parent) if path.startswith(str(file.parent.resolve())) else path
