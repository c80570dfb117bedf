"""Runs that belong together as one curve: mean and deviation over the runs of a group, on an axis that all groups share.

Called by the groups route. The axis of a name is cut into equal buckets over all that the runs cover. What a run says in a bucket is the mean
of its points there; nothing is put where a run has no point, not between its points and not beyond its ends, so that a run which ended
early leaves the group (``n`` falls) instead of being carried on.
"""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope import errors
from yoloscope.curves import downsample
from yoloscope.query import answers, naming, series, tables
from yoloscope.records import ids
from yoloscope.store import ports

POINTS_MAX = 50_000_000
"""Points that are read for one answer; some ten seconds of reading."""
COLUMNS = ("x", "x_end", "mean", "std", "min", "max", "n", "nan")
_INTS = ("n", "nan")
_SLACK = 1e-6  # a hundred points, each a rounding error from its place, are a hundred buckets and not 99
_SECTIONS = ("config", "settings")
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]


class Group(msgspec.Struct, frozen=True):
    """One name over the runs that share a value; columns of equal length, an entry for each bucket in which any run of any group has a point.

    ``x`` and ``x_end`` are the first and last x of all points in the bucket, those of other groups included. ``mean``, ``std`` (sample
    deviation, NaN of fewer than two), ``min`` and ``max`` are over what the ``n`` runs say that have a number there; ``nan`` counts runs
    that have nothing but NaN there. ``total`` counts points.
    """

    value: object
    runs: list[ids.RunId]
    name: str
    total: int
    x_axis: series.XAxis
    x: _Floats
    x_end: _Floats
    mean: _Floats
    std: _Floats
    min: _Floats
    max: _Floats
    n: _Ints
    nan: _Ints


class Answer(msgspec.Struct, frozen=True):
    """Groups by name and value, and the names that none of the runs has."""

    groups: list[Group]
    missing: list[naming.Missing]


class _Run(msgspec.Struct, frozen=True):
    """What one run says in each bucket; NaN where it has no number."""

    said: _Floats
    there: _Bools
    points: int


def groups(
    store: ports.SeriesStore,
    *,
    infos: Sequence[ports.RunInfo],
    by: str,
    names: Sequence[str],
    window: series.Window,
) -> Answer:
    """Return each name over the runs that share a value of `by`; ``window.buckets`` is how fine at most.

    Raises:
        InvalidRecord: if `by` is no way to group, or none of the runs has such a key.
        TooMuch: if there are too many series, or points in them.
    """
    shared = runs_by_value(infos, by=by)
    meant, missing = answers.resolved(store, infos, names=names)
    extents = _extents(store, meant, window=window)
    _check_points(extents)
    found: list[Group] = []
    for name, of in extents.items():
        axis = _Axis(of, buckets=window.buckets)
        having = [one for one in meant if one.info.ref.id in of]
        said = {run: axis.said(points) for run, points in _raw(store, having, name=name, window=window)}
        found += _of_name(name, shared, said=said, axis=axis, x_axis=window.x)
    return Answer(found, missing)


def runs_by_value(infos: Sequence[ports.RunInfo], *, by: str) -> list[tuple[object, list[ids.RunId]]]:
    """Return each value that runs have of a tag, their group or a key, with those runs: numbers and words in order, ``None`` last.

    A run with several tags is in several groups.

    Raises:
        InvalidRecord: if `by` is no way to group, or none of the runs has such a key.
    """
    found: dict[bytes, tuple[object, list[ids.RunId]]] = {}
    for info in infos:
        for value in _values(info, by=by):
            found.setdefault(_key(value), (value, []))[1].append(info.ref.id)
    if by.partition(".")[0] in _SECTIONS and infos and all(value is None for value, _ in found.values()):
        raise _unknown(infos, by=by)
    return sorted(found.values(), key=lambda one: _place(one[0]))


def table(found: Sequence[Group]) -> tables.Table:
    """Return groups in long form: a row for each bucket, with the group's value as text and the name."""
    texts = tuple(dict.fromkeys(_text(one.value) for one in found))
    names = tuple(dict.fromkeys(one.name for one in found))
    fields = (
        tables.Field("group", "label", texts),
        tables.Field("name", "label", names),
        *(tables.Field(key, "int" if key in _INTS else "float") for key in COLUMNS),
    )
    return tables.Table(fields, _pieces(found, texts=texts, names=names))


