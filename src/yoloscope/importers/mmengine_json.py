"""``scalars.json`` of MMEngine's ``vis_data``: a line each few iterations, and one a validation.

Trainings by epoch name the epoch in every line of training, and the step of a validation is then the epoch; trainings by iteration name no epoch.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.importers import contract, json_lines, vocabulary
from yoloscope.importers.notices import Notices
from yoloscope.records import logged

KIND = "mmengine_json"
NAME = "scalars.json"
_LOOKED_AT = 20_000
_NAMES = {
    "time": "time/batch_s",
    "data_time": "time/data_s",
    "lr": "lr",
    "loss": "train/loss",
    "grad_norm": "grad/norm",
    "memory": "system/gpu.0/memory_bytes",
    "coco/segm_mAP": "metrics/mAP50-95_mask",
    "coco/segm_mAP_50": "metrics/mAP50_mask",
}
_POSITIONS = frozenset(("step", "iter", "epoch"))
_MEBI = 2**20


class _Line(msgspec.Struct, frozen=True):
    """One line. ``epoch`` is the one that is being trained, from 1; a line without is a validation."""

    number: int
    step: int
    epoch: int | None
    is_training: bool
    values: Mapping[str, float]


class MmengineJson:
    """One file of scalars, that is one process."""

    kind = KIND

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notices = Notices(path)

    def entries(self) -> Iterator[contract.Entry]:
        """Yield a row a line.

        Raises:
            ImportFault: if no line is one of a training.
        """
        self._notices = Notices(self.path)
        batches = self._batches_of_epoch()
        began_ns = self.path.stat().st_mtime_ns - round(self._seconds() * 1e9)
        elapsed, before = 0.0, 0
        yield logged.Begun(0, began_ns)
        attempt, latest = 0, -1
        for line in _lines(self.path, self._notices):
            by_epoch = batches is not None and not line.is_training
            step = line.step * batches if by_epoch and batches else line.step
            if line.is_training:
                elapsed += _passed(line, before=before)
                before = line.step
            now_ns = began_ns + round(elapsed * 1e9)
            if step < latest:
                attempt += 1
                yield logged.Begun(attempt, now_ns, start_step=step - 1)
            latest = step
            epoch = None if batches is None else step / batches
            yield logged.Logged(attempt, step - 1, epoch, now_ns, line.values, sequence=line.number)

    def told(self) -> contract.Told:
        """Return what is known: the framework. Its configuration is a program, and is not run."""
        name = next((part.name for part in self.path.absolute().parents if part.name != "vis_data"), self.path.stem)
        return contract.Told(name=name, framework="mmengine", faults=self._notices.faults())

    def _batches_of_epoch(self) -> int | None:
        """Return how many iterations an epoch has: how far apart the first lines of two epochs are; ``None`` if that cannot be told yet."""
        first: dict[int, int] = {}
        lines = _lines(self.path, Notices(self.path))
        for count, line in enumerate(lines):
            if line.is_training and line.epoch is not None:
                first.setdefault(line.epoch, line.step)
                if line.epoch - 1 in first:
                    return max(1, line.step - first[line.epoch - 1])
            if count >= _LOOKED_AT:
                break
        if not first and next(_lines(self.path, Notices(self.path)), None) is None:
            raise errors.ImportFault(
                f"{self.path} holds no line of a training by MMEngine", zh=f"{self.path} 中没有 MMEngine 训练记录"
            )
        return None

    def _seconds(self) -> float:
        total, before = 0.0, 0
        for line in _lines(self.path, Notices(self.path)):
            if line.is_training:
                total += _passed(line, before=before)
                before = line.step
        return total


def _passed(line: _Line, *, before: int) -> float:
    """Return the seconds since the line of training before: the mean of a batch times how many there were."""
    seconds = line.values.get("time/batch_s", 0.0) + line.values.get("time/data_s", 0.0)
    return seconds * max(1, line.step - before) if math.isfinite(seconds) else 0.0


def _lines(path: Path, notices: Notices) -> Iterator[_Line]:
    for number, found in json_lines.read(path, notices=notices):
        step = found.get("step")
        epoch = found.get("epoch")
        trains = "epoch" in found or "iter" in found
        values = _values(found, trains=trains)
        if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step < 2**53 or not values:
            notices.add("has no step, or no number; left out", zh="没有 step 或数值，已忽略", line=number)
            continue
        yield _Line(number, step, epoch if isinstance(epoch, int) else None, trains, values)


def _values(found: Mapping[str, object], *, trains: bool) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, value in found.items():
        number = json_lines.number(value)
        if number is not None and name not in _POSITIONS and vocabulary.is_usable(name):
            title = _title(name, trains=trains)
            values[title] = number * _MEBI if title == _NAMES["memory"] else number
    if sum(name.startswith("train/") for name in values) > 1:
        values.pop(_NAMES["loss"], None)  # the sum of the others
    if "time/batch_s" in values:
        values["time/batch_s"] -= values.get("time/data_s", 0.0)  # MMEngine's covers both
    return {name: value for name, value in values.items() if trains or not name.startswith("time/")}


def _title(name: str, *, trains: bool) -> str:
    """Return the canonical name; with ``log_with_hierarchy`` names begin with ``train/`` or ``val/``."""
    bare = name.removeprefix("train/" if trains else "val/")
    title = _NAMES.get(bare) or vocabulary.canonical(bare)
    return title if trains else title.replace("train/", "val/", 1)
