"""Buckets of stretches and points: equal to counting all points by hand, in the one order that a curve has."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import curves
from yoloscope.curves import stretches

ROW = st.tuples(
    st.integers(0, 8).map(float),  # x
    st.integers(0, 2),  # age
    st.integers(0, 4),  # monotonic time
    st.sampled_from([math.nan, math.inf, 1.5, -2.0, 0.25]),
)
Row = tuple[float, int, int, float]


def _stretches(groups: list[list[Row]]) -> stretches.Stretches:
    numbers = [[y for *_, y in rows if not math.isnan(y)] for rows in groups]
    return stretches.Stretches(
        x=np.array([rows[0][0] for rows in groups], np.float64),
        x_end=np.array([rows[-1][0] for rows in groups], np.float64),
        age=np.array([rows[0][1] for rows in groups], np.int64),
        mono_ns=np.array([rows[0][2] for rows in groups], np.int64),
        mono_end_ns=np.array([rows[-1][2] for rows in groups], np.int64),
        first=np.array([rows[0][3] for rows in groups], np.float64),
        last=np.array([rows[-1][3] for rows in groups], np.float64),
        min=np.array([min(some, default=math.nan) for some in numbers], np.float64),
        max=np.array([max(some, default=math.nan) for some in numbers], np.float64),
        sum=np.array([sum(some) for some in numbers], np.float64),
        count=np.array([len(rows) for rows in groups], np.int64),
        nan=np.array([len(rows) - len(some) for rows, some in zip(groups, numbers, strict=True)], np.int64),
    )


def _points(rows: list[Row]) -> stretches.Points:
    return stretches.Points(
        x=np.array([row[0] for row in rows], np.float64),
        y=np.array([row[3] for row in rows], np.float64),
        age=np.array([row[1] for row in rows], np.int64),
        mono_ns=np.array([row[2] for row in rows], np.int64),
    )


def _ascending(rows: list[Row]) -> bool:
    """Tell whether rows can be a stretch."""
    return len({row[1] for row in rows}) == 1 and all(
        one[0] <= other[0] and one[2] <= other[2] for one, other in itertools.pairwise(rows)
    )


@given(drawn=st.lists(st.lists(ROW, min_size=1, max_size=4), max_size=9), buckets=st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_buckets_of_stretches_and_points_equal_counting_all_points(drawn: list[list[Row]], buckets: int) -> None:
    groups = [sorted(rows, key=lambda row: row[:3]) for rows in drawn]
    able = [rows for rows in groups if _ascending(rows)]
    told = _stretches(able)
    order = stretches.in_order(told)
    told, able = stretches.taken(told, order), [able[at] for at in order.tolist()]
    kept = stretches.apart(told) if not stretches.are_apart(told) else np.ones(len(able), np.bool_)
    used = [rows for rows, is_kept in zip(able, kept.tolist(), strict=True) if is_kept]
    loose = [row for rows in groups if not any(rows is one for one in used) for row in rows]
    clash = True
    while clash:  # as `query.bucketing` does, which needs one turn
        ordered = sorted(loose, key=lambda row: row[:3])
        at = stretches.places(_points(ordered), _stretches(used))
        hit = {int(after) - 1 for after, is_hit in zip(at.after, at.clash, strict=True) if is_hit}
        loose += [row for number in hit for row in used[number]]
        used = [rows for number, rows in enumerate(used) if number not in hit]
        clash = bool(hit)
    assert stretches.are_apart(_stretches(used))
    found = stretches.bucketed(_stretches(used), _points(ordered), at, buckets=buckets)
    # Points of one key may come in any order: those of a stretch stand together.
    every = sorted([*(row for rows in used for row in rows), *loose], key=lambda row: row[:3])
    assert len(found.x) <= buckets
    assert found.count.sum() == len(every)
    if len({row[:3] for row in every}) == len(every):
        curves.check(found, [row[0] for row in every], [row[3] for row in every])


def test_a_dense_curve_keeps_its_stretches_where_a_sparse_one_crosses_it() -> None:
    dense = [[(float(10 * at), 1, at, 0.0), (10 * at + 9.0, 1, at, 0.0)] for at in range(5)]
    sparse = [[(0.5, 0, 0, 0.0), (44.5, 0, 9, 0.0)]]
    assert stretches.apart(_stretches(sparse + dense)).tolist() == [False, True, True, True, True, True]


def test_a_point_within_a_stretch_is_told_in_its_bucket() -> None:
    told = _stretches([[(0.0, 0, 0, 1.0), (4.0, 0, 4, 2.0)], [(5.0, 0, 5, 3.0), (9.0, 0, 9, 4.0)]])
    points = _points([(3.5, 1, 0, 50.0), (4.5, 1, 1, 60.0)])
    at = stretches.places(points, told)
    assert (at.after.tolist(), at.inside.tolist(), at.clash.tolist()) == ([1, 1], [True, False], [False, False])
    found = stretches.bucketed(told, points, at, buckets=9)
    assert (found.x.tolist(), found.x_end.tolist(), found.count.tolist()) == (
        [0.0, 4.5, 5.0],
        [4.0, 4.5, 9.0],
        [3, 1, 2],
    )
    assert (found.last.tolist(), found.max.tolist()) == ([2.0, 60.0, 4.0], [50.0, 60.0, 4.0])


@pytest.mark.parametrize(
    ("point", "after", "inside", "clash"),
    [
        ((5.0, 0, 1, 0.0), 0, False, False),  # older than where the stretch begins, at the same x
        ((5.0, 1, 2, 0.0), 1, True, True),  # where it begins
        ((5.0, 1, 3, 0.0), 1, True, False),
        ((5.0, 1, 7, 0.0), 1, False, True),  # where it ends
        ((5.0, 2, 0, 0.0), 1, False, False),
    ],
)
def test_points_of_equal_x_stand_as_they_were_logged(point: Row, after: int, inside: bool, clash: bool) -> None:
    at = stretches.places(_points([point]), _stretches([[(5.0, 1, 2, 0.0), (5.0, 1, 7, 0.0)]]))
    assert (at.after.tolist(), at.inside.tolist(), at.clash.tolist()) == ([after], [inside], [clash])
