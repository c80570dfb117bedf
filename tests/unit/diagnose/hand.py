"""Runs made by hand: curves as lists, and what rules see of them, or the whole engine finds in them.

`epochs` has one value an epoch, None where an epoch had none. `steps` has one value a batch; batches are spread evenly over the epochs given, else
`per_epoch` of them are one epoch. `readings` are telemetry, one value every two seconds beside all of it. Losses of `train/` by epoch are logged as the framework's own
means where batches are given as well.
"""

from collections.abc import Iterator, Mapping, Sequence

from yoloscope.diagnose import catalogue, engine, facts, rule
from yoloscope.diagnose.memory import run as memories
from yoloscope.records import finding, logged

Curve = Sequence[float | None]
Curves = Mapping[str, Curve]
Entry = logged.Logged | logged.Begun | logged.Ended
SECOND_NS = 1_000_000_000


def view(*, facts: facts.Facts | None = None, per_epoch: int = 100, **curves: Curves) -> memories.Memory:
    """Return the run as rules see it when the last epoch is complete."""
    return fed(entries(per_epoch=per_epoch, **curves), facts=facts, rules=()).view


def findings(
    *,
    facts: facts.Facts | None = None,
    rules: Sequence[rule.Rule] | None = None,
    per_epoch: int = 100,
    **curves: Curves,
) -> list[finding.Finding]:
    """Return what the engine finds, with all rules or with some."""
    return fed(entries(per_epoch=per_epoch, **curves), facts=facts, rules=rules).findings()


def fed(
    entries: Iterator[Entry] | Sequence[Entry],
    *,
    facts: facts.Facts | None = None,
    rules: Sequence[rule.Rule] | None = None,
) -> engine.Engine:
    """Return an engine that took all entries."""
    made = engine.Engine(facts or NOTHING, catalogue.RULES if rules is None else rules)
    for entry in entries:
        made.take(entry)
    return made


def entries(
    *,
    per_epoch: int = 100,
    attempt: int = 0,
    start: int = 0,
    ends: bool = True,
    **curves: Curves,
) -> list[Entry]:
    """Return an attempt as entries in order; its first epoch follows `start` complete ones, its clock follows those of earlier attempts."""
    assert set(curves) <= {"epochs", "steps", "classes", "readings"}
    steps, readings = dict(curves.get("steps") or {}), dict(curves.get("readings") or {})
    by_class = {f"class/{name}/AP50": curve for name, curve in (curves.get("classes") or {}).items()}
    epochs = dict(curves.get("epochs") or {}) | by_class
    if steps:
        epochs = {_own_mean(name, steps): curve for name, curve in epochs.items()}
    rows = [*_batches(epochs, steps, per_epoch), *_epochs(epochs, steps), *_telemetry(readings)]
    rows.sort(key=lambda row: (row[0], row[2] is None, row[1] is not None))
    began_ns = attempt * 1_000_000 * SECOND_NS
    made: list[Entry] = [logged.Begun(attempt, began_ns, start_epoch=float(start) if attempt else None)]
    for sequence, (wall_s, epoch, step, values) in enumerate(rows):
        at = None if epoch is None else epoch + start
        made.append(logged.Logged(attempt, step, at, began_ns + int(wall_s * SECOND_NS), values, "hand", sequence))
    if ends:
        made.append(logged.Ended("finished", began_ns + int((rows[-1][0] if rows else 0.0) * SECOND_NS)))
    return made


NOTHING = facts.Facts()
_Row = tuple[float, float | None, int | None, dict[str, float]]


def _own_mean(name: str, steps: Curves) -> str:
    return name.replace("train/", "train/epoch/", 1) if name in steps else name


def _length(curves: Curves) -> int:
    return max((len(curve) for curve in curves.values()), default=0)


def _values(curves: Curves, at: int) -> dict[str, float]:
    return {name: value for name, curve in curves.items() if at < len(curve) and (value := curve[at]) is not None}


def _batches(epochs: Curves, steps: Curves, per_epoch: int) -> Iterator[_Row]:
    """One batch a second."""
    count, whole = _length(steps), _length(epochs)
    share = whole / count if whole and count else 1 / per_epoch
    for at in range(count):
        yield at + 1.0, (at + 1) * share, at, _values(steps, at)


def _epochs(epochs: Curves, steps: Curves) -> Iterator[_Row]:
    """One epoch a minute, or as long as its batches take."""
    long_s = _length(steps) / _length(epochs) if _length(epochs) and steps else 60.0
    for at in range(_length(epochs)):
        yield (at + 1) * long_s, at + 1.0, None, _values(epochs, at)


def _telemetry(readings: Curves) -> Iterator[_Row]:
    for at in range(_length(readings)):
        yield 2.0 * at, None, None, _values(readings, at)
