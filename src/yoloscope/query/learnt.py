"""What a project has learnt: for each data set and setting, the effect of one value against another on the result, and how sure it is.

Called by the insights routes with `outcomes`. Runs are compared that are equal in every other setting, seeds aside; where there are too few of
those, all runs with either value are, and the answer says so. How, and with which limits, stands in docs/learnt.md.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import effects, importance
from yoloscope.query import columns_of_settings as columnar
from yoloscope.query import outcomes, settings_of_run

Verdict = Literal["helped", "hurt", "no_clear_effect", "too_few_runs", "aliased"]
Basis = Literal["matched", "unmatched", "none"]
LEAST_RUNS = 3
"""Runs of each side below which nothing is said: two values tell a spread no better than by chance."""
ALPHA = 0.05
TANGLED = 0.3
"""Association (see `importance.association`) from which on another setting could be what made the difference where runs are not matched."""
VALUES_MOST = 8
"""Values of a setting that are compared, the most frequent ones; the others have few runs each."""
_ORDER: tuple[Verdict, ...] = ("helped", "hurt", "aliased", "no_clear_effect", "too_few_runs")
_SEED = 20261121
_PARTS = 2
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Alias(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Another setting that changed along, ``always`` or mostly; with its values where it always did."""

    setting: str
    always: bool
    from_: columnar.Level | None = None
    to: columnar.Level | None = None


