"""Runs as one curve against the plainest way to compute it, and which runs belong together."""

import bisect
import math
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import rows
from yoloscope import errors
from yoloscope.curves import downsample
from yoloscope.query import groups, series
from yoloscope.records import ids, row
from yoloscope.store import ports

VALUES = st.sampled_from([math.nan, math.inf, 1.7e308, -1.7e308]) | st.floats(-1e3, 1e3)
POINTS = st.lists(st.tuples(st.integers(-3, 40).map(float), VALUES), max_size=25)
RUNS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), POINTS), min_size=1, max_size=6)


def info(number: int, *, group: str | None = None, tags: tuple[str, ...] = (), **sections: object) -> ports.RunInfo:
    ref = row.RunRef(ids.RunId(f"r{number}"), rows.PROJECT, f"run {number}", number, tags=tags, group=group)
    blank = {name: {} for name in ("config", "settings", "provenance", "progress", "life", "lost")}
    ended = dict.fromkeys(("ended_ns", "end_reason", "exit_code"))
    return ports.RunInfo(ref, "running", 1, 1, **ended, **{**blank, **sections}, deferred=0, attempts=())


class Standin:
    """A store of one series a run, and what reads it, without files."""

    def __init__(self, points: dict[str, list[tuple[float, float]]]) -> None:
        self._points = points

    def totals(self, project, runs) -> dict[str, list[ports.SeriesStat]]:
        blank = dict.fromkeys(ports.SeriesStat.__struct_fields__, 0)
        return {run: [ports.SeriesStat(**{**blank, "name": rows.LOSS})] for run in runs if self._points[run]}

    def columns_of(self, store, infos, *, names, window) -> list[series.Columns]:
        (run,), (name,) = [info.ref.id for info in infos], names
        x, y = (np.array(column, np.float64) for column in zip(*self._points[run], strict=True))
        if window.buckets == 0:
            return [series.Columns(run, name, len(x), 0, window.x, x=x, y=y)]
        of = msgspec.structs.asdict(downsample.bucketed(x, y, buckets=window.buckets))
        return [series.Columns(run, name, len(x), 0, window.x, **of)]


def grouped(infos: list[ports.RunInfo], points: dict[str, list[tuple[float, float]]], *, buckets: int) -> groups.Answer:
    standin = Standin(points)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "columns_of", standin.columns_of)
        window = series.Window("step", buckets)
        return groups.groups(standin, infos=infos, by="group", names=[rows.LOSS], window=window)


def bucket_count(having: dict[str, list[tuple[float, float]]], *, most: int) -> int:
    """Return how many buckets there are: as many as points of the usual run fit side by side, and no more than asked."""
    xs = [x for points in having.values() for x, _ in points]
    apart = [
        max(x for x, _ in points) / (len(points) - 1) - min(x for x, _ in points) / (len(points) - 1)
        for points in having.values()
        if len(points) > 1
    ]
    usual = float(np.median(apart)) if apart else 0.0
    if max(xs) == min(xs):
        return 1
    return min(most, math.floor(max(xs) / usual - min(xs) / usual + 1e-6) + 1) if usual else most


def said(points: list[tuple[float, float]], edges: list[float]) -> dict[int, tuple[float | None, bool]]:
    """Return by bucket what a run says there: the mean of its numbers, none if all are NaN."""
    found: dict[int, list[float]] = {}
    for x, y in points:
        found.setdefault(min(bisect.bisect_right(edges, x) - 1, len(edges) - 2), []).append(y)
    return {at: mean([y for y in ys if not math.isnan(y)]) for at, ys in found.items()}


def mean(numbers: list[float]) -> float | None:
    if not numbers:
        return None
    return math.inf if math.inf in numbers else float(sum(map(Fraction, numbers)) / len(numbers))


