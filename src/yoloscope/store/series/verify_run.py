"""Reading all that is kept of one run, to tell what of it is damaged.

Called by `verify`. Each axis with its blocks, and some rows of the log at a time, are read in a transaction of their own: a long one would
keep the write-ahead log from being reused.
"""

import sqlite3
import struct
from collections.abc import Iterator

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.store.series import axes, faults, grouping, jobs, payload, rollup, shapes

_LOG_ROWS = 256
_SUM_TELLS = 1e-9  # groups add their values in no promised order
_COUNTS = """
SELECT rows, (SELECT total(rows) FROM axis WHERE run = ?1) + (SELECT total(rows) FROM log WHERE run = ?1) FROM run WHERE id = ?1
"""
_SPAN = """
SELECT {columns} FROM span WHERE run = ? AND axis = ?
""".format(columns=", ".join(jobs.Span.__struct_fields__))
_PAYLOADS = """
SELECT {0}.series, {0}.payload FROM series JOIN {0} ON {0}.series = series.id AND {0}.axis = ? WHERE series.run = ?
"""
_DECODING = (ValueError, IndexError, struct.error, OverflowError)
"""What decoding raises of content that no release wrote although its checksum is right."""


class Damage(msgspec.Struct, frozen=True):
    """What is wrong; ``run`` and ``series`` tell whose it is, as far as one alone is concerned."""

    detail: str
    run: str | None = None
    series: str | None = None


class Looking(msgspec.Struct, frozen=True):
    """The run that is looked at, in which file."""

    connection: sqlite3.Connection
    version: int
    run: int
    name: str


def damage(looking: Looking) -> Iterator[Damage | None]:
    """Yield ``None`` for each payload that is whole, and what is wrong."""
    newest = 0
    try:
        while found := _axes_behind(looking, newest):
            for newest in found:
                yield from _of_axis(looking, newest)
        yield from _of_log(looking)
        yield from _of_counts(looking)
    except sqlite3.DatabaseError as error:
        if not faults.is_damage(error):
            raise
        yield Damage(
            f"the file's own structure is damaged there, nothing more of the run can be read: {error}", looking.name
        )


def _axes_behind(looking: Looking, axis: int) -> list[int]:
    found = looking.connection.execute("SELECT id FROM axis WHERE run = ? AND id > ? ORDER BY id", (looking.run, axis))
    return [axis_id for (axis_id,) in found.fetchall()]


class _Axis(msgspec.Struct, frozen=True):
    """All that stands beside one axis in the file; blocks and groups by row id of their series."""

    rows: int
    content: bytes
    span: jobs.Span | None
    axis_groups: bytes | None
    blocks: dict[int, bytes]
    groups: dict[int, bytes]


def _of_axis(looking: Looking, axis_id: int) -> Iterator[Damage | None]:
    stored = _stored(looking, axis_id)
    if stored is None:  # merged with others meanwhile, which are met later
        return
    what = f"axis {axis_id} of run {looking.name!r}"
    try:
        axis = payload.axis_from_payload(stored.content, what=what)
        if len(axis.place) != stored.rows:
            raise _contradicts(what, f"it holds {len(axis.place)} rows in place of {stored.rows}")
        yield None
    except (errors.StoreError, *_DECODING) as error:
        yield Damage(_text(error, what), looking.name)
        return
    yield from _of_axis_groups(looking, stored, axis, what=what)
    yield from _of_blocks(looking, stored, axis_id)


def _stored(looking: Looking, axis_id: int) -> _Axis | None:
    connection = looking.connection
    connection.execute("BEGIN")
    try:
        found = connection.execute("SELECT rows, payload FROM axis WHERE id = ?", (axis_id,)).fetchone()
        if found is None:
            return None
        rows, content = found
        blocks = _of_series(looking, "block", axis_id)
        if looking.version < axes.WITH_SPANS:
            return _Axis(rows, content, None, None, blocks, {})
        span = connection.execute(_SPAN, (looking.run, axis_id)).fetchone()
        of_axis = connection.execute("SELECT payload FROM axis_groups WHERE axis = ?", (axis_id,)).fetchone()
        return _Axis(
            rows,
            content,
            jobs.Span(*span) if span else None,
            of_axis[0] if of_axis else None,
            blocks,
            _of_series(looking, "groups", axis_id),
        )
    finally:
        connection.execute("ROLLBACK")


def _of_series(looking: Looking, table: str, axis_id: int) -> dict[int, bytes]:
    """Return the payloads of a table that belong to an axis, by row id of their series."""
    found = looking.connection.execute(_PAYLOADS.format(table), (axis_id, looking.run)).fetchall()
    payloads: dict[int, bytes] = dict(found)
    return payloads


