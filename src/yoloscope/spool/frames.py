"""Frames of one segment as records: what lies before its commit word and nothing else.

Called by `spool.reader`, which goes from segment to segment, and by `spool.shrink`. Reading while the trainer writes is safe.
"""

import mmap
import os
from pathlib import Path

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import layout, platform

_ROW_HEAD = [("n", "<u4"), ("id", "<u4"), ("step", "<i8"), ("mono", "<i8"), ("epoch", "<f8")]
_event_decoder = msgspec.msgpack.Decoder(row.Event)


class SegmentReader:
    """One open segment of a lane. Close it when done; it holds a map of the file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < layout.HEADER_BYTES:
                raise errors.SpoolError(f"{path} is too short to be a segment")
            self._map = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        magic, header, _, _, wall_ns, mono_ns, _, self.first_seq, self.attempt, _ = layout.HEADER.unpack_from(self._map)
        if (magic, header) != (layout.MAGIC, layout.HEADER_BYTES):
            self.close()
            byte_order = header == int.from_bytes(layout.HEADER_BYTES.to_bytes(4, "little"), "big")
            other = "a machine of another byte order" if byte_order else "another release"
            raise errors.SpoolVersion(
                f"{path} was written by {other} (it starts with {magic!r}); nothing was changed. Sync it where it was written"
            )
        self._anchor_ns: int = wall_ns - mono_ns
        self._names: dict[int, tuple[str, ...]] = {}
        self._scanned = layout.HEADER_BYTES

    @property
    def sealed(self) -> bool:
        """Whether nothing more will come; read it before `committed`."""
        return bool(layout.OFFSET.unpack_from(self._map, 8 * layout.SEALED_WORD)[0])

    @property
    def committed(self) -> int:
        """Where the committed bytes end; beyond the end of a file that a power cut has shortened."""
        return layout.OFFSET.unpack_from(self._map, 8 * layout.COMMIT_WORD)[0]

    def read(self, offset: int, *, most_bytes: int) -> tuple[list[row.Entry], int, int]:
        """Return entries from `offset` on, the offset after them, and how many torn places were met.

        At least one entry is returned if one is committed, even one that lies behind more than `most_bytes` of names.
        """
        end = self.committed
        if end > offset:
            platform.settle()
        self._learn_names(offset)
        entries: list[row.Entry] = []
        at = offset
        stopped = 0
        while at < end and (not entries or at - offset < most_bytes):
            if not self._is_whole(at, end=end):
                at, stopped = end, 1
                break
            entry, at = self._entry(at, end=min(end, len(self._map), offset + most_bytes))
            if entry is not None:
                entries.append(entry)
        self._scanned = max(self._scanned, at)
        return entries, at, stopped + sum(isinstance(entry, row.Skip) for entry in entries)

    def close(self) -> None:
        """Unmap; calling it twice is harmless."""
        if not self._map.closed:
            self._map.close()

    def _is_whole(self, at: int, *, end: int) -> bool:
        """Tell whether a frame that can be read starts at `at`."""
        end = min(end, len(self._map))
        if at + layout.FRAME_LEAST_BYTES > end:
            return False
        size, kind = layout.FRAME_HEAD.unpack_from(self._map, at)
        if size < layout.FRAME_LEAST_BYTES or size % 8 or at + size > end:
            return False
        if layout.OFFSET.unpack_from(self._map, at + size - 8)[0] != at:
            return False
        if kind in (layout.DEFINITION, layout.EVENT):
            return True
        return kind in self._names and size == layout.ROW_OVERHEAD_BYTES + 8 * len(self._names[kind])

    def _entry(self, at: int, *, end: int) -> tuple[row.Entry | None, int]:
        """Return what stands at `at`, rows of the same names up to `end` together, and where it ends."""
        size, kind = layout.FRAME_HEAD.unpack_from(self._map, at)
        if kind == layout.DEFINITION:
            self._define(at)
            return None, at + size
        if kind == layout.EVENT:
            return self._event(at), at + size
        return self._matrix(at, size=size, kind=kind, end=end)

    def _learn_names(self, offset: int) -> None:
        """Collect definitions before `offset` that were not read through this object."""
        at = self._scanned
        while at < offset:
            if not self._is_whole(at, end=offset):
                return
            size, kind = layout.FRAME_HEAD.unpack_from(self._map, at)
            if kind == layout.DEFINITION:
                self._define(at)
            at += size
        self._scanned = max(self._scanned, at)

    def _define(self, at: int) -> None:
        _, _, number, length = layout.BLOB_HEAD.unpack_from(self._map, at)
        self._names[number] = tuple(self._map[at + 16 : at + 16 + length].decode(errors="replace").split("\0"))

    def _event(self, at: int) -> row.Entry:
        _, _, length, _ = layout.BLOB_HEAD.unpack_from(self._map, at)
        try:
            return _event_decoder.decode(self._map[at + 16 : at + 16 + length])
        except msgspec.DecodeError:  # pages lost in a power cut, or an event of a newer release
            return row.Skip(1)

    def _matrix(self, at: int, *, size: int, kind: int, end: int) -> tuple[row.Matrix, int]:
        """Return the run of rows of one schema that starts at `at`, and where it ends."""
        names = self._names[kind]
        most = max(1, (end - at) // size)
        if most == 1 or layout.FRAME_HEAD.unpack_from(self._map, at + size) != (size, kind):
            return self._one_row(at, names=names), at + size
        shape = np.dtype([*_ROW_HEAD, ("values", "<f8", (len(names),)), ("own", "<u8")])
        tried = 0
        while True:  # a training that logs in turns has short runs: looking far ahead of each would cost its square
            tried = min(most, 16 * max(tried, 2))
            rows = np.frombuffer(self._map[at : at + tried * size], dtype=shape)
            own = at + size * np.arange(tried, dtype=np.uint64)
            wrong = np.flatnonzero((rows["n"] != size) | (rows["id"] != kind) | (rows["own"] != own))
            if len(wrong) or tried == most:
                break
        rows = rows[: wrong[0]] if len(wrong) else rows
        matrix = row.Matrix(
            names=names,
            step=rows["step"].tobytes(),
            epoch=rows["epoch"].tobytes(),
            wall_ns=(rows["mono"] + np.int64(self._anchor_ns)).tobytes(),
            mono_ns=rows["mono"].tobytes(),
            values=rows["values"].tobytes(),
        )
        return matrix, at + size * len(rows)

    def _one_row(self, at: int, *, names: tuple[str, ...]) -> row.Matrix:
        """Return a row that stands alone, at a tenth of the cost of arrays."""
        mono_ns = layout.INTEGER.unpack_from(self._map, at + 16)[0]
        wall_ns = (mono_ns + self._anchor_ns + 2**63) % 2**64 - 2**63
        return row.Matrix(
            names=names,
            step=self._map[at + 8 : at + 16],
            epoch=self._map[at + 24 : at + 32],
            wall_ns=layout.INTEGER.pack(wall_ns),
            mono_ns=self._map[at + 16 : at + 24],
            values=self._map[at + 32 : at + 32 + 8 * len(names)],
        )
