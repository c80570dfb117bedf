"""Curves against the plainest way to compute them, for rows of every kind: out of order, repeated, without a place."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import curves, rows, views
from yoloscope.query import bucketing, series
from yoloscope.records import row
from yoloscope.store import ports, ports_view

SECOND = 1_000_000_000
VALUES = st.sampled_from([math.nan, math.inf, -math.inf, 1.7e308, -1.7e308, 5e-324, -0.0]) | st.floats(-1e3, 1e3)
STEPS = st.sampled_from([row.NO_STEP, 2**53 - 1, 1 - 2**53, 2**63 - 1, 1 - 2**63]) | st.integers(-5, 30)
EPOCHS = st.sampled_from([math.nan, math.inf]) | st.integers(-1, 6).map(lambda half: half / 2)
ROWS = st.lists(st.tuples(STEPS, EPOCHS, st.integers(0, 9), st.integers(1, 3), VALUES), min_size=1, max_size=40)
STARTS = st.tuples(st.none() | st.integers(0, 20), st.none() | st.integers(0, 4).map(float))
Row = tuple[int, float, int, int, float]


class Held:
    """A store and a catalogue that hold one series, cut into parts at some places; `group_rows` of the parts take turns."""

    def __init__(
        self,
        given_rows: list[Row],
        starts: list[tuple[int | None, float | None]],
        *,
        cuts: Sequence[int] = (),
        group_rows: Sequence[int] = (0,),
    ) -> None:
        self._rows, self._starts = given_rows, starts
        held = [
            views.Held(place, attempt, step, epoch, tick * SECOND, tick * SECOND, value)
            for place, (step, epoch, tick, attempt, value) in enumerate(given_rows)
        ]
        edges = [0, *sorted(min(cut, len(held)) for cut in cuts), len(held)]
        some = [held[low:high] for low, high in itertools.pairwise(edges) if low < high]
        self.of_run = views.HeldView(
            rows.LOSS,
            [views.part(one, group_rows=of) for one, of in zip(some, itertools.cycle(group_rows), strict=False)],
        )
        self._attempts = tuple(
            ports.AttemptInfo(number, rows.WRITER, number - 1, 0, 0, start_epoch, start_step)
            for number, (start_step, start_epoch) in enumerate(starts, start=1)
        )

    def some_runs(self, runs) -> list[ports.RunInfo]:
        return [self._run(run) for run in runs]

    def _run(self, run) -> ports.RunInfo:
        ref = row.RunRef(run, rows.PROJECT, "r", 1)
        ended = dict.fromkeys(("ended_ns", "end_reason", "exit_code"))
        sections = {name: {} for name in ("config", "settings", "provenance", "progress", "life", "lost")}
        return ports.RunInfo(ref, "running", 1, 1, **ended, **sections, deferred=0, attempts=self._attempts)

    def run_stats(self, project, runs) -> dict[str, ports.RunStat]:
        left = visible(self._rows, self._starts)
        last_ns = {
            number: max(tick for _, _, tick, of, _ in left if of == number) * SECOND for _, _, _, number, _ in left
        }
        return {run: ports.RunStat(len(self._rows), None, None, None, None, last_ns) for run in runs}

    def view(self, project, run) -> ports_view.ViewContext:
        return self.of_run.opened()


def visible(given_rows: list[Row], starts: list[tuple[int | None, float | None]]) -> list[Row]:
    """Return the rows that no later attempt took the place of, one by one as the decision page has it."""

    def replaced(one: Row) -> bool:
        step, epoch, _, attempt, _ = one
        for start_step, start_epoch in starts[attempt:]:
            if step != row.NO_STEP and start_step is not None:
                if step >= start_step:
                    return True
            elif start_epoch is not None and epoch >= start_epoch:
                return True
        return False

    return [one for one in given_rows if not replaced(one)]


def is_asked(one: Row, *, which: str, kept: list[Row]) -> bool:
    """Tell whether a row is asked for; `kept` holds the very rows that are."""
    is_kept = any(one is other for other in kept)
    return which == "all" or is_kept == (which == "kept")


def placed(some: list[Row], axis: str, *, kept: list[Row]) -> list[tuple[float, float]]:
    """Return x and y of the rows that have a place on the axis, in their order; `kept` ones say how long attempts took."""
    offset_s: dict[int, float] = {}
    end_s = 0.0
    for attempt in (1, 2, 3):
        offset_s[attempt] = end_s
        end_s = max([end_s, *(end_s + tick for _, _, tick, of, _ in kept if of == attempt)])
    found = {
        "step": [math.nan if step == row.NO_STEP else float(step) for step, *_ in some],
        "epoch": [epoch for _, epoch, *_ in some],
        "time": [float(tick) for _, _, tick, *_ in some],
        "elapsed": [tick + offset_s[attempt] for _, _, tick, attempt, _ in some],
    }[axis]
    return [(x, one[4]) for x, one in zip(found, some, strict=True) if math.isfinite(x)]


CASES = st.fixed_dictionaries(
    {
        "given_rows": ROWS,
        "starts": st.lists(STARTS, min_size=3, max_size=3),
        "axis": st.sampled_from(["step", "epoch", "time", "elapsed"]),
        "window": st.tuples(st.none() | st.integers(-3, 20), st.none() | st.integers(-3, 20)),
        "which": st.sampled_from(["kept", "kept", "superseded", "all"]),
        "attempt": st.sampled_from([None, None, 1, 2]),
        "buckets": st.integers(1, 12),
        "cuts": st.lists(st.integers(0, 40), max_size=5),
        "group_rows": st.lists(st.sampled_from([0, 1, 2, 3, 5]), min_size=1, max_size=3),
    }
)


@given(case=CASES)
@settings(max_examples=25, deadline=None)
def test_every_row_of_the_window_is_counted_once_and_every_extreme_is_kept(case) -> None:
    _check(**case)


@pytest.mark.slow
@given(case=CASES)
@settings(max_examples=500, deadline=None)
def test_groups_tell_what_their_points_do(case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucketing, "GROUPS_PER_BUCKET", 0)  # so that they are used however few there are
        _check(**case)


_N = row.NO_STEP


@pytest.mark.parametrize(
    ("given_rows", "starts"),
    [
        # Rows without a step are judged by their epoch, whatever the steps beside them say.
        ([(3, 1.0, 0, 1, 1.0), (_N, 5.0, 1, 1, 2.0)], [(None, None), (10, 4.0), (None, None)]),
        ([(20, 1.0, 0, 1, 1.0), (_N, 2.0, 1, 1, 2.0)], [(None, None), (10, 4.0), (None, None)]),
        # A group may be of two attempts.
        ([(1, 0.0, 0, 1, 1.0), (1, 0.0, 0, 2, 2.0), (1, 0.0, 0, 1, 3.0)], [(None, None)] * 3),
        # What follows later by the clock, at the same place.
        ([(1, 0.0, 5, 1, 1.0), (1, 0.0, 7, 1, 2.0), (1, 0.0, 5, 1, 3.0), (1, 0.0, 6, 1, 4.0)], [(None, None)] * 3),
        # Sums that overflow, and infinities that are there.
        ([(at, 0.0, at, 1, y) for at, y in enumerate((1.7e308, 1.7e308, -math.inf, math.inf))], [(None, None)] * 3),
        ([(at, 0.0, at, 1, y) for at, y in enumerate((1.7e308, 1.7e308, 1.7e308, 1.0))], [(None, None)] * 3),
    ],
)
@pytest.mark.parametrize("axis", ["step", "epoch", "time", "elapsed"])
@pytest.mark.parametrize("which", ["kept", "superseded", "all"])
def test_groups_that_hide_something_are_looked_into(
    monkeypatch: pytest.MonkeyPatch, given_rows: list[Row], starts, axis: str, which: str
) -> None:
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0)
    for group_rows, cuts in itertools.product((2, 3, 4), ([], [1], [2])):
        _check(
            given_rows=given_rows,
            starts=starts,
            axis=axis,
            window=(None, None),
            which=which,
            attempt=None,
            buckets=1,
            cuts=cuts,
            group_rows=[group_rows],
        )


def _check(  # noqa: PLR0913 - a case
    *,
    given_rows: list[Row],
    starts: list[tuple[int | None, float | None]],
    axis: str,
    window: tuple[int | None, int | None],
    which: str,
    attempt: int | None,
    buckets: int,
    cuts: list[int],
    group_rows: list[int],
) -> None:
    held = Held(given_rows, starts, cuts=cuts, group_rows=group_rows)
    lo, hi = (None if edge is None else float(edge) for edge in window)
    asked = {"runs": [rows.RUN], "names": [rows.LOSS]}
    (raw,) = series.series_columns(held, held, **asked, window=series.Window(axis, 0, lo, hi, which, attempt))
    (shown,) = series.series_columns(held, held, **asked, window=series.Window(axis, buckets, lo, hi, which, attempt))
    as_logged = sorted(given_rows, key=lambda one: (one[3], one[2]))
    kept = visible(as_logged, starts)
    left = [one for one in as_logged if is_asked(one, which=which, kept=kept) and attempt in (None, one[3])]
    on_axis = placed(left, axis, kept=kept)
    expected = [point for point in on_axis if (lo is None or point[0] >= lo) and (hi is None or point[0] <= hi)]
    np.testing.assert_array_equal(raw.x, [x for x, _ in expected])
    np.testing.assert_array_equal(raw.y, [y for _, y in expected])
    assert raw.total == shown.total == len(expected)
    assert raw.without_x == shown.without_x == len(left) - len(on_axis)
    assert len(shown.x) <= buckets
    curves.check(shown, [x for x, _ in expected], [y for _, y in expected])


def test_steps_are_exact_up_to_two_to_the_53() -> None:
    steps = [2**53 - 1, -(2**53 - 1), 2**53 - 2, 0]
    held = Held([(step, math.nan, 0, 1, 1.0) for step in steps], [(None, None)])
    (raw,) = series.series_columns(held, held, runs=[rows.RUN], names=[rows.LOSS], window=series.Window("step", 0))
    assert [int(x) for x in raw.x] == steps
