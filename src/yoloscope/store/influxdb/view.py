"""One moment of one run, as `ports.View` wants it: spans from the ledger, groups and rows of parts from InfluxDB, the tail from memory.

Made by `project`. Rows of a part are fetched once, all axes with the values that are asked for, since a chart needs both. The tail of
each shape is one more part, without groups.
"""

import base64
from collections.abc import Sequence

import msgspec
import numpy as np

from yoloscope.records import row
from yoloscope.store.influxdb import fetch, ledger, lines, reading, sealing
from yoloscope.store.ports_view import Extent, Floats, Groups, IntColumn, Ints, Parts
from yoloscope.store.series import grouping, jobs, payload, rollup

_EXTENTS = (
    (rollup.STEP_ASCENDS, "step"),
    (rollup.EPOCH_ASCENDS, "epoch"),
    (rollup.WALL_ASCENDS, "wall"),
    (rollup.MONO_ASCENDS, "mono"),
)
_NO_LOW = 2**63 - 1


class _Held(msgspec.Struct, frozen=True):
    """A part of the view: where its rows come from, and what they cover."""

    shape: int
    span: jobs.Span
    sealed: ledger.Part | None


class View:
    """What one run held when it was made. For one thread."""

    def __init__(self, names: list[str], of: reading.Snapshot) -> None:
        self._names = names
        self._of = of
        self._parts = {part.id: _Held(shape, part.span, part) for shape, parts in of.parts.items() for part in parts}
        self._tails = {-1 - one.shape: one for one in of.tails}
        for number, one in self._tails.items():
            self._parts[number] = _Held(one.shape, grouping.span_of(sealing.axis(one.in_part_order)), None)
        self._rows: dict[tuple[str, int], payload.Rows] = {}

    def names(self) -> list[str]:
        """Return the names of the run's series in order of first arrival."""
        return self._names

    def parts(self, name: str) -> Parts:
        """Return the parts that hold rows of a series (see `ports.View`)."""
        held = {number: one for number, one in self._parts.items() if name in self._of.names[one.shape]}
        spans = [one.span for one in held.values()]
        flags = np.array([span.flags for span in spans], np.int64)
        step, epoch, wall_ns, mono_ns = (_extent(spans, flags, flag=flag, axis=axis) for flag, axis in _EXTENTS)
        return Parts(
            id=np.array(list(held), np.int64),
            rows=np.array([span.rows for span in spans], np.int64),
            attempt=np.array([span.attempt for span in spans], np.int64),
            grouped=np.array([one.sealed is not None for one in held.values()], np.bool_),
            whole=np.ones(len(held), np.bool_),
            step=step,
            epoch=epoch,
            wall_ns=wall_ns,
            mono_ns=mono_ns,
        )

    def groups(self, name: str, parts: Sequence[int]) -> Groups:
        """Return the groups of a series in some parts, all of which are ``grouped`` (see `ports.View`).

        Raises:
            StoreError: if InfluxDB cannot be read, or lacks what it held.
        """
        rows = np.array([self._parts[part].span.rows for part in parts], np.int64)
        what = self._what(name, parts)
        axis = rollup.axis_groups_from_payloads(self._payloads(sealing.AXIS_FIELD, parts), rows=rows, what=what)
        of_values = rollup.groups_from_payloads(self._payloads(lines.field_of(name), parts), rows=rows, what=what)
        places = rollup.places(rows)
        return Groups(
            part=np.array(parts, np.int64)[places.part],
            at=places.at,
            count=places.count,
            attempt=axis.attempt,
            step=axis.step,
            epoch=axis.epoch,
            wall_ns=axis.wall_ns,
            mono_ns=axis.mono_ns,
            nan=of_values.nan,
            first=of_values.first,
            last=of_values.last,
            min=of_values.min,
            max=of_values.max,
            sum=of_values.sum,
        )

    def values(self, name: str, parts: Sequence[int]) -> Floats:
        """Return all values of a series in some parts (see `ports.View`); raises as `groups`."""
        return np.concatenate([np.empty(0), *(found.values[:, 0] for found in self._fetched(name, parts))])

    def ints(self, name: str, parts: Sequence[int], column: IntColumn) -> Ints:
        """Return a column of the rows that `values` answers; raises as `groups`."""
        found = self._fetched(name, parts)
        if column == "row":
            return np.concatenate([_NO_INTS, *(np.arange(len(one.place), dtype=np.int64) for one in found)])
        return np.concatenate([_NO_INTS, *(_column(one, column) for one in found)])

    def epochs(self, name: str, parts: Sequence[int]) -> Floats:
        """Return the epochs of the rows that `values` answers, NaN for none; raises as `groups`."""
        return np.concatenate([np.empty(0), *(found.epoch for found in self._fetched(name, parts))])

    def _payloads(self, field: str, parts: Sequence[int]) -> list[bytes]:
        of_shape: dict[int, list[ledger.Part]] = {}
        for part in parts:
            sealed = self._parts[part].sealed
            assert sealed is not None, "only what is sealed has groups"
            of_shape.setdefault(sealed.shape, []).append(sealed)
        found: dict[int, str] = {}
        for some in of_shape.values():
            found |= fetch.group_payloads(self._of.of, some, field=field)
        return [base64.b64decode(found[part]) for part in parts]

    def _fetched(self, name: str, parts: Sequence[int]) -> list[payload.Rows]:
        """Return the rows of parts with the values of one series, fetched at the first time."""
        missing: dict[int, list[ledger.Part]] = {}
        for part in parts:
            if (name, part) not in self._rows:
                held = self._parts[part]
                if held.sealed is None:
                    self._rows[name, part] = self._of_tail(name, part)
                else:
                    missing.setdefault(held.shape, []).append(held.sealed)
        for some in missing.values():
            for sealed, found in fetch.rows_by_part(self._of.of, some, names=[name]):
                self._rows[name, sealed.id] = found
        return [self._rows[name, part] for part in parts]

    def _of_tail(self, name: str, part: int) -> payload.Rows:
        one = self._tails[part]
        column = one.names.index(name)
        rows = one.in_part_order
        return msgspec.structs.replace(rows, values=rows.values[:, column : column + 1])

    def _what(self, name: str, parts: Sequence[int]) -> rollup.What:
        return lambda at: f"the groups of part {parts[at]} of series {name!r} of run {self._of.of.run!r}"


_NO_INTS = np.empty(0, np.int64)


def _column(rows: payload.Rows, name: str) -> Ints:
    column: Ints = getattr(rows, name)
    return column


def _extent(spans: Sequence[jobs.Span], flags: Ints, *, flag: int, axis: str) -> Extent:
    ascends = (flags & flag) != 0
    if axis == "epoch":
        return Extent(_floats([span.epoch_min for span in spans]), _floats([span.epoch_max for span in spans]), ascends)
    low = [getattr(span, f"{axis}_min") for span in spans]
    high = [getattr(span, f"{axis}_max") for span in spans]
    return Extent(
        np.array([_NO_LOW if end is None else end for end in low], np.int64),
        np.array([row.NO_STEP if end is None else end for end in high], np.int64),
        ascends,
    )


def _floats(ends: list[float | None]) -> Floats:
    return np.array(ends, np.float64)  # None becomes NaN
