"""Which trainings a split is made of. The two differ in seeds, in what their images show and in the model, so that nothing is judged that was tuned on."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from benchmarks.diagnosis import controls, faults, jobs

EPOCHS = 28
BASE: dict[str, object] = {
    "imgsz": 64,
    "epochs": EPOCHS,
    "batch": 16,
    "nbs": 16,
    "optimizer": "AdamW",
    "lr0": 0.005,
    "warmup_epochs": 1,
    "warmup_bias_lr": 0.0,
    "mosaic": 0.5,
    "close_mosaic": 5,
    "scale": 0.2,
    "fliplr": 0.0,
}
SLOWED = 20.0
"""Trainings of a minute become some of twenty, since hardware is judged by five minutes of it."""


class Setting(NamedTuple):
    """What one split has of its own; ``more`` faults are run with another seed as well."""

    look: jobs.Look
    model: str
    first_seed: int
    repeats: float
    more: tuple[str, ...]


SETTINGS: dict[jobs.Split, Setting] = {
    "tune": Setting("digits", "micro", 100, 0.5, ()),
    "judge": Setting("shapes", "other", 8_000, 1.0, ("F01", "F03", "F05", "F06", "F08", "F10", "F13", "F15")),
}


def jobs_of(split: jobs.Split) -> list[jobs.Job]:
    """Return all trainings of a split, healthy ones among the others, so that a part of it is a sample of both."""
    healthy, faulty = list(_healthy(split)), list(_faulty(split))
    return [job for pair in _zipped(healthy, faulty) for job in pair]


def chosen(all_jobs: Sequence[jobs.Job], *, only: Sequence[str], limit: int | None) -> list[jobs.Job]:
    """Return the trainings of some faults or kinds (``F01``, ``healthy``, ``cos_lr``), with the controls that they are compared with."""
    found = [job for job in all_jobs if not only or {job.fault, job.kind, job.name} & set(only)][:limit]
    wanted = {job.control for job in found} - {job.name for job in found}
    return [job for job in all_jobs if job.name in wanted] + found


def _zipped(one: Sequence[jobs.Job], other: Sequence[jobs.Job]) -> Iterator[tuple[jobs.Job, ...]]:
    for at in range(max(len(one), len(other))):
        yield (*one[at : at + 1], *other[at : at + 1])


def _pictures(split: jobs.Split, seed: int, **changes: object) -> jobs.Pictures:
    made = jobs.Pictures(look=SETTINGS[split].look, seed=seed)
    return msgspec.convert({**msgspec.to_builtins(made), **msgspec.to_builtins(changes)}, jobs.Pictures)


def _healthy(split: jobs.Split) -> Iterator[jobs.Job]:
    setting = SETTINGS[split]
    for one in controls.CONTROLS:
        for repeat in range(max(1, math.ceil(one.repeats * setting.repeats))):
            seed = setting.first_seed + repeat
            yield jobs.Job(
                name=f"{one.kind}-s{seed}",
                split=split,
                fault=jobs.HEALTHY,
                kind=one.kind,
                seed=seed,
                model=one.model or setting.model,
                pictures=_pictures(split, seed, **one.pictures),
                arguments={**BASE, **one.arguments},
                script=one.script,
                accepted=one.accepted,
            )


def _faulty(split: jobs.Split) -> Iterator[jobs.Job]:
    setting = SETTINGS[split]
    for number, one in enumerate(faults.FAULTS):
        for place, dose in enumerate(one.doses):
            for repeat in range(2 if one.id in setting.more and place == 0 else 1):
                seed = setting.first_seed + (number + place + repeat) % max(1, math.ceil(2 * setting.repeats))
                yield _with_fault(split, one, dose, seed=seed)


def _with_fault(split: jobs.Split, one: faults.Fault, dose: faults.Dose, *, seed: int) -> jobs.Job:
    arguments = {**BASE, **dose.arguments}
    hook = dose.hook
    share = hook.from_share if hook else max((mock.from_share for mock in dose.mocks), default=0.0)
    return jobs.Job(
        name=f"{one.id}-{dose.name}-s{seed}",
        split=split,
        fault=one.id,
        kind=dose.name,
        seed=seed,
        model=SETTINGS[split].model,
        pictures=_pictures(split, seed, **{**dose.pictures, "flaws": dose.flaws}),
        arguments=arguments,
        hook=hook,
        mocks=dose.mocks,
        onset=float(onset(int(str(arguments["epochs"])), share)),
        expected=one.expected,
        secondary=one.secondary,
        effect=one.effect,
        control=f"{dose.control}-s{seed}",
        falls_silent=one.falls_silent,
        slowed=SLOWED if dose.mocks else 1.0,
    )


def onset(epochs: int, share: float) -> int:
    """Return how many complete epochs come before a fault that begins after a share of them."""
    return round(epochs * share)
