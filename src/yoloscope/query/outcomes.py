"""The runs of a project that can be held against each other: what each was made with, and how it ended up.

Called by the insights routes, used by `learnt` and `importance`. A run counts if its training came to its own end: finished, ended by its
patience, or all planned epochs done. Every other run is counted with the reason why it is left out.
"""

import difflib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from yoloscope import errors
from yoloscope.query import facts, settings_of_run
from yoloscope.records import ids, names, state

Which = Literal["best", "last"]
Better = Literal["higher", "lower"]
Reason = Literal["in_progress", "crashed", "ended_early", "no_metric", "not_a_number", "copy"]
DEFAULT_METRIC = "metrics/mAP50-95"
_IN_POINTS = ("metric", "class")
_NAMES_TOLD = 5


class Metric(msgspec.Struct, frozen=True):
    """What results are held against each other by; ``points`` tells that it is a share, whose differences read as percentage points."""

    name: str
    which: Which
    better: Better
    points: bool


class Outcome(msgspec.Struct, frozen=True):
    """One run that counts: its settings by name, its data, its seed and its finite result."""

    run: ids.RunId
    settings: dict[str, object]
    data: settings_of_run.Data | None
    seed: object
    value: float


class Outcomes(msgspec.Struct, frozen=True):
    """The runs that count, oldest first, and how many others there are by reason."""

    metric: Metric
    runs: list[Outcome]
    ignored: dict[Reason, int]


def outcomes(known: Sequence[facts.Facts], *, metric: str, which: Which, better: Better | None = None) -> Outcomes:
    """Return what became of some runs of a project; ``best`` is by the direction of the metric, or by `better` where that is given.

    Raises:
        InvalidRecord: if no run has a series of that name, or nothing says which direction is better.
    """
    here = sorted(known, key=lambda one: (one.ref.created_ns, one.ref.id))
    name = _known(metric, here)
    direction = better or _direction(name)
    ignored: Counter[Reason] = Counter()
    runs: list[Outcome] = []
    for one in here:
        reason, value = _result(one, name=name, which=which, better=direction)
        if reason is not None:
            ignored[reason] += 1
            continue
        runs.append(
            Outcome(
                one.ref.id, settings_of_run.settings(one), settings_of_run.data(one), settings_of_run.seed(one), value
            )
        )
    different = _without_copies(runs)
    if len(different) < len(runs):
        ignored["copy"] = len(runs) - len(different)
    points = names.meaning(name).family in _IN_POINTS and all(0 <= one.value <= 1 for one in different)
    return Outcomes(Metric(name, which, direction, points), different, dict(ignored))


def _known(metric: str, here: Sequence[facts.Facts]) -> str:
    """Return the canonical name of a metric that some run has, or that no run has because there is none yet."""
    name = names.canonical(metric)
    if not here or any(one.totals.get(name, "count") is not None for one in here):
        return name
    there = {known for one in here for known in one.totals.names.all}
    near = difflib.get_close_matches(name, sorted(there), n=_NAMES_TOLD, cutoff=0.4)
    told = near or sorted(known for known in there if names.meaning(known).family == "metric")[:_NAMES_TOLD]
    raise errors.InvalidRecord(
        f"no run of the project has a series {name[:80]!r}",
        field="metric",
        fix=f"use for example {', '.join(told)}" if told else "log a metric first",
    )


def _direction(name: str) -> Better:
    told = names.meaning(name).direction
    if told == "none":
        raise errors.InvalidRecord(
            f"nothing says whether a higher or a lower {name[:80]!r} is better",
            field="better",
            fix="add better=higher or better=lower",
        )
    return told


def _result(one: facts.Facts, *, name: str, which: Which, better: Better) -> tuple[Reason | None, float]:
    if one.state not in state.ENDED:
        return "in_progress", math.nan
    ended_well = one.state == "finished" or (one.state == "stopped" and one.patience_left == 0)
    if not ended_well and (one.epochs is None or one.epoch < one.epochs):
        return "ended_early" if one.state == "stopped" else "crashed", math.nan
    if not one.totals.get(name, "count"):
        return "no_metric", math.nan
    total = "last" if which == "last" else "max" if better == "higher" else "min"
    value = one.totals.get(name, total)
    if value is None or not math.isfinite(value):
        return "not_a_number", math.nan
    return None, value


def _without_copies(runs: Sequence[Outcome]) -> list[Outcome]:
    """Return the runs without those that are equal to an older one in settings, data, seed and result: the same number twice is one observation."""
    alike: dict[object, list[frozenset[object]]] = {}
    kept: list[Outcome] = []
    often = Counter((one.value, settings_of_run.token(one.seed)) for one in runs)
    for one in runs:
        mark = (one.value, settings_of_run.token(one.seed))
        if one.seed is not None and often[mark] > 1:
            seen = alike.setdefault((mark, None if one.data is None else one.data.id), [])
            tokens = frozenset((key, settings_of_run.token(value)) for key, value in one.settings.items())
            if tokens in seen:
                continue
            seen.append(tokens)
        kept.append(one)
    return kept
