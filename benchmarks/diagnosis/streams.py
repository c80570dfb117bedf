"""A training told to the engine row by row, and what is needed of it to judge: findings with the epoch of their alarm, and its curves by epoch."""

import math
from collections.abc import Iterable, Mapping

import msgspec

from yoloscope.diagnose import engine, facts, replay, states
from yoloscope.importers import contract
from yoloscope.records import finding, logged

MAP = "metrics/mAP50-95"
PARTS = ("box_loss", "cls_loss", "dfl_loss", "obj_loss", "l1_loss")


class Alarm(msgspec.Struct, frozen=True):
    """One finding as it is judged; ``epoch`` is where it first opened, ``worst`` its highest severity."""

    rule: str
    worst: finding.Severity
    epoch: float
    status: finding.Status
    changes: dict[str, object] = {}

    @property
    def is_warning(self) -> bool:
        """Whether it is more than information."""
        return self.worst != "info"


class Told(msgspec.Struct, frozen=True):
    """What came of one training: alarms in the order in which the engine tells them at the end, and curves of one value an epoch."""

    alarms: tuple[Alarm, ...]
    curves: Mapping[str, list[float]]
    epochs: int
    """Complete ones."""
    budget: int
    seconds_to_silence: float | None = None
    """Where a clock was asked: how long nothing came before it spoke."""

    def final_map(self) -> float:
        """Return mAP50-95 as the mean of the last three epochs; 0 where nothing was measured, or no number."""
        last = [value if math.isfinite(value) else 0.0 for value in self.curves.get(MAP, [])[-3:]]
        return sum(last) / len(last) if last else 0.0


def told(entries: Iterable[contract.Entry], known: facts.Facts, *, falls_silent: bool = False) -> Told:
    """Return what the whole engine finds. ``falls_silent`` leaves out how the run ended, and asks the clock until it speaks."""
    made = engine.Engine(known)
    alarms: dict[str, tuple[finding.Severity, float]] = {}
    curves = Curves()
    for entry in replay.in_order(entries):
        if falls_silent and isinstance(entry, logged.Ended):
            continue
        curves.take(entry)
        _note(alarms, made.take(entry))
    waited_s = _silence(made, alarms) if falls_silent else None
    found = tuple(
        Alarm(one.rule, *alarms.get(one.rule, (one.severity, one.opened.epoch or 0.0)), one.status, dict(one.changes))
        for one in made.findings()
    )
    by_epoch = curves.by_epoch()
    done = made.view.epoch
    return Told(found, by_epoch, done, known.epochs or done, waited_s)


def _note(alarms: dict[str, tuple[finding.Severity, float]], changes: Iterable[states.Change]) -> None:
    """Keep the first epoch of each finding, and its worst severity: one that reopens was said before."""
    for change in changes:
        one = change.finding
        before, first = alarms.get(one.rule, (one.severity, one.opened.epoch or 0.0))
        is_worse = finding.SEVERITIES.index(one.severity) > finding.SEVERITIES.index(before)
        alarms[one.rule] = (one.severity if is_worse else before, min(first, one.opened.epoch or 0.0))


def _silence(made: engine.Engine, alarms: dict[str, tuple[finding.Severity, float]]) -> float | None:
    for seconds in (*range(10, 600, 10), *range(600, 7_200, 60)):
        changes = made.tick(float(seconds))
        _note(alarms, changes)
        if any(change.finding.rule == "H01" for change in changes):
            return float(seconds)
    return None


class Curves:
    """Gathers series by epoch: the last value of metrics and of validation, means of the losses of batches where no epoch's own mean is logged."""

    def __init__(self) -> None:
        self._last: dict[str, dict[int, float]] = {}
        self._batches: dict[str, dict[int, list[float]]] = {}

    def take(self, entry: contract.Entry) -> None:
        """Take an entry; what an attempt repeats stands in place of what it repeats."""
        if not isinstance(entry, logged.Logged) or entry.epoch is None:
            return
        for name, value in entry.values.items():
            if name.startswith(("metrics/", "val/", "train/epoch/")):
                plain = name.replace("train/epoch/", "train/", 1)
                self._last.setdefault(plain, {})[math.ceil(entry.epoch - 1e-6)] = value
            elif name.startswith("train/"):
                of_epoch = self._batches.setdefault(name, {})
                of_epoch.setdefault(math.ceil(entry.epoch - 1e-6), []).append(value)

    def by_epoch(self) -> dict[str, list[float]]:
        """Return the curves, NaN where an epoch had no value, and the totals of the losses."""
        found = {name: {at: sum(all_) / len(all_) for at, all_ in of.items()} for name, of in self._batches.items()}
        found |= self._last
        most = max((max(of) for of in found.values() if of), default=0)
        curves = {name: [of.get(at, math.nan) for at in range(1, most + 1)] for name, of in found.items()}
        for split in ("train", "val"):
            parts = [curves[name] for part in PARTS if (name := f"{split}/{part}") in curves]
            if parts:
                curves[f"{split}/total"] = [sum(values) for values in zip(*parts, strict=True)]
        return curves


def of_source(source: contract.Source, *, given: Mapping[str, object] | None = None) -> Told:
    """Return what is found in a training that an importer reads; ``given`` are arguments that its files lack."""
    entries = list(source.entries())
    read = source.told()
    if given:
        read = msgspec.structs.replace(read, given={**given, **read.given}, framework=read.framework or "ultralytics")
    return told(entries, facts.from_told(read))
