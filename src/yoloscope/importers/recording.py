"""A training that was recorded batch by batch as JSON lines: ``batch.jsonl``, ``epoch.jsonl``, ``start.<attempt>.json``, ``manifest.json``.

Our own test data and benchmarks are kept so; `tools/seeding` tells the same rows to the SDK. NaN and infinities stand as texts.
"""

import heapq
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.importers import contract, json_lines, plain_yaml, reach
from yoloscope.importers.notices import Notices
from yoloscope.records import logged, names

KIND = "recording"
BATCHES, EPOCHS = "batch.jsonl", "epoch.jsonl"
_PART_MAX_BYTES = 2**20
_ROLES = ("weight", "bn", "bias")
_CLASS_METRICS = {"p": "precision", "r": "recall", "ap50": "AP50", "ap": "AP"}
_NS = 1e9

_Line = Mapping[str, object]
_Keyed = tuple[tuple[int, int], bool, _Line]
"""Process and time, by which lines are in order; whether the line is one of an epoch; the line."""


class Recording:
    """One folder of a recorded training."""

    kind = KIND

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notices = [Notices(path / BATCHES), Notices(path / EPOCHS)]
        self._starts: dict[int, _Line] = {}

    def entries(self) -> Iterator[contract.Entry]:
        """Yield rows of batches and of epochs by the time at which they were written.

        Raises:
            ImportFault: if there is neither.
        """
        self._notices = [Notices(self.path / BATCHES), Notices(self.path / EPOCHS)]
        position = _Position()
        for sequence, (_, is_epoch, line) in enumerate(self._lines()):
            process, epoch = _whole(line, "a"), _whole(line, "ep")
            is_last = line.get("final") is True
            if is_last or position.is_over or process is None or epoch is None:  # the rest evaluates the best weights
                position.is_over = position.is_over or is_last
                continue
            step = _whole(line, "ni")
            start = self._start(process)
            yield from position.begun(process=process, epoch=epoch, step=step, wall_ns=_wall_ns(line), start=start)
            position.move(process=process, epoch=epoch, step=step, wall_ns=_wall_ns(line))
            position.is_over = line.get("stop") is True
            values = _of_epoch(line) if is_epoch else _of_batch(line)
            done = epoch + 1.0 if is_epoch else (position.step + 1) / _batches(start)
            yield logged.Logged(position.attempt, position.step, done, position.wall_ns, values, sequence=sequence)
        if position.attempt < 0:
            raise errors.ImportFault(
                f"{self.path} holds no batch and no epoch", zh=f"{self.path} 中没有任何 batch 或 epoch"
            )
        yield from self._ended(position)

    def told(self) -> contract.Told:
        """Return the arguments that were given, what was in effect, and how many images there were."""
        manifest = _object(self.path / "manifest.json")
        versions = json_lines.mapping(manifest.get("versions"))
        version = versions.get("ultralytics")
        arguments = self.path / "args.yaml"
        given = (
            plain_yaml.read(arguments) if reach.is_file(arguments) else dict(json_lines.mapping(manifest.get("train")))
        )
        start = self._start(0)
        return contract.Told(
            name=self.path.absolute().name,
            framework="ultralytics",
            version=version if isinstance(version, str) else "",
            given=given,
            settings=_settings(start),
            data={
                split: {"images": start[key]} for split, key in (("train", "ntrain"), ("val", "nval")) if key in start
            },
            faults=tuple(fault for notices in self._notices for fault in notices.faults()),
        )

    def _lines(self) -> Iterator[_Keyed]:
        each = [
            _keyed(self.path / name, notices=notices, is_epoch=is_epoch)
            for name, notices, is_epoch in zip((BATCHES, EPOCHS), self._notices, (False, True), strict=True)
            if reach.is_file(self.path / name)
        ]
        return heapq.merge(*each, key=lambda one: one[0])

    def _start(self, process: int) -> _Line:
        if process not in self._starts:
            path = self.path / f"start.{process}.json"
            self._starts[process] = _object(path if reach.is_file(path) else self.path / "start.0.json")
        return self._starts[process]

    def _ended(self, position: "_Position") -> Iterator[logged.Ended]:
        error = _object(self.path / "manifest.json").get("error")
        if isinstance(error, str) and error:
            yield logged.Ended("failed", position.wall_ns, error[:500])
        elif position.is_over:
            yield logged.Ended("finished", position.wall_ns)


