"""State as bytes: parts write numbers and texts in turn and read them back in the same order.

Numbers of one kind stand together, their bytes by significance, which is what lets zlib halve them.
"""

import math
import zlib
from array import array
from collections.abc import Iterable

import msgspec
import numpy as np

from yoloscope import errors

FLOAT_MOST = 3.4e38
FLOAT_LEAST = 1e-37
_LEVEL = 6


def kept(value: float) -> float:
    """Return a number with six decimal digits, which 32 bits bring back exactly: what is restored equals what was.

    So 0.03 is 0.03 and no threshold is missed by the error of a binary fraction. What is finite stays finite; beyond the range of 32 bits, its end or 0.
    """
    if not math.isfinite(value):
        return value
    return float(f"{min(max(value, -FLOAT_MOST), FLOAT_MOST):.6g}") if abs(value) > FLOAT_LEAST else 0.0


class _Packed(msgspec.Struct, array_like=True):
    version: int
    floats: bytes
    doubles: bytes
    integers: tuple[int, ...]
    texts: tuple[str, ...]
    blob: bytes


class Writer:
    """Takes the parts of a state."""

    def __init__(self) -> None:
        self.floats = array("f")
        self.doubles = array("d")
        self.integers: list[int] = []
        self.texts: list[str] = []

    def run(self, values: "array[float]") -> None:
        """Write a run of `kept` numbers with its length."""
        self.integers.append(len(values))
        self.floats.extend(array("f", values))

    def names(self, values: Iterable[str]) -> None:
        """Write texts with their count."""
        texts = tuple(values)
        self.integers.append(len(texts))
        self.texts.extend(texts)

    def packed(self, *, version: int, blob: bytes = b"") -> bytes:
        """Return everything as bytes; `blob` is taken along as it is."""
        floats, doubles = _by_significance(self.floats.tobytes(), 4), _by_significance(self.doubles.tobytes(), 8)
        state = _Packed(version, floats, doubles, tuple(self.integers), tuple(self.texts), blob)
        return zlib.compress(msgspec.msgpack.encode(state), _LEVEL)


class Reader:
    """Gives the parts of a state in the order in which they were written.

    Raises:
        InvalidRecord: if the bytes are no state, or one of another version, which replay can build again.
    """

    def __init__(self, data: bytes, *, version: int) -> None:
        try:
            state = msgspec.msgpack.decode(zlib.decompress(data), type=_Packed)
        except (zlib.error, msgspec.DecodeError) as fault:
            raise errors.InvalidRecord(
                f"the state of a diagnosis is damaged ({fault})", field="state", fix="replay the run's rows"
            ) from fault
        if state.version != version:
            raise errors.InvalidRecord(
                f"the state of a diagnosis has version {state.version}, this is version {version}",
                field="state",
                fix="replay the run's rows",
            )
        self.blob = state.blob
        self._floats, self._doubles = array("f"), array("d")
        self._floats.frombytes(_in_order(state.floats, 4))
        self._doubles.frombytes(_in_order(state.doubles, 8))
        self._integers, self._texts = state.integers, state.texts
        self._at = [0, 0, 0, 0]

    def float(self) -> float:
        """Return the next `kept` number."""
        self._at[0] += 1
        return kept(self._floats[self._at[0] - 1])

    def double(self) -> float:
        """Return the next 64-bit number."""
        self._at[1] += 1
        return self._doubles[self._at[1] - 1]

    def integer(self) -> int:
        """Return the next integer."""
        self._at[2] += 1
        return self._integers[self._at[2] - 1]

    def text(self) -> str:
        """Return the next text."""
        self._at[3] += 1
        return self._texts[self._at[3] - 1]

    def run(self) -> "array[float]":
        """Return the next run of `kept` numbers."""
        count = self.integer()
        self._at[0] += count
        return array("d", map(kept, self._floats[self._at[0] - count : self._at[0]]))

    def names(self) -> tuple[str, ...]:
        """Return the next texts."""
        return tuple(self.text() for _ in range(self.integer()))


def _by_significance(data: bytes, width: int) -> bytes:
    return np.frombuffer(data, np.uint8).reshape(-1, width).T.tobytes()


def _in_order(data: bytes, width: int) -> bytes:
    return np.frombuffer(data, np.uint8).reshape(width, -1).T.tobytes()
