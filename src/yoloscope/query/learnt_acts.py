"""What commands that answered findings did in a project, by rule and act: how often they helped, and by how much. Pure.

Called by the route of what was learnt. Runs are few and their changes skewed, so that the interval is that of order statistics: whatever the distribution, the
median of n values lies between the kth least and the kth greatest with probability 1 - 2 P(B < k), B being the heads among n throws of a coin. The greatest k with
95 % is taken; below six values there is none. Source: Thompson (1936), On confidence ranges for the median.
"""

import math
import statistics
from collections.abc import Iterable, Sequence

import msgspec

from yoloscope.store import ports_effects

LEVEL = 0.95


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one act where it answered one rule; changes are relative, of those effects that have one."""

    rule: str
    act: str
    n: int
    helped: int
    harmed: int
    none: int
    change: float | None
    low: float | None
    high: float | None
    expected: float | None


def acts(measured: Iterable[ports_effects.Measured]) -> list[Act]:
    """Return what was learnt from decided effects, acts that were tried most often first."""
    groups: dict[tuple[str, str], list[ports_effects.Measured]] = {}
    for one in measured:
        groups.setdefault((one.rule, one.act), []).append(one)
    found = [_act(rule, act, group) for (rule, act), group in groups.items()]
    return sorted(found, key=lambda one: (-one.n, one.rule, one.act))


def _act(rule: str, act: str, group: Sequence[ports_effects.Measured]) -> Act:
    verdicts = [one.effect.verdict for one in group]
    changes = sorted(one.effect.change for one in group if one.effect.change is not None)
    expected = [one.effect.expected for one in group if one.effect.expected is not None]
    low, high = interval(changes)
    return Act(
        rule=rule,
        act=act,
        n=len(group),
        helped=verdicts.count("helped"),
        harmed=verdicts.count("harmed"),
        none=verdicts.count("none"),
        change=statistics.median(changes) if changes else None,
        low=low,
        high=high,
        expected=statistics.median(expected) if expected else None,
    )


def interval(ascending: Sequence[float]) -> tuple[float | None, float | None]:
    """Return between which of some values, in ascending order, their median lies with probability `LEVEL` or more; nothing for fewer than six."""
    n, below, place = len(ascending), 0.0, 0
    while 2 * (below + math.comb(n, place) / 2**n) <= 1 - LEVEL:
        below += math.comb(n, place) / 2**n
        place += 1
    return (ascending[place - 1], ascending[n - place]) if place else (None, None)
