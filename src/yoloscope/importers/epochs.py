"""Rows of epochs as a training: what order they are in, where a training was resumed or trained an epoch again, and when each row was written.

Frameworks append a row after each epoch, and tell nothing more. A resumed training goes on in the same file, with its clock at zero again; an epoch that is trained
again stands there twice; files that were copied together or sorted by hand hold anything.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.importers import vocabulary
from yoloscope.importers.notices import Notices
from yoloscope.importers.table import Row
from yoloscope.records import logged

_NS = 10**9


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the rows.

    ``epochs`` is the budget. ``validates`` is false where the user switched validation off: all rows but the last of the budget then
    repeat what was never measured. ``is_over`` tells that the training is known to have ended. ``ended_ns`` is when the last row was written, Unix nanoseconds.
    """

    framework: str = ""
    version: str = ""
    epochs: int | None = None
    validates: bool = True
    is_over: bool = False
    ended_ns: int = 0


def completed(setting: Setting, *, framework: str, path: Path) -> Setting:
    """Return a setting with what the file itself tells where nothing else did."""
    ended_ns = setting.ended_ns or path.stat().st_mtime_ns
    return msgspec.structs.replace(setting, framework=setting.framework or framework, ended_ns=ended_ns)


class _Epoch(msgspec.Struct, frozen=True):
    """``done`` epochs were complete when the row was written; ``clock`` are seconds since the attempt began."""

    line: int
    done: float
    clock: float | None
    cells: Mapping[str, float]


def entries(
    rows: Sequence[Row], *, columns: Sequence[str], setting: Setting, notices: Notices
) -> Iterator[logged.Begun | logged.Logged | logged.Ended]:
    """Yield attempts and rows in the order in which they were logged; the wall clock is that of ``setting.ended_ns``, as far as rows tell seconds.

    Raises:
        ImportFault: if no row tells its epoch.
    """
    ordered = _without_doubles(_in_order(_counted(rows, setting=setting, notices=notices), notices), notices)
    if not ordered:
        raise errors.ImportFault(
            f"{notices.path} holds no row that tells its epoch", zh=f"{notices.path} 中没有带 epoch 的行"
        )
    attempts = _attempts(ordered)
    walls = _walls(attempts, ended_ns=setting.ended_ns)
    title_of = _titles(columns, setting=setting, rows=rows)
    sequence = itertools.count()
    for number, attempt in enumerate(attempts):
        begun = _begun(number, attempt, before=attempts[number - 1] if number else None, wall_ns=walls[number][0])
        yield begun
        before = attempts[number - 1][-1] if begun.is_repeat else None
        for at, epoch in enumerate(attempt):
            yield logged.Logged(
                number,
                None,
                epoch.done,
                walls[number][at + 1],
                _values(epoch, title_of=title_of, before=before, setting=setting),
                sequence=next(sequence),
            )
            before = epoch
    if setting.is_over or (setting.epochs is not None and ordered[-1].done >= setting.epochs):
        yield logged.Ended("finished", walls[-1][-1])


def _counted(rows: Sequence[Row], *, setting: Setting, notices: Notices) -> list[_Epoch]:
    """Count epochs that are complete: files of YOLOv5 and of the first Ultralytics count from 0, later ones from 1."""
    found: list[_Epoch] = []
    for row in rows:
        lower = {name.lower(): value for name, value in row.cells.items()}
        epoch = lower.get(vocabulary.EPOCH)
        if epoch is None or not math.isfinite(epoch) or not 0 <= epoch <= 10**7:
            notices.add("has no epoch; left out", zh="没有 epoch，已忽略", line=row.line)
            continue
        clock = lower.get(vocabulary.TIME)
        found.append(_Epoch(row.line, epoch, clock if clock is not None and math.isfinite(clock) else None, row.cells))
    from_zero = setting.framework == "yolov5" or any(epoch.done < 1 for epoch in found)
    return [msgspec.structs.replace(epoch, done=epoch.done + 1) for epoch in found] if from_zero else found


def _in_order(epochs: list[_Epoch], notices: Notices) -> list[_Epoch]:
    """Sort rows of which one stands after a later epoch without having been there before: no training writes so."""
    seen: set[float] = set()
    latest = -math.inf
    for epoch in epochs:
        if epoch.done < latest and epoch.done not in seen:
            notices.add(
                "stands after a later epoch; rows were sorted", zh="位于更晚的 epoch 之后，已排序", line=epoch.line
            )
            return sorted(epochs, key=lambda one: (one.done, one.line))
        seen.add(epoch.done)
        latest = max(latest, epoch.done)
    return epochs


