"""Sealed rows back from InfluxDB, checked against what the ledger says is there.

Called by `points`, `rows`, `recount` and `view`. Rows that the ledger does not know (left by a write that was cut off) are not taken;
rows that it knows and InfluxDB lacks are an error, never a gap in a curve.
"""

import base64
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store.influxdb import client, ledger, lines
from yoloscope.store.series import payload

_AXIS = ("_place", "_step", "_mono", "_wall", "_epoch", "_special")
_PARTS_AT_ONCE = 16  # 65,000 rows a request
_NAMES_AT_ONCE = 500  # a column takes its place in a statement, and InfluxDB a few kilobytes
_PLACE_MASK = (1 << lines.PLACE_BITS) - 1

_Rows = list[tuple[int | float | str | None, ...]]


class Of(msgspec.Struct, frozen=True):
    """Whose rows are asked for: a run of a project, in one database, as one ledger knows it."""

    client: client.Client
    project: ids.ProjectName
    store: str
    run: ids.RunId
    terms: ledger.Terms

    def where(self, *, shape: int, time_min: int, time_max: int) -> str:
        """Return the condition that holds for rows of a shape within a span of time, both ends included."""
        return (
            f"WHERE \"store\" = '{self.store}' AND \"run\" = '{self.run}' AND \"shape\" = '{shape}' "
            f"AND time >= {time_min} AND time <= {time_max}"
        )


def rows_of(of: Of, parts: Sequence[ledger.Part], *, names: Sequence[str]) -> Iterator[payload.Rows]:
    """Yield the rows that `rows_by_part` does, without their parts; raises as it does."""
    return (found for _, found in rows_by_part(of, parts, names=names))


def rows_by_part(
    of: Of, parts: Sequence[ledger.Part], *, names: Sequence[str]
) -> Iterator[tuple[ledger.Part, payload.Rows]]:
    """Yield parts of one shape and their rows, sorted as a part is: by attempt, monotonic time and arrival.

    ``names`` are the columns wanted, in order; all are of the shape.

    Raises:
        StoreError: if InfluxDB cannot be read or lacks rows; the message names the run.
    """
    for some in _batches(parts):
        found = _fetched(of, some, names=names)
        for part in some:
            edges: list[int] = np.searchsorted(found.place, (part.span.place_min, part.span.place_max + 1)).tolist()
            yield part, _checked(taken_in(found, np.arange(edges[0], edges[1])), part=part, run=of.run)


def in_part_order(rows: payload.Rows) -> payload.Rows:
    """Return rows in the order in which a part holds them."""
    order = np.lexsort((rows.place, rows.mono_ns, rows.attempt))
    return rows if (np.diff(order) == 1).all() else taken_in(rows, order)


def taken_in(rows: payload.Rows, order: payload.Ints) -> payload.Rows:
    """Return rows in another order."""
    return payload.Rows(
        rows.place[order],
        rows.attempt[order],
        rows.step[order],
        rows.epoch[order],
        rows.wall_ns[order],
        rows.mono_ns[order],
        rows.values[order],
    )


def sealed_fields(of: Of, parts: Sequence[ledger.Part], *, suffix: str, fields: Sequence[str]) -> list[list[bytes]]:
    """Return, for each part, what was stored of it at its sealing: the contents of some fields, in order; all are of one shape.

    Raises:
        StoreError: if InfluxDB cannot be read or lacks something; the message names the run.
    """
    keys = {part.key_ns for part in parts}
    where = of.where(shape=parts[0].shape, time_min=min(keys), time_max=max(keys))
    columns = ", ".join(f'"{field}"' for field in fields)
    statement = f'SELECT {columns} FROM "{of.project}{suffix}" {where}'  # noqa: S608 - as below
    found: dict[object, list[bytes]] = {}
    types = (int, *([str | None] * len(fields)))
    for table in of.client.query(statement):
        for time, *contents in _decoded(table.values, types):
            if time in keys and None not in contents:
                found[time] = [base64.b64decode(str(content)) for content in contents]
    if len(found) != len(keys):
        raise _missing(of.run, found=len(found), wanted=len(keys), what="sealed pieces")
    return [found[part.key_ns] for part in parts]


def places(of: Of, *, shape: int, time_min: int, time_max: int) -> payload.Ints:
    """Return the places of rows of a shape that InfluxDB holds within a span of time; those of a wrong term are left out.

    Raises:
        StoreError: if InfluxDB cannot be read.
    """
    where = of.where(shape=shape, time_min=time_min, time_max=time_max)
    statement = f'SELECT "_place" FROM "{of.project}" {where}'  # noqa: S608 - as above
    tables = [[place for _, place in _decoded(table.values, (int, int))] for table in of.client.query(statement)]
    return _known(of, np.array([place for table in tables for place in table], np.int64))[1]


def _known(of: Of, numbers: payload.Ints) -> tuple[payload.Ints, payload.Ints]:
    """Return which rows are of the term they must have, and their places, both in order of places."""
    place = numbers & _PLACE_MASK
    known = np.flatnonzero(of.terms.of(place) == numbers >> lines.PLACE_BITS) if len(place) else place
    order = known[np.argsort(place[known], kind="stable")]
    return order, place[order]


