"""Attempts that begin, arrive and are resumed in any order: what is shown of a run is what is left of its points, counted by hand."""

import itertools
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import attempts as model
from contracts import rows
from yoloscope.query import series
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports

WRITERS = (ids.WriterId("a" * 32), ids.WriterId("b" * 32))
SHAPES = (("a",), ("a", "b"), ("b", "a"), (model.SYSTEM,), ("a", model.SYSTEM))
VALUES = st.sampled_from([0.0, 1.5, -2.25, math.nan, math.inf, -math.inf]) | st.integers(-3, 3).map(float)
TICKS = st.integers(0, 12)
BEGUN = st.tuples(
    st.sampled_from(WRITERS),
    TICKS,
    st.none() | st.integers(0, 8),
    st.none() | st.integers(0, 4).map(float),
    st.sampled_from([0, 0, 0, 1]),
)
LOGGED = st.builds(
    model.Logged,
    attempt=st.integers(0, 3),
    names=st.sampled_from(SHAPES),
    step=st.sampled_from([row.NO_STEP]) | st.integers(0, 9),
    epoch=st.sampled_from([math.nan, math.inf]) | st.integers(0, 8).map(lambda half: half / 2),
    wall_ns=TICKS,
    mono_ns=TICKS,
    values=st.tuples(VALUES, VALUES),
)


def _begun(drawn: list[tuple[ids.WriterId, int, int | None, float | None, int]]) -> list[model.Begun]:
    """Return attempts, those of a writer numbered in the order drawn, whatever their clocks say, and all of one rank."""
    indices = {writer: itertools.count() for writer in WRITERS}
    rank_of = {writer: rank for writer, _, _, _, rank in reversed(drawn)}
    return [
        model.Begun(writer, next(indices[writer]), wall_ns, step, epoch, rank_of[writer])
        for writer, wall_ns, step, epoch, _ in drawn
    ]


def _matrix(logged: model.Logged) -> row.Matrix:
    return row.Matrix(
        names=logged.names,
        step=np.array([logged.step], np.int64).tobytes(),
        epoch=np.array([logged.epoch], np.float64).tobytes(),
        wall_ns=np.array([logged.wall_ns], np.int64).tobytes(),
        mono_ns=np.array([logged.mono_ns], np.int64).tobytes(),
        values=np.array(logged.values[: len(logged.names)], np.float64).tobytes(),
    )


@pytest.mark.slow
@given(
    drawn=st.lists(BEGUN, min_size=1, max_size=4),
    order=st.permutations(range(4)),
    script=st.lists(LOGGED | st.sampled_from(["seal", "open again", "begin"]), max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_totals_and_curves_are_those_of_the_points_that_are_left(drawn, order, script) -> None:
    attempts = _begun(drawn)
    arrivals = [at for at in order if at < len(attempts)]
    with tempfile.TemporaryDirectory() as directory:
        held = _Held(Path(directory), attempts)
        try:
            for action in script:
                if action == "seal":
                    held.stores.series.seal(rows.PROJECT, rows.RUN)
                elif action == "open again":
                    held.open_again()
                elif action == "begin":
                    held.begin(next((at for at in arrivals if at not in held.numbers), None))
                elif action.attempt < len(attempts):
                    held.log(action)
            held.check()
            for at in arrivals:
                held.begin(at)
            held.check()
        finally:
            held.stores.close()


class _Held:
    """Stores with one run, and what arrived in them."""

    def __init__(self, directory: Path, attempts: list[model.Begun]) -> None:
        self._directory = directory
        self.attempts = attempts
        self.numbers: dict[int, int] = {}
        self.arrived: list[model.Logged] = []
        self.stores = opening.open_stores(directory)
        self.stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "r", 1))

    def open_again(self) -> None:
        self.stores.close()
        self.stores = opening.open_stores(self._directory)

    def begin(self, at: int | None) -> None:
        if at is not None and at not in self.numbers:
            begun = self.attempts[at]
            self.numbers[at] = model.begin(self.stores, begun.ref, writer=begun.writer, rank=begun.rank)

    def log(self, logged: model.Logged) -> None:
        self.begin(logged.attempt)
        lane = rows.lane(_matrix(logged), attempt=self.numbers[logged.attempt], first_seq=None, lane=logged.attempt)
        self.stores.series.append(rows.PROJECT, [lane]).result()
        self.arrived.append(logged)

    def check(self) -> None:
        known = sorted(self.numbers)
        attempts = [self.attempts[at] for at in known]
        arrived = [_renumbered(one, known) for one in self.arrived]
        found = {stat.name: stat for stat in self.stores.series.series(rows.PROJECT, rows.RUN)}
        assert sorted(found) == sorted({name for one in arrived for name in one.names})
        for name, stat in found.items():
            left = model.kept(arrived, name=name, attempts=attempts)
            assert model.totals(left, name=name, attempts=attempts) == _said(stat)
            self._check_curve(left, name=name)
        self._check_last(found)
        self._check_run(arrived, attempts)

    def _check_curve(self, left: list[model.Logged], *, name: str) -> None:
        asked = {"runs": [rows.RUN], "names": [name], "window": series.Window("time", 0)}
        (curve,) = series.series_columns(self.stores.series, self.stores.catalog, **asked)
        assert curve.y is not None
        values = [one.values[one.names.index(name)] for one in left]
        assert sorted(map(repr, values)) == sorted(map(repr, curve.y.tolist()))

    def _check_last(self, found: dict[str, ports.SeriesStat]) -> None:
        said = self.stores.series.last_values(rows.PROJECT, [rows.RUN]).get(rows.RUN, {})
        assert {name: repr(stat.last) for name, stat in found.items() if stat.count} == {
            name: repr(value) for name, value in said.items()
        }

    def _check_run(self, arrived: list[model.Logged], attempts: list[model.Begun]) -> None:
        stat = self.stores.series.run_stats(rows.PROJECT, [rows.RUN]).get(rows.RUN)
        if not arrived:
            assert stat is None
            return
        told = model.progress(arrived, attempts=attempts)
        main = [one for one in told if attempts[one.attempt].rank == 0]
        assert stat is not None
        assert len(arrived) == stat.rows
        assert max((one.step for one in main if one.step != row.NO_STEP), default=None) == stat.step
        assert max((one.epoch for one in main if math.isfinite(one.epoch)), default=None) == stat.epoch
        by_attempt: dict[int, int] = {}
        for one in told:
            number = self.numbers[sorted(self.numbers)[one.attempt]]
            by_attempt[number] = max(one.mono_ns, by_attempt.get(number, 0))
        assert by_attempt == stat.last_mono_ns


def _renumbered(logged: model.Logged, known: list[int]) -> model.Logged:
    return model.Logged(known.index(logged.attempt), *(getattr(logged, field) for field in _FIELDS))


_FIELDS = tuple(field for field in model.Logged.__struct_fields__ if field != "attempt")


def _said(stat: ports.SeriesStat) -> dict[str, object]:
    def placed(value: float, step: int | None, epoch: float | None) -> tuple[object, ...]:
        return None if math.isnan(value) else value, step, epoch

    return {
        "count": stat.count,
        "nan_count": stat.nan_count,
        "last": placed(stat.last, stat.last_step, stat.last_epoch),
        "min": placed(stat.min, stat.min_step, stat.min_epoch),
        "max": placed(stat.max, stat.max_step, stat.max_epoch),
    }
