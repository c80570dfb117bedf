"""The figures of a judged split, as a structure for JSON and as Markdown, each beside its bar."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from benchmarks.diagnosis import baselines, faults, intervals, provenance, scoring, streams
from yoloscope.diagnose import catalogue

TUNED = (
    "Tuned on: the recorded trainings of `tests/data/trainings`, public curves, and the split `tune` (digits, the demo's model). "
    "Judged on: the split `judge` (outlined shapes, C3k2 blocks, other seeds)."
)
DETECTION_BAR, FIRST_BAR, FALSE_BAR, LEAD_BAR = 0.85, 0.70, 0.10, 0.40


class Baseline(msgspec.Struct, frozen=True):
    """How another tool's rule did on the same trainings; ``right`` are those whose fault it names."""

    name: str
    faulty: intervals.Share
    right: intervals.Share
    healthy: intervals.Share


class Fault(msgspec.Struct, frozen=True):
    """How the engine did on one fault, inert trainings left out."""

    id: str
    title: str
    detected: intervals.Share
    first: intervals.Share
    among_three: intervals.Share
    lead: float | None
    inert: int


class Rule(msgspec.Struct, frozen=True):
    """When a rule spoke: of faults that it names, of others, and of healthy trainings."""

    id: str
    right: int
    other: int
    healthy: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report says."""

    date: str
    standing: provenance.Standing
    versions: Mapping[str, str]
    faulty: int
    healthy: int
    inert: tuple[str, ...]
    unrecorded: tuple[str, ...]
    detected: intervals.Share
    detected_macro: float
    any_warning: intervals.Share
    first: intervals.Share
    first_macro: float
    among_three: intervals.Share
    lead_from_start: float
    lead_from_start_all: float
    lead_late: float
    false_before: int
    false_per_healthy: float
    false_per_100_epochs: float
    healthy_warned: intervals.Share
    inert_warned: intervals.Share
    by_fault: tuple[Fault, ...]
    by_rule: tuple[Rule, ...]
    matrix: Mapping[str, Mapping[str, int]]
    baselines: tuple[Baseline, ...]
    verdicts: tuple[scoring.Verdict, ...]
    false_alarms: Mapping[str, tuple[str, ...]]


def figures(runs: Sequence[scoring.Run], *, standing: provenance.Standing, versions: Mapping[str, str]) -> Figures:
    """Return the figures of some trainings."""
    all_verdicts = scoring.verdicts(runs)
    judged = [one for one in all_verdicts if not one.is_inert]
    healthy = [run for run in runs if run.line.job.is_healthy and run.told]
    false = {run.line.job.name: scoring.false_alarms(run) for run in healthy}
    alarms = sum(len(found) for found in false.values())
    epochs = sum(run.told.epochs for run in healthy if run.told)
    early = [one for one in judged if one.from_start]
    there = {one.fault for one in all_verdicts}
    by_fault = tuple(_of_fault(one, all_verdicts) for one in faults.FAULTS if one.id in there)
    return Figures(
        date=dt.datetime.now(dt.timezone.utc).date().isoformat(),
        standing=standing,
        versions=versions,
        faulty=len(judged),
        healthy=len(healthy),
        inert=tuple(one.name for one in all_verdicts if one.is_inert),
        unrecorded=tuple(run.line.job.name for run in runs if run.told is None),
        detected=intervals.share([one.detected for one in judged]),
        detected_macro=intervals.macro([one.detected for one in by_fault]),
        any_warning=intervals.share([one.any_warning for one in judged]),
        first=intervals.share([one.first for one in judged]),
        first_macro=intervals.macro([one.first for one in by_fault]),
        among_three=intervals.share([one.among_three for one in judged]),
        lead_from_start=intervals.median([one.lead for one in early if one.lead is not None]),
        lead_from_start_all=intervals.median([one.lead or 0.0 for one in early]),
        lead_late=intervals.median([one.lead for one in judged if one.lead is not None and not one.from_start]),
        false_before=sum(one.false_before for one in all_verdicts),
        false_per_healthy=alarms / len(healthy) if healthy else math.nan,
        false_per_100_epochs=100 * alarms / epochs if epochs else math.nan,
        healthy_warned=intervals.share([bool(found) for found in false.values()]),
        inert_warned=intervals.share([one.any_warning for one in all_verdicts if one.is_inert]),
        by_fault=by_fault,
        by_rule=tuple(Rule(rule, *of) for rule, of in scoring.by_rule(runs).items()),
        matrix=scoring.matrix(runs),
        baselines=tuple(_of_baseline(name, one, runs, judged) for name, one in baselines.BASELINES.items()),
        verdicts=tuple(all_verdicts),
        false_alarms={
            name: tuple(f"{one.rule} {one.worst} at {one.epoch:g}" for one in found)
            for name, found in false.items()
            if found
        },
    )


def _of_fault(one: faults.Fault, verdicts: Sequence[scoring.Verdict]) -> Fault:
    of = [verdict for verdict in verdicts if verdict.fault == one.id]
    judged = [verdict for verdict in of if not verdict.is_inert]
    leads = [verdict.lead for verdict in judged if verdict.lead is not None]
    return Fault(
        one.id,
        one.title,
        intervals.share([verdict.detected for verdict in judged]),
        intervals.share([verdict.first for verdict in judged]),
        intervals.share([verdict.among_three for verdict in judged]),
        intervals.median(leads) if leads else None,
        len(of) - len(judged),
    )


def _of_baseline(
    name: str,
    test: Callable[[Mapping[str, Sequence[float]]], int | None],
    runs: Sequence[scoring.Run],
    judged: Sequence[scoring.Verdict],
) -> Baseline:
    """Return how another rule did; an alarm before the onset is none, as it is with ours."""
    wanted = {one.name: one for one in judged}
    faulty: list[bool] = []
    right: list[bool] = []
    healthy: list[bool] = []
    for run in runs:
        curves = (run.told or streams.Told((), {}, 0, 1)).curves
        at = test(curves)
        if run.line.job.is_healthy:
            healthy.append(at is not None)
        elif run.line.job.name in wanted:
            fires = at is not None and at >= run.line.job.onset
            faulty.append(fires)
            if run.line.job.fault in baselines.NAMES[name]:
                right.append(fires)
    return Baseline(name, intervals.share(faulty), intervals.share(right), intervals.share(healthy))


def markdown(told: Figures) -> list[str]:
    """Return the report as the lines of a Markdown page's section."""
    return [
        *_heading(told),
        *_bars(told),
        *_faults(told),
        *_rules(told),
        *_matrix(told),
        *_baselines(told),
        *_misses(told),
    ]


