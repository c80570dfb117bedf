"""What stands beside axes and blocks: what whole axes cover, and what each group of `GROUP_ROWS` rows amounts to.

Called by `sealer`, `compaction` and `thinning`, which encode what `grouping` finds, and by what reads (`view`, `rows`, `recount`).

    span          of an axis: extents on four axes and whether they ascend; a row of the table `span`
    axis_groups   of an axis, a group each: attempt, extents, whether they ascend
    groups        of a block, a group each: NaN count, where min and max are, first, last, min, max, sum

A block that was thinned is gone, and of its values those are left that its groups tell: see `kept_rows`.
All numbers come back bit for bit. Payloads have the envelope of `payload`: what was altered on disk is never taken for points.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.store import ports
from yoloscope.store.ports_view import GROUP_ROWS
from yoloscope.store.series import codec, narrow, payload

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
What = Callable[[int], str]
"""Names the payload of that index in messages."""

STEP_ASCENDS, EPOCH_ASCENDS, WALL_ASCENDS, MONO_ASCENDS = 1, 2, 4, 8
"""Flags of a span: every row has an x, and none is less than the one stored before it."""
THINNED = 16
"""Flag of a span: its blocks are gone; their groups tell what was kept of them."""
NONE_AT = 255
"""In place of a row's offset in a group all of whose values are NaN."""

FLAGS = (STEP_ASCENDS, EPOCH_ASCENDS, WALL_ASCENDS, MONO_ASCENDS)
"""In the order of `jobs.Span`: step, epoch, wall and monotonic time."""
_AS_DECIMAL, _AS_FLOAT32, _AS_FLOAT64 = 0, 1, 2
_NO_POWER = 255  # the bits of the epochs themselves
_VALUE_BLOCKS, _AXIS_BLOCKS, _AXIS_HEADS = 4, 5, 3


class AxisColumns(msgspec.Struct, frozen=True):
    """What groups of rows cover, columns of equal length; ``attempt`` is `NO_ATTEMPT` where there are several."""

    attempt: Ints
    step: ports.Extent
    epoch: ports.Extent
    wall_ns: ports.Extent
    mono_ns: ports.Extent


class ValueColumns(msgspec.Struct, frozen=True):
    """What groups of values amount to, columns of equal length (see `ports.Groups`).

    ``argmin`` and ``argmax`` are offsets within the group of the first rows with the least and greatest value, `NONE_AT` if all are NaN.
    """

    nan: Ints
    argmin: Ints
    argmax: Ints
    first: Floats
    last: Floats
    min: Floats
    max: Floats
    sum: Floats


class Places(msgspec.Struct, frozen=True):
    """Where groups stand: index of the payload, first row within it, rows."""

    part: Ints
    at: Ints
    count: Ints


class Kept(msgspec.Struct, frozen=True):
    """What is left of thinned blocks, in order of blocks and rows: index of the payload, row within its axis, value."""

    part: Ints
    row: Ints
    value: Floats


def places(rows: Ints) -> Places:
    """Return where the groups of payloads of that many rows each stand."""
    counts = -(-rows // GROUP_ROWS)
    part = np.repeat(np.arange(len(rows)), counts)
    at = (np.arange(len(part)) - np.repeat(np.cumsum(counts) - counts, counts)) * GROUP_ROWS
    return Places(part, at, np.minimum(rows[part] - at, GROUP_ROWS))


def payload_from_axis_groups(groups: AxisColumns) -> bytes:
    """Return the payload of an axis' groups."""
    power, epoch_low, epoch_high = _ints_from_epochs(groups.epoch)
    flags = np.zeros(len(groups.attempt), np.uint64)
    for flag, extent in zip(FLAGS, (groups.step, groups.epoch, groups.wall_ns, groups.mono_ns), strict=True):
        flags |= np.where(extent.ascends, np.uint64(flag), np.uint64(0))
    step_low, step_high = _unsigned(groups.step.low), _unsigned(groups.step.high)
    mono_low, mono_high = _unsigned(groups.mono_ns.low), _unsigned(groups.mono_ns.high)
    wall_low, wall_high = _unsigned(groups.wall_ns.low), _unsigned(groups.wall_ns.high)
    blocks = [
        np.stack((_unsigned(groups.attempt), flags)),
        np.stack((_rises(step_low), step_high - step_low)),
        np.stack((_rises(epoch_low), epoch_high - epoch_low)),
        np.stack((_rises(mono_low), mono_high - mono_low)),
        np.stack((wall_low - mono_low, wall_high - mono_high)),  # both clocks tick alike
    ]
    heads = (step_low[0], epoch_low[0], mono_low[0])
    return payload.wrapped(narrow.bytes_from_blocks(bytes((power, 0, 0)), blocks, heads=heads))


def axis_groups_from_payloads(payloads: Sequence[bytes], *, rows: Ints, what: What) -> AxisColumns:
    """Return the groups of some axes of that many rows each, one axis after the other.

    Raises:
        StoreError: if a payload is damaged or does not fit its rows; the message names it.
    """
    tables = _tables(payloads, rows=rows, what=what, blocks=_AXIS_BLOCKS, heads=_AXIS_HEADS)
    if not tables:
        none = ports.Extent(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))
        of_epochs = ports.Extent(np.empty(0), np.empty(0), np.empty(0, np.bool_))
        return AxisColumns(np.empty(0, np.int64), none, of_epochs, none, none)
    columns = _in_order([_axis_columns(one) for one in tables], tables, rows=rows)
    attempt, flags, step_low, step_high, mono_low, mono_high, wall_low, wall_high = (_ints(one) for one in columns[:8])
    return AxisColumns(
        attempt,
        ports.Extent(step_low, step_high, (flags & STEP_ASCENDS) != 0),
        ports.Extent(columns[8], columns[9], (flags & EPOCH_ASCENDS) != 0),
        ports.Extent(wall_low, wall_high, (flags & WALL_ASCENDS) != 0),
        ports.Extent(mono_low, mono_high, (flags & MONO_ASCENDS) != 0),
    )


