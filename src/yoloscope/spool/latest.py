"""Where a training is now: step and epoch of its newest rows, found from the end of its open segments without reading the rest.

A frame ends with its own offset, so the last one is found from the commit word, and each one before it likewise. For whoever notes
something beside the training (`sidecar.telemetry`), online or not.
"""

import io
import math
import struct
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import layout, platform

FRAMES_MOST = 64
"""How far back is looked for a row that has a step and an epoch: evaluations and notes in between are few."""
_HEAD = struct.Struct("@IIqqd")
_COMMIT_AT = 8 * layout.COMMIT_WORD


class Spot(msgspec.Struct, frozen=True):
    """A place in a training; what no row tells is None. ``mono_ns`` is when the newest row was written."""

    step: int | None = None
    epoch: float | None = None
    mono_ns: int = 0


def spot(directory: Path) -> Spot:
    """Return step and epoch of the newest rows in the open segments of the training's own lanes; an empty spot if there are none."""
    found = Spot()
    try:
        for lane, numbers in layout.lanes(directory).items():
            if lane < layout.SIDECAR_LANE:
                seen = _of_segment(layout.segment_path(directory, lane=lane, number=numbers[-1]))
                found = seen if seen.mono_ns > found.mono_ns else found
    except (errors.SpoolError, OSError):  # a segment went while it was looked at
        return found
    return found


def _of_segment(path: Path) -> Spot:
    with path.open("rb", buffering=0) as segment:
        head = segment.read(_COMMIT_AT + 8)
        if head[: len(layout.MAGIC)] != layout.MAGIC or len(head) < _COMMIT_AT + 8:
            return Spot()  # packed since
        (end,) = layout.OFFSET.unpack_from(head, _COMMIT_AT)
        platform.settle()
        return _before(segment, end)


def _before(segment: io.FileIO, end: int) -> Spot:
    """Return what the last frames before `end` tell."""
    found = Spot()
    for _ in range(FRAMES_MOST):
        at = _frame_before(segment, end)
        if at is None or (found.step is not None and found.epoch is not None):
            break
        raw = _read(segment, at, size=_HEAD.size)
        end = at
        if len(raw) < _HEAD.size:
            break
        _size, kind, step, mono_ns, epoch = _HEAD.unpack(raw)
        if kind not in (layout.DEFINITION, layout.EVENT):
            found = _with_row(found, step=step, epoch=epoch, mono_ns=mono_ns)
    return found


def _frame_before(segment: io.FileIO, end: int) -> int | None:
    """Return where the frame begins that ends at `end`; None if there is none."""
    raw = _read(segment, end - 8, size=8) if end >= layout.HEADER_BYTES + layout.FRAME_LEAST_BYTES else b""
    if len(raw) < 8:
        return None
    (at,) = layout.OFFSET.unpack(raw)
    return at if layout.HEADER_BYTES <= at <= end - layout.FRAME_LEAST_BYTES else None


def _read(segment: io.FileIO, at: int, *, size: int) -> bytes:
    segment.seek(at)
    return segment.read(size)


def _with_row(known: Spot, *, step: int, epoch: float, mono_ns: int) -> Spot:
    return Spot(
        step=known.step if known.step is not None or step == row.NO_STEP else step,
        epoch=known.epoch if known.epoch is not None or math.isnan(epoch) else epoch,
        mono_ns=known.mono_ns or mono_ns,
    )