def _heading(told: Figures) -> list[str]:
    stand, versions = told.standing, ", ".join(f"{name} {version}" for name, version in told.versions.items())
    lines = [f"{told.faulty} trainings with a fault, {told.healthy} healthy ones; {told.date}; {versions}.", ""]
    lines += [
        f"Thresholds {stand.digest[:16]}, committed {stand.thresholds_time} ({stand.thresholds_commit}); rules committed {stand.rules_time} ({stand.rules_commit}).",
        f"{stand.newer} trainings are younger than the thresholds, {stand.older} older.",
        "",
        TUNED,
        "",
    ]
    if stand.problems:
        lines += [f"**These figures are not a judgement: {'; '.join(stand.problems)}.**", ""]
    return lines


def _bars(told: Figures) -> list[str]:
    return [
        "| figure | value (95 % interval) | bar |",
        "|---|---|---|",
        f"| detected | {told.detected} | ≥ {DETECTION_BAR:.2f} |",
        f"| detected, mean over faults | {_number(told.detected_macro)} | |",
        f"| any warning after the onset | {told.any_warning} | |",
        f"| correct cause first | {told.first} | ≥ {FIRST_BAR:.2f} |",
        f"| correct cause first, mean over faults | {_number(told.first_macro)} | |",
        f"| correct cause among the first three | {told.among_three} | |",
        f"| budget left at the alarm, faults from the start, median of those detected | {_number(told.lead_from_start)} | ≥ {LEAD_BAR:.2f} |",
        f"| the same, those never detected counted as 0 | {_number(told.lead_from_start_all)} | |",
        f"| budget left at the alarm, faults from the middle on, median | {_number(told.lead_late)} | |",
        f"| false warnings per healthy training | {_number(told.false_per_healthy)} | ≤ {FALSE_BAR:.2f} |",
        f"| false warnings per 100 healthy epochs | {_number(told.false_per_100_epochs)} | |",
        f"| healthy trainings with any | {told.healthy_warned} | |",
        f"| warnings before the onset of a fault | {told.false_before} | |",
        f"| inert trainings, left out above | {len(told.inert)}, of them warned of {told.inert_warned} | |",
        f"| trainings that left no record | {len(told.unrecorded)} | |",
        "",
    ]


def _faults(told: Figures) -> list[str]:
    lines = [
        "| fault | detected | cause first | among three | budget left | inert |",
        "|---|---|---|---|---|---|",
    ]
    for one in told.by_fault:
        shown = (one.detected, one.first, one.among_three)
        counts = " | ".join(f"{share.hits}/{share.count}" for share in shown)
        lines.append(f"| {one.id} {one.title} | {counts} | {_number(one.lead)} | {one.inert or ''} |")
    return [*lines, ""]


def _rules(told: Figures) -> list[str]:
    lines = ["| rule | of its fault | of another fault | of a healthy training |", "|---|---|---|---|"]
    lines += [
        f"| {one.id} {catalogue.NAMES.get(one.id, '')} | {one.right or ''} | {one.other or ''} | {intervals.Share(one.healthy, told.healthy)} |"
        for one in told.by_rule
    ]
    return [*lines, ""]


def _matrix(told: Figures) -> list[str]:
    rules = sorted({rule for of in told.matrix.values() for rule in of})
    lines = [f"| | {' | '.join(rules)} |", f"|---|{'---|' * len(rules)}"]
    for fault in sorted(told.matrix):
        of = told.matrix[fault]
        lines.append(f"| {fault} | {' | '.join(str(of.get(rule, '')) for rule in rules)} |")
    return [*lines, ""]


def _baselines(told: Figures) -> list[str]:
    lines = [
        "| on the same trainings | says something of a faulty one | of a fault that it names | of a healthy one |",
        "|---|---|---|---|",
        f"| yoloscope | {told.any_warning} | {told.detected} | {told.healthy_warned} |",
    ]
    lines += [f"| {one.name} | {one.faulty} | {one.right} | {one.healthy} |" for one in told.baselines]
    return [*lines, ""]


def _misses(told: Figures) -> list[str]:
    missed = [one for one in told.verdicts if not one.is_inert and not one.first]
    lines = ["| training | detected | said, in order | mAP50-95 | healthy |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.name} | {'yes' if one.detected else 'no'} | {' '.join(one.ranked) or '–'} | {_number(one.final_map)} | {_number(one.control_map)} |"
        for one in missed
    ]
    lines += ["", "| healthy training | false warnings |", "|---|---|"]
    lines += [f"| {name} | {', '.join(found)} |" for name, found in sorted(told.false_alarms.items())]
    lines += ["", f"Inert: {', '.join(told.inert) or 'none'}.", "", "Not as the protocol has it:", ""]
    return [*lines, *(f"- {one}" for one in faults.ABSENT)]


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.2f}"
