"""The hot path: one `log` call is one row packed into a mapped segment, then one aligned store that commits it.

Called by `sdk.run` from any thread, signal handler or destructor of the training. There is no lock: a call takes a lane (a file of its
own) from a pool and puts it back, so a nested call simply gets another lane. When `log` returns, the row survives SIGKILL of
this process. Nothing here raises for a full disk: rows are counted as lost and the disk is tried again a little later.
"""

import itertools
import math
import mmap
import operator
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import layout, segment, state

NO_EPOCH = math.nan
_RETRY_FULL_S = 1.0  # a failing roll-over costs some 20 µs: at most once a second is nothing

_ODD = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RuntimeError,
    struct.error,
)
"""What unusual arguments raise in the fast path; the slow path finds out what it was."""

Row = tuple[dict[str, float], int, float]
Clean = Callable[[object, object, object], Row | None]


class _Pack(Protocol):
    def __call__(self, _buffer: mmap.mmap, _offset: int, /, *values: object) -> None: ...


_Get = Callable[[Mapping[str, object]], tuple[object, ...]]
_Schema = tuple[_Pack, _Get, int, int]


class _Lane:
    """One file sequence and the names it knows in its open segment."""

    __slots__ = ("attempt", "by_keys", "by_len", "number", "open", "retry_at_s", "schemas")

    def __init__(self, number: int, *, attempt: int) -> None:
        self.number = number
        self.attempt = attempt
        self.open: segment.Segment | None = None
        self.by_len: dict[int, _Schema | None] = {}
        self.by_keys: dict[tuple[str, ...], _Schema] = {}
        self.retry_at_s = 0.0
        self.schemas = 0  # never reset: an interrupted roll-over must not give a number of this segment twice


def _getter(names: tuple[str, ...]) -> _Get:
    """Return what reads the values of these names from a dict, as a tuple even for one name."""
    if len(names) > 1:
        return operator.itemgetter(*names)
    name = next(iter(names))

    def get(values: Mapping[str, object]) -> tuple[object, ...]:
        return (values[name],)

    return get


