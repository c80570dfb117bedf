"""Label files as Ultralytics and YOLOv5 read them: a class and a box, outline or pose a line, relative to the image."""

import math
from collections.abc import Sequence

import msgspec

from yoloscope.importers.contract import Fault

BYTES_MAX = 32 * 2**20
TOLERANCE = 0.01
"""By which coordinates may lie beyond [0, 1] [Ultralytics ``verify_image_label``]."""
OVERHANG = 0.05
"""By which the edge of a box may lie beyond its image: annotators round, and cut rotated pictures; corners read as centre and size reach further."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """The boxes of one image: classes, widths and heights in order, ``overhanging`` those that reach beyond its edge; what makes a trainer leave the image out is in ``fault``."""

    classes: Sequence[int] = ()
    widths: Sequence[float] = ()
    heights: Sequence[float] = ()
    outside_image: int = 0
    overhanging: int = 0
    outside_classes: int = 0
    duplicates: int = 0
    fault: Fault | None = None


def parse(data: bytes, *, path: str, classes: int, keypoints: int = 0) -> Label:
    """Return what a label file says; lines of any encoding, numbers alone count."""
    if len(data) > BYTES_MAX:
        return Label(fault=Fault(path, f"it is larger than {BYTES_MAX // 2**20} MiB", f"超过 {BYTES_MAX // 2**20} MiB"))
    rows: list[tuple[float, ...]] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            rows.append(tuple([float(word) for word in words]))
        except ValueError:
            return Label(fault=Fault(path, "it holds something that is no number", "含有不是数字的内容", number))
        fault = _malformed(rows[-1], rows[0], path=path, line=number, keypoints=keypoints)
        if fault is not None:
            return Label(fault=fault)
    return _judged(rows, path=path, classes=classes, keypoints=keypoints) if rows else Label()


def _malformed(
    row: tuple[float, ...], first: tuple[float, ...], *, path: str, line: int, keypoints: int
) -> Fault | None:
    columns = len(row)
    if not all(map(math.isfinite, row)):
        return Fault(path, "it holds NaN or infinity", "含有 NaN 或无穷大", line)
    if row[0] != int(row[0]):
        return Fault(path, f"the class {row[0]:g} is no whole number", f"类别 {row[0]:g} 不是整数", line)
    if columns == 5 or (keypoints and columns == 5 + keypoints):
        if len(first) != columns:
            return Fault(path, "it mixes boxes and outlines", "混用了边框和轮廓", line)
        return None
    if columns < 7 or columns % 2 == 0:
        return Fault(path, f"it has {columns} columns, 5 are expected", f"有 {columns} 列，应为 5 列", line)
    return Fault(path, "it mixes boxes and outlines", "混用了边框和轮廓", line) if len(first) == 5 else None


def _judged(rows: Sequence[tuple[float, ...]], *, path: str, classes: int, keypoints: int) -> Label:
    numbers = [int(row[0]) for row in rows]
    sizes = [_size(row, keypoints=keypoints) for row in rows]
    beyond = [_is_beyond(row[1:5] if _is_box(row, keypoints) else row[1:]) for row in rows]
    unknown = sum(not 0 <= number < classes for number in numbers)
    fault = None
    if any(beyond):
        first = rows[beyond.index(True)]
        shown = " ".join(f"{value:g}" for value in first[:5])
        fault = Fault(path, f"coordinates beyond the image: {shown}", f"坐标超出图片：{shown}", beyond.index(True) + 1)
    elif unknown:
        wrong = next(number for number in numbers if not 0 <= number < classes)
        fault = Fault(
            path,
            f"class {wrong} of {classes} (they count from 0)",
            f"类别 {wrong} 不存在：共 {classes} 类，从 0 开始编号",
        )
    return Label(
        classes=numbers,
        widths=[width for width, _ in sizes],
        heights=[height for _, height in sizes],
        outside_image=sum(beyond),
        overhanging=sum(_overhangs(row) for row in rows if _is_box(row, keypoints)),
        outside_classes=unknown,
        duplicates=len(rows) - len(set(rows)),
        fault=fault,
    )


def _is_box(row: tuple[float, ...], keypoints: int) -> bool:
    return len(row) == 5 or (keypoints > 0 and len(row) == 5 + keypoints)


def _size(row: tuple[float, ...], *, keypoints: int) -> tuple[float, float]:
    if _is_box(row, keypoints):
        return row[3], row[4]
    xs, ys = row[1::2], row[2::2]
    return max(xs) - min(xs), max(ys) - min(ys)


def _overhangs(row: Sequence[float]) -> bool:
    _, x, y, width, height = row[:5]
    return min(x - width / 2, y - height / 2) < -OVERHANG or max(x + width / 2, y + height / 2) > 1 + OVERHANG


def _is_beyond(values: Sequence[float]) -> bool:
    return max(values) > 1 + TOLERANCE or min(values) < -TOLERANCE