def _pieces(found: Sequence[Group], *, texts: Sequence[str], names: Sequence[str]) -> Iterator[tables.Piece]:
    for one in found:
        rows = len(one.x)
        group = tables.labels(texts.index(_text(one.value)), rows=rows)
        name = tables.labels(names.index(one.name), rows=rows)
        yield (group, name, *(tables.Cells(getattr(one, key)) for key in COLUMNS))


class _Extent(msgspec.Struct, frozen=True):
    """Where a run's points of a name lie on the axis, and how many they are."""

    low: float
    high: float
    total: int

    @property
    def spacing(self) -> float:
        """How far apart its points are on average; NaN of fewer than two."""
        return self.high / (self.total - 1) - self.low / (self.total - 1) if self.total > 1 else math.nan


class _Axis:
    """Equal buckets over what the runs cover, none narrower than the points of most runs stand apart."""

    def __init__(self, extents: Mapping[ids.RunId, _Extent], *, buckets: int) -> None:
        low = min((one.low for one in extents.values()), default=0.0)
        high = max((one.high for one in extents.values()), default=0.0)
        apart = [one.spacing for one in extents.values() if one.total > 1]
        self.buckets = _count(low, high, apart=float(np.median(apart)) if apart else 0.0, most=buckets)
        self._edges = downsample.edges_of(low, high, buckets=self.buckets)[1:-1]
        self.x = np.full(self.buckets, math.inf)
        self.x_end = np.full(self.buckets, -math.inf)

    def said(self, points: tuple[_Floats, _Floats]) -> _Run:
        """Return what a run says in each bucket, and take note of where its points lie."""
        x, y = points
        at = np.searchsorted(self._edges, x, side="right")
        np.fmin.at(self.x, at, x)
        np.fmax.at(self.x_end, at, x)
        there = np.bincount(at, minlength=self.buckets) > 0
        numbers = ~np.isnan(y)
        return _Run(_means(at[numbers], y[numbers], buckets=self.buckets), there, len(x))


def _count(low: float, high: float, *, apart: float, most: int) -> int:
    """Return how many buckets there are: finer than the points stand apart, runs would take turns and their mean would jump."""
    share = high / apart - low / apart if apart > 0 else math.inf
    return 1 if high <= low else min(most, math.floor(share + _SLACK) + 1) if math.isfinite(share) else most


def _means(at: _Ints, y: _Floats, *, buckets: int) -> _Floats:
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        count = np.bincount(at, minlength=buckets)
        mean = np.bincount(at, weights=y, minlength=buckets) / count
        if not np.isfinite(mean[count > 0]).all():
            # Dividing first keeps the mean of huge finite values finite; real infinities stay what they are.
            shares = np.bincount(at, weights=y / np.maximum(count, 1)[at], minlength=buckets)
            mean = np.where(np.isfinite(mean), mean, np.where(count > 0, shares, math.nan))
    return mean


def _extents(
    store: ports.SeriesStore, meant: Sequence[answers.Meant], *, window: series.Window
) -> dict[str, dict[ids.RunId, _Extent]]:
    """Return for each name what each run that has points of it in the window covers."""
    whole = msgspec.structs.replace(window, buckets=1)
    found: dict[str, dict[ids.RunId, _Extent]] = {name: {} for one in meant for name in one.names}
    for one in meant:
        for of in answers.of_run(store, one, window=whole):
            if of.total and of.x_end is not None:
                found[of.name][of.run] = _Extent(float(of.x[0]), float(of.x_end[-1]), of.total)
    return found


def _raw(
    store: ports.SeriesStore, having: Sequence[answers.Meant], *, name: str, window: series.Window
) -> Iterator[tuple[ids.RunId, tuple[_Floats, _Floats]]]:
    """Yield the points of each run that still has any."""
    asked = msgspec.structs.replace(window, buckets=0)
    for one in having:
        for of in answers.of_run(store, msgspec.structs.replace(one, names=[name]), window=asked):
            assert of.y is not None
            yield of.run, (of.x, of.y)


