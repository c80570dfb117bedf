"""The report for programs: `docs/doctor.md` lists the keys, which others rely on."""

import msgspec

from yoloscope.cli.doctor import judged, words
from yoloscope.diagnose import advice, telling


class Advice(msgspec.Struct, frozen=True):
    """What to do, and the arguments to change, in the words of the framework in use; ``left_out`` tells why others would do nothing."""

    text: str
    args: dict[str, object]
    left_out: dict[str, str]


class Found(msgspec.Struct, frozen=True):
    """One finding; ``first_epoch`` is null for one that needs no training."""

    rule: str
    name: str
    title: str
    severity: str
    status: str
    first_epoch: int | None
    evidence: str
    advice: Advice
    values: dict[str, object]
    confidence: float
    caused_by: str | None


class Report(msgspec.Struct, frozen=True):
    """What came of one source."""

    source: str
    kind: str
    phase: str | None
    verdict: str
    summary: str
    epoch: int | None
    epochs: int | None
    findings: list[Found]
    not_evaluated: dict[str, tuple[str, ...]]
    faults: list[str]


def of(one: judged.Judged, *, language: telling.Language) -> Report:
    """Return the report of one source."""
    return Report(
        source=one.source,
        kind=one.kind,
        phase=one.phase,
        verdict=one.verdict,
        summary=telling.in_language(one.summary, language),
        epoch=one.epoch,
        epochs=one.epochs,
        findings=[_found(found, one, language=language) for found in one.findings],
        not_evaluated=one.unevaluated,
        faults=[words.fault(fault, language) for fault in one.faults],
    )


def _found(found: judged.finding.Finding, one: judged.Judged, *, language: telling.Language) -> Found:
    said = judged.told(found, language)
    opened = found.opened.epoch
    advised = advice.arguments(found.changes, one.facts)
    left_out = {one.key: telling.in_language(one.why, language) for one in advised.dropped}
    return Found(
        rule=found.rule,
        name=found.name,
        title=said.title,
        severity=found.severity,
        status=found.status,
        first_epoch=None if opened is None else int(opened),
        evidence=said.evidence,
        advice=Advice(said.advice, advised.arguments, left_out),
        values=dict(found.values),
        confidence=found.confidence,
        caused_by=found.caused_by,
    )
