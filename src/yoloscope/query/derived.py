"""Series that are computed from others when they are asked for: how far validation lies behind training.

Called by `answers`, `groups` and the run routes. What a later attempt superseded is left out. A training's mean over an epoch is that of all
its points, not of buckets, and NaN among them is left out, as everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import downsample, supersede
from yoloscope.query import attempts as attempt_queries
from yoloscope.query import series
from yoloscope.records import names
from yoloscope.store import ports

PREFIX = "derived/"
_LOSS = "_loss"
_TOTAL = "total"
_EPOCH_SLACK = 1e-9  # an epoch of 49 batches ends at 49 * (1 / 49), which is not quite 1
_Floats = NDArray[np.float64]


class Kind(msgspec.Struct, frozen=True):
    """One kind of derived series; ``<x>`` in names and formula stands for a component of the loss."""

    prefix: str
    unit: str
    direction: names.Direction
    title_en: str
    title_zh: str
    formula: str


GAP = Kind(
    prefix="derived/gap/",
    unit="",
    direction="none",  # the least gap is that of a model that has learnt nothing
    title_en="Generalisation gap: {part}",
    title_zh="泛化差距：{part}",
    formula="val/<x>_loss at the end of an epoch - mean of train/<x>_loss over that epoch; total: the sum of the components",
)
KINDS = (GAP,)


def names_from_stored(stored: Iterable[str]) -> list[str]:
    """Return the derived series that a run with such series has."""
    there = dict.fromkeys(stored)
    parts = [_component(name) for name in there if _component(name) and f"train/{name.removeprefix('val/')}" in there]
    total = [_TOTAL] if len(parts) > 1 and _TOTAL not in parts else []
    return [GAP.prefix + part for part in (*parts, *total)]


def meaning(name: str) -> names.Meaning:
    """Return what a derived series means."""
    part = name.removeprefix(GAP.prefix)
    en, zh = ("total", "合计") if part == _TOTAL else _titles(part)
    return names.Meaning("loss", GAP.unit, GAP.direction, GAP.title_en.format(part=en), GAP.title_zh.format(part=zh))


def series_columns(
    store: ports.SeriesStore, info: ports.RunInfo, *, name: str, window: series.Window
) -> series.Columns:
    """Return a derived series, which `names_from_stored` gave, over a window, as `series.series_columns` does a stored one."""
    points = points_of(store, info, name=name)
    if window.attempt is not None:
        number_of = attempt_queries.number_of(info.attempts)
        keys = [key for key, number in number_of.items() if number == window.attempt]
        points = _taken(points, np.isin(points.attempt, keys))
    if window.which == "superseded":
        points = _taken(points, np.zeros(len(points.value), np.bool_))
    stat = None
    if window.x == "elapsed":
        stat = store.run_stats(info.ref.project, [info.ref.id]).get(info.ref.id)
    xs = series.x_from_points(points, axis=window.x, attempts=info.attempts, stat=stat)
    has_x = np.isfinite(xs)
    without_x = int(np.count_nonzero(~has_x))
    lo, hi = (-np.inf if window.lo is None else window.lo), (np.inf if window.hi is None else window.hi)
    inside = has_x & (xs >= lo) & (xs <= hi)
    return _shaped(info, name, xs[inside], points.value[inside], window=window, without_x=without_x)


def points_of(store: ports.SeriesStore, info: ports.RunInfo, *, name: str) -> ports.Points:
    """Return the points of a derived series: a value for each validation that has a training before it."""
    stored = [stat.name for stat in store.series(info.ref.project, info.ref.id)]
    part = name.removeprefix(GAP.prefix)
    losses = _pairs(stored)
    if part != _TOTAL or _TOTAL in losses:
        return _gap(store, info, loss=losses[part])
    return _summed([_gap(store, info, loss=loss) for loss in losses.values()])


def _pairs(stored: Sequence[str]) -> dict[str, str]:
    """Return by component the loss that both training and validation have, without its split."""
    there = set(stored)
    found = {_component(name): name.removeprefix("val/") for name in stored}
    return {part: loss for part, loss in found.items() if part and f"train/{loss}" in there}


def _component(name: str) -> str:
    """Return which part of the loss a series of the validation is; nothing if it is no loss."""
    loss = name.removeprefix("val/")
    return loss.removesuffix(_LOSS) if loss != name and "loss" in loss else ""


def _titles(part: str) -> tuple[str, str]:
    means = names.meaning(f"val/{part}{'' if 'loss' in part else _LOSS}")
    return means.title_en.removesuffix(" (val)"), means.title_zh.removesuffix("（验证）")


def _gap(store: ports.SeriesStore, info: ports.RunInfo, *, loss: str) -> ports.Points:
    validation = _kept(store, info, name=f"val/{loss}")
    ends = validation.epoch
    (train,) = series.columns_of(store, [info], names=[f"train/{loss}"], window=series.Window("epoch", 0))
    assert train.y is not None
    mean_of = epoch_means(train.x, train.y, ends=np.unique(ends[np.isfinite(ends)]))
    matched = np.array([end in mean_of for end in ends.tolist()], np.bool_)
    found = _taken(validation, matched)
    means = np.array([mean_of[end] for end in found.epoch.tolist()], np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        return msgspec.structs.replace(found, value=found.value - means)


def epoch_means(epochs: _Floats, values: _Floats, *, ends: _Floats) -> Mapping[float, float]:
    """Return the mean over the epoch before each end that has a point in it; NaN where all of its points are."""
    order = np.argsort(epochs, kind="stable")
    epochs, values = epochs[order], values[order]
    starts = np.searchsorted(epochs, ends - 1 + _EPOCH_SLACK, side="right").tolist()
    stops = np.searchsorted(epochs, ends + _EPOCH_SLACK, side="right").tolist()
    return {
        end: _mean(values[start:stop])
        for end, start, stop in zip(ends.tolist(), starts, stops, strict=True)
        if stop > start
    }


def _mean(values: _Floats) -> float:
    numbers = values[~np.isnan(values)]
    if not len(numbers):
        return float("nan")
    with np.errstate(invalid="ignore", over="ignore"):
        mean = float(numbers.mean())
        return mean if np.isfinite(mean) else float((numbers / len(numbers)).sum())


def _kept(store: ports.SeriesStore, info: ports.RunInfo, *, name: str) -> ports.Points:
    """Return the points that no later attempt superseded, attempt by attempt as their clocks saw them."""
    points = store.points(info.ref.project, info.ref.id, name)
    hidden = supersede.superseded(
        name,
        attempt=points.attempt,
        step=points.step,
        epoch=points.epoch,
        wall_ns=points.wall_ns,
        starts=[attempt.start for attempt in info.attempts],
    )
    place_of = {attempt.number: place for place, attempt in enumerate(info.attempts)}
    places = np.array([place_of.get(number, -1) for number in points.attempt.tolist()], np.int64)
    order = np.lexsort((points.mono_ns, places))
    return _taken(points, order[~hidden[order]])


def _summed(parts: Sequence[ports.Points]) -> ports.Points:
    """Return the sum of components over the validations that have a value of each."""
    keys = [list(zip(part.attempt.tolist(), part.mono_ns.tolist(), strict=True)) for part in parts]
    of_key = [dict(zip(key, part.value.tolist(), strict=True)) for key, part in zip(keys, parts, strict=True)]
    in_all = np.array([all(key in one for one in of_key) for key in keys[0]], np.bool_)
    found = _taken(parts[0], in_all)
    kept = [key for key, there in zip(keys[0], in_all.tolist(), strict=True) if there]
    return msgspec.structs.replace(found, value=np.array([sum(one[key] for one in of_key) for key in kept], np.float64))


def _taken(points: ports.Points, which: NDArray[np.bool_] | NDArray[np.intp]) -> ports.Points:
    return ports.Points(**{key: getattr(points, key)[which] for key in ports.Points.__struct_fields__})


def _shaped(
    info: ports.RunInfo, name: str, xs: _Floats, ys: _Floats, *, window: series.Window, without_x: int
) -> series.Columns:
    if window.buckets == 0:
        return series.Columns(info.ref.id, name, len(xs), without_x, window.x, x=xs, y=ys)
    of = downsample.bucketed(xs, ys, buckets=window.buckets)
    columns = {key: getattr(of, key) for key in of.__struct_fields__}
    return series.Columns(info.ref.id, name, len(xs), without_x, window.x, **columns)