def _batches(parts: Sequence[ledger.Part]) -> Iterator[list[ledger.Part]]:
    """Yield parts to fetch at once: those that follow each other closely in time."""
    some: list[ledger.Part] = []
    for part in sorted(parts, key=lambda one: one.time_min):
        rows = sum(one.span.rows for one in some)
        apart = some and part.time_min - some[-1].time_max > some[-1].time_max - some[0].time_min
        if some and (len(some) == _PARTS_AT_ONCE or (apart and rows)):
            yield some
            some = []
        some.append(part)
    if some:
        yield some


def _fetched(of: Of, parts: Sequence[ledger.Part], *, names: Sequence[str]) -> payload.Rows:
    """Return the rows within the times of some parts, in order of places; those of a wrong term are left out."""
    where = of.where(
        shape=parts[0].shape, time_min=min(one.time_min for one in parts), time_max=max(one.time_max for one in parts)
    )
    found: payload.Rows | None = None
    for start in range(0, max(len(names), 1), _NAMES_AT_ONCE):
        more = _asked(of, where, names=names[start : start + _NAMES_AT_ONCE])
        found = more if found is None else _beside(found, more, run=of.run)
    assert found is not None
    return found


def _beside(rows: payload.Rows, more: payload.Rows, *, run: ids.RunId) -> payload.Rows:
    if len(rows.place) != len(more.place) or (rows.place != more.place).any():
        raise errors.StoreError(f"rows of run {run!r} changed in InfluxDB while they were read; ask again")
    return msgspec.structs.replace(rows, values=np.concatenate((rows.values, more.values), axis=1))


def _asked(of: Of, where: str, *, names: Sequence[str]) -> payload.Rows:
    columns = ", ".join(f'"{column}"' for column in (*_AXIS, *map(lines.field_of, names)))
    statement = f'SELECT {columns} FROM "{of.project}" {where} GROUP BY "attempt"'  # noqa: S608 - names that hold no quote
    tables = [
        _rows(_decoded(table.values, _types(len(names))), attempt=int(table.tags["attempt"]), names=names)
        for table in of.client.query(statement)
    ]
    together = joined([*tables, _none(len(names))])
    order, place = _known(of, together.place)
    return msgspec.structs.replace(taken_in(together, order), place=place)


def _rows(found: _Rows, *, attempt: int, names: Sequence[str]) -> payload.Rows:
    if not found:
        return _none(len(names))
    _, places, steps, monos, walls, epochs, specials, *columns = zip(*found, strict=True)
    values = np.empty((len(found), len(names)))
    for at, column in enumerate(columns):
        values[:, at] = column  # None becomes NaN
    rows = payload.Rows(
        place=np.array(places, np.int64),
        attempt=np.full(len(found), attempt, np.int64),
        step=np.array([row.NO_STEP if step is None else step for step in steps], np.int64),
        epoch=np.array(epochs, np.float64),
        wall_ns=np.array(walls, np.int64),
        mono_ns=np.array(monos, np.int64),
        values=values,
    )
    for at, said in enumerate(specials):
        if said != "{}":
            _put_specials(_specials(str(said)), rows, at=at, names=names)
    return rows


def _put_specials(said: dict[str, str], rows: payload.Rows, *, at: int, names: Sequence[str]) -> None:
    for column, name in enumerate(names):
        if name in said:
            rows.values[at, column] = float(said[name])
    if lines.EPOCH in said:
        rows.epoch[at] = float(said[lines.EPOCH])
    if lines.STEP in said:
        rows.step[at] = row.NO_STEP


@functools.lru_cache(maxsize=1_000)
def _specials(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str])


@functools.lru_cache(maxsize=64)
def _types(names: int) -> tuple[object, ...]:
    return (int, int, int | None, int, int, float | None, str, *([float | None] * names))


@functools.lru_cache(maxsize=64)
def _decoder(types: tuple[object, ...]) -> Callable[[msgspec.Raw], _Rows]:
    of_row = tuple.__class_getitem__(types)
    return msgspec.json.Decoder(list.__class_getitem__(of_row)).decode


def _decoded(values: msgspec.Raw, types: tuple[object, ...]) -> _Rows:
    try:
        return _decoder(types)(values)
    except msgspec.DecodeError as error:
        raise errors.StoreError(
            f"InfluxDB answered with rows that are not ours ({error}); does another program write into this project's measurement?"
        ) from error


def joined(tables: Sequence[payload.Rows]) -> payload.Rows:
    """Return rows of equal columns, one below the other."""
    return payload.Rows(*(np.concatenate([getattr(one, column) for one in tables]) for column in _COLUMNS))


_COLUMNS = payload.Rows.__struct_fields__


def _none(names: int) -> payload.Rows:
    ints = np.empty(0, np.int64)
    return payload.Rows(ints, ints, ints, np.empty(0), ints, ints, np.empty((0, names)))


def _checked(rows: payload.Rows, *, part: ledger.Part, run: ids.RunId) -> payload.Rows:
    if len(rows.place) != part.span.rows:
        raise _missing(run, found=len(rows.place), wanted=part.span.rows, what="rows")
    return in_part_order(rows)


def _missing(run: ids.RunId, *, found: int, wanted: int, what: str) -> errors.StoreError:
    return errors.StoreError(
        f"InfluxDB holds {found} of {wanted} {what} of a part of run {run!r}: something removed the others, such as a retention "
        f"policy or another program. What is left is untouched; restore the database from a backup"
    )


def by_shape(parts: Sequence[ledger.Part]) -> dict[int, list[ledger.Part]]:
    """Return parts by shape, in the order given."""
    return {shape: list(some) for shape, some in itertools.groupby(parts, key=lambda one: one.shape)}
