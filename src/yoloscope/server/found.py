"""Findings as they stand in the catalogue, shaped for people: the words of their rules, in both languages, and what to type.

Called by the findings route, the one place where the diagnosis' words meet the store's records.
"""

from collections.abc import Iterable, Mapping, Sequence

from yoloscope.diagnose import advice, catalogue, causes, facts, telling
from yoloscope.query import texts
from yoloscope.records import finding
from yoloscope.server import finding_schemas as shapes
from yoloscope.server import offering
from yoloscope.server.diagnosing import known as told
from yoloscope.server.schemas import Localised
from yoloscope.store import ports, ports_findings

_NAMES = {rule.id: rule.name for rule in catalogue.RULES}


def shaped(
    info: ports.RunInfo,
    held: Sequence[ports_findings.Held],
    *,
    timeline: Sequence[ports_findings.Happened],
    diagnosis: ports_findings.Diagnosis | None,
    dismissed: Mapping[str, int],
    offers: offering.Offers,
) -> shapes.RunFindings:
    """Return what the diagnosis says of a run; ``dismissed`` counts the runs of its project in which each rule was dismissed."""
    quiet = {rule for rule, runs in dismissed.items() if runs >= ports_findings.QUIET_AT}
    known = told.said(info).facts()
    of_rule = {one.finding.rule: one for one in held}
    order = causes.Causes(catalogue.RULES).ordered(one.finding for one in held)
    return shapes.RunFindings(
        items=[
            _finding(of_rule[found.rule], known, is_quiet=found.rule in quiet, actions=offers.of(of_rule[found.rule]))
            for found in order
        ],
        answer=None if diagnosis is None else _answer(diagnosis, verdict=info.health.verdict),
        timeline=[_happened(line) for line in timeline],
        not_evaluated=[]
        if diagnosis is None
        else [_unevaluated(rule, missing) for rule, missing in sorted(diagnosis.not_evaluated.items())],
    )


def listed(found: ports_findings.FindingList, infos: Iterable[ports.RunInfo]) -> shapes.FindingPage:
    """Return a page of findings with the words of their rules; of a run that is not among `infos` any more none is told.

    What can be done about them is told by their runs alone: it depends on where each training stands.
    """
    by_run = {info.ref.id: (info.ref, told.said(info).facts()) for info in infos}
    items: list[shapes.FindingOfRun] = []
    for one in found.findings:
        if one.run in by_run:
            ref, known = by_run[one.run]
            of_run = {"run": ref.id, "run_name": ref.name, "project": ref.project}
            shown = _finding(one.held, known, is_quiet=one.is_quiet)
            items.append(shapes.FindingOfRun.model_validate({**dict(shown), **of_run}))
    return shapes.FindingPage(items=items, next=found.next_cursor)


def _unevaluated(rule: str, missing: Sequence[str]) -> shapes.Unevaluated:
    return shapes.Unevaluated(rule=rule, name=_NAMES.get(rule, rule), title=title(rule), missing=list(missing))


def title(rule: str) -> Localised:
    """Return the title of a rule, its id if this release does not know it."""
    en, zh = (telling.title(rule, catalogue.TEXTS, language=language) for language in ("en", "zh"))
    return Localised(en=en, zh=zh)


def _finding(
    held: ports_findings.Held, known: facts.Facts, *, is_quiet: bool, actions: Sequence[shapes.Action] = ()
) -> shapes.Finding:
    found = held.finding
    en, zh = (telling.tell(found, catalogue.TEXTS, language=language) for language in ("en", "zh"))
    arguments = advice.arguments(found.changes, known).arguments
    said = held.dismissal
    return shapes.Finding(
        rule=found.rule,
        name=found.name,
        title=Localised(en=en.title, zh=zh.title),
        what=Localised(en=en.what, zh=zh.what),
        why=Localised(en=en.why, zh=zh.why),
        severity="info" if is_quiet else found.severity,
        is_quiet=is_quiet,
        status=found.status,
        confidence=found.confidence,
        evidence=Localised(en=en.evidence, zh=zh.evidence),
        advice=shapes.Advice(
            text=Localised(en=en.advice, zh=zh.advice),
            args=dict(arguments),
            command=advice.as_command(known.framework, arguments),
        ),
        closes=Localised(en=en.closes, zh=zh.closes),
        opened=_moment(found.opened),
        updated=_moment(found.updated),
        closed=None if found.closed is None else _moment(found.closed),
        series=list(found.series),
        window=found.window,
        by_step=found.by_step,
        values=dict(found.values),
        caused_by=found.caused_by,
        dismissed=None if said is None else shapes.Dismissed(time=texts.iso_from_ns(said.at_ns), reason=said.reason),
        actions=list(actions),
    )


def _moment(at: finding.Moment) -> shapes.Moment:
    time = None if at.wall_ns is None else texts.iso_from_ns(at.wall_ns)
    return shapes.Moment(epoch=at.epoch, step=at.step, time=time)


def _happened(line: ports_findings.Happened) -> shapes.Happened:
    return shapes.Happened(
        rule=line.rule,
        title=title(line.rule),
        kind=line.kind,
        severity=line.severity,
        epoch=line.epoch,
        time=texts.iso_from_ns(line.at_ns),
        reason=line.reason,
    )


def _answer(said: ports_findings.Diagnosis, *, verdict: str | None) -> shapes.Answer:
    answer = dict(said.answer)
    en, zh, phase = (answer.pop(key, None) for key in ("en", "zh", "phase"))
    return shapes.Answer.model_validate(
        {
            "verdict": verdict or said.verdict,
            "sentence": {"en": en or "", "zh": zh or ""},
            "phase": phase,
            "facts": answer,
            "updated": texts.iso_from_ns(said.updated_ns),
        }
    )
