"""Which finding explains which, so that the root is told first and its effects stand below it.

Rules name their own effects (`rule.explains`); here stands what the catalogue says of families that do not know each other.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from yoloscope.diagnose import rule
from yoloscope.records import finding

_METRICS = ("G01", "G02", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G13", "L08", "H02")
_BROKEN = ("N05", "N13", "N14", "N12", "L02", "N02", *_METRICS)
EXPLAINS: Mapping[str, tuple[str, ...]] = {
    "S08": ("S09", "N03", *_BROKEN, "N01"),
    "S09": ("N03", "N01", *_BROKEN),
    "N03": ("N01", *_BROKEN),
    "N01": _BROKEN,
    "N05": ("L02", "N14"),
    "N08": ("N12", "L03", "L04", "L08", "G04", "G05", "G07"),
    "N11": ("N08", "N12", "L03", "L04", "L08"),
    "L01": ("G04", "G05", "G07", "L03", "G01"),
    "G07": ("G04", "G05", "G01", "L03"),
    "L04": ("L08", "L03", "G04", "G05", "G08", "G01"),
    "L08": ("G01", "G08", "G05"),
    "P04": ("G09", "G05", "G07", "L03"),
    "N13": ("L02", "L03", "L04", "N08", "N12", *_METRICS),
    "P01": ("L01", "L03", "L04", "G01", "G04", "G05", "G06", "G07"),
    "S01": ("S02",),
    "G02": ("G03",),
    "G01": ("G02", "G03"),
    "G04": ("G05",),
    "G10": ("L05", "N13", "N14"),
    "N10": ("N14", "L03", "N08"),
}
MUTES: Mapping[str, tuple[str, ...]] = {"G10": ("L05", "N13", "N14")}
"""Rules that are not asked while another's finding is open: a jump that was to be expected is none of their business."""


def muted(opened: Iterable[str]) -> frozenset[str]:
    """Return the rules that are not asked while findings of these are open."""
    return frozenset(one for rule_id in opened for one in MUTES.get(rule_id, ()))


class Causes:
    """Who explains whom among the rules of an engine."""

    def __init__(self, rules: Sequence[rule.Rule]) -> None:
        self._effects = {one.id: frozenset((*one.explains, *EXPLAINS.get(one.id, ()))) for one in rules}

    def roots(self, opened: Sequence[str]) -> dict[str, str]:
        """Return for each open finding that another open one explains the root of its chain."""
        return {one: root for one in opened if (root := self._root(one, opened)) != one}

    def _root(self, one: str, opened: Sequence[str]) -> str:
        seen = [one]
        while cause := next(
            (other for other in sorted(opened) if other not in seen and seen[-1] in self._effects.get(other, ())), None
        ):
            seen.append(cause)
        return seen[-1]

    def ordered(self, findings: Iterable[finding.Finding]) -> list[finding.Finding]:
        """Return findings with their causes: open before closed, roots before effects, then the worst and the surest first."""
        told = list(findings)
        roots = self.roots([one.rule for one in told if one.status == "open"])
        named = [msgspec.structs.replace(one, caused_by=roots.get(one.rule)) for one in told]
        return sorted(named, key=_place)


def _place(one: finding.Finding) -> tuple[bool, bool, int, float, str]:
    worst = -finding.SEVERITIES.index(one.severity)
    return one.status == "closed", one.caused_by is not None, worst, -one.confidence, one.rule
