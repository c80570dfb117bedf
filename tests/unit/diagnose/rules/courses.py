"""Curves for the tests of rules, and what every test of a rule asks: the answer to a hand-made run, and whether its words can be told."""

import math
import re
from collections.abc import Mapping, Sequence

import pytest
from tests.unit.diagnose import hand

from yoloscope.diagnose import facts, mistakes, rule, telling
from yoloscope.diagnose.texts import text
from yoloscope.records import finding

ULTRALYTICS = facts.Facts(
    framework="ultralytics",
    given={"model": "yolo11n.pt", "epochs": 100, "optimizer": "SGD", "lr0": 0.01},
    settings={"classes": 3, "batch": 16, "optimizer": "SGD", "batches": 100, "amp": True},
)
YOLOV5 = facts.Facts(framework="yolov5", given={"weights": "yolov5s.pt", "epochs": 100}, settings={"classes": 2})
NOTHING = facts.Facts()
NO_NUMBER = re.compile("(?<![A-Za-z])nan(?![A-Za-z])")


def flat(count: int, level: float) -> list[float]:
    return [level] * count


def line(count: int, start: float, end: float) -> list[float]:
    """A straight line with a flutter of 0.05 %: neighbours on either side of it, as little alike as can be."""
    step = (end - start) / (count - 1)
    return [(start + step * at) * (1 + 0.0005 * (-1) ** at) for at in range(count)]


def law(count: int, start: float, end: float, *, pace: float = 0.1) -> list[float]:
    """What most losses do: a fall that fades."""
    return [end + (start - end) * math.exp(-pace * at) for at in range(count)]


def waves(count: int, low: float, high: float, *, each: int = 1) -> list[float]:
    return [high if at // each % 2 else low for at in range(count)]


def errors(count: int, *, before: Mapping[str, float] | None = None, **kinds: float) -> dict[str, list[float]]:
    """The mistakes of `count` epochs, 0 of each kind that is not named; `before` says what those before the newest five were like, where they differ."""
    newest = min(count, 5)
    earlier = kinds if before is None else before
    return {
        f"{mistakes.PREFIX}{kind}": [
            *flat(count - newest, earlier.get(kind, 0.0)),
            *flat(newest, kinds.get(kind, 0.0)),
        ]
        for kind in mistakes.Mistakes.__struct_fields__
    }


class Case:
    """What a hand-made run is answered with by a rule."""

    def __init__(self, rule_id: str, told: Mapping[str, object], expected: object, *, changes: object = None) -> None:
        self.rule_id, self.told, self.expected, self.changes = rule_id, told, expected, changes


def speaks(rule_id: str, severity: finding.Severity, variant: str, *, changes: object = None, **told: object) -> object:
    return pytest.param(
        Case(rule_id, told, (severity, variant), changes=changes), id=f"{rule_id}-{variant or 'plain'}-{severity}"
    )


def quiet(rule_id: str, why: str, **told: object) -> object:
    return pytest.param(Case(rule_id, told, None), id=f"{rule_id}-{why.replace(' ', '_')}")


def lacks(rule_id: str, *inputs: str, **told: object) -> object:
    return pytest.param(Case(rule_id, told, inputs), id=f"{rule_id}-without-{'-'.join(inputs)}")


def ask(rules: Sequence[rule.Rule], case: Case) -> rule.Outcome:
    by_id = {one.id: one for one in rules}
    told = {"facts": ULTRALYTICS, **case.told}
    return by_id[case.rule_id].test(hand.view(**told))


def words(rule_id: str, hit: rule.Hit, texts: Mapping[str, text.Text]) -> list[telling.Telling]:
    """All that people read of a hit, in both languages."""
    found = finding.Finding(
        rule=rule_id, name=rule_id, severity=hit.severity, variant=hit.variant, values=hit.values, changes=hit.changes
    )
    return [telling.tell(found, texts, language="en"), telling.tell(found, texts, language="zh")]


def check_words(rule_id: str, hit: rule.Hit, texts: Mapping[str, text.Text]) -> None:
    """Every sentence takes the numbers of the hit; the variant has an evidence sentence of its own."""
    assert hit.variant in texts[rule_id].evidence
    for told in words(rule_id, hit, texts):
        shown = (told.title, told.what, told.why, told.evidence, told.advice, told.closes)
        assert all(shown), told
        assert not any("{" in one or NO_NUMBER.search(one) for one in shown), told
    assert not any("　" in one or ", " in one for one in (told.title, told.what))


def variants(texts: Mapping[str, text.Text]) -> set[tuple[str, str]]:
    return {(rule_id, variant) for rule_id, told in texts.items() for variant in told.evidence}