class Writer:
    """Writes the rows of one process into a directory; `clean` turns odd arguments into a row or None.

    Safe to call from any thread, signal handler and nested call. After a fork the child's calls go nowhere until its owner makes a
    writer of its own.
    """

    def __init__(
        self, directory: Path, *, page: state.StatePage, clean: Clean, first_lane: int = 0, attempt: int = 0
    ) -> None:
        layout.check_platform()
        self._directory = directory
        self._page = page
        self._clean = clean
        self._lane_numbers = itertools.count(first_lane)
        self._attempt = attempt
        self._pool: list[_Lane] = []
        self._closed = False

    def open(self) -> None:
        """Open the first lane, so that the first `log` is as cheap as any.

        Raises:
            SpoolFull, OSError: if the directory cannot hold a segment.
        """
        lane = _Lane(next(self._lane_numbers), attempt=self._attempt)
        self._open_segment(lane, need_bytes=0)
        self._pool.append(lane)

    def log(self, values: dict[str, float], step: int = row.NO_STEP, epoch: float = NO_EPOCH) -> None:
        """Store one row; it is safe from SIGKILL when this returns. Costs about 1-3 µs in a hot loop."""
        pool = self._pool
        try:
            lane = pool.pop()
        except IndexError:
            lane = _Lane(next(self._lane_numbers), attempt=self._attempt)
        try:
            pack, get, size, schema = lane.by_len.get(len(values)) or lane.by_keys[tuple(values)]
            segment_ = lane.open
            words = segment_.words  # pyright: ignore[reportOptionalMemberAccess]  # AttributeError leads to the slow path
            at = words[8]
            if at + size > segment_.end or type(values) is not dict:  # pyright: ignore[reportOptionalMemberAccess]
                raise KeyError  # the slow path is below
            pack(segment_.map, at, size, schema, step, time.monotonic_ns(), epoch, *get(values), at)  # pyright: ignore[reportOptionalMemberAccess]
            words[8] = at + size
        except _ODD:
            self._log_slowly(lane, values, step, epoch)
        finally:
            pool.append(lane)

    def log_at(self, values: dict[str, float], step: int, epoch: float, *, mono_ns: int) -> None:
        """Store one row of plain numbers that was taken at an earlier moment of the monotonic clock."""
        pool = self._pool
        try:
            lane = pool.pop()
        except IndexError:
            lane = _Lane(next(self._lane_numbers), attempt=self._attempt)
        try:
            if not self._closed:
                self._store(lane, (values, step, epoch), mono_ns=mono_ns)
        finally:
            pool.append(lane)

    def event(self, payload: bytes) -> bool:
        """Store one event; False, and counted, if it is too large or the disk is full."""
        if len(payload) > layout.EVENT_MAX_BYTES:
            self._page.count_lost("event_too_large")
            return False
        pool = self._pool
        try:
            lane = pool.pop()
        except IndexError:
            lane = _Lane(next(self._lane_numbers), attempt=self._attempt)
        try:
            size = layout.padded(16 + len(payload) + 8)
            if not self._has_room(lane, need_bytes=size):
                return False
            self._put_blob(lane, size=size, kind=layout.EVENT, tag=len(payload), last=0, payload=payload)
            return True
        finally:
            pool.append(lane)

    def new_attempt(self, attempt: int) -> None:
        """Let all further rows belong to another attempt, in lanes of their own."""
        old, self._pool, self._attempt = self._pool, [], attempt
        _close_all(old)

    def forget(self) -> None:
        """In a forked child: write nothing more to the parent's files."""
        self._closed = True
        self._pool = []

    def close(self) -> None:
        """Seal and unmap all lanes; calling it twice is harmless. Later rows are not stored."""
        self._closed = True
        old, self._pool = self._pool, []
        _close_all(old)

    def _log_slowly(self, lane: _Lane, values: object, step: object, epoch: object) -> None:
        clean = self._clean(values, step, epoch)
        if clean is None or self._closed:
            return
        self._store(lane, clean)

    def _store(self, lane: _Lane, clean: Row, *, mono_ns: int | None = None) -> None:
        numbers, step_number, epoch_number = clean
        if len(numbers) > layout.ROW_NAMES_MAX:
            self._page.count_lost("too_many_names")
            return
        names = tuple(numbers)
        definition_bytes = layout.padded(16 + sum(len(name.encode()) + 1 for name in names) + 8)
        size = layout.ROW_OVERHEAD_BYTES + 8 * len(names)
        if not self._has_room(lane, need_bytes=size + definition_bytes):
            return
        schema = lane.by_keys.get(names) or self._define(lane, names, size_bytes=definition_bytes)
        assert lane.open is not None
        at = lane.open.words[layout.COMMIT_WORD]
        schema[0](
            lane.open.map,
            at,
            schema[2],
            schema[3],
            step_number,
            time.monotonic_ns() if mono_ns is None else mono_ns,
            epoch_number,
            *numbers.values(),
            at,
        )
        lane.open.words[layout.COMMIT_WORD] = at + size

    def _has_room(self, lane: _Lane, *, need_bytes: int) -> bool:
        """Make sure the lane has an open segment with room; else count the row as lost."""
        opened = lane.open
        if opened is not None and opened.words[layout.COMMIT_WORD] + need_bytes <= opened.end:
            return True
        if self._closed:
            return False
        now_s = time.monotonic()
        if now_s >= lane.retry_at_s:
            try:
                self._open_segment(lane, need_bytes=need_bytes)
            except (errors.SpoolError, OSError):
                lane.retry_at_s = now_s + _RETRY_FULL_S
            else:
                return True
        self._page.count_lost("disk_full")
        return False

    def _open_segment(self, lane: _Lane, *, need_bytes: int) -> None:
        old = lane.open
        number = 0 if old is None else old.number + 1
        size = layout.SEGMENT_BYTES[min(number, len(layout.SEGMENT_BYTES) - 1)]
        size = max(size, layout.padded(need_bytes) + 2 * layout.HEADER_BYTES)
        fresh = segment.create(
            self._directory,
            lane=lane.number,
            number=number,
            attempt=lane.attempt,
            size_bytes=size,
            least_bytes=need_bytes,
        )
        lane.by_len, lane.by_keys, lane.open = {}, {}, fresh  # the names first: an interrupt may come in between
        if old is not None:
            old.seal()
            old.close()

    def _define(self, lane: _Lane, names: tuple[str, ...], *, size_bytes: int) -> _Schema:
        number = lane.schemas = lane.schemas + 1
        joined = "\0".join(names).encode()
        self._put_blob(lane, size=size_bytes, kind=layout.DEFINITION, tag=number, last=len(joined), payload=joined)
        packing = layout.row_struct(len(names))
        schema: _Schema = (packing.pack_into, _getter(names), packing.size, number)
        lane.by_keys[names] = schema
        lane.by_len[len(names)] = None if len(names) in lane.by_len else schema
        return schema

    def _put_blob(self, lane: _Lane, *, size: int, kind: int, tag: int, last: int, payload: bytes) -> None:
        assert lane.open is not None
        at = lane.open.words[layout.COMMIT_WORD]
        layout.BLOB_HEAD.pack_into(lane.open.map, at, size, kind, tag, last)
        lane.open.map[at + 16 : at + 16 + len(payload)] = payload
        layout.OFFSET.pack_into(lane.open.map, at + size - 8, at)
        lane.open.words[layout.COMMIT_WORD] = at + size


def _close_all(lanes: list[_Lane]) -> None:
    """Seal and unmap the lanes of a pool, each taken out of it first: another thread may still hold the pool."""
    while True:
        try:
            lane = lanes.pop()
        except IndexError:
            return
        if lane.open is not None:
            lane.open.seal()
            lane.open.close()
            lane.open = None
