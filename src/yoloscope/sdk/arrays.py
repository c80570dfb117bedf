"""What is like an array as plain numbers in row-major order: numpy, torch, anything with a buffer, nested lists.

Called for every item that is logged. numpy is used where the training has imported it (`by_numpy`), else Python does the same (`by_hand`);
neither it nor torch is imported here. What is no array is refused with `InvalidRecord` that names the argument and the fix.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, cast

from yoloscope import errors
from yoloscope.records import content
from yoloscope.sdk import by_hand, by_numpy, guard
from yoloscope.spool import handed

CELLS_MAX = 1_000_000
"""Numbers of one argument of a summary: eight megabytes of them are more than a screen can show, and than the wire takes."""
_UNLIKE_NUMPY = ("bfloat16", "float8")


class Grid(NamedTuple):
    """Numbers ready to be handed over, little-endian and row-major."""

    dtype: handed.Dtype
    shape: tuple[int, ...]
    data: memoryview | bytes

    @property
    def cells(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes they take."""
        return self.cells * int(self.dtype[1:])


class _Tensor(Protocol):
    dtype: object
    detach: Callable[[], "_Tensor"]
    float: Callable[[], "_Tensor"]
    cpu: Callable[[], "_Tensor"]
    numpy: Callable[[], object]


def of(value: object, *, field: str, dtype: handed.Dtype | None = None, most: int = CELLS_MAX) -> Grid:
    """Return numbers of any shape in their own type, or in `dtype`.

    Raises:
        InvalidRecord: if they are none, not of one shape, or more than `most`.
    """
    plain = _plain(value, field=field)
    numpy = by_numpy.loaded()
    try:
        return Grid(*(by_hand.grid(plain, dtype, most) if numpy is None else by_numpy.grid(numpy, plain, dtype, most)))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        fix = "give numbers: an array, a tensor, or lists of equal length; NaN where there is none"
        raise errors.InvalidRecord(f"{field} is no array: {guard.text_of(error)}", field=field, fix=fix) from error


def vector(value: object, *, field: str, dtype: handed.Dtype, length: int | None = None) -> Grid:
    """Return one row of numbers, of `length` if that is given.

    Raises:
        InvalidRecord: as `of`, or if the shape is another.
    """
    found = of(value, field=field, dtype=dtype)
    if len(found.shape) != 1 or (length is not None and found.cells != length):
        wanted = "(n,)" if length is None else f"({length},)"
        raise wrong_shape(found, field=field, wanted=wanted)
    return found


def table(value: object, *, field: str, dtype: handed.Dtype, columns: int, most: int = CELLS_MAX) -> Grid:
    """Return rows of so many numbers; an empty list is no rows.

    Raises:
        InvalidRecord: as `of`, or if the shape is another.
    """
    found = of(value, field=field, dtype=dtype, most=most)
    if not found.cells and len(found.shape) <= 2:
        return Grid(dtype, (0, columns), b"")
    if len(found.shape) != 2 or found.shape[1] != columns:
        raise wrong_shape(found, field=field, wanted=f"(n, {columns})")
    return found


def whole(
    value: object, *, field: str, dtype: handed.Dtype, least: int, most: int, shape: tuple[int, ...] | None = None
) -> Grid:
    """Return whole numbers between two limits, also where they come as floats, as labels do in tensors.

    Raises:
        InvalidRecord: as `of`, or if the shape is another, or a number is not whole or beyond the limits.
    """
    found = of(value, field=field, most=max(CELLS_MAX, math.prod(shape or ())))
    if not found.cells and shape == (0,):
        return Grid(dtype, (0,), b"")
    if (shape is None and len(found.shape) != 1) or (shape is not None and found.shape != shape):
        raise wrong_shape(found, field=field, wanted="(n,)" if shape is None else str(shape))
    if not _are_within(found, least, most) or (found.dtype[0] == "f" and not _are_whole(found)):
        fix = f"give whole numbers from {least} to {most}"
        raise errors.InvalidRecord(f"{field} has a number that is none of these", field=field, fix=fix)
    return of(value, field=field, dtype=dtype, most=max(CELLS_MAX, found.cells))