def payload_from_groups(groups: ValueColumns) -> bytes:
    """Return the payload of a series' groups in one block."""
    four = (groups.first, groups.last, groups.min, groups.max)
    bits = [one.tobytes() for one in four]
    same_as = [bits.index(one) for one in bits]  # of what only rises or only falls, two columns are the other two
    kept = [one for at, one in enumerate(four) if same_as[at] == at]
    form, power, numbers = _numbers(np.concatenate(kept))
    blocks = [
        _unsigned(groups.nan)[None],
        np.stack((_unsigned(groups.argmin), _unsigned(groups.argmax))),
        np.reshape(numbers, (len(kept), -1)),
        narrow.bits_as(groups.sum, np.uint64)[None],
    ]
    tag = bytes((form, power, sum(at << 2 * place for place, at in enumerate(same_as))))
    return payload.wrapped(narrow.bytes_from_blocks(tag, blocks))


def groups_from_payloads(payloads: Sequence[bytes], *, rows: Ints, what: What) -> ValueColumns:
    """Return the groups of some blocks of that many rows each, one block after the other.

    Raises:
        StoreError: if a payload is damaged or does not fit its rows; the message names it.
    """
    tables = _tables(payloads, rows=rows, what=what, blocks=_VALUE_BLOCKS, heads=0)
    if not tables:
        ints, floats = np.empty(0, np.int64), np.empty(0)
        return ValueColumns(ints, ints, ints, floats, floats, floats, floats, floats)
    columns = _in_order([_value_columns(one) for one in tables], tables, rows=rows)
    nan, argmin, argmax = (_ints(one) for one in columns[:3])
    return ValueColumns(nan, argmin, argmax, *columns[3:])


def kept_rows(groups: ValueColumns, *, rows: Ints) -> Kept:
    """Return what thinning leaves of blocks of that many rows each: of each group the first, last, least and greatest, each row once.

    Whether a block is thinned already or still whole, the answer is the same.
    """
    of = places(rows)
    at = np.stack((of.at, of.at + of.count - 1, of.at + groups.argmin, of.at + groups.argmax), axis=1)
    value = np.stack((groups.first, groups.last, groups.min, groups.max), axis=1)
    told = np.ones(at.shape, np.bool_)
    told[:, 2] = groups.argmin != NONE_AT
    told[:, 3] = groups.argmax != NONE_AT
    ends = np.cumsum(rows)
    stored = (at + (ends - rows)[of.part][:, None])[told]
    place, which = np.unique(stored, return_index=True)
    part = np.searchsorted(ends, place, side="right")
    return Kept(part, place - (ends - rows)[part], value[told][which])


def _numbers(column: Floats) -> tuple[int, int, narrow.Unsigned]:
    """Return form, power of ten and the integers that stand for floats."""
    scaled = codec.decimal(column)
    if scaled is not None and codec.width_of(codec.above_least(scaled[1])[0]) <= 4:
        return _AS_DECIMAL, scaled[0], _unsigned(scaled[1])
    with np.errstate(all="ignore"):
        single = column.astype(np.float32)
        survives = single.astype(np.float64).tobytes() == column.tobytes()
    if survives:
        return _AS_FLOAT32, 0, narrow.bits_as(single, np.uint32).astype(np.uint64)
    return _AS_FLOAT64, 0, narrow.bits_as(column, np.uint64)


def _floats(numbers: narrow.Unsigned, *, form: int, power: int) -> Floats:
    if form == _AS_DECIMAL:
        return narrow.bits_as(numbers, np.int64) / 10.0**power
    if form == _AS_FLOAT32:
        return narrow.bits_as(numbers.astype(np.uint32), np.float32).astype(np.float64)
    if form == _AS_FLOAT64:
        return narrow.bits_as(numbers, np.float64)
    raise errors.StoreError(
        f"a table of groups has the form {form}, which this release does not know; upgrade yoloscope"
    )


