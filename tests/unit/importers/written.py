"""Files as frameworks write them, for tests of what reads them."""

import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from yoloscope.importers import contract
from yoloscope.records import logged

V8 = [
    "epoch",
    "time",
    "train/box_loss",
    "train/cls_loss",
    "train/dfl_loss",
    "metrics/precision(B)",
    "metrics/recall(B)",
    "metrics/mAP50(B)",
    "metrics/mAP50-95(B)",
    "val/box_loss",
    "val/cls_loss",
    "val/dfl_loss",
    "lr/pg0",
    "lr/pg1",
    "lr/pg2",
]
V5 = [
    "epoch",
    "train/box_loss",
    "train/obj_loss",
    "train/cls_loss",
    "metrics/precision",
    "metrics/recall",
    "metrics/mAP_0.5",
    "metrics/mAP_0.5:0.95",
    "val/box_loss",
    "val/obj_loss",
    "val/cls_loss",
    "x/lr0",
    "x/lr1",
    "x/lr2",
]


def v8(columns: Sequence[str], rows: Iterable[Sequence[float]]) -> str:
    """Return a table as Ultralytics writes it since 8.3.200."""
    lines = [",".join(columns), *(",".join(f"{value:.6g}" for value in row) for row in rows)]
    return "\n".join(lines) + "\n"


def v5(columns: Sequence[str], rows: Iterable[Sequence[float]], *, width: int = 20) -> str:
    """Return a table as YOLOv5 and the first Ultralytics write it, padded."""
    head = ",".join(f"{name:>{width}}" for name in columns)
    lines = [head, *(",".join(f"{value:>{width}.5g}" for value in row) for row in rows)]
    return "\n".join(lines) + "\n"


def epochs(count: int, *, first: int = 1, columns: int = len(V8)) -> list[list[float]]:
    """Return rows of a training without events: the epoch, a clock, falling numbers."""
    return [
        [at, 10.0 * at, *(1 / (at + column + 1) for column in range(columns - 2))] for at in range(first, first + count)
    ]


def rows(entries: Iterable[contract.Entry]) -> list[logged.Logged]:
    """Return the rows among entries."""
    return [entry for entry in entries if isinstance(entry, logged.Logged)]


def begun(entries: Iterable[contract.Entry]) -> list[logged.Begun]:
    """Return the attempts among entries."""
    return [entry for entry in entries if isinstance(entry, logged.Begun)]


def ended(entries: Iterable[contract.Entry]) -> list[logged.Ended]:
    """Return the ends among entries."""
    return [entry for entry in entries if isinstance(entry, logged.Ended)]


def archive(
    path: Path, pickled: bytes, *, member: str = "best/data.pkl", compression: int = zipfile.ZIP_STORED
) -> Path:
    """Write a checkpoint's archive."""
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr(member, pickled)
    return path


def _crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    crc = _crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(payload: bytes) -> bytes:
    """Return a TFRecord."""
    length = struct.pack("<Q", len(payload))
    return length + _masked(length) + payload + _masked(payload)


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def _bytes(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def scalars(step: int, values: Mapping[str, float], *, wall_s: float = 1e9, as_tensor: bool = False) -> bytes:
    """Return an event of scalars: simple values, or tensors as TensorFlow 2 writes them."""
    summary = b"".join(
        _bytes(
            1,
            _bytes(1, tag.encode())
            + (
                _bytes(8, b"\x08\x02" + _bytes(4, struct.pack("<d", value)))
                if as_tensor
                else b"\x15" + struct.pack("<f", value)
            ),
        )
        for tag, value in values.items()
    )
    return b"\x09" + struct.pack("<d", wall_s) + b"\x10" + _varint(step) + _bytes(5, summary)


def version_event() -> bytes:
    """Return the event that every file begins with."""
    return b"\x09" + struct.pack("<d", 1e9) + _bytes(3, b"brain.Event:2")