def classes(value: object, *, field: str, length: int) -> Grid:
    """Return class numbers, -1 for background and -2 for all classes.

    Raises:
        InvalidRecord: as `whole`.
    """
    least, most = content.CLASS_LEAST, content.CLASS_MOST
    return whole(value, field=field, dtype="i4", least=least, most=most, shape=(length,))


def must_be_finite(found: Grid, *, field: str) -> None:
    """Refuse numbers of which one is NaN or infinite.

    Raises:
        InvalidRecord: if one is.
    """
    numpy = by_numpy.loaded()
    is_finite = by_hand.is_finite(found.dtype, found.data) if numpy is None else by_numpy.is_finite(numpy, found)
    if not is_finite:
        fix = "leave out what is not a finite number"
        raise errors.InvalidRecord(f"{field} has NaN or an infinity", field=field, fix=fix)


def must_be_boxes(found: Grid, *, field: str) -> None:
    """Refuse ``(n, 4)`` of which a row is not finite ``x1 y1 x2 y2`` with x1 <= x2 and y1 <= y2.

    Raises:
        InvalidRecord: naming the first such row.
    """
    numbers = values(found)
    rows = zip(numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4], strict=True)
    for at, (x1, y1, x2, y2) in enumerate(rows):
        if not (x1 <= x2 and y1 <= y2 and all(map(math.isfinite, (x1, y1, x2, y2)))):
            fix = "give finite pixels x1, y1, x2, y2 with x1 <= x2 and y1 <= y2; from x, y, width, height make corners first"
            raise errors.InvalidRecord(f"{field}[{at}] is no box: {x1:g}, {y1:g}, {x2:g}, {y2:g}", field=field, fix=fix)


def bounds(found: Grid) -> tuple[float, float]:
    """Return the least and the greatest number, both 0 where there is none; NaN if one is NaN."""
    numpy = by_numpy.loaded()
    if not found.cells:
        return 0.0, 0.0
    return by_hand.bounds(found.dtype, found.data) if numpy is None else by_numpy.bounds(numpy, found)


def as_bytes_of_light(found: Grid, *, scale: int) -> memoryview | bytes:
    """Return numbers from 0 to 1, or 0 to 255 with a scale of 1, as bytes from 0 to 255, rounded."""
    numpy = by_numpy.loaded()
    if numpy is None:
        return by_hand.light(found.dtype, found.data, scale)
    return by_numpy.light(numpy, found, scale)


def values(found: Grid) -> Sequence[float]:
    """Return the numbers one by one; of short arrays."""
    return by_hand.values(found.dtype, found.data)


def wrong_shape(found: Grid, *, field: str, wanted: str) -> errors.InvalidRecord:
    """Return the error for an array of another shape."""
    return errors.InvalidRecord(
        f"{field} has the shape {found.shape}", field=field, fix=f"give an array of the shape {wanted}"
    )


def _plain(value: object, *, field: str) -> object:
    """Return what is no tensor as it is, and a tensor as an array of its numbers in this machine's memory."""
    if isinstance(value, bytes | bytearray):
        return memoryview(value)
    if not callable(getattr(value, "detach", None)) or not callable(getattr(value, "cpu", None)):
        return value
    tensor = cast("_Tensor", value)
    try:
        found = tensor.detach()
        if any(name in str(found.dtype) for name in _UNLIKE_NUMPY):
            found = found.float()
        return found.cpu().numpy()
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        fix = "give a dense tensor of numbers, such as tensor.float().cpu()"
        raise errors.InvalidRecord(f"{field} cannot be read: {guard.text_of(error)}", field=field, fix=fix) from error


def _are_within(found: Grid, least: float, most: float) -> bool:
    low, high = bounds(found)
    return least <= low and high <= most


def _are_whole(found: Grid) -> bool:
    numpy = by_numpy.loaded()
    return by_hand.are_whole(found.dtype, found.data) if numpy is None else by_numpy.are_whole(numpy, found)
