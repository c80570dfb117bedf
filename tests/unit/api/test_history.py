"""Curves side by side: every point stands in the row of its x, what is missing is NaN."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.api import history


def curve(name: str, x: list[float], y: list[float], *, run: str = "r1") -> history.Curve:
    return history.Curve(run, name, {"x": np.array(x, np.float64), "y": np.array(y, np.float64)})


def lists(table: history.Table) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in table.items()}


def test_series_stand_side_by_side() -> None:
    table = history.side_by_side([curve("a", [0, 1, 2], [1, 2, 3]), curve("b", [1, 5], [7, 8])], x="step")
    np.testing.assert_array_equal(table["step"], [0, 1, 2, 5])
    np.testing.assert_array_equal(table["a"], [1, 2, 3, np.nan])
    np.testing.assert_array_equal(table["b"], [np.nan, 7, np.nan, 8])


def test_of_several_points_at_one_x_the_last_stands() -> None:
    assert lists(history.side_by_side([curve("a", [3, 3, 1], [1, 2, 9])], x="epoch")) == {"epoch": [1, 3], "a": [9, 2]}


@given(st.dictionaries(st.integers(-1000, 1000), st.floats(allow_nan=False), max_size=30))
def test_every_point_is_in_the_table(points: dict[int, float]) -> None:
    table = history.side_by_side([curve("a", list(map(float, points)), list(points.values()))], x="step")
    assert dict(zip(table["step"].tolist(), table["a"].tolist(), strict=True)) == points


def test_buckets_are_their_mean_and_their_ends() -> None:
    columns = {"x": [0.0], "mean": [2.0], "min": [1.0], "max": [3.0]}
    bucket = history.Curve("r1", "a", {name: np.array(values) for name, values in columns.items()})
    assert lists(history.side_by_side([bucket], x="step")) == {"step": [0], "a": [2], "a.min": [1], "a.max": [3]}


def test_runs_stand_below_each_other() -> None:
    first = history.side_by_side([curve("a", [0], [1])], x="step")
    second = history.side_by_side([curve("b", [1], [2])], x="step")
    table = history.stacked({"r1": first, "r2": second}, x="step")
    assert table["run"].tolist() == ["r1", "r2"]
    np.testing.assert_array_equal(table["a"], [1, np.nan])
    np.testing.assert_array_equal(table["b"], [np.nan, 2])
    assert list(table) == ["run", "step", "a", "b"]
    assert lists(history.stacked({}, x="step")) == {"run": [], "step": []}


def test_no_series_is_an_empty_table() -> None:
    assert lists(history.side_by_side([], x="time")) == {"time": []}


def test_without_pandas_it_is_a_dict_of_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    table = history.side_by_side([curve("a", [0], [1])], x="step")
    assert history.as_frame(table) == table


@pytest.mark.parametrize("body", [b"", b"YSCOLS01", b'{"series": []}', b"YSCOLS01\xff\x00\x00\x00\x00"])
def test_what_is_no_answer_in_columns_is_refused(body: bytes) -> None:
    with pytest.raises(errors.ServerRefused):
        history.decoded(body)
