"""Arrays by the numpy that the training has imported; never imports it."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, cast, get_args

from yoloscope.spool import handed

_Found = tuple[handed.Dtype, tuple[int, ...], memoryview]


class _Dtype(Protocol):
    kind: str
    itemsize: int


class _Array(Protocol):
    dtype: _Dtype
    shape: tuple[int, ...]
    size: int
    data: memoryview
    reshape: Callable[[int], "_Array"]
    view: Callable[[str], "_Array"]
    astype: Callable[[str], "_Array"]
    all: Callable[[], object]
    min: Callable[[], float]
    max: Callable[[], float]
    __mul__: Callable[[object], "_Array"]
    __add__: Callable[[object], "_Array"]


class _AsArray(Protocol):
    def __call__(self, value: object, dtype: str | None = None, order: str | None = None) -> _Array: ...


class Numpy(Protocol):
    """What of numpy is used here."""

    asarray: _AsArray
    frombuffer: Callable[[object, str], _Array]
    isfinite: Callable[[_Array], _Array]
    floor: Callable[[_Array], _Array]
    equal: Callable[[_Array, _Array], _Array]
    errstate: Callable[..., AbstractContextManager[object]]


class Grid(Protocol):
    """What `arrays.Grid` is."""

    @property
    def dtype(self) -> str:
        """One of `handed.Dtype`."""
        ...

    @property
    def data(self) -> memoryview | bytes:
        """The numbers."""
        ...


def loaded() -> Numpy | None:
    """Return numpy if the training has imported it."""
    numpy = sys.modules.get("numpy")
    return cast("Numpy", numpy) if hasattr(numpy, "asarray") else None  # while it is being imported it has none


def grid(numpy: Numpy, value: object, dtype: handed.Dtype | None, most: int) -> _Found:
    """Return type, shape and bytes of what numpy takes for an array.

    Raises:
        TypeError, ValueError, OverflowError: if it is none, is ragged, or holds more than `most` numbers.
    """
    found = numpy.asarray(value)
    if found.dtype.kind not in "biuf":
        raise TypeError("it holds what is no real number")
    if found.size > most:
        raise ValueError(f"it holds {found.size:,} numbers, more than {most:,}")
    own = f"{found.dtype.kind}{found.dtype.itemsize}"
    wanted = dtype or (cast("handed.Dtype", own) if own in get_args(handed.Dtype) else "f8")  # f16: a long double
    with numpy.errstate(all="ignore"):  # whoever must have finite numbers looks at what came of it
        made = numpy.asarray(found, "?" if wanted == "b1" else f"<{wanted}", "C")
    return wanted, tuple(made.shape), made.reshape(-1).view("u1").data


def is_finite(numpy: Numpy, found: Grid) -> bool:
    """Tell whether no number is NaN or infinite."""
    return bool(numpy.isfinite(_array(numpy, found)).all())


def are_whole(numpy: Numpy, found: Grid) -> bool:
    """Tell whether all numbers, of which none is NaN or infinite, are whole."""
    array = _array(numpy, found)
    return bool(numpy.equal(numpy.floor(array), array).all())


def bounds(numpy: Numpy, found: Grid) -> tuple[float, float]:
    """Return the least and the greatest number; NaN if one is NaN."""
    array = _array(numpy, found)
    with numpy.errstate(all="ignore"):
        return float(array.min()), float(array.max())


def light(numpy: Numpy, found: Grid, scale: int) -> memoryview:
    """Return numbers times `scale`, rounded, as bytes."""
    array = _array(numpy, found)
    if scale != 1:
        array = array.astype("f4") * scale + 0.5
    return array.astype("u1").data


def _array(numpy: Numpy, found: Grid) -> _Array:
    return numpy.frombuffer(found.data, "?" if found.dtype == "b1" else f"<{found.dtype}")