def _ints_from_epochs(epoch: ports.Extent) -> tuple[int, narrow.Unsigned, narrow.Unsigned]:
    """Return a power of ten (`_NO_POWER` for none) and integers that stand for the least and greatest epochs."""
    low, high = np.asarray(epoch.low, np.float64), np.asarray(epoch.high, np.float64)
    scaled = codec.decimal(np.concatenate((low, high)))
    if scaled is None:
        return _NO_POWER, narrow.bits_as(low, np.uint64), narrow.bits_as(high, np.uint64)
    ints = _unsigned(scaled[1])
    return scaled[0], ints[: len(low)], ints[len(low) :]


def _unsigned(column: Ints | Floats) -> narrow.Unsigned:
    return narrow.bits_as(column.astype(np.int64), np.uint64)


def _rises(column: narrow.Unsigned) -> narrow.Unsigned:
    """Return what each number adds to the one before it; the first, which stands elsewhere, adds as little as any."""
    rises = np.diff(column, prepend=column[:1])
    rises[0] = narrow.bits_as(rises[1:], np.int64).min(initial=2**63 - 1) if len(rises) > 1 else 0
    return rises


def _summed(starts: narrow.Unsigned, rises: narrow.Unsigned) -> narrow.Unsigned:
    """Return the columns ``(tables, n)`` that `_rises` was given."""
    rises[:, 0] = starts
    return np.cumsum(rises, axis=1, dtype=np.uint64)


def _tables(payloads: Sequence[bytes], *, rows: Ints, what: What, blocks: int, heads: int) -> list[narrow.Alike]:
    contents = [payload.unwrapped(one, what=what(at)) for at, one in enumerate(payloads)]
    tables = narrow.alike_from_bytes(contents, blocks=blocks, heads=heads)
    counts = -(-rows // GROUP_ROWS)
    for table in tables:
        for at in table.index:
            if counts[at] != table.count:
                raise payload.broken(what(at))
    return tables


def _ints(column: Floats) -> Ints:
    """Return a column of `_in_order` that holds integers."""
    return narrow.bits_as(column, np.int64)


def _axis_columns(table: narrow.Alike) -> list[Floats]:
    """Return attempt, flags, low and high of step, monotonic and wall time, then of epoch, each ``(tables, n)`` (see `_in_order`)."""
    (attempt, flags), step, epoch, mono, ahead = (np.transpose(block, (1, 0, 2)) for block in table.blocks)
    starts = np.transpose(table.heads)
    step_low, epoch_low, mono_low = (
        _summed(start, rises[0]) for start, rises in zip(starts, (step, epoch, mono), strict=True)
    )
    power = table.tag[0]
    form = (_AS_FLOAT64, 0) if power == _NO_POWER else (_AS_DECIMAL, power)
    epochs = [_floats(one, form=form[0], power=form[1]) for one in (epoch_low, epoch_low + epoch[1])]
    mono_high = mono_low + mono[1]
    ints = (
        attempt,
        flags,
        step_low,
        step_low + step[1],
        mono_low,
        mono_high,
        mono_low + ahead[0],
        mono_high + ahead[1],
    )
    return [*(narrow.bits_as(one, np.float64) for one in ints), *epochs]


def _value_columns(table: narrow.Alike) -> list[Floats]:
    """Return the columns of `ValueColumns`, each ``(tables, n)`` (see `_in_order`)."""
    nan, offsets, numbers, total = (np.transpose(block, (1, 0, 2)) for block in table.blocks)
    form, power, same_as = table.tag
    kept = iter(_floats(numbers, form=form, power=power))
    four: list[Floats] = []
    for place in range(4):
        at = same_as >> 2 * place & 3
        four.append(next(kept) if at == place else four[at])
    ints = (nan[0], *offsets)
    return [*(narrow.bits_as(one, np.float64) for one in ints), *four, narrow.bits_as(total[0], np.float64)]


def _in_order(columns: Sequence[Sequence[Floats]], tables: Sequence[narrow.Alike], *, rows: Ints) -> list[Floats]:
    """Return columns of tables of several layouts one below the other, as the tables stood in what was asked.

    Only bits are moved, so that integers may stand as floats here.
    """
    if len(tables) == 1:
        return [np.ravel(column) for column in columns[0]]
    counts = -(-rows // GROUP_ROWS)
    starts = np.cumsum(counts) - counts
    where = [np.ravel(starts[table.index][:, None] + np.arange(table.count)) for table in tables]
    found: list[Floats] = []
    for of_tables in zip(*columns, strict=True):
        column = np.empty(int(counts.sum()))
        for at, one in zip(where, of_tables, strict=True):
            column[at] = np.ravel(one)
        found.append(column)
    return found
