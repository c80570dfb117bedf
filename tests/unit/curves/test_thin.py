"""Thinning keeps every extreme and every edge of NaN of every window, whatever the values are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from yoloscope.curves import thin

VALUES = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1.0, np.nan, np.inf, -np.inf]))
MATRICES = arrays.arrays(np.float64, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=VALUES)


def _range(column: np.ndarray) -> tuple[float, float] | None:
    numbers = column[~np.isnan(column)]
    return (float(numbers.min()), float(numbers.max())) if len(numbers) else None


def _nan_runs(is_nan: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_nan.astype(np.int8), [0]])))
    return [(int(begin), int(end) - 1) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


@given(MATRICES)
def test_every_series_keeps_its_extremes_and_its_ends(values: np.ndarray) -> None:
    kept = thin.keep(values)
    assert kept[0]
    assert kept[-1]
    for column in values.T:
        assert _range(column[kept]) == _range(column)


@given(MATRICES)
def test_each_run_of_nan_keeps_its_first_and_last_row(values: np.ndarray) -> None:
    kept = thin.keep(values)
    for column in values.T:
        for begin, end in _nan_runs(np.isnan(column)):
            assert kept[begin]
            assert kept[end]


@given(MATRICES, st.integers(1, 30))
def test_windows_are_thinned_on_their_own(values: np.ndarray, rows: int) -> None:
    kept = thin.keep_in_windows(values, rows=rows)
    for at in range(0, len(values), rows):
        window = slice(at, at + rows)
        for column in values.T:
            assert _range(column[window][kept[window]]) == _range(column[window])


def test_a_smooth_window_keeps_few_rows() -> None:
    steps = np.arange(1000.0)
    values = np.stack([np.sin(steps / 100 + phase) for phase in range(3)], axis=1)
    assert int(thin.keep(values).sum()) <= 2 + 2 * 3


def test_nothing_of_nothing_is_kept() -> None:
    assert thin.keep(np.zeros((0, 3))).tolist() == []


def test_a_window_is_wide_enough_to_save_something() -> None:
    assert thin.window_rows(1) == 256
    assert thin.window_rows(50) == 816
