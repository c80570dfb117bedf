"""How much each setting of a project explains of how differently its runs ended up.

Called by the insights routes with `outcomes`. Settings are judged among runs on the same data; the data itself is judged among all runs. Settings
that part the runs in the same way are one item: nothing can tell them apart. docs/learnt.md says how, and with which limits.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import importance
from yoloscope.query import columns_of_settings as columnar
from yoloscope.query import outcomes, settings_of_run

Verdict = Literal["matters", "no_sign", "too_few_runs", "only_with_data"]
ALPHA = 0.05
TANGLED = 0.5
"""Association from which on two settings are named as changing together for the most part."""
RANGES_MOST = 4
_RUNS_A_RANGE = 6
_TANGLES_MOST = 5
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Weight(msgspec.Struct, frozen=True):
    """One setting, or several that always changed together (``same``).

    ``share`` is what it explains alone of the spread between runs, ``unique`` what all settings together explain less without it, both 0 to 1 and
    None where runs are too few. ``trend`` is the rank correlation of a number with the result. ``n`` counts the runs that have it.
    """

    setting: str
    kind: settings_of_run.Kind
    same: list[str]
    tangled: list[str]
    values: int
    n: int
    share: float | None
    p: float | None
    trend: float | None
    unique: float | None
    verdict: Verdict


class Weights(msgspec.Struct, frozen=True):
    """The settings, the weightiest first. ``together`` is what all explain of results that they were not fitted to, None for too few runs."""

    items: list[Weight]
    runs: int
    data_sets: int
    together: float | None
    labels: list[str]


class _Part(msgspec.Struct, frozen=True):
    """Settings that part the runs in the same way."""

    columns: list[columnar.Column]
    codes: Ints


def weights(of: outcomes.Outcomes) -> Weights:
    """Return how much each setting weighs; cost: `importance.DRAWS` * runs * values of all settings."""
    runs = of.runs
    values = np.array([one.value for one in runs])
    _, blocks = np.unique([one.data.id if one.data else "" for one in runs], return_inverse=True)
    blocks = blocks.astype(np.int64)
    known = any(one.data for one in runs)
    every = columnar.columns(runs, without=(settings_of_run.DATA,) if known else ())
    parts = _parts([column for column in every if not column.is_label and _known_values(column) > 1])
    codes = [part.codes for part in parts]
    shares = importance.shares(values, codes, blocks=blocks)
    together = importance.together(values, codes, blocks=blocks)
    tangled = _tangled(parts)
    inside = values - _means(values, blocks)
    items = [
        _weight(
            part,
            shares[at],
            unique=None if together is None else together.unique[at],
            tangled=tangled[at],
            trend=_trend(part, inside, blocks=blocks),
            changes_within=_changes_within(part.codes, blocks),
        )
        for at, part in enumerate(parts)
    ]
    items += _of_data(values, blocks)
    items.sort(key=lambda one: (-(one.share or -1.0), one.p or 1.0, one.setting))
    labels = [column.name for column in every if column.is_label]
    return Weights(
        items, len(runs), int(blocks.max(initial=-1)) + 1, None if together is None else together.share, labels
    )


def _parts(columns: Sequence[columnar.Column]) -> list[_Part]:
    """Return the settings as few groups each, those that are the same but for the names of their values as one."""
    found: list[_Part] = []
    for column in columns:
        told = columnar.levels(column, parts=max(2, min(RANGES_MOST, len(column.codes) // _RUNS_A_RANGE)))
        codes = np.where(told.codes < 0, len(told.levels), told.codes)
        _, codes = np.unique(codes, return_inverse=True)
        codes = codes.astype(np.int64)
        twin = next((part for part in found if importance.same_groups(part.codes, codes)), None)
        if twin is None:
            found.append(_Part([column], codes))
        else:
            twin.columns.append(column)
    return found


def _known_values(column: columnar.Column) -> int:
    """Return how many values there are; whether a run recorded a setting at all tells of its framework, not of the setting."""
    return len(column.values) - (column.absent >= 0)


def _tangled(parts: Sequence[_Part]) -> list[list[str]]:
    """Return for each part the names of those that mostly change with it, the nearest first."""
    near: list[list[tuple[float, str]]] = [[] for _ in parts]
    for at, one in enumerate(parts):
        for place in range(at):
            other = parts[place]
            strength = importance.association(one.codes, other.codes)
            if strength >= TANGLED:
                near[at].append((-strength, other.columns[0].name))
                near[place].append((-strength, one.columns[0].name))
    return [[name for _, name in sorted(names)[:_TANGLES_MOST]] for names in near]


def _weight(
    part: _Part,
    share: importance.Share,
    *,
    unique: float | None,
    tangled: list[str],
    trend: float | None,
    changes_within: bool,
) -> Weight:
    first, *others = part.columns
    if share.p is None:
        verdict: Verdict = "too_few_runs" if changes_within else "only_with_data"
    else:
        verdict = "matters" if share.p <= ALPHA else "no_sign"
    return Weight(
        setting=first.name,
        kind=settings_of_run.kind(first.name),
        same=[column.name for column in others],
        tangled=tangled,
        values=_known_values(first),
        n=int(np.count_nonzero(first.codes != first.absent)),
        share=share.share,
        p=share.p,
        trend=trend,
        unique=unique if share.p is not None else None,
        verdict=verdict,
    )


def _of_data(values: Floats, blocks: Ints) -> list[Weight]:
    """Return the weight of the data, as an item of its own among all runs."""
    count = int(blocks.max(initial=-1)) + 1
    if count < 2:
        return []
    (share,) = importance.shares(values, [blocks], blocks=np.zeros(len(blocks), np.int64))
    verdict: Verdict = "too_few_runs" if share.p is None else "matters" if share.p <= ALPHA else "no_sign"
    return [Weight(settings_of_run.DATA, "data", [], [], count, len(values), share.share, share.p, None, None, verdict)]


def _changes_within(codes: Ints, blocks: Ints) -> bool:
    return len(np.unique(codes * (int(blocks.max(initial=0)) + 1) + blocks)) > len(np.unique(blocks))


def _means(values: Floats, blocks: Ints) -> Floats:
    counts = np.bincount(blocks)
    return (np.bincount(blocks, weights=values) / counts)[blocks] if len(values) else values


def _trend(part: _Part, inside: Floats, *, blocks: Ints) -> float | None:
    """Return Spearman's rank correlation of a number with the result within its data, -1 to 1."""
    column = part.columns[0]
    there = column.codes != column.absent
    if not column.is_numeric or int(np.count_nonzero(there)) < 3:
        return None
    one, other = _ranks(column.codes[there]), _ranks(inside[there])
    _, block = np.unique(blocks[there], return_inverse=True)
    one, other = one - _means(one, block), other - _means(other, block)
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0 else None


def _ranks(values: NDArray[np.int64] | Floats) -> Floats:
    """Return ranks from 0 on, the mean rank for equal values."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[places]
