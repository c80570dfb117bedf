"""State as bytes: parts write numbers and texts in turn and read them back in the same order.

Numbers have six or four decimal digits and stand as whole numbers with an exponent, their bytes by significance: noise takes 20 bits instead of 32.
"""

import math
import zlib
from array import array
from collections.abc import Iterable
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.diagnose.memory import words

Floats = NDArray[np.float64]
FINE, COARSE = 6, 4
"""Decimal digits: of what is compared with thresholds, and of single points of what is noisy by nature."""
_MOST, _LEAST = 1e300, 1e-300
_EXACT = 22
"""Powers of ten up to this one are exact, so that one multiplication or division by them rounds as reading the decimal does."""
_TENS = 10.0 ** np.arange(_EXACT + 1)
_NAN, _INFINITE = 30_000, 30_001
_LEVEL = 6


def kept(value: float) -> float:
    """Return a number with six decimal digits, which a state brings back exactly: what is restored equals what was.

    So 0.03 is 0.03 and no threshold is missed by the error of a binary fraction. NaN and infinities stay what they are.
    """
    return value if value - value != 0.0 else _rounded(f"{value:.6g}")


def coarse(value: float) -> float:
    """Return a number with four decimal digits."""
    return value if value - value != 0.0 else _rounded(f"{value:.4g}")


def _rounded(digits: str) -> float:
    value = float(digits)
    return value if _LEAST < abs(value) < _MOST else (0.0 if abs(value) <= _LEAST else math.copysign(_MOST, value))


class _Packed(msgspec.Struct, array_like=True):
    version: int
    fine: bytes
    coarse: bytes
    doubles: bytes
    integers: tuple[int, ...]
    texts: tuple[str, ...]
    blob: bytes


class Writer:
    """Takes the parts of a state: `fine` takes numbers that are `kept`, `coarse` those of four digits, `doubles` any."""

    def __init__(self) -> None:
        self.fine, self.coarse, self.doubles = array("d"), array("d"), array("d")
        self.integers: list[int] = []
        self.texts: list[str] = []

    def run(self, values: "array[float]") -> None:
        """Write a run of `kept` numbers with its length."""
        self.integers.append(len(values))
        self.fine.extend(values)

    def coarse_run(self, values: "array[float]") -> None:
        """Write a run of `coarse` numbers with its length."""
        self.integers.append(len(values))
        self.coarse.extend(values)

    def names(self, values: Iterable[str]) -> None:
        """Write texts with their count."""
        texts = tuple(values)
        self.integers.append(len(texts))
        self.texts.extend(texts)

    def packed(self, *, version: int, blob: bytes = b"") -> bytes:
        """Return everything as bytes; `blob` is taken along as it is."""
        state = _Packed(
            version,
            _encoded(self.fine, FINE),
            _encoded(self.coarse, COARSE),
            _by_significance(self.doubles.tobytes(), 8),
            tuple(self.integers),
            tuple(self.texts),
            blob,
        )
        return _compressed(msgspec.msgpack.encode(state))


class Reader:
    """Gives the parts of a state in the order in which they were written.

    Raises:
        InvalidRecord: if the bytes are no state, or one of another version, which replay can build again.
    """

    def __init__(self, data: bytes, *, version: int) -> None:
        try:
            state = msgspec.msgpack.decode(_decompressed(data), type=_Packed)
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
        self._fine, self._coarse = _decoded(state.fine), _decoded(state.coarse)
        self._doubles = array("d", _in_order(state.doubles, 8))
        self._integers, self._texts = state.integers, state.texts
        self._at = [0, 0, 0, 0, 0]

    def fine(self) -> float:
        """Return the next `kept` number."""
        self._at[0] += 1
        return self._fine[self._at[0] - 1]

    def coarse(self) -> float:
        """Return the next number of four digits."""
        self._at[4] += 1
        return self._coarse[self._at[4] - 1]

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
        return self._fine[self._at[0] - count : self._at[0]]

    def coarse_run(self) -> "array[float]":
        """Return the next run of numbers of four digits."""
        count = self.integer()
        self._at[4] += count
        return self._coarse[self._at[4] - count : self._at[4]]

    def names(self) -> tuple[str, ...]:
        """Return the next texts."""
        return tuple(self.text() for _ in range(self.integer()))


def _compressed(data: bytes) -> bytes:
    into = zlib.compressobj(_LEVEL, zdict=words.DICTIONARY)
    return into.compress(data) + into.flush()


def _decompressed(data: bytes) -> bytes:
    """Return what was compressed, with the dictionary or, as older releases did, without."""
    of = zlib.decompressobj(zdict=words.DICTIONARY)
    found = of.decompress(data)
    if not of.eof:
        raise zlib.error("it ends early")
    return found


def _encoded(values: "array[float]", digits: int) -> bytes:
    """Return how many numbers there are, their digits as four bytes, their exponents as two, and a bit each for their signs."""
    numbers = np.array(values)
    size = np.abs(numbers)
    is_number = np.isfinite(numbers) & (size > 0)
    exponents = np.zeros(len(numbers), np.int16)
    exponents[is_number] = np.floor(np.log10(size[is_number])).astype(np.int16) - (digits - 1)
    whole = np.zeros(len(numbers))
    whole[is_number] = _scaled(size[is_number], -exponents[is_number])
    exponents[np.isnan(numbers)], exponents[np.isinf(numbers)] = _NAN, _INFINITE
    mantissas = np.rint(whole).astype("<i4").tobytes()
    signs = np.packbits(np.signbit(numbers)).tobytes()
    return (
        len(numbers).to_bytes(4, "little")
        + _by_significance(mantissas, 4)
        + _by_significance(exponents.tobytes(), 2)
        + signs
    )


def _decoded(data: bytes) -> "array[float]":
    count = int.from_bytes(data[:4], "little")
    mantissas = np.frombuffer(_in_order(data[4 : 4 + 4 * count], 4), "<i4")
    exponents = np.frombuffer(_in_order(data[4 + 4 * count : 4 + 6 * count], 2), "<i2")
    signs = np.unpackbits(np.frombuffer(data[4 + 6 * count :], np.uint8), count=count)
    values = _scaled(mantissas.astype(np.float64), exponents)
    values[exponents == _NAN], values[exponents == _INFINITE] = math.nan, math.inf
    return array("d", np.where(signs, -values, values).tobytes())


def _scaled(values: Floats, powers: NDArray[np.int16]) -> Floats:
    """Return values times powers of ten, each rounded once."""
    near = np.minimum(np.maximum(powers, -_EXACT), _EXACT)
    found = np.where(near >= 0, values * _TENS[np.maximum(near, 0)], values / _TENS[np.maximum(-near, 0)])
    for at in np.flatnonzero((near != powers) & (powers < _NAN)).tolist():
        found[at] = float(Decimal(float(values[at])).scaleb(int(powers[at])))
    return found


def _by_significance(data: bytes, width: int) -> bytes:
    return b"".join(data[at::width] for at in range(width))


def _in_order(data: bytes, width: int) -> bytes:
    planes = np.frombuffer(data, np.uint8)
    count = len(data) // width
    found = np.empty(len(data), np.uint8)
    for at in range(width):
        found[at::width] = planes[at * count : (at + 1) * count]
    return found.tobytes()
