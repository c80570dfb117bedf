"""Small tables of integers, many of which are decoded at once: what `rollup` stores.

A table has blocks of columns, all of one length n. The columns of a block take the same number of bytes a value, each above a base of its
own, so that tables of one kind of data have one layout and are decoded together.

    table = tag (3 bytes), n:u16, for each block columns:u8 width:u8 shift:u8, heads, for each block its bases and its bytes
    value = base + (stored << 8 * shift), modulo 2**64; the bytes of a column stand by significance, least first
    heads = a few numbers of 8 bytes that stand alone

Nothing is compressed further: what is left hardly shrinks, and unpacking a thousand tables of a kilobyte each would take most of the
time of a query. Not checked for damage here: the envelope of `payload` is.
"""

import struct
from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors

Unsigned = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
_T = TypeVar("_T", bound=np.generic)

TAG_BYTES = 3
_COUNT = struct.Struct("<H")
_LAYOUT_BYTES = 3
COUNT_MAX = 2**16 - 1


class Alike(msgspec.Struct, frozen=True):
    """Tables of one layout: where in what was asked each stood, their heads ``(tables, heads)`` and blocks ``(tables, columns, n)``."""

    tag: bytes
    count: int
    index: list[int]
    heads: Unsigned
    blocks: list[Unsigned]


def bits_as(column: NDArray[np.generic], dtype: type[_T]) -> NDArray[_T]:
    """Return the same bytes as numbers of another type, without a copy; of other sizes, the last axis is longer or shorter."""
    return column.view(dtype)  # pyright: ignore[reportUnknownMemberType] - numpy's stubs leave an overload half known


def bytes_from_blocks(tag: bytes, blocks: Sequence[Unsigned], *, heads: Sequence[np.uint64] = ()) -> bytes:
    """Return the table of some blocks ``(columns, n)``, n from 1 to `COUNT_MAX`; ``tag`` tells kinds of tables apart."""
    count = blocks[0].shape[1]
    assert len(tag) == TAG_BYTES
    assert 1 <= count <= COUNT_MAX
    layouts: list[bytes] = []
    contents: list[bytes] = []
    for block in blocks:
        least = bits_as(block, np.int64).min(axis=1)  # signed: what goes up and down stays near its base
        bases = bits_as(least, np.uint64)
        above = block - bases[:, None]
        set_in_any = np.bitwise_or.reduce(np.ravel(above))  # pyright: ignore[reportUnknownMemberType] - its stubs are half typed
        shift, width = _span(int(set_in_any))
        planes = np.reshape(bits_as(above, np.uint8), (*above.shape, 8))[:, :, shift : shift + width]
        layouts.append(bytes((len(block), width, shift)))
        contents.append(bases.tobytes() + np.transpose(planes, (0, 2, 1)).tobytes())
    return b"".join((tag, _COUNT.pack(count), *layouts, np.array(heads, np.uint64).tobytes(), *contents))


def alike_from_bytes(tables: Sequence[bytes], *, blocks: int, heads: int = 0) -> list[Alike]:
    """Return tables of as many blocks and heads each, those of one layout together.

    Raises:
        StoreError: if one has another layout than `bytes_from_blocks` gives.
    """
    head = TAG_BYTES + _COUNT.size + _LAYOUT_BYTES * blocks
    of_layout: dict[bytes, list[int]] = {}
    for at, table in enumerate(tables):
        of_layout.setdefault(table[:head], []).append(at)
    return [_alike(layout, index, [tables[at] for at in index], heads=heads) for layout, index in of_layout.items()]


def _alike(layout: bytes, index: list[int], tables: Sequence[bytes], *, heads: int) -> Alike:
    (count,) = _COUNT.unpack_from(layout, TAG_BYTES)
    layouts = [layout[at : at + _LAYOUT_BYTES] for at in range(TAG_BYTES + _COUNT.size, len(layout), _LAYOUT_BYTES)]
    at = len(layout) + 8 * heads
    size = at + sum(columns * (8 + count * width) for columns, width, _ in layouts)
    if any(len(table) != size for table in tables) or any(width + shift > 8 for _, width, shift in layouts):
        raise errors.StoreError("a table of groups has a layout that this release does not know; upgrade yoloscope")
    content = np.reshape(np.frombuffer(b"".join(tables), np.uint8), (len(index), size))
    blocks: list[Unsigned] = []
    for columns, width, shift in layouts:
        end = at + columns * (8 + count * width)
        blocks.append(_block(content[:, at:end], columns=columns, count=count, width=width, shift=shift))
        at = end
    stand_alone = bits_as(np.ascontiguousarray(content[:, len(layout) : len(layout) + 8 * heads]), np.uint64)
    return Alike(layout[:TAG_BYTES], count, index, stand_alone, blocks)


def _block(content: Bytes, *, columns: int, count: int, width: int, shift: int) -> Unsigned:
    bases = bits_as(np.ascontiguousarray(content[:, : 8 * columns]), np.uint64)[:, :, None]
    values = np.zeros((len(content), columns, count), np.uint64)
    planes = np.reshape(content[:, 8 * columns :], (len(content), columns, width, count))
    by_significance = np.reshape(bits_as(values, np.uint8), (*values.shape, 8))
    for plane in range(width):
        by_significance[:, :, :, shift + plane] = planes[:, :, plane]
    values += bases
    return values


def _span(bits: int) -> tuple[int, int]:
    """Return how many low bytes of numbers are zero in all, and how many bytes hold the rest; ``bits`` are those set in any."""
    if not bits:
        return 0, 0
    shift = ((bits & -bits).bit_length() - 1) // 8
    return shift, -(-bits.bit_length() // 8) - shift
