"""What the engine's alarms are worth, training by training: detected, the cause named first, how early, and what was said of healthy ones.

An alarm is a warning or a critical finding; information counts where the rule that names the cause can say no more than that (`COUNTED_AS_INFO`). One that
opened before the onset of the fault is false. Notes on stages (`NOTES`) are no alarms.
"""

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec

from benchmarks.diagnosis import jobs, streams
from yoloscope.diagnose import catalogue

NOTES = ("G10", "G11", "G12")
"""What a training goes through, healthy or not."""
COUNTED_AS_INFO = frozenset(one.id for one in catalogue.RULES if one.worst == "info") | {"N02"}
"""The rules whose finding is at its worst information, and N02, which tells of a validation that is harmless as a rule."""
SIGMAS = 2.0
SIGMA_LEAST = 0.005


class Run(msgspec.Struct, frozen=True):
    """A recorded training and what came of it; ``told`` is ``None`` where nothing could be recorded."""

    line: jobs.Line
    told: streams.Told | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine did with one training that has a fault.

    ``lead`` is the share of the budget that was left at the first right alarm, ``None`` without one. ``false_before`` are warnings before the onset.
    """

    name: str
    fault: str
    dose: str
    onset: float
    from_start: bool
    detected: bool
    any_warning: bool
    first: bool
    among_three: bool
    lead: float | None
    false_before: int
    ranked: tuple[str, ...]
    is_inert: bool
    final_map: float
    control_map: float


def ranked(told: streams.Told, *, onset: float = 0.0) -> list[streams.Alarm]:
    """Return what is said from the onset on in the order in which people read it: warnings as the engine orders them, then information."""
    said = [one for one in told.alarms if one.rule not in NOTES and one.epoch >= onset]
    return [one for one in said if one.is_warning] + [one for one in said if not one.is_warning]


def names_cause(alarm: streams.Alarm, job: jobs.Job) -> bool:
    """Tell whether an alarm names the fault, and is as loud as its rule can be."""
    return alarm.rule in job.expected and (alarm.is_warning or alarm.rule in COUNTED_AS_INFO)


def is_right(alarm: streams.Alarm, job: jobs.Job) -> bool:
    """Tell whether an alarm names the fault, or warns of what comes of it."""
    return names_cause(alarm, job) or (alarm.rule in job.secondary and alarm.is_warning)


def verdict(run: Run, *, control: streams.Told | None, sigma: float) -> Verdict:
    """Judge a training with a fault; of one that left nothing nothing is detected."""
    job, told = run.line.job, run.told or streams.Told((), {}, 0, 1)
    order = ranked(told, onset=job.onset)
    right = [one for one in order if is_right(one, job)]
    rules = tuple(one.rule for one in order)
    control_map = math.nan if control is None else control.final_map()
    return Verdict(
        name=job.name,
        fault=job.fault,
        dose=job.kind,
        onset=job.onset,
        from_start=job.onset == 0,
        detected=bool(right),
        any_warning=any(one.is_warning for one in order),
        first=bool(order) and names_cause(order[0], job),
        among_three=any(names_cause(one, job) for one in order[:3]),
        lead=lead(told, min(one.epoch for one in right)) if right else None,
        false_before=sum(one.is_warning and one.epoch < job.onset for one in told.alarms),
        ranked=rules[:5],
        is_inert=job.effect == "map" and is_inert(told.final_map(), control_map, sigma=sigma),
        final_map=told.final_map(),
        control_map=control_map,
    )


def lead(told: streams.Told, epoch: float) -> float:
    """Return which share of the budget is left at an epoch, in [0, 1]."""
    return min(1.0, max(0.0, (told.budget - epoch) / told.budget))


def is_inert(final: float, control: float, *, sigma: float) -> bool:
    """Tell whether a fault did no harm: final mAP at most two sigma below its control's, or above; without a control it counts as effective."""
    return math.isfinite(control) and final >= control - SIGMAS * sigma


def sigma(healthy: Sequence[Run], *, kind: str = "default") -> float:
    """Return the deviation of final mAP over seeds of one kind of healthy training, at least 0.005; of fewer than two that least."""
    finals = [run.told.final_map() for run in healthy if run.line.job.kind == kind and run.told]
    return max(SIGMA_LEAST, statistics.stdev(finals)) if len(finals) > 1 else SIGMA_LEAST


def verdicts(runs: Sequence[Run]) -> list[Verdict]:
    """Return a verdict of each training that has a fault, by name of the fault."""
    healthy = [run for run in runs if run.line.job.is_healthy]
    by_name = {run.line.job.name: run for run in healthy}
    found: list[Verdict] = []
    for run in runs:
        if run.line.job.is_healthy:
            continue
        control = by_name.get(run.line.job.control)
        kind = control.line.job.kind if control else "default"
        found.append(verdict(run, control=control.told if control else None, sigma=sigma(healthy, kind=kind)))
    return sorted(found, key=lambda one: (one.fault, one.name))


def false_alarms(run: Run) -> list[streams.Alarm]:
    """Return the warnings of a healthy training that are not true of it."""
    said = run.told.alarms if run.told else ()
    return [one for one in said if one.is_warning and one.rule not in run.line.job.accepted]


def matrix(runs: Sequence[Run]) -> dict[str, dict[str, int]]:
    """Return for each fault, and for healthy trainings, how many trainings each rule spoke of from the onset on, loud enough to count."""
    found: dict[str, dict[str, int]] = {}
    for run in runs:
        of = found.setdefault(run.line.job.fault, {})
        for one in ranked(run.told, onset=run.line.job.onset) if run.told else ():
            if one.is_warning or names_cause(one, run.line.job):
                of[one.rule] = of.get(one.rule, 0) + 1
    return found


def by_rule(runs: Sequence[Run]) -> Mapping[str, tuple[int, int, int]]:
    """Return for each rule that spoke: trainings with a fault that it names, with a fault that it does not, and healthy ones (warnings alone)."""
    found: dict[str, list[int]] = {}
    for run in runs:
        job = run.line.job
        for one in run.told.alarms if run.told else ():
            if one.is_warning or (not job.is_healthy and names_cause(one, job)):
                place = 2 if job.is_healthy else int(not is_right(one, job))
                found.setdefault(one.rule, [0, 0, 0])[place] += 1
    return {rule: (of[0], of[1], of[2]) for rule, of in sorted(found.items())}