class _Position:
    """Where the recording stands; `begun` tells whether an attempt begins with a line. It is over when the framework said so, or evaluated the best weights."""

    def __init__(self) -> None:
        self.is_over = False
        self.attempt = self._process = self.epoch = self.step = -1
        self.wall_ns = 0

    def begun(
        self, *, process: int, epoch: int, step: int | None, wall_ns: int, start: _Line
    ) -> Iterator[logged.Begun]:
        """Yield an attempt if another process goes on, or a batch is trained again after NaN."""
        if process != self._process:
            self.attempt += 1
            first = _whole(start, "start_epoch") or 0
            yield logged.Begun(self.attempt, _wall_ns(start) or wall_ns, float(first), first * _batches(start))
        elif step is not None and step <= self.step:
            self.attempt += 1
            yield logged.Begun(self.attempt, wall_ns, float(epoch), step, is_repeat=True)

    def move(self, *, process: int, epoch: int, step: int | None, wall_ns: int) -> None:
        """Go to a line; that of an epoch stands at its last batch."""
        self._process, self.epoch, self.wall_ns = process, epoch, wall_ns
        self.step = self.step if step is None else step


def _whole(line: _Line, key: str) -> int | None:
    """Return a whole number that is not negative; ``None`` for anything else."""
    value = line.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _batches(start: _Line) -> int:
    return _whole(start, "nb") or 1


def _wall_ns(line: _Line) -> int:
    seconds = json_lines.number(line.get("t"))
    return round(seconds * _NS) if seconds is not None and math.isfinite(seconds) else 0


def _keyed(path: Path, *, notices: Notices, is_epoch: bool) -> Iterator[_Keyed]:
    for _, line in json_lines.read(path, notices=notices):
        yield (_whole(line, "a") or 0, _wall_ns(line)), is_epoch, line


def _object(path: Path) -> _Line:
    """Return a small file of one object; empty if there is none that can be read."""
    try:
        with path.open("rb") as file:
            return json_lines.mapping(msgspec.json.decode(file.read(_PART_MAX_BYTES)))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _numbers(line: _Line, title_of: Mapping[str, str], *, scale: float = 1.0) -> dict[str, float]:
    found = {title: json_lines.number(line.get(key)) for key, title in title_of.items()}
    return {title: value * scale for title, value in found.items() if value is not None}


def _of_batch(line: _Line) -> dict[str, float]:
    """Return the series of a batch. A gradient's norm is none where the optimizer made no step."""
    rates = line.get("lr")
    by_role: _Line = dict(zip(_ROLES, cast("list[object]", rates), strict=False)) if isinstance(rates, list) else {}
    return {
        **_numbers(line, {key: f"train/{key}" for key in line if key.endswith("_loss")}),
        **_numbers(by_role, {role: f"lr/{role}" for role in _ROLES}),
        **_numbers(line, {"gn": "grad/norm", "data_t": "time/data_s", "batch_t": "time/batch_s"}),
        **_numbers(line, {"rss_mb": "system/process/rss_bytes"}, scale=2.0**20),
    }


def _of_epoch(line: _Line) -> dict[str, float]:
    means, metrics = json_lines.mapping(line.get("tloss")), json_lines.mapping(line.get("metrics"))
    found = {
        **_numbers(means, {key: f"train/epoch/{key}" for key in means}),
        **_numbers(metrics, {key: names.canonical(key) for key in metrics}),
        **_numbers(line, {"epoch_time": "time/epoch_s"}),
    }
    for name, of_class in json_lines.mapping(line.get("per_class")).items():
        titles = {key: f"class/{name}/{metric}" for key, metric in _CLASS_METRICS.items()}
        found |= _numbers(json_lines.mapping(of_class), titles)
    return found


def _settings(start: _Line) -> dict[str, object]:
    """Return what was in effect when a process began."""
    groups = start.get("groups")
    first = json_lines.mapping(cast("list[object]", groups)[0] if isinstance(groups, list) and groups else None)
    told = {
        "epochs": start.get("epochs"),
        "batches": start.get("nb"),
        "parameters": start.get("params"),
        "optimizer": start.get("optimizer"),
        "workers": start.get("workers"),
        "lr0": first.get("initial_lr"),
    }
    return {key: value for key, value in told.items() if value is not None}
