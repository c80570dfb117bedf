"""The memory of one run: rows in, a `view.View` out. `engine` says when an epoch is complete and what of it is superseded."""

import math

from yoloscope.diagnose import facts as known
from yoloscope.diagnose import history, thresholds, view
from yoloscope.diagnose.memory import classes, naming, pace, readings, slots, steps, stream, track
from yoloscope.records import logged

TRACKS = 96
"""Series by epoch of one run; what comes after them is not looked at. A bounded state has to stop somewhere: models log about fifty."""
READINGS = 64
NEAR = 1e-6
"""Epochs are fractions of batches: 2.9999999 is the end of the third."""


class Memory:
    """Implements `view.View`."""

    def __init__(self, facts: known.Facts) -> None:
        self.facts = facts
        self.peers = history.Peers()
        self.silent_s: float | None = None
        self.attempt = self.repeats = 0
        self.open = 0
        """The epoch whose rows are coming, counted from 1; 0 between epochs."""
        self.steps = steps.Steps()
        self.pace = pace.Pace()
        self._reached = 0.0
        self._first_ns, self.wall_ns = -1, 0
        self._place = track.Place()
        self._classes = classes.Classes()
        self._components: dict[str, list[str]] = {"train": [], "val": []}
        self._slots: dict[str, slots.Slot] = {}
        self._tracks: dict[str, track.Track] = {}
        self._readings: dict[str, readings.Reading] = {}
        self._shapes: dict[tuple[str, ...], slots.Shape] = {}

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self._place.epoch

    @property
    def since_cut(self) -> int:
        """Epochs since the last cut."""
        return self._place.epoch - self._place.cut

    @property
    def wall_s(self) -> float:
        """Seconds from the first row to the newest."""
        return (self.wall_ns - self._first_ns) / 1e9

    @property
    def is_whole(self) -> bool:
        """Whether the open epoch has come to its end."""
        return bool(self.open) and self._reached >= self.open - NEAR

    @property
    def is_new(self) -> bool:
        """Whether no row was taken yet."""
        return self._first_ns < 0

    def shape(self, row: logged.Logged) -> slots.Shape:
        """Return what a row is by its names."""
        names = tuple(row.values)
        found = self._shapes.get(names)
        return found if found is not None else self._shaped(names)

    def _shaped(self, names: tuple[str, ...]) -> slots.Shape:
        pairs = [(name, naming.named(name)) for name in names]
        there = [one for _, one in pairs if one is not None]
        for one in there:
            self._know(one)
        shape = slots.Shape(
            slots=tuple(None if one is None else self._slot(one) for _, one in pairs),
            readings=tuple((one.name, self._readings[one.name]) for one in there if one.name in self._readings),
            components=tuple(f"train/{part}_loss" for part in self._components["train"][: steps.COMPONENTS]),
            total=self._total_of(names),
            is_batch=any(one.is_batch for one in there),
            is_training=any(one.is_training for one in there),
            has_readings=any(one.is_reading for one in there),
        )
        self._shapes[names] = shape
        return shape

    def _know(self, one: naming.Named) -> None:
        if one.is_reading and one.name not in self._readings and len(self._readings) < READINGS:
            self._readings[one.name] = readings.Reading()
        parts = self._components.get(one.series.partition("/")[0])
        if one.component is not None and parts is not None and one.component not in parts:
            parts.append(one.component)
            self._shapes.clear()

    def _slot(self, one: naming.Named) -> slots.Slot | None:
        if not one.has_track and one.of_class is None:
            return None
        found = self._slots.get(one.name)
        if found is None:
            found = self._slots[one.name] = slots.Slot(one)
        return found

    def _total_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        parts = tuple(f"train/{part}_loss" for part in self._components["train"]) or ("train/loss",)
        return parts if all(name in names for name in parts) else ()

    def epoch_of(self, row: logged.Logged) -> int:
        """Return the epoch that a row belongs to, counted from 1; 0 if it does not say."""
        if row.epoch is None or not math.isfinite(row.epoch):
            return 0
        return max(1, math.ceil(row.epoch - NEAR))

    def take(self, row: logged.Logged, shape: slots.Shape) -> bool:
        """Add a row to the open epoch; return whether something in it cannot wait until rules are asked anyway."""
        if self._first_ns < 0:
            self._first_ns = row.wall_ns
        self.wall_ns = max(self.wall_ns, row.wall_ns)
        if row.epoch is not None and row.epoch > self._reached:
            self._reached = row.epoch
        is_finite = slots.gather(shape.slots, row.values)
        if shape.has_readings:
            at_ms = (row.wall_ns - self._first_ns) // 1_000_000
            for name, reading in shape.readings:
                reading.add(row.values[name], at_ms)
        if row.step is None:
            return False
        if shape.is_batch:
            self.pace.batch(row.wall_ns, epoch=self.open, ends=self.is_whole)
            total = sum(row.values[name] for name in shape.total) if shape.total else None
            is_urgent = self.steps.take(row.step, row.values, total=total, components=shape.components)
            return is_urgent or not is_finite
        if shape.is_training:
            self.pace.row(row.wall_ns)
        return False

    def close(self) -> None:
        """Complete the open epoch; new series are met in the order of their names, so that no history of saving shows."""
        epoch = self.open
        values: dict[str, tuple[float, bool, track.Size]] = {}
        by_class: dict[str, float] = {}
        for slot in self._slots.values():
            if not (slot.count or slot.bad):
                continue
            one = slot.named
            if one.of_class is not None:
                by_class[one.of_class] = slot.value
            elif one.way == "override" or one.series not in values:
                values[one.series] = slot.value, bool(slot.bad), one.size
            slot.clear()
        for split in ("train", "val"):
            self._add_total(split, values)
        self._place.epoch = epoch
        self.open, self._reached = 0, 0.0
        for name, (value, is_bad, size) in sorted(values.items()):
            self._add(name, value, epoch=epoch, is_bad=is_bad, size=size)
        if by_class:
            self._classes.add(by_class, epoch=epoch)

    def _add_total(self, split: str, values: dict[str, tuple[float, bool, track.Size]]) -> None:
        parts = [f"{split}/{part}_loss" for part in self._components[split]] or [f"{split}/loss"]
        found = [values[name] for name in parts if name in values]
        if len(found) == len(parts):
            total = sum(value for value, _, _ in found)
            values[f"{split}/total"] = total, any(is_bad for _, is_bad, _ in found), track.WHOLE

    def _add(self, name: str, value: float, *, epoch: int, is_bad: bool, size: track.Size) -> None:
        found = self._tracks.get(name)
        if found is None:
            if len(self._tracks) >= TRACKS:
                return
            found = self._tracks[name] = track.Track(self._place, size, has_course=name in thresholds.COURSES)
        found.add(value, epoch=epoch, is_bad=is_bad)

    def drop(self) -> None:
        """Forget the open epoch: it is trained again."""
        for slot in self._slots.values():
            slot.clear()
        self.open, self._reached = 0, 0.0

    def begin(self, attempt: int) -> None:
        """Begin an attempt: batches and pace are compared with none before."""
        self.attempt = attempt
        self.steps.begin()
        self.pace.begin()

    def rewind(self, epoch: int) -> None:
        """Forget what came after so many epochs."""
        if epoch >= self._place.epoch:
            return
        self._tracks = {name: one for name, one in self._tracks.items() if one.rewind(epoch)}
        self._place.epoch = epoch
        self._place.cut = min(self._place.cut, epoch)

    def cut(self, epoch: int) -> None:
        """Begin a stage after so many epochs: windows do not reach across it."""
        if epoch > self._place.cut:
            for one in self._tracks.values():
                one.freeze(epoch)
            self._place.cut = epoch

    def series(self, name: str, /) -> view.Series | None:
        """Return a series by epoch."""
        return self._tracks.get(name)

    def names(self, prefix: str, /) -> tuple[str, ...]:
        """Return the names of the epoch series that begin so, in order."""
        return tuple(sorted(name for name in self._tracks if name.startswith(prefix)))

    def components(self, split: str = "train", /) -> tuple[str, ...]:
        """Return the parts of the loss."""
        return tuple(self._components.get(split, ()))

    def classes(self) -> tuple[view.ClassSeries, ...]:
        """Return what is remembered of the classes."""
        return self._classes.found

    def readings(self, name: str, /) -> view.Readings | None:
        """Return what is remembered of a series that is read by the clock."""
        found = self._readings.get(name)
        return found if found is not None and found.is_there else None

    def read(self, suffix: str, /) -> tuple[str, ...]:
        """Return the names of those series that end so, in order."""
        return tuple(sorted(name for name, one in self._readings.items() if one.is_there and name.endswith(suffix)))

    def save(self, into: stream.Writer) -> None:
        """Write what `restored` reads; facts and peers are given anew."""
        into.integers += (self.attempt, self.repeats, self.open, self._place.epoch, self._place.cut)
        into.integers += (self._first_ns, self.wall_ns)
        into.doubles.append(self._reached)
        self.steps.save(into)
        self.pace.save(into)
        self._classes.save(into)
        for parts in self._components.values():
            into.names(parts)
        slots.save(self._slots, into)
        into.names(self._tracks)
        for one in self._tracks.values():
            into.integers.append(track.SIZES.index(one.size))
            one.save(into)
        into.names(self._readings)
        for reading in self._readings.values():
            reading.save(into)

    @classmethod
    def restored(cls, facts: known.Facts, of: stream.Reader) -> "Memory":
        """Return the memory that was saved."""
        memory = cls(facts)
        memory.attempt, memory.repeats, memory.open, memory._place.epoch, memory._place.cut = (
            of.integer() for _ in range(5)
        )
        memory._first_ns, memory.wall_ns = of.integer(), of.integer()
        memory._reached = of.double()
        memory.steps = steps.Steps.restored(of)
        memory.pace = pace.Pace.restored(of)
        memory._classes = classes.Classes.restored(of)
        memory._components = {split: list(of.names()) for split in ("train", "val")}
        memory._slots = slots.restored(of)
        for name in of.names():
            size, has_course = track.SIZES[of.integer()], name in thresholds.COURSES
            memory._tracks[name] = track.Track.restored(memory._place, size, of, has_course=has_course)
        memory._readings = {name: readings.Reading.restored(of) for name in of.names()}
        return memory
