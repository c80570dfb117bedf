"""How the answers of a rule become a finding: hits in a row open it, answers without one close it, and its severity only rises while it is open."""

from typing import Literal

import msgspec

from yoloscope.diagnose import rule, thresholds
from yoloscope.records import finding

COUNTS_MOST = 255
"""Beyond it neither hits nor clears say more."""
CLEARS_DEFAULT = 6
_OF_SERIES = 0.3
"""How much of the confidence rests on the evidence's series being there."""

Kind = Literal["opened", "raised", "closed", "reopened"]


class Change(msgspec.Struct, frozen=True):
    """What happened to a finding."""

    kind: Kind
    finding: finding.Finding


class State(msgspec.Struct, array_like=True):
    """Where one rule stands in one run."""

    hits: int = 0
    clears: int = 0
    found: finding.Finding | None = None
    missing: tuple[str, ...] | None = None
    """Inputs that the newest question lacked; ``None`` if it was answered, or never put."""
    is_answered: bool = False
    failed: str = ""
    """The exception for which the rule was switched off for this run."""

    @property
    def is_open(self) -> bool:
        """Whether there is a finding that has not closed."""
        return self.found is not None and self.found.status == "open"


class Asked(msgspec.Struct, frozen=True):
    """When and over what a rule was asked: how much this answer weighs in batches, and how many of the evidence's series are there."""

    at: finding.Moment
    weight: int = 1
    window: tuple[float, float] | None = None
    by_step: bool = False


def answer(state: State, one: rule.Rule, outcome: rule.Outcome, asked: Asked, *, present: float = 1.0) -> Kind | None:
    """Take an answer; return what it does to the finding. An input that is missing counts neither as a hit nor against one."""
    if isinstance(outcome, rule.Missing):
        state.missing = outcome.inputs
        return None
    state.missing, state.is_answered = None, True
    if isinstance(outcome, rule.Undecided):
        state.hits = 0
        return None
    return _clear(state, one, asked) if outcome is None else _hit(state, one, outcome, asked, present=present)


def _clear(state: State, one: rule.Rule, asked: Asked) -> Kind | None:
    state.hits = 0
    found = state.found
    if found is None or found.status == "closed":
        return None
    state.clears = min(state.clears + asked.weight, COUNTS_MOST)
    if state.clears < clears(one):
        return None
    state.found = msgspec.structs.replace(found, status="closed", closed=asked.at)
    return "closed"


def _hit(state: State, one: rule.Rule, hit: rule.Hit, asked: Asked, *, present: float) -> Kind | None:
    state.hits, state.clears = min(state.hits + 1, COUNTS_MOST), 0
    found = state.found
    if found is not None and found.status == "open":
        return _again(state, one, hit, asked, present=present)
    if state.hits < needed(one):
        return None
    state.found = _found(one, hit, asked, hits=state.hits, present=present)
    return "opened" if found is None else "reopened"


def _again(state: State, one: rule.Rule, hit: rule.Hit, asked: Asked, *, present: float) -> Kind | None:
    """Renew the evidence of an open finding, unless it is milder than what is told already."""
    before = state.found
    assert before is not None
    worse = finding.SEVERITIES.index(hit.severity) - finding.SEVERITIES.index(before.severity)
    if worse < 0:
        state.found = msgspec.structs.replace(before, updated=asked.at)
        return None
    found = _found(one, hit, asked, hits=state.hits, present=present)
    state.found = msgspec.structs.replace(found, opened=before.opened)
    return "raised" if worse else None


def _found(one: rule.Rule, hit: rule.Hit, asked: Asked, *, hits: int, present: float) -> finding.Finding:
    return finding.Finding(
        rule=one.id,
        name=one.name,
        severity=hit.severity,
        variant=hit.variant,
        confidence=confidence(hit.strength, hits=hits, needed=needed(one), present=present),
        opened=asked.at,
        updated=asked.at,
        series=hit.series,
        window=asked.window,
        by_step=asked.by_step,
        values=hit.values,
        changes=hit.changes,
    )


def confidence(strength: float, *, hits: int, needed: int, present: float) -> float:
    """Return how sure a finding is, in [0, 1], rounded to percent: 0.5 at the border of every threshold.

    Two doubts have to be true at once for it to be wrong: that the effect is but noise at the threshold, 1 / (1 + strength), which is one half where
    effect and threshold are equal; and that it is a coincidence of these points, which halves with every further `needed` hits in a row. What
    remains is weighed by the share of the evidence's series that the run has.
    """
    by_chance = 0.5 ** (max(hits - needed, 0) / needed)
    sure = 1 - by_chance / (1 + max(strength, 1.0))
    return round(sure * (1 - _OF_SERIES + _OF_SERIES * present), 2)


def needed(one: rule.Rule) -> int:
    """Return how many hits in a row open a finding: what was counted once is not counted again."""
    return 1 if one.cadence in ("start", "end") else max(1, one.hits)


def clears(one: rule.Rule) -> int:
    """Return how many answers without a hit, or batches without one, close a finding."""
    if one.cadence in ("start", "end"):
        return 1
    return thresholds.STEP_CLEARS if one.cadence == "step" and one.clears == CLEARS_DEFAULT else one.clears
