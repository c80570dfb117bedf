"""Single columns of axis payloads, for readers that do not need all of them.

Owned by `view`. What a payload holds stands in `payload`.
"""

import struct
from collections.abc import Callable, Iterable

from yoloscope.records import ids
from yoloscope.store import ports_view
from yoloscope.store.series import codec, payload

_LENGTH = struct.Struct("<I")
_PLACE_OF = {"place": 0, "attempt": 1, "step": 2, "mono_ns": 3}
_AHEAD, _EPOCH = 4, 5
_SHARED_BYTES = 16 * 1024 * 1024  # the series of a run share its axes; of a run with more, each reads them anew


class Axes:
    """The axes of one run as one view meets them: read once and decoded column by column, as long as there is room to keep them."""

    def __init__(self, *, run: ids.RunId, read: Callable[[list[int]], Iterable[tuple[int, bytes]]]) -> None:
        self._run = run
        self._read = read
        self._kept: dict[int, bytes] = {}
        self._passing: dict[int, bytes] = {}
        self._ints: dict[tuple[int, str], payload.Ints] = {}
        self._epochs: dict[int, payload.Floats] = {}
        self._room = _SHARED_BYTES

    def fetch(self, axes: Iterable[int]) -> None:
        """Read axes whose columns are asked for next."""
        missing = [axis for axis in axes if axis not in self._kept]
        if all(axis in self._passing for axis in missing):
            return
        self._passing = {}
        for axis, content in self._read(missing):
            has_room = self._takes(len(content))
            (self._kept if has_room else self._passing)[axis] = content

    def ints(self, axis: int, column: ports_view.IntColumn) -> payload.Ints:
        """Return a column of integers of an axis that was fetched.

        Raises:
            StoreError: if it was altered on disk.
        """
        found = self._ints.get((axis, column))
        if found is None:
            found = ints_from_payload(self._payload(axis), column, what=self._what(axis))
            if self._takes(found.nbytes):
                self._ints[axis, column] = found
        return found

    def epochs(self, axis: int) -> payload.Floats:
        """Return the epochs of an axis that was fetched.

        Raises:
            StoreError: if it was altered on disk.
        """
        found = self._epochs.get(axis)
        if found is None:
            found = epochs_from_payload(self._payload(axis), what=self._what(axis))
            if self._takes(found.nbytes):
                self._epochs[axis] = found
        return found

    def _payload(self, axis: int) -> bytes:
        return self._kept[axis] if axis in self._kept else self._passing[axis]

    def _takes(self, size_bytes: int) -> bool:
        has_room = size_bytes <= self._room
        self._room -= size_bytes if has_room else 0
        return has_room

    def _what(self, axis: int) -> str:
        return f"axis {axis} of run {self._run!r}"


def ints_from_payload(content: bytes, column: ports_view.IntColumn, *, what: str) -> payload.Ints:
    """Return one column of integers of an axis payload; `what` names it in messages.

    Raises:
        StoreError: if it was altered on disk.
    """
    columns = _columns(payload.unwrapped(content, what=what))
    if column != "wall_ns":
        return codec.ints_from_bytes(columns[_PLACE_OF[column]])
    ahead, mono_ns = (codec.ints_from_bytes(columns[at]) for at in (_AHEAD, _PLACE_OF["mono_ns"]))
    return ahead + mono_ns  # modulo 2**64, as it was taken apart


def epochs_from_payload(content: bytes, *, what: str) -> payload.Floats:
    """Return the epochs of an axis payload.

    Raises:
        StoreError: if it was altered on disk.
    """
    return codec.floats_from_bytes(_columns(payload.unwrapped(content, what=what))[_EPOCH])


def _columns(content: bytes) -> list[bytes]:
    columns: list[bytes] = []
    at = 0
    while at < len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        columns.append(content[at : at + length])
        at += length
    return columns
