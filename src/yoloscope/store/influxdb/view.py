"""One moment of one run, as `ports.View` wants it: spans from the ledger, groups and blocks from InfluxDB, the tail from memory.

Made by `project`. Columns of a part are fetched once, all axes with the values that are asked for, since a chart needs both, and from
the blocks of its sealing (see `sealing`). The tail of each shape is one more part, without groups.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from yoloscope.records import row
from yoloscope.store.influxdb import fetch, ledger, lines, reading, sealing
from yoloscope.store.ports_view import Extent, Floats, Groups, IntColumn, Ints, Parts
from yoloscope.store.series import codec, grouping, jobs, payload, rollup

_EXTENTS = (
    (rollup.STEP_ASCENDS, "step"),
    (rollup.EPOCH_ASCENDS, "epoch"),
    (rollup.WALL_ASCENDS, "wall"),
    (rollup.MONO_ASCENDS, "mono"),
)
_NO_LOW = 2**63 - 1
_PARTS_AT_ONCE = 100  # of some 50 KB each, in one answer


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
        self._floats: dict[tuple[str, int], Floats] = {}
        self._ints: dict[tuple[str, int], Ints] = {}

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
        self._load(name, parts)
        found = [self._floats[lines.field_of(name), part] for part in parts]
        return np.concatenate([np.empty(0), *found])

    def ints(self, name: str, parts: Sequence[int], column: IntColumn) -> Ints:
        """Return a column of the rows that `values` answers; raises as `groups`."""
        if column == "row":
            found = [np.arange(self._parts[part].span.rows, dtype=np.int64) for part in parts]
        else:
            self._load(name, parts)
            found = [self._ints[column, part] for part in parts]
        return np.concatenate([np.empty(0, np.int64), *found])

    def epochs(self, name: str, parts: Sequence[int]) -> Floats:
        """Return the epochs of the rows that `values` answers, NaN for none; raises as `groups`."""
        self._load(name, parts)
        return np.concatenate([np.empty(0), *(self._floats[sealing.EPOCH_FIELD, part] for part in parts)])

    def _load(self, name: str, parts: Sequence[int]) -> None:
        """Have all columns of some parts at hand: whoever asks for one asks for others."""
        field = lines.field_of(name)
        of_shape: dict[tuple[int, bool], list[ledger.Part]] = {}
        for part in parts:
            if (field, part) in self._floats:
                continue
            held = self._parts[part]
            if held.sealed is None:
                self._load_tail(name, part)
            else:
                has_axis = (sealing.EPOCH_FIELD, part) in self._floats
                of_shape.setdefault((held.shape, has_axis), []).append(held.sealed)
        for (_, has_axis), some in of_shape.items():
            for start in range(0, len(some), _PARTS_AT_ONCE):
                self._load_sealed(some[start : start + _PARTS_AT_ONCE], field, has_axis=has_axis)

    def _load_sealed(self, parts: Sequence[ledger.Part], field: str, *, has_axis: bool) -> None:
        ints = () if has_axis else sealing.INT_COLUMNS
        floats = (field,) if has_axis else (field, sealing.EPOCH_FIELD)
        fields = [*floats, *(f"_{column}" for column in ints)]
        found = fetch.sealed_fields(self._of.of, parts, suffix=lines.BLOCKS_SUFFIX, fields=fields)
        for part, contents in zip(parts, found, strict=True):
            what = f"a block of part {part.id} of run {self._of.of.run!r}"
            for key, content in zip(floats, contents[: len(floats)], strict=True):
                self._floats[key, part.id] = payload.values_from_block(content, what=what)
            for column, content in zip(ints, contents[len(floats) :], strict=True):
                self._ints[column, part.id] = codec.ints_from_bytes(payload.unwrapped(content, what=what))

    def _load_tail(self, name: str, part: int) -> None:
        one = self._tails[part]
        rows = one.in_part_order
        self._floats[lines.field_of(name), part] = rows.values[:, one.names.index(name)]
        self._floats[sealing.EPOCH_FIELD, part] = rows.epoch
        for column in sealing.INT_COLUMNS:
            self._ints[column, part] = getattr(rows, column)

    def _payloads(self, field: str, parts: Sequence[int]) -> list[bytes]:
        of_shape: dict[int, list[ledger.Part]] = {}
        for part in parts:
            sealed = self._parts[part].sealed
            assert sealed is not None, "only what is sealed has groups"
            of_shape.setdefault(sealed.shape, []).append(sealed)
        found: dict[int, bytes] = {}
        for some in of_shape.values():
            contents = fetch.sealed_fields(self._of.of, some, suffix=lines.GROUPS_SUFFIX, fields=[field])
            found |= {part.id: content for part, (content,) in zip(some, contents, strict=True)}
        return [found[part] for part in parts]

    def _what(self, name: str, parts: Sequence[int]) -> rollup.What:
        return lambda at: f"the groups of part {parts[at]} of series {name!r} of run {self._of.of.run!r}"


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