class Effect(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What came of one value (``to``) instead of another (``from_``); differences are in the unit of the metric.

    ``n_from`` and ``n_to`` count the runs that were used, ``left_out`` those with either value that were not because no
    run of the other value equals them in everything else. ``pairs`` is the number of groups of equal runs. ``p`` is of this comparison
    alone, ``p_adjusted`` of it among all of the answer.
    """

    setting: str
    kind: settings_of_run.Kind
    from_: columnar.Level
    to: columnar.Level
    basis: Basis
    n_from: int
    n_to: int
    left_out: int
    pairs: int
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    aliases: list[Alias]
    verdict: Verdict


class OnData(msgspec.Struct, frozen=True):
    """What was learnt on one data set, None for runs whose data was not recorded; ``labels`` are texts that name single runs."""

    data: settings_of_run.Data | None
    runs: int
    effects: list[Effect]
    labels: list[str]


class Learnt(msgspec.Struct, frozen=True):
    """What was learnt on each data set, that of the most runs first; ``comparisons`` is how many of all were tested."""

    data: list[OnData]
    comparisons: int


class _Compared(NamedTuple):
    """One comparison before all are known; ``suspects`` looks for settings without which nothing is left of the difference."""

    effect: Effect
    is_tested: bool
    suspects: Callable[[], list[Alias]]


class _Group:
    """The runs on one data set, and their settings as columns."""

    def __init__(self, runs: Sequence[outcomes.Outcome]) -> None:
        self.runs = runs
        self.values = np.array([one.value for one in runs])
        known = runs[0].data is not None
        found = columnar.columns(runs, without=(settings_of_run.DATA,) if known else ())
        self.labels = [column.name for column in found if column.is_label]
        self.columns = [column for column in found if not column.is_label]
        self.codes = np.reshape([column.codes for column in self.columns], (len(self.columns), len(runs)))
        self.levels = [columnar.levels(column, parts=_PARTS) for column in self.columns]
        random = np.random.default_rng(_SEED)
        marks = [random.integers(2**63, size=len(column.values))[column.codes] for column in self.columns]
        self.marks = np.reshape(marks, self.codes.shape)

    def strata(self, without: Sequence[int]) -> Ints:
        """Return a number for each run, equal where the runs are equal in all settings but some columns."""
        kept = np.ones(len(self.columns), np.bool_)
        kept[list(without)] = False
        return self.marks[kept].sum(axis=0)  # wraps around: two sums of random 64 bit numbers are equal by chance never


def learnt(of: outcomes.Outcomes) -> Learnt:
    """Return the effects of all settings on all data sets; cost: runs * settings, times the values of each setting."""
    groups: dict[str | None, list[outcomes.Outcome]] = {}
    for one in of.runs:
        groups.setdefault(None if one.data is None else one.data.id, []).append(one)
    found: list[tuple[_Group, list[_Compared]]] = []
    for runs in sorted(groups.values(), key=len, reverse=True):
        group = _Group(runs)
        found.append((group, list(_compared(group))))
    tested = [one.effect.p or 0.0 for _, several in found for one in several if one.is_tested]
    adjusted = iter(effects.holm(tested))
    data = [
        OnData(
            group.runs[0].data,
            len(group.runs),
            _ordered([_judged(one, adjusted, better=of.metric.better) for one in several]),
            group.labels,
        )
        for group, several in found
    ]
    return Learnt(data, len(tested))


def _compared(group: _Group) -> Iterator[_Compared]:
    for at, column in enumerate(group.columns):
        told = group.levels[at]
        for low, high in _pairs(told, is_numeric=column.is_numeric):
            yield _comparison(group, at, told=told, sides=(low, high))


def _pairs(told: columnar.Levels, *, is_numeric: bool) -> Iterator[tuple[int, int]]:
    """Yield which levels are compared: the greater of two numbers with the less, else each value with the most frequent one."""
    counts = np.bincount(told.codes[told.codes >= 0], minlength=len(told.levels))
    kept = sorted(np.argsort(-counts, kind="stable")[:VALUES_MOST].tolist())
    two = len(told.levels) == 2
    ordered = two and (is_numeric or all(isinstance(level.value, bool) for level in told.levels))
    base = kept[0] if ordered else int(counts.argmax())
    for other in kept:
        if other != base:
            yield base, other


def _comparison(group: _Group, at: int, *, told: columnar.Levels, sides: tuple[int, int]) -> _Compared:
    here = (told.codes == sides[0]) | (told.codes == sides[1])
    is_to = told.codes[here] == sides[1]
    values = group.values[here]
    along = _along(group, at, here=here, is_to=is_to)
    strata = group.strata([at, *along])[here]
    kept = effects.matched(strata, is_to=is_to)
    found = effects.difference(values, is_to=is_to, strata=strata) if _is_enough(is_to[kept]) else None
    basis: Basis = "matched"
    aliases = [_alias(group.columns[one], here=here, is_to=is_to) for one in along]
    if found is None and _is_enough(is_to):
        basis = "unmatched"
        found = effects.difference(values, is_to=is_to, strata=np.zeros(len(values), np.int64))
        aliases += _mostly_along(group, at, here=here, is_to=is_to, but=along)
    effect = Effect(
        setting=group.columns[at].name,
        kind=settings_of_run.kind(group.columns[at].name),
        from_=told.levels[sides[0]],
        to=told.levels[sides[1]],
        basis=basis if found else "none",
        n_from=found.n_from if found else int(np.count_nonzero(~is_to)),
        n_to=found.n_to if found else int(np.count_nonzero(is_to)),
        left_out=len(values) - (found.n_from + found.n_to if found else len(values)),
        pairs=found.strata if found else 0,
        difference=found.mean if found else float(values[is_to].mean() - values[~is_to].mean()),
        low=found.low if found else None,
        high=found.high if found else None,
        p=found.p if found else None,
        p_adjusted=None,
        aliases=aliases,
        verdict="too_few_runs" if found is None else "aliased" if aliases else "no_clear_effect",
    )

    def suspects() -> list[Alias]:
        return _suspects(group, at, here=here, is_to=is_to) if basis == "unmatched" else []

    return _Compared(effect, effect.verdict == "no_clear_effect", suspects)


def _is_enough(is_to: Bools) -> bool:
    return min(int(np.count_nonzero(is_to)), int(np.count_nonzero(~is_to))) >= LEAST_RUNS


def _along(group: _Group, at: int, *, here: Bools, is_to: Bools) -> list[int]:
    """Return the columns that have one value on each side, and not the same: nothing can tell them from the setting itself."""
    codes = group.codes[:, here]
    one, other = codes[:, ~is_to], codes[:, is_to]
    level = (one == one[:, :1]).all(axis=1) & (other == other[:, :1]).all(axis=1)
    return [int(found) for found in np.flatnonzero(level & (one[:, 0] != other[:, 0])) if found != at]


def _mostly_along(group: _Group, at: int, *, here: Bools, is_to: Bools, but: Sequence[int]) -> list[Alias]:
    """Return the settings that changed along often enough to be what made the difference."""
    side = is_to.astype(np.int64)
    found: list[Alias] = []
    for place, column in enumerate(group.columns):
        if place == at or place in but:
            continue
        codes = group.levels[place].codes[here] + 1  # runs without it are a group like any other
        if importance.association(codes, side) >= TANGLED:
            found.append(Alias(column.name, always=False))
    return found


def _suspects(group: _Group, at: int, *, here: Bools, is_to: Bools) -> list[Alias]:
    """Return the settings that changed along a little, and among whose equals the difference is not sure any more."""
    values, side = group.values[here], is_to.astype(np.int64)
    found: list[Alias] = []
    for place, column in enumerate(group.columns):
        codes = group.levels[place].codes[here] + 1
        if place == at or importance.association(codes, side) <= 0:
            continue
        among_equals = effects.difference(values, is_to=is_to, strata=codes)
        if among_equals is None or among_equals.p > ALPHA:
            found.append(Alias(column.name, always=False))
    return found


def _alias(column: columnar.Column, *, here: Bools, is_to: Bools) -> Alias:
    codes = column.codes[here]
    ends = (int(codes[~is_to][0]), int(codes[is_to][0]))
    low, high = (columnar.level(column.values[code]) for code in ends)
    return Alias(column.name, always=True, from_=low, to=high)


def _judged(one: _Compared, adjusted: Iterator[float], *, better: outcomes.Better) -> Effect:
    if not one.is_tested:
        return one.effect
    p = next(adjusted)
    if p > ALPHA or not one.effect.difference:
        return msgspec.structs.replace(one.effect, p_adjusted=p)
    suspects = one.suspects()
    if suspects:
        return msgspec.structs.replace(one.effect, p_adjusted=p, aliases=suspects, verdict="aliased")
    is_good = (one.effect.difference > 0) == (better == "higher")
    return msgspec.structs.replace(one.effect, p_adjusted=p, verdict="helped" if is_good else "hurt")


def _ordered(found: Sequence[Effect]) -> list[Effect]:
    """Return what is sure first, and of that the greatest differences."""
    return sorted(found, key=lambda one: (_ORDER.index(one.verdict), -abs(one.difference or 0.0), one.setting))