def _check_points(extents: Mapping[str, Mapping[ids.RunId, _Extent]]) -> None:
    points = sum(one.total for of in extents.values() for one in of.values())
    if points > POINTS_MAX:
        raise errors.TooMuch(
            f"{points:,} points would have to be read, more than {POINTS_MAX:,}",
            field="name",
            fix="ask for fewer names or runs, or for a narrower window",
        )


def _of_name(
    name: str,
    shared: Sequence[tuple[object, list[ids.RunId]]],
    *,
    said: Mapping[ids.RunId, _Run],
    axis: _Axis,
    x_axis: series.XAxis,
) -> Iterator[Group]:
    used = axis.x <= axis.x_end
    for value, runs in shared:
        of = [said[run] for run in runs if run in said]
        if not of:
            continue
        rows = np.stack([one.said[used] for one in of])
        there = np.stack([one.there[used] for one in of])
        total = sum(one.points for one in of)
        having = [run for run in runs if run in said]
        yield Group(value, having, name, total, x_axis, axis.x[used], axis.x_end[used], *_over_runs(rows, there=there))


def _over_runs(rows: _Floats, *, there: NDArray[np.bool_]) -> tuple[_Floats, _Floats, _Floats, _Floats, _Ints, _Ints]:
    """Return mean, deviation, least, greatest, and the runs with a number and with NaN alone, of ``(runs, buckets)``."""
    number = ~np.isnan(rows)
    n = number.sum(axis=0, dtype=np.int64)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = _mean_of(np.where(number, rows, 0.0), n=n)
        apart = np.where(number, rows - mean, 0.0)
        std: _Floats = np.sqrt((apart**2).sum(axis=0) / (n - 1))
    std[n < 2] = math.nan
    least: _Floats = np.where(number, rows, math.inf).min(axis=0)
    greatest: _Floats = np.where(number, rows, -math.inf).max(axis=0)
    least[n == 0] = greatest[n == 0] = math.nan
    return mean, std, least, greatest, n, (there & ~number).sum(axis=0, dtype=np.int64)


def _mean_of(numbers: _Floats, *, n: _Ints) -> _Floats:
    mean: _Floats = numbers.sum(axis=0) / n
    divided_first: _Floats = (numbers / np.maximum(n, 1)).sum(axis=0)  # as above: huge values stay finite
    return np.where(np.isfinite(mean) | (n == 0), mean, divided_first)


def _values(info: ports.RunInfo, *, by: str) -> list[object]:
    if by == "tag":
        return list(dict.fromkeys(info.ref.tags)) or [None]
    if by == "group":
        return [info.ref.group]
    section, _, key = by.partition(".")
    if section in _SECTIONS and key:
        return [_looked_up(info.config if section == "config" else info.settings, key)]
    raise errors.InvalidRecord(
        f"runs cannot be grouped by {by[:80]!r}", field="by", fix="use tag, group, config.<key> or settings.<key>"
    )


def _looked_up(values: Mapping[str, object], key: str) -> object:
    """Return a value by its key, or by a path of keys with dots between them; ``None`` if there is none."""
    if key in values:
        return values[key]
    head, _, rest = key.partition(".")
    inner = values.get(head)
    return _looked_up(cast("Mapping[str, object]", inner), rest) if rest and isinstance(inner, dict) else None


def _unknown(infos: Sequence[ports.RunInfo], *, by: str) -> errors.InvalidRecord:
    section = by.partition(".")[0]
    keys = {f"{section}.{key}" for info in infos for key in (info.config if section == "config" else info.settings)}
    near = difflib.get_close_matches(by, sorted(keys - {by}), n=1)
    fix = f"did you mean {near[0]}?" if near else "use a key that the runs have"
    return errors.InvalidRecord(f"none of the runs has a value of {by[:80]!r}", field="by", fix=fix)


def _key(value: object) -> bytes:
    """Return what is equal for equal values: 640 and 640.0 are one, 1 and true are not."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return msgspec.json.encode(whole, order="deterministic")


def _place(value: object) -> tuple[int, float, str]:
    if value is None:
        return 2, 0.0, ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