@pytest.mark.slow
@given(given_runs=RUNS, buckets=st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_groups_are_means_over_what_each_run_says_in_a_bucket(given_runs, buckets) -> None:
    infos = [info(number, group=group) for number, (group, _) in enumerate(given_runs)]
    points = {one.ref.id: having for one, (_, having) in zip(infos, given_runs, strict=True)}
    found = grouped(infos, points, buckets=buckets).groups
    having = {run: of for run, of in points.items() if of}
    if not having:
        assert found == []
        return
    xs = sorted(x for of in having.values() for x, _ in of)
    edges = downsample.edges_of(xs[0], xs[-1], buckets=bucket_count(having, most=buckets)).tolist()
    scale = 1e-9 * max((abs(y) for of in having.values() for _, y in of if math.isfinite(y)), default=0.0)
    told = {run: said(of, edges) for run, of in having.items()}
    used = sorted({at for of in told.values() for at in of})
    in_bucket = [[x for x in xs if min(bisect.bisect_right(edges, x) - 1, len(edges) - 2) == at] for at in used]
    expected_values = [
        value for value in ("a", "b", None) if any(one.ref.group == value for one in infos if one.ref.id in having)
    ]
    assert [one.value for one in found] == expected_values
    for one in found:
        runs = [each.ref.id for each in infos if each.ref.group == one.value and each.ref.id in having]
        assert one.runs == runs
        assert one.total == sum(len(having[run]) for run in runs)
        assert one.x.tolist() == [min(some) for some in in_bucket]
        assert one.x_end.tolist() == [max(some) for some in in_bucket]
        for place, at in enumerate(used):
            there = [told[run][at] for run in runs if at in told[run]]
            _check(
                one, place, numbers=[value for value in there if value is not None], nan=there.count(None), scale=scale
            )


def _check(one: groups.Group, place: int, *, numbers: list[float], nan: int, scale: float) -> None:
    assert (one.n[place], one.nan[place]) == (len(numbers), nan)
    if not numbers:
        assert all(math.isnan(column[place]) for column in (one.mean, one.std, one.min, one.max))
        return
    assert one.mean[place] == pytest.approx(mean(numbers), rel=1e-9, abs=scale + 5e-324)
    assert one.min[place] == pytest.approx(min(numbers), rel=1e-9, abs=scale + 5e-324)
    assert one.max[place] == pytest.approx(max(numbers), rel=1e-9, abs=scale + 5e-324)
    if len(numbers) < 2 or math.inf in numbers:
        assert math.isnan(one.std[place])
    elif scale < 1:
        assert one.std[place] == pytest.approx(np.std(numbers, ddof=1), rel=1e-6, abs=1e-6 * (scale + 1e-9) * 1e9)


def test_a_run_that_ends_early_leaves_the_group_and_is_not_carried_on() -> None:
    long = [(float(step), 1.0) for step in range(10)]
    short = [(float(step), 3.0) for step in range(4)]
    (one,) = grouped([info(0), info(1)], {"r0": long, "r1": short}, buckets=100).groups
    assert one.x.tolist() == one.x_end.tolist() == [float(step) for step in range(10)]
    assert one.n.tolist() == [2] * 4 + [1] * 6
    assert one.mean.tolist() == [2.0] * 4 + [1.0] * 6
    assert one.std[:4].tolist() == [math.sqrt(2)] * 4
    assert np.isnan(one.std[4:]).all()


def test_runs_logged_at_other_steps_are_compared_and_do_not_take_turns() -> None:
    first = [(float(step), 0.0) for step in range(0, 100, 10)]
    second = [(float(step), 10.0) for step in range(5, 105, 10)]
    (one,) = grouped([info(0), info(1)], {"r0": first, "r1": second}, buckets=1_000).groups
    assert one.n.tolist() == [2] * len(one.x)
    assert one.mean.tolist() == [5.0] * len(one.x)


def test_regular_points_have_a_bucket_each_however_their_places_were_rounded() -> None:
    for start, share, count in ((0.1, 0.1, 11), (0.7, 0.1, 101), (5.0, 1 / 3, 101), (0.3, 1 / 7, 50)):
        points = [(start + at * share, float(at)) for at in range(count)]
        (one,) = grouped([info(0)], {"r0": points}, buckets=1_000).groups
        assert one.mean.tolist() == [float(at) for at in range(count)]


def test_groups_share_an_axis_and_a_gap_stays_one() -> None:
    with_gap = [(float(step), 1.0) for step in (0, 1, 2, 3, 8)]
    points = {"r0": with_gap, "r1": [(float(step), 2.0) for step in range(6)]}
    first, second = grouped([info(0, group="a"), info(1, group="b")], points, buckets=6).groups
    assert first.x.tolist() == second.x.tolist()
    assert (first.n + second.n > 0).all()
    assert np.isnan(first.mean[first.n == 0]).all()
    assert 0 in first.n.tolist()


def test_a_run_of_nan_is_told_and_not_averaged() -> None:
    points = {"r0": [(0.0, 1.0), (1.0, 1.0)], "r1": [(0.0, 1.0), (1.0, math.nan)]}
    (one,) = grouped([info(0), info(1)], points, buckets=5).groups
    assert (one.n.tolist(), one.nan.tolist(), one.mean.tolist()) == ([2, 1], [0, 1], [1.0, 1.0])


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("tag", [("night", ["r0", "r2"]), ("rain", ["r0"]), (None, ["r1"])]),
        ("group", [("first", ["r0", "r1"]), (None, ["r2"])]),
        ("config.imgsz", [(640, ["r0", "r1"]), (1280, ["r2"])]),
        ("config.model.depth", [(1, ["r0"]), (True, ["r2"]), (None, ["r1"])]),
        ("settings.lr0", [(0.01, ["r1"]), ("auto", ["r0"]), (None, ["r2"])]),
    ],
)
def test_runs_belong_together_by_what_they_share(by, expected) -> None:
    infos = [
        info(
            0,
            group="first",
            tags=("night", "rain"),
            config={"imgsz": 640, "model": {"depth": 1}},
            settings={"lr0": "auto"},
        ),
        info(1, group="first", config={"imgsz": 640.0}, settings={"lr0": 0.01}),
        info(2, tags=("night",), config={"imgsz": 1280, "model.depth": True}),
    ]
    assert groups.runs_by_value(infos, by=by) == expected


@pytest.mark.parametrize(
    ("by", "fix"), [("config.imsz", "config.imgsz"), ("colour", "settings.<key>"), ("config.", "config.<key>")]
)
def test_no_way_to_group_is_refused_with_what_may_be_meant(by, fix) -> None:
    with pytest.raises(errors.InvalidRecord) as refused:
        groups.runs_by_value([info(0, config={"imgsz": 640})], by=by)
    assert refused.value.field == "by"
    assert fix in refused.value.fix


def test_a_key_without_any_value_is_not_suggested_for_itself() -> None:
    with pytest.raises(errors.InvalidRecord, match=r"none of the runs has a value of 'config\.resume'") as refused:
        groups.runs_by_value([info(0, config={"resume": None})], by="config.resume")
    assert refused.value.fix == "use a key that the runs have"


def test_more_points_than_can_be_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "POINTS_MAX", 2)
    with pytest.raises(errors.TooMuch, match="3 points would have to be read, more than 2"):
        grouped([info(0)], {"r0": [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)]}, buckets=5)
