"""What the advice is worth: a training with a fault is run again with the same seed and the arguments that the top finding advises, and compared.

    python -m benchmarks.diagnosis efficacy --data DIR --out DIR [--only F01 …] [--limit N]

The fault stays where it is not an argument. Advice that leaves a training two sigma worse than it was is harmful, and is shown as such.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.diagnosis import generate, intervals, jobs, judge, scoring
from yoloscope.diagnose import advice, facts
from yoloscope.importers import own

FAULTS = ("F01", "F02", "F03", "F10", "F13", "F15", "F17", "F18", "F04", "F09")
"""Those that an argument can do something about, and two in which it can hardly: bad labels ask for other labels."""
EPOCHS_MOST = 2.0
"""Advice to train longer is followed up to twice the budget."""


class Treatment(msgspec.Struct, frozen=True, kw_only=True):
    """A training and the arguments that would be changed, on the advice of which rule."""

    job: jobs.Job
    untreated: str
    rule: str
    arguments: Mapping[str, object]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Final mAP50-95 of the three trainings."""

    name: str
    rule: str
    arguments: Mapping[str, object]
    healthy: float
    untreated: float
    treated: float
    sigma: float

    @property
    def gain(self) -> float:
        """By how much the advice raised it."""
        return self.treated - self.untreated

    @property
    def recovered(self) -> float:
        """Which share of what the fault cost came back; NaN where it cost nothing."""
        lost = self.healthy - self.untreated
        return self.gain / lost if lost > scoring.SIGMAS * self.sigma else math.nan

    @property
    def is_harmful(self) -> bool:
        """Whether it is worse than without."""
        return self.gain < -scoring.SIGMAS * self.sigma

    @property
    def is_helpful(self) -> bool:
        """Whether it is better than without."""
        return self.gain > scoring.SIGMAS * self.sigma


def main(data: Path, out: Path, *, at_once: int = 2, only: Sequence[str] = (), limit: int | None = None) -> None:
    """Train again what advice can change, and print what it gained."""
    out.mkdir(parents=True, exist_ok=True)
    noted = jobs.lines(data)
    runs = [scoring.Run(line, judge.replayed(data, line)) for line in noted]
    given = treatments(data, runs, only=only or FAULTS)[:limit]
    generate.run_all(out, [one.job for one in given], at_once=at_once)
    treated = {line.job.name: judge.replayed(out, line) for line in jobs.lines(out)}
    print("\n".join(report(outcomes(given, runs, treated))))


def treatments(data: Path, runs: Sequence[scoring.Run], *, only: Sequence[str]) -> list[Treatment]:
    """Return for each fault one training that was given advice as an argument: one whose fault lies in its arguments or data, if there is one."""
    found: dict[str, Treatment] = {}
    for run in sorted(runs, key=lambda one: one.line.job.hook is not None):
        job = run.line.job
        if job.fault not in only and job.name not in only:
            continue
        if job.fault not in found and run.told and (one := _treatment(data, run)) is not None:
            found[job.fault] = one
    return [found[fault] for fault in sorted(found)]


def _treatment(data: Path, run: scoring.Run) -> Treatment | None:
    (source,) = own.sources(data / run.line.file)
    known = facts.from_told(source.told())
    assert run.told is not None
    for alarm in scoring.ranked(run.told, onset=run.line.job.onset):
        changed = usable(advice.arguments(alarm.changes, known).arguments, run.line.job.arguments)
        if changed:
            job = msgspec.structs.replace(
                run.line.job,
                name=f"{run.line.job.name}-treated",
                arguments={**run.line.job.arguments, **changed},
                control=run.line.job.control,
            )
            return Treatment(job=job, untreated=run.line.job.name, rule=alarm.rule, arguments=changed)
    return None


def usable(arguments: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Return the advised arguments that a short training on a processor can follow: no batch by itself, no other precision, no endless budget."""
    found = {
        key: value for key, value in arguments.items() if key not in ("amp", "cache", "workers", "device", "patience")
    }
    batch, epochs = found.get("batch"), found.get("epochs")
    if isinstance(batch, int | float) and batch < 1:
        del found["batch"]
    if isinstance(epochs, int | float):
        found["epochs"] = int(min(epochs, EPOCHS_MOST * float(str(given["epochs"]))))
    return found


def outcomes(
    given: Sequence[Treatment], runs: Sequence[scoring.Run], treated: Mapping[str, judge.streams.Told | None]
) -> list[Outcome]:
    """Return the comparisons that can be made: all three trainings are there."""
    by_name = {run.line.job.name: run.told for run in runs}
    deviation = scoring.sigma([run for run in runs if run.line.job.is_healthy])
    found: list[Outcome] = []
    for one in given:
        healthy, untreated, after = by_name.get(one.job.control), by_name[one.untreated], treated.get(one.job.name)
        if healthy and untreated and after:
            found.append(
                Outcome(
                    name=one.untreated,
                    rule=one.rule,
                    arguments=one.arguments,
                    healthy=healthy.final_map(),
                    untreated=untreated.final_map(),
                    treated=after.final_map(),
                    sigma=deviation,
                )
            )
    return found


def report(told: Sequence[Outcome]) -> list[str]:
    """Return the lines of the table."""
    helpful, harmful = (intervals.share([test(one) for one in told]) for test in (_helps, _harms))
    lines = [
        f"{len(told)} trainings, the same seed with and without the top finding's arguments; two sigma are {scoring.SIGMAS * (told[0].sigma if told else 0.0):.3f} mAP50-95.",
        "",
        f"Helpful {helpful}; **harmful {harmful}**; median gain {intervals.median([one.gain for one in told]):+.3f}.",
        "",
        "| training | advice of | arguments | healthy | untreated | treated | gain | recovered | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in told:
        changed = " ".join(f"{key}={value}" for key, value in one.arguments.items())
        back = "–" if math.isnan(one.recovered) else f"{one.recovered:.0%}"
        word = "harmful" if one.is_harmful else ("helps" if one.is_helpful else "no difference")
        maps = " | ".join(f"{value:.3f}" for value in (one.healthy, one.untreated, one.treated))
        lines.append(f"| {one.name} | {one.rule} | `{changed}` | {maps} | {one.gain:+.3f} | {back} | {word} |")
    return lines


def _helps(one: Outcome) -> bool:
    return one.is_helpful


def _harms(one: Outcome) -> bool:
    return one.is_harmful
