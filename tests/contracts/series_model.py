"""Whatever is appended, sent again, reordered, sealed or reopened: the store holds what a list in memory would.

A back end inherits `SeriesAgainstModel` and says how it is opened.
"""

import math
import shutil
import tempfile
from abc import abstractmethod
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import stateful
from hypothesis import strategies as st

from contracts import rows
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports

SHAPES = (("a",), ("a", "b"), ("b", "a"), ("c",))
RUNS = (ids.RunId("r1"), ids.RunId("r2"))
VALUES = st.sampled_from([0.0, -0.0, 1.5, -2.25, math.nan, math.inf, -math.inf, 0.1, 1e300])


class Sent(msgspec.Struct, frozen=True):
    """One row or skip of a lane, as the model keeps it."""

    run: ids.RunId
    attempt: int
    names: tuple[str, ...]
    step: int
    epoch: float
    tick: int
    values: tuple[float, ...]


ROW = st.builds(
    Sent,
    run=st.sampled_from(RUNS),
    attempt=st.integers(1, 3),
    names=st.sampled_from(SHAPES),
    step=st.sampled_from([row.NO_STEP, 0, 1, 5, 2**40]),
    epoch=st.sampled_from([math.nan, 0.0, 0.5, 7.25]),
    tick=st.integers(1, 30),
    values=st.lists(VALUES, min_size=2, max_size=2).map(tuple),
)


class SeriesAgainstModel(stateful.RuleBasedStateMachine):
    """Two lanes of one writer, each bound to a run; the model is the list of rows by lane and by arrival."""

    @abstractmethod
    def open(self, directory: Path) -> ports.SeriesStore: ...

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.store = self.open(self.directory)
        self.lanes: dict[int, list[Sent]] = {0: [], 1: []}
        self.stored: list[Sent] = []

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.directory)

    @stateful.rule(lane=st.sampled_from([0, 1]), fresh=st.lists(ROW, min_size=1, max_size=6), back=st.integers(0, 4))
    def append(self, lane: int, fresh: list[Sent], back: int) -> None:
        known = self.lanes[lane]
        first = max(0, len(known) - back)
        fresh = [msgspec.structs.replace(sent, run=RUNS[lane], attempt=lane + 1) for sent in fresh]
        self._send(lane, [*known[first:], *fresh], first=first)
        known += fresh
        self.stored += fresh

    @stateful.rule(lane=st.sampled_from([0, 1]), start=st.integers(0, 20), count=st.integers(0, 20))
    def send_again(self, lane: int, start: int, count: int) -> None:
        known = self.lanes[lane]
        first = min(start, len(known))
        self._send(lane, known[first : first + count], first=first)

    @stateful.rule(lane=st.sampled_from([0, 1]), ahead=st.integers(1, 5), sent=ROW)
    def skip_ahead(self, lane: int, ahead: int, sent: Sent) -> None:
        expected = len(self.lanes[lane])
        with pytest.raises(errors.SequenceGap) as gap:
            self._send(lane, [sent], first=expected + ahead)
        assert expected == gap.value.expected

    @stateful.rule(run=st.sampled_from(RUNS))
    def seal(self, run: ids.RunId) -> None:
        self.store.seal(rows.PROJECT, run)

    @stateful.rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = self.open(self.directory)

    @stateful.invariant()
    def holds_what_was_sent(self) -> None:
        for run in RUNS:
            of_run = [sent for sent in self.stored if sent.run == run]
            names = list(dict.fromkeys(name for sent in of_run for name in sent.names))
            stats = self.store.series(rows.PROJECT, run)
            assert names == [stat.name for stat in stats]
            for stat in stats:
                of_name = [sent for sent in of_run if stat.name in sent.names]
                _check_points(of_name, self.store.points(rows.PROJECT, run, stat.name), name=stat.name)
                _check_stat(of_name, stat)
            _check_totals(of_run, self.store.run_stats(rows.PROJECT, [run]).get(run))

    def _send(self, lane: int, sent: list[Sent], *, first: int) -> None:
        entries = tuple(
            rows.matrix([s.values[: len(s.names)]], names=s.names, steps=[s.step], epochs=[s.epoch], mono_ns=[s.tick])
            for s in sent
        )
        lane_rows = ports.LaneRows(RUNS[lane], lane + 1, rows.WRITER, lane, first, entries)
        self.store.append(rows.PROJECT, [lane_rows]).result()


def _value(sent: Sent, name: str) -> float:
    return sent.values[sent.names.index(name)]


def _check_points(expected: list[Sent], points: ports.Points, *, name: str) -> None:
    assert np.array([_value(sent, name) for sent in expected]).tobytes() == points.value.tobytes()
    assert [sent.step for sent in expected] == points.step.tolist()
    assert np.array([sent.epoch for sent in expected]).tobytes() == points.epoch.tobytes()
    assert [sent.attempt for sent in expected] == points.attempt.tolist()


def _check_stat(expected: list[Sent], stat: ports.SeriesStat) -> None:
    values = [_value(sent, stat.name) for sent in expected]
    numbers = [value for value in values if not math.isnan(value)]
    assert (len(values), len(values) - len(numbers)) == (stat.count, stat.nan_count)
    latest = max(range(len(expected)), key=lambda at: (expected[at].tick, at))  # each run has one attempt here
    assert repr(values[latest] + 0.0) == repr(stat.last + 0.0)
    for extreme, reached, at in ((min, stat.min, stat.min_step), (max, stat.max, stat.max_step)):
        if not numbers:
            assert math.isnan(reached)
            continue
        assert extreme(numbers) == reached
        first = next(sent for sent, value in zip(expected, values, strict=True) if value == extreme(numbers))
        assert (None if first.step == row.NO_STEP else first.step) == at


def _check_totals(expected: list[Sent], stat: ports.RunStat | None) -> None:
    if not expected:
        assert stat is None
        return
    assert stat is not None
    steps = [sent.step for sent in expected if sent.step != row.NO_STEP]
    epochs = [sent.epoch for sent in expected if not math.isnan(sent.epoch)]
    assert len(expected) == stat.rows
    assert max(steps, default=None) == stat.step
    assert max(epochs, default=None) == stat.epoch
