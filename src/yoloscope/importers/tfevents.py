"""TensorBoard's event files of one folder: the scalars of one training, resumed as often as a file begins after another's end.

Ultralytics and YOLOv5 count epochs as steps; every other writer is taken to count iterations.
"""

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.importers import contract, event_message, reach, tfrecord, vocabulary
from yoloscope.importers.notices import Notices
from yoloscope.records import logged

KIND = "tfevents"
PREFIX = "events.out.tfevents."
_LOOKED_AT = 2_000
"""Events with scalars after which it is settled who wrote them; Ultralytics' first epoch has about 15."""


class _Row(msgspec.Struct):
    """What one file says of one step; ``begins`` if it is the first after everything that was written before came to its end."""

    step: int
    wall_ns: int
    values: dict[str, float]
    file: int = 0
    begins: bool = False


class TfEvents:
    """The event files of one folder, oldest first."""

    kind = KIND

    def __init__(self, path: Path, *, files: Sequence[Path]) -> None:
        self.path = path
        self._files = sorted(files, key=lambda file: file.name)
        self._notices = [Notices(file) for file in self._files]
        self._first: list[_Row] | None = None

    def entries(self) -> Iterator[contract.Entry]:
        """Yield a row a step.

        Raises:
            ImportFault: if a file is none of TensorBoard, or none holds a scalar.
        """
        self._notices = [Notices(file) for file in self._files]
        tags = self._first_tags()
        framework = vocabulary.framework(tags)
        rates = vocabulary.rates(tags, version="", rows=[row.values for row in self._first_rows()])
        rows = self._rows()
        if framework:
            yield from _by_epoch(rows, from_zero=framework == "yolov5", rates=rates)
        else:
            yield from _by_step(rows, rates=rates)

    def told(self) -> contract.Told:
        """Return what the tags tell: the framework, at most."""
        faults = itertools.chain.from_iterable(notices.faults() for notices in self._notices)
        folder = self.path if reach.is_folder(self.path) else self.path.parent
        framework = vocabulary.framework(self._first_tags())
        return contract.Told(name=folder.absolute().name, framework=framework, faults=tuple(faults))

    def _first_tags(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for row in self._first_rows():
            found |= dict.fromkeys(row.values)
        return tuple(found)

    def _first_rows(self) -> list[_Row]:
        if self._first is None:
            events = itertools.chain.from_iterable(_events(file, notices=Notices(file)) for file in self._files)
            self._first = list(_merged(itertools.islice(events, _LOOKED_AT)))
        if not self._first:
            raise errors.ImportFault(
                f"{self.path} holds event files, but no scalar yet", zh=f"{self.path} 中的事件文件还没有标量"
            )
        return self._first

    def _rows(self) -> Iterator[_Row]:
        """Yield rows of all files by time: files that were written side by side are one attempt, one after the other several."""
        writing: set[int] = set()
        seen: set[int] = set()
        each = [self._of_file(number, writing=writing) for number in range(len(self._files))]
        for row in heapq.merge(*each, key=lambda row: row.wall_ns):
            row.begins = row.file not in seen and not writing & seen
            seen.add(row.file)
            yield row

    def _of_file(self, number: int, *, writing: set[int]) -> Iterator[_Row]:
        writing.add(number)
        for row in _merged(_events(self._files[number], notices=self._notices[number])):
            row.file = number
            yield row
        writing.remove(number)


def _events(file: Path, *, notices: Notices) -> Iterator[event_message.Event]:
    for payload in tfrecord.payloads(file, notices=notices):
        try:
            event = event_message.read(payload)
        except event_message.Malformed:
            notices.add("holds a record that is no event; left out", zh="有一条记录不是事件，已忽略")
            continue
        if event.scalars:
            yield event


def _merged(events: Iterator[event_message.Event]) -> Iterator[_Row]:
    """Join events of one step, which come one a scalar; a tag that comes again begins the step anew."""
    row: _Row | None = None
    for event in events:
        if row is None or event.step != row.step or not row.values.keys().isdisjoint(event.scalars):
            if row is not None:
                yield row
            row = _Row(event.step, 0, {})
        row.values |= event.scalars
        row.wall_ns = round(event.wall_s * 1e9)
    if row is not None:
        yield row


def _by_epoch(rows: Iterator[_Row], *, from_zero: bool, rates: dict[str, str]) -> Iterator[contract.Entry]:
    """Yield rows of epochs. The evaluation of the best weights after the end, which trains nothing, is no epoch of its own."""
    attempt = -1
    latest: dict[int, float] = {}
    trains = False
    for sequence, row in enumerate(rows):
        values = _named(row.values, rates=rates)
        has_losses = any(name.startswith("train/") for name in values)
        if trains and not has_losses:
            continue
        trains = trains or has_losses
        done = float(row.step + from_zero)
        if row.begins or done <= latest.get(row.file, -math.inf):
            attempt += 1
            # The row of the epoch before was written at just this epoch, and stays.
            yield logged.Begun(attempt, row.wall_ns, math.nextafter(done - 1, math.inf) if attempt else done - 1)
        latest[row.file] = done
        yield logged.Logged(attempt, None, done, row.wall_ns, values, sequence=sequence)


def _by_step(rows: Iterator[_Row], *, rates: dict[str, str]) -> Iterator[contract.Entry]:
    attempt = -1
    latest: dict[int, int] = {}
    for sequence, row in enumerate(rows):
        if row.begins or row.step < latest.get(row.file, row.step):
            attempt += 1
            yield logged.Begun(attempt, row.wall_ns, None, row.step)
        latest[row.file] = row.step
        yield logged.Logged(attempt, row.step, None, row.wall_ns, _named(row.values, rates=rates), sequence=sequence)


def _named(values: dict[str, float], *, rates: dict[str, str]) -> dict[str, float]:
    usable = {name: value for name, value in values.items() if vocabulary.is_usable(name)}
    return {rates.get(name) or vocabulary.canonical(name): value for name, value in usable.items()}