def _without_doubles(epochs: list[_Epoch], notices: Notices) -> list[_Epoch]:
    """Leave out a row that says of the same epoch what the one before said of its training: a second evaluation, a line pasted twice."""
    kept: list[_Epoch] = []
    for epoch in epochs:
        if kept and _is_double(epoch, kept[-1]):
            notices.add("tells the same epoch again; left out", zh="重复记录同一个 epoch，已忽略", line=epoch.line)
        else:
            kept.append(epoch)
    return kept


def _is_double(one: _Epoch, other: _Epoch) -> bool:
    if one.done != other.done:
        return False
    trained = [name for name in one.cells if vocabulary.canonical(name).startswith("train/")] or list(one.cells)
    return all(_same(one.cells[name], other.cells.get(name)) for name in trained)


def _same(one: float, other: float | None) -> bool:
    return one == other or (other is not None and math.isnan(one) and math.isnan(other))


def _attempts(epochs: Sequence[_Epoch]) -> list[list[_Epoch]]:
    """Part rows where an epoch is trained again, or the clock of the training began anew."""
    parted: list[list[_Epoch]] = []
    for epoch in epochs:
        last = parted[-1][-1] if parted else None
        if last is None or epoch.done <= last.done or _clock_fell(last, epoch):
            parted.append([])
        parted[-1].append(epoch)
    return parted


def _clock_fell(before: _Epoch, after: _Epoch) -> bool:
    return before.clock is not None and after.clock is not None and after.clock < before.clock


def _goes_on(before: _Epoch, after: _Epoch) -> bool:
    """Tell whether the same process wrote both rows; ``False`` if no clock tells."""
    return before.clock is not None and after.clock is not None and after.clock >= before.clock


def _begun(number: int, attempt: list[_Epoch], *, before: list[_Epoch] | None, wall_ns: int) -> logged.Begun:
    start = attempt[0].done - 1
    # The row of the epoch before was written at just this epoch. It stays: what begins here comes after it.
    start_epoch = math.nextafter(start, math.inf) if number else start
    return logged.Begun(number, wall_ns, start_epoch, is_repeat=before is not None and _goes_on(before[-1], attempt[0]))


def _walls(attempts: Sequence[Sequence[_Epoch]], *, ended_ns: int) -> list[list[int]]:
    """Return when each attempt began and each of its rows was written: back from the end, as if one attempt had followed the other at once."""
    elapsed: list[list[float]] = []
    now = zero = 0.0
    before: _Epoch | None = None
    for attempt in attempts:
        zero = zero if before is not None and _goes_on(before, attempt[0]) else now
        elapsed.append([now])
        for epoch in attempt:
            now = max(now, zero + (epoch.clock or 0.0))
            elapsed[-1].append(now)
        before = attempt[-1]
    return [[ended_ns - round((now - at) * _NS) for at in each] for each in elapsed]


def _titles(columns: Sequence[str], *, setting: Setting, rows: Sequence[Row]) -> dict[str, str]:
    """Return the canonical name of each column that is a series."""
    version = setting.version if setting.framework != "yolov5" else ""
    rates = vocabulary.rates(columns, version=version, rows=[row.cells for row in rows])
    named = {name: rates.get(name) or vocabulary.canonical(name) for name in columns if vocabulary.is_usable(name)}
    return {name: title for name, title in named.items() if name.lower() not in {vocabulary.EPOCH, vocabulary.TIME}}


def _values(epoch: _Epoch, *, title_of: Mapping[str, str], before: _Epoch | None, setting: Setting) -> dict[str, float]:
    values = {title_of[name]: value for name, value in epoch.cells.items() if name in title_of}
    if not setting.validates and epoch.done != setting.epochs:
        values = {name: value for name, value in values.items() if not name.startswith(("metrics/", "val/"))}
    since = before.clock if before is not None else 0.0
    if epoch.clock is not None and since is not None and epoch.done == (before.done + 1 if before else epoch.done):
        values["time/epoch_s"] = epoch.clock - since
    return values
