"""One training judged: its rows through the engine, and what is shown beside the findings."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from yoloscope.cli.doctor import drawing
from yoloscope.diagnose import answer, catalogue, engine, telling
from yoloscope.diagnose import facts as known_facts
from yoloscope.diagnose.texts import text
from yoloscope.importers import contract
from yoloscope.records import finding, logged

Verdict = Literal["healthy", "warning", "critical", "unknown"]
TEXTS = catalogue.TEXTS
RULES = len(catalogue.RULES)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one source.

    ``findings`` stand root cause first, then by severity. ``unevaluated`` are the rules that lacked an input, with what they lacked.
    """

    source: str
    kind: str
    title: str
    verdict: Verdict
    phase: str | None = None
    summary: text.Told
    epoch: int | None = None
    epochs: int | None = None
    facts: known_facts.Facts = known_facts.Facts()
    findings: Sequence[finding.Finding] = ()
    unevaluated: dict[str, tuple[str, ...]] = {}
    curves: Sequence[drawing.Curve] = ()
    faults: Sequence[contract.Fault] = ()


def of_source(source: contract.Source) -> Judged:
    """Judge a training that was read from files.

    Raises:
        ImportFault: if the files hold no training.
    """
    known = known_facts.from_told(source.told())
    doctor = engine.Engine(known)
    drawn = drawing.Gathering()
    ended = False
    for entry in source.entries():
        ended = ended or isinstance(entry, logged.Ended)
        doctor.take(entry)
        drawn.look(doctor.view)
    if not ended:
        doctor.take(logged.Ended("finished", 0))  # the last epoch is complete: nothing follows it in the files
        drawn.look(doctor.view)
    told = source.told()
    found = doctor.findings()
    said = answer.of(doctor.view, found, catalogue.TEXTS, has_ended=ended)
    return Judged(
        source=str(source.path),
        kind=source.kind,
        title=told.name,
        verdict=said.verdict,
        phase=said.phase,
        summary=said.told,
        epoch=doctor.view.epoch,
        epochs=known.epochs,
        facts=known,
        findings=found,
        unevaluated={one.rule: one.inputs for one in doctor.unevaluated() if one.why == "missing"},
        curves=drawn.all(),
        faults=told.faults,
    )


def told(found: finding.Finding, language: telling.Language) -> telling.Telling:
    """Return a finding in words."""
    return telling.tell(found, catalogue.TEXTS, language=language)


def worst(all_judged: Iterable[Judged]) -> Verdict:
    """Return the worst verdict: critical before warning before one that could not be given."""
    verdicts = {judged.verdict for judged in all_judged}
    order: tuple[Verdict, ...] = ("critical", "warning", "unknown")
    for verdict in order:
        if verdict in verdicts:
            return verdict
    return "healthy" if verdicts else "unknown"