def _of_axis_groups(looking: Looking, stored: _Axis, axis: payload.Axis, *, what: str) -> Iterator[Damage | None]:
    if stored.span is None:
        if stored.groups or stored.axis_groups is not None:
            yield Damage(f"{what} has groups, but what it covers is not told", looking.name)
        return
    if stored.span != grouping.span_of(axis, flags=stored.span.flags & rollup.THINNED):
        yield Damage(f"what {what} covers is told wrongly", looking.name)
    of_groups = f"the groups of {what}"
    if stored.axis_groups is None:
        yield Damage(f"{of_groups} are missing", looking.name)
        return
    try:
        told = rollup.axis_groups_from_payloads(
            [stored.axis_groups], rows=np.array([stored.rows]), what=lambda _: of_groups
        )
        if not _alike(told, grouping.groups_of_axis(axis)):
            raise _contradicts(of_groups, "they do not fit its rows")
        yield None
    except (errors.StoreError, *_DECODING) as error:
        yield Damage(_text(error, of_groups), looking.name)


def _of_blocks(looking: Looking, stored: _Axis, axis_id: int) -> Iterator[Damage | None]:
    name_of: dict[int, str] = dict(
        looking.connection.execute("SELECT id, name FROM series WHERE run = ?", (looking.run,)).fetchall()
    )
    is_thinned = stored.span is not None and bool(stored.span.flags & rollup.THINNED)
    for series in sorted(stored.blocks.keys() | stored.groups.keys()):
        what = f"block {axis_id} of series {name_of[series]!r} of run {looking.name!r}"
        block, groups = stored.blocks.get(series), stored.groups.get(series)
        try:
            values = None if block is None else _values(block, rows=stored.rows, what=what)
            if values is None and not is_thinned:
                raise _contradicts(what, "it is missing")
            yield None
            if groups is not None:
                _check_groups(groups, values, rows=stored.rows, what=f"the groups of {what}")
                yield None
            elif stored.span is not None:
                raise _contradicts(f"the groups of {what}", "they are missing")
        except (errors.StoreError, *_DECODING) as error:
            yield Damage(_text(error, what), looking.name, name_of[series])


def _values(block: bytes, *, rows: int, what: str) -> payload.Floats:
    values = payload.values_from_block(block, what=what)
    if len(values) != rows:
        raise _contradicts(what, f"it holds {len(values)} values in place of {rows}")
    return values


def _check_groups(groups: bytes, values: payload.Floats | None, *, rows: int, what: str) -> None:
    told = rollup.groups_from_payloads([groups], rows=np.array([rows]), what=lambda _: what)
    if values is not None and not _alike(told, grouping.groups_of_values(values[None])[0]):
        raise _contradicts(what, "they do not fit its values")


def _alike(told: object, counted: object) -> bool:
    """Tell whether two structures of columns say the same; sums may differ in their last digits."""
    if isinstance(told, msgspec.Struct) and isinstance(counted, msgspec.Struct):
        return all(
            _alike_sums(getattr(told, name), getattr(counted, name))
            if name == "sum"
            else _alike(getattr(told, name), getattr(counted, name))
            for name in told.__struct_fields__
        )
    return bool(np.array_equal(np.asarray(told), np.asarray(counted), equal_nan=True))


def _alike_sums(told: payload.Floats, counted: payload.Floats) -> bool:
    with np.errstate(all="ignore"):
        return bool(
            np.allclose(
                told, counted, rtol=_SUM_TELLS, atol=np.inf if not np.isfinite(counted).all() else 1e-6, equal_nan=True
            )
        )


def _of_log(looking: Looking) -> Iterator[Damage | None]:
    newest = 0
    query = "SELECT id, payload, rows, place, attempt, shape FROM log WHERE run = ? AND id > ? ORDER BY id LIMIT ?"
    while found := looking.connection.execute(query, (looking.run, newest, _LOG_ROWS)).fetchall():
        for newest, content, count, place, attempt, shape in found:
            what = f"log row {newest} of run {looking.name!r}"
            try:
                rows = payload.rows_from_log(content, rows=count, place=place, attempt=attempt, what=what)
                if rows.values.shape[1] != len(shapes.names(looking.connection, shape)):
                    raise _contradicts(what, "it holds more or fewer columns than its names")
                yield None
            except (errors.StoreError, *_DECODING) as error:
                yield Damage(_text(error, what), looking.name)


def _of_counts(looking: Looking) -> Iterator[Damage]:
    found = looking.connection.execute(_COUNTS, (looking.run,)).fetchone()
    if found is not None and found[0] != found[1]:
        yield Damage(f"{found[0]} rows were stored and {found[1]:.0f} are there", looking.name)


def _contradicts(what: str, how: str) -> errors.StoreError:
    return errors.StoreError(f"{what} is damaged: {how}. Other blocks are not affected; restore the file from a backup")


def _text(error: Exception, what: str) -> str:
    return str(error) if isinstance(error, errors.StoreError) else f"{what} cannot be decoded: {error}"
