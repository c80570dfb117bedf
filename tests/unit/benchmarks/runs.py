"""Judged trainings made by hand."""

from collections.abc import Mapping, Sequence

from benchmarks.diagnosis import jobs, scoring, streams

MAP = streams.MAP


def job(name: str, *, fault: str = jobs.HEALTHY, **changes: object) -> jobs.Job:
    """Return a training of the judged split."""
    told = {"kind": "default", "seed": 1, "model": "other", "arguments": {"epochs": 20}, **changes}
    return jobs.Job(name=name, split="judge", fault=fault, pictures=jobs.Pictures(look="shapes", seed=1), **told)


def line(of: jobs.Job, *, made: str = "2026-11-22T12:00:00+00:00") -> jobs.Line:
    """Return what the manifest says of it."""
    return jobs.Line(
        job=of, file="", exit_code=0, error="", seconds=1.0, made=made, thresholds="", versions={"torch": "2"}
    )


def run(
    of: jobs.Job,
    *alarms: tuple[str, str, float],
    maps: Sequence[float] = (0.5,) * 20,
    curves: Mapping[str, list[float]] | None = None,
) -> scoring.Run:
    """Return it with the alarms `(rule, severity, epoch)` in the order in which the engine tells them."""
    said = tuple(streams.Alarm(rule, worst, epoch, "open") for rule, worst, epoch in alarms)
    return scoring.Run(line(of), streams.Told(said, {MAP: list(maps), **(curves or {})}, len(maps), 20))
